// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ports and endpoints with their dports and decoders, and windows with their free addresses, read
 * from sysfs. Effect; called by topology-look.c.
 *
 * These objects outnumber all others together.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cxl/topology/topology-reader.h"

static bool is_numbered(const char *name, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncmp(name, prefix, length) == 0 && isdigit((unsigned char)name[length]);
}

int reader_entries(const struct topology_reader *reader, DIR *directory, const char *prefix,
		   reader_entry_fn read_one, void *parent)
{
	const struct sysfs folder = sysfs_below(&reader->sysfs, dirfd(directory));
	const char *name;
	int rc = 0, next = 0;

	rewinddir(directory);
	while (rc == 0 && (next = folder_next(directory, &name)) > 0)
		if (is_numbered(name, prefix))
			rc = read_one(reader, parent, &folder, name);
	if (next < 0)
		sysfs_failed(&folder, "", next);
	return rc;
}

static DIR *open_port(const struct topology_reader *reader, const struct topo_port *port)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "bus/cxl/devices/%s", port->name);
	return sysfs_folder(&reader->sysfs, path);
}

/* ---- decoders ---- */

static bool is_true(const struct sysfs *folder, const char *name)
{
	return reader_int(folder, name) == 1;
}

static const struct topo_dport *find_dport(const struct topo_port *port, unsigned long id)
{
	for (size_t i = 0; i < port->dports.count; i++)
		if ((unsigned long)port->dports.items[i].id == id)
			return &port->dports.items[i];
	return NULL;
}

/* "0,2": the numbers of dports by position. A list is meaningless behind a dport that has gone. */
static int read_targets(const struct sysfs *folder, struct topo_decoder *decoder)
{
	char list[SYSFS_VALUE_MAX];
	const char *rest = list;
	int position = 0, rc = 0;

	(void)sysfs_text(folder, list, "target_list");
	while (rc == 0 && isdigit((unsigned char)*rest)) {
		char *end;
		const struct topo_dport *dport = find_dport(decoder->port, strtoul(rest, &end, 10));
		struct topo_target target = { .position = position };

		if (!dport)
			break;
		target.dport = dport->name;
		target.alias = dport->alias;
		target.id = dport->id;
		rc = ARRAY_APPEND(&decoder->targets, target);
		rest = *end == ',' ? end + 1 : end;
		position++;
	}
	decoder->nr_targets = position;
	return rc;
}

static int read_dpa(const struct topology_reader *reader, const struct sysfs *folder,
		    struct topo_decoder *decoder)
{
	char mode[SYSFS_VALUE_MAX];
	uint64_t size = reader_u64(folder, "dpa_size");

	if (size != 0 && size != TOPO_UNKNOWN) {
		decoder->dpa_size = size;
		decoder->dpa_resource = reader_u64(folder, "dpa_resource");
	}
	if (!sysfs_text(folder, mode, "mode"))
		return 0;
	decoder->mode = topo_mode_from_name(mode);
	return decoder->mode == TOPO_MODE_UNKNOWN ? reader_text(reader, mode, &decoder->mode_text)
						  : 0;
}

static int read_region(const struct topology_reader *reader, const struct sysfs *folder,
		       struct topo_decoder *decoder)
{
	char region[SYSFS_VALUE_MAX];

	if (!sysfs_text(folder, region, "region") || region[0] == '\0')
		return 0;
	return reader_text(reader, region, &decoder->region_name);
}

/* The values that all decoders have, windows included. */
static void read_decoding(const struct sysfs *folder, struct topo_decoder *decoder)
{
	uint64_t size = reader_u64(folder, "size");

	if (size != 0 && size != TOPO_UNKNOWN) {
		decoder->size = size;
		decoder->resource = reader_u64(folder, "start");
	}
	decoder->interleave_ways = reader_int(folder, "interleave_ways");
	decoder->interleave_granularity = reader_int(folder, "interleave_granularity");
	decoder->locked = reader_int(folder, "locked") == 1;
}

static int read_decoder_at(const struct topology_reader *reader, struct topo_port *port,
			   const struct sysfs *folder, const char *name)
{
	struct topo_decoder *decoder = topology_add_decoder(reader->topology, port, name);
	int rc;

	if (!decoder)
		return -ENOMEM;
	read_decoding(folder, decoder);
	if (port->kind == TOPO_PORT_ENDPOINT) {
		rc = read_dpa(reader, folder, decoder);
		if (rc)
			return rc;
		/* The kernel takes no decoder without DPA into a region: cxl_region_attach(). */
		return decoder->dpa_size == 0 ? 0 : read_region(reader, folder, decoder);
	}
	rc = read_targets(folder, decoder);
	return rc ? rc : read_region(reader, folder, decoder);
}

static int read_decoder(const struct topology_reader *reader, void *port,
			const struct sysfs *port_folder, const char *name)
{
	_cleanup_close_ int fd = sysfs_open_folder(port_folder, name);
	const struct sysfs folder = sysfs_below(&reader->sysfs, fd);

	return fd < 0 ? 0 : read_decoder_at(reader, port, &folder, name);
}

/* ---- windows ---- */

static int compare_starts(const void *a, const void *b)
{
	const struct topo_region *const *left = a, *const *right = b;

	return ((*left)->resource > (*right)->resource) - ((*left)->resource < (*right)->resource);
}

/*
 * The largest gap between the window's regions, as `cxl list` computes it: regions that decode
 * nothing yet are left out (cxl_decoder_get_max_available_extent() of libcxl). free-hpa.h computes
 * the addresses that a new region can have.
 */
static int measure_extent(struct topo_decoder *window, const struct topology *topology,
			  size_t first_region)
{
	const size_t count = topology->regions.count - first_region;
	_cleanup_free_ struct topo_region **regions =
		calloc(count + 1, sizeof(struct topo_region *));
	hpa_t next = window->resource, end = window->resource + window->size;
	uint64_t largest = 0;

	if (!regions)
		return -ENOMEM;
	memcpy(regions, &topology->regions.items[first_region],
	       count * sizeof(struct topo_region *));
	qsort(regions, count, sizeof(struct topo_region *), compare_starts);
	for (size_t i = 0; i < count; i++) {
		const struct topo_region *region = regions[i];

		if (!region->size || !region->committed || region->resource == TOPO_UNKNOWN)
			continue;
		if (region->resource > next && region->resource - next > largest)
			largest = region->resource - next;
		next = region->resource + region->size;
	}
	window->max_available_extent = end > next && end - next > largest ? end - next : largest;
	return 0;
}

static int read_regions(const struct topology_reader *reader, struct topo_decoder *window,
			DIR *directory)
{
	const size_t first_region = reader->topology->regions.count;
	const struct sysfs folder = sysfs_below(&reader->sysfs, dirfd(directory));
	int rc;

	rc = reader_entries(reader, directory, "region", reader_region, window);
	if (rc || !is_true(&folder, "cap_type3") || window->resource == TOPO_UNKNOWN)
		return rc;
	return measure_extent(window, reader->topology, first_region);
}

static int read_capabilities(const struct topology_reader *reader, const struct sysfs *folder,
			     struct topo_decoder *window)
{
	window->qos_class = reader_int(folder, "qos_class");
	window->accelmem_capable = is_true(folder, "cap_type2");
	/* A window for accelerators only holds no regions of memory devices. */
	if (is_true(folder, "cap_type3")) {
		window->pmem_capable = is_true(folder, "cap_pmem");
		window->volatile_capable = is_true(folder, "cap_ram");
	}
	/* Both attributes show the same name; a window has at least one of them. */
	return reader_attribute(reader, folder,
				window->volatile_capable ? "create_ram_region"
							 : "create_pmem_region",
				&window->next_region);
}

static int read_window(const struct topology_reader *reader, void *root, const struct sysfs *folder,
		       const char *name)
{
	_cleanup_folder_ DIR *directory = sysfs_folder(folder, name);
	struct topo_decoder *window;
	struct sysfs below;
	int rc;

	if (!directory)
		return 0;
	window = topology_add_decoder(reader->topology, root, name);
	if (!window)
		return -ENOMEM;
	below = sysfs_below(folder, dirfd(directory));
	read_decoding(&below, window);
	rc = read_targets(&below, window);
	if (rc == 0)
		rc = read_capabilities(reader, &below, window);
	return rc ? rc : read_regions(reader, window, directory);
}

/* ---- dports ---- */

/* The name that cxl list prints: the firmware's name of the device, else the physical device's. */
static int read_alias(const struct topology_reader *reader, const struct sysfs *folder,
		      const char *name, struct topo_dport *dport)
{
	char link[SYSFS_VALUE_MAX];

	if (!sysfs_link(folder, link, "%s/firmware_node", name) &&
	    !sysfs_link(folder, link, "%s/physical_node", name))
		return 0;
	return reader_text(reader, reader_last_part(link), &dport->alias);
}

static int read_dport(const struct topology_reader *reader, void *parent,
		      const struct sysfs *folder, const char *name)
{
	struct topo_port *port = parent;
	unsigned long id = strtoul(name + strlen("dport"), NULL, 10);
	/* The id of a host bridge is its ACPI _UID, which may have 32 bits. */
	struct topo_dport dport = { .id = id > INT_MAX ? TOPO_UNKNOWN_INT : (int)id };
	char link[SYSFS_VALUE_MAX];
	int rc;

	if (!sysfs_link(folder, link, "%s", name))
		return 0;
	rc = reader_text(reader, reader_last_part(link), &dport.name);
	if (rc || !dport.name)
		return rc;
	rc = read_alias(reader, folder, name, &dport);
	return rc ? rc : ARRAY_APPEND(&port->dports, dport);
}

/* ---- the folder of a port ---- */

int reader_port(const struct topology_reader *reader, struct topo_port *port)
{
	_cleanup_folder_ DIR *directory = open_port(reader, port);
	const bool is_root = port->kind == TOPO_PORT_ROOT;
	int rc = 0;

	if (!directory)
		return 0;
	/* Targets are named after dports, so dports are read first. */
	if (port->kind != TOPO_PORT_ENDPOINT)
		rc = reader_entries(reader, directory, "dport", read_dport, port);
	return rc ? rc
		  : reader_entries(reader, directory, "decoder",
				   is_root ? read_window : read_decoder, port);
}

/* ---- what lies below a port ---- */

static int read_values(const struct topology_reader *reader, const struct sysfs *folder,
		       struct topo_port *port, const char *uport)
{
	char link[SYSFS_VALUE_MAX];
	uint64_t committed;
	int rc = reader_text(reader, reader_last_part(uport), &port->host);

	port->enabled = sysfs_link(folder, link, "%s/driver", port->name);
	committed = sysfs_number(folder, 0, TOPO_UNKNOWN, "%s/decoders_committed", port->name);
	port->decoders_committed = committed > INT_MAX ? TOPO_UNKNOWN_INT : (int)committed;
	/*
	 * A host bridge is its own dport at the root, and cxl list names no dport for it. The
	 * endpoint of a restricted (CXL 1.1) host hangs from the root, too, and only its
	 * parent_dport tells where.
	 */
	if (rc || port->kind == TOPO_PORT_HOST_BRIDGE ||
	    !sysfs_link(folder, link, "%s/parent_dport", port->name))
		return rc;
	return reader_text(reader, reader_last_part(link), &port->parent_dport);
}

static int read_below(const struct topology_reader *reader, void *above, const struct sysfs *folder,
		      const char *name)
{
	struct topo_port *parent = above;
	enum topo_port_kind kind = is_numbered(name, "endpoint")    ? TOPO_PORT_ENDPOINT
				   : parent->kind == TOPO_PORT_ROOT ? TOPO_PORT_HOST_BRIDGE
								    : TOPO_PORT_SWITCH;
	char uport[SYSFS_VALUE_MAX];
	struct topo_port *port;
	int rc;

	/* The port has gone since the folder was listed. */
	if (!sysfs_link(folder, uport, "%s/uport", name))
		return 0;
	port = topology_add_port(reader->topology, kind, name, parent);
	if (!port)
		return -ENOMEM;
	rc = read_values(reader, folder, port, uport);
	if (rc == 0)
		rc = reader_port(reader, port);
	return rc || kind == TOPO_PORT_ENDPOINT ? rc : reader_below(reader, port);
}

int reader_below(const struct topology_reader *reader, struct topo_port *port)
{
	_cleanup_folder_ DIR *directory = open_port(reader, port);
	int rc;

	if (!directory)
		return 0;
	rc = reader_entries(reader, directory, "endpoint", read_below, port);
	return rc ? rc : reader_entries(reader, directory, "port", read_below, port);
}
