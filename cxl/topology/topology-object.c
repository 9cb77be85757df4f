// SPDX-License-Identifier: GPL-2.0-only
/*
 * One object of a snapshot as JSON. An object of a document is shown as in the document
 * (topology-show.c), an object of a host is made here. Pure; called by topology-list.c.
 */
#include "cxl/topology/topology-object.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cxl/topology/free-hpa.h"
#include "cxl/topology/topology-show.h"
#include "util/json.h"
#include "util/units.h"

static int add_size(struct json_object *object, const char *key, uint64_t bytes,
		    const struct object_options *options)
{
	return bytes == TOPO_UNKNOWN ? 0 : json_add(object, key, units_size(bytes, options->human));
}

static int add_hex(struct json_object *object, const char *key, uint64_t number,
		   const struct object_options *options)
{
	return number == TOPO_UNKNOWN ? 0
				      : json_add(object, key, units_hex(number, options->human));
}

/* An identifier that cxl list prints in hexadecimal with -u. */
static int add_id(struct json_object *object, int id, const struct object_options *options)
{
	return id == TOPO_UNKNOWN_INT ? 0 : add_hex(object, "id", (uint64_t)id, options);
}

static int add_known_int(struct json_object *object, const char *key, int number)
{
	return number == TOPO_UNKNOWN_INT ? 0 : json_add_int(object, key, number);
}

static int add_true(struct json_object *object, const char *key, bool value)
{
	return value ? json_add_bool(object, key, true) : 0;
}

/* Like cxl list, tells the state of disabled objects only. */
static int add_state(struct json_object *object, bool enabled)
{
	return enabled ? 0 : json_add_string(object, "state", "disabled");
}

/* ---- ports ---- */

static int append_dport(struct json_object *array, const struct topo_dport *dport,
			const struct object_options *options)
{
	_cleanup_json_ struct json_object *object = json_object_new_object();

	if (!object || json_add_string(object, "dport", dport->name) ||
	    json_add_string(object, "alias", dport->alias) || add_id(object, dport->id, options))
		return -ENOMEM;
	return json_append(array, TAKE_PTR(object));
}

static int add_dports(struct json_object *object, const struct topo_port *port,
		      const struct object_options *options, const struct dport_filter *filter)
{
	struct json_object *array;
	int rc;

	if (!options->targets || port->dports.count == 0)
		return 0;
	array = json_object_new_array();
	rc = json_add_int(object, "nr_dports", (int64_t)port->dports.count);
	if (rc == 0)
		rc = json_add(object, "dports", array);
	else
		(void)json_object_put(array);
	for (size_t i = 0; rc == 0 && i < port->dports.count; i++) {
		const struct topo_dport *dport = &port->dports.items[i];

		if (filter->passes(filter->context, port, dport->name, dport->alias))
			rc = append_dport(array, dport, options);
	}
	return rc;
}

struct json_object *object_bus(const struct topo_port *root, const struct object_options *options,
			       const struct dport_filter *filter)
{
	_cleanup_json_ struct json_object *object = NULL;

	if (root->source.object)
		return show_bus(root, options, filter);
	object = json_object_new_object();
	if (!object || json_add_string(object, "bus", root->name) ||
	    json_add_string(object, "provider", root->provider) ||
	    add_dports(object, root, options, filter))
		return NULL;
	return TAKE_PTR(object);
}

static struct json_object *port_object(const struct topo_port *port, const char *key)
{
	_cleanup_json_ struct json_object *object = json_object_new_object();

	if (!object || json_add_string(object, key, port->name) ||
	    json_add_string(object, "host", port->host) ||
	    json_add_string(object, "parent_dport", port->parent_dport) ||
	    json_add_int(object, "depth", port->depth) || add_state(object, port->enabled) ||
	    add_known_int(object, "decoders_committed", port->decoders_committed))
		return NULL;
	return TAKE_PTR(object);
}

struct json_object *object_port(const struct topo_port *port, const struct object_options *options,
				const struct dport_filter *filter)
{
	_cleanup_json_ struct json_object *object = NULL;

	if (port->source.object)
		return show_port(port, options, filter);
	object = port_object(port, "port");
	if (!object || add_dports(object, port, options, filter))
		return NULL;
	return TAKE_PTR(object);
}

struct json_object *object_endpoint(const struct topo_port *port,
				    const struct object_options *options)
{
	return port->source.object ? show_endpoint(port, options) : port_object(port, "endpoint");
}

/* ---- memdevs ---- */

enum mailbox_unit {
	UNIT_NONE,
	UNIT_SIZE,
	UNIT_HEX,
};

/* The units of mailbox data by key: everything in partition_info is a size. */
static enum mailbox_unit mailbox_unit(const char *section, const char *key)
{
	if (strcmp(section, "partition_info") == 0 || strcmp(key, "remaining_size") == 0)
		return UNIT_SIZE;
	if (strcmp(section, "media_errors") == 0) {
		if (strcmp(key, "length") == 0)
			return UNIT_SIZE;
		if (strcmp(key, "offset") == 0 || strcmp(key, "overflow_t") == 0 ||
		    strcmp(key, "hpa") == 0)
			return UNIT_HEX;
	}
	return UNIT_NONE;
}

static struct json_object *humanize_value(const char *section, const char *key,
					  struct json_object *value)
{
	if (json_object_is_type(value, json_type_int)) {
		uint64_t number = json_object_get_uint64(value);

		switch (mailbox_unit(section, key)) {
		case UNIT_SIZE:
			return units_size(number, true);
		case UNIT_HEX:
			return units_hex(number, true);
		case UNIT_NONE:
			break;
		}
	}
	return json_object_get(value);
}

static struct json_object *humanize_object(const char *section, struct json_object *plain)
{
	_cleanup_json_ struct json_object *object = json_object_new_object();

	if (!object)
		return NULL;
	json_object_object_foreach(
		plain, key,
		value) if (json_add(object, key, humanize_value(section, key, value))) return NULL;
	return TAKE_PTR(object);
}

static struct json_object *humanize(const char *section, struct json_object *plain)
{
	_cleanup_json_ struct json_object *array = NULL;

	if (json_object_is_type(plain, json_type_object))
		return humanize_object(section, plain);
	if (!json_object_is_type(plain, json_type_array))
		return json_object_get(plain);
	array = json_object_new_array();
	if (!array)
		return NULL;
	for (size_t i = 0; i < json_object_array_length(plain); i++)
		if (json_append(array, humanize(section, json_object_array_get_idx(plain, i))))
			return NULL;
	return TAKE_PTR(array);
}

static int add_mailbox_section(struct json_object *object, const struct topo_memdev *memdev,
			       const char *section, bool wanted,
			       const struct object_options *options)
{
	struct json_object *value;

	if (!wanted || !memdev->mailbox ||
	    !json_object_object_get_ex(memdev->mailbox, section, &value) || !value)
		return 0;
	return json_add(object, section,
			options->human ? humanize(section, value) : json_object_get(value));
}

static int add_partition(struct json_object *object, const char *size_key, uint64_t size,
			 const char *qos_key, int qos_class, const struct object_options *options)
{
	if (size == 0)
		return 0;
	if (add_size(object, size_key, size, options) || add_known_int(object, qos_key, qos_class))
		return -ENOMEM;
	return 0;
}

/* Mailbox answers may be old: adds their age, and the reason why there are no newer answers. */
static int add_mailbox_age(struct json_object *object, const struct topo_memdev *memdev,
			   const struct object_options *options)
{
	bool shown = options->health || options->partition || options->alert_config ||
		     options->firmware || options->media_errors;
	const char *error = NULL;

	if (!shown || !memdev->mailbox || options->now_ms == TOPO_UNKNOWN)
		return 0;
	(void)json_get_string(memdev->mailbox, "mailbox_error", &error);
	if (json_add_string(object, "mailbox_error", error))
		return -ENOMEM;
	if (memdev->mailbox_time_ms == TOPO_UNKNOWN || memdev->mailbox_time_ms > options->now_ms)
		return 0;
	return json_add_u64(object, "mailbox_age_ms", options->now_ms - memdev->mailbox_time_ms);
}

struct json_object *object_memdev(const struct topo_memdev *memdev,
				  const struct object_options *options)
{
	_cleanup_json_ struct json_object *object = NULL;

	if (memdev->source.object)
		return show_memdev(memdev, options);
	object = json_object_new_object();
	if (!object || json_add_string(object, "memdev", memdev->name) ||
	    add_partition(object, "pmem_size", memdev->pmem_size, "pmem_qos_class",
			  memdev->pmem_qos_class, options) ||
	    add_partition(object, "ram_size", memdev->ram_size, "ram_qos_class",
			  memdev->ram_qos_class, options) ||
	    add_mailbox_section(object, memdev, "health", options->health, options) ||
	    add_mailbox_section(object, memdev, "alert_config", options->alert_config, options) ||
	    add_hex(object, "serial", memdev->serial, options) ||
	    add_known_int(object, "numa_node", memdev->numa_node) ||
	    json_add_string(object, "host", memdev->host) ||
	    json_add_string(object, "firmware_version", memdev->firmware_version) ||
	    add_state(object, memdev->enabled) ||
	    add_mailbox_section(object, memdev, "partition_info", options->partition, options) ||
	    add_mailbox_section(object, memdev, "firmware", options->firmware, options) ||
	    add_mailbox_section(object, memdev, "media_errors", options->media_errors, options) ||
	    json_add_string(object, "host_path", memdev->host_path) ||
	    add_mailbox_age(object, memdev, options))
		return NULL;
	return TAKE_PTR(object);
}

/* ---- decoders ---- */

static int add_decoder_range(struct json_object *object, const struct topo_decoder *decoder,
			     const struct object_options *options)
{
	if (decoder->size && (add_hex(object, "resource", decoder->resource, options) ||
			      add_size(object, "size", decoder->size, options)))
		return -ENOMEM;
	/*
	 * Like cxl list, omits the granularity of one way. A window's granularity is the default of
	 * its regions.
	 */
	if (add_known_int(object, "interleave_ways", decoder->interleave_ways) ||
	    add_known_int(object, "interleave_granularity", decoder->interleave_granularity) ||
	    json_add_string(object, "region", decoder->region_name) ||
	    add_state(object, decoder->size != 0))
		return -ENOMEM;
	return 0;
}

static int add_endpoint_decoder(struct json_object *object, const struct topo_decoder *decoder,
				const struct object_options *options)
{
	if (decoder->dpa_size && (add_hex(object, "dpa_resource", decoder->dpa_resource, options) ||
				  add_size(object, "dpa_size", decoder->dpa_size, options)))
		return -ENOMEM;
	return decoder->mode == TOPO_MODE_NONE
		       ? 0
		       : json_add_string(object, "mode", topo_decoder_mode(decoder));
}

static int add_window(struct json_object *object, const struct topo_decoder *decoder,
		      const struct object_options *options)
{
	if (add_size(object, "max_available_extent", decoder->max_available_extent, options) ||
	    add_true(object, "pmem_capable", decoder->pmem_capable) ||
	    add_true(object, "volatile_capable", decoder->volatile_capable) ||
	    add_true(object, "accelmem_capable", decoder->accelmem_capable) ||
	    add_known_int(object, "qos_class", decoder->qos_class))
		return -ENOMEM;
	return 0;
}

static int append_target(struct json_object *array, const struct topo_target *target,
			 const struct object_options *options)
{
	_cleanup_json_ struct json_object *object = json_object_new_object();

	if (!object || json_add_string(object, "target", target->dport) ||
	    json_add_string(object, "alias", target->alias) ||
	    json_add_int(object, "position", target->position) ||
	    add_id(object, target->id, options))
		return -ENOMEM;
	return json_append(array, TAKE_PTR(object));
}

static int add_targets(struct json_object *object, const struct topo_decoder *decoder,
		       const struct object_options *options, const struct dport_filter *filter)
{
	struct json_object *array;
	int rc;

	rc = add_known_int(object, "nr_targets", decoder->nr_targets);
	if (rc || !options->targets || decoder->targets.count == 0)
		return rc;
	array = json_object_new_array();
	rc = json_add(object, "targets", array);
	/* libcxl lists targets and mappings from the last to the first, and so did every cxl list.
	 */
	for (size_t i = decoder->targets.count; rc == 0 && i-- > 0;) {
		const struct topo_target *target = &decoder->targets.items[i];

		if (filter->passes(filter->context, decoder->port, target->dport, target->alias))
			rc = append_target(array, target, options);
	}
	return rc;
}

static int append_extent(struct json_object *array, const struct topo_extent *extent,
			 const struct object_options *options)
{
	_cleanup_json_ struct json_object *object = json_object_new_object();

	if (!object || add_hex(object, "resource", extent->start, options) ||
	    add_size(object, "size", extent->size, options))
		return -ENOMEM;
	return json_append(array, TAKE_PTR(object));
}

static int add_free_extents(struct json_object *object, const struct topology *topology,
			    const struct topo_decoder *window, const struct object_options *options)
{
	struct json_object *array = json_object_new_array();
	struct topo_extent_list extents = { 0 };
	struct hpa_map map = HPA_MAP_NULL;
	int rc = hpa_map_init(&map, topology);

	if (rc == 0)
		rc = hpa_map_window(&map, window, &extents);
	if (rc)
		(void)json_object_put(array);
	else
		rc = json_add(object, "free_extents", array);
	for (size_t i = 0; rc == 0 && i < extents.list.count; i++)
		rc = append_extent(array, &extents.list.items[i], options);
	ARRAY_FREE(&extents.list);
	hpa_map_deinit(&map);
	return rc == -ENODATA ? 0 : rc;
}

static int add_own_decoder_keys(struct json_object *object, const struct topology *topology,
				const struct topo_decoder *decoder,
				const struct object_options *options)
{
	if (add_true(object, "locked", decoder->locked))
		return -ENOMEM;
	if (decoder->port->kind != TOPO_PORT_ROOT)
		return 0;
	if (json_add_string(object, "next_region", decoder->next_region))
		return -ENOMEM;
	if (decoder->interleave_arithmetic != TOPO_ARITHMETIC_UNKNOWN &&
	    json_add_string(object, "interleave_arithmetic",
			    topo_arithmetic_name(decoder->interleave_arithmetic)))
		return -ENOMEM;
	return add_free_extents(object, topology, decoder, options);
}

/* Adds the free extents of a document's window if everything that takes addresses is known. */
static struct json_object *read_decoder(const struct topology *topology,
					const struct topo_decoder *decoder,
					const struct object_options *options,
					const struct dport_filter *filter)
{
	_cleanup_json_ struct json_object *object = show_decoder(decoder, options, filter);

	if (object && decoder->port->kind == TOPO_PORT_ROOT && (topology->known & TOPO_KNOWN_CXL) &&
	    !json_object_object_get_ex(object, "free_extents", NULL) &&
	    add_free_extents(object, topology, decoder, options))
		return NULL;
	return TAKE_PTR(object);
}

struct json_object *object_decoder(const struct topology *topology,
				   const struct topo_decoder *decoder,
				   const struct object_options *options,
				   const struct dport_filter *filter)
{
	_cleanup_json_ struct json_object *object = NULL;
	bool is_endpoint = decoder->port->kind == TOPO_PORT_ENDPOINT;
	bool is_window = decoder->port->kind == TOPO_PORT_ROOT;

	if (decoder->source.object)
		return read_decoder(topology, decoder, options, filter);
	object = json_object_new_object();
	if (!object || json_add_string(object, "decoder", decoder->name) ||
	    add_decoder_range(object, decoder, options) ||
	    (is_endpoint && add_endpoint_decoder(object, decoder, options)) ||
	    (is_window && add_window(object, decoder, options)) ||
	    (!is_endpoint && add_targets(object, decoder, options, filter)) ||
	    add_own_decoder_keys(object, topology, decoder, options))
		return NULL;
	return TAKE_PTR(object);
}

/* ---- regions ---- */

static int append_mapping(struct json_object *array, const struct topo_mapping *mapping)
{
	_cleanup_json_ struct json_object *object = json_object_new_object();

	if (!object || json_add_int(object, "position", mapping->position) ||
	    json_add_string(object, "memdev", mapping->memdev_name) ||
	    json_add_string(object, "decoder", mapping->decoder_name))
		return -ENOMEM;
	return json_append(array, TAKE_PTR(object));
}

static int add_mappings(struct json_object *object, const struct topo_region *region,
			const struct object_options *options)
{
	struct json_object *array;
	int rc;

	if (!options->targets || region->interleave_ways <= 0)
		return 0;
	array = json_object_new_array();
	rc = json_add(object, "mappings", array);
	for (size_t i = region->mappings.count; rc == 0 && i-- > 0;)
		rc = append_mapping(array, &region->mappings.items[i]);
	return rc;
}

/* Converts a memdev's record of poison for the region: the offset is then within the region. */
static int append_region_error(struct json_object *array, const struct topo_region *region,
			       struct json_object *error, const struct object_options *options)
{
	_cleanup_json_ struct json_object *object = NULL;
	const char *name = NULL;
	uint64_t hpa = 0;

	if (json_get_string(error, "region", &name) || strcmp(name, region->name) != 0 ||
	    json_get_u64(error, "hpa", &hpa) || region->resource == TOPO_UNKNOWN)
		return 0;
	object = json_object_new_object();
	if (!object || add_hex(object, "offset", hpa - region->resource, options))
		return -ENOMEM;
	json_object_object_foreach(error, key, value)
	{
		if (strcmp(key, "offset") == 0 || strcmp(key, "region") == 0 ||
		    strcmp(key, "hpa") == 0)
			continue;
		if (json_add(object, key,
			     options->human ? humanize_value("media_errors", key, value)
					    : json_object_get(value)))
			return -ENOMEM;
	}
	return json_append(array, TAKE_PTR(object));
}

static int add_region_errors(struct json_object *object, const struct topo_region *region,
			     const struct object_options *options)
{
	_cleanup_json_ struct json_object *array = NULL;
	int rc = 0;

	if (!options->media_errors)
		return 0;
	array = json_object_new_array();
	if (!array)
		return -ENOMEM;
	for (size_t i = 0; i < region->mappings.count; i++) {
		const struct topo_memdev *memdev = region->mappings.items[i].memdev;
		struct json_object *errors;

		if (!memdev || !memdev->mailbox ||
		    json_get_array(memdev->mailbox, "media_errors", &errors))
			continue;
		for (size_t j = 0; rc == 0 && j < json_object_array_length(errors); j++)
			rc = append_region_error(array, region,
						 json_object_array_get_idx(errors, j), options);
	}
	if (rc || json_object_array_length(array) == 0)
		return rc;
	return json_add(object, "media_errors", TAKE_PTR(array));
}

static bool same_run(const struct topo_memory_block *a, const struct topo_memory_block *b)
{
	return a->online == b->online && a->zone == b->zone && a->node == b->node &&
	       a->removable == b->removable;
}

static int append_run(struct json_object *array, const struct topo_memory_block *first,
		      size_t count)
{
	_cleanup_json_ struct json_object *object = json_object_new_object();

	if (!object || json_add_u64(object, "first", first->index) ||
	    json_add_u64(object, "count", count) ||
	    json_add_string(object, "state", first->online ? "online" : "offline") ||
	    json_add_string(object, "zone", topo_zone_name(first->zone)) ||
	    add_known_int(object, "node", first->node) ||
	    json_add_bool(object, "removable", first->removable))
		return -ENOMEM;
	return json_append(array, TAKE_PTR(object));
}

/* Joins equal neighbours: a terabyte has thousands of blocks. */
static int add_blocks(struct json_object *object, const struct topo_dax_device *device)
{
	struct json_object *array;
	size_t start = 0;
	int rc;

	if (device->blocks.count == 0)
		return 0;
	array = json_object_new_array();
	rc = json_add(object, "memory_blocks", array);
	for (size_t i = 1; rc == 0 && i <= device->blocks.count; i++) {
		const struct topo_memory_block *first = &device->blocks.items[start];
		const struct topo_memory_block *next = first + (i - start);

		if (i < device->blocks.count && same_run(first, next) &&
		    next->index == first->index + (i - start))
			continue;
		rc = append_run(array, first, i - start);
		start = i;
	}
	return rc;
}

static bool node_exists(const struct topology *topology, int id)
{
	for (size_t i = 0; i < topology->nodes.count; i++)
		if (topology->nodes.items[i].id == id)
			return true;
	return false;
}

/*
 * Only system-ram has blocks. For a device without blocks, daxctl prints the counts as long as the
 * device's node exists.
 */
static int add_block_counts(struct json_object *object, const struct topology *topology,
			    const struct topo_dax_device *device)
{
	if (device->driver != TOPO_DAX_KMEM || device->block_count == TOPO_UNKNOWN_INT)
		return 0;
	if (json_add_int(object, "online_memblocks", device->online_block_count) ||
	    json_add_int(object, "total_memblocks", device->block_count))
		return -ENOMEM;
	if (device->zone == TOPO_ZONE_NONE &&
	    (device->block_count > 0 || !node_exists(topology, device->target_node)))
		return 0;
	return json_add_bool(object, "movable", device->zone == TOPO_ZONE_MOVABLE);
}

static const char *dax_driver_name(enum topo_dax_driver driver)
{
	switch (driver) {
	case TOPO_DAX_NONE:
		break;
	case TOPO_DAX_KMEM:
		return "kmem";
	case TOPO_DAX_DEVICE:
		return "device_dax";
	case TOPO_DAX_OTHER:
		return "other";
	}
	return NULL;
}

struct json_object *object_dax_device(const struct topology *topology,
				      const struct topo_dax_device *device,
				      const struct object_options *options)
{
	_cleanup_json_ struct json_object *object = json_object_new_object();

	if (!object || json_add_string(object, "chardev", device->name) ||
	    add_size(object, "size", device->size, options) ||
	    add_known_int(object, "target_node", device->target_node) ||
	    add_size(object, "align", device->align, options) ||
	    json_add_string(object, "mode", topo_dax_mode(device)) ||
	    add_block_counts(object, topology, device) ||
	    add_state(object, device->driver != TOPO_DAX_NONE) ||
	    add_hex(object, "resource", device->resource, options) ||
	    json_add_string(object, "driver", dax_driver_name(device->driver)) ||
	    json_add_string(object, "memory_state", device->state) || add_blocks(object, device))
		return NULL;
	return TAKE_PTR(object);
}

static int add_dax_devices(struct json_object *object, const struct topology *topology,
			   const struct topo_dax_region *region,
			   const struct object_options *options)
{
	struct json_object *array = NULL;

	for (size_t i = 0; i < region->devices.count; i++) {
		const struct topo_dax_device *device = &region->devices.items[i];

		if (!options->idle && device->size == 0)
			continue;
		if (!array) {
			array = json_object_new_array();
			if (json_add(object, "devices", array))
				return -ENOMEM;
		}
		if (json_append(array, object_dax_device(topology, device, options)))
			return -ENOMEM;
	}
	return 0;
}

static int add_dax_region(struct json_object *object, const struct topology *topology,
			  const struct topo_region *region, const struct object_options *options)
{
	const struct topo_dax_region *dax = region->dax_region;
	_cleanup_json_ struct json_object *child = NULL;

	if (!options->dax || !dax)
		return 0;
	child = json_object_new_object();
	if (!child || add_known_int(child, "id", dax->id) ||
	    add_size(child, "size", dax->size, options) ||
	    (dax->available_size != 0 &&
	     add_size(child, "available_size", dax->available_size, options)) ||
	    (dax->align != TOPO_UNKNOWN && json_add_u64(child, "align", dax->align)) ||
	    add_dax_devices(child, topology, dax, options))
		return -ENOMEM;
	return json_add(object, "daxregion", TAKE_PTR(child));
}

static int add_type(struct json_object *object, const struct topo_region *region)
{
	if (region->type == TOPO_MODE_UNKNOWN)
		return json_add_string(object, "type", region->type_text);
	return region->type == TOPO_MODE_NONE
		       ? 0
		       : json_add_string(object, "type", topo_mode_name(region->type));
}

/* Like cxl list, tells the size of a cache that exists (ndctl 82). */
static int add_linear_cache(struct json_object *object, const struct topo_region *region,
			    const struct object_options *options)
{
	if (region->linear_cache_size == 0)
		return 0;
	return add_size(object, "extended_linear_cache_size", region->linear_cache_size, options);
}

static struct json_object *read_region(const struct topo_region *region,
				       const struct object_options *options)
{
	_cleanup_json_ struct json_object *object = show_region(region, options);

	if (object && region->window && !json_object_object_get_ex(object, "window", NULL) &&
	    json_add_string(object, "window", region->window->name))
		return NULL;
	return TAKE_PTR(object);
}

struct json_object *object_region(const struct topology *topology, const struct topo_region *region,
				  const struct object_options *options)
{
	_cleanup_json_ struct json_object *object = NULL;

	/* libcxl reports 0 as the address of a region without addresses. */
	uint64_t resource = region->size == 0 ? 0 : region->resource;

	if (region->source.object)
		return read_region(region, options);
	object = json_object_new_object();
	if (!object || json_add_string(object, "region", region->name) ||
	    add_hex(object, "resource", resource, options) ||
	    add_size(object, "size", region->size, options) || add_type(object, region) ||
	    add_known_int(object, "interleave_ways", region->interleave_ways) ||
	    add_known_int(object, "interleave_granularity", region->interleave_granularity) ||
	    json_add_string(object, "decode_state", region->committed ? "commit" : "reset") ||
	    add_state(object, region->enabled) || add_region_errors(object, region, options) ||
	    add_mappings(object, region, options) ||
	    add_dax_region(object, topology, region, options) ||
	    add_true(object, "qos_class_mismatch", region->qos_class_mismatch) ||
	    add_linear_cache(object, region, options) ||
	    json_add_string(object, "uuid", region->uuid) ||
	    json_add_string(object, "window", region->window ? region->window->name : NULL) ||
	    add_true(object, "locked", region->locked))
		return NULL;
	return TAKE_PTR(object);
}

/* ---- NUMA nodes ---- */

static int add_known_u64(struct json_object *object, const char *key, uint64_t number)
{
	return number == TOPO_UNKNOWN ? 0 : json_add_u64(object, key, number);
}

static int add_distances(struct json_object *object, const struct topo_node *node)
{
	struct json_object *distances;
	int rc;

	if (node->distances.count == 0)
		return 0;
	distances = json_object_new_object();
	rc = json_add(object, "distances", distances);
	for (size_t i = 0; rc == 0 && i < node->distances.count; i++) {
		char key[16];

		(void)snprintf(key, sizeof(key), "%d", node->distances.items[i].node);
		rc = json_add_int(distances, key, node->distances.items[i].distance);
	}
	return rc;
}

static int add_access(struct json_object *object, const char *key, const struct topo_access *access)
{
	_cleanup_json_ struct json_object *figures = json_object_new_object();

	if (!figures || add_known_u64(figures, "read_bandwidth", access->read_bandwidth) ||
	    add_known_u64(figures, "write_bandwidth", access->write_bandwidth) ||
	    add_known_u64(figures, "read_latency", access->read_latency) ||
	    add_known_u64(figures, "write_latency", access->write_latency))
		return -ENOMEM;
	if (json_object_object_length(figures) == 0)
		return 0;
	return json_add(object, key, TAKE_PTR(figures));
}

struct json_object *object_node(const struct topo_node *node)
{
	_cleanup_json_ struct json_object *object = json_object_new_object();

	if (!object || json_add_int(object, "node", node->id) ||
	    json_add_bool(object, "has_cpus", node->has_cpus) ||
	    add_known_u64(object, "memory_total", node->memory_total) ||
	    add_known_u64(object, "memory_free", node->memory_free) ||
	    add_distances(object, node) || add_access(object, "access0", &node->access[0]) ||
	    add_access(object, "access1", &node->access[1]))
		return NULL;
	return TAKE_PTR(object);
}
