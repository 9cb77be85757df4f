// SPDX-License-Identifier: GPL-2.0-only
/* Sizes as people write them. */
#include "util/size.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void parses_units(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} good[] = {
		{ "0", 0 },
		{ "1", 1 },
		{ "512M", UINT64_C(536870912) },
		{ "512MiB", UINT64_C(536870912) },
		{ "512m", UINT64_C(536870912) },
		{ "4G", UINT64_C(4294967296) },
		{ "0x20000000", UINT64_C(536870912) },
		{ "1k", 1024 },
		{ "15P", UINT64_C(16888498602639360) },
		{ "18446744073709551615", UINT64_MAX },
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		uint64_t bytes = 77;

		assert_int_equal(size_parse(good[i].text, &bytes), 0);
		assert_int_equal(bytes, good[i].bytes);
	}
}

static void refuses_what_is_no_size(void **state)
{
	static const char *const bad[] = { "",	  "-1", "+1",	" 1",  "1 ",  "G",    "1X",   "1GG",
					   "1Gi", "0x", "1.5G", "one", "1e3", "0x-1", "512M " };
	static const char *const huge[] = { "18446744073709551616", "16384P",
					    "18014398509481984K" };
	uint64_t bytes = 77;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(size_parse(bad[i], &bytes), -EINVAL);
	for (size_t i = 0; i < sizeof(huge) / sizeof(huge[0]); i++)
		assert_int_equal(size_parse(huge[i], &bytes), -ERANGE);
	assert_int_equal(bytes, 77);
}

static void formats_what_it_parses(void **state)
{
	static const uint64_t sizes[] = {
		0, 1, 1000, 1024, 3 * SIZE_MIB, 512 * SIZE_GIB, UINT64_MAX, UINT64_C(1) << 63
	};
	char text[SIZE_TEXT_MAX];

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint64_t bytes = 77;

		assert_int_equal(size_parse(size_format(sizes[i], text), &bytes), 0);
		assert_int_equal(bytes, sizes[i]);
	}
	assert_string_equal(size_format(512 * SIZE_MIB, text), "512M");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_units),
		cmocka_unit_test(refuses_what_is_no_size),
		cmocka_unit_test(formats_what_it_parses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
