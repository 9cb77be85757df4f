// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading records and the output of cxl list. Pure; topology-value.c checks single values, here is
 * what lies where. Everything may be wrong: the document comes from another machine.
 */
#include "cxl/topology/topology-json.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cxl/topology/topology-known.h"
#include "cxl/topology/topology-parse.h"
#include "util/json.h"

/* Real trees have four levels; a document may not recurse us deep. */
#define PORT_DEPTH_MAX 16

static int read_ports(struct parse *parse, struct json_object *array, struct topo_port *parent);

static enum topo_port_kind kind_below(const struct topo_port *parent, int depth)
{
	if (parent)
		return parent->kind == TOPO_PORT_ROOT ? TOPO_PORT_HOST_BRIDGE : TOPO_PORT_SWITCH;
	return depth == 1 ? TOPO_PORT_HOST_BRIDGE : TOPO_PORT_SWITCH;
}

static int read_dport(const struct value_reader *reader, struct topo_port *port)
{
	struct topo_dport dport = { .id = TOPO_UNKNOWN_INT };
	int rc;

	if ((rc = value_text(reader, "dport", &dport.name)) ||
	    (rc = value_text(reader, "alias", &dport.alias)) ||
	    (rc = value_int(reader, "id", 0, INT_MAX, &dport.id)))
		return rc;
	if (!dport.name)
		return value_refuse(reader, "malformed", "a dport has no name");
	return ARRAY_APPEND(&port->dports, dport);
}

static int read_dports(struct value_reader *reader, struct topo_port *port)
{
	struct json_object *array;
	int rc = value_array(reader, "dports", &array);

	for (size_t i = 0; rc == 0 && array && i < json_object_array_length(array); i++) {
		struct value_reader item = *reader;

		item.object = json_object_array_get_idx(array, i);
		if (!json_object_is_type(item.object, json_type_object))
			return value_refuse(reader, "malformed", "a dport is no object");
		rc = read_dport(&item, port);
	}
	return rc;
}

int parse_enabled(const struct value_reader *reader, bool *enabled)
{
	const char *state = NULL;
	int rc = value_text(reader, "state", &state);

	*enabled = !state || strcmp(state, "disabled") != 0;
	return rc;
}

int parse_each(struct parse *parse, struct json_object *array, parse_item item, void *parent)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < json_object_array_length(array); i++) {
		struct value_reader reader = parse->reader;

		reader.object = json_object_array_get_idx(array, i);
		if (!json_object_is_type(reader.object, json_type_object))
			return value_refuse(&reader, "malformed",
					    "an element of a list is no object");
		rc = item(parse, &reader, parent);
	}
	return rc;
}

static bool has_prefix(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static int read_endpoint_item(struct parse *parse, struct value_reader *reader, void *parent);

/* The arrays of a port or bus: "ports:root0", "endpoints:port1", "decoders:port1", ... */
static int read_children(struct parse *parse, struct json_object *object, struct topo_port *port)
{
	int rc = 0;

	json_object_object_foreach(object, key, value)
	{
		if (!strchr(key, ':') || !json_object_is_type(value, json_type_array))
			continue;
		if (has_prefix(key, "ports:"))
			rc = read_ports(parse, value, port);
		else if (has_prefix(key, "endpoints:"))
			rc = parse_each(parse, value, read_endpoint_item, port);
		else if (has_prefix(key, "decoders:"))
			rc = parse_each(parse, value, parse_decoder, port);
		else if (has_prefix(key, "memdevs:"))
			rc = parse_each(parse, value, parse_memdev, NULL);
		else if (has_prefix(key, "regions:"))
			rc = parse_each(parse, value, parse_region, NULL);
		if (rc)
			break;
	}
	return rc;
}

static int read_port_values(const struct value_reader *reader, struct topo_port *port)
{
	int rc;

	if ((rc = value_text(reader, "host", &port->host)) ||
	    (rc = value_text(reader, "parent_dport", &port->parent_dport)) ||
	    (rc = value_int(reader, "decoders_committed", 0, INT_MAX, &port->decoders_committed)))
		return rc;
	return parse_enabled(reader, &port->enabled);
}

static int read_port_item(struct parse *parse, struct value_reader *reader, void *parent)
{
	struct topo_port *port;
	const char *name;
	int depth = 1, rc;

	if ((rc = value_name(reader, "port", "port", false, &name)) ||
	    (rc = value_int(reader, "depth", 0, PORT_DEPTH_MAX, &depth)))
		return rc;
	reader->name = name;
	port = topology_add_port(parse->topology, kind_below(parent, depth), name, parent);
	if (!port)
		return -ENOMEM;
	if (!parent)
		port->depth = depth;
	if (port->depth > PORT_DEPTH_MAX)
		return value_refuse(reader, "malformed", "ports are nested too deep");
	if ((rc = read_port_values(reader, port)) || (rc = read_dports(reader, port)))
		return rc;
	return read_children(parse, reader->object, port);
}

static int read_ports(struct parse *parse, struct json_object *array, struct topo_port *parent)
{
	return parse_each(parse, array, read_port_item, parent);
}

/* With letters left out, endpoints are listed below a port that is not the nearest. */
static struct topo_port *nearest_parent(struct topo_port *container, int depth)
{
	return container && container->depth + 1 == depth ? container : NULL;
}

static int read_endpoint_item(struct parse *parse, struct value_reader *reader, void *container)
{
	struct topo_port *endpoint, *parent = container;
	struct json_object *memdev;
	const char *name;
	int depth = parent ? parent->depth + 1 : 0, rc;

	if ((rc = value_name(reader, "endpoint", "endpoint", false, &name)) ||
	    (rc = value_int(reader, "depth", 0, PORT_DEPTH_MAX + 1, &depth)))
		return rc;
	reader->name = name;
	parent = nearest_parent(parent, depth);
	endpoint = topology_add_port(parse->topology, TOPO_PORT_ENDPOINT, name, parent);
	if (!endpoint)
		return -ENOMEM;
	if (!parent)
		endpoint->depth = depth;
	if ((rc = read_port_values(reader, endpoint)) ||
	    (rc = value_object(reader, "memdev", &memdev)))
		return rc;
	if (memdev) {
		struct value_reader child = parse->reader;

		child.object = memdev;
		rc = parse_memdev(parse, &child, NULL);
	}
	return rc ? rc : read_children(parse, reader->object, endpoint);
}

static int read_bus_item(struct parse *parse, struct value_reader *reader, void *parent)
{
	struct topo_port *root;
	const char *name;
	int rc;

	(void)parent;
	if ((rc = value_name(reader, "bus", "root", false, &name)))
		return rc;
	reader->name = name;
	root = topology_add_port(parse->topology, TOPO_PORT_ROOT, name, NULL);
	if (!root)
		return -ENOMEM;
	root->enabled = true;
	parse->saw_bus = true;
	if ((rc = value_text(reader, "provider", &root->provider)) ||
	    (rc = read_dports(reader, root)))
		return rc;
	return read_children(parse, reader->object, root);
}

struct group {
	const char *name;
	parse_item item;
};

/* The names that cxl list gives to arrays when it has several kinds of objects. */
static const struct group groups[] = {
	{ "anon memdevs", parse_memdev },
	{ "buses", read_bus_item },
	{ "ports", read_port_item },
	{ "endpoints", read_endpoint_item },
	{ "memdevs", parse_memdev },
	{ "root decoders", parse_root_decoder },
	{ "port decoders", parse_port_decoder },
	{ "endpoint decoders", parse_endpoint_decoder },
	{ "regions", parse_region },
};

/* What an object is, by the key that names it; a decoder has the key "region", too. */
static const struct group kinds[] = {
	{ "bus", read_bus_item },	    { "port", read_port_item },
	{ "endpoint", read_endpoint_item }, { "decoder", parse_decoder },
	{ "region", parse_region },	    { "memdev", parse_memdev },
};

static int read_top_item(struct parse *parse, struct value_reader *reader, void *parent)
{
	bool grouped = false;
	int rc = 0;

	(void)parent;
	for (size_t i = 0; rc == 0 && i < ARRAY_SIZE(groups); i++) {
		struct json_object *array;

		if (!json_object_object_get_ex(reader->object, groups[i].name, &array) ||
		    !json_object_is_type(array, json_type_array))
			continue;
		grouped = true;
		rc = parse_each(parse, array, groups[i].item, NULL);
	}
	if (rc || grouped)
		return rc;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (json_object_object_get_ex(reader->object, kinds[i].name, NULL))
			return kinds[i].item(parse, reader, NULL);
	return value_refuse(reader, "not-a-topology",
			    "an object is neither bus, port, endpoint, memdev, decoder nor region");
}

static int read_listing(struct parse *parse, struct json_object *list)
{
	struct value_reader reader = parse->reader;

	if (json_object_is_type(list, json_type_array))
		return parse_each(parse, list, read_top_item, NULL);
	reader.object = list;
	if (json_object_is_type(list, json_type_object))
		return read_top_item(parse, &reader, NULL);
	return value_refuse(&reader, "not-a-topology",
			    "neither a record nor what cxl list prints in JSON");
}

/* ---- after reading ---- */

static int refuse_duplicate(struct parse *parse, const char *name)
{
	struct value_reader reader = parse->reader;

	reader.name = name;
	return value_refuse(&reader, "duplicate-object", "%s is there twice", name);
}

/* Every array is sorted by name now, and pointers to structs that begin with it. */
static int check_duplicates_of(struct parse *parse, void *const *objects, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		const char *before = *(const char *const *)objects[i - 1];
		const char *name = *(const char *const *)objects[i];

		if (strcmp(before, name) == 0)
			return refuse_duplicate(parse, name);
	}
	return 0;
}

static int check_duplicates(struct parse *parse)
{
	const struct topology *topology = parse->topology;
	int rc;

	if ((rc = check_duplicates_of(parse, (void *const *)topology->ports.items,
				      topology->ports.count)) ||
	    (rc = check_duplicates_of(parse, (void *const *)topology->decoders.items,
				      topology->decoders.count)) ||
	    (rc = check_duplicates_of(parse, (void *const *)topology->memdevs.items,
				      topology->memdevs.count)))
		return rc;
	return check_duplicates_of(parse, (void *const *)topology->regions.items,
				   topology->regions.count);
}

/* Whether everything hangs where it belongs, from a bus down to the memdevs. */
static bool is_connected(const struct parse *parse)
{
	const struct topology *topology = parse->topology;

	if (!parse->saw_bus)
		return false;
	for (size_t i = 0; i < topology->ports.count; i++)
		if (!topology->ports.items[i]->parent &&
		    topology->ports.items[i]->kind != TOPO_PORT_ROOT)
			return false;
	for (size_t i = 0; i < topology->memdevs.count; i++)
		if (topology->memdevs.items[i]->enabled && !topology->memdevs.items[i]->endpoint)
			return false;
	for (size_t i = 0; i < topology->regions.count; i++)
		if (!topology->regions.items[i]->window)
			return false;
	return true;
}

static int notice(struct parse *parse, const char *code, const char *hint, const char *text)
{
	return refusal_add(parse->reader.refusals, code, NULL, hint, "%s", text);
}

struct lack {
	enum topo_known bit;
	const char *code, *hint, *text;
};

static const char record_hint[] = "run cxlfm record on that machine";

static const struct lack lacks[] = {
	{ TOPO_KNOWN_CXL, "unknown-cxl", "run cxl list -vvv, or cxlfm record",
	  "the document does not tell the way from each bus to each memdev" },
	{ TOPO_KNOWN_DAX, "unknown-dax", "run cxl list -vvv, or cxlfm record",
	  "the document does not tell the dax devices of regions" },
	{ TOPO_KNOWN_BLOCKS, "unknown-blocks", record_hint,
	  "the document does not tell memory blocks and their zones" },
	{ TOPO_KNOWN_NODES, "unknown-nodes", record_hint, "the document does not tell NUMA nodes" },
};

static bool has_interleaved_window(const struct topology *topology)
{
	for (size_t i = 0; i < topology->decoders.count; i++) {
		const struct topo_decoder *decoder = topology->decoders.items[i];

		if (decoder->port->kind == TOPO_PORT_ROOT && decoder->interleave_ways > 1 &&
		    decoder->interleave_arithmetic == TOPO_ARITHMETIC_UNKNOWN)
			return true;
	}
	return false;
}

static int name_lacks(struct parse *parse)
{
	struct topology *topology = parse->topology;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < ARRAY_SIZE(lacks); i++)
		if (!(topology->known & lacks[i].bit))
			rc = notice(parse, lacks[i].code, lacks[i].hint, lacks[i].text);
	if (rc == 0 && !parse->is_record && topology->decoders.count > 0)
		rc = notice(parse, "unknown-locks", record_hint,
			    "the document does not tell which decoders are locked");
	if (rc == 0 && !parse->saw_idle && !parse->is_record && topology->decoders.count > 0)
		rc = notice(parse, "unknown-idle", "run cxl list -vvv",
			    "no decoder is free, or idle decoders were not listed");
	if (rc == 0 && has_interleaved_window(topology))
		rc = notice(
			parse, "unknown-arithmetic", record_hint,
			"the document does not tell whether windows interleave by modulo or XOR");
	return rc;
}

/* Only regions of RAM that are in use have dax devices: without one there is nothing to tell. */
static bool has_dax_to_tell(const struct topology *topology)
{
	for (size_t i = 0; i < topology->regions.count; i++)
		if (topology->regions.items[i]->type == TOPO_MODE_RAM &&
		    topology->regions.items[i]->enabled)
			return true;
	return false;
}

static int finish(struct parse *parse)
{
	struct topology *topology = parse->topology;
	int rc = parse_flat_decoders(parse);

	if (rc)
		return rc;
	topology_finish(topology);
	if ((rc = check_duplicates(parse)))
		return rc;
	parse_windows_of_regions(parse);
	if (!parse->is_record) {
		if (is_connected(parse))
			topology->known |= TOPO_KNOWN_CXL;
		if (parse->saw_dax || (parse->saw_bus && !has_dax_to_tell(topology)))
			topology->known |= TOPO_KNOWN_DAX;
	}
	return name_lacks(parse);
}

static int read_document(struct parse *parse, struct json_object *json)
{
	struct json_object *list;
	int version = 0, rc;

	parse->reader.object = json;
	if (!json_object_is_type(json, json_type_object) ||
	    !json_object_object_get_ex(json, "cxlfm_record", NULL))
		return read_listing(parse, json);
	if ((rc = value_int(&parse->reader, "cxlfm_record", 0, INT_MAX, &version)))
		return rc;
	if (version != TOPOLOGY_RECORD_VERSION)
		return value_refuse(&parse->reader, "record-version",
				    "records of version %d are not known here", version);
	parse->is_record = true;
	if ((rc = parse_record(parse, json)) || (rc = value_array(&parse->reader, "list", &list)))
		return rc;
	return list ? read_listing(parse, list) : 0;
}

int topology_from_json(struct json_object *json, struct refusal_list *refusals,
		       struct topology **ret_topology)
{
	_cleanup_topology_ struct topology *topology = topology_new();
	struct parse parse = { .topology = topology };
	int rc;

	if (!topology)
		return -ENOMEM;
	parse.reader.refusals = refusals;
	parse.reader.arena = &topology->arena;
	rc = read_document(&parse, json);
	if (rc == 0)
		rc = finish(&parse);
	ARRAY_FREE(&parse.flat_decoders);
	ARRAY_FREE(&parse.window_names);
	if (rc == 0)
		*ret_topology = TAKE_PTR(topology);
	return rc;
}
