/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lists of steps written by hand, in the form of plans: tests of the executor and of the fake
 * kernel perform them without a planner.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "cxl/step/host-step.h"

struct sample_region {
	const char *region; /* region0 */
	const char *window; /* decoder0.0 */
	const char *type;   /* "ram", "pmem" */
	const char *uuid;   /* of a pmem region */
	int granularity;
	const char *const *decoders; /* endpoint decoders by position, idle and without a mode */
	size_t ways;
	uint64_t dpa_size;  /* of each decoder */
	const char *dax;    /* dax0.0: up to online memory; NULL: only the region */
	const char *policy; /* the host's policy; "online_movable" is set around the hot-add */
};

/** sample_create_steps() - from nothing to a bound region, and to movable memory; 0 or -ENOMEM */
int sample_create_steps(const struct sample_region *sample, struct step_list *steps,
			struct arena *arena);

/** sample_remove_steps() - the way back, from movable memory when there is a dax; 0 or -ENOMEM */
int sample_remove_steps(const struct sample_region *sample, struct step_list *steps,
			struct arena *arena);
