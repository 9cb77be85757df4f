// SPDX-License-Identifier: GPL-2.0-only
/*
 * Objects of documents, shown as they were read. Pure; called by topology-object.c.
 *
 * Tables, one for each kind of object, give the meaning of a key: the letter of cxl list that asks
 * for the key, the unit of its number, and the table of the keys inside. A key that is in no table
 * is shown unchanged.
 */
#include "cxl/topology/topology-show.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "util/array.h"
#include "util/json.h"
#include "util/units.h"

enum unit {
	UNIT_NONE,
	UNIT_SIZE,
	UNIT_HEX,
};

/* Which elements of an array are shown. */
enum elements {
	ELEMENTS_ALL,
	ELEMENTS_DPORTS,  /* dports that lead to a selected memdev */
	ELEMENTS_DEVICES, /* without -i, devices with a size */
	ELEMENTS_UNREAD,  /* values that are no objects of @child: objects are listed */
};

/*
 * The offset of a bool in struct object_options. 0 is the offset of `human`, and stands for
 * "always".
 */
#define LETTER(name) offsetof(struct object_options, name)
#define LETTER_ANY   0

static_assert(LETTER(human) == LETTER_ANY, "no key depends on -u");

struct key_rule {
	const char *key; /* ends in ":" if it is the beginning of a key; NULL ends a table */
	size_t letter;
	enum unit unit;
	enum elements elements;
	const struct kind_name *child;
	const struct key_rule *inner; /* for an object, or for each object of an array */
};

static const struct key_rule dport_keys[] = { { "id", .unit = UNIT_HEX }, { NULL } };

#define CHILDREN(kind)                                                                             \
	{ #kind ":", LETTER(kind), .elements = ELEMENTS_UNREAD, .child = &kind_of_##kind }
#define DPORTS                                                                                     \
	{ "nr_dports", LETTER(targets) },                                                          \
	{                                                                                          \
		"dports", LETTER(targets), .elements = ELEMENTS_DPORTS, .inner = dport_keys        \
	}

static const struct key_rule bus_keys[] = {
	DPORTS,
	CHILDREN(ports),
	CHILDREN(endpoints),
	CHILDREN(memdevs),
	CHILDREN(decoders),
	CHILDREN(regions),
	{ NULL },
};

static const struct key_rule port_keys[] = {
	DPORTS,	  CHILDREN(ports), CHILDREN(endpoints), CHILDREN(memdevs), CHILDREN(decoders),
	{ NULL },
};

static const struct key_rule endpoint_keys[] = {
	{ "memdev", LETTER(memdevs), .elements = ELEMENTS_UNREAD, .child = &kind_of_memdevs },
	CHILDREN(decoders),
	{ NULL },
};

static const struct key_rule partition_keys[] = {
	{ "total_size", .unit = UNIT_SIZE },
	{ "volatile_only_size", .unit = UNIT_SIZE },
	{ "persistent_only_size", .unit = UNIT_SIZE },
	{ "partition_alignment_size", .unit = UNIT_SIZE },
	{ "active_volatile_size", .unit = UNIT_SIZE },
	{ "active_persistent_size", .unit = UNIT_SIZE },
	{ "next_volatile_size", .unit = UNIT_SIZE },
	{ "next_persistent_size", .unit = UNIT_SIZE },
	{ NULL },
};

static const struct key_rule firmware_keys[] = {
	{ "remaining_size", .unit = UNIT_SIZE },
	{ NULL },
};

static const struct key_rule error_keys[] = {
	{ "offset", .unit = UNIT_HEX },
	{ "dpa", .unit = UNIT_HEX },
	{ "hpa", .unit = UNIT_HEX },
	{ "length", .unit = UNIT_SIZE },
	{ "dpa_length", .unit = UNIT_SIZE },
	{ "overflow_t", .unit = UNIT_HEX },
	{ NULL },
};

static const struct key_rule memdev_keys[] = {
	{ "pmem_size", .unit = UNIT_SIZE },
	{ "ram_size", .unit = UNIT_SIZE },
	{ "serial", .unit = UNIT_HEX },
	{ "health", LETTER(health) },
	{ "alert_config", LETTER(alert_config) },
	{ "partition_info", LETTER(partition), .inner = partition_keys },
	{ "firmware", LETTER(firmware), .inner = firmware_keys },
	{ "media_errors", LETTER(media_errors), .inner = error_keys },
	{ NULL },
};

static const struct key_rule extent_keys[] = {
	{ "resource", .unit = UNIT_HEX },
	{ "size", .unit = UNIT_SIZE },
	{ NULL },
};

static const struct key_rule decoder_keys[] = {
	{ "resource", .unit = UNIT_HEX },
	{ "size", .unit = UNIT_SIZE },
	{ "dpa_resource", .unit = UNIT_HEX },
	{ "dpa_size", .unit = UNIT_SIZE },
	{ "max_available_extent", .unit = UNIT_SIZE },
	{ "free_extents", .inner = extent_keys },
	{ "targets", LETTER(targets), .elements = ELEMENTS_DPORTS, .inner = dport_keys },
	{ NULL },
};

/* Only the decoders of a bus have regions. */
static const struct key_rule window_keys[] = {
	{ "resource", .unit = UNIT_HEX },
	{ "size", .unit = UNIT_SIZE },
	{ "max_available_extent", .unit = UNIT_SIZE },
	{ "free_extents", .inner = extent_keys },
	{ "targets", LETTER(targets), .elements = ELEMENTS_DPORTS, .inner = dport_keys },
	CHILDREN(regions),
	{ NULL },
};

static const struct key_rule device_keys[] = {
	{ "size", .unit = UNIT_SIZE },
	{ "align", .unit = UNIT_SIZE },
	{ "resource", .unit = UNIT_HEX },
	{ NULL },
};

static const struct key_rule dax_region_keys[] = {
	{ "size", .unit = UNIT_SIZE },
	{ "available_size", .unit = UNIT_SIZE },
	{ "devices", .elements = ELEMENTS_DEVICES, .inner = device_keys },
	{ NULL },
};

static const struct key_rule region_keys[] = {
	{ "resource", .unit = UNIT_HEX },
	{ "size", .unit = UNIT_SIZE },
	{ "extended_linear_cache_size", .unit = UNIT_SIZE },
	{ "mappings", LETTER(targets) },
	{ "media_errors", LETTER(media_errors), .inner = error_keys },
	{ "daxregion", LETTER(dax), .inner = dax_region_keys },
	{ NULL },
};

struct show {
	const struct object_options *options;
	const struct dport_filter *filter; /* NULL for objects without dports */
	const struct topo_port *port;	   /* the port that has the dports */
};

static bool letter_asked(const struct show *show, size_t letter)
{
	return letter == LETTER_ANY || *(const bool *)((const char *)show->options + letter);
}

static const struct key_rule *find_rule(const struct key_rule *rules, const char *key)
{
	for (; rules && rules->key; rules++) {
		size_t length = strlen(rules->key);

		if (rules->key[length - 1] == ':' ? strncmp(rules->key, key, length) == 0
						  : strcmp(rules->key, key) == 0)
			return rules;
	}
	return NULL;
}

/* ---- arrays ---- */

static const char *text_of(struct json_object *object, const char *key)
{
	const char *text = NULL;

	(void)json_get_string(object, key, &text);
	return text;
}

static bool dport_passes(const struct show *show, struct json_object *element)
{
	const char *name = text_of(element, "dport");

	if (!name)
		name = text_of(element, "target");
	return !name || show->filter->passes(show->filter->context, show->port, name,
					     text_of(element, "alias"));
}

static bool is_empty_device(struct json_object *element)
{
	uint64_t size;

	return json_get_u64(element, "size", &size) == 0 && size == 0;
}

static bool element_passes(const struct show *show, const struct key_rule *rule,
			   struct json_object *element)
{
	switch (rule->elements) {
	case ELEMENTS_ALL:
		break;
	case ELEMENTS_DPORTS:
		return dport_passes(show, element);
	case ELEMENTS_DEVICES:
		return show->options->idle || !is_empty_device(element);
	case ELEMENTS_UNREAD:
		return !value_is_of_kind(element, rule->child);
	}
	return true;
}

static struct json_object *show_object(const struct show *show, const struct key_rule *rules,
				       struct json_object *object);

/* Shows an object; any other value in its place is shown unchanged. */
static struct json_object *show_inner(const struct show *show, const struct key_rule *rule,
				      struct json_object *value)
{
	if (rule->inner && json_object_is_type(value, json_type_object))
		return show_object(show, rule->inner, value);
	return json_object_get(value);
}

static struct json_object *show_array(const struct show *show, const struct key_rule *rule,
				      struct json_object *array)
{
	_cleanup_json_ struct json_object *shown = json_object_new_array();

	for (size_t i = 0; shown && i < json_object_array_length(array); i++) {
		struct json_object *element = json_object_array_get_idx(array, i), *copy;

		if (!element_passes(show, rule, element))
			continue;
		copy = show_inner(show, rule, element);
		if ((element && !copy) || json_object_array_add(shown, copy) < 0) {
			(void)json_object_put(copy);
			return NULL;
		}
	}
	return TAKE_PTR(shown);
}

/* ---- values ---- */

static struct json_object *show_number(const struct show *show, enum unit unit,
				       struct json_object *value)
{
	if (!show->options->human || unit == UNIT_NONE || json_object_get_int64(value) < 0)
		return json_object_get(value);
	return unit == UNIT_SIZE ? units_size(json_object_get_uint64(value), true)
				 : units_hex(json_object_get_uint64(value), true);
}

/* Tells whether the value is a single object that is listed as an object: null keeps its place. */
static bool holds_place(const struct key_rule *rule, struct json_object *value)
{
	return rule && rule->child && rule->key[strlen(rule->key) - 1] != ':' &&
	       value_is_of_kind(value, rule->child);
}

static struct json_object *show_value(const struct show *show, const struct key_rule *rule,
				      struct json_object *value)
{
	if (!rule)
		return json_object_get(value);
	if (json_object_is_type(value, json_type_int))
		return show_number(show, rule->unit, value);
	if (json_object_is_type(value, json_type_array))
		return show_array(show, rule, value);
	if (holds_place(rule, value))
		return NULL;
	return show_inner(show, rule, value);
}

static bool is_shown(const struct show *show, const struct key_rule *rule,
		     struct json_object *value)
{
	if (!rule || letter_asked(show, rule->letter))
		return true;
	/* A value that is no list of objects, but has the name of one, is always shown. */
	return rule->child && !json_object_is_type(value, json_type_array) &&
	       !holds_place(rule, value);
}

static struct json_object *show_object(const struct show *show, const struct key_rule *rules,
				       struct json_object *object)
{
	_cleanup_json_ struct json_object *shown = json_object_new_object();

	if (!shown)
		return NULL;
	json_object_object_foreach(object, key, value)
	{
		const struct key_rule *rule = find_rule(rules, key);
		struct json_object *copy;

		if (!is_shown(show, rule, value))
			continue;
		copy = show_value(show, rule, value);
		/*
		 * show_value() returns NULL for lack of memory, and for a JSON null and a
		 * placeholder.
		 */
		if (value && !copy && !holds_place(rule, value))
			return NULL;
		if (json_object_object_add(shown, key, copy) < 0) {
			(void)json_object_put(copy);
			return NULL;
		}
	}
	return TAKE_PTR(shown);
}

/* ---- kinds ---- */

struct json_object *show_bus(const struct topo_port *root, const struct object_options *options,
			     const struct dport_filter *filter)
{
	const struct show show = { options, filter, root };

	return show_object(&show, bus_keys, root->source.object);
}

struct json_object *show_port(const struct topo_port *port, const struct object_options *options,
			      const struct dport_filter *filter)
{
	const struct show show = { options, filter, port };

	return show_object(&show, port_keys, port->source.object);
}

struct json_object *show_endpoint(const struct topo_port *port,
				  const struct object_options *options)
{
	const struct show show = { options, NULL, port };

	return show_object(&show, endpoint_keys, port->source.object);
}

struct json_object *show_memdev(const struct topo_memdev *memdev,
				const struct object_options *options)
{
	const struct show show = { .options = options };

	return show_object(&show, memdev_keys, memdev->source.object);
}

struct json_object *show_decoder(const struct topo_decoder *decoder,
				 const struct object_options *options,
				 const struct dport_filter *filter)
{
	const struct show show = { options, filter, decoder->port };
	bool is_window = decoder->port->kind == TOPO_PORT_ROOT;

	return show_object(&show, is_window ? window_keys : decoder_keys, decoder->source.object);
}

struct json_object *show_region(const struct topo_region *region,
				const struct object_options *options)
{
	const struct show show = { .options = options };

	return show_object(&show, region_keys, region->source.object);
}

/* ---- order ---- */

struct placed {
	size_t place;
	struct json_object *object;
};

static const struct topo_source *source_of(const struct topology *topology,
					   const struct kind_name *kind, struct json_object *object)
{
	const struct topo_decoder *decoder;
	const struct topo_memdev *memdev;
	const struct topo_region *region;
	const struct topo_port *port;
	const char *name;

	if (!value_is_of_kind(object, kind))
		return NULL;
	name = text_of(object, kind->key);
	if (kind == &kind_of_decoders) {
		decoder = topology_decoder(topology, name);
		return decoder ? &decoder->source : NULL;
	}
	if (kind == &kind_of_regions) {
		region = topology_region(topology, name);
		return region ? &region->source : NULL;
	}
	if (kind == &kind_of_memdevs) {
		memdev = topology_memdev(topology, name);
		return memdev ? &memdev->source : NULL;
	}
	port = topology_port(topology, name);
	return port ? &port->source : NULL;
}

static int compare_places(const void *a, const void *b)
{
	const struct placed *placed_a = a, *placed_b = b;

	if (placed_a->place != placed_b->place)
		return placed_a->place < placed_b->place ? -1 : 1;
	return 0;
}

/* The kind of the objects in the array of that key; NULL for a key of no such array. */
static const struct kind_name *kind_of_children(const char *key)
{
	static const struct {
		const char *prefix;
		const struct kind_name *kind;
	} arrays[] = {
		{ "ports:", &kind_of_ports },	  { "endpoints:", &kind_of_endpoints },
		{ "memdevs:", &kind_of_memdevs }, { "decoders:", &kind_of_decoders },
		{ "regions:", &kind_of_regions },
	};

	for (size_t i = 0; i < ARRAY_SIZE(arrays); i++)
		if (strncmp(key, arrays[i].prefix, strlen(arrays[i].prefix)) == 0)
			return arrays[i].kind;
	return NULL;
}

static int order_children(const struct topology *topology, struct json_object *object)
{
	int rc = 0;

	if (!json_object_is_type(object, json_type_object))
		return 0;
	json_object_object_foreach(object, key, value)
	{
		const struct kind_name *kind = kind_of_children(key);

		if (kind && json_object_is_type(value, json_type_array))
			rc = show_in_order(topology, kind, value);
		if (rc)
			break;
	}
	return rc;
}

int show_in_order(const struct topology *topology, const struct kind_name *kind,
		  struct json_object *array)
{
	size_t count = json_object_array_length(array);
	_cleanup_free_ struct placed *placed = calloc(count + 1, sizeof(*placed));
	int rc = 0;

	if (!placed)
		return -ENOMEM;
	for (size_t i = 0; rc == 0 && i < count; i++) {
		struct json_object *object = json_object_array_get_idx(array, i);
		const struct topo_source *source = source_of(topology, kind, object);

		placed[i].object = object;
		placed[i].place = source ? source->place : SIZE_MAX - count + i;
		rc = order_children(topology, object);
	}
	if (rc)
		return rc;
	qsort(placed, count, sizeof(*placed), compare_places);
	for (size_t i = 0; i < count; i++)
		(void)json_object_get(placed[i].object);
	for (size_t i = 0; rc == 0 && i < count; i++)
		if (json_object_array_put_idx(array, i, placed[i].object) < 0)
			rc = -ENOMEM;
	return rc;
}
