/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of the reader of the host share: topology-libcxl.c (buses, windows, memdevs),
 * topology-port.c (ports and other decoders), topology-region.c (regions and their dax devices).
 * Effect.
 */
#pragma once

#include <cxl/libcxl.h>

#include "cxl/topology/topology-sysfs.h"

struct topology_reader {
	struct cxl_ctx *ctx;
	struct sysfs sysfs;
	struct topology *topology;
	const char *region; /* the only one that is read; NULL for everything */
};

/**
 * reader_text() - a copy in the snapshot's arena, fit for a record
 *
 * Devices have a say in some texts: what is not printable becomes "?". A text that is empty or too
 * long for a record is not told.
 *
 * Return: 0 or -ENOMEM.
 */
int reader_text(const struct topology_reader *reader, const char *text, const char **result);

/** reader_attribute() - an attribute of a CXL object as text; NULL when there is none or it is ""
 */
int reader_attribute(const struct topology_reader *reader, const char *device, const char *name,
		     const char **result);

/** reader_port() - the dports of a port and, unless it is a root, its decoders */
int reader_port(const struct topology_reader *reader, struct topo_port *port);

/** reader_below() - the ports and endpoints below a port, with all that is theirs */
int reader_below(const struct topology_reader *reader, struct topo_port *port);

/** reader_regions() - the regions of a window with mappings and dax devices */
int reader_regions(const struct topology_reader *reader, struct cxl_decoder *cxl_window,
		   struct topo_decoder *window);
