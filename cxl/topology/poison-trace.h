/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's trace events of poisoned media as text, and what cxl list makes of them. Pure.
 */
#pragma once

struct json_object;

/**
 * poison_trace_parse() - the poison lists in a trace buffer's text
 * @text: the file `trace`, of which other lines are passed over
 * @memdev: whose
 * @ret_errors: [{"offset", "length", "source", "flags", "overflow_t"}, ...] as of cxl list -L, in
 *	the order of the events; flags and time where there are any. Media of a region also have its
 *	name and their address, {"region", "hpa"}
 *
 * Return: 0 or -ENOMEM.
 */
int poison_trace_parse(const char *text, const char *memdev, struct json_object **ret_errors);
