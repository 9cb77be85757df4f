// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading memdevs, decoders and regions out of a document. Pure; called by topology-parse.c.
 */
#include "cxl/topology/topology-parse.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "util/json.h"

#define GRANULARITY_MIN 256
#define GRANULARITY_MAX 16384

/* The ways of CXL r3.1 table 8-125; one range check is not enough. */
static int check_interleave(const struct value_reader *reader, int ways, int granularity)
{
	static const int allowed[] = { TOPO_UNKNOWN_INT, 0, 1, 2, 3, 4, 6, 8, 12, 16 };
	bool found = false;

	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++)
		found = found || ways == allowed[i];
	if (!found)
		return value_refuse(reader, "out-of-range", "no decoder interleaves %d ways", ways);
	if (granularity != TOPO_UNKNOWN_INT && (granularity & (granularity - 1)) != 0)
		return value_refuse(reader, "out-of-range", "the granularity %d is no power of two",
				    granularity);
	return 0;
}

static int read_interleave(const struct value_reader *reader, int *ways, int *granularity)
{
	int rc;

	/* A region that nobody has configured yet shows 0 ways and granularity 0. */
	if ((rc = value_int(reader, "interleave_ways", 0, TOPO_TARGETS_MAX, ways)) ||
	    (rc = value_int(reader, "interleave_granularity", 0, GRANULARITY_MAX, granularity)))
		return rc;
	if (*granularity > 0 && *granularity < GRANULARITY_MIN)
		return value_refuse(reader, "out-of-range", "the granularity %d is below %d",
				    *granularity, GRANULARITY_MIN);
	return check_interleave(reader, *ways, *granularity);
}

static int check_range(const struct value_reader *reader, uint64_t start, uint64_t size)
{
	uint64_t end;

	if (start == TOPO_UNKNOWN || size == TOPO_UNKNOWN ||
	    !__builtin_add_overflow(start, size, &end))
		return 0;
	return value_refuse(reader, "out-of-range", "its addresses do not fit 64 bits");
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
		return value_refuse(reader, "malformed", "\"%s\" is of another type", key);
	if (!memdev->mailbox)
		memdev->mailbox = json_object_new_object();
	/* The snapshot is immutable, the document is not ours. */
	if (!memdev->mailbox || json_object_deep_copy(value, &copy, NULL) < 0)
		return -ENOMEM;
	return json_add(memdev->mailbox, key, copy);
}

/* "dynamic_ram_a_size" to "dynamic_ram_h_size", and of whatever kinds there will be. */
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
		if (__builtin_add_overflow(memdev->dynamic_size, size, &memdev->dynamic_size))
			return value_refuse(reader, "out-of-range", "its sizes do not fit 64 bits");
	}
	return rc;
}

static int read_partitions(const struct value_reader *reader, struct topo_memdev *memdev)
{
	uint64_t total;
	int rc;

	if ((rc = value_number(reader, "ram_size", &memdev->ram_size)) ||
	    (rc = value_number(reader, "pmem_size", &memdev->pmem_size)) ||
	    (rc = value_int(reader, "ram_qos_class", 0, INT_MAX, &memdev->ram_qos_class)) ||
	    (rc = value_int(reader, "pmem_qos_class", 0, INT_MAX, &memdev->pmem_qos_class)))
		return rc;
	if (__builtin_add_overflow(memdev->ram_size, memdev->pmem_size, &total))
		return value_refuse(reader, "out-of-range", "its sizes do not fit 64 bits");
	return read_dynamic_partitions(reader, memdev);
}

int parse_memdev(struct parse *parse, struct value_reader *reader, void *parent)
{
	struct topo_memdev *memdev;
	const char *name;
	int rc;

	(void)parent;
	if ((rc = value_name(reader, "memdev", "mem", false, &name)))
		return rc;
	reader->name = name;
	memdev = topology_add_memdev(parse->topology, name);
	if (!memdev)
		return -ENOMEM;
	if ((rc = read_partitions(reader, memdev)) ||
	    (rc = value_number(reader, "serial", &memdev->serial)) ||
	    (rc = value_int(reader, "numa_node", 0, INT_MAX, &memdev->numa_node)) ||
	    (rc = value_text(reader, "host", &memdev->host)) ||
	    (rc = value_text(reader, "host_path", &memdev->host_path)) ||
	    (rc = value_text(reader, "firmware_version", &memdev->firmware_version)) ||
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
		return value_refuse(reader, "malformed", "a target has no name or position");
	if (decoder->targets.count == TOPO_TARGETS_MAX)
		return value_refuse(reader, "malformed", "more than %d targets", TOPO_TARGETS_MAX);
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
	    (rc = check_range(reader, decoder->resource, decoder->size)) ||
	    (rc = read_interleave(reader, &decoder->interleave_ways,
				  &decoder->interleave_granularity)) ||
	    (rc = value_bool(reader, "locked", &decoder->locked)) ||
	    (rc = value_text(reader, "region", &decoder->region_name)) ||
	    (rc = value_int(reader, "nr_targets", 0, TOPO_TARGETS_MAX, &decoder->nr_targets)) ||
	    (rc = value_number(reader, "dpa_resource", &decoder->dpa_resource)) ||
	    (rc = value_number(reader, "dpa_size", &decoder->dpa_size)) ||
	    (rc = check_range(reader, decoder->dpa_resource, decoder->dpa_size)) ||
	    (rc = read_mode(reader, "mode", &decoder->mode, &decoder->mode_text)) ||
	    (rc = read_window(reader, decoder)) || (rc = value_array(reader, "targets", &targets)))
		return rc;
	parse->saw_idle = parse->saw_idle || decoder->size == 0;
	return targets ? parse_each(parse, targets, read_target, decoder) : 0;
}

static int read_regions_of(struct parse *parse, struct json_object *object,
			   struct topo_decoder *window)
{
	int rc = 0;

	json_object_object_foreach(object, key, value)
	{
		if (strncmp(key, "regions:", strlen("regions:")) != 0 ||
		    !json_object_is_type(value, json_type_array))
			continue;
		rc = parse_each(parse, value, parse_region, window);
		if (rc)
			break;
	}
	return rc;
}

/* The first number of decoderX.Y is that of its port, whatever kind that is. */
static int port_number(const char *decoder)
{
	return (int)strtoul(decoder + strlen("decoder"), NULL, 10);
}

static int number_of(const struct topo_port *port)
{
	return (int)strtoul(port->name + strcspn(port->name, "0123456789"), NULL, 10);
}

static int read_decoder(struct parse *parse, struct value_reader *reader, const char *name,
			struct topo_port *port)
{
	struct topo_decoder *decoder = topology_add_decoder(parse->topology, port, name);
	int rc;

	if (!decoder)
		return -ENOMEM;
	reader->name = name;
	rc = read_decoder_values(parse, reader, decoder);
	return rc ? rc : read_regions_of(parse, reader->object, decoder);
}

static int append_flat(struct parse *parse, struct json_object *object, enum topo_port_kind kind)
{
	return ARRAY_APPEND(&parse->flat_decoders,
			    (struct flat_decoder){ .object = object, .kind = kind });
}

/* Of a decoder that is listed without a group: only windows and endpoints' have such keys. */
static enum topo_port_kind kind_by_keys(struct json_object *object)
{
	if (json_object_object_get_ex(object, "max_available_extent", NULL) ||
	    json_object_object_get_ex(object, "volatile_capable", NULL) ||
	    json_object_object_get_ex(object, "pmem_capable", NULL))
		return TOPO_PORT_ROOT;
	if (json_object_object_get_ex(object, "nr_targets", NULL))
		return TOPO_PORT_SWITCH;
	return TOPO_PORT_ENDPOINT;
}

int parse_decoder(struct parse *parse, struct value_reader *reader, void *container)
{
	struct topo_port *port = container;
	const char *name;
	int rc = value_name(reader, "decoder", "decoder", true, &name);

	if (rc)
		return rc;
	if (!port || number_of(port) != port_number(name))
		return append_flat(parse, reader->object, kind_by_keys(reader->object));
	return read_decoder(parse, reader, name, port);
}

int parse_root_decoder(struct parse *parse, struct value_reader *reader, void *parent)
{
	(void)parent;
	return append_flat(parse, reader->object, TOPO_PORT_ROOT);
}

int parse_port_decoder(struct parse *parse, struct value_reader *reader, void *parent)
{
	(void)parent;
	return append_flat(parse, reader->object, TOPO_PORT_SWITCH);
}

int parse_endpoint_decoder(struct parse *parse, struct value_reader *reader, void *parent)
{
	(void)parent;
	return append_flat(parse, reader->object, TOPO_PORT_ENDPOINT);
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

/* Its name says which port a decoder has; a port that is not listed itself is made of that name. */
static struct topo_port *port_of_flat(struct parse *parse, enum topo_port_kind kind, int number)
{
	struct topology *topology = parse->topology;
	struct topo_port *port;
	const char *name;

	for (size_t i = topology->ports.count; i-- > 0;)
		if (number_of(topology->ports.items[i]) == number)
			return topology->ports.items[i];
	name = arena_printf(&topology->arena, "%s%d", prefix_of(kind), number);
	port = name ? topology_add_port(topology, kind, name, NULL) : NULL;
	if (port)
		port->enabled = true;
	return port;
}

int parse_flat_decoders(struct parse *parse)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < parse->flat_decoders.count; i++) {
		const struct flat_decoder *flat = &parse->flat_decoders.items[i];
		struct value_reader reader = parse->reader;
		struct topo_port *port;
		const char *name;

		reader.object = flat->object;
		rc = value_name(&reader, "decoder", "decoder", true, &name);
		if (rc)
			return rc;
		port = port_of_flat(parse, flat->kind, port_number(name));
		rc = port ? read_decoder(parse, &reader, name, port) : -ENOMEM;
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
		return value_refuse(reader, "malformed", "a mapping has no decoder or position");
	if (region->mappings.count == TOPO_TARGETS_MAX)
		return value_refuse(reader, "malformed", "more than %d mappings", TOPO_TARGETS_MAX);
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

/* Those of dynamic capacity, each with its length. */
static int read_extents(const struct value_reader *reader, struct topo_region *region)
{
	struct json_object *extents;
	int rc = value_array(reader, "extents", &extents);

	for (size_t i = 0; rc == 0 && extents && i < json_object_array_length(extents); i++) {
		struct value_reader extent = *reader;
		uint64_t length = 0;

		extent.object = json_object_array_get_idx(extents, i);
		if (!json_object_is_type(extent.object, json_type_object))
			continue;
		rc = value_number(&extent, "length", &length);
		if (__builtin_add_overflow(region->accepted_size, length, &region->accepted_size))
			return value_refuse(reader, "out-of-range",
					    "its extents do not fit 64 bits");
	}
	return rc;
}

static int read_region_values(struct parse *parse, const struct value_reader *reader,
			      struct topo_region *region)
{
	const char *decode_state = NULL;
	int rc;

	if ((rc = value_number(reader, "resource", &region->resource)) ||
	    (rc = value_number(reader, "size", &region->size)) ||
	    (rc = check_range(reader, region->resource, region->size)) ||
	    (rc = read_mode(reader, "type", &region->type, &region->type_text)) ||
	    (rc = value_number(reader, "extended_linear_cache_size", &region->linear_cache_size)) ||
	    (rc = read_extents(reader, region)) ||
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
	region->committed = decode_state && strcmp(decode_state, "commit") == 0;
	return read_window_name(parse, reader, region);
}

int parse_region(struct parse *parse, struct value_reader *reader, void *window)
{
	struct json_object *mappings;
	struct topo_region *region;
	const char *name;
	int rc;

	if ((rc = value_name(reader, "region", "region", false, &name)))
		return rc;
	reader->name = name;
	region = topology_add_region(parse->topology, window, name);
	if (!region)
		return -ENOMEM;
	/* What was set up is of some type: cxl is silent about one that it does not know. */
	region->type = TOPO_MODE_UNKNOWN;
	if ((rc = read_region_values(parse, reader, region)) ||
	    (rc = value_array(reader, "mappings", &mappings)))
		return rc;
	if (mappings)
		rc = parse_each(parse, mappings, read_mapping, region);
	return rc ? rc : parse_dax_region(parse, reader, region);
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
