// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writing records. Pure; topology-parse.c reads them.
 */
#include "cxl/topology/topology-json.h"

#include "cxl/topology/topology-known.h"
#include "cxl/topology/topology-list.h"
#include "cxl/topology/topology-object.h"
#include "util/json.h"

const struct known_name known_names[KNOWN_NAMES_COUNT] = {
	{ TOPO_KNOWN_CXL, "cxl" },     { TOPO_KNOWN_DAX, "dax" },   { TOPO_KNOWN_BLOCKS, "blocks" },
	{ TOPO_KNOWN_NODES, "nodes" }, { TOPO_KNOWN_DATA, "data" },
};

static int add_known(struct json_object *record, const struct topology *topology)
{
	struct json_object *array = json_object_new_array();
	int rc = json_add(record, "known", array);

	for (size_t i = 0; rc == 0 && i < KNOWN_NAMES_COUNT; i++)
		if (topology->known & known_names[i].bit)
			rc = json_append(array, json_object_new_string(known_names[i].name));
	return rc;
}

static int add_u64(struct json_object *object, const char *key, uint64_t number)
{
	return number == TOPO_UNKNOWN ? 0 : json_add_u64(object, key, number);
}

static int add_memory(struct json_object *record, const struct topology *topology)
{
	struct json_object *memory;
	int rc;

	if (topology->memory_block_size == TOPO_UNKNOWN && !topology->auto_online_policy)
		return 0;
	memory = json_object_new_object();
	rc = json_add(record, "memory", memory);
	if (rc == 0)
		rc = add_u64(memory, "block_size", topology->memory_block_size);
	return rc ? rc
		  : json_add_string(memory, "auto_online_blocks", topology->auto_online_policy);
}

static int add_nodes(struct json_object *record, const struct topology *topology)
{
	struct json_object *array = json_object_new_array();
	int rc = json_add(record, "nodes", array);

	for (size_t i = 0; rc == 0 && i < topology->nodes.count; i++)
		rc = json_append(array, object_node(&topology->nodes.items[i]));
	return rc;
}

static struct json_object *namespace_to_json(const struct topo_namespace *namespace)
{
	_cleanup_json_ struct json_object *object = json_object_new_object();

	if (!object || json_add_string(object, "region", namespace->region) ||
	    json_add_string(object, "namespace", namespace->name) ||
	    json_add_string(object, "device", namespace->device) ||
	    json_add_string(object, "user", namespace->user))
		return NULL;
	return TAKE_PTR(object);
}

static int add_namespaces(struct json_object *record, const struct topology *topology)
{
	struct json_object *array;
	int rc;

	if (topology->namespaces.count == 0)
		return 0;
	array = json_object_new_array();
	rc = json_add(record, "namespaces", array);
	for (size_t i = 0; rc == 0 && i < topology->namespaces.count; i++)
		rc = json_append(array, namespace_to_json(&topology->namespaces.items[i]));
	return rc;
}

static int add_list(struct json_object *record, const struct topology *topology)
{
	struct list_options options = LIST_OPTIONS_NULL;
	struct json_object *list;
	int rc;

	options.verbose = 3;
	options.memdevs = true;
	rc = topology_list(topology, &options, &list);
	return rc ? rc : json_add(record, "list", list);
}

struct json_object *topology_to_json(const struct topology *topology)
{
	_cleanup_json_ struct json_object *record = json_object_new_object();

	if (!record || json_add_int(record, "cxlfm_record", TOPOLOGY_RECORD_VERSION) ||
	    json_add_string(record, "kernel", topology->kernel) || add_known(record, topology) ||
	    add_memory(record, topology) || add_nodes(record, topology) ||
	    add_namespaces(record, topology) || add_list(record, topology))
		return NULL;
	return TAKE_PTR(record);
}
