/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Snapshots of idle hosts of a simple shape, to start a fake kernel or a planner from: host
 * bridges, on each either devices at its root ports or one switch with all its devices. Objects are
 * numbered level by level, as the kernel finds them: root0, host bridges, switches, endpoints.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "cxl/topology/topology.h"

#define FAKE_HOST_BRIDGES_MAX 8
#define FAKE_HOST_WINDOWS_MAX 8

struct fake_window {
	int targets[FAKE_HOST_BRIDGES_MAX]; /* host bridges by position, counted from 0 */
	int ways;
	uint64_t size;
	int granularity;
	bool ram, pmem;
};

struct fake_host {
	int bridges;
	int devices[FAKE_HOST_BRIDGES_MAX]; /* the number of devices of each bridge */
	bool switches;			    /* the devices hang from one switch per bridge */
	uint64_t ram_size, pmem_size;	    /* of every device */
	int windows;
	struct fake_window window[FAKE_HOST_WINDOWS_MAX];
	const char *policy; /* for new memory blocks; "offline" when NULL */
};

/**
 * fake_host_new() - the snapshot of an idle host
 *
 * Windows lie one behind the other from 4 GiB on; every port has four decoders; memory blocks have
 * 128 MiB; node 0 has CPUs and 2 GiB.
 *
 * Return: the snapshot; NULL when there is no memory.
 */
struct topology *fake_host_new(const struct fake_host *host);
