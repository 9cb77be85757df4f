// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the table says of the dialects: nothing that a peer was seen to die of, or to be silent
 * about.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fabric/cci/command.h"
#include "fabric/transport/endpoint-row.h"
#include "test/lib/wrap-allocation.h"
#include "util/cleanup.h"

/* The number of the allocation that fails; 0: none. */
static unsigned int failing;

static bool fails(void)
{
	return failing && --failing == 0;
}

WRAP_IF(fails, void *, realloc, NULL, (void *old, size_t size), (old, size))

static void has(const struct endpoint_row *row, const uint16_t *direct, size_t direct_count,
		const uint16_t *never, size_t never_count)
{
	struct support support, tunnelled;

	assert_int_equal(endpoint_row_support(row, &support, &tunnelled), 0);
	for (size_t i = 0; i < direct_count; i++)
		if (!support_find(&support, direct[i]))
			fail_msg("%04x is missing", direct[i]);
	for (size_t i = 0; i < never_count; i++)
		if (support_find(&support, never[i]) || support_find(&tunnelled, never[i]))
			fail_msg("%04x would be sent", never[i]);
	support_deinit(&support);
	support_deinit(&tunnelled);
}

#define HAS(row, direct, never) has(row, direct, ARRAY_SIZE(direct), never, ARRAY_SIZE(never))

/* cse does not answer these, 5410h in a tunnel with the reply of another. */
static void cse(void **state)
{
	static const uint16_t direct[] = { 0x0001, 0x0002, 0x5100, 0x5101, 0x5102,
					   0x5200, 0x5201, 0x5202, 0x5300 };
	static const uint16_t never[] = { 0x0005, 0x0100, 0x0400, 0x0401, 0x5104,
					  0x5105, 0x5410, 0x5500, 0x5600, 0xc000 };

	(void)state;
	HAS(&endpoint_row_cse, direct, never);
	assert_true(endpoint_row_cse.fm_api_only);
}

/* opencis' switch process ends by these. */
static void opencis(void **state)
{
	static const uint16_t direct[] = { 0x0001, 0x0002, 0x5100, 0x5101, 0x5200, 0x5201, 0x5202 };
	static const uint16_t never[] = { 0x0005, 0x0107, 0x5104, 0x5300,
					  0x5402, 0x5501, 0xc000, 0xc004 };

	(void)state;
	HAS(&endpoint_row_opencis, direct, never);
}

/* Ours tell in their log what they support. */
static void ours(void **state)
{
	static const uint16_t direct[] = { 0x0001, 0x0400, 0x0401 };
	static const uint16_t never[] = { 0x0002, 0x5100, 0x5201 };

	(void)state;
	HAS(&endpoint_row_ours, direct, never);
}

/* A bind is told to have an effect, and to take its time; an Identify neither. */
static void tells_effects(void **state)
{
	struct support support, tunnelled;

	(void)state;
	assert_int_equal(endpoint_row_support(&endpoint_row_cse, &support, &tunnelled), 0);
	assert_int_equal(support_find(&support, 0x5100)->effects, 0);
	assert_true(support_find(&support, 0x5201)->effects & CCI_EFFECT_BACKGROUND);
	assert_true(support_find(&support, 0x5201)->effects & ~CCI_EFFECT_BACKGROUND);
	assert_true(support_find(&support, 0x5102)->effects & ~CCI_EFFECT_BACKGROUND);
	support_deinit(&support);
	support_deinit(&tunnelled);
}

static void without_memory_there_is_no_table(void **state)
{
	struct support support, tunnelled;
	int rc = -ENOMEM;

	(void)state;
	for (unsigned int at = 1; rc == -ENOMEM; at++) {
		failing = at;
		rc = endpoint_row_support(&endpoint_row_cse, &support, &tunnelled);
	}
	failing = 0;
	assert_int_equal(rc, 0);
	support_deinit(&support);
	support_deinit(&tunnelled);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cse),
		cmocka_unit_test(opencis),
		cmocka_unit_test(ours),
		cmocka_unit_test(tells_effects),
		cmocka_unit_test(without_memory_there_is_no_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
