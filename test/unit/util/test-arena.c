// SPDX-License-Identifier: GPL-2.0-only
/* Arenas and growable arrays. */
#include "util/arena.h"
#include "util/array.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void memory_is_zeroed_aligned_and_apart(void **state)
{
	struct arena arena = ARENA_NULL;
	unsigned char *last = NULL;

	for (size_t size = 1; size < 40000; size = size * 3 / 2 + 1) {
		unsigned char *memory = arena_alloc(&arena, size);

		assert_non_null(memory);
		assert_int_equal((uintptr_t)memory % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(memory[i], 0);
		memset(memory, 0xff, size);
		if (last)
			assert_int_equal(last[0], 0xff);
		last = memory;
	}
	assert_null(arena_alloc(&arena, SIZE_MAX));
	assert_string_equal(arena_printf(&arena, "%s%d", "region", 7), "region7");
	assert_null(arena_strdup(&arena, NULL));
	arena_deinit(&arena);
	assert_null(arena.blocks);
}

static void arrays_keep_what_is_appended(void **state)
{
	ARRAY(int) numbers = { 0 };

	for (int i = 0; i < 1000; i++)
		assert_int_equal(ARRAY_APPEND(&numbers, i * 3), 0);
	assert_int_equal(numbers.count, 1000);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(numbers.items[i], i * 3);
	ARRAY_FREE(&numbers);
	assert_int_equal(numbers.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_zeroed_aligned_and_apart),
		cmocka_unit_test(arrays_keep_what_is_appended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
