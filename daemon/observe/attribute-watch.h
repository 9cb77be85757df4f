/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hears when somebody writes an attribute of a CXL decoder or region. The kernel sends no uevent
 * for those (a size, a target, a DPA reservation), but a write(2) to a sysfs file is an inotify
 * event like any other.
 */
#pragma once

#include <stdbool.h>

struct topology;

/** attribute_watch_open() - a non-blocking inotify descriptor, or negative errno */
int attribute_watch_open(void);

/**
 * attribute_watch_all() - watches what is there, before anybody looks at it
 *
 * Return: the highest watch descriptor.
 */
int attribute_watch_all(int fd);

/**
 * attribute_watch_update() - watches every decoder and region of @topology, and the online policy
 * @before: what is watched already, as attribute_watch_add() was told of all that came since; or
 *	NULL
 *
 * Watching twice is harmless, and the kernel drops the watches of what has gone. Objects that can't
 * be watched (gone again, limit reached) are left out: they are seen at the next uevent.
 *
 * Return: the highest new watch descriptor. The kernel counts them upwards, so one that is higher
 *than before says that something was not watched until now: @topology may have missed writes to it.
 */
int attribute_watch_update(int fd, const struct topology *before, const struct topology *topology);

/**
 * attribute_watch_add() - watches a new decoder or region before anybody can have looked at it
 * @path: of its directory below /sys; one of another kind of device is left alone
 *
 * Return: the watch descriptor, 0 if there is none.
 */
int attribute_watch_add(int fd, const char *path);

/** attribute_watch_drain() - reads every waiting event; whether any was a write */
bool attribute_watch_drain(int fd);
