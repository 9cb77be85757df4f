/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which changes may run side by side. A lane is what one change at a time may write to: this host,
 * a switch, a device that is being erased. A stage of a change holds the lanes of its steps from
 * its first step to its end, and takes all of them at once: a change that waits for one lane holds
 * no other, so no two changes wait for each other. Values.
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

/** lane_set_meets() - is there a lane in both sets? */
bool lane_set_meets(const struct lane_set *a, const struct lane_set *b);

/** lane_set_equals() - do both sets have the same lanes? */
bool lane_set_equals(const struct lane_set *a, const struct lane_set *b);

struct lane_holder {
	char name[LANE_MAX];
	const void *holder;
};

/* Who holds which lane. */
struct lanes {
	ARRAY(struct lane_holder) list;
};

/** lanes_holder() - another holder than @holder of a lane of @set; NULL when there is none */
const void *lanes_holder(const struct lanes *lanes, const struct lane_set *set, const void *holder);

/**
 * lanes_take() - takes all lanes of @set, or none
 * @holder: any value that stands for the change; may hold some lanes of @set already
 *
 * Return: 0; -EBUSY when another change holds a lane (lanes_holder() tells which); -ENOMEM.
 */
int lanes_take(struct lanes *lanes, const struct lane_set *set, const void *holder);

/** lanes_release() - gives back all lanes of @holder */
void lanes_release(struct lanes *lanes, const void *holder);

void lanes_deinit(struct lanes *lanes);
