/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What only a memdev itself can tell. Effect: sends commands to its mailbox, which takes from
 * milliseconds to seconds. Called by the helper, for one memdev at a time.
 */
#pragma once

struct json_object;

/**
 * topology_read_mailbox() - asks a memdev for its health, partitions, alerts, firmware, poison
 * @memdev: the kernel's name, "mem0"
 * @ret_mailbox: {"health", "alert_config", "partition_info", "firmware", "media_errors"} with the
 *	keys and units of `cxl list -HAIFL`; a section is absent when the device does not support
 *its command
 *
 * Return: 0; -ENODEV when there is no such memdev; -ENOMEM; what cxl_new() returns.
 */
int topology_read_mailbox(const char *memdev, struct json_object **ret_mailbox);
