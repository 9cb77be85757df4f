// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lists in payloads: no count is trusted, and every element is found.
 */
#include "fabric/cci/list.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "test/lib/cci-vector.h"

struct cci_pair {
	uint8_t low;
	uint16_t high;
};
extern const struct cci_codec cci_pair_codec;

CCI_WALK(pair, cursor, pair)
{
	cci_u8(cursor, &pair->low);
	cci_u16(cursor, &pair->high);
}

#define PAIR_SIZE 3
#define PAIRS_MAX 4

struct cci_pairs {
	struct cci_list list;
};
extern const struct cci_codec cci_pairs_codec;

CCI_WALK(pairs, cursor, pairs)
{
	cci_list_count8(cursor, &pairs->list, PAIRS_MAX);
	cci_list_elements(cursor, &pairs->list, PAIR_SIZE);
}

struct cci_many_pairs {
	struct cci_list list;
};
extern const struct cci_codec cci_many_pairs_codec;

CCI_WALK(many_pairs, cursor, pairs)
{
	cci_list_count32(cursor, &pairs->list);
	cci_list_elements(cursor, &pairs->list, PAIR_SIZE);
}

static void elements_are_decoded_one_by_one(void **state)
{
	struct cci_pairs pairs;
	struct cci_pair pair;

	(void)state;
	cci_vector_check(&cci_pairs_codec, "02 010302 040605", &pairs);
	assert_int_equal(pairs.list.count, 2);
	assert_int_equal(cci_list_get(&pairs.list, &cci_pair_codec, 1, &pair), 0);
	assert_int_equal(pair.low, 4);
	assert_int_equal(pair.high, 0x0506);
	assert_int_equal(cci_list_get(&pairs.list, &cci_pair_codec, 2, &pair), -ERANGE);
}

static void an_empty_list_has_no_elements(void **state)
{
	struct cci_pairs pairs;
	struct cci_pair pair;

	(void)state;
	cci_vector_check(&cci_pairs_codec, "00", &pairs);
	assert_int_equal(cci_list_get(&pairs.list, &cci_pair_codec, 0, &pair), -ERANGE);
}

static int decode(const struct cci_codec *codec, const char *hex, void *ret_value)
{
	uint8_t bytes[HEX_MAX];
	size_t size = hex_read(hex, bytes);

	return cci_decode(codec, bytes, size, ret_value);
}

static void a_count_that_lies_is_refused(void **state)
{
	struct cci_pairs pairs;
	struct cci_many_pairs many;

	(void)state;
	assert_int_equal(decode(&cci_pairs_codec, "03 010302 040605", &pairs), -EBADMSG);
	assert_int_equal(decode(&cci_pairs_codec, "01", &pairs), -EBADMSG);
	assert_int_equal(decode(&cci_many_pairs_codec, "ffffffff 010302", &many), -EBADMSG);
	/* 3 times this is 3 in 32 bits. */
	assert_int_equal(decode(&cci_many_pairs_codec, "57555555 010302 010302", &many), -EBADMSG);
	/* Elements that nobody counts are those of a later revision. */
	assert_int_equal(decode(&cci_pairs_codec, "01 010302 040605", &pairs), 0);
	assert_int_equal(pairs.list.count, 1);
}

/* As on a machine of 32 bits, where a count of the wire can be that large. */
static void a_product_that_wraps_is_no_size(void **state)
{
	static const uint8_t bytes[2 * PAIR_SIZE];
	struct cci_list list = { .count = SIZE_MAX / PAIR_SIZE + 2 };
	struct cci_cursor reader = cci_reader(bytes, sizeof(bytes));
	struct cci_cursor writer = cci_writer((uint8_t[sizeof(bytes)]){ 0 }, sizeof(bytes));

	(void)state;
	assert_true((size_t)(list.count * PAIR_SIZE) <= sizeof(bytes));
	cci_list_elements(&reader, &list, PAIR_SIZE);
	assert_int_equal(cci_cursor_end(&reader), -EBADMSG);
	list.elements = (struct cci_bytes){ bytes, (size_t)(list.count * PAIR_SIZE) };
	cci_list_elements(&writer, &list, PAIR_SIZE);
	assert_int_equal(cci_cursor_end(&writer), -ENOBUFS);
}

static void a_list_above_its_bound_is_refused(void **state)
{
	static const uint8_t bytes[5 * PAIR_SIZE];
	struct cci_pairs pairs;
	uint8_t buffer[HEX_MAX];

	(void)state;
	assert_int_equal(decode(&cci_pairs_codec, "04 000000 000000 000000 000000", &pairs), 0);
	assert_int_equal(decode(&cci_pairs_codec, "05 000000 000000 000000 000000 000000", &pairs),
			 -E2BIG);
	pairs.list = (struct cci_list){ 5, { bytes, sizeof(bytes) } };
	assert_int_equal(cci_encode(&cci_pairs_codec, &pairs, buffer, sizeof(buffer)), -E2BIG);
	/* 256 is 0 in the field. */
	pairs.list.count = 256;
	assert_int_equal(cci_encode(&cci_pairs_codec, &pairs, buffer, sizeof(buffer)), -E2BIG);
#if SIZE_MAX > UINT32_MAX
	/* 2^32 is 0 in the field. */
	pairs.list = (struct cci_list){ (size_t)1 << 32, { bytes, 0 } };
	assert_int_equal(cci_encode(&cci_many_pairs_codec, &pairs, buffer, sizeof(buffer)), -E2BIG);
#endif
}

static void elements_are_put_one_after_the_other(void **state)
{
	static const struct cci_pair values[] = { { 1, 0x0203 }, { 4, 0x0506 } };
	uint8_t buffer[2 * PAIR_SIZE], encoded[7], expected[HEX_MAX];
	struct cci_pairs pairs;

	(void)state;
	assert_int_equal(
		cci_list_put(&cci_pair_codec, values, 2, buffer, sizeof(buffer), &pairs.list), 0);
	assert_int_equal(cci_encode(&cci_pairs_codec, &pairs, encoded, sizeof(encoded)),
			 sizeof(encoded));
	hex_read("02 010302 040605", expected);
	assert_memory_equal(encoded, expected, sizeof(encoded));
	assert_int_equal(
		cci_list_put(&cci_pair_codec, values, 2, buffer, sizeof(buffer) - 1, &pairs.list),
		-ENOBUFS);
	/* A list whose elements are not of the size that its place has. */
	pairs.list = (struct cci_list){ 2, { buffer, sizeof(buffer) - 1 } };
	assert_int_equal(cci_encode(&cci_pairs_codec, &pairs, encoded, sizeof(encoded)), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elements_are_decoded_one_by_one),
		cmocka_unit_test(an_empty_list_has_no_elements),
		cmocka_unit_test(a_count_that_lies_is_refused),
		cmocka_unit_test(a_product_that_wraps_is_no_size),
		cmocka_unit_test(a_list_above_its_bound_is_refused),
		cmocka_unit_test(elements_are_put_one_after_the_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
