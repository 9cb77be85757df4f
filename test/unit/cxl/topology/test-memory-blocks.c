// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory blocks of a range: ALIGN() of its start, ALIGN_DOWN() of its end, as dax_kmem_range()
 * in drivers/dax/kmem.c has it, worked out by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "cxl/topology/memory-blocks.h"
#include "cxl/topology/topology.h"
#include "util/cleanup.h"

#define MIB (UINT64_C(1) << 20)
#define TIB (UINT64_C(1) << 40)

static const struct {
	uint64_t start, size, block_size;
	uint64_t first, end;
} rows[] = {
	/* Whole blocks. */
	{ 0, 128 * MIB, 128 * MIB, 0, 1 },
	{ 256 * MIB, 512 * MIB, 128 * MIB, 2, 6 },
	{ 4 * TIB, 16 * TIB, 128 * MIB, 32768, 163840 },
	/* The range ends, begins, or both, inside of a block. */
	{ 256 * MIB, 200 * MIB, 128 * MIB, 2, 3 },
	{ 256 * MIB, 256 * MIB + 1, 128 * MIB, 2, 4 },
	{ 256 * MIB, 256 * MIB - 1, 128 * MIB, 2, 3 },
	{ 300 * MIB, 340 * MIB, 128 * MIB, 3, 5 },
	{ 257 * MIB, 256 * MIB, 128 * MIB, 3, 4 },
	/* Less than a block, or no whole block. */
	{ 256 * MIB, 127 * MIB, 128 * MIB, 2, 2 },
	{ 257 * MIB, 254 * MIB, 128 * MIB, 3, 3 },
	{ 257 * MIB, 128 * MIB, 128 * MIB, 3, 3 },
	{ 256 * MIB, 0, 128 * MIB, 0, 0 },
	/* The last addresses there are, and what goes on behind them. */
	{ UINT64_MAX - 128 * MIB + 1, 128 * MIB - 1, 128 * MIB, 0, 0 },
	{ UINT64_MAX - 256 * MIB + 1, 255 * MIB, 128 * MIB, 137438953470, 137438953471 },
	{ UINT64_MAX - MIB, 2 * MIB, MIB, 0, 0 },
	{ 0, TOPO_UNKNOWN, 128 * MIB, 0, 137438953471 },
	/* Nobody knows the size of a block. */
	{ 256 * MIB, 512 * MIB, 0, 0, 0 },
	{ 256 * MIB, 512 * MIB, TOPO_UNKNOWN, 0, 0 },
};

static void has_whole_blocks_only(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct memory_blocks blocks =
			memory_blocks_in(rows[i].start, rows[i].size, rows[i].block_size);

		assert_true(blocks.first <= blocks.end);
		assert_int_equal(blocks.end - blocks.first, rows[i].end - rows[i].first);
		if (rows[i].first < rows[i].end)
			assert_int_equal(blocks.first, rows[i].first);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_whole_blocks_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
