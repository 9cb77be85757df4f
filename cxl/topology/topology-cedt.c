// SPDX-License-Identifier: GPL-2.0-only
/*
 * The interleave arithmetic of windows, which sysfs does not show, read from firmware's CEDT.
 * Effect: reads a file that only root can read. Called by topology-look.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "cxl/topology/cedt.h"
#include "cxl/topology/topology-sysfs.h"
#include "util/cleanup.h"

#define CEDT "firmware/acpi/tables/CEDT"

/* A window with 16 targets takes 100 bytes. */
#define CEDT_SIZE_MAX (64 * 1024)

/* The kernel may cut a window at either end: the decoder's start has to lie in the window. */
static void apply(struct topology *topology, const struct cedt_window *window)
{
	for (size_t i = 0; i < topology->decoders.count; i++) {
		struct topo_decoder *decoder = topology->decoders.items[i];

		if (decoder->port->kind == TOPO_PORT_ROOT && decoder->resource != TOPO_UNKNOWN &&
		    decoder->resource >= window->base &&
		    decoder->resource - window->base < window->size)
			decoder->interleave_arithmetic = window->arithmetic;
	}
}

static ssize_t read_table(const struct sysfs *sysfs, uint8_t *table, size_t size)
{
	_cleanup_close_ int fd = sysfs_open_attribute(sysfs, CEDT);
	size_t used = 0;

	if (fd < 0)
		return -ENOENT;
	while (used < size) {
		ssize_t length = read(fd, table + used, size - used);

		if (length < 0)
			sysfs_failed(sysfs, CEDT, -errno);
		if (length < 0)
			return -EIO;
		if (length == 0)
			break;
		used += (size_t)length;
	}
	return (ssize_t)used;
}

int topology_read_arithmetic(struct topology *topology, const struct sysfs *sysfs)
{
	_cleanup_free_ uint8_t *table = malloc(CEDT_SIZE_MAX);
	struct cedt_window_list windows;
	ssize_t size;
	int rc;

	if (!table)
		return -ENOMEM;
	size = read_table(sysfs, table, CEDT_SIZE_MAX);
	if (size < 0)
		return 0;
	rc = cedt_parse(table, (size_t)size, &windows);
	if (rc)
		return rc == -EPROTO ? 0 : rc;
	for (size_t i = 0; i < windows.list.count; i++)
		apply(topology, &windows.list.items[i]);
	ARRAY_FREE(&windows.list);
	return 0;
}
