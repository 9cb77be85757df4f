/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The poisoned media of a memdev. Effect: has the kernel ask the device; the kernel answers with
 * trace events. Called by topology-mailbox.c.
 */
#pragma once

/**
 * topology_take_poison() - asks a memdev for its media errors
 * @ret_text: the input of poison_trace_parse(), which the caller frees; NULL when the kernel or the
 * device does not support the command
 *
 * Return: 0 or -ENOMEM.
 */
int topology_take_poison(const char *memdev, char **ret_text);

/** topology_poison_remove_left() - removes the trace instances of workers that were killed */
void topology_poison_remove_left(const char *instances);
