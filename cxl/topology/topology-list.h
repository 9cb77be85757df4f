/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The listing of `cxlfm list` for a snapshot: the same objects, keys, nesting and defaults as `cxl
 * list` (ndctl's cxl-list(1)) for the same options and filters; each object has keys of cxlfm's own
 * at its end.
 *
 * Pure. Called by the daemon for each list request, by the CLI for records, and by topology-json.c,
 * whose records hold such a listing of everything.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "cxl/topology/topology.h"

struct json_object;

/*
 * The options of cxl list. Filters are lists of names separated by blanks or commas, NULL for no
 * filter; names of one class are alternatives, classes are conditions.
 */
struct list_options {
	const char *memdev;   /* -m: "mem0", "0", PCI address, "all" */
	const char *serial;   /* -s */
	const char *bus;      /* -b: "root0", "0", provider, "all" */
	const char *port;     /* -p: "port1", "1", host, "root", "switch", "endpoint", "all" */
	const char *endpoint; /* -e: "endpoint3", "3", memdev, "all" */
	const char *decoder;  /* -d: "decoder0.1", "0.1", "root", "switch", "endpoint", "all" */
	const char *region;   /* -r: "region0", "0", "all" */
	bool buses, ports, endpoints, memdevs, decoders, targets, regions,
		dax;						      /* -B -P -E -M -D -T -R -X */
	bool health, partition, alert_config, firmware, media_errors; /* -H -I -A -F -L */
	bool idle;	 /* -i: disabled objects, too */
	bool single;	 /* -S: no objects below the ports; needs @port */
	bool human;	 /* -u: "256.00 MiB (268.44 MB)", "0x490000000" */
	int verbose;	 /* -v, -vv, -vvv */
	uint64_t now_ms; /* CLOCK_BOOTTIME for the age of mailbox data, TOPO_UNKNOWN: no age */
};

#define LIST_OPTIONS_NULL ((struct list_options){ .now_ms = TOPO_UNKNOWN })

/**
 * topology_list() - the listing that the options ask for
 * @ret_list: an array, empty when nothing matches; with @options->human a single object comes
 * without the array
 *
 * Return: 0; -EINVAL for single without a port filter; -ENOMEM.
 */
int topology_list(const struct topology *topology, const struct list_options *options,
		  struct json_object **ret_list);

/**
 * topology_list_mailboxes() - the memdevs of which such a listing shows answers of the mailbox
 * @ret_memdevs: @ret_count of them in the order of names, to be freed; never NULL
 *
 * Return: 0 or -ENOMEM.
 */
int topology_list_mailboxes(const struct topology *topology, const struct list_options *options,
			    const struct topo_memdev ***ret_memdevs, size_t *ret_count);

struct tree_options {
	bool utf8;   /* draw with lines instead of ASCII */
	int columns; /* of the screen; lines are cut to that width. 0: 100 */
};

/**
 * topology_list_tree() - the host for people: bridges, switches and memdevs, then windows with
 *	their free space and regions
 * @ret_text: lines, to be freed by the caller
 *
 * Return: 0 or -ENOMEM.
 */
int topology_list_tree(const struct topology *topology, const struct tree_options *options,
		       char **ret_text);
