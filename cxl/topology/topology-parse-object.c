// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading memdevs, decoders and regions out of a document. Pure; called by topology-parse.c.
 */
#include "cxl/topology/topology-parse.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cxl/topology/topology-group.h"
#include "util/json.h"

#define GRANULARITY_MIN 256
#define GRANULARITY_MAX 16384

/* The ways of CXL r3.1 table 8-125; a range check is not enough. 0: not configured. */
static bool ways_exist(int ways)
{
	static const int allowed[] = { TOPO_UNKNOWN_INT, 0, 1, 2, 3, 4, 6, 8, 12, 16 };

	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++)
		if (ways == allowed[i])
			return true;
	return false;
}

static bool granularity_exists(int granularity)
{
	return granularity <= 0 ||
	       (granularity >= GRANULARITY_MIN && (granularity & (granularity - 1)) == 0);
}

static int lose_int(const struct value_reader *reader, const char *key, int *number)
{
	int rc = value_lose(reader, "odd-number", NULL,
			    "no decoder has \"%s\" %d: it is taken as unknown", key, *number);

	*number = TOPO_UNKNOWN_INT;
	return rc;
}

static int read_interleave(const struct value_reader *reader, int *ways, int *granularity)
{
	int rc;

	if ((rc = value_int(reader, "interleave_ways", 0, TOPO_TARGETS_MAX, ways)) ||
	    (rc = value_int(reader, "interleave_granularity", 0, GRANULARITY_MAX, granularity)))
		return rc;
	if (!ways_exist(*ways) && (rc = lose_int(reader, "interleave_ways", ways)))
		return rc;
	return granularity_exists(*granularity)
		       ? 0
		       : lose_int(reader, "interleave_granularity", granularity);
}

/* A range that exceeds 64 bits has no start: only the size is kept, which does no harm alone. */
static int check_range(const struct value_reader *reader, uint64_t *start, uint64_t *size)
{
	uint64_t end;

	if (*start == TOPO_UNKNOWN || *size == TOPO_UNKNOWN ||
	    !__builtin_add_overflow(*start, *size, &end))
		return 0;
	*start = TOPO_UNKNOWN;
	return value_lose(reader, "odd-number", NULL,
			  "its addresses do not fit 64 bits and are taken as unknown");
}

/* Adds to a sum, and tells a number that would overflow the sum. */
static int add_to(const struct value_reader *reader, uint64_t *sum, uint64_t number)
{
	if (!__builtin_add_overflow(*sum, number, sum))
		return 0;
	*sum = 0;
	return value_lose(reader, "odd-number", NULL,
			  "its sizes do not fit 64 bits and are taken as unknown");
}

/* ---- memdevs ---- */

static const char *const mailbox_sections[] = {
	"health", "alert_config", "partition_info", "firmware", "media_errors",
};

static int read_mailbox_section(const struct value_reader *reader, struct topo_memdev *memdev,
				const char *key)
{
	struct json_object *value, *copy = NULL;

	if (!json_object_object_get_ex(reader->object, key, &value) || !value)
		return 0;
	if (!json_object_is_type(value, strcmp(key, "media_errors") == 0 ? json_type_array
									 : json_type_object))
		return 0;
	if (!memdev->mailbox)
		memdev->mailbox = json_object_new_object();
	/* The snapshot is immutable, and the caller owns the document. */
	if (!memdev->mailbox || json_object_deep_copy(value, &copy, NULL) < 0)
		return -ENOMEM;
	return json_add(memdev->mailbox, key, copy);
}

/* Reads "dynamic_ram_a_size" to "dynamic_ram_h_size", and keys of later kinds of that form. */
static int read_dynamic_partitions(const struct value_reader *reader, struct topo_memdev *memdev)
{
	static const char prefix[] = "dynamic_", suffix[] = "_size";
	int rc = 0;

	json_object_object_foreach(reader->object, key, value)
	{
		size_t length = strlen(key);
		uint64_t size = 0;

		(void)value;
		if (length < strlen(prefix) + strlen(suffix) ||
		    strncmp(key, prefix, strlen(prefix)) != 0 ||
		    strcmp(key + length - strlen(suffix), suffix) != 0)
			continue;
		if ((rc = value_number(reader, key, &size)))
			break;
		if (size != TOPO_UNKNOWN && (rc = add_to(reader, &memdev->dynamic_size, size)))
			break;
	}
	return rc;
}

static int read_partitions(const struct value_reader *reader, struct topo_memdev *memdev)
{
	const struct value_reader beside = value_beside(reader);
	uint64_t total;
	int rc;

	if ((rc = value_number(reader, "ram_size", &memdev->ram_size)) ||
	    (rc = value_number(reader, "pmem_size", &memdev->pmem_size)) ||
	    (rc = value_int(&beside, "ram_qos_class", 0, INT_MAX, &memdev->ram_qos_class)) ||
	    (rc = value_int(&beside, "pmem_qos_class", 0, INT_MAX, &memdev->pmem_qos_class)))
		return rc;
	if (memdev->ram_size == TOPO_UNKNOWN || memdev->pmem_size == TOPO_UNKNOWN)
		return read_dynamic_partitions(reader, memdev);
	total = memdev->ram_size;
	if ((rc = add_to(reader, &total, memdev->pmem_size)))
		return rc;
	if (total < memdev->ram_size)
		memdev->ram_size = memdev->pmem_size = 0;
	return read_dynamic_partitions(reader, memdev);
}

int parse_memdev(struct parse *parse, struct value_reader *reader, void *above)
{
	struct value_reader beside;
	struct topo_memdev *memdev;
	int rc;

	if ((rc = value_name(reader, &kind_of_memdevs, &reader->name)))
		return rc;
	memdev = topology_add_memdev(parse->topology, reader->name);
	if (!memdev)
		return -ENOMEM;
	memdev->source = parse_source(parse, reader);
	memdev->above = above;
	beside = value_beside(reader);
	if ((rc = read_partitions(reader, memdev)) ||
	    (rc = value_number(&beside, "serial", &memdev->serial)) ||
	    (rc = value_int(&beside, "numa_node", 0, INT_MAX, &memdev->numa_node)) ||
	    (rc = value_text(&beside, "host", &memdev->host)) ||
	    (rc = value_text(&beside, "host_path", &memdev->host_path)) ||
	    (rc = value_label(reader, "firmware_version", &memdev->firmware_version)) ||
	    (rc = parse_enabled(reader, &memdev->enabled)))
		return rc;
	for (size_t i = 0; rc == 0 && i < ARRAY_SIZE(mailbox_sections); i++)
		rc = read_mailbox_section(reader, memdev, mailbox_sections[i]);
	return rc;
}

/* ---- decoders ---- */

static int read_target(struct parse *parse, struct value_reader *reader, void *parent)
{
	struct topo_decoder *decoder = parent;
	struct topo_target target = { .position = TOPO_UNKNOWN_INT, .id = TOPO_UNKNOWN_INT };
	int rc;

	(void)parse;
	reader->name = decoder->name;
	if ((rc = value_text(reader, "target", &target.dport)) ||
	    (rc = value_text(reader, "alias", &target.alias)) ||
	    (rc = value_int(reader, "position", 0, TOPO_TARGETS_MAX - 1, &target.position)) ||
	    (rc = value_int(reader, "id", 0, INT_MAX, &target.id)))
		return rc;
	if (!target.dport || target.position == TOPO_UNKNOWN_INT)
		return value_lose(reader, "odd-value", NULL, "a target has no name or position");
	if (decoder->targets.count == TOPO_TARGETS_MAX)
		return value_lose(reader, "odd-value", NULL, "it has more than %d targets",
				  TOPO_TARGETS_MAX);
	return ARRAY_APPEND(&decoder->targets, target);
}

static int read_mode(const struct value_reader *reader, const char *key, enum topo_mode *mode,
		     const char **unknown_text)
{
	const char *text = NULL;
	int rc = value_text(reader, key, &text);

	if (!text)
		return rc;
	*mode = topo_mode_from_name(text);
	if (*mode == TOPO_MODE_UNKNOWN)
		*unknown_text = text;
	return rc;
}

static int read_arithmetic(const struct value_reader *reader, struct topo_decoder *decoder)
{
	const char *text = NULL;
	int rc = value_text(reader, "interleave_arithmetic", &text);

	if (text && strcmp(text, "modulo") == 0)
		decoder->interleave_arithmetic = TOPO_ARITHMETIC_MODULO;
	if (text && strcmp(text, "xor") == 0)
		decoder->interleave_arithmetic = TOPO_ARITHMETIC_XOR;
	return rc;
}

static int read_window(const struct value_reader *reader, struct topo_decoder *decoder)
{
	int rc;

	if ((rc = value_number(reader, "max_available_extent", &decoder->max_available_extent)) ||
	    (rc = value_bool(reader, "pmem_capable", &decoder->pmem_capable)) ||
	    (rc = value_bool(reader, "volatile_capable", &decoder->volatile_capable)) ||
	    (rc = value_bool(reader, "accelmem_capable", &decoder->accelmem_capable)) ||
	    (rc = value_int(reader, "qos_class", 0, INT_MAX, &decoder->qos_class)) ||
	    (rc = value_text(reader, "next_region", &decoder->next_region)))
		return rc;
	return read_arithmetic(reader, decoder);
}

static int read_decoder_values(struct parse *parse, struct value_reader *reader,
			       struct topo_decoder *decoder)
{
	struct json_object *targets;
	int rc;

	if ((rc = value_number(reader, "resource", &decoder->resource)) ||
	    (rc = value_number(reader, "size", &decoder->size)) ||
	    (rc = check_range(reader, &decoder->resource, &decoder->size)) ||
	    (rc = read_interleave(reader, &decoder->interleave_ways,
				  &decoder->interleave_granularity)) ||
	    (rc = value_bool(reader, "locked", &decoder->locked)) ||
	    (rc = value_text(reader, "region", &decoder->region_name)) ||
	    (rc = value_int(reader, "nr_targets", 0, TOPO_TARGETS_MAX, &decoder->nr_targets)) ||
	    (rc = value_number(reader, "dpa_resource", &decoder->dpa_resource)) ||
	    (rc = value_number(reader, "dpa_size", &decoder->dpa_size)) ||
	    (rc = check_range(reader, &decoder->dpa_resource, &decoder->dpa_size)) ||
	    (rc = read_mode(reader, "mode", &decoder->mode, &decoder->mode_text)) ||
	    (rc = read_window(reader, decoder)) || (rc = value_array(reader, "targets", &targets)))
		return rc;
	return targets ? parse_each(parse, reader, targets, read_target, decoder) : 0;
}

static int read_regions_of(struct parse *parse, const struct value_reader *reader,
			   struct topo_decoder *window)
{
	int rc = 0;

	json_object_object_foreach(reader->object, key, value)
	{
		if (strncmp(key, "regions:", strlen("regions:")) != 0 ||
		    !json_object_is_type(value, json_type_array))
			continue;
		rc = parse_named(parse, reader, value, &kind_of_regions, parse_region, window);
		if (rc)
			break;
	}
	return rc;
}

/* The first number of decoderX.Y is the number of its port, of whatever kind the port is. */
static int port_number(const char *decoder)
{
	return (int)strtoul(decoder + strlen("decoder"), NULL, 10);
}

static int number_of(const struct topo_port *port)
{
	return (int)strtoul(port->name + strcspn(port->name, "0123456789"), NULL, 10);
}

/* Takes ownership of @source. */
static int read_decoder(struct parse *parse, struct value_reader *reader, const char *name,
			struct topo_port *port, struct topo_source source)
{
	struct topo_decoder *decoder = topology_add_decoder(parse->topology, port, name);
	int rc;

	if (!decoder) {
		(void)json_object_put(source.object);
		return -ENOMEM;
	}
	decoder->source = source;
	reader->name = name;
	rc = read_decoder_values(parse, reader, decoder);
	if (rc || port->kind != TOPO_PORT_ROOT)
		return rc;
	return read_regions_of(parse, reader, decoder);
}

static int append_flat(struct parse *parse, const struct value_reader *reader,
		       enum topo_port_kind kind, struct topo_port *above)
{
	struct flat_decoder flat = {
		.object = reader->object,
		.kind = kind,
		.above = above,
		.source = parse_source(parse, reader),
	};
	int rc = ARRAY_APPEND(&parse->flat_decoders, flat);

	if (rc)
		(void)json_object_put(flat.source.object);
	return rc;
}

/* The kind of port of a decoder that is listed without a group. */
static enum topo_port_kind kind_by_keys(struct json_object *object)
{
	const enum topo_group group = topology_group_of_object(object);

	if (group == TOPO_GROUP_ROOT_DECODERS)
		return TOPO_PORT_ROOT;
	return group == TOPO_GROUP_PORT_DECODERS ? TOPO_PORT_SWITCH : TOPO_PORT_ENDPOINT;
}

int parse_decoder(struct parse *parse, struct value_reader *reader, void *container)
{
	struct topo_port *port = container;
	const char *name;
	int rc = value_name(reader, &kind_of_decoders, &name);

	if (rc)
		return rc;
	if (!port || number_of(port) != port_number(name))
		return append_flat(parse, reader, kind_by_keys(reader->object), port);
	return read_decoder(parse, reader, name, port, parse_source(parse, reader));
}

int parse_root_decoder(struct parse *parse, struct value_reader *reader, void *parent)
{
	(void)parent;
	return append_flat(parse, reader, TOPO_PORT_ROOT, NULL);
}

int parse_port_decoder(struct parse *parse, struct value_reader *reader, void *parent)
{
	(void)parent;
	return append_flat(parse, reader, TOPO_PORT_SWITCH, NULL);
}

int parse_endpoint_decoder(struct parse *parse, struct value_reader *reader, void *parent)
{
	(void)parent;
	return append_flat(parse, reader, TOPO_PORT_ENDPOINT, NULL);
}

static const char *prefix_of(enum topo_port_kind kind)
{
	switch (kind) {
	case TOPO_PORT_ROOT:
		return "root";
	case TOPO_PORT_HOST_BRIDGE:
	case TOPO_PORT_SWITCH:
		return "port";
	case TOPO_PORT_ENDPOINT:
		break;
	}
	return "endpoint";
}

/*
 * Finds the port by the number in the decoder's name. A port that is not listed is made from the
 * name.
 */
static struct topo_port *port_of_flat(struct parse *parse, const struct flat_decoder *flat,
				      int number)
{
	struct topology *topology = parse->topology;
	struct topo_port *port;
	const char *name;

	for (size_t i = topology->ports.count; i-- > 0;)
		if (number_of(topology->ports.items[i]) == number)
			return topology->ports.items[i];
	name = arena_printf(&topology->arena, "%s%d", prefix_of(flat->kind), number);
	port = name ? topology_add_port(topology, flat->kind, name, NULL) : NULL;
	if (!port)
		return NULL;
	port->enabled = true;
	port->implied = true;
	port->above = flat->kind == TOPO_PORT_ROOT ? NULL : flat->above;
	return port;
}

static struct topo_source take_source(struct flat_decoder *flat)
{
	struct topo_source source = flat->source;

	flat->source.object = NULL;
	return source;
}

void parse_free_flat_decoders(struct parse *parse)
{
	for (size_t i = 0; i < parse->flat_decoders.count; i++)
		(void)json_object_put(parse->flat_decoders.items[i].source.object);
	ARRAY_FREE(&parse->flat_decoders);
}

int parse_flat_decoders(struct parse *parse)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < parse->flat_decoders.count; i++) {
		struct flat_decoder *flat = &parse->flat_decoders.items[i];
		struct value_reader reader = parse->reader;
		struct topo_port *port;
		const char *name;

		reader.object = flat->object;
		rc = value_name(&reader, &kind_of_decoders, &name);
		if (rc)
			return rc;
		port = port_of_flat(parse, flat, port_number(name));
		rc = port ? read_decoder(parse, &reader, name, port, take_source(flat)) : -ENOMEM;
	}
	return rc;
}

/* ---- regions ---- */

static int read_mapping(struct parse *parse, struct value_reader *reader, void *parent)
{
	struct topo_region *region = parent;
	struct topo_mapping mapping = { .position = TOPO_UNKNOWN_INT };
	int rc;

	(void)parse;
	reader->name = region->name;
	if ((rc = value_int(reader, "position", 0, TOPO_TARGETS_MAX - 1, &mapping.position)) ||
	    (rc = value_text(reader, "memdev", &mapping.memdev_name)) ||
	    (rc = value_text(reader, "decoder", &mapping.decoder_name)))
		return rc;
	if (!mapping.decoder_name || mapping.position == TOPO_UNKNOWN_INT)
		return value_lose(reader, "odd-value", NULL,
				  "a mapping has no decoder or position");
	if (region->mappings.count == TOPO_TARGETS_MAX)
		return value_lose(reader, "odd-value", NULL, "it has more than %d mappings",
				  TOPO_TARGETS_MAX);
	return ARRAY_APPEND(&region->mappings, mapping);
}

static int read_window_name(struct parse *parse, const struct value_reader *reader,
			    struct topo_region *region)
{
	const char *name = NULL;
	int rc = value_text(reader, "window", &name);

	if (rc || !name || region->window)
		return rc;
	return ARRAY_APPEND(&parse->window_names,
			    (struct window_name){ .region = region, .window = name });
}

/* An extent of dynamic capacity. */
static int read_extent(struct parse *parse, struct value_reader *reader, void *parent)
{
	struct topo_region *region = parent;
	uint64_t length = 0;
	int rc = value_number(reader, "length", &length);

	(void)parse;
	return rc || length == TOPO_UNKNOWN ? rc : add_to(reader, &region->accepted_size, length);
}

static int read_region_values(struct parse *parse, const struct value_reader *reader,
			      struct topo_region *region)
{
	const char *decode_state = NULL;
	int rc;

	if ((rc = value_number(reader, "resource", &region->resource)) ||
	    (rc = value_number(reader, "size", &region->size)) ||
	    (rc = check_range(reader, &region->resource, &region->size)) ||
	    (rc = read_mode(reader, "type", &region->type, &region->type_text)) ||
	    (rc = value_number(reader, "extended_linear_cache_size", &region->linear_cache_size)) ||
	    (rc = read_interleave(reader, &region->interleave_ways,
				  &region->interleave_granularity)) ||
	    (rc = value_text(reader, "decode_state", &decode_state)) ||
	    (rc = parse_enabled(reader, &region->enabled)) ||
	    (rc = value_bool(reader, "qos_class_mismatch", &region->qos_class_mismatch)) ||
	    (rc = value_text(reader, "uuid", &region->uuid)) ||
	    (rc = value_bool(reader, "locked", &region->locked)))
		return rc;
	if (region->size == 0)
		region->resource = TOPO_UNKNOWN;
	if (!decode_state && (rc = value_lose(reader, "odd-value", "run cxl list -vvv",
					      "\"decode_state\" is missing")))
		return rc;
	region->committed = decode_state && strcmp(decode_state, "commit") == 0;
	return read_window_name(parse, reader, region);
}

static int read_region(struct parse *parse, struct value_reader *reader, struct topo_region *region)
{
	struct json_object *mappings, *extents;
	int rc;

	region->source = parse_source(parse, reader);
	/* A region that is set up has some type: cxl omits a type that it does not know. */
	region->type = TOPO_MODE_UNKNOWN;
	if ((rc = read_region_values(parse, reader, region)) ||
	    (rc = value_array(reader, "mappings", &mappings)) ||
	    (rc = value_array(reader, "extents", &extents)))
		return rc;
	if (mappings)
		rc = parse_each(parse, reader, mappings, read_mapping, region);
	if (rc == 0 && extents)
		rc = parse_each(parse, reader, extents, read_extent, region);
	return rc ? rc : parse_dax_region(parse, reader, region);
}

int parse_region(struct parse *parse, struct value_reader *reader, void *window)
{
	struct topo_region *region;
	int rc;

	if ((rc = value_name(reader, &kind_of_regions, &reader->name)))
		return rc;
	region = topology_add_region(parse->topology, window, reader->name);
	return region ? read_region(parse, reader, region) : -ENOMEM;
}

int parse_region_of_bus(struct parse *parse, struct value_reader *reader, void *bus)
{
	int rc = parse_region(parse, reader, NULL);
	struct topology *topology = parse->topology;

	if (rc == 0)
		topology->regions.items[topology->regions.count - 1]->above = bus;
	return rc;
}

void parse_windows_of_regions(struct parse *parse)
{
	for (size_t i = 0; i < parse->window_names.count; i++) {
		const struct window_name *name = &parse->window_names.items[i];
		struct topo_decoder *window = topology_decoder(parse->topology, name->window);

		if (window && window->port->kind == TOPO_PORT_ROOT)
			name->region->window = window;
	}
}
