/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's own uevents (not udev's: a host without udevd is served as well). The socket is the
 * effect; reading one message is pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum uevent_interest {
	UEVENT_NONE,   /* of another subsystem */
	UEVENT_DEVICE, /* a memory device, port or decoder came, went, or changed its driver */
	UEVENT_MEMORY, /* a region, its devices, or a memory block: steps cause these */
};

/** uevent_open() - a non-blocking socket for all uevents; the descriptor or negative errno */
int uevent_open(void);

/**
 * uevent_interest() - the kind of one message
 * @message: "add@/devices/...\0ACTION=add\0...SUBSYSTEM=cxl\0...", @length bytes, untrusted
 */
enum uevent_interest uevent_interest(const char *message, size_t length);

/**
 * uevent_added() - the path of a new device of the cxl subsystem
 *
 * Return: "/devices/...", below /sys, within @message; NULL for any other message.
 */
const char *uevent_added(const char *message, size_t length);

/**
 * uevent_needs_driver() - has hardware come for which udev may be about to load a driver?
 *
 * False for an event that udev itself has triggered (Documentation/ABI/testing/sysfs-uevent).
 */
bool uevent_needs_driver(const char *message, size_t length);

/* Events of memory devices; a look shows only their outcome. */
enum uevent_kind {
	UEVENT_UNBOUND, /* its driver was unbound */
	UEVENT_REMOVED, /* the device went, and may be back */
	UEVENT_ERROR,	/* a PCI function entered or left error recovery */
};

struct uevent_news {
	enum uevent_kind kind;
	const char *path; /* of its PCI function, below /sys/devices/, within the message */
	size_t length;	  /* of the path */
};

/**
 * uevent_news() - is a message an event of a memory device?
 * @ret_news: receives the event; UEVENT_ERROR may be of any PCI function
 */
bool uevent_news(const char *message, size_t length, struct uevent_news *ret_news);

/* The receiver of single messages. */
struct uevent_listener {
	/* Called for each message that uevent_added() accepts. */
	void (*on_added)(void *userdata, const char *path);
	/*
	 * Called for each message that uevent_news() accepts; returns whether the event makes
	 * earlier looks out of date.
	 */
	bool (*on_news)(void *userdata, const struct uevent_news *news);
	void *userdata;
};

/* Whether any message was ... */
struct uevent_heard {
	bool device; /* of a device, or about a device; or messages were lost */
	bool memory; /* of a region, its devices, or a memory block */
	bool needs_driver;
};

/**
 * uevent_drain() - reads all pending messages
 *
 * Return: 0; 1 when messages were lost; negative errno.
 */
int uevent_drain(int fd, const struct uevent_listener *listener, struct uevent_heard *ret_heard);
