/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host at this moment, out of sysfs. Effect: reads files; no device is asked anything
 * (topology-mailbox.h does).
 *
 * Called by the helper after every uevent, so a snapshot is meant to take milliseconds.
 */
#pragma once

#include "cxl/topology/topology.h"

struct topology_reader_options {
	const char *sysfs_root; /* NULL: "/sys" */
	const char *region;	/* read this region alone; NULL: everything */
};

/* The file of a failed look: a path below /sys, cut off where it is longer. */
#define TOPOLOGY_FILE_MAX 512

/**
 * topology_read() - a snapshot of this host
 * @options: NULL for the defaults
 * @failed_file: receives the file that could not be read; "" after success, and when the error is
 * of no file
 *
 * An object that vanishes during the look is left out or unknown. A host without CXL gives a
 * snapshot without CXL. Of a single region there are the name and QoS class of its window, its
 * memdevs by name and QoS class, and its memory; nothing when there is no such region.
 *
 * Return: 0; -ENOMEM; the errno of a file that is there and can't be read.
 */
int topology_read(const struct topology_reader_options *options,
		  char failed_file[static TOPOLOGY_FILE_MAX], struct topology **ret_topology);
