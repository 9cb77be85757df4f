// SPDX-License-Identifier: GPL-2.0-only
/*
 * The record of a simulation.
 */
#include "test/sim/sim-trace.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* FNV-1a, 64 bits */
#define HASH_START UINT64_C(0xcbf29ce484222325)
#define HASH_PRIME UINT64_C(0x100000001b3)

void sim_trace_init(struct sim_trace *trace, bool print)
{
	memset(trace, 0, sizeof(*trace));
	trace->print = print;
	trace->hash = HASH_START;
}

void sim_trace_line(struct sim_trace *trace, uint64_t now_ms, const char *format, ...)
{
	char *line = trace->lines[trace->count++ % SIM_TRACE_KEPT];
	va_list arguments;
	int length = snprintf(line, SIM_TRACE_LENGTH, "%8" PRIu64 ".%03" PRIu64 " ", now_ms / 1000,
			      now_ms % 1000);

	va_start(arguments, format);
	(void)vsnprintf(line + length, SIM_TRACE_LENGTH - (size_t)length, format, arguments);
	va_end(arguments);
	for (const char *at = line; *at; at++)
		trace->hash = (trace->hash ^ (unsigned char)*at) * HASH_PRIME;
	if (trace->print)
		(void)puts(line);
}

void sim_trace_print_last(const struct sim_trace *trace)
{
	size_t first = trace->count > SIM_TRACE_KEPT ? trace->count - SIM_TRACE_KEPT : 0;

	for (size_t i = first; i < trace->count; i++)
		(void)puts(trace->lines[i % SIM_TRACE_KEPT]);
}
