// SPDX-License-Identifier: GPL-2.0-only
/* What somebody may have meant who mistyped a name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "util/cleanup.h"
#include "util/nearest.h"

static const char *const names[] = { "list", "add-memory", "remove-memory", "online-memory",
				     "wait", "apply",	   "diff",	    "help" };

static const struct {
	const char *text, *name;
} rows[] = {
	/* One letter too few, too many, another one, two that have changed places. */
	{ "lst", "list" },
	{ "listt", "list" },
	{ "lisp", "list" },
	{ "lits", "list" },
	{ "addmemory", "add-memory" },
	{ "add_memory", "add-memory" },
	{ "remove-memroy", "remove-memory" },
	{ "rmove-memmory", "remove-memory" },
	{ "onlin-memory", "online-memory" },
	{ "aply", "apply" },
	/* Nothing like it. */
	{ "", NULL },
	{ "x", NULL },
	{ "frobnicate", NULL },
	{ "destroy", NULL },
	{ "memory", NULL },
	{ "a-name-that-is-longer-than-every-verb-could-be", NULL },
};

static void the_nearest_name_is_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct nearest nearest = nearest_to(rows[i].text, strlen(rows[i].text));

		for (size_t j = 0; j < ARRAY_SIZE(names); j++)
			nearest_consider(&nearest, names[j]);
		if (rows[i].name ? !nearest.name || strcmp(nearest.name, rows[i].name) != 0
				 : nearest.name != NULL)
			fail_msg("%s: %s", rows[i].text, nearest.name ? nearest.name : "nothing");
	}
}

/* "--sise=1G": only what stands before the value is a name. */
static void a_part_of_a_text_is_a_name(void **state)
{
	struct nearest nearest = nearest_to("sise=1G", 4);

	(void)state;
	nearest_consider(&nearest, "size");
	assert_string_equal(nearest.name, "size");
}

/* No letter is looked at behind the end, however long the two are. */
static void lengths_at_the_limit(void **state)
{
	char text[NEAREST_LENGTH_MAX + 2];
	struct nearest nearest;

	(void)state;
	memset(text, 'a', sizeof(text));
	text[NEAREST_LENGTH_MAX + 1] = '\0';
	nearest = nearest_to(text, NEAREST_LENGTH_MAX);
	nearest_consider(&nearest, text);
	assert_null(nearest.name);
	text[NEAREST_LENGTH_MAX] = '\0';
	nearest_consider(&nearest, text);
	assert_ptr_equal(nearest.name, text);
	assert_int_equal(nearest.distance, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_nearest_name_is_found),
		cmocka_unit_test(a_part_of_a_text_is_a_name),
		cmocka_unit_test(lengths_at_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
