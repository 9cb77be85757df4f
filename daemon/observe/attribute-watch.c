// SPDX-License-Identifier: GPL-2.0-only
/*
 * Watches sysfs attributes by inotify.
 */
#include "daemon/observe/attribute-watch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>

#include "cxl/topology/topology.h"
#include "util/folder.h"

#define DEVICES "/sys/bus/cxl/devices"
#define POLICY	"/sys/devices/system/memory/auto_online_blocks"

int attribute_watch_open(void)
{
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* Returns 0, also for what has gone; the errno of a limit of the system. */
static int watch(int fd, const char *path, int *last)
{
	int descriptor = inotify_add_watch(fd, path, IN_CLOSE_WRITE);

	if (descriptor > *last)
		*last = descriptor;
	return descriptor < 0 && (errno == ENOSPC || errno == ENOMEM) ? -errno : 0;
}

static int watch_device(int fd, const char *name, int *last)
{
	char path[128];

	if (snprintf(path, sizeof(path), DEVICES "/%s", name) >= (int)sizeof(path))
		return 0;
	return watch(fd, path, last);
}

static bool is_watched(const char *name)
{
	return strncmp(name, "region", strlen("region")) == 0 ||
	       strncmp(name, "decoder", strlen("decoder")) == 0;
}

int attribute_watch_all(int fd)
{
	_cleanup_folder_ DIR *folder = NULL;
	const char *name;
	int last = 0, next = 0, rc = folder_open(AT_FDCWD, DEVICES, &folder);

	/* Without the CXL core there is nothing to watch. */
	if (rc == -ENOENT)
		rc = 0;
	while (rc == 0 && folder && (next = folder_next(folder, &name)) > 0)
		if (is_watched(name))
			rc = watch_device(fd, name, &last);
	if (rc == 0)
		rc = next;
	if (rc == 0)
		rc = watch(fd, POLICY, &last);
	return rc < 0 ? rc : last;
}

int attribute_watch_add(int fd, const char *path)
{
	const char *name = strrchr(path, '/');
	char whole[PATH_MAX];
	int last = 0, rc;

	if (!name || !is_watched(name + 1) ||
	    snprintf(whole, sizeof(whole), "/sys%s", path) >= (int)sizeof(whole))
		return 0;
	rc = watch(fd, whole, &last);
	return rc < 0 ? rc : last;
}

/* Tells whether @before has @name from index *@at on; both lists are walked in order. */
static bool was_there(const char *name, const char *(*name_of)(const struct topology *, size_t),
		      const struct topology *before, size_t *at)
{
	const char *other;

	while ((other = name_of(before, *at))) {
		if (strcmp(other, name) == 0)
			return true;
		if (topo_name_compare(other, name) > 0)
			return false;
		++*at;
	}
	return false;
}

static const char *decoder_name(const struct topology *topology, size_t index)
{
	return topology && index < topology->decoders.count ? topology->decoders.items[index]->name
							    : NULL;
}

static const char *region_name(const struct topology *topology, size_t index)
{
	return topology && index < topology->regions.count ? topology->regions.items[index]->name
							   : NULL;
}

/* Watches new objects only: a large host has tens of thousands of old ones. */
static int watch_new(int fd, const char *(*name_of)(const struct topology *, size_t),
		     const struct topology *before, const struct topology *topology, int *last)
{
	const char *name;
	size_t at = 0;
	int rc = 0;

	for (size_t i = 0; rc == 0 && (name = name_of(topology, i)); i++)
		if (!was_there(name, name_of, before, &at))
			rc = watch_device(fd, name, last);
	return rc;
}

int attribute_watch_update(int fd, const struct topology *before, const struct topology *topology)
{
	int last = 0;
	int rc = watch_new(fd, decoder_name, before, topology, &last);

	if (rc == 0)
		rc = watch_new(fd, region_name, before, topology, &last);
	if (rc == 0 && !before)
		rc = watch(fd, POLICY, &last);
	return rc < 0 ? rc : last;
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
