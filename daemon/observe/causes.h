/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What was heard of memory devices between looks: why something is gone that a look does not find
 * any more. A look shows what is there, and a region that the kernel had to give up looks like one
 * that an admin took down.
 *
 * Pure: whoever hears puts it in, with the time. Of each device in each place the newest is kept.
 * Nothing has to be taken out: what was heard before a look that showed all well explains nothing
 * that came after.
 *
 * Known by serial number and place, never by mem3: Documentation/design/identity.adoc.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/observe/uevent.h"
#include "util/array.h"

struct topology;

enum cause_kind {
	CAUSE_UNKNOWN,	 /* nothing was heard: somebody's will, as far as anybody knows */
	CAUSE_RECOVERED, /* the kernel took it through error recovery, which ends its regions */
	CAUSE_REMOVED,	 /* it was taken out; it may be there again */
};

struct cause {
	enum cause_kind kind;
	uint64_t serial; /* TOPO_UNKNOWN: no look has shown it */
	char *path;	 /* topo_memdev.host_path */
	/*
	 * When the first of it was heard, CLOCK_BOOTTIME: its regions go a moment before the kernel
	 * tells of the device.
	 */
	uint64_t begun_ms;
	uint64_t heard_ms; /* when the last of it was heard, likewise */
	uint64_t look;	   /* the newest one that had been begun by then */

	uint64_t unbound_ms; /* its driver was let go, for a reason not told yet; UINT64_MAX: not */
};

struct causes {
	ARRAY(struct cause) list; /* in the order in which they were heard first */
};

#define CAUSES_NULL ((struct causes){ 0 })

/* Slots of a host are no more; a host that has more is told about the newest. */
#define CAUSES_MAX 4096

/*
 * From the driver that is let go to the end of the recovery: the kernel waits up to 60 s for a
 * device that was reset (PCIE_RESET_READY_POLL_MS, drivers/pci/pci.h).
 */
#define CAUSE_SPAN_MS 70000

void causes_deinit(struct causes *causes);

/**
 * causes_hear() - notes what a uevent has told
 * @topology: the newest that there is, or NULL: tells which device is at the place
 * @now_ms: CLOCK_BOOTTIME
 * @look: number of the newest look that was begun
 *
 * Return: 1 when it is about a memory device; 0; -ENOMEM, and then nothing is noted.
 */
int causes_hear(struct causes *causes, const struct uevent_news *news,
		const struct topology *topology, uint64_t now_ms, uint64_t look);

/**
 * causes_find() - what was heard last of a device, if that is a cause of anything
 * @serial: TOPO_UNKNOWN where the place tells
 * @path: topo_memdev.host_path, where the serial number does not tell; or NULL
 *
 * Return: NULL when nothing was.
 */
const struct cause *causes_find(const struct causes *causes, uint64_t serial, const char *path);
