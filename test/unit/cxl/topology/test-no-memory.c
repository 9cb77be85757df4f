// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every allocation of reading, listing, recording, comparing and drawing fails once: the answer is
 * -ENOMEM, and nothing is lost (the leak check of the sanitizer build is part of this test).
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "cxl/topology/topology-diff.h"
#include "fixture.h"
#include "test/lib/wrap-allocation.h"

static unsigned int fail_in; /* allocations until the one that fails, 0 for none */

static bool fails(void)
{
	return fail_in > 0 && --fail_in == 0;
}

#define WRAP(...) WRAP_IF(fails, __VA_ARGS__)

WRAP(void *, malloc, NULL, (size_t size), (size))
WRAP(void *, calloc, NULL, (size_t count, size_t size), (count, size))
WRAP(void *, realloc, NULL, (void *memory, size_t size), (memory, size))
WRAP(FILE *, open_memstream, NULL, (char **text, size_t *size), (text, size))
WRAP_JSON_OBJECTS(fails)
WRAP(struct json_object *, json_object_new_uint64, NULL, (uint64_t number), (number))
WRAP(int, json_object_deep_copy, -1,
     (struct json_object * source, struct json_object **copy, json_c_shallow_copy_fn *shallow),
     (source, copy, shallow))

struct sample {
	struct json_object *json;
	struct topology *topology, *other;
};

/* What is tried: 0 or -ENOMEM; what it made is freed again. */
typedef int (*action)(const struct sample *sample);

static int parse(const struct sample *sample)
{
	struct refusal_list refusals = REFUSAL_LIST_NULL;
	struct topology *topology = NULL;
	int rc = topology_from_json(sample->json, &refusals, &topology);

	refusal_list_deinit(&refusals);
	(void)topology_free(topology);
	return rc;
}

static int parse_document(const struct sample *sample)
{
	struct refusal_list notices = REFUSAL_LIST_NULL;
	struct topology *topology = NULL;
	int rc = topology_from_document(sample->json, &notices, &topology);

	refusal_list_deinit(&notices);
	(void)topology_free(topology);
	return rc;
}

static int record(const struct sample *sample)
{
	struct json_object *json = topology_to_json(sample->topology);
	int rc = json ? 0 : -ENOMEM;

	(void)json_object_put(json);
	return rc;
}

static int list(const struct sample *sample)
{
	struct list_options options = LIST_OPTIONS_NULL;
	struct json_object *json = NULL;
	int rc;

	options.verbose = 3;
	options.memdevs = options.human = true;
	rc = topology_list(sample->topology, &options, &json);
	(void)json_object_put(json);
	return rc;
}

static int diff(const struct sample *sample)
{
	struct json_object *changes = NULL;
	int rc = topology_diff(sample->topology, sample->other, &changes);

	(void)json_object_put(changes);
	return rc;
}

static void check_all_failures(const struct sample *sample, action act)
{
	unsigned int failures = 0;
	int rc;

	do {
		fail_in = ++failures;
		rc = act(sample);
		/* Not reached: there are fewer allocations than that. */
		if (fail_in > 0) {
			fail_in = 0;
			assert_int_equal(rc, 0);
		} else {
			assert_int_equal(rc, -ENOMEM);
		}
	} while (rc == -ENOMEM);
	assert_true(failures > 3);
}

static struct sample sample_of(const char *fixture, const char *other)
{
	return (struct sample){
		.json = fixture_json(fixture),
		.topology = fixture_topology(fixture),
		.other = fixture_topology(other),
	};
}

static void free_sample(struct sample *sample)
{
	(void)json_object_put(sample->json);
	(void)topology_free(sample->topology);
	(void)topology_free(sample->other);
}

static void test_parse(void **state)
{
	struct sample host = sample_of("guest-hmat-region", "guest-mixed");
	struct sample partial = sample_of("ndctl-279", "guest-mixed");
	struct sample recorded = sample_of("ndctl-246", "guest-mixed");

	(void)state;
	check_all_failures(&host, parse);
	check_all_failures(&partial, parse);
	check_all_failures(&recorded, parse);
	free_sample(&host);
	free_sample(&partial);
	free_sample(&recorded);
}

static void test_list_and_record(void **state)
{
	struct sample sample = sample_of("guest-hmat-region", "guest-mixed");

	(void)state;
	check_all_failures(&sample, list);
	check_all_failures(&sample, record);
	free_sample(&sample);
}

/* With what is known nowhere, in the place of objects and in them. */
static void test_document(void **state)
{
	static const char text[] =
		"[{\"memdevs\":[{\"memdev\":\"mem0\",\"gizmo\":[1,null,{\"a\":1.5}]},7]},"
		"{\"endpoints\":[{\"endpoint\":\"endpoint1\",\"memdev\":{\"memdev\":\"mem1\"},"
		"\"decoders:endpoint1\":[{\"decoder\":\"decoder1.0\"},{\"decoder\":1}]}]},"
		"{\"port decoders\":[{\"decoder\":\"decoder4.0\"}],\"gizmos\":[]}]";
	struct sample documents[] = {
		{ .json = fixture_json("guest-hmat-region") },
		{ .json = json_tokener_parse(text) },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(documents); i++) {
		struct refusal_list notices = REFUSAL_LIST_NULL;

		check_all_failures(&documents[i], parse_document);
		assert_int_equal(
			topology_from_document(documents[i].json, &notices, &documents[i].topology),
			0);
		refusal_list_deinit(&notices);
		check_all_failures(&documents[i], list);
		check_all_failures(&documents[i], record);
		free_sample(&documents[i]);
	}
}

static void test_diff(void **state)
{
	struct sample sample = sample_of("guest-hmat-region", "guest-mixed");

	(void)state;
	check_all_failures(&sample, diff);
	free_sample(&sample);
}

/* A text of which a cell is missing is worth more than none: only no text at all is a failure. */
static void test_tree(void **state)
{
	struct sample sample = sample_of("guest-hmat-region", "guest-mixed");
	const struct tree_options options = { .utf8 = true };
	bool reached = true;

	(void)state;
	for (unsigned int failures = 1; reached; failures++) {
		char *text = NULL;
		int rc;

		fail_in = failures;
		rc = topology_list_tree(sample.topology, &options, &text);
		reached = fail_in == 0;
		fail_in = 0;
		assert_true(rc == 0 || (reached && rc == -ENOMEM));
		assert_true((rc == 0) == (text != NULL));
		free(text);
	}
	free_sample(&sample);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),	 cmocka_unit_test(test_list_and_record),
		cmocka_unit_test(test_document), cmocka_unit_test(test_diff),
		cmocka_unit_test(test_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
