// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer: changes JSON as JSON, so that inputs get past the parser: a value becomes another
 * value of the document or an odd one; a member is removed, doubled or renamed. One time in four,
 * and for inputs that are no JSON, the bytes are changed instead.
 */
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "test/fuzz/fuzz.h"
#include "util/json.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t size_max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned int seed);

#define VALUES_MAX 4096

/* Every place of a document: a member of an object or an element of an array. */
struct place {
	struct json_object *parent;
	const char *key;
	size_t index;
	struct json_object *value;
};

struct places {
	struct place items[VALUES_MAX];
	size_t count;
};

static void collect(struct places *places, struct json_object *parent)
{
	if (json_object_is_type(parent, json_type_object)) {
		json_object_object_foreach(parent, key, value)
		{
			if (places->count == VALUES_MAX)
				return;
			places->items[places->count++] =
				(struct place){ .parent = parent, .key = key, .value = value };
			collect(places, value);
		}
	} else if (json_object_is_type(parent, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(parent); i++) {
			struct json_object *value = json_object_array_get_idx(parent, i);

			if (places->count == VALUES_MAX)
				return;
			places->items[places->count++] =
				(struct place){ .parent = parent, .index = i, .value = value };
			collect(places, value);
		}
	}
}

static struct json_object *odd_value(unsigned int random)
{
	static const char *const texts[] = { "",
					     "all",
					     "0x10000000000000000",
					     "-1",
					     "region0",
					     "mem0",
					     "decoder0.0",
					     "dax0.0",
					     "none",
					     "18446744073709551615",
					     "256.00 MiB (268.44 MB)",
					     "\t" };

	switch (random % 9) {
	case 0:
		return NULL;
	case 1:
		return json_object_new_int64(0);
	case 2:
		return json_object_new_int64(-1);
	case 3:
		return json_object_new_uint64(UINT64_MAX);
	case 4:
		return json_object_new_uint64(UINT64_C(1) << (random / 9 % 64));
	case 5:
		return json_object_new_boolean(random & 16);
	case 6:
		return json_object_new_array();
	case 7:
		return json_object_new_object();
	default:
		return json_object_new_string(
			texts[random / 9 % (sizeof(texts) / sizeof(texts[0]))]);
	}
}

static struct json_object *copy_of(struct json_object *value)
{
	struct json_object *copy = NULL;

	if (value && json_object_deep_copy(value, &copy, NULL) < 0)
		abort();
	return copy;
}

static void put(const struct place *place, struct json_object *value)
{
	if (!place->key)
		(void)json_object_array_put_idx(place->parent, place->index, value);
	else
		(void)json_object_object_add(place->parent, place->key, value);
}

static void change(const struct place *place, const struct place *other, unsigned int random)
{
	switch (random % 6) {
	case 0:
		put(place, odd_value(random / 6));
		break;
	case 1:
		put(place, copy_of(other->value));
		break;
	case 2: /* removed */
		if (place->key)
			json_object_object_del(place->parent, place->key);
		else
			(void)json_object_array_del_idx(place->parent, place->index, 1);
		break;
	case 3: /* doubled */
		if (!place->key)
			(void)json_object_array_add(place->parent, copy_of(other->value));
		else if (other->key)
			(void)json_object_object_add(place->parent, other->key,
						     copy_of(place->value));
		break;
	case 4: /* a number nearby */
		if (json_object_is_type(place->value, json_type_int))
			(void)json_object_int_inc(place->value, (int64_t)(random / 6 % 5) - 2);
		break;
	default:
		if (json_object_is_type(place->value, json_type_int))
			(void)json_object_set_int64(
				place->value,
				(int64_t)((uint64_t)json_object_get_int64(place->value)
					  << (random / 6 % 4)));
		break;
	}
}

static struct places places;

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned int seed)
{
	_cleanup_json_ struct json_object *document = NULL;
	unsigned int random = seed;
	const char *text;
	size_t length;

	if (seed % 4 == 0 || json_parse_text((const char *)data, size, &document) < 0)
		return LLVMFuzzerMutate(data, size, size_max);
	for (unsigned int n = 0; n <= seed / 4 % 3; n++) {
		places.count = 0;
		collect(&places, document);
		if (places.count == 0)
			break;
		random = random * 1664525u + 1013904223u;
		change(&places.items[random / 65536 % places.count],
		       &places.items[(random ^ seed) % places.count], random / 256);
	}
	text = json_object_to_json_string_length(document, JSON_C_TO_STRING_PLAIN, &length);
	if (length > size_max)
		return LLVMFuzzerMutate(data, size, size_max);
	memcpy(data, text, length);
	return length;
}
