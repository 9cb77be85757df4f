// SPDX-License-Identifier: GPL-2.0-only
/*
 * The outcome of a change as JSON. Pure.
 */
#include "daemon/engine/outcome.h"

#include <errno.h>
#include <string.h>

#include "change/step-exec.h"
#include "change/step-list.h"
#include "util/json.h"
#include "util/refusal.h"

struct json_object *outcome_wrap(struct json_object *outcome)
{
	_cleanup_json_ struct json_object *parameters = json_object_new_object();

	if (!parameters || !outcome) {
		json_object_put(outcome);
		return NULL;
	}
	if (json_add(parameters, "outcome", outcome))
		return NULL;
	return TAKE_PTR(parameters);
}

static struct json_object *wrap_text(const char *key, const char *text)
{
	_cleanup_json_ struct json_object *outcome = json_object_new_object();

	if (!outcome || json_add_string(outcome, key, text))
		return NULL;
	return outcome_wrap(TAKE_PTR(outcome));
}

struct json_object *outcome_id_to_json(const char *change)
{
	return wrap_text("change", change);
}

struct json_object *outcome_system_to_json(int error)
{
	_cleanup_json_ struct json_object *parameters = json_object_new_object();

	if (!parameters || json_add_string(parameters, "origin", "linux") ||
	    json_add_int(parameters, "errno", -error) ||
	    json_add_string(parameters, "errnoName", strerrorname_np(-error)))
		return NULL;
	return TAKE_PTR(parameters);
}

struct json_object *outcome_news_to_json(const struct step_exec *exec, const char *text)
{
	_cleanup_json_ struct json_object *outcome = json_object_new_object();

	if (!outcome || json_add_string(outcome, "text", text) ||
	    json_add_int(outcome, "step", exec ? (int64_t)step_exec_number(exec) : 0) ||
	    json_add_int(outcome, "steps", exec ? (int64_t)step_exec_count(exec) : 0))
		return NULL;
	return outcome_wrap(TAKE_PTR(outcome));
}

struct json_object *outcome_progress_to_json(const struct step_exec *exec, const struct step *step,
					     bool late)
{
	struct arena arena = ARENA_NULL;
	const char *text = step_describe(step, &arena);
	struct json_object *parameters = NULL;

	if (text && late)
		text = arena_printf(&arena, "%s: still waiting for the kernel", text);
	if (text)
		parameters = outcome_news_to_json(exec, text);
	arena_deinit(&arena);
	return parameters;
}

struct json_object *outcome_refusal_to_json(const struct refusal_list *refusals)
{
	_cleanup_json_ struct json_object *parameters = json_object_new_object();

	if (!parameters || json_add(parameters, "refusals", refusal_list_to_json(refusals)))
		return NULL;
	return TAKE_PTR(parameters);
}

struct json_object *outcome_text_to_json(const char *text)
{
	_cleanup_json_ struct json_object *parameters = json_object_new_object();

	if (!parameters || json_add_string(parameters, "text", text))
		return NULL;
	return TAKE_PTR(parameters);
}

struct json_object *outcome_error_to_json(int error)
{
	return outcome_text_to_json(strerror(-error));
}

static struct json_object *leftover_to_json(const struct step_exec *exec)
{
	struct step_list steps = { 0 };
	struct json_object *array = NULL;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < exec->leftover.count; i++)
		rc = ARRAY_APPEND(&steps.list, exec->steps->list.items[exec->leftover.items[i]]);
	if (rc == 0)
		array = step_list_to_json(&steps, true);
	ARRAY_FREE(&steps.list);
	return array;
}

int outcome_add_leftover(struct json_object *parameters, const struct step_exec *exec)
{
	_cleanup_json_ struct json_object *added = leftover_to_json(exec);
	struct json_object *leftover;

	if (!added || json_get_array(parameters, "leftover", &leftover) < 0)
		return -ENOMEM;
	return json_append_all(leftover, added);
}

/* Did an object stay in use? For an admin that is a failure of its own: Busy. */
static bool is_busy(const struct step_exec *exec, const struct step *step)
{
	return step_has(step, STEP_PATIENT) && step_kind_is_nothing(step->kind, step->to) &&
	       (exec->error == -EBUSY || exec->error == -ETIMEDOUT);
}

struct json_object *outcome_failure_to_json(const struct step_exec *exec,
					    const struct refusal_list *refusals,
					    struct json_object *holders)
{
	_cleanup_json_ struct json_object *parameters = outcome_refusal_to_json(refusals);
	const struct step *failed = &exec->steps->list.items[exec->failed_at];

	if (!parameters || json_add(parameters, "step", step_to_described_json(failed)) ||
	    json_add_bool(parameters, "undone", step_exec_outcome(exec) == STEP_EXEC_UNDONE) ||
	    json_add_bool(parameters, "busy", is_busy(exec, failed)) ||
	    json_add(parameters, "leftover", leftover_to_json(exec)))
		return NULL;
	if (holders && json_add(parameters, "holders", json_object_get(holders)))
		return NULL;
	return TAKE_PTR(parameters);
}

/* An error with a text alone gets a refusal with that text. */
static int refuse_by_text(struct json_object *parameters, const char *code)
{
	struct refusal_list refusals = REFUSAL_LIST_NULL;
	const char *text = NULL;
	int rc = 0;

	if (json_object_object_get_ex(parameters, "refusals", NULL))
		return 0;
	(void)json_get_string(parameters, "text", &text);
	if (text)
		rc = refusal_add(&refusals, code, NULL, "see the daemon's log", "%s", text);
	if (rc == 0)
		rc = json_add(parameters, "refusals", refusal_list_to_json(&refusals));
	refusal_list_deinit(&refusals);
	json_object_object_del(parameters, "text");
	return rc;
}

int outcome_half_done(struct json_object *parameters, const char *code)
{
	int rc = refuse_by_text(parameters, code);

	json_object_object_del(parameters, "undone");
	if (rc == 0)
		rc = json_add_bool(parameters, "undone", false);
	if (rc == 0 && !json_object_object_get_ex(parameters, "busy", NULL))
		rc = json_add_bool(parameters, "busy", false);
	if (rc == 0 && !json_object_object_get_ex(parameters, "leftover", NULL))
		rc = json_add(parameters, "leftover", json_object_new_array());
	return rc;
}
