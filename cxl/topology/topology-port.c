// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ports and endpoints with their dports and decoders, out of sysfs. Effect; called by
 * topology-libcxl.c.
 *
 * There are more of them than of everything else together, and libcxl resolves each port, dport and
 * target to full paths, and looks for each port's module: most of a snapshot's time. Only windows
 * come from libcxl, which has their regions.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cxl/topology/topology-reader.h"
#include "util/cleanup.h"

DEFINE_CLEANUP(DIR *, closedir)

static int attribute_int(const struct sysfs *folder, const char *name)
{
	uint64_t number = sysfs_number(folder, 0, UINT64_MAX, "%s", name);

	return number > INT_MAX ? TOPO_UNKNOWN_INT : (int)number;
}

static uint64_t attribute_u64(const struct sysfs *folder, const char *name)
{
	return sysfs_number(folder, 0, TOPO_UNKNOWN, "%s", name);
}

static const struct topo_dport *find_dport(const struct topo_port *port, unsigned long id)
{
	for (size_t i = 0; i < port->dports.count; i++)
		if ((unsigned long)port->dports.items[i].id == id)
			return &port->dports.items[i];
	return NULL;
}

/* "0,2": the numbers of dports by position. What comes after one that is gone has no meaning. */
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
	uint64_t size = attribute_u64(folder, "dpa_size");

	if (size != 0 && size != TOPO_UNKNOWN) {
		decoder->dpa_size = size;
		decoder->dpa_resource = attribute_u64(folder, "dpa_resource");
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

static int read_decoder(const struct topology_reader *reader, struct topo_port *port,
			const struct sysfs *folder, const char *name)
{
	struct topo_decoder *decoder = topology_add_decoder(reader->topology, port, name);
	uint64_t size = attribute_u64(folder, "size");
	int rc;

	if (!decoder)
		return -ENOMEM;
	if (size != 0 && size != TOPO_UNKNOWN) {
		decoder->size = size;
		decoder->resource = attribute_u64(folder, "start");
	}
	decoder->interleave_ways = attribute_int(folder, "interleave_ways");
	decoder->interleave_granularity = attribute_int(folder, "interleave_granularity");
	decoder->locked = attribute_int(folder, "locked") == 1;
	if (port->kind == TOPO_PORT_ENDPOINT) {
		rc = read_dpa(reader, folder, decoder);
		if (rc)
			return rc;
		/* Without DPA the kernel takes none into a region: cxl_region_attach(). */
		return decoder->dpa_size == 0 ? 0 : read_region(reader, folder, decoder);
	}
	rc = read_targets(folder, decoder);
	return rc ? rc : read_region(reader, folder, decoder);
}

/* ---- dports ---- */

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* As cxl list names it: the firmware's name for the device, else the physical one behind it. */
static int read_alias(const struct topology_reader *reader, const struct sysfs *folder,
		      const char *name, struct topo_dport *dport)
{
	char link[SYSFS_VALUE_MAX];

	if (!sysfs_link(folder, link, "%s/firmware_node", name) &&
	    !sysfs_link(folder, link, "%s/physical_node", name))
		return 0;
	return reader_text(reader, last_part(link), &dport->alias);
}

static int read_dport(const struct topology_reader *reader, struct topo_port *port,
		      const struct sysfs *folder, const char *name)
{
	unsigned long id = strtoul(name + strlen("dport"), NULL, 10);
	/* A host bridge's is its ACPI _UID, which may have 32 bits. */
	struct topo_dport dport = { .id = id > INT_MAX ? TOPO_UNKNOWN_INT : (int)id };
	char link[SYSFS_VALUE_MAX];
	int rc;

	if (!sysfs_link(folder, link, "%s", name))
		return 0;
	rc = reader_text(reader, last_part(link), &dport.name);
	if (rc || !dport.name)
		return rc;
	rc = read_alias(reader, folder, name, &dport);
	return rc ? rc : ARRAY_APPEND(&port->dports, dport);
}

/* ---- the folder of a port ---- */

static int open_folder(int parent_fd, const char *name)
{
	return openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int read_decoder_folder(const struct topology_reader *reader, struct topo_port *port,
			       const struct sysfs *port_folder, const char *name)
{
	_cleanup_close_ int fd = open_folder(port_folder->root_fd, name);
	const struct sysfs folder = { .root_fd = fd };

	return fd < 0 ? 0 : read_decoder(reader, port, &folder, name);
}

/* @prefix and a number; decoders have a second one, and no others lie in the folder of a port. */
static bool is_numbered(const char *name, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncmp(name, prefix, length) == 0 && isdigit((unsigned char)name[length]);
}

typedef int (*read_entry)(const struct topology_reader *reader, struct topo_port *port,
			  const struct sysfs *folder, const char *name);

static int read_entries(const struct topology_reader *reader, struct topo_port *port,
			DIR *directory, const char *prefix, read_entry read_one)
{
	const struct sysfs folder = { .root_fd = dirfd(directory) };
	struct dirent *entry;
	int rc = 0;

	rewinddir(directory);
	while (rc == 0 && (entry = readdir(directory)))
		if (is_numbered(entry->d_name, prefix))
			rc = read_one(reader, port, &folder, entry->d_name);
	return rc;
}

/* NULL when the port has gone. */
static DIR *open_port(const struct topology_reader *reader, const struct topo_port *port)
{
	char path[PATH_MAX];
	DIR *directory;
	int fd;

	(void)snprintf(path, sizeof(path), "bus/cxl/devices/%s", port->name);
	fd = open_folder(reader->sysfs.root_fd, path);
	directory = fd < 0 ? NULL : fdopendir(fd);
	if (fd >= 0 && !directory)
		(void)close(fd);
	return directory;
}

int reader_port(const struct topology_reader *reader, struct topo_port *port)
{
	_cleanup_(closedirp) DIR *directory = open_port(reader, port);
	int rc = 0;

	if (!directory)
		return 0;
	/* Targets are named after dports, so these come first. */
	if (port->kind != TOPO_PORT_ENDPOINT)
		rc = read_entries(reader, port, directory, "dport", read_dport);
	if (rc == 0 && port->kind != TOPO_PORT_ROOT)
		rc = read_entries(reader, port, directory, "decoder", read_decoder_folder);
	return rc;
}

/* ---- what lies below a port ---- */

static int read_values(const struct topology_reader *reader, const struct sysfs *folder,
		       struct topo_port *port, const char *uport)
{
	char link[SYSFS_VALUE_MAX];
	uint64_t committed;
	int rc = reader_text(reader, last_part(uport), &port->host);

	port->enabled = sysfs_link(folder, link, "%s/driver", port->name);
	committed = sysfs_number(folder, 0, TOPO_UNKNOWN, "%s/decoders_committed", port->name);
	port->decoders_committed = committed > INT_MAX ? TOPO_UNKNOWN_INT : (int)committed;
	/*
	 * A host bridge is its own dport at the root; cxl list names none. The endpoint of a
	 * restricted (CXL 1.1) host hangs there, too, and is found by nothing else.
	 */
	if (rc || port->kind == TOPO_PORT_HOST_BRIDGE ||
	    !sysfs_link(folder, link, "%s/parent_dport", port->name))
		return rc;
	return reader_text(reader, last_part(link), &port->parent_dport);
}

static int read_below(const struct topology_reader *reader, struct topo_port *parent,
		      const struct sysfs *folder, const char *name)
{
	enum topo_port_kind kind = is_numbered(name, "endpoint")    ? TOPO_PORT_ENDPOINT
				   : parent->kind == TOPO_PORT_ROOT ? TOPO_PORT_HOST_BRIDGE
								    : TOPO_PORT_SWITCH;
	char uport[SYSFS_VALUE_MAX];
	struct topo_port *port;
	int rc;

	/* It has gone meanwhile. */
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
	_cleanup_(closedirp) DIR *directory = open_port(reader, port);
	int rc;

	if (!directory)
		return 0;
	rc = read_entries(reader, port, directory, "endpoint", read_below);
	return rc ? rc : read_entries(reader, port, directory, "port", read_below);
}
