// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sets of lanes, and the holder of each lane. Pure.
 */
#include "change/lanes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The index of a name, or the index where the name belongs. */
static size_t place_of(const struct lane_set *set, const char *name)
{
	size_t place = 0;

	while (place < set->count && strcmp(set->names[place], name) < 0)
		place++;
	return place;
}

static bool has(const struct lane_set *set, const char *name)
{
	const size_t place = place_of(set, name);

	return place < set->count && strcmp(set->names[place], name) == 0;
}

int lane_set_add(struct lane_set *set, const char *name)
{
	const size_t place = place_of(set, name);

	if (*name == '\0' || strlen(name) >= LANE_MAX)
		return -EINVAL;
	if (has(set, name))
		return 0;
	if (set->count == LANES_OF_STAGE_MAX)
		return -E2BIG;
	memmove(set->names[place + 1], set->names[place], (set->count - place) * LANE_MAX);
	(void)snprintf(set->names[place], LANE_MAX, "%s", name);
	set->count++;
	return 0;
}

int lane_set_add_steps(struct lane_set *set, const struct step_list *steps)
{
	const struct step_kind *last = NULL;
	char name[LANE_MAX];
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < steps->list.count; i++) {
		const struct step *step = &steps->list.items[i];

		/* There may be a hundred thousand steps of a kind. */
		if (step->kind == last && !step->kind->lane_of)
			continue;
		last = step->kind;
		step_lane(step, name);
		if (*name)
			rc = lane_set_add(set, name);
	}
	return rc;
}

bool lane_set_meets(const struct lane_set *a, const struct lane_set *b)
{
	for (size_t i = 0; i < a->count; i++)
		if (has(b, a->names[i]))
			return true;
	return false;
}

bool lane_set_equals(const struct lane_set *a, const struct lane_set *b)
{
	for (size_t i = 0; i < a->count; i++)
		if (!has(b, a->names[i]))
			return false;
	return a->count == b->count;
}

static const struct lane_holder *find(const struct lanes *lanes, const char *name)
{
	for (size_t i = 0; i < lanes->list.count; i++)
		if (strcmp(lanes->list.items[i].name, name) == 0)
			return &lanes->list.items[i];
	return NULL;
}

const void *lanes_holder(const struct lanes *lanes, const struct lane_set *set, const void *holder)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct lane_holder *found = find(lanes, set->names[i]);

		if (found && found->holder != holder)
			return found->holder;
	}
	return NULL;
}

/* Keeps the first @count lanes. */
static void keep(struct lanes *lanes, size_t count)
{
	lanes->list.count = count;
	if (count == 0)
		ARRAY_FREE(&lanes->list);
}

int lanes_take(struct lanes *lanes, const struct lane_set *set, const void *holder)
{
	const size_t before = lanes->list.count;
	int rc = lanes_holder(lanes, set, holder) ? -EBUSY : 0;

	for (size_t i = 0; rc == 0 && i < set->count; i++) {
		struct lane_holder taken = { .holder = holder };

		(void)snprintf(taken.name, sizeof(taken.name), "%s", set->names[i]);
		if (!find(lanes, taken.name))
			rc = ARRAY_APPEND(&lanes->list, taken);
	}
	if (rc == -ENOMEM)
		keep(lanes, before);
	return rc;
}

void lanes_release(struct lanes *lanes, const void *holder)
{
	size_t kept = 0;

	for (size_t i = 0; i < lanes->list.count; i++)
		if (lanes->list.items[i].holder != holder)
			lanes->list.items[kept++] = lanes->list.items[i];
	keep(lanes, kept);
}

void lanes_deinit(struct lanes *lanes)
{
	ARRAY_FREE(&lanes->list);
}
