// SPDX-License-Identifier: GPL-2.0-only
/*
 * What was read from a document is listed as it was written. That our own listings have the places
 * and the order of those of cxl list is proved in a guest, by test/vm/test_list.py: so the
 * documents here are listings of the same letters, with more in them than anybody knows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "fixture.h"

/* One bit each, from what is listed to how much of it. */
enum {
	LETTER_B,
	LETTER_P,
	LETTER_E,
	LETTER_M,
	LETTER_D,
	LETTER_R,
	LETTER_T,
	LETTER_X,
	LETTER_IDLE,
	LETTER_MAILBOX,
	LETTER_COUNT,
};

static struct list_options options_of(unsigned int letters, bool human)
{
	const bool mailbox = letters & 1U << LETTER_MAILBOX;

	return (struct list_options){
		.buses = letters & 1U << LETTER_B,
		.ports = letters & 1U << LETTER_P,
		.endpoints = letters & 1U << LETTER_E,
		.memdevs = letters & 1U << LETTER_M,
		.decoders = letters & 1U << LETTER_D,
		.regions = letters & 1U << LETTER_R,
		.targets = letters & 1U << LETTER_T,
		.dax = letters & 1U << LETTER_X,
		.idle = letters & 1U << LETTER_IDLE,
		.health = mailbox,
		.partition = mailbox,
		.alert_config = mailbox,
		.firmware = mailbox,
		.media_errors = mailbox,
		.human = human,
		.now_ms = TOPO_UNKNOWN,
	};
}

static struct json_object *list_of(const struct topology *topology,
				   const struct list_options *options)
{
	struct json_object *list = NULL;

	assert_int_equal(topology_list(topology, options, &list), 0);
	return list;
}

static const char *text_of(struct json_object *json)
{
	return json_object_to_json_string_ext(json, JSON_C_TO_STRING_PRETTY);
}

static struct topology *read_document(struct json_object *document)
{
	struct refusal_list notices = REFUSAL_LIST_NULL;
	struct topology *topology = NULL;
	int rc = topology_from_document(document, &notices, &topology);

	if (rc)
		fail_msg("%s: %s", notices.list.count ? notices.list.items[0].text : "?",
			 text_of(document));
	refusal_list_deinit(&notices);
	return topology;
}

static void comes_back(const char *fixture, unsigned int letters, struct json_object *document,
		       const struct list_options *options)
{
	_cleanup_topology_ struct topology *topology = read_document(document);
	_cleanup_json_ struct json_object *list = list_of(topology, options);

	if (strcmp(text_of(list), text_of(document)) != 0)
		fail_msg("%s, letters %#x: from\n%s\ncame\n%s", fixture, letters, text_of(document),
			 text_of(list));
}

/* ---- more than anybody knows ---- */

static struct json_object *with_more(struct json_object *value);

static struct json_object *object_with_more(struct json_object *object)
{
	struct json_object *more = json_object_new_object();

	(void)json_add(more, "aa", json_tokener_parse("[{\"b\":null},-1.5e300,\"c\"]"));
	json_object_object_foreach(object, key, value)
	{
		char name[96];

		(void)json_object_object_add(more, key, with_more(value));
		(void)snprintf(name, sizeof(name), "behind %s", key);
		(void)json_object_object_add(more, name, NULL);
	}
	(void)json_add(more, "gizmos:gizmo0", json_tokener_parse("[{\"gizmo\":\"gizmo1\"}]"));
	return more;
}

static struct json_object *with_more(struct json_object *value)
{
	struct json_object *array;

	if (json_object_is_type(value, json_type_object))
		return object_with_more(value);
	if (!json_object_is_type(value, json_type_array))
		return json_object_get(value);
	array = json_object_new_array();
	/* cxl list gives such arrays the order of a directory. */
	for (size_t i = json_object_array_length(value); i-- > 0;)
		(void)json_append(array, with_more(json_object_array_get_idx(value, i)));
	/* Where objects are expected, there may be other things. */
	(void)json_append(array, json_object_new_string("no object"));
	(void)json_object_array_add(array, NULL);
	return array;
}

/* The groups of several kinds of objects are no objects of cxl list. */
static bool is_grouped(struct json_object *list)
{
	struct json_object *first;

	if (!json_object_is_type(list, json_type_array) || json_object_array_length(list) < 2)
		return false;
	first = json_object_array_get_idx(list, 0);
	return json_object_object_length(first) == 1;
}

static struct json_object *listing_with_more(struct json_object *list)
{
	struct json_object *more = json_object_new_array();

	if (json_object_is_type(list, json_type_object)) {
		(void)json_object_put(more);
		return object_with_more(list);
	}
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *item = json_object_array_get_idx(list, i);

		if (!is_grouped(list)) {
			(void)json_append(more, object_with_more(item));
			continue;
		}
		json_object_object_foreach(item, key, value)
		{
			struct json_object *group = json_object_new_object();

			(void)json_add(group, key, with_more(value));
			(void)json_append(more, group);
		}
	}
	if (json_object_array_length(more) > 0)
		(void)json_append(more, json_tokener_parse("{\"gizmos\":[{\"gizmo\":1}]}"));
	return more;
}

/* ---- every combination ---- */

static void check_letters(const char *fixture, const struct topology *topology,
			  unsigned int letters, bool human)
{
	const struct list_options options = options_of(letters, human);
	_cleanup_json_ struct json_object *document = list_of(topology, &options);
	_cleanup_json_ struct json_object *more = listing_with_more(document);

	if (json_object_is_type(document, json_type_array) &&
	    json_object_array_length(document) == 0)
		return;
	comes_back(fixture, letters, document, &options);
	comes_back(fixture, letters, more, &options);
}

static const char *const every_kind[] = {
	"guest-one-switch-region",
	"guest-mixed",
	"guest-pmem-region",
	"ndctl-276",
	"linear-cache",
	"dax-famfs",
};

static void test_every_letter(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(every_kind); i++) {
		_cleanup_topology_ struct topology *topology = fixture_topology(every_kind[i]);

		for (unsigned int letters = 0; letters < 1U << LETTER_COUNT; letters++)
			check_letters(every_kind[i], topology, letters, letters % 7 == 0);
	}
}

/* What cxl list printed, with keys of ours behind it. */
static void test_reports(void **state)
{
	struct list_options options = LIST_OPTIONS_NULL;

	(void)state;
	options.verbose = 3;
	options.memdevs = true;
	for (size_t i = 0; i < ARRAY_SIZE(guest_fixtures); i++) {
		_cleanup_json_ struct json_object *document = fixture_json(guest_fixtures[i]);
		_cleanup_topology_ struct topology *topology = read_document(document);
		_cleanup_json_ struct json_object *list = list_of(topology, &options);

		if (!shows(list, document))
			fail_msg("%s: %s", guest_fixtures[i], text_of(list));
	}
}

/* An endpoint's host is a name; the memdev in another one is there, and once. */
static void test_a_memdev_has_one_endpoint(void **state)
{
	static const char text[] = "[{\"endpoint\":\"endpoint2\",\"host\":\"mem1\",\"depth\":2},"
				   "{\"endpoint\":\"endpoint3\",\"host\":\"mem0\",\"depth\":2,"
				   "\"memdev\":{\"memdev\":\"mem1\"}}]";
	const struct list_options options = { .endpoints = true, .memdevs = true };
	_cleanup_json_ struct json_object *document = json_tokener_parse(text);

	(void)state;
	comes_back("a memdev", 0, document, &options);
}

/* ---- odd documents ---- */

/* What stands where it does not belong is no object of the kind of that place, nor of another. */
static const char *const odd[] = {
	/* in a group that is alone, and would have no name */
	"[{\"memdevs\":[{\"memdev\":\"mem0\"},{\"memdevs\":[{\"memdev\":\"mem0\"},\"all\"]}]}]",
	"[{\"memdevs\":[{\"memdev\":\"mem0\"},{\"region\":\"region0\"}]}]",
	"[{\"memdevs\":[{\"memdev\":\"mem0\"},null]}]",
	"[{\"memdevs\":[{\"memdev\":\"mem0\",\"bus\":\"root0\"}]}]",
	"[{\"root decoders\":[{\"decoder\":\"decoder0.0\"}]}]",
	/* beside and in what is an object by itself */
	"[{\"memdev\":\"mem0\",\"memdevs\":[{\"memdev\":\"mem1\"}]}]",
	"[{\"memdev\":\"mem0\",\"regions\":[]},[{\"memdev\":\"mem1\"}]]",
	"[{\"memdevs\":[{\"memdev\":\"mem0\"}]},{\"regions\":[{\"memdev\":\"mem1\"}]},7]",
	/* in a list of children, or instead of it */
	"[{\"bus\":\"root0\",\"decoders:root0\":\"decoder0.0\"}]",
	"[{\"bus\":\"root0\",\"memdevs:root0\":{\"memdev\":\"mem0\"}}]",
	"[{\"bus\":\"root0\",\"decoders:root0\":[{\"decoder\":\"decoder0.0\"},"
	"{\"region\":\"region0\"}],\"regions:root0\":[{\"region\":\"region0\",\"size\":1}]}]",
	/* of another port than the one below which it hangs */
	"[{\"endpoint\":\"endpoint2\",\"depth\":2,\"decoders:endpoint2\":["
	"{\"decoder\":\"decoder3.0\",\"size\":1},{\"decoder\":\"decoder2.0\"}]}]",
};

static void test_odd_documents(void **state)
{
	struct list_options options = LIST_OPTIONS_NULL;

	(void)state;
	options.verbose = 3;
	options.memdevs = true;
	for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
		_cleanup_json_ struct json_object *document = json_tokener_parse(odd[i]);
		_cleanup_topology_ struct topology *topology = NULL, *again = NULL;
		_cleanup_json_ struct json_object *record = NULL;

		assert_non_null(document);
		comes_back(odd[i], 0, document, &options);
		topology = read_document(document);
		record = topology_to_json(topology);
		again = read_document(record);
		assert_int_equal(again->memdevs.count, topology->memdevs.count);
		assert_int_equal(again->decoders.count, topology->decoders.count);
		assert_int_equal(again->regions.count, topology->regions.count);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_letter),
		cmocka_unit_test(test_reports),
		cmocka_unit_test(test_a_memdev_has_one_endpoint),
		cmocka_unit_test(test_odd_documents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
