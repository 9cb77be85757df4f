/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * By what the observer hears of the host: the seam behind which are the kernel and udev, or a test
 * with a socket pair.
 */
#pragma once

#include <stdbool.h>

struct senses {
	/* A descriptor that uevent_drain() reads, or negative errno; the caller's. */
	int (*open_uevents)(void *context);
	/* A descriptor for attribute-watch.h, or negative errno; the caller's. */
	int (*open_watch)(void *context);
	/* Has udev events that it is not through with? As udevadm-settle(8) knows it. */
	bool (*udev_has_events)(void *context);
	/* Is there a udev that may not have got to an event of a moment ago? */
	bool (*udev_is_there)(void *context);
	void *context;
};

/** senses_of_host() - this host's */
struct senses senses_of_host(void);
