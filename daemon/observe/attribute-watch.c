// SPDX-License-Identifier: GPL-2.0-only
/*
 * Watches sysfs attributes by inotify.
 */
#include "daemon/observe/attribute-watch.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>

#include "cxl/topology/topology.h"
#include "util/cleanup.h"

int attribute_watch_open(void)
{
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static void watch(int fd, const char *path, int *last)
{
	int descriptor = inotify_add_watch(fd, path, IN_CLOSE_WRITE);

	if (descriptor > *last)
		*last = descriptor;
}

static void watch_device(int fd, const char *name, int *last)
{
	char path[128];

	if (snprintf(path, sizeof(path), "/sys/bus/cxl/devices/%s", name) < (int)sizeof(path))
		watch(fd, path, last);
}

int attribute_watch_add(int fd, const char *path)
{
	const char *name = strrchr(path, '/');
	char whole[PATH_MAX];
	int last = 0;

	if (!name || (strncmp(name, "/region", strlen("/region")) != 0 &&
		      strncmp(name, "/decoder", strlen("/decoder")) != 0))
		return 0;
	if (snprintf(whole, sizeof(whole), "/sys%s", path) < (int)sizeof(whole))
		watch(fd, whole, &last);
	return last;
}

int attribute_watch_update(int fd, const struct topology *topology)
{
	int last = 0;

	for (size_t i = 0; i < topology->decoders.count; i++)
		watch_device(fd, topology->decoders.items[i]->name, &last);
	for (size_t i = 0; i < topology->regions.count; i++)
		watch_device(fd, topology->regions.items[i]->name, &last);
	watch(fd, "/sys/devices/system/memory/auto_online_blocks", &last);
	return last;
}

bool attribute_watch_drain(int fd)
{
	_Alignas(struct inotify_event) char events[4096];
	bool written = false;
	ssize_t length;

	while ((length = read(fd, events, sizeof(events))) > 0) {
		const char *next = events;

		while (next < events + length) {
			const struct inotify_event *event = (const void *)next;

			written |= (event->mask & (IN_CLOSE_WRITE | IN_Q_OVERFLOW)) != 0;
			next += sizeof(*event) + event->len;
		}
	}
	return written;
}
