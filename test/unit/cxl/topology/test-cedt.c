// SPDX-License-Identifier: GPL-2.0-only
/*
 * Firmware's table of windows, as QEMU makes it and as nobody should.
 */
#include "cxl/topology/cedt.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define TABLE_MAX 512

/* /sys/firmware/acpi/tables/CEDT of a guest: one bridge, one window of 4 GiB at 0x490000000 */
static size_t read_guest_table(uint8_t table[static TABLE_MAX])
{
	FILE *file = fopen(TEST_DATA "/guest-one-switch.cedt", "rb");
	size_t size;

	assert_non_null(file);
	size = fread(table, 1, TABLE_MAX, file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(size, 108);
	return size;
}

static void test_guest_table(void **state)
{
	struct cedt_window_list windows;
	uint8_t table[TABLE_MAX];
	size_t size = read_guest_table(table);

	(void)state;
	assert_int_equal(cedt_parse(table, size, &windows), 0);
	assert_int_equal(windows.list.count, 1);
	assert_int_equal(windows.list.items[0].base, 0x490000000);
	assert_int_equal(windows.list.items[0].size, UINT64_C(4) << 30);
	assert_int_equal(windows.list.items[0].arithmetic, TOPO_ARITHMETIC_MODULO);
	ARRAY_FREE(&windows.list);
}

/* CXL r3.1 table 9-22: Interleave Arithmetic is byte 25 of the structure, which begins at 68. */
static void test_arithmetic(void **state)
{
	static const struct {
		uint8_t code;
		enum topo_arithmetic arithmetic;
	} codes[] = {
		{ 0, TOPO_ARITHMETIC_MODULO },
		{ 1, TOPO_ARITHMETIC_XOR },
		{ 2, TOPO_ARITHMETIC_UNKNOWN },
		{ 255, TOPO_ARITHMETIC_UNKNOWN },
	};
	struct cedt_window_list windows;
	uint8_t table[TABLE_MAX];
	size_t size = read_guest_table(table);

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		table[68 + 25] = codes[i].code;
		assert_int_equal(cedt_parse(table, size, &windows), 0);
		assert_int_equal(windows.list.items[0].arithmetic, codes[i].arithmetic);
		ARRAY_FREE(&windows.list);
	}
}

static void test_every_cut_is_refused(void **state)
{
	struct cedt_window_list windows;
	uint8_t table[TABLE_MAX];
	size_t size = read_guest_table(table);

	(void)state;
	for (size_t cut = 0; cut < size; cut++)
		assert_int_equal(cedt_parse(table, cut, &windows), -EPROTO);
}

static void test_wrong_lengths_are_refused(void **state)
{
	struct cedt_window_list windows;
	uint8_t table[TABLE_MAX];
	size_t size = read_guest_table(table);

	(void)state;
	/* A structure of length 0 would never end; one of 3 has no length of its own. */
	for (uint8_t length = 0; length < 4; length++) {
		table[36 + 2] = length;
		assert_int_equal(cedt_parse(table, size, &windows), -EPROTO);
	}
	table[36 + 2] = 0xff;
	assert_int_equal(cedt_parse(table, size, &windows), -EPROTO);
	(void)read_guest_table(table);
	/* A window too short for its fixed part. */
	table[68 + 2] = 35;
	assert_int_equal(cedt_parse(table, size, &windows), -EPROTO);
	(void)read_guest_table(table);
	table[0] = 'S';
	assert_int_equal(cedt_parse(table, size, &windows), -EPROTO);
}

/* Any byte may be anything; the sanitizers watch. */
static void test_mutated_tables(void **state)
{
	uint8_t table[TABLE_MAX];
	size_t size = read_guest_table(table);

	(void)state;
	for (size_t i = 0; i < size; i++) {
		uint8_t original = table[i];

		for (unsigned int value = 0; value < 256; value++) {
			struct cedt_window_list windows;

			table[i] = (uint8_t)value;
			if (cedt_parse(table, size, &windows) == 0)
				ARRAY_FREE(&windows.list);
		}
		table[i] = original;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_guest_table),
		cmocka_unit_test(test_arithmetic),
		cmocka_unit_test(test_every_cut_is_refused),
		cmocka_unit_test(test_wrong_lengths_are_refused),
		cmocka_unit_test(test_mutated_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
