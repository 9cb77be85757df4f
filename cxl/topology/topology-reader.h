/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shared by the parts of the reader of the host: topology-look.c (memdevs and roots),
 * topology-port.c (ports, windows and other decoders), topology-region.c (regions and their dax
 * devices). Effect.
 */
#pragma once

#include "cxl/topology/topology-sysfs.h"
#include "util/folder.h"

struct topology_reader {
	struct sysfs sysfs;
	struct topology *topology;
	const char *region; /* the only region that is read; NULL for everything */
	uint64_t *
		users_ms; /* the time that is left for the users of data, of all regions together */
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

/** reader_attribute() - an attribute in a folder as text; NULL for an absent or empty attribute */
int reader_attribute(const struct topology_reader *reader, const struct sysfs *folder,
		     const char *name, const char **result);

/** reader_int() - a numeric attribute in a folder; TOPO_UNKNOWN_INT when there is none */
int reader_int(const struct sysfs *folder, const char *name);

/** reader_u64() - a numeric attribute in a folder; TOPO_UNKNOWN when there is none */
uint64_t reader_u64(const struct sysfs *folder, const char *name);

/** reader_open_device() - the folder of a CXL object, by name; "" for that of all; a descriptor or
 * -1
 */
int reader_open_device(const struct topology_reader *reader, const char *name);

/** reader_last_part() - the name at the end of a path */
const char *reader_last_part(const char *path);

/**
 * reader_entry_fn - reads one object of a folder
 * @parent: the parent that reader_entries() was given
 * @folder: where the object is
 *
 * Return: 0 or -ENOMEM. An object that has gone is 0.
 */
typedef int (*reader_entry_fn)(const struct topology_reader *reader, void *parent,
			       const struct sysfs *folder, const char *name);

/** reader_entries() - reads all objects of a folder whose names are @prefix and a number */
int reader_entries(const struct topology_reader *reader, DIR *directory, const char *prefix,
		   reader_entry_fn read_one, void *parent);

/** reader_port() - the dports of a port and its decoders; the decoders of a root are windows */
int reader_port(const struct topology_reader *reader, struct topo_port *port);

/** reader_below() - the ports and endpoints below a port, with their dports and decoders */
int reader_below(const struct topology_reader *reader, struct topo_port *port);

/**
 * reader_region() - a region with mappings and dax devices (reader_entry_fn); @window is a struct
 * topo_decoder
 */
int reader_region(const struct topology_reader *reader, void *window, const struct sysfs *folder,
		  const char *name);
