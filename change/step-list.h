/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lists of steps as JSON. A terabyte is thousands of memory blocks. Each block has a step of its
 * own, so that a busy block has a name and the blocks before can be put back; but these steps are
 * all alike. So the JSON has one object for each run: steps of a kind with a run_prefix, whose
 * objects have one number after the other, up or down, belong to the same object, and go from the
 * same value to the same value. A run says exactly the same, and its size does not grow with
 * memory. Pure.
 */
#pragma once

#include "change/step.h"

/*
 * Steps that are read from one list. A few words may stand for so many: 64 TiB in the smallest
 * blocks, and hosts of that size have blocks of 2 GiB (probe_memory_block_size() on x86).
 */
#define STEP_LIST_MAX ((size_t)1 << 19)

/**
 * step_list_to_json() - an array of steps as step_to_json() has them; a run as its first step, with
 *	a member "last", the object of its last one
 * @is_described: as the API shows steps: each with a member "text" for people, and those of the way
 *	forward only, without guards
 *
 * Return: a new array; NULL when there is no memory.
 */
struct json_object *step_list_to_json(const struct step_list *steps, bool is_described);

/**
 * step_list_from_json() - reads what step_list_to_json() made; texts are kept in @arena
 *
 * Return: 0; -EINVAL for anything malformed, and for more than STEP_LIST_MAX; -ENOMEM.
 */
int step_list_from_json(struct json_object *array, const struct step_registry *registry,
			struct arena *arena, struct step_list *steps);

/** step_list_run_count() - how many objects step_list_to_json() makes of a list */
size_t step_list_run_count(const struct step_list *steps);
