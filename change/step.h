/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A step: one value of one object goes from one text to another. Its inverse is the same step with
 * the values swapped. Every effect that cxlfm has is such a step, whatever the verb: a plan is a
 * list of steps, a performer carries out one step at a time and reads the value back, the executor
 * undoes steps in reverse, and recovery compares the present value with `from` and `to`.
 *
 * The kind says what an object is, and which values it has (step-kind.h); the kinds of this host
 * are in cxl/step/host-step.h. Values.
 *
 * Performing a step is idempotent and safe against others' hands:
 *	value == to	nothing to do
 *	value == from	write, read back
 *	anything else	-ESTALE: somebody changed it; nothing is written
 *
 * A step with equal values is an expectation: the step only proves that nobody changed the value.
 * The steps that remove a region have expectations right before the deletion: another region of
 * that name, which somebody has just made, differs in one of the values.
 */
#pragma once

#include <stdbool.h>

#include "change/step-kind.h"
#include "util/arena.h"
#include "util/array.h"

struct json_object;

struct step {
	const struct step_kind *kind;
	const char *object; /* the performer's name for the object */
	/* What the object still has to belong to, checked before anything else; "": nothing. */
	const char *of;
	const char *from, *to;
};

struct step_list {
	ARRAY(struct step) list;
};

/** step_is_expectation() - whether a step changes nothing */
bool step_is_expectation(const struct step *step);

/** step_inverse() - the step that takes @step back; its texts are @step's own */
struct step step_inverse(const struct step *step);

/**
 * step_check() - whether a step has a kind, and is well-formed as the kind has it
 *
 * Return: 0 or -EINVAL.
 */
int step_check(const struct step *step);

/**
 * step_list_check() - whether a stage may consist of these steps
 *
 * Return: the first of @steps that is not well-formed, or has another performer than the first
 *	step; NULL: there is no such step. When there is such a step, no step may be begun.
 */
const struct step *step_list_check(const struct step_list *steps);

/** step_list_lasts() - does the effect of @steps survive a reboot of this host? */
bool step_list_lasts(const struct step_list *steps);

/** step_list_late_ms() - how long after its sender's death a step can come into effect */
unsigned int step_list_late_ms(const struct step_list *steps);

/** step_list_performer() - the performer of steps that step_list_check() accepts; NULL: no name */
const char *step_list_performer(const struct step_list *steps);

/** step_to_json() - {"kind", "object", "of", "from", "to"}; NULL when there is no memory */
struct json_object *step_to_json(const struct step *step);

/**
 * step_from_json() - reads a step that step_to_json() wrote; the texts are copied to @arena
 * @registry: the kinds that the step may have; outlives the step
 *
 * Return: 0; -EINVAL for anything malformed, including what step_check() refuses; -ENOMEM.
 */
int step_from_json(struct json_object *object, const struct step_registry *registry,
		   struct arena *arena, struct step *ret_step);

/** step_describe() - one line for people: "region0: size 0 -> 512M"; in @arena */
const char *step_describe(const struct step *step, struct arena *arena);

/** step_to_described_json() - step_to_json() with a member "text" for people, as the API shows
 * steps */
struct json_object *step_to_described_json(const struct step *step);

/** step_append() - appends a step whose texts are copied to @arena; 0 or -ENOMEM */
int step_append(struct step_list *steps, struct arena *arena, const struct step *step);
