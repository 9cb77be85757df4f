/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What may run beside what. A lane is what one change at a time may write to: this host, a switch,
 * a device that is being erased. A stage of a change holds the lanes of its steps from its first
 * step to its end, and takes all of them at once: a change that waits for one lane holds no other,
 * so no two changes wait for each other. Values.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "change/step.h"

/* A switch, its host, and the devices on both sides of a bind */
#define LANES_OF_STAGE_MAX 8

/* Lanes in the order of their names, each once. */
struct lane_set {
	char names[LANES_OF_STAGE_MAX][LANE_MAX];
	size_t count;
};

/** lane_set_add() - 0; -E2BIG when a stage would have more than it may; -EINVAL for no name */
int lane_set_add(struct lane_set *set, const char *name);

/** lane_set_add_steps() - the lanes of all of @steps; as lane_set_add() */
int lane_set_add_steps(struct lane_set *set, const struct step_list *steps);

/** lane_set_meets() - is there a lane that both have? */
bool lane_set_meets(const struct lane_set *a, const struct lane_set *b);

/** lane_set_equals() - do both have the same lanes? */
bool lane_set_equals(const struct lane_set *a, const struct lane_set *b);

struct lane_holder {
	char name[LANE_MAX];
	const void *holder;
};

/* Who holds which lane. */
struct lanes {
	ARRAY(struct lane_holder) list;
};

/** lanes_holder() - who holds a lane of @set that is not @holder; NULL when nobody else does */
const void *lanes_holder(const struct lanes *lanes, const struct lane_set *set, const void *holder);

/**
 * lanes_take() - all lanes of @set, or none of them
 * @holder: any value that stands for the change; may hold some of them already
 *
 * Return: 0; -EBUSY when somebody else holds one (lanes_holder() tells who); -ENOMEM.
 */
int lanes_take(struct lanes *lanes, const struct lane_set *set, const void *holder);

/** lanes_release() - whatever @holder holds */
void lanes_release(struct lanes *lanes, const void *holder);

void lanes_deinit(struct lanes *lanes);
