// SPDX-License-Identifier: GPL-2.0-only
/*
 * The observer's senses on a real host: uevents, inotify, udev.
 */
#include "daemon/observe/senses.h"

#include <unistd.h>

#include "daemon/observe/attribute-watch.h"
#include "daemon/observe/uevent.h"

static int open_uevents(void *context)
{
	(void)context;
	return uevent_open();
}

static int open_watch(void *context)
{
	(void)context;
	return attribute_watch_open();
}

static bool udev_has_events(void *context)
{
	(void)context;
	return access("/run/udev/queue", F_OK) == 0;
}

static bool udev_is_there(void *context)
{
	(void)context;
	return access("/run/udev/control", F_OK) == 0;
}

struct senses senses_of_host(void)
{
	return (struct senses){
		.open_uevents = open_uevents,
		.open_watch = open_watch,
		.udev_has_events = udev_has_events,
		.udev_is_there = udev_is_there,
	};
}
