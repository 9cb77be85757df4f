// SPDX-License-Identifier: GPL-2.0-only
/*
 * Extents against libcxlmi's struct, filled and dumped.
 */
#include "fabric/cci/extent.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "test/lib/cci-vector.h"

static void an_extent_has_40_bytes(void **state)
{
	struct cci_extent extent;
	uint8_t encoded[CCI_EXTENT_SIZE];

	(void)state;
	cci_vector_check(&cci_extent_codec,
			 "0000002000000000 0000000800000000 c0c1c2c3c4c5c6c7c8c9cacbcccdcecf"
			 "0302 000000000000",
			 &extent);
	assert_true(extent.start == 0x20000000);
	assert_true(extent.length == 0x8000000);
	assert_int_equal(extent.tag[0], 0xc0);
	assert_int_equal(extent.tag[15], 0xcf);
	assert_int_equal(extent.sequence, 0x0203);
	assert_int_equal(cci_extent_encode(&extent, encoded, sizeof(encoded)), CCI_EXTENT_SIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_extent_has_40_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
