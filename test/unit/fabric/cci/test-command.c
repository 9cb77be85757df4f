// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of commands, and what holds for the codecs of all rows: what was read can be written
 * and read again, whatever the bytes are.
 */
#include "fabric/cci/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROUNDS	300
#define PAYLOAD 5000

static void sets_and_rows_are_in_order(void **state)
{
	const struct cci_command_set *set;
	int last = -1;

	(void)state;
	for (size_t i = 0; (set = cci_command_set_at(i)); i++) {
		assert_true(set->count > 0 && *set->name);
		for (size_t j = 0; j < set->count; j++) {
			assert_int_equal(set->commands[j].opcode >> 8, set->set);
			assert_true(set->commands[j].opcode > last);
			last = set->commands[j].opcode;
		}
	}
}

static void rows_are_found(void **state)
{
	const struct cci_command_set *set;

	(void)state;
	for (size_t i = 0; (set = cci_command_set_at(i)); i++)
		for (size_t j = 0; j < set->count; j++)
			assert_ptr_equal(cci_command_find(set->commands[j].opcode),
					 &set->commands[j]);
	assert_null(cci_command_find(0x0000));
	assert_null(cci_command_find(0xc000));
}

static void rows_are_whole(void **state)
{
	const struct cci_command_set *set;

	(void)state;
	for (size_t i = 0; (set = cci_command_set_at(i)); i++)
		for (size_t j = 0; j < set->count; j++) {
			const struct cci_command *command = &set->commands[j];

			assert_true(command->name && command->section);
			assert_true(!command->request == !command->reply);
			assert_false(command->effects & CCI_EFFECT_BACKGROUND);
			if (!cci_command_has_layout(command))
				assert_true(!command->effects && !command->background);
			else if (!command->background)
				assert_true(command->deadline_ms > 0);
		}
}

/* A byte of a payload: many zeros, since counts of elements should often fit the payload. */
static uint8_t draw(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 30 ? (uint8_t)(*seed >> 16) : (uint8_t)(*seed >> 16 & 3);
}

/*
 * Decodes random bytes, and the bytes that the value encodes into, at the same place: so what a
 * value borrows has to be at the same place, too. The memory has the size of the payload, so that a
 * sanitizer notices a read behind its end.
 */
static void round_trip(const struct cci_codec *codec, size_t size, uint32_t *seed)
{
	uint8_t *payload = malloc(size ? size : 1), *encoded = malloc(PAYLOAD),
		*again = malloc(PAYLOAD);
	uint8_t *value = calloc(1, codec->size + 1), *second = calloc(1, codec->size + 1);
	long length;

	for (size_t i = 0; i < size; i++)
		payload[i] = draw(seed);
	if (cci_decode(codec, payload, size, value) == 0) {
		length = cci_encode(codec, value, encoded, PAYLOAD);
		assert_true(length >= 0 && (size_t)length <= size);
		memcpy(payload, encoded, (size_t)length);
		assert_int_equal(cci_decode(codec, payload, (size_t)length, second), 0);
		assert_memory_equal(value, second, codec->size);
		assert_int_equal(cci_encode(codec, second, again, PAYLOAD), length);
		assert_memory_equal(encoded, again, (size_t)length);
	}
	free(second);
	free(value);
	free(again);
	free(encoded);
	free(payload);
}

static void what_was_read_can_be_written(void **state)
{
	const struct cci_command_set *set;
	uint32_t seed = 9;

	(void)state;
	for (size_t i = 0; (set = cci_command_set_at(i)); i++)
		for (size_t j = 0; j < set->count; j++)
			for (size_t k = 0; k < ROUNDS; k++) {
				size_t size = k < 150 ? k : (k - 150) * 33;

				if (!cci_command_has_layout(&set->commands[j]))
					break;
				round_trip(set->commands[j].request, size, &seed);
				round_trip(set->commands[j].reply, size, &seed);
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sets_and_rows_are_in_order),
		cmocka_unit_test(rows_are_found),
		cmocka_unit_test(rows_are_whole),
		cmocka_unit_test(what_was_read_can_be_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
