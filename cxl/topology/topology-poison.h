/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The poisoned media of a memdev. Effect: asks the device by way of the kernel, whose answer comes
 * as trace events. Called by topology-mailbox.c.
 */
#pragma once

struct json_object;

/**
 * topology_read_poison() - the media errors of a memdev, as of cxl list -L
 * @ret_errors: see poison_trace_parse(); NULL when kernel or device do not tell, or there are none
 *
 * Return: 0 or -ENOMEM.
 */
int topology_read_poison(const char *memdev, struct json_object **ret_errors);
