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

/* What has befallen a memory device, of which a look shows the outcome alone. */
enum uevent_kind {
	UEVENT_UNBOUND, /* its driver was let go */
	UEVENT_REMOVED, /* it went, and perhaps came back */
	UEVENT_ERROR,	/* a PCI function is, or was, in error recovery */
};

struct uevent_news {
	enum uevent_kind kind;
	const char *path; /* of its PCI function, below /sys/devices/, within the message */
	size_t length;	  /* of that */
};

/**
 * uevent_news() - does a message tell what has befallen a memory device?
 * @ret_news: receives what; of UEVENT_ERROR it may be any PCI function
 */
bool uevent_news(const char *message, size_t length, struct uevent_news *ret_news);

/* Who is told of single messages. */
struct uevent_listener {
	/* Of every uevent_added(). */
	void (*on_added)(void *userdata, const char *path);
	/* Of all uevent_news(); returns whether it makes what was seen before out of date. */
	bool (*on_news)(void *userdata, const struct uevent_news *news);
	void *userdata;
};

/* Whether any of some messages was ... */
struct uevent_heard {
	bool device; /* about a device or news of one, or messages were lost */
	bool memory; /* about a region, what hangs on it, or a memory block */
	bool needs_driver;
};

/**
 * uevent_drain() - reads every waiting message
 *
 * Return: 0; 1 when messages were lost; negative errno.
 */
int uevent_drain(int fd, const struct uevent_listener *listener, struct uevent_heard *ret_heard);
