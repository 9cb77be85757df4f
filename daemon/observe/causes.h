/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events of memory devices between looks, as causes of the changes that looks show. A look shows
 * only the present state: a region that the kernel gave up in error recovery looks like one that an
 * admin took down.
 *
 * Pure: the caller adds events with their times. For each device in each place the newest cause is
 * kept. Nothing has to be removed: an event before a look that showed a healthy claim explains no
 * later change.
 *
 * Devices are known by serial number and place, never by mem3: Documentation/design/identity.adoc.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/observe/uevent.h"
#include "util/array.h"

struct topology;

enum cause_kind {
	CAUSE_UNKNOWN,	 /* no event: as far as anybody knows, somebody's will */
	CAUSE_RECOVERED, /* the kernel's error recovery, which ends the device's regions */
	CAUSE_REMOVED,	 /* the device was taken out, and may be back */
};

struct cause {
	enum cause_kind kind;
	uint64_t serial; /* TOPO_UNKNOWN: no look has shown the device */
	char *path;	 /* topo_memdev.host_path */
	/*
	 * The time of its first event, CLOCK_BOOTTIME. The regions go a moment before the kernel
	 * sends the event of the device.
	 */
	uint64_t begun_ms;
	uint64_t heard_ms; /* the time of its last event, CLOCK_BOOTTIME */
	uint64_t look;	   /* the newest look that had begun before that */

	uint64_t unbound_ms; /* the time of an unbind without a known reason, CLOCK_BOOTTIME;
				UINT64_MAX: none */
};

struct causes {
	ARRAY(struct cause) list; /* in the order of their first events */
};

#define CAUSES_NULL ((struct causes){ 0 })

/* More than the slots of any host; of more, the newest are kept. */
#define CAUSES_MAX 4096

/*
 * The longest time from the driver's unbind to the end of the recovery: the kernel waits up to 60 s
 * for a device that was reset (PCIE_RESET_READY_POLL_MS, drivers/pci/pci.h).
 */
#define CAUSE_SPAN_MS 70000

void causes_deinit(struct causes *causes);

/**
 * causes_hear() - notes an event
 * @topology: the newest snapshot's, or NULL; tells the device at the place
 * @now_ms: CLOCK_BOOTTIME
 * @look: number of the newest look that was begun
 *
 * Return: 1 for an event of a memory device; 0; -ENOMEM, and then nothing is noted.
 */
int causes_hear(struct causes *causes, const struct uevent_news *news,
		const struct topology *topology, uint64_t now_ms, uint64_t look);

/**
 * causes_find() - the newest cause known of a device
 * @serial: TOPO_UNKNOWN for a device known by its place
 * @path: topo_memdev.host_path of a device known by its place; or NULL
 *
 * Return: NULL if no cause is known.
 */
const struct cause *causes_find(const struct causes *causes, uint64_t serial, const char *path);
