// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names in a sentence: all, or whole ones and how many there are besides.
 */
#include "util/word-list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void all_names_are_there(void **state)
{
	char text[64];
	struct word_list list = word_list_begin(text, sizeof(text));

	(void)state;
	assert_int_equal(word_list_end(&list), 0);
	assert_string_equal(text, "");
	word_list_add(&list, "region%d (%s)", 0, "1G");
	word_list_add(&list, "region1");
	assert_int_equal(word_list_end(&list), 2);
	assert_string_equal(text, "region0 (1G), region1");
}

/* What was named and the number of the rest make up all, and every name is a whole one. */
static void no_name_is_cut(void **state)
{
	(void)state;
	for (size_t size = 32; size < 300; size++) {
		char *text = malloc(size);
		struct word_list list = word_list_begin(text, size);
		const char *at = text;
		size_t rest = 0, named = 0;

		for (int i = 0; i < 24; i++)
			word_list_add(&list, "decoder%d.0", i);
		assert_int_equal(word_list_end(&list), 24);
		assert_true(strlen(text) < size);
		for (char name[32]; strncmp(at, "decoder", strlen("decoder")) == 0; named++) {
			(void)snprintf(name, sizeof(name), "decoder%zu.0", named);
			assert_memory_equal(at, name, strlen(name));
			at += strlen(name);
			at += strncmp(at, ", ", 2) == 0 ? 2 : 0;
		}
		if (named < 24)
			assert_int_equal(sscanf(at, named ? " and %zu more" : "%zu of them", &rest),
					 1);
		assert_int_equal(named + rest, 24);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_names_are_there),
		cmocka_unit_test(no_name_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
