/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's own uevents (not udev's: a host without udevd is served as well). The socket is the
 * effect; reading one message is pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum uevent_interest {
	UEVENT_NONE,   /* another subsystem's */
	UEVENT_DEVICE, /* a memory device, port or decoder came, went, or changed hands */
	UEVENT_MEMORY, /* a region, what hangs on it, or a memory block: steps cause these */
};

/** uevent_open() - a non-blocking socket that hears every uevent; the descriptor or negative errno
 */
int uevent_open(void);

/**
 * uevent_interest() - what one message is about
 * @message: "add@/devices/...\0ACTION=add\0...SUBSYSTEM=cxl\0...", @length bytes, untrusted
 */
enum uevent_interest uevent_interest(const char *message, size_t length);

/**
 * uevent_added() - the path of the device of the cxl subsystem that a message says has come
 *
 * Return: "/devices/...", below /sys, within @message; NULL for any other message.
 */
const char *uevent_added(const char *message, size_t length);

/**
 * uevent_needs_driver() - has hardware come that udev may be about to load a driver for?
 *
 * Not when udev itself has the kernel say it once more (Documentation/ABI/testing/sysfs-uevent).
 */
bool uevent_needs_driver(const char *message, size_t length);

/* Whether any of some messages was ... */
struct uevent_heard {
	bool device; /* about a device, or messages were lost */
	bool memory; /* about a region, what hangs on it, or a memory block */
	bool needs_driver;
};

/**
 * uevent_drain() - reads every waiting message
 * @on_added: called for every uevent_added()
 *
 * Return: 0; 1 when messages were lost; negative errno.
 */
int uevent_drain(int fd, void (*on_added)(void *userdata, const char *path), void *userdata,
		 struct uevent_heard *ret_heard);
