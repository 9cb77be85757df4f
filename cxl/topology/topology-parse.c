// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading records and the output of cxl list. Pure; topology-value.c checks single values, this
 * file knows the places of objects. Nothing is trusted: the document comes from another machine.
 */
#include "cxl/topology/topology-json.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cxl/topology/topology-group.h"
#include "cxl/topology/topology-known.h"
#include "cxl/topology/topology-lack.h"
#include "cxl/topology/topology-parse.h"
#include "util/json.h"

/* Real trees have four levels; the limit keeps the recursion shallow. */
#define PORT_DEPTH_MAX 16

static int read_port_item(struct parse *parse, struct value_reader *reader, void *parent);
static int read_endpoint_item(struct parse *parse, struct value_reader *reader, void *container);

enum { CHILDREN_DECODERS = 2 }; /* the arrays of an endpoint */

static enum topo_port_kind kind_below(const struct topo_port *parent, int depth)
{
	if (parent)
		return parent->kind == TOPO_PORT_ROOT ? TOPO_PORT_HOST_BRIDGE : TOPO_PORT_SWITCH;
	return depth == 1 ? TOPO_PORT_HOST_BRIDGE : TOPO_PORT_SWITCH;
}

static int read_dport(struct parse *parse, struct value_reader *reader, void *parent)
{
	struct topo_dport dport = { .id = TOPO_UNKNOWN_INT };
	struct topo_port *port = parent;
	int rc;

	(void)parse;
	reader->name = port->name;
	if ((rc = value_text(reader, "dport", &dport.name)) ||
	    (rc = value_text(reader, "alias", &dport.alias)) ||
	    (rc = value_int(reader, "id", 0, INT_MAX, &dport.id)))
		return rc;
	if (!dport.name)
		return value_lose(reader, "odd-value", NULL, "a dport has no name");
	return ARRAY_APPEND(&port->dports, dport);
}

static int read_dports(struct parse *parse, struct value_reader *reader, struct topo_port *port)
{
	struct json_object *array;
	int rc = value_array(reader, "dports", &array);

	return rc || !array ? rc : parse_each(parse, reader, array, read_dport, port);
}

int parse_enabled(const struct value_reader *reader, bool *enabled)
{
	const char *state = NULL;
	int rc = value_text(reader, "state", &state);

	*enabled = !state || strcmp(state, "disabled") != 0;
	return rc;
}

struct topo_source parse_source(struct parse *parse, const struct value_reader *reader)
{
	if (!parse->keep_sources)
		return (struct topo_source){ 0 };
	return (struct topo_source){
		.object = json_object_get(reader->object),
		.place = parse->source_count++,
	};
}

int parse_each(struct parse *parse, const struct value_reader *around, struct json_object *array,
	       parse_item item, void *parent)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < json_object_array_length(array); i++) {
		struct value_reader reader = *around;

		reader.object = json_object_array_get_idx(array, i);
		if (json_object_is_type(reader.object, json_type_object))
			rc = item(parse, &reader, parent);
		else
			rc = value_lose(
				around, "odd-value", NULL,
				"an element of a list is not an object, and is taken as unknown");
	}
	return rc;
}

int parse_named(struct parse *parse, const struct value_reader *around, struct json_object *array,
		const struct kind_name *kind, parse_item item, void *parent)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < json_object_array_length(array); i++) {
		struct value_reader reader = *around;

		reader.object = json_object_array_get_idx(array, i);
		if (value_is_of_kind(reader.object, kind))
			rc = item(parse, &reader, parent);
		else
			rc = value_lose(
				around, "odd-value", NULL,
				"an element of a list has no \"%s\" of the form %s%s: cxlfm "
				"only lists the element",
				kind->key, kind->prefix, kind->two_numbers ? "X.Y" : "N");
	}
	return rc;
}

/* The arrays of a port or bus, such as "ports:root0". */
static const struct children {
	const char *prefix;
	const struct kind_name *kind;
	parse_item item;
	bool of_bus; /* only of a bus */
} children[] = {
	{ "ports:", &kind_of_ports, read_port_item, false },
	{ "endpoints:", &kind_of_endpoints, read_endpoint_item, false },
	{ "decoders:", &kind_of_decoders, parse_decoder, false },
	{ "memdevs:", &kind_of_memdevs, parse_memdev, false },
	{ "regions:", &kind_of_regions, parse_region_of_bus, true },
};

static const struct children *children_of_key(const char *key, const struct topo_port *port)
{
	for (size_t i = 0; i < ARRAY_SIZE(children); i++) {
		const struct children *found = &children[i];

		if (strncmp(key, found->prefix, strlen(found->prefix)) != 0)
			continue;
		if (found->of_bus ? port->kind == TOPO_PORT_ROOT
				  : port->kind != TOPO_PORT_ENDPOINT || i == CHILDREN_DECODERS)
			return found;
	}
	return NULL;
}

static int read_children(struct parse *parse, const struct value_reader *reader,
			 struct topo_port *port)
{
	int rc = 0;

	json_object_object_foreach(reader->object, key, value)
	{
		const struct children *found = children_of_key(key, port);

		if (!found || !json_object_is_type(value, json_type_array))
			continue;
		rc = parse_named(parse, reader, value, found->kind, found->item, port);
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

/* If ports were left out of the listing, a port is listed below a port that is not its parent. */
static struct topo_port *nearest_parent(struct topo_port *container, int depth)
{
	return container && container->depth + 1 == depth ? container : NULL;
}

static int add_port(struct parse *parse, const struct value_reader *reader,
		    enum topo_port_kind kind, struct topo_port *container, int depth,
		    struct topo_port **ret_port)
{
	struct topo_port *parent = nearest_parent(container, depth);
	struct topo_port *port = topology_add_port(parse->topology, kind, reader->name, parent);

	if (!port)
		return -ENOMEM;
	port->source = parse_source(parse, reader);
	if (!parent) {
		port->depth = depth;
		port->above = container;
	}
	*ret_port = port;
	return read_port_values(reader, port);
}

static int read_port_item(struct parse *parse, struct value_reader *reader, void *container)
{
	struct topo_port *port, *around = container;
	int depth = around ? around->depth + 1 : 1, rc;

	if ((rc = value_name(reader, &kind_of_ports, &reader->name)) ||
	    (rc = value_int(reader, "depth", 0, PORT_DEPTH_MAX, &depth)))
		return rc;
	if (around && around->depth >= PORT_DEPTH_MAX)
		return value_refuse(reader, "malformed", "ports are nested too deep");
	rc = add_port(parse, reader, kind_below(around, depth), around, depth, &port);
	if (rc || (rc = read_dports(parse, reader, port)))
		return rc;
	return read_children(parse, reader, port);
}

static int read_memdev_of_endpoint(struct parse *parse, const struct value_reader *reader,
				   struct topo_port *endpoint)
{
	struct value_reader child = *reader;
	int rc = value_object(reader, "memdev", &child.object);

	if (rc || !child.object)
		return rc;
	if (!value_is_of_kind(child.object, &kind_of_memdevs))
		return value_lose(reader, "odd-value", NULL,
				  "its memdev has no name of the form memN: cxlfm only lists it");
	rc = parse_memdev(parse, &child, NULL);
	if (rc)
		return rc;
	endpoint->memdev = parse->topology->memdevs.items[parse->topology->memdevs.count - 1];
	endpoint->memdev->endpoint = endpoint;
	return 0;
}

static int read_endpoint_item(struct parse *parse, struct value_reader *reader, void *container)
{
	struct topo_port *endpoint, *around = container;
	int depth = around ? around->depth + 1 : 0, rc;

	if ((rc = value_name(reader, &kind_of_endpoints, &reader->name)) ||
	    (rc = value_int(reader, "depth", 0, PORT_DEPTH_MAX + 1, &depth)) ||
	    (rc = add_port(parse, reader, TOPO_PORT_ENDPOINT, around, depth, &endpoint)) ||
	    (rc = read_memdev_of_endpoint(parse, reader, endpoint)))
		return rc;
	return read_children(parse, reader, endpoint);
}

static int read_bus_item(struct parse *parse, struct value_reader *reader, void *parent)
{
	struct topo_port *root;
	int rc;

	(void)parent;
	if ((rc = value_name(reader, &kind_of_buses, &reader->name)))
		return rc;
	root = topology_add_port(parse->topology, TOPO_PORT_ROOT, reader->name, NULL);
	if (!root)
		return -ENOMEM;
	root->source = parse_source(parse, reader);
	root->enabled = true;
	if ((rc = value_label(reader, "provider", &root->provider)) ||
	    (rc = read_dports(parse, reader, root)))
		return rc;
	return read_children(parse, reader, root);
}

/* The readers of the objects of each group. */
static const parse_item group_items[] = {
	[TOPO_GROUP_DISABLED_MEMDEVS] = parse_memdev,
	[TOPO_GROUP_BUSES] = read_bus_item,
	[TOPO_GROUP_PORTS] = read_port_item,
	[TOPO_GROUP_ENDPOINTS] = read_endpoint_item,
	[TOPO_GROUP_MEMDEVS] = parse_memdev,
	[TOPO_GROUP_ROOT_DECODERS] = parse_root_decoder,
	[TOPO_GROUP_PORT_DECODERS] = parse_port_decoder,
	[TOPO_GROUP_ENDPOINT_DECODERS] = parse_endpoint_decoder,
	[TOPO_GROUP_REGIONS] = parse_region,
};

/* ---- values that are no known objects ---- */

/* Takes ownership of @value. */
static int add_stranger(struct parse *parse, enum topo_group group, struct json_object *value)
{
	struct topo_stranger stranger = { .group = group, .value = value };
	int rc = 0;

	if (parse->keep_sources)
		rc = ARRAY_APPEND(&parse->topology->strangers, stranger);
	if (rc || !parse->keep_sources)
		(void)json_object_put(value);
	return rc;
}

static int add_strangers_of_group(struct parse *parse, enum topo_group group,
				  struct json_object *array)
{
	const struct kind_name *kind = topology_group_kind(group);
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < json_object_array_length(array); i++) {
		struct json_object *value = json_object_array_get_idx(array, i);

		if (!value_is_of_kind(value, kind))
			rc = add_stranger(parse, group, json_object_get(value));
	}
	return rc;
}

static enum topo_group group_of_member(const char *key, struct json_object *value)
{
	return json_object_is_type(value, json_type_array) ? topology_group_of_key(key)
							   : TOPO_GROUP_NONE;
}

/* Keeps the values beside the groups of an object. */
static int add_strangers_beside(struct parse *parse, struct json_object *object)
{
	_cleanup_json_ struct json_object *rest = json_object_new_object();

	if (!rest)
		return -ENOMEM;
	json_object_object_foreach(object, key, value)
	{
		if (group_of_member(key, value) == TOPO_GROUP_NONE &&
		    json_object_object_add(rest, key, json_object_get(value)) < 0) {
			(void)json_object_put(value);
			return -ENOMEM;
		}
	}
	if (json_object_object_length(rest) == 0)
		return 0;
	return add_stranger(parse, TOPO_GROUP_NONE, TAKE_PTR(rest));
}

/* ---- the top ---- */

static int read_groups(struct parse *parse, const struct value_reader *reader, bool *ret_any)
{
	int rc = 0;

	*ret_any = false;
	json_object_object_foreach(reader->object, key, value)
	{
		const enum topo_group group = group_of_member(key, value);

		if (group == TOPO_GROUP_NONE)
			continue;
		*ret_any = true;
		rc = parse_named(parse, reader, value, topology_group_kind(group),
				 group_items[group], NULL);
		if (rc == 0)
			rc = add_strangers_of_group(parse, group, value);
		if (rc)
			return rc;
	}
	return *ret_any ? add_strangers_beside(parse, reader->object) : 0;
}

static int read_top_item(struct parse *parse, struct value_reader *reader, void *parent)
{
	const enum topo_group group = topology_group_of_object(reader->object);
	bool grouped = false;
	int rc = 0;

	(void)parent;
	if (group != TOPO_GROUP_NONE)
		return group_items[group](parse, reader, NULL);
	if (json_object_is_type(reader->object, json_type_object))
		rc = read_groups(parse, reader, &grouped);
	if (rc || grouped)
		return rc;
	rc = value_lose(reader, "odd-value", NULL,
			"an object is neither bus, port, endpoint, memdev, decoder nor region: "
			"cxlfm only lists it");
	return rc ? rc : add_stranger(parse, TOPO_GROUP_NONE, json_object_get(reader->object));
}

/* Tells whether the document has any object of cxl list. */
static bool found_something(const struct parse *parse)
{
	const struct topology *topology = parse->topology;

	return topology->ports.count || topology->memdevs.count || topology->regions.count ||
	       parse->flat_decoders.count;
}

static int read_listing(struct parse *parse, struct json_object *list)
{
	struct value_reader reader = parse->reader;
	bool is_array = json_object_is_type(list, json_type_array);
	size_t count = is_array ? json_object_array_length(list) : 1;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < count; i++) {
		reader = parse->reader;
		reader.object = is_array ? json_object_array_get_idx(list, i) : list;
		rc = read_top_item(parse, &reader, NULL);
	}
	if (rc == 0 && count > 0 && !found_something(parse))
		return value_refuse(&parse->reader, "not-a-topology",
				    "neither a record nor what cxl list prints: there is no bus, "
				    "port, endpoint, memdev, decoder or region in it");
	return rc;
}

/* ---- after reading ---- */

static int refuse_duplicate(struct parse *parse, const char *name)
{
	struct value_reader reader = parse->reader;

	reader.name = name;
	return value_refuse(&reader, "duplicate-object", "%s appears twice", name);
}

/* Every array is sorted by name now, and holds pointers to structs that begin with the name. */
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

static int notice(struct parse *parse, const char *code, const char *hint, const char *text)
{
	return refusal_add(parse->reader.refusals, code, NULL, hint, "%s", text);
}

struct lack {
	enum topo_known bit;
	const char *code, *hint, *text;
};

static const char record_hint[] = "run `cxlfm record` on that machine";

static const struct lack lacks[] = {
	{ TOPO_KNOWN_CXL, "unknown-cxl", "run cxl list -vvv, or cxlfm record",
	  "the document does not tell the way from each bus to each memdev" },
	{ TOPO_KNOWN_DAX, "unknown-dax", "run cxl list -vvv, or cxlfm record",
	  "the document does not tell the dax devices of regions" },
	{ TOPO_KNOWN_BLOCKS, "unknown-blocks", record_hint,
	  "the document does not tell memory blocks and their zones" },
	{ TOPO_KNOWN_NODES, "unknown-nodes", record_hint, "the document does not tell NUMA nodes" },
	{ TOPO_KNOWN_IDLE, "unknown-idle", "run cxl list -vvv",
	  "no decoder is free, or idle decoders were not listed" },
};

/*
 * Names each lack of a part, unless the lack has been told; if no lack is known, names the missing
 * part.
 */
static int name_lack(struct parse *parse, const struct lack *lack, unsigned int parts_before)
{
	const struct topology *topology = parse->topology;
	bool told = false;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < topology->lacks.count; i++) {
		const struct topo_lack *found = &topology->lacks.items[i];

		if (!(found->parts & lack->bit))
			continue;
		told = true;
		if (i < parse->told_lacks || found->parts & parts_before)
			continue;
		rc = refusal_add(parse->reader.refusals, lack->code, found->object, lack->hint,
				 "%s", found->text);
	}
	return rc || told ? rc : notice(parse, lack->code, lack->hint, lack->text);
}

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
	unsigned int named = 0;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < ARRAY_SIZE(lacks); i++) {
		if ((topology->known | TOPO_KNOWN_IDLE) & ~topology->lacking & lacks[i].bit)
			continue;
		rc = name_lack(parse, &lacks[i], named);
		named |= lacks[i].bit;
	}
	if (rc == 0 && !parse->is_record && topology->decoders.count > 0)
		rc = notice(parse, "unknown-locks", record_hint,
			    "the document does not tell which decoders are locked");
	if (rc == 0 && has_interleaved_window(topology))
		rc = notice(
			parse, "unknown-arithmetic", record_hint,
			"the document does not tell whether windows interleave by modulo or XOR");
	return rc;
}

/* A value that makes no sense lacks like a value that is not told: its whole part is unknown. */
static int add_losses(struct parse *parse, size_t first_notice)
{
	const struct value_losses *losses = &parse->losses;
	struct topology *topology = parse->topology;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < losses->count && i < VALUE_LOSSES_TOLD; i++) {
		const struct refusal *notice =
			&parse->reader.refusals->list.items[first_notice + i];

		if (losses->parts_of[i])
			rc = topology_add_lack(topology, losses->parts_of[i], notice->object, "%s",
					       notice->text);
	}
	topology->known &= ~losses->parts;
	topology->lacking |= losses->parts;
	parse->told_lacks = topology->lacks.count;
	return rc;
}

/*
 * Several times the size of any host so far. Code that relates objects of one kind may take the
 * square of the count.
 */
#define OBJECTS_MAX  ((size_t)8192)
#define DECODERS_MAX ((size_t)128 * 1024)

static int check_counts(struct parse *parse)
{
	const struct topology *topology = parse->topology;

	if (topology->ports.count <= OBJECTS_MAX && topology->memdevs.count <= OBJECTS_MAX &&
	    topology->regions.count <= OBJECTS_MAX && topology->decoders.count <= DECODERS_MAX)
		return 0;
	return value_refuse(&parse->reader, "out-of-range",
			    "more ports, memdevs, regions or decoders than there can be");
}

static int finish(struct parse *parse, size_t first_notice)
{
	struct topology *topology = parse->topology;
	int rc = parse_flat_decoders(parse);

	if (rc || (rc = check_counts(parse)))
		return rc;
	topology_finish(topology);
	if ((rc = check_duplicates(parse)))
		return rc;
	parse_windows_of_regions(parse);
	if (!parse->is_record)
		topology->known |= TOPO_KNOWN_CXL | TOPO_KNOWN_DAX;
	if ((rc = add_losses(parse, first_notice)))
		return rc;
	/* A record that comes straight from a host lacks nothing. */
	if (!parse->is_record || parse->keep_sources)
		rc = topology_find_lacks(topology);
	if (rc == 0)
		rc = value_tell_losses(&parse->reader);
	return rc ? rc : name_lacks(parse);
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

static int read_all(struct json_object *json, bool keep_sources, struct refusal_list *refusals,
		    struct topology **ret_topology)
{
	_cleanup_topology_ struct topology *topology = topology_new();
	struct parse parse = { .topology = topology, .keep_sources = keep_sources };
	const size_t first_notice = refusals->list.count;
	int rc;

	if (!topology)
		return -ENOMEM;
	topology->is_document = keep_sources;
	parse.reader = (struct value_reader){
		.refusals = refusals,
		.arena = &topology->arena,
		.part = TOPO_KNOWN_CXL,
		.losses = &parse.losses,
	};
	rc = read_document(&parse, json);
	if (rc == 0)
		rc = finish(&parse, first_notice);
	parse_free_flat_decoders(&parse);
	ARRAY_FREE(&parse.window_names);
	if (rc == 0)
		*ret_topology = TAKE_PTR(topology);
	return rc;
}

int topology_from_json(struct json_object *json, struct refusal_list *refusals,
		       struct topology **ret_topology)
{
	return read_all(json, false, refusals, ret_topology);
}

int topology_from_document(struct json_object *json, struct refusal_list *refusals,
			   struct topology **ret_topology)
{
	return read_all(json, true, refusals, ret_topology);
}
