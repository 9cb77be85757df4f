/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The poisoned media of a memdev. Effect: asks the device by way of the kernel, whose answer comes
 * as trace events. Called by topology-mailbox.c.
 */
#pragma once

/**
 * topology_take_poison() - has a memdev tell its media errors
 * @ret_text: for poison_trace_parse(), to be freed; NULL when kernel or device do not tell
 *
 * Return: 0 or -ENOMEM.
 */
int topology_take_poison(const char *memdev, char **ret_text);

/** topology_poison_remove_left() - removes the trace instances of workers that were killed */
void topology_poison_remove_left(const char *instances);
