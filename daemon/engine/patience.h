/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long a change that only waits may keep the host from others. Pure: the clock is a parameter.
 *
 * A change that makes progress is let through, however long it takes; only steps that do not end
 * count. The steps forward have a bound for their sum, and so have the steps back.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "change/step-exec.h"

/* The bound of the sum, while another change waits: cxlfmd(8) */
#define PATIENCE_MS 60000
/* A step that ends within this time does not count. */
#define PATIENCE_STEP_MS 2000

struct patience {
	bool begun;
	enum step_exec_state state;
	size_t at;
	uint64_t counts_from_ms; /* the step under way */
	uint64_t asked_ms;	 /* the time of the last patience_is_over() */
	uint64_t waited_ms;	 /* for steps that count, in all */
};

#define PATIENCE_NULL ((struct patience){ .begun = false })

/**
 * patience_is_over() - is the step under way to be given up, since others wait?
 * @patience: PATIENCE_NULL at first, and whenever nobody else waits
 * @now_ms: of any clock that only goes forward
 *
 * To be called about once a second. A change without a way back goes on to its end.
 */
bool patience_is_over(struct patience *patience, const struct step_exec *exec, uint64_t now_ms);
