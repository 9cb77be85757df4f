// SPDX-License-Identifier: GPL-2.0-only
/*
 * The differences of two snapshots. Pure; called by the daemon's monitor.
 *
 * Objects are compared in the form in which they are listed: a difference that no listing shows is
 * no change.
 */
#include "cxl/topology/topology-diff.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cxl/topology/topology-object.h"
#include "util/json.h"

enum kind {
	KIND_MEMORY,
	KIND_BUS,
	KIND_PORT,
	KIND_ENDPOINT,
	KIND_MEMDEV,
	KIND_DECODER,
	KIND_REGION,
	KIND_DAX,
	KIND_NODE,
	KIND_COUNT,
};

static const char *const kind_names[KIND_COUNT] = {
	[KIND_MEMORY] = "memory",     [KIND_BUS] = "bus",	[KIND_PORT] = "port",
	[KIND_ENDPOINT] = "endpoint", [KIND_MEMDEV] = "memdev", [KIND_DECODER] = "decoder",
	[KIND_REGION] = "region",     [KIND_DAX] = "dax",	[KIND_NODE] = "node",
};

/* An object of a snapshot, whatever its kind. */
struct entry {
	const char *name;
	const void *object;
};

struct entry_list {
	ARRAY(struct entry) list;
	struct arena arena; /* owns the names that the snapshot does not hold */
};

/* These values follow from the regions, and would change with each of them. */
static const char *const derived_keys[] = { "free_extents", "next_region", "memory_free" };

static bool every_dport(const void *context, const struct topo_port *port, const char *name,
			const char *alias)
{
	(void)context, (void)port, (void)name, (void)alias;
	return true;
}

static const struct dport_filter no_filter = { .passes = every_dport };
static const struct object_options plain = { .targets = true, .now_ms = TOPO_UNKNOWN };

static int append(struct entry_list *entries, const char *name, const void *object)
{
	return ARRAY_APPEND(&entries->list, (struct entry){ .name = name, .object = object });
}

static enum kind kind_of_port(const struct topo_port *port)
{
	switch (port->kind) {
	case TOPO_PORT_ROOT:
		return KIND_BUS;
	case TOPO_PORT_HOST_BRIDGE:
	case TOPO_PORT_SWITCH:
		return KIND_PORT;
	case TOPO_PORT_ENDPOINT:
		break;
	}
	return KIND_ENDPOINT;
}

static int collect_ports(const struct topology *topology, enum kind kind,
			 struct entry_list *entries)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < topology->ports.count; i++) {
		const struct topo_port *port = topology->ports.items[i];

		if (kind_of_port(port) == kind)
			rc = append(entries, port->name, port);
	}
	return rc;
}

static int collect_dax(const struct topology *topology, struct entry_list *entries)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < topology->dax_regions.count; i++) {
		const struct topo_dax_region *region = topology->dax_regions.items[i];

		for (size_t j = 0; rc == 0 && j < region->devices.count; j++)
			rc = append(entries, region->devices.items[j].name,
				    &region->devices.items[j]);
	}
	return rc;
}

static int collect_nodes(const struct topology *topology, struct entry_list *entries)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < topology->nodes.count; i++) {
		const struct topo_node *node = &topology->nodes.items[i];
		const char *name = arena_printf(&entries->arena, "node%d", node->id);

		rc = name ? append(entries, name, node) : -ENOMEM;
	}
	return rc;
}

#define COLLECT(entries, array)                                                                    \
	({                                                                                         \
		int collected__ = 0;                                                               \
		for (size_t i__ = 0; collected__ == 0 && i__ < (array)->count; i__++)              \
			collected__ =                                                              \
				append(entries, (array)->items[i__]->name, (array)->items[i__]);   \
		collected__;                                                                       \
	})

/* The objects of a kind in the order of their names. */
static int collect(const struct topology *topology, enum kind kind, struct entry_list *entries)
{
	switch (kind) {
	case KIND_MEMORY:
		return append(entries, "memory", topology);
	case KIND_BUS:
	case KIND_PORT:
	case KIND_ENDPOINT:
		return collect_ports(topology, kind, entries);
	case KIND_MEMDEV:
		return COLLECT(entries, &topology->memdevs);
	case KIND_DECODER:
		return COLLECT(entries, &topology->decoders);
	case KIND_REGION:
		return COLLECT(entries, &topology->regions);
	case KIND_DAX:
		return collect_dax(topology, entries);
	case KIND_NODE:
		return collect_nodes(topology, entries);
	case KIND_COUNT:
		break;
	}
	return 0;
}

static struct json_object *memory_to_json(const struct topology *topology)
{
	_cleanup_json_ struct json_object *object = json_object_new_object();

	if (!object ||
	    json_add_string(object, "auto_online_blocks", topology->auto_online_policy) ||
	    (topology->memory_block_size != TOPO_UNKNOWN &&
	     json_add_u64(object, "block_size", topology->memory_block_size)))
		return NULL;
	return TAKE_PTR(object);
}

static struct json_object *to_json(const struct topology *topology, enum kind kind,
				   const void *object)
{
	switch (kind) {
	case KIND_MEMORY:
		return memory_to_json(object);
	case KIND_BUS:
		return object_bus(object, &plain, &no_filter);
	case KIND_PORT:
		return object_port(object, &plain, &no_filter);
	case KIND_ENDPOINT:
		return object_endpoint(object, &plain);
	case KIND_MEMDEV:
		return object_memdev(object, &plain);
	case KIND_DECODER:
		return object_decoder(topology, object, &plain, &no_filter);
	case KIND_REGION:
		return object_region(topology, object, &plain);
	case KIND_DAX:
		return object_dax_device(topology, object, &plain);
	case KIND_NODE:
		return object_node(object);
	case KIND_COUNT:
		break;
	}
	return NULL;
}

/* ---- changes ---- */

struct sides {
	const struct topology *before, *after;
	struct json_object *changes;
};

/* Appends a new change to the list, which owns the change. */
static int begin_change(struct json_object *changes, const char *change, enum kind kind,
			const char *name, struct json_object **ret_object)
{
	_cleanup_json_ struct json_object *object = json_object_new_object();
	struct json_object *borrowed = object;

	if (!object || json_add_string(object, "change", change) ||
	    json_add_string(object, "kind", kind_names[kind]) ||
	    json_add_string(object, "name", name) || json_append(changes, TAKE_PTR(object)))
		return -ENOMEM;
	*ret_object = borrowed;
	return 0;
}

static int add_added(const struct sides *sides, enum kind kind, const struct entry *entry)
{
	struct json_object *object;
	int rc = begin_change(sides->changes, "added", kind, entry->name, &object);

	return rc ? rc : json_add(object, "to", to_json(sides->after, kind, entry->object));
}

static int add_removed(const struct sides *sides, enum kind kind, const struct entry *entry)
{
	struct json_object *object;
	int rc = begin_change(sides->changes, "removed", kind, entry->name, &object);

	return rc ? rc : json_add(object, "from", to_json(sides->before, kind, entry->object));
}

static bool is_derived(const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(derived_keys); i++)
		if (strcmp(derived_keys[i], key) == 0)
			return true;
	return false;
}

static int add_key(struct json_object *keys, const char *key, struct json_object *from,
		   struct json_object *to)
{
	_cleanup_json_ struct json_object *values = json_object_new_object();

	if (!values || (from && json_add(values, "from", json_object_get(from))) ||
	    (to && json_add(values, "to", json_object_get(to))))
		return -ENOMEM;
	return json_add(keys, key, TAKE_PTR(values));
}

static int compare_keys(struct json_object *from, struct json_object *to, struct json_object *keys)
{
	struct json_object *other;

	json_object_object_foreach(from, key, value)
	{
		bool there = json_object_object_get_ex(to, key, &other);

		if (is_derived(key) || (there && json_object_equal(value, other)))
			continue;
		if (add_key(keys, key, value, there ? other : NULL))
			return -ENOMEM;
	}
	json_object_object_foreach(
		to, new_key, new_value) if (!is_derived(new_key) &&
					    !json_object_object_get_ex(from, new_key, NULL) &&
					    add_key(keys, new_key, NULL, new_value)) return -ENOMEM;
	return 0;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool is_another(enum kind kind, const void *before, const void *after)
{
	const struct topo_memdev *old = before, *new = after;

	return kind == KIND_MEMDEV &&
	       (old->serial != new->serial || !same_text(old->host, new->host));
}

static int add_changed(const struct sides *sides, enum kind kind, const struct entry *before,
		       const struct entry *after)
{
	_cleanup_json_ struct json_object *from = NULL, *to = NULL, *keys = NULL;
	struct json_object *object;
	int rc;

	if (is_another(kind, before->object, after->object)) {
		rc = add_removed(sides, kind, before);
		return rc ? rc : add_added(sides, kind, after);
	}
	from = to_json(sides->before, kind, before->object);
	to = to_json(sides->after, kind, after->object);
	keys = json_object_new_object();
	if (!from || !to || !keys || compare_keys(from, to, keys))
		return -ENOMEM;
	if (json_object_object_length(keys) == 0)
		return 0;
	rc = begin_change(sides->changes, "changed", kind, after->name, &object);
	return rc ? rc : json_add(object, "keys", TAKE_PTR(keys));
}

/* Both lists are sorted by name. */
static int merge(const struct sides *sides, enum kind kind, const struct entry_list *before,
		 const struct entry_list *after)
{
	size_t i = 0, j = 0;
	int rc = 0;

	while (rc == 0 && (i < before->list.count || j < after->list.count)) {
		const struct entry *old = i < before->list.count ? &before->list.items[i] : NULL;
		const struct entry *new = j < after->list.count ? &after->list.items[j] : NULL;
		int order = !old ? 1 : !new ? -1 : topo_name_compare(old->name, new->name);

		if (order == 0)
			rc = add_changed(sides, kind, old, new);
		else if (order < 0)
			rc = add_removed(sides, kind, old);
		else
			rc = add_added(sides, kind, new);
		i += order <= 0;
		j += order >= 0;
	}
	return rc;
}

static int diff_kind(const struct sides *sides, enum kind kind)
{
	struct entry_list before = { .arena = ARENA_NULL }, after = { .arena = ARENA_NULL };
	int rc = collect(sides->before, kind, &before);

	if (rc == 0)
		rc = collect(sides->after, kind, &after);
	if (rc == 0)
		rc = merge(sides, kind, &before, &after);
	ARRAY_FREE(&before.list);
	ARRAY_FREE(&after.list);
	arena_deinit(&before.arena);
	arena_deinit(&after.arena);
	return rc;
}

int topology_diff(const struct topology *before, const struct topology *after,
		  struct json_object **ret_changes)
{
	_cleanup_json_ struct json_object *changes = json_object_new_array();
	struct sides sides = { .before = before, .after = after, .changes = changes };
	int rc = changes ? 0 : -ENOMEM;

	for (enum kind kind = KIND_MEMORY; rc == 0 && kind < KIND_COUNT; kind++)
		rc = diff_kind(&sides, kind);
	if (rc == 0)
		*ret_changes = TAKE_PTR(changes);
	return rc;
}
