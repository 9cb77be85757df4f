/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long a change that only waits may keep the host from others. Pure: the clock is a parameter.
 *
 * What makes progress is let through, however long it is; a step that does not end is what counts.
 * The steps of a change, and those that take it back, have a bound each in all.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "change/step-exec.h"

/* In all, while somebody else waits: cxlfmd(8) */
#define PATIENCE_MS 60000
/* A step that ends within this does not count */
#define PATIENCE_STEP_MS 2000

struct patience {
	bool begun;
	enum step_exec_state state;
	size_t at;
	uint64_t counts_from_ms; /* the step under way */
	uint64_t asked_ms;	 /* last */
	uint64_t waited_ms;	 /* for steps that count, in all */
};

#define PATIENCE_NULL ((struct patience){ .begun = false })

/**
 * patience_is_over() - is the step under way to be given up, since others wait?
 * @patience: PATIENCE_NULL at first, and whenever nobody else waits
 * @now_ms: of any clock that only goes forward
 *
 * To be asked again and again, about once a second. What has no way back is left to its end.
 */
bool patience_is_over(struct patience *patience, const struct step_exec *exec, uint64_t now_ms);
