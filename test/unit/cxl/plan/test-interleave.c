// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interleave arithmetic against the specification's bit formulas (CXL r3.1 8.2.4.20.13
 * Implementation Note "Device Decode Logic", table 9-22), written out here in its encoded terms.
 */
#include "cxl/plan/interleave.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define SIZE_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Encoded interleave ways, table 8-115 */
static const struct {
	unsigned int eiw;
	int ways;
} encodings[] = {
	{ 0, 1 }, { 1, 2 }, { 2, 4 }, { 3, 8 }, { 4, 16 }, { 8, 3 }, { 9, 6 }, { 10, 12 }
};

static uint64_t bits(unsigned int high, unsigned int low)
{
	return ((UINT64_C(1) << (high - low + 1)) - 1) << low;
}

static uint64_t spec_hpa(uint64_t dpa, int position, unsigned int eiw, unsigned int eig)
{
	uint64_t upper = dpa & bits(51, eig + 8), lower = dpa & bits(eig + 7, 0);

	if (eiw < 8)
		return upper << eiw | (uint64_t)position << (eig + 8) | lower;
	return ((((upper >> (eig + 8)) * 3) << (eiw - 8)) + (uint64_t)position) << (eig + 8) |
	       lower;
}

static void test_ways(void **state)
{
	static const int valid[] = { 1, 2, 3, 4, 6, 8, 12, 16 };
	size_t next = 0;

	(void)state;
	for (int ways = -1; ways <= 64; ways++) {
		bool expected = next < SIZE_OF(valid) && valid[next] == ways;

		assert_int_equal(interleave_ways_valid(ways), expected);
		next += expected;
	}
}

static void test_granularity(void **state)
{
	(void)state;
	for (int granularity = 256; granularity <= 16384; granularity *= 2)
		assert_true(interleave_granularity_valid(granularity));
	assert_false(interleave_granularity_valid(128));
	assert_false(interleave_granularity_valid(32768));
	assert_false(interleave_granularity_valid(768));
	assert_false(interleave_granularity_valid(0));
	assert_false(interleave_granularity_valid(-256));
}

/* set_interleave_ways(): "the region interleave must be a power of 2 multiple of the host bridge's"
 */
static void test_region_ways_in_window(void **state)
{
	(void)state;
	assert_true(interleave_region_ways_fit(1, 1));
	assert_true(interleave_region_ways_fit(16, 1));
	assert_false(interleave_region_ways_fit(3, 1));
	assert_false(interleave_region_ways_fit(12, 2));
	assert_true(interleave_region_ways_fit(4, 2));
	assert_false(interleave_region_ways_fit(1, 2));
	assert_true(interleave_region_ways_fit(12, 3));
	assert_true(interleave_region_ways_fit(6, 6));
	assert_false(interleave_region_ways_fit(8, 3));
}

/* check_interleave_cap() with both address bit capabilities: GENMASK(14, 8) */
static void test_address_bits(void **state)
{
	(void)state;
	assert_true(interleave_decoder_fits(1, 16384));
	assert_false(interleave_decoder_fits(1, 32768));
	assert_true(interleave_decoder_fits(2, 16384));
	assert_false(interleave_decoder_fits(4, 16384));
	assert_true(interleave_decoder_fits(4, 8192));
	assert_true(interleave_decoder_fits(16, 2048));
	assert_false(interleave_decoder_fits(16, 4096));
	assert_true(interleave_decoder_fits(3, 16384));
	assert_true(interleave_decoder_fits(6, 16384));
	assert_false(interleave_decoder_fits(12, 16384));
	assert_true(interleave_decoder_fits(12, 8192));
}

static void check_translation(uint64_t dpa, int position, int ways, int granularity, uint64_t hpa)
{
	assert_int_equal(interleave_to_hpa(dpa, position, ways, granularity), hpa);
	assert_int_equal(interleave_to_dpa(hpa, ways, granularity), dpa);
	assert_int_equal(interleave_position(hpa, ways, granularity), position);
}

static void test_known_translations(void **state)
{
	(void)state;
	check_translation(0x40000008, 0, 1, 256, 0x40000008);
	check_translation(0x40000008, 1, 2, 256, 0x80000108);
	check_translation(0x40000108, 3, 4, 1024, 0x100000d08);
	check_translation(0x12345678, 7, 8, 4096, 0x91a2f678);
	check_translation(0x3fffffc0, 15, 16, 256, 0x3ffffffc0);
	check_translation(0x40000008, 2, 3, 256, 0xc0000208);
	check_translation(0x12345678, 5, 6, 512, 0x6d3a0e78);
	check_translation(0xdeadbeef, 11, 12, 16384, 0xa7024feef);
}

static void test_all_encodings_as_specified(void **state)
{
	uint64_t dpa = 0x123456789;

	(void)state;
	for (size_t i = 0; i < SIZE_OF(encodings); i++)
		for (unsigned int eig = 0; eig <= 6; eig++)
			for (int position = 0; position < encodings[i].ways; position++) {
				dpa = (dpa * UINT64_C(6364136223846793005) + 1442695040888963407) >>
				      22;
				check_translation(dpa, position, encodings[i].ways, 256 << eig,
						  spec_hpa(dpa, position, encodings[i].eiw, eig));
			}
}

/* XORMAPs of the kernel's own translation test (tools/testing/cxl/test/cxl_translate.c) */
static void test_xor(void **state)
{
	static const uint64_t maps[] = { 0x2020900, 0x4041200, 0x1010400, 0x800 };

	(void)state;
	assert_int_equal(interleave_xor(0x100000d08, maps, 2), 0x100000c08);
	assert_int_equal(interleave_xor(0x91a2f678, maps, 2), 0x91a2f578);
	assert_int_equal(interleave_xor(0x3ffffffc0, maps, 2), 0x3fffffcc0);
	assert_int_equal(interleave_xor(0x40000008, maps, 2), 0x40000008);
	assert_int_equal(interleave_xor(0x1234, maps, 0), 0x1234);
	for (uint64_t address = 0; address < UINT64_C(1) << 30; address += 0x100fff)
		for (size_t count = 0; count <= SIZE_OF(maps); count++)
			assert_int_equal(
				interleave_xor(interleave_xor(address, maps, count), maps, count),
				address);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ways),
		cmocka_unit_test(test_granularity),
		cmocka_unit_test(test_region_ways_in_window),
		cmocka_unit_test(test_address_bits),
		cmocka_unit_test(test_known_translations),
		cmocka_unit_test(test_all_encodings_as_specified),
		cmocka_unit_test(test_xor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
