// SPDX-License-Identifier: GPL-2.0-only
/*
 * The cursor: little endian, bounded, and poisoned by its first overrun.
 */
#include "fabric/cci/cursor.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The order of bytes is the one of CXL 3.2, 1.10: little endian. */
static const uint8_t sample[] = { 0x01, 0x03, 0x02, 0x06, 0x05, 0x04, 0x0a, 0x09, 0x08,
				  0x07, 0x12, 0x11, 0x10, 0x0f, 0x0e, 0x0d, 0x0c, 0x0b };

static void numbers_are_little_endian(void **state)
{
	struct cci_cursor reader = cci_reader(sample, sizeof(sample));
	uint8_t a = 0xff, written[sizeof(sample)];
	uint16_t b = 0xffff;
	uint32_t c = ~0u, d = ~0u;
	uint64_t e = ~0ull;
	struct cci_cursor writer = cci_writer(written, sizeof(written));

	(void)state;
	cci_u8(&reader, &a);
	cci_u16(&reader, &b);
	cci_u24(&reader, &c);
	cci_u32(&reader, &d);
	cci_u64(&reader, &e);
	assert_int_equal(cci_cursor_end(&reader), sizeof(sample));
	assert_int_equal(a, 0x01);
	assert_int_equal(b, 0x0203);
	assert_int_equal(c, 0x040506);
	assert_int_equal(d, 0x0708090a);
	assert_true(e == 0x0b0c0d0e0f101112);

	cci_u8(&writer, &a);
	cci_u16(&writer, &b);
	cci_u24(&writer, &c);
	cci_u32(&writer, &d);
	cci_u64(&writer, &e);
	assert_int_equal(cci_cursor_end(&writer), sizeof(sample));
	assert_memory_equal(written, sample, sizeof(sample));
}

static void nibbles_share_a_byte(void **state)
{
	uint8_t byte = 0xa5, low = 0, high = 0;
	struct cci_cursor reader = cci_reader(&byte, 1), writer = cci_writer(&byte, 1);

	(void)state;
	cci_nibbles(&reader, &low, &high);
	assert_int_equal(low, 0x5);
	assert_int_equal(high, 0xa);
	high = 0x10;
	cci_nibbles(&writer, &low, &high);
	assert_int_equal(cci_cursor_end(&writer), -ERANGE);
	assert_int_equal(byte, 0xa5);
}

static void reserved_bits_are_masked(void **state)
{
	uint8_t byte = 0xa5, value = 0;
	struct cci_cursor reader = cci_reader(&byte, 1), writer = cci_writer(&byte, 1);

	(void)state;
	cci_low_bits(&reader, &value, 4);
	assert_int_equal(value, 0x5);
	cci_low_bits(&writer, &value, 4);
	assert_int_equal(byte, 0x05);
	writer = cci_writer(&byte, 1);
	value = 0x10;
	cci_low_bits(&writer, &value, 4);
	assert_int_equal(cci_cursor_end(&writer), -ERANGE);
}

/* A message is built around its payload from the inside, without a second buffer. */
static void bytes_may_stand_in_their_place(void **state)
{
	uint8_t bytes[] = { 0, 7, 8, 9 }, first = 1;
	struct cci_cursor writer = cci_writer(bytes, sizeof(bytes));
	struct cci_bytes rest = { bytes + 1, 3 };

	(void)state;
	cci_u8(&writer, &first);
	cci_borrow_rest(&writer, &rest);
	assert_int_equal(cci_cursor_end(&writer), sizeof(bytes));
	assert_memory_equal(bytes, ((const uint8_t[]){ 1, 7, 8, 9 }), sizeof(bytes));
}

static void a_flag_is_bit_0(void **state)
{
	uint8_t bytes[] = { 0xff, 0xfe };
	struct cci_cursor reader = cci_reader(bytes, sizeof(bytes));
	struct cci_cursor writer = cci_writer(bytes, sizeof(bytes));
	bool first = false, second = true;

	(void)state;
	cci_flag(&reader, &first);
	cci_flag(&reader, &second);
	assert_true(first);
	assert_false(second);
	cci_flag(&writer, &first);
	cci_flag(&writer, &second);
	assert_int_equal(bytes[0], 1);
	assert_int_equal(bytes[1], 0);
}

/* After an overrun everything is zero, also what would fit. */
static void an_overrun_poisons_a_reader(void **state)
{
	uint8_t *exact = malloc(3), small = 0xff, array[2] = { 0xff, 0xff };
	struct cci_cursor reader = cci_reader(memset(exact, 0xff, 3), 3);
	struct cci_bytes rest = { array, 2 };
	uint32_t large = ~0u;
	bool has = true;

	(void)state;
	cci_u32(&reader, &large);
	assert_int_equal(large, 0);
	cci_u8(&reader, &small);
	assert_int_equal(small, 0);
	cci_array(&reader, array, 2);
	assert_int_equal(array[0] | array[1], 0);
	cci_borrow_rest(&reader, &rest);
	assert_null(rest.data);
	assert_int_equal(rest.size, 0);
	assert_false(cci_optional(&reader, 1, &has));
	assert_int_equal(cci_left(&reader), 0);
	assert_int_equal(cci_cursor_end(&reader), -EBADMSG);
	free(exact);
}

static void an_overrun_poisons_a_writer(void **state)
{
	uint8_t *exact = memset(malloc(3), 0x55, 3), small = 1;
	struct cci_cursor writer = cci_writer(exact, 3);
	struct cci_bytes bytes = { &small, 1 };
	uint32_t large = 1;

	(void)state;
	cci_u32(&writer, &large);
	cci_u8(&writer, &small);
	cci_reserved(&writer, 1);
	cci_array(&writer, &small, 1);
	cci_borrow_rest(&writer, &bytes);
	assert_int_equal(cci_cursor_end(&writer), -ENOBUFS);
	for (int i = 0; i < 3; i++)
		assert_int_equal(exact[i], 0x55);
	free(exact);
}

/* No sum of an offset and a size may come round. */
static void a_huge_size_is_an_overrun(void **state)
{
	uint8_t byte = 1;
	struct cci_cursor reader = cci_reader(sample, sizeof(sample));
	struct cci_bytes bytes;

	(void)state;
	cci_u8(&reader, &byte);
	cci_borrow(&reader, &bytes, SIZE_MAX);
	assert_int_equal(cci_cursor_end(&reader), -EBADMSG);
	assert_int_equal(bytes.size, 0);
}

static void fields_may_be_absent(void **state)
{
	struct cci_cursor reader = cci_reader(sample, 3);
	uint16_t value = 0;
	bool has = false;

	(void)state;
	assert_true(cci_optional(&reader, 2, &has));
	cci_u16(&reader, &value);
	assert_int_equal(value, 0x0301);
	assert_false(cci_optional(&reader, 2, &has));
	assert_int_equal(cci_left(&reader), 1);
	assert_int_equal(cci_cursor_end(&reader), 2);
}

static void no_payload_is_a_payload(void **state)
{
	struct cci_cursor reader = cci_reader(NULL, 0);
	uint8_t value = 0xff;

	(void)state;
	assert_true(cci_is_reading(&reader));
	assert_int_equal(cci_cursor_end(&reader), 0);
	cci_u8(&reader, &value);
	assert_int_equal(value, 0);
	assert_int_equal(cci_cursor_end(&reader), -EBADMSG);
}

static void the_first_error_stays(void **state)
{
	uint8_t byte;
	struct cci_cursor reader = cci_reader(sample, 0);

	(void)state;
	assert_int_equal(cci_bounded(&reader, 4, 4), 4);
	assert_int_equal(cci_bounded(&reader, 5, 4), 0);
	cci_u8(&reader, &byte);
	assert_int_equal(cci_bounded(&reader, 1, 4), 0);
	assert_int_equal(cci_cursor_end(&reader), -E2BIG);
}

static void what_does_not_fit_a_field_is_refused(void **state)
{
	uint8_t buffer[8];
	struct cci_cursor writer = cci_writer(buffer, sizeof(buffer));
	struct cci_cursor other = cci_writer(buffer, sizeof(buffer));
	struct cci_bytes bytes = { sample, 3 };
	uint32_t large = 0x1000000;

	(void)state;
	cci_u24(&writer, &large);
	assert_int_equal(cci_cursor_end(&writer), -ERANGE);
	cci_borrow(&other, &bytes, 4);
	assert_int_equal(cci_cursor_end(&other), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_little_endian),
		cmocka_unit_test(nibbles_share_a_byte),
		cmocka_unit_test(reserved_bits_are_masked),
		cmocka_unit_test(bytes_may_stand_in_their_place),
		cmocka_unit_test(a_flag_is_bit_0),
		cmocka_unit_test(an_overrun_poisons_a_reader),
		cmocka_unit_test(an_overrun_poisons_a_writer),
		cmocka_unit_test(a_huge_size_is_an_overrun),
		cmocka_unit_test(fields_may_be_absent),
		cmocka_unit_test(no_payload_is_a_payload),
		cmocka_unit_test(the_first_error_stays),
		cmocka_unit_test(what_does_not_fit_a_field_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
