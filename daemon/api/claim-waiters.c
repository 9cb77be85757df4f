// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls that wait for claims. claim/claim-table.c decides whether a claim holds a condition.
 */
#include "daemon/api/claim-waiters.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/engine/outcome.h"
#include "daemon/process/turn-source.h"
#include "daemon/varlink/varlink-server.h"
#include "util/json.h"

/* The number of unknown names in an answer; the answer tells only the count of the others. */
#define UNKNOWN_TOLD_MAX 64

#define TIMEOUT_MS_MAX ((int64_t)24 * 3600 * 1000)

struct claim_waiter {
	struct claim_waiters *waiters;
	struct varlink_call *call;
	enum claim_condition condition;
	ARRAY(char *) names;	/* each name once; none: all claims */
	sd_event_source *timer; /* NULL: the call waits without a limit */
	size_t missing; /* the index of a claim that did not hold the condition at the last check */
	bool holds;	/* all claims held the condition: an answer is due */
};

struct claim_waiters {
	sd_event *event;
	const struct claim_table *claims;
	ARRAY(struct claim_waiter *) waiting;
	sd_event_source *answering; /* on while answers are due */
	bool begun;
	const char *problem; /* the reason why the claims are unknown */
};

static struct claim_waiter *waiter_free(struct claim_waiter *waiter)
{
	varlink_call_on_close(waiter->call, NULL, NULL);
	(void)varlink_call_unref(waiter->call);
	(void)sd_event_source_disable_unref(waiter->timer);
	for (size_t i = 0; i < waiter->names.count; i++)
		free(waiter->names.items[i]);
	ARRAY_FREE(&waiter->names);
	free(waiter);
	return NULL;
}

static int on_answering(sd_event_source *source, int fd, uint32_t revents, void *userdata);

int claim_waiters_new(sd_event *event, const struct claim_table *claims,
		      struct claim_waiters **ret_waiters)
{
	struct claim_waiters *waiters = calloc(1, sizeof(*waiters));
	int rc;

	if (!waiters)
		return -ENOMEM;
	*waiters = (struct claim_waiters){ .event = sd_event_ref(event), .claims = claims };
	rc = turn_source_add(event, &waiters->answering, on_answering, waiters);
	if (rc < 0) {
		(void)claim_waiters_free(waiters);
		return rc;
	}
	*ret_waiters = waiters;
	return 0;
}

struct claim_waiters *claim_waiters_free(struct claim_waiters *waiters)
{
	if (!waiters)
		return NULL;
	for (size_t i = 0; i < waiters->waiting.count; i++)
		(void)waiter_free(waiters->waiting.items[i]);
	ARRAY_FREE(&waiters->waiting);
	(void)sd_event_source_disable_unref(waiters->answering);
	(void)sd_event_unref(waiters->event);
	free(waiters);
	return NULL;
}

/* Ends a call that was answered, or whose client has gone. */
static void leave(struct claim_waiter *waiter)
{
	struct claim_waiters *waiters = waiter->waiters;
	size_t kept = 0;

	for (size_t i = 0; i < waiters->waiting.count; i++)
		if (waiters->waiting.items[i] != waiter)
			waiters->waiting.items[kept++] = waiters->waiting.items[i];
	waiters->waiting.count = kept;
	if (kept == 0)
		ARRAY_FREE(&waiters->waiting);
	(void)waiter_free(waiter);
}

/* ---- the claims of a call ---- */

static size_t count_of(const struct claim_waiter *waiter)
{
	return waiter->names.count ? waiter->names.count : waiter->waiters->claims->records.count;
}

/* The claim at an index below count_of(); NULL when no claim has the name. */
static const struct claim_record *record_at(const struct claim_waiter *waiter, size_t index)
{
	const struct claim_table *claims = waiter->waiters->claims;

	return waiter->names.count ? claim_table_find(claims, waiter->names.items[index])
				   : claims->records.items[index];
}

static bool holds_at(const struct claim_waiter *waiter, size_t index)
{
	const struct claim_record *record = record_at(waiter, index);

	return record && claim_record_holds(record, waiter->condition);
}

/*
 * Checks the claim that was missing first, because it is most likely missing still: the check of a
 * waiting call is cheap.
 */
static bool all_hold(struct claim_waiter *waiter)
{
	if (waiter->missing < count_of(waiter) && !holds_at(waiter, waiter->missing))
		return false;
	for (size_t i = 0; i < count_of(waiter); i++)
		if (!holds_at(waiter, i)) {
			waiter->missing = i;
			return false;
		}
	return true;
}

/* ---- answers ---- */

/* @parameters: NULL without memory */
static void answer_error(struct claim_waiter *waiter, const char *error,
			 struct json_object *parameters)
{
	if (parameters)
		(void)varlink_call_error(waiter->call, error, parameters);
	else
		(void)varlink_call_error_errno(waiter->call, ENOMEM);
	leave(waiter);
}

static void answer_refused(struct claim_waiter *waiter, const struct refusal_list *problems)
{
	_cleanup_json_ struct json_object *parameters = outcome_refusal_to_json(problems);

	answer_error(waiter, "io.cxlfm.Host.Refused", parameters);
}

static void answer_unknown(struct claim_waiter *waiter, const char *problem)
{
	_cleanup_json_ struct json_object *parameters = outcome_text_to_json(problem);

	answer_error(waiter, "io.cxlfm.Host.StoreFailed", parameters);
}

static struct json_object *records_to_json(const struct claim_waiter *waiter)
{
	_cleanup_json_ struct json_object *array = json_object_new_array();

	for (size_t i = 0; array && i < count_of(waiter); i++)
		if (json_append(array, claim_record_to_json(record_at(waiter, i))))
			return NULL;
	return TAKE_PTR(array);
}

static void answer_done(struct claim_waiter *waiter)
{
	_cleanup_json_ struct json_object *reply = json_object_new_object();

	if (reply && json_add(reply, "claims", records_to_json(waiter)) == 0)
		(void)varlink_call_reply(waiter->call, reply);
	else
		(void)varlink_call_error_errno(waiter->call, ENOMEM);
	leave(waiter);
}

/* ---- checks ---- */

static int refuse_unknown(const struct claim_waiter *waiter, size_t index,
			  struct refusal_list *problems)
{
	return claim_refuse(problems, "unknown-claim", waiter->names.items[index],
			    "`cxlfm list --claims` shows them", "there is no claim of this name");
}

/* Refuses names that no claim has. */
static int find_unknown(const struct claim_waiter *waiter, struct refusal_list *problems)
{
	size_t count = 0;
	int rc = 0;

	for (size_t i = 0; i < waiter->names.count && rc >= 0; i++)
		if (!record_at(waiter, i) && count++ < UNKNOWN_TOLD_MAX)
			rc = refuse_unknown(waiter, i, problems);
	if (rc >= 0 && count > UNKNOWN_TOLD_MAX)
		rc = claim_refuse(
			problems, "unknown-claim", NULL, "`cxlfm list --claims` shows them",
			"%zu other names are not claims, either", count - UNKNOWN_TOLD_MAX);
	return rc;
}

/* Answers take time, so each has a turn of the loop of its own. */
static void check_holds(struct claim_waiter *waiter)
{
	waiter->holds = all_hold(waiter);
	if (waiter->holds)
		(void)sd_event_source_set_enabled(waiter->waiters->answering, SD_EVENT_ON);
}

/* Checks once more: a condition that held at the check may not hold now. */
static int on_answering(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct claim_waiters *waiters = userdata;

	for (size_t i = 0; i < waiters->waiting.count; i++) {
		struct claim_waiter *waiter = waiters->waiting.items[i];

		if (!waiter->holds)
			continue;
		waiter->holds = all_hold(waiter);
		if (!waiter->holds)
			continue;
		answer_done(waiter);
		return 0;
	}
	return sd_event_source_set_enabled(source, SD_EVENT_OFF);
}

/* Checks a new call: its claims exist now, and claim_waiters_end() tells it of their ends. */
static void check_new(struct claim_waiter *waiter)
{
	struct refusal_list problems = REFUSAL_LIST_NULL;
	int rc = find_unknown(waiter, &problems);

	if (waiter->waiters->problem)
		answer_unknown(waiter, waiter->waiters->problem);
	else if (rc < 0)
		answer_error(waiter, NULL, NULL);
	else if (rc)
		answer_refused(waiter, &problems);
	else
		check_holds(waiter);
	refusal_list_deinit(&problems);
}

void claim_waiters_check(struct claim_waiters *waiters)
{
	for (size_t i = 0; waiters->begun && i < waiters->waiting.count; i++)
		check_holds(waiters->waiting.items[i]);
}

void claim_waiters_begin(struct claim_waiters *waiters, const char *problem)
{
	waiters->begun = true;
	waiters->problem = problem;
	/* From the last call on, because a call that is answered leaves the list. */
	for (size_t i = waiters->waiting.count; i-- > 0;)
		check_new(waiters->waiting.items[i]);
}

static bool has_named(const struct claim_waiter *waiter, const char *claim)
{
	for (size_t i = 0; i < waiter->names.count; i++)
		if (strcmp(waiter->names.items[i], claim) == 0)
			return true;
	return false;
}

static int refuse_ended(const char *claim, struct refusal_list *problems)
{
	return claim_refuse(problems, "claim-ended", claim, NULL,
			    "the claim has ended during the wait");
}

void claim_waiters_end(struct claim_waiters *waiters, const char *claim)
{
	for (size_t i = waiters->waiting.count; i-- > 0;) {
		struct claim_waiter *waiter = waiters->waiting.items[i];
		struct refusal_list problems = REFUSAL_LIST_NULL;

		if (!has_named(waiter, claim))
			continue;
		if (refuse_ended(claim, &problems) < 0)
			answer_error(waiter, NULL, NULL);
		else
			answer_refused(waiter, &problems);
		refusal_list_deinit(&problems);
	}
}

/* ---- timeouts ---- */

/* Adds the reason why a claim is not mended: more time would not have helped. */
static int add_stall(const struct claim_record *record, struct json_object *object)
{
	const struct claim_state *stalled = &record->sight.states[CLAIM_STALLED];

	if (!claim_record_holds(record, CLAIM_STALLED))
		return 0;
	return json_add_string(object, "stalled", stalled->text ? stalled->text : stalled->reason);
}

static struct json_object *missed_to_json(const struct claim_waiter *waiter, const char *name,
					  const struct claim_record *record)
{
	_cleanup_json_ struct json_object *object = json_object_new_object();

	if (!object || json_add_string(object, "name", name))
		return NULL;
	if (record && (claim_record_add_condition(record, waiter->condition, object) ||
		       add_stall(record, object)))
		return NULL;
	return TAKE_PTR(object);
}

static struct json_object *all_missed_to_json(const struct claim_waiter *waiter)
{
	_cleanup_json_ struct json_object *array = json_object_new_array();

	for (size_t i = 0; array && i < count_of(waiter); i++) {
		const struct claim_record *record = record_at(waiter, i);
		const char *name = record ? record->claim.name : waiter->names.items[i];

		if (record && claim_record_holds(record, waiter->condition))
			continue;
		if (json_append(array, missed_to_json(waiter, name, record)))
			return NULL;
	}
	return TAKE_PTR(array);
}

static int on_time(sd_event_source *source, uint64_t usec, void *userdata)
{
	_cleanup_json_ struct json_object *parameters = NULL;
	struct claim_waiter *waiter = userdata;

	/* The condition holds, and the answer waits for its turn. */
	if (waiter->holds) {
		answer_done(waiter);
		return 0;
	}
	parameters = json_object_new_object();
	if (parameters && json_add(parameters, "claims", all_missed_to_json(waiter)))
		json_object_put(TAKE_PTR(parameters));
	answer_error(waiter, "io.cxlfm.Host.TimedOut", parameters);
	return 0;
}

/* ---- the call ---- */

static void on_close(struct varlink_call *call, void *userdata)
{
	leave(userdata);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(json_object_get_string(*(struct json_object *const *)a),
		      json_object_get_string(*(struct json_object *const *)b));
}

static int read_names(struct claim_waiter *waiter, struct json_object *parameters)
{
	struct json_object *array;
	const char *last = NULL;

	if (json_get_array(parameters, "claims", &array) < 0)
		return 0;
	json_object_array_sort(array, compare_names);
	for (size_t i = 0; i < json_object_array_length(array); i++) {
		const char *name = json_object_get_string(json_object_array_get_idx(array, i));
		_cleanup_free_ char *copy = NULL;

		if (last && strcmp(last, name) == 0)
			continue;
		last = name;
		copy = strdup(name);
		if (!copy || ARRAY_APPEND(&waiter->names, copy) < 0)
			return -ENOMEM;
		(void)TAKE_PTR(copy);
	}
	return 0;
}

static enum claim_condition condition_of(struct json_object *parameters)
{
	const char *name = "";
	int condition = 0;

	(void)json_get_string(parameters, "condition", &name);
	while (condition < CLAIM_CONDITION_COUNT - 1 &&
	       strcmp(claim_condition_name((enum claim_condition)condition), name) != 0)
		condition++;
	return (enum claim_condition)condition;
}

static int start_timer(struct claim_waiter *waiter, struct json_object *parameters,
		       struct refusal_list *problems)
{
	struct json_object *value;
	int64_t timeout_ms;
	int rc;

	if (!json_object_object_get_ex(parameters, "timeout_ms", &value) || !value)
		return 0;
	timeout_ms = json_object_get_int64(value);
	if (timeout_ms < 0 || timeout_ms > TIMEOUT_MS_MAX)
		return claim_refuse(problems, "bad-number", NULL, NULL,
				    "timeout_ms is %lld, which is not between 0 and %lld",
				    (long long)timeout_ms, (long long)TIMEOUT_MS_MAX);
	rc = sd_event_add_time_relative(waiter->waiters->event, &waiter->timer, CLOCK_BOOTTIME,
					(uint64_t)timeout_ms * 1000, 0, on_time, waiter);
	return rc < 0 ? rc : 0;
}

static int begin(struct claim_waiter *waiter, struct json_object *parameters,
		 struct refusal_list *problems)
{
	int rc = read_names(waiter, parameters);

	waiter->condition = condition_of(parameters);
	if (rc == 0)
		rc = start_timer(waiter, parameters, problems);
	return rc ? rc : ARRAY_APPEND(&waiter->waiters->waiting, waiter);
}

int claim_waiters_add(struct claim_waiters *waiters, struct varlink_call *call,
		      struct json_object *parameters, struct refusal_list *problems)
{
	struct claim_waiter *waiter;
	int rc;

	waiter = calloc(1, sizeof(*waiter));
	if (!waiter)
		return -ENOMEM;
	*waiter = (struct claim_waiter){ .waiters = waiters, .call = varlink_call_ref(call) };
	rc = begin(waiter, parameters, problems);
	if (rc) {
		(void)waiter_free(waiter);
		return rc;
	}
	varlink_call_on_close(call, on_close, waiter);
	if (waiters->begun)
		check_new(waiter);
	return 0;
}
