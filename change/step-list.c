// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs of steps that are alike, found and spelled out.
 */
#include "change/step-list.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "util/json.h"

static uint64_t number_of(const struct step *step)
{
	return strtoull(step->object + strlen(step->kind->run_prefix), NULL, 10);
}

static bool are_alike(const struct step *a, const struct step *b)
{
	return a->kind == b->kind && a->kind->run_prefix && strcmp(a->of, b->of) == 0 &&
	       strcmp(a->from, b->from) == 0 && strcmp(a->to, b->to) == 0;
}

/* Where the run ends that begins at @begin: the index behind its last step. */
static size_t end_of_run(const struct step_list *steps, size_t begin)
{
	const struct step *first = &steps->list.items[begin], *next = first + 1;
	size_t count = 1;
	uint64_t stride;

	if (begin + 1 == steps->list.count || !are_alike(first, next))
		return begin + 1;
	/* A run goes up by one, or down by one. */
	stride = number_of(next) - number_of(first);
	if (stride != 1 && stride != UINT64_MAX)
		return begin + 1;
	while (begin + count < steps->list.count && are_alike(first, first + count) &&
	       number_of(first + count) == number_of(first) + stride * count)
		count++;
	return begin + count;
}

size_t step_list_run_count(const struct step_list *steps)
{
	size_t count = 0;

	for (size_t i = 0; i < steps->list.count; i = end_of_run(steps, i))
		count++;
	return count;
}

/* ---- to JSON ---- */

static int add_text(struct json_object *object, const struct step *first, const struct step *last)
{
	struct arena arena = ARENA_NULL;
	struct step named = *first;
	const char *text = NULL;

	if (first != last)
		named.object = arena_printf(&arena, "%s to %s", first->object, last->object);
	if (named.object)
		text = step_describe(&named, &arena);
	if (text && json_add_string(object, "text", text))
		text = NULL;
	arena_deinit(&arena);
	return text ? 0 : -ENOMEM;
}

static struct json_object *run_to_json(const struct step *first, const struct step *last,
				       bool is_described)
{
	_cleanup_json_ struct json_object *object = step_to_json(first);

	if (!object || (first != last && json_add_string(object, "last", last->object)) ||
	    (is_described && add_text(object, first, last)))
		return NULL;
	return TAKE_PTR(object);
}

struct json_object *step_list_to_json(const struct step_list *steps, bool is_described)
{
	_cleanup_json_ struct json_object *array = json_object_new_array();
	const struct step *items = steps->list.items;
	size_t end;

	if (!array)
		return NULL;
	for (size_t i = 0; i < steps->list.count; i = end) {
		end = end_of_run(steps, i);
		if (is_described && step_has(&items[i], STEP_GUARD))
			continue;
		if (json_append(array, run_to_json(&items[i], &items[end - 1], is_described)))
			return NULL;
	}
	return TAKE_PTR(array);
}

/* ---- from JSON ---- */

/* The first step of a run, which is an object like any other but for one member. */
static int read_first(struct json_object *run, const struct step_registry *registry,
		      struct arena *arena, struct step *ret_first)
{
	_cleanup_json_ struct json_object *object = json_object_new_object();

	if (!object)
		return -ENOMEM;
	json_object_object_foreach(run, key, value)
	{
		if (!value)
			return -EINVAL;
		if (strcmp(key, "last") != 0 && json_add(object, key, json_object_get(value)))
			return -ENOMEM;
	}
	return step_from_json(object, registry, arena, ret_first);
}

static int append_run(struct step_list *steps, struct arena *arena, const struct step *first,
		      uint64_t last)
{
	const uint64_t begin = number_of(first);
	const uint64_t count = (last > begin ? last - begin : begin - last) + 1;
	int rc = 0;

	if (count < 2 || count > STEP_LIST_MAX - steps->list.count)
		return -EINVAL;
	for (uint64_t i = 0; rc == 0 && i < count; i++) {
		struct step step = *first;

		step.object = arena_printf(arena, "%s%" PRIu64, first->kind->run_prefix,
					   last > begin ? begin + i : begin - i);
		rc = step.object ? ARRAY_APPEND(&steps->list, step) : -ENOMEM;
	}
	return rc;
}

static int read_run(struct json_object *run, const struct step_registry *registry,
		    struct arena *arena, struct step_list *steps)
{
	struct step first, last;
	int rc = read_first(run, registry, arena, &first);

	if (rc < 0)
		return rc;
	last = first;
	if (!first.kind->run_prefix || json_get_string(run, "last", &last.object) < 0 ||
	    step_check(&last) < 0)
		return -EINVAL;
	return append_run(steps, arena, &first, number_of(&last));
}

int step_list_from_json(struct json_object *array, const struct step_registry *registry,
			struct arena *arena, struct step_list *steps)
{
	const size_t count = json_object_array_length(array);
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < count; i++) {
		struct json_object *object = json_object_array_get_idx(array, i);
		struct step step;

		if (steps->list.count >= STEP_LIST_MAX)
			return -EINVAL;
		if (json_object_is_type(object, json_type_object) &&
		    json_object_object_get_ex(object, "last", NULL)) {
			rc = read_run(object, registry, arena, steps);
			continue;
		}
		rc = step_from_json(object, registry, arena, &step);
		if (rc == 0)
			rc = ARRAY_APPEND(&steps->list, step);
	}
	return rc;
}
