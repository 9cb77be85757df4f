/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A state that is too large for one call is compared in parts. Each part covers a range of names,
 * and the changes that the parts answer are put in order again. Pure. Called by cmd-state.c.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct json_object;

/** state_parts_needed() - is the state too large for one call? */
bool state_parts_needed(struct json_object *claims);

/**
 * state_parts_sort() - puts the claims in the order of names, in place
 * @ret_nameless: the index of a claim without a name, which fits into no part
 *
 * Return: true if all claims have names.
 */
bool state_parts_sort(struct json_object *claims, size_t *ret_nameless);

/**
 * state_parts_next() - the parameters of DiffState for the part that begins at *@at
 * @claims: in the order of names
 * @at: receives the index at which the next part begins; behind the last part the number of claims
 *
 * Claims of one name are never in two parts. A claim that is too large by itself is a part.
 *
 * Return: a new object, or NULL when there is no memory.
 */
struct json_object *state_parts_next(struct json_object *claims, size_t *at);

/** state_parts_order() - puts the changes of all parts in the order in which they are to be made */
void state_parts_order(struct json_object *changes);
