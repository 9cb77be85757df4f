/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The observer's sources of events: the kernel and udev, or a test with a socket pair.
 */
#pragma once

#include <stdbool.h>

struct senses {
	/* Opens a descriptor that uevent_drain() reads, for the caller; or negative errno. */
	int (*open_uevents)(void *context);
	/* Opens a descriptor for attribute-watch.h, for the caller; or negative errno. */
	int (*open_watch)(void *context);
	/* Has udev unfinished events? As in udevadm-settle(8). */
	bool (*udev_has_events)(void *context);
	/* Is there a udev that may not yet have noticed a recent event? */
	bool (*udev_is_there)(void *context);
	void *context;
};

/** senses_of_host() - the sources of this host */
struct senses senses_of_host(void);
