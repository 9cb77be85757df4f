// SPDX-License-Identifier: GPL-2.0-only
/*
 * Joins several listings of one host. Pure.
 *
 * The objects of the first document are entered into a table by name. An object of a later document
 * leaves its place, if the table has its name, and its keys are added to the object in the table.
 */
#include "cxl/topology/topology-merge.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cxl/topology/topology-json.h"
#include "cxl/topology/topology-value.h"
#include "util/array.h"
#include "util/json.h"

struct merge {
	struct json_object *table; /* name -> object */
	struct refusal_list *refusals;
};

/* The name of an object of cxl list; NULL for any other value. */
static const char *name_of(struct json_object *value)
{
	const struct kind_name *kind = value_kind(value);
	const char *name = NULL;

	if (kind)
		(void)json_get_string(value, kind->key, &name);
	return name;
}

static struct json_object *find(const struct merge *merge, const char *name)
{
	struct json_object *found = NULL;

	if (name)
		(void)json_object_object_get_ex(merge->table, name, &found);
	return found;
}

/* Mappings name decoders and memdevs, and hold no objects. */
static bool is_mapping_list(const char *key)
{
	return strcmp(key, "mappings") == 0;
}

/* Tells whether the value holds the objects below an object, or the objects of a group. */
static bool holds_objects(const char *key, struct json_object *value)
{
	if (is_mapping_list(key))
		return false;
	if (json_object_is_type(value, json_type_object))
		return name_of(value);
	if (!json_object_is_type(value, json_type_array))
		return false;
	for (size_t i = 0; i < json_object_array_length(value); i++)
		if (name_of(json_object_array_get_idx(value, i)))
			return true;
	return false;
}

static int absorb(const struct merge *merge, struct json_object *value);

/* Removes the elements from the array that the table had before. */
static int absorb_array(const struct merge *merge, struct json_object *array)
{
	size_t count = json_object_array_length(array), left = 0;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < count; i++) {
		struct json_object *value = json_object_array_get_idx(array, i);
		bool is_known = find(merge, name_of(value)) != NULL;

		rc = absorb(merge, value);
		if (rc == 0 && !is_known && left++ != i)
			rc = json_object_array_put_idx(array, left - 1, json_object_get(value));
	}
	if (rc)
		return rc < 0 ? -ENOMEM : rc;
	return left == count || json_object_array_del_idx(array, left, count - left) == 0 ? 0
											  : -ENOMEM;
}

/*
 * Absorbs the objects below an object before the object itself. Objects that the table had before
 * leave the object, and so does a list that has become empty.
 */
static int absorb_inner(const struct merge *merge, struct json_object *object)
{
	int rc = 0;

	json_object_object_foreach(object, key, value)
	{
		bool is_known = find(merge, name_of(value)) != NULL;

		if (!holds_objects(key, value))
			continue;
		if (!json_object_is_type(value, json_type_array)) {
			rc = absorb(merge, value);
		} else {
			rc = absorb_array(merge, value);
			is_known = json_object_array_length(value) == 0;
		}
		if (rc)
			break;
		if (is_known)
			json_object_object_del(object, key);
	}
	return rc;
}

/* Copies the bytes that are harmless on a terminal, for a message. */
static void put_plain(char *plain, size_t size, const char *text)
{
	size_t length = 0;

	for (; *text && length + 1 < size; text++)
		plain[length++] = *text < 0x20 || *text > 0x7e ? '?' : *text;
	plain[length] = '\0';
}

static int refuse_difference(const struct merge *merge, const char *name, const char *key,
			     struct json_object *one, struct json_object *other)
{
	char key_text[64], one_text[64], other_text[64];
	int rc;

	put_plain(key_text, sizeof(key_text), key);
	put_plain(one_text, sizeof(one_text),
		  json_object_to_json_string_ext(one, JSON_C_TO_STRING_PLAIN) ?: "?");
	put_plain(other_text, sizeof(other_text),
		  json_object_to_json_string_ext(other, JSON_C_TO_STRING_PLAIN) ?: "?");
	rc = refusal_add(merge->refusals, "document-differs", name,
			 "give one `cxl list -vvv`, or lists of one moment",
			 "the documents of the file differ in \"%s\": it is %s and %s", key_text,
			 one_text, other_text);
	return rc ? rc : TOPOLOGY_JSON_E_REFUSED;
}

/* "256.00 MiB (268.44 MB)": two decimals, as util_json_object_size() prints them. */
static bool is_rounded(const char *text, uint64_t number)
{
	static const char units[] = "KMGTPE";
	double shown, unit = 1;
	char letter;

	if (sscanf(text, "%lf %ciB", &shown, &letter) != 2 || !strchr(units, letter))
		return false;
	for (const char *at = units; *at; at++) {
		unit *= 1024;
		if (*at == letter)
			break;
	}
	return (double)number >= (shown - 0.0051) * unit &&
	       (double)number <= (shown + 0.0051) * unit;
}

/* Tells whether `cxl list -u` makes @text of @number. */
static bool is_for_people(struct json_object *text, struct json_object *number)
{
	uint64_t shown;
	char *end;

	if (!json_object_is_type(text, json_type_string) ||
	    !json_object_is_type(number, json_type_int))
		return false;
	errno = 0;
	shown = strtoull(json_object_get_string(text), &end, 0);
	if (*end == '\0' && errno == 0)
		return shown == json_object_get_uint64(number);
	return is_rounded(json_object_get_string(text), json_object_get_uint64(number));
}

static bool make_exact_inside(struct json_object *known, struct json_object *value);

/*
 * Tells whether two values are the same apart from rounding by -u. *exact is the exact value, which
 * is @known or @value: a borrowed reference.
 */
static bool is_same(struct json_object *known, struct json_object *value,
		    struct json_object **exact)
{
	*exact = is_for_people(known, value) ? value : known;
	return *exact == value || json_object_equal(known, value) || is_for_people(value, known) ||
	       make_exact_inside(known, value);
}

static bool make_elements_exact(struct json_object *known, struct json_object *value)
{
	const size_t count = json_object_array_length(known);
	struct json_object *exact;

	for (size_t i = 0; i < count; i++) {
		struct json_object *element = json_object_array_get_idx(known, i);

		if (!is_same(element, json_object_array_get_idx(value, i), &exact))
			return false;
		if (exact != element)
			(void)json_object_array_put_idx(known, i, json_object_get(exact));
	}
	return true;
}

static bool make_members_exact(struct json_object *known, struct json_object *value)
{
	struct json_object *member, *exact;

	json_object_object_foreach(value, key, item)
	{
		if (!json_object_object_get_ex(known, key, &member) ||
		    !is_same(member, item, &exact))
			return false;
		if (exact != member)
			(void)json_object_object_add(known, key, json_object_get(exact));
	}
	return true;
}

static bool make_exact_inside(struct json_object *known, struct json_object *value)
{
	if (json_object_is_type(known, json_type_array) &&
	    json_object_is_type(value, json_type_array))
		return json_object_array_length(known) == json_object_array_length(value) &&
		       make_elements_exact(known, value);
	return json_object_is_type(known, json_type_object) &&
	       json_object_is_type(value, json_type_object) &&
	       json_object_object_length(known) == json_object_object_length(value) &&
	       make_members_exact(known, value);
}

static int unite_key(const struct merge *merge, const char *name, struct json_object *known,
		     const char *key, struct json_object *value)
{
	struct json_object *other, *exact;

	if (!json_object_object_get_ex(known, key, &other)) {
		if (json_object_object_add(known, key, json_object_get(value)) == 0)
			return 0;
		(void)json_object_put(value);
		return -ENOMEM;
	}
	if (holds_objects(key, value) && json_object_is_type(other, json_type_array))
		return json_append_all(other, value);
	if (holds_objects(key, other))
		return 0;
	if (is_same(other, value, &exact))
		return exact == other ? 0 : json_add(known, key, json_object_get(exact));
	return refuse_difference(merge, name, key, other, value);
}

/* Absorbs one object of a document and all objects below it. */
static int absorb(const struct merge *merge, struct json_object *value)
{
	const char *name = name_of(value);
	struct json_object *known;
	int rc;

	if (!json_object_is_type(value, json_type_object))
		return 0;
	rc = absorb_inner(merge, value);
	if (rc || !name)
		return rc;
	known = find(merge, name);
	if (!known)
		return json_add(merge->table, name, json_object_get(value));
	json_object_object_foreach(value, key, item)
	{
		rc = unite_key(merge, name, known, key, item);
		if (rc)
			break;
	}
	return rc;
}

/* ---- documents ---- */

static size_t depth_of(struct json_object *value)
{
	size_t depth = 0;

	if (json_object_is_type(value, json_type_array))
		for (size_t i = 0; i < json_object_array_length(value); i++) {
			size_t inner = depth_of(json_object_array_get_idx(value, i));

			depth = inner > depth ? inner : depth;
		}
	if (json_object_is_type(value, json_type_object)) {
		json_object_object_foreach(value, key, child)
		{
			size_t inner = depth_of(child);

			(void)key;
			depth = inner > depth ? inner : depth;
		}
	}
	return depth + 1;
}

/* The document with the most levels: its nesting shows the place of an object best. */
static size_t find_deepest(struct json_object *documents)
{
	size_t deepest = 0, depth_max = 0;

	for (size_t i = 0; i < json_object_array_length(documents); i++) {
		size_t depth = depth_of(json_object_array_get_idx(documents, i));

		if (depth > depth_max) {
			depth_max = depth;
			deepest = i;
		}
	}
	return deepest;
}

static bool is_record(struct json_object *document)
{
	return json_object_is_type(document, json_type_object) &&
	       json_object_object_get_ex(document, "cxlfm_record", NULL);
}

static int refuse_records(struct refusal_list *refusals, size_t count)
{
	int rc = refusal_add(refusals, "document-differs", NULL, "give the record alone",
			     "one of the %zu documents of the file is a record, which tells all "
			     "by itself",
			     count);

	return rc ? rc : TOPOLOGY_JSON_E_REFUSED;
}

/* A group whose objects have all moved to other places is dropped. */
static bool is_empty(struct json_object *value)
{
	return json_object_is_type(value, json_type_object) &&
	       json_object_object_length(value) == 0;
}

/* An object that is twice in one document could be below itself. */
static int check_unique(const struct merge *merge, struct json_object *value,
			struct json_object *names)
{
	const char *name = name_of(value);
	int rc = 0;

	if (name && json_object_object_get_ex(names, name, NULL)) {
		rc = refusal_add(merge->refusals, "duplicate-object", name, NULL,
				 "%s appears twice in one document", name);
		return rc ? rc : TOPOLOGY_JSON_E_REFUSED;
	}
	if (name && json_object_object_add(names, name, NULL) < 0)
		return -ENOMEM;
	if (json_object_is_type(value, json_type_array))
		for (size_t i = 0; rc == 0 && i < json_object_array_length(value); i++)
			rc = check_unique(merge, json_object_array_get_idx(value, i), names);
	if (!json_object_is_type(value, json_type_object))
		return rc;
	json_object_object_foreach(value, key, child)
	{
		if (rc == 0 && !is_mapping_list(key))
			rc = check_unique(merge, child, names);
	}
	return rc;
}

static int add_document(const struct merge *merge, struct json_object *document,
			struct json_object *joined)
{
	_cleanup_json_ struct json_object *names = json_object_new_object();
	bool is_array = json_object_is_type(document, json_type_array);
	size_t count = is_array ? json_object_array_length(document) : 1;
	int rc = names ? check_unique(merge, document, names) : -ENOMEM;

	for (size_t i = 0; rc == 0 && i < count; i++) {
		struct json_object *value =
			is_array ? json_object_array_get_idx(document, i) : document;
		bool is_known = find(merge, name_of(value)) != NULL;

		rc = absorb(merge, value);
		if (rc || is_known || is_empty(value))
			continue;
		rc = json_append_shared(joined, value);
	}
	return rc;
}

int topology_merge(struct json_object *documents, struct refusal_list *refusals,
		   struct json_object **ret_document)
{
	_cleanup_json_ struct json_object *table = NULL, *joined = NULL;
	size_t count = json_object_array_length(documents), deepest;
	struct merge merge = { .refusals = refusals };
	int rc = 0;

	if (count == 1) {
		*ret_document = json_object_get(json_object_array_get_idx(documents, 0));
		return 0;
	}
	for (size_t i = 0; i < count; i++)
		if (is_record(json_object_array_get_idx(documents, i)))
			return refuse_records(refusals, count);
	merge.table = table = json_object_new_object();
	joined = json_object_new_array();
	if (!table || !joined)
		return -ENOMEM;
	deepest = find_deepest(documents);
	rc = add_document(&merge, json_object_array_get_idx(documents, deepest), joined);
	for (size_t i = 0; rc == 0 && i < count; i++)
		if (i != deepest)
			rc = add_document(&merge, json_object_array_get_idx(documents, i), joined);
	if (rc == 0)
		*ret_document = TAKE_PTR(joined);
	return rc;
}
