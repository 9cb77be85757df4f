/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Makes the "media_errors" of cxl list out of the kernel's trace events of poisoned media. Pure.
 */
#pragma once

struct json_object;

/**
 * poison_trace_parse() - the poison lists in a trace buffer's text
 * @text: the text of the file `trace`; lines of other events are skipped
 * @memdev: the memdev whose events count
 * @ret_errors: [{"offset", "length", "source", "flags", "overflow_t"}, ...] as in cxl list -L, in
 *	the order of the events; flags and time only if the event has them. Media of a region also
 * have the name of the region and the host address, {"region", "hpa"}
 *
 * Return: 0 or -ENOMEM.
 */
int poison_trace_parse(const char *text, const char *memdev, struct json_object **ret_errors);
