/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Notices writes to attributes of CXL decoders and regions. The kernel sends no uevent for such
 * writes (a size, a target, a DPA reservation), but a write(2) to a sysfs file is an inotify event
 * like any other.
 */
#pragma once

#include <stdbool.h>

struct topology;

/** attribute_watch_open() - a non-blocking inotify descriptor, or negative errno */
int attribute_watch_open(void);

/**
 * attribute_watch_all() - watches all existing objects, before the first look
 *
 * Return: the highest watch descriptor; negative errno when not all can be watched.
 */
int attribute_watch_all(int fd);

/**
 * attribute_watch_update() - watches every decoder and region of @topology, and the online policy
 * @before: the objects that are watched already, together with those that
 *	attribute_watch_add() got since; or NULL
 *
 * A second watch is harmless, and the kernel drops the watches of objects that go. Objects that
 * have gone again are left out: their uevent has the host looked at.
 *
 * Return: the highest new watch descriptor; -ENOSPC (fs.inotify.max_user_watches) or -ENOMEM when
 * not all can be watched, so that nobody can tell whether @topology is out of date. The kernel
 *	counts descriptors upwards, so a higher descriptor than before means that an object was not
 *	watched until now: @topology may have missed writes to that object.
 */
int attribute_watch_update(int fd, const struct topology *before, const struct topology *topology);

/**
 * attribute_watch_add() - watches a new decoder or region before anybody can have looked at it
 * @path: of its directory below /sys; other kinds of devices are ignored
 *
 * Return: the watch descriptor, 0 if there is none; otherwise as above.
 */
int attribute_watch_add(int fd, const char *path);

/** attribute_watch_drain() - reads all pending events; true if any of them was a write */
bool attribute_watch_drain(int fd);
