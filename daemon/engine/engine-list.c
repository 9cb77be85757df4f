// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes as the interface lists them. Reads the engine and the register, and changes nothing.
 */
#include <string.h>

#include "daemon/engine/apply.h"
#include "daemon/engine/engine-internal.h"
#include "util/clock.h"
#include "util/json.h"

static const char *origin_name(enum change_origin origin)
{
	switch (origin) {
	case CHANGE_OF_CLIENT:
		return "client";
	case CHANGE_OF_CLAIM:
		return "claim";
	case CHANGE_OF_RECOVERY:
		break;
	}
	return "recovery";
}

static int add_requester(struct json_object *object, const struct change_record *record)
{
	if (!*record->method)
		return 0;
	if (json_add_int(object, "uid", record->uid) || json_add_int(object, "pid", record->pid) ||
	    json_add_string(object, "method", work_verb(record)) ||
	    (*record->request && json_add_string(object, "request_id", record->request)) ||
	    (record->part_of && json_add_string(object, "part_of", record->part_of->id)) ||
	    (record->kept && json_add_bool(object, "no_wait", true)) ||
	    (record->dry_run && json_add_bool(object, "dry_run", true)))
		return -1;
	return 0;
}

/* The members of all changes; NULL without memory. */
static struct json_object *change_to_json(const struct change_record *record, const char *state,
					  const char *object_name)
{
	_cleanup_json_ struct json_object *object = json_object_new_object();
	const uint64_t now_ms = clock_boot_ms();

	if (!object || json_add_string(object, "id", record->id) ||
	    json_add_string(object, "state", state) ||
	    json_add_string(object, "origin", origin_name(record->origin)) ||
	    add_requester(object, record) ||
	    (object_name && *object_name && json_add_string(object, "object", object_name)) ||
	    json_add_u64(object, "age_ms", now_ms - record->since_ms))
		return NULL;
	return TAKE_PTR(object);
}

static int add_step(struct json_object *object, const struct work *work)
{
	const struct step *step = work_step(work);
	struct arena arena = ARENA_NULL;
	int rc = 0;

	if (step) {
		rc = json_add_int(object, "step", (int64_t)step_exec_number(&work->life.exec));
		if (rc == 0)
			rc = json_add_int(object, "steps",
					  (int64_t)step_exec_count(&work->life.exec));
		if (rc == 0)
			rc = json_add_string(object, "text", step_describe(step, &arena));
	}
	arena_deinit(&arena);
	return rc;
}

static const char *running_state(const struct work *work)
{
	return work_is_going_back(work) ? "undoing" : "running";
}

static struct json_object *running_to_json(const struct work *work)
{
	_cleanup_json_ struct json_object *object =
		change_to_json(work->record, running_state(work), work_object(work));

	if (!object || add_step(object, work) ||
	    (work->is_left_alone && json_add_string(object, "text", work->problem)))
		return NULL;
	return TAKE_PTR(object);
}

static struct json_object *waiting_to_json(const struct work *work)
{
	const struct work *blocker = work_blocker(work);
	_cleanup_json_ struct json_object *object =
		change_to_json(work->record, "waiting", work_object(work));
	struct arena arena = ARENA_NULL;
	int rc = object ? 0 : -1;

	if (rc == 0 && blocker) {
		rc = json_add_string(object, "waits_for", blocker->record->id);
		if (rc == 0)
			rc = json_add_string(object, "text", work_describe(blocker, &arena));
	}
	arena_deinit(&arena);
	return rc ? NULL : TAKE_PTR(object);
}

/* A change that is made of parts, with the part at hand. */
static struct json_object *whole_to_json(const struct change_record *record)
{
	const struct change_part *part = &record->part;
	const char *state = record->state == CHANGE_IS_RUNNING ? "running" : "waiting";
	_cleanup_json_ struct json_object *object = change_to_json(record, state, part->claim);

	if (!object || (part->claim && (json_add_u64(object, "step", part->number) ||
					json_add_u64(object, "steps", part->count))))
		return NULL;
	return TAKE_PTR(object);
}

/* "io.cxlfm.Host.Failed" */
static const char *error_name(const struct change_answer *result)
{
	const char *dot;

	if (!result->text)
		return "System";
	dot = result->error ? strrchr(result->error, '.') : NULL;
	return dot ? dot + 1 : result->error;
}

static struct json_object *ended_to_json(const struct change_record *record)
{
	const struct change_answer *result = &record->result;
	_cleanup_json_ struct json_object *object = change_to_json(record, "ended", record->object);
	const char *reason = result->text ? result->reason : strerror(-result->system_error);

	if (!object || json_add_string(object, "error", error_name(result)) ||
	    json_add_string(object, "text", reason))
		return NULL;
	return TAKE_PTR(object);
}

/* Adds either the changes that wait, or the changes under way. */
static int add_works(struct json_object *array, const struct engine *engine, bool waiting)
{
	for (size_t i = 0; i < engine->works.count; i++) {
		const struct work *work = engine->works.items[i];

		if (work_is_waiting(work) == waiting &&
		    json_append(array, waiting ? waiting_to_json(work) : running_to_json(work)))
			return -1;
	}
	return 0;
}

struct json_object *engine_list(const struct engine *engine)
{
	_cleanup_json_ struct json_object *array = json_object_new_array();

	if (array && (add_works(array, engine, false) || add_works(array, engine, true)))
		return NULL;
	for (size_t i = 0; array && i < engine->applies.count; i++)
		if (apply_record(engine->applies.items[i]) &&
		    json_append(array, whole_to_json(apply_record(engine->applies.items[i]))))
			return NULL;
	for (size_t i = engine->changes.records.count; array && i-- > 0;)
		if (engine->changes.records.items[i]->state == CHANGE_IS_ENDED &&
		    json_append(array, ended_to_json(engine->changes.records.items[i])))
			return NULL;
	return TAKE_PTR(array);
}
