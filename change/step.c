// SPDX-License-Identifier: GPL-2.0-only
/*
 * Steps as values: what takes a step back, JSON, one line for people. Pure. Planners make steps,
 * performers check them here before they touch anything.
 */
#include "change/step.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "util/cleanup.h"
#include "util/json.h"
#include "util/size.h"

bool step_is_expectation(const struct step *step)
{
	return strcmp(step->from, step->to) == 0;
}

struct step step_inverse(const struct step *step)
{
	struct step inverse = *step;

	if (step->kind->inverse)
		inverse.kind = step->kind->inverse(step);
	inverse.from = step->to;
	inverse.to = step->from;
	return inverse;
}

int step_check(const struct step *step)
{
	if (!step->kind || !step->object || !step->of || !step->from || !step->to)
		return -EINVAL;
	return step->kind->is_well_formed(step) ? 0 : -EINVAL;
}

static bool is_same_performer(const struct step *a, const struct step *b)
{
	const char *one = a->kind->performer, *other = b->kind->performer;

	return one == other || (one && other && strcmp(one, other) == 0);
}

const struct step *step_list_check(const struct step_list *steps)
{
	for (size_t i = 0; i < steps->list.count; i++)
		if (step_check(&steps->list.items[i]) < 0 ||
		    !is_same_performer(&steps->list.items[0], &steps->list.items[i]))
			return &steps->list.items[i];
	return NULL;
}

bool step_list_lasts(const struct step_list *steps)
{
	for (size_t i = 0; i < steps->list.count; i++)
		if (step_has(&steps->list.items[i], STEP_LASTING))
			return true;
	return false;
}

unsigned int step_list_late_ms(const struct step_list *steps)
{
	unsigned int late_ms = 0;

	for (size_t i = 0; i < steps->list.count; i++)
		if (steps->list.items[i].kind->late_ms > late_ms)
			late_ms = steps->list.items[i].kind->late_ms;
	return late_ms;
}

const char *step_list_performer(const struct step_list *steps)
{
	return steps->list.count ? steps->list.items[0].kind->performer : NULL;
}

struct json_object *step_to_json(const struct step *step)
{
	_cleanup_json_ struct json_object *object = json_object_new_object();

	if (!object || json_add_string(object, "kind", step->kind->name) ||
	    json_add_string(object, "object", step->object) ||
	    json_add_string(object, "of", step->of) ||
	    json_add_string(object, "from", step->from) || json_add_string(object, "to", step->to))
		return NULL;
	return TAKE_PTR(object);
}

static int step_copy(const struct step *step, struct arena *arena, struct step *ret_step)
{
	struct step copy = *step;

	copy.object = arena_strdup(arena, step->object);
	/* Nearly all steps have an empty `of`, which needs no copy. */
	copy.of = *step->of ? arena_strdup(arena, step->of) : "";
	copy.from = arena_strdup(arena, step->from);
	copy.to = arena_strdup(arena, step->to);
	if (!copy.object || !copy.of || !copy.from || !copy.to)
		return -ENOMEM;
	*ret_step = copy;
	return 0;
}

int step_from_json(struct json_object *object, const struct step_registry *registry,
		   struct arena *arena, struct step *ret_step)
{
	struct step step = { 0 };
	const char *kind;
	int rc;

	if (!json_object_is_type(object, json_type_object) ||
	    json_object_object_length(object) != 5)
		return -EINVAL;
	if (json_get_text(object, "kind", &kind) < 0 ||
	    json_get_text(object, "object", &step.object) < 0 ||
	    json_get_text(object, "of", &step.of) < 0 ||
	    json_get_text(object, "from", &step.from) < 0 ||
	    json_get_text(object, "to", &step.to) < 0)
		return -EINVAL;
	step.kind = step_kind_find(registry, kind);
	rc = step_check(&step);
	if (rc < 0)
		return rc;
	return step_copy(&step, arena, ret_step);
}

/* Shows byte counts in units, and an absent value by a word. */
static const char *shown(const struct step *step, const char *value,
			 char text[static SIZE_TEXT_MAX])
{
	uint64_t bytes;

	if (!*value)
		return "none";
	if (step_has(step, STEP_BYTES) && size_parse(value, &bytes) == 0)
		return size_format(bytes, text);
	return value;
}

const char *step_describe(const struct step *step, struct arena *arena)
{
	char from_text[SIZE_TEXT_MAX], to_text[SIZE_TEXT_MAX];
	const char *from = shown(step, step->from, from_text);
	const char *to = shown(step, step->to, to_text);
	const size_t length = strcspn(step->object, "/");
	const char *label = step->kind->label;

	if (!label)
		label = step->object[length] ? step->object + length + 1 : step->kind->name;
	return arena_printf(arena, "%.*s: %s %s -> %s", (int)length, step->object, label, from, to);
}

struct json_object *step_to_described_json(const struct step *step)
{
	_cleanup_json_ struct json_object *object = step_to_json(step);
	struct arena arena = ARENA_NULL;
	const char *text = step_describe(step, &arena);
	int rc = object && text ? json_add_string(object, "text", text) : -ENOMEM;

	arena_deinit(&arena);
	return rc ? NULL : TAKE_PTR(object);
}

int step_append(struct step_list *steps, struct arena *arena, const struct step *step)
{
	struct step copy;
	int rc = step_copy(step, arena, &copy);

	if (rc < 0)
		return rc;
	return ARRAY_APPEND(&steps->list, copy);
}
