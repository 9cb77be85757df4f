/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The events of a simulation, line by line: hashed, the last lines kept, and printed on demand. Two
 * runs of one seed have the same hash.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_TRACE_KEPT	 80
#define SIM_TRACE_LENGTH 200

struct sim_trace {
	bool print;
	uint64_t hash;
	size_t count; /* of all lines so far */
	char lines[SIM_TRACE_KEPT][SIM_TRACE_LENGTH];
};

void sim_trace_init(struct sim_trace *trace, bool print);

void sim_trace_line(struct sim_trace *trace, uint64_t now_ms, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** sim_trace_print_last() - the lines kept, to standard output */
void sim_trace_print_last(const struct sim_trace *trace);
