/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Facts that only a memdev itself can tell. Effect: sends commands to the mailbox of the memdev,
 * which takes from milliseconds to seconds. Called by the helper, for one memdev at a time.
 */
#pragma once

#include "util/cleanup.h"

struct json_object;

/* The answers of a memdev. */
struct topology_mailbox;

/**
 * topology_ask_mailbox() - asks a memdev for its health, partitions, alerts, firmware, poison
 * @memdev: the kernel's name, "mem0"
 * @ret_mailbox: the answers, not parsed yet; the caller frees them
 *
 * Return: 0; -ENODEV when there is no such memdev; -ENOMEM; an error of cxl_new().
 */
int topology_ask_mailbox(const char *memdev, struct topology_mailbox **ret_mailbox);

/**
 * topology_mailbox_to_json() - parses the answers; needs no rights and opens no file
 * @ret_mailbox: {"health", "alert_config", "partition_info", "firmware", "media_errors"} with the
 *	keys and units of `cxl list -HAIFL`; a section is absent when the device does not support
 *	its command
 *
 * Return: 0 or -ENOMEM.
 */
int topology_mailbox_to_json(const struct topology_mailbox *mailbox,
			     struct json_object **ret_mailbox);

/** topology_mailbox_free() - accepts NULL */
struct topology_mailbox *topology_mailbox_free(struct topology_mailbox *mailbox);

static inline void cleanup_topology_mailbox(struct topology_mailbox **mailbox)
{
	(void)topology_mailbox_free(*mailbox);
}

#define _cleanup_topology_mailbox_ _cleanup_(cleanup_topology_mailbox)
