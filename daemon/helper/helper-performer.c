// SPDX-License-Identifier: GPL-2.0-only
/*
 * Performs steps, one at a time, through the helper.
 */
#include "daemon/helper/helper-performer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cxl/step/host-step.h"
#include "daemon/helper/helper-client.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/fault.h"
#include "util/json.h"

/*
 * The time after a step's timeout in which the worker's answer should come, if the kernel can be
 * interrupted. After that the performer reports the delay and waits.
 */
#define STEP_GRACE_MS 2000
/* Timeout of steps that do not wait for pages to be moved. */
#define STEP_TIMEOUT_MS 60000
/* A look takes a fraction of a second; it may hang behind locks of the kernel. */
#define LOOK_TIMEOUT_MS 10000
/* More than the helper's own limit on a search for the users of memory. */
#define DIAGNOSIS_TIMEOUT_MS 6000

struct helper_performer {
	struct performer performer; /* first */
	const struct log *log;
	struct helper_client *helper;
	struct helper_session *session;
	sd_event_source *late_timer;
	uint64_t late_ms;  /* the time by which the answer should come, CLOCK_MONOTONIC; or 0 */
	uint64_t timer_ms; /* the time of the timer, which may be earlier; or 0 */

	/* A step */
	struct step step;
	bool is_under_way;
	uint64_t begun_ms;
	int given_up; /* the error to report for a step that was given up; or 0 */
	performer_step_fn on_step;
	performer_late_fn on_late;

	/* The search for users of memory */
	struct helper_session *diagnosis;
	sd_event_source *diagnosis_timer;
	performer_record_fn on_holders;
	void *diagnosis_userdata;

	/* Reading */
	const struct step_list *steps;
	performer_values_fn on_values;
	ARRAY(const char *) values;
	struct arena arena; /* owns the values */

	/* A proof */
	const char *region;
	performer_record_fn on_proof;

	bool retried;	/* a new worker has got the request of one that died */
	void *userdata; /* for all callbacks but the diagnosis' */
};

static void read_next(struct helper_performer *own);

static struct helper_performer *own_of(struct performer *performer)
{
	return (struct helper_performer *)performer;
}

static void release(struct helper_performer *own)
{
	own->session = helper_session_free(own->session);
	(void)sd_event_source_set_enabled(own->late_timer, SD_EVENT_OFF);
	own->late_ms = own->timer_ms = 0;
	own->is_under_way = false;
}

static void set_timer(struct helper_performer *own)
{
	int rc = sd_event_source_set_time(own->late_timer, own->late_ms * 1000);

	if (rc >= 0)
		rc = sd_event_source_set_enabled(own->late_timer, SD_EVENT_ONESHOT);
	if (rc < 0)
		log_warning(own->log, "no timer: %s", strerror(-rc));
	own->timer_ms = rc < 0 ? 0 : own->late_ms;
}

/*
 * A timer that is set already may stay early and is set again when it fires: setting a timer takes
 * longer than most steps.
 */
static void expect_answer(struct helper_performer *own, uint64_t within_ms)
{
	own->late_ms = clock_now_ms() + within_ms;
	if (own->timer_ms == 0 || own->timer_ms > own->late_ms)
		set_timer(own);
}

static void answer_came(struct helper_performer *own, const struct helper_answer *answer)
{
	own->late_ms = 0;
	/* A worker that died sends no more, and one that was given up receives no more. */
	if (answer->error || own->given_up)
		own->session = helper_session_free(own->session);
}

/* A worker that hangs in the kernel can't be killed: the change waits, all else goes on. */
static int on_late(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct helper_performer *own = userdata;

	own->timer_ms = 0;
	if (own->late_ms == 0)
		return 0;
	if (clock_now_ms() < own->late_ms) {
		set_timer(own);
		return 0;
	}
	if (own->is_under_way) {
		log_warning(own->log, "%s of %s takes long: still waiting for the kernel",
			    own->step.kind->name, own->step.object);
		own->on_late(own->userdata, &own->step);
	} else {
		log_warning(own->log,
			    "a look at the host takes long: still waiting for the kernel");
	}
	return 0;
}

static int call_once(struct helper_performer *own, const struct helper_request *request,
		     helper_answer_fn callback, uint64_t within_ms)
{
	int rc = 0;

	if (!own->session)
		rc = helper_session_new(own->helper, &own->session);
	if (rc == 0)
		rc = helper_session_call(own->session, request, callback, own);
	if (rc == 0)
		expect_answer(own, within_ms);
	return rc;
}

/*
 * Retries once with a new worker: the last one may have died meanwhile. If the helper has ended, no
 * answer comes, and this process is about to end (manager.c): its changes stay in the journal.
 */
static int call(struct helper_performer *own, const struct helper_request *request,
		helper_answer_fn callback, uint64_t within_ms)
{
	int rc = call_once(own, request, callback, within_ms);

	if (rc == 0)
		return 0;
	release(own);
	rc = call_once(own, request, callback, within_ms);
	return rc == -ESRCH ? 0 : rc;
}

/* ---- a step ---- */

/* The worker was asked to stop, and has stopped. */
static bool was_given_up(const struct helper_performer *own, const struct helper_answer *answer)
{
	return own->given_up && !answer->error && answer->reply.error == -ECANCELED;
}

static void on_step(void *userdata, const struct helper_answer *taken)
{
	struct helper_performer *own = userdata;
	const struct step_answer answer = {
		.error = was_given_up(own, taken) ? own->given_up
			 : taken->error		  ? taken->error
						  : taken->reply.error,
		.wrote = taken->reply.wrote,
		.died = taken->error != 0,
		.seen = taken->reply.culprit ? taken->reply.culprit : taken->reply.before,
	};

	fault_point("step answered");
	answer_came(own, taken);
	own->given_up = 0;
	own->is_under_way = false;
	log_debug(own->log, "%s %s took %" PRIu64 " ms", own->step.object, own->step.kind->name,
		  clock_now_ms() - own->begun_ms);
	if (answer.error)
		log_warning(own->log, "%s: %s", own->step.object, strerror(-answer.error));
	own->on_step(own->userdata, &answer);
}

/* Only memory that goes offline may take the time of the request: its pages move when they can. */
static uint64_t timeout_of(const struct step *step, uint64_t timeout_ms)
{
	if (step_has(step, STEP_PATIENT) || timeout_ms < STEP_TIMEOUT_MS)
		return timeout_ms;
	return STEP_TIMEOUT_MS;
}

static int perform(struct performer *performer, const struct step *step, uint64_t timeout_ms,
		   performer_step_fn on_step_done, performer_late_fn on_step_late, void *userdata)
{
	struct helper_performer *own = own_of(performer);
	const struct helper_request request = { .verb = HELPER_STEP,
						.step = *step,
						.timeout_ms = timeout_of(step, timeout_ms) };
	int rc;

	own->step = *step;
	own->on_step = on_step_done;
	own->on_late = on_step_late;
	own->userdata = userdata;
	own->begun_ms = clock_now_ms();
	own->is_under_way = true;
	fault_point("step handed out");
	rc = call(own, &request, on_step, request.timeout_ms + STEP_GRACE_MS);
	own->is_under_way = rc == 0;
	return rc;
}

static void give_up(struct performer *performer, int error)
{
	struct helper_performer *own = own_of(performer);

	if (!own->is_under_way || !own->session || own->given_up)
		return;
	log_notice(own->log, "%s of %s is given up", own->step.kind->name, own->step.object);
	own->given_up = error;
	helper_session_give_up(own->session);
}

/* ---- reading ---- */

/* The callback may have no more use for the performer, and free it. */
static void end_reading(struct helper_performer *own, int error)
{
	typeof(own->values) values = own->values;
	struct arena arena = own->arena;

	own->values.items = NULL;
	own->values.count = 0;
	own->arena = ARENA_NULL;
	own->retried = false;
	own->on_values(own->userdata, error, error ? NULL : values.items);
	ARRAY_FREE(&values);
	arena_deinit(&arena);
}

/* Tells errors that prevented the read; an attribute that can't be read is none of them. */
static int not_read(struct helper_performer *own, const struct helper_answer *answer)
{
	if (answer->reply.error == -EUSERS)
		log_warning(own->log, "waiting for %s, which is changing CXL memory",
			    answer->reply.culprit ? answer->reply.culprit : "another program");
	return answer->reply.error == -EUSERS || answer->reply.error == -ENOLCK
		       ? answer->reply.error
		       : 0;
}

static void on_value(void *userdata, const struct helper_answer *answer)
{
	struct helper_performer *own = userdata;
	const bool known = answer->reply.error == 0 && answer->reply.before;
	const char *value = NULL;
	int rc = answer->error ? answer->error : not_read(own, answer);

	answer_came(own, answer);
	/* Another read does no harm; a missing value would count as a step that was not done. */
	if (answer->error && !own->retried) {
		own->retried = true;
		read_next(own);
		return;
	}
	if (rc == 0 && known)
		value = arena_strdup(&own->arena, answer->reply.before);
	if (rc == 0)
		rc = known && !value ? -ENOMEM : ARRAY_APPEND(&own->values, value);
	if (rc < 0) {
		end_reading(own, rc);
		return;
	}
	own->retried = false;
	read_next(own);
}

static void read_next(struct helper_performer *own)
{
	struct helper_request request = { .verb = HELPER_READ, .timeout_ms = LOOK_TIMEOUT_MS };
	int rc = 0;

	if (own->values.count < own->steps->list.count) {
		request.step = own->steps->list.items[own->values.count];
		rc = call(own, &request, on_value, LOOK_TIMEOUT_MS);
		if (rc == 0)
			return;
	}
	end_reading(own, rc);
}

static int read_values(struct performer *performer, const struct step_list *steps,
		       performer_values_fn callback, void *userdata)
{
	struct helper_performer *own = own_of(performer);
	struct helper_request request = { .verb = HELPER_READ, .timeout_ms = LOOK_TIMEOUT_MS };

	own->steps = steps;
	own->on_values = callback;
	own->userdata = userdata;
	request.step = steps->list.items[0];
	return call(own, &request, on_value, LOOK_TIMEOUT_MS);
}

/* ---- a proof ---- */

static struct json_object *record_of(const struct helper_performer *own,
				     const struct helper_answer *answer)
{
	const int error = answer->error ? answer->error : answer->reply.error;

	const char *file = answer->reply.culprit;

	if (error)
		log_warning(own->log, "the change can't be proved: %s%s%s", file ?: "",
			    file ? ": " : "", strerror(-error));
	return error ? NULL : answer->data;
}

static int ask_for_region(struct helper_performer *own);

static void on_region(void *userdata, const struct helper_answer *answer)
{
	struct helper_performer *own = userdata;

	answer_came(own, answer);
	if (answer->error && !own->retried) {
		own->retried = true;
		if (ask_for_region(own) == 0)
			return;
	}
	own->retried = false;
	own->on_proof(own->userdata, record_of(own, answer));
}

static int ask_for_region(struct helper_performer *own)
{
	const struct helper_request request = { .verb = HELPER_REGION, .object = own->region };

	return call(own, &request, on_region, LOOK_TIMEOUT_MS);
}

static int prove(struct performer *performer, const char *region, performer_record_fn callback,
		 void *userdata)
{
	struct helper_performer *own = own_of(performer);

	own->region = region;
	own->on_proof = callback;
	own->userdata = userdata;
	return ask_for_region(own);
}

/* ---- the users of memory ---- */

static void end_diagnosis(struct helper_performer *own, struct json_object *holders)
{
	own->diagnosis = helper_session_free(own->diagnosis);
	(void)sd_event_source_set_enabled(own->diagnosis_timer, SD_EVENT_OFF);
	own->on_holders(own->diagnosis_userdata, holders);
}

static void on_holders(void *userdata, const struct helper_answer *answer)
{
	const bool failed = answer->error || answer->reply.error;
	_cleanup_json_ struct json_object *holders = failed ? NULL : json_object_get(answer->data);

	end_diagnosis(userdata, holders);
}

static int on_diagnosis_late(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct helper_performer *own = userdata;

	log_warning(own->log, "the users of the memory were not found in time");
	end_diagnosis(own, NULL);
	return 0;
}

static int diagnose(struct performer *performer, const struct step *step,
		    performer_record_fn callback, void *userdata)
{
	struct helper_performer *own = own_of(performer);
	const struct helper_request request = { .verb = HELPER_HOLDERS, .object = step->object };
	int rc = own->diagnosis ? -EBUSY : step->kind == STEP_BLOCK ? 0 : -EOPNOTSUPP;

	if (rc < 0)
		return rc;
	own->on_holders = callback;
	own->diagnosis_userdata = userdata;
	/* A diagnosis without a timeout is not awaited. */
	rc = sd_event_source_set_time_relative(own->diagnosis_timer,
					       (uint64_t)DIAGNOSIS_TIMEOUT_MS * 1000);
	if (rc >= 0)
		rc = sd_event_source_set_enabled(own->diagnosis_timer, SD_EVENT_ONESHOT);
	if (rc >= 0)
		rc = helper_session_new(own->helper, &own->diagnosis);
	if (rc == 0)
		rc = helper_session_call(own->diagnosis, &request, on_holders, own);
	if (rc == 0)
		return 0;
	own->diagnosis = helper_session_free(own->diagnosis);
	(void)sd_event_source_set_enabled(own->diagnosis_timer, SD_EVENT_OFF);
	return rc;
}

/* ---- life ---- */

static void performer_release(struct performer *performer)
{
	struct helper_performer *own = own_of(performer);

	release(own);
	own->retried = false;
	/* The next reading begins with its first value. */
	ARRAY_FREE(&own->values);
	arena_deinit(&own->arena);
	own->diagnosis = helper_session_free(own->diagnosis);
	(void)sd_event_source_set_enabled(own->diagnosis_timer, SD_EVENT_OFF);
}

static void performer_end(struct performer *performer)
{
	struct helper_performer *own = own_of(performer);

	performer_release(performer);
	(void)sd_event_source_disable_unref(own->late_timer);
	(void)sd_event_source_disable_unref(own->diagnosis_timer);
	free(own);
}

static const struct performer_ops helper_performer_ops = {
	.perform = perform,
	.give_up = give_up,
	.read = read_values,
	.prove = prove,
	.diagnose = diagnose,
	.release = performer_release,
	.free = performer_end,
};

int helper_performer_new(sd_event *event, const struct log *log, struct helper_client *helper,
			 struct performer **ret_performer)
{
	struct helper_performer *own = calloc(1, sizeof(*own));
	int rc;

	if (!own)
		return -ENOMEM;
	*own = (struct helper_performer){ .performer.ops = &helper_performer_ops,
					  .log = log,
					  .helper = helper,
					  .arena = ARENA_NULL };
	rc = sd_event_add_time(event, &own->late_timer, CLOCK_MONOTONIC, 0, 0, on_late, own);
	if (rc >= 0)
		rc = sd_event_source_set_enabled(own->late_timer, SD_EVENT_OFF);
	if (rc >= 0)
		rc = sd_event_add_time(event, &own->diagnosis_timer, CLOCK_MONOTONIC, 0, 0,
				       on_diagnosis_late, own);
	if (rc >= 0)
		rc = sd_event_source_set_enabled(own->diagnosis_timer, SD_EVENT_OFF);
	if (rc < 0) {
		performer_end(&own->performer);
		return rc;
	}
	*ret_performer = &own->performer;
	return 0;
}
