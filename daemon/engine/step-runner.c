// SPDX-License-Identifier: GPL-2.0-only
/*
 * Steps, one at a time, through the helper.
 */
#include "daemon/engine/step-runner.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cxl/topology/topology-json.h"
#include "daemon/helper/helper-client.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/fault.h"
#include "util/json.h"

/*
 * A step may take its timeout, and ends a little later where the kernel can be interrupted. After
 * that there is nothing to do but to wait, and to say so.
 */
#define STEP_GRACE_MS 2000
/* Of whatever does not wait for pages to leave */
#define STEP_TIMEOUT_MS 60000
/* A look takes a fraction of a second; it hangs when the kernel does, behind locks of its own. */
#define LOOK_TIMEOUT_MS 10000
/* Longer than the helper looks for who holds memory, unless the kernel keeps it. */
#define DIAGNOSIS_TIMEOUT_MS 5000

struct step_runner {
	const struct log *log;
	struct helper_client *helper;
	struct helper_session *session;
	sd_event_source *late_timer;
	uint64_t late_ms;  /* when the kernel should have answered, CLOCK_MONOTONIC; or 0 */
	uint64_t timer_ms; /* when the timer wakes us, which may be before; or 0 */

	/* A step */
	struct step step;
	bool is_under_way;
	uint64_t begun_ms;
	int given_up; /* what it is said to have failed of; or 0 */
	step_runner_step_fn on_step;
	step_runner_late_fn on_late;

	/* Who holds memory */
	struct helper_session *diagnosis;
	sd_event_source *diagnosis_timer;
	step_runner_holders_fn on_holders;
	void *diagnosis_userdata;

	/* Reading */
	const struct step_list *steps;
	step_runner_values_fn on_values;
	ARRAY(const char *) values;
	struct arena arena; /* owns the values */

	/* A proof */
	const char *region;
	step_runner_proof_fn on_proof;

	bool retried;	/* what the worker before this one has died of */
	void *userdata; /* of all but the diagnosis */
};

static void read_next(struct step_runner *runner);

static void set_timer(struct step_runner *runner)
{
	int rc = sd_event_source_set_time(runner->late_timer, runner->late_ms * 1000);

	if (rc >= 0)
		rc = sd_event_source_set_enabled(runner->late_timer, SD_EVENT_ONESHOT);
	if (rc < 0)
		log_warning(runner->log, "no timer: %s", strerror(-rc));
	runner->timer_ms = rc < 0 ? 0 : runner->late_ms;
}

/* A timer that is set too early finds that out: steps take much less time than it takes to set. */
static void expect_answer(struct step_runner *runner, uint64_t within_ms)
{
	runner->late_ms = clock_now_ms() + within_ms;
	if (runner->timer_ms == 0 || runner->timer_ms > runner->late_ms)
		set_timer(runner);
}

static void answer_came(struct step_runner *runner, const struct helper_answer *answer)
{
	runner->late_ms = 0;
	/* Of a worker that died nobody hears again, and one that was given up hears nobody. */
	if (answer->error || runner->given_up)
		runner->session = helper_session_free(runner->session);
}

/* A worker that hangs in the kernel can't even be killed: the change waits, all else goes on. */
static int on_late(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct step_runner *runner = userdata;

	runner->timer_ms = 0;
	if (runner->late_ms == 0)
		return 0;
	if (clock_now_ms() < runner->late_ms) {
		set_timer(runner);
		return 0;
	}
	if (runner->is_under_way) {
		log_warning(runner->log, "%s of %s takes long: still waiting for the kernel",
			    runner->step.kind->name, runner->step.object);
		runner->on_late(runner->userdata, &runner->step);
	} else {
		log_warning(runner->log,
			    "a look at the host takes long: still waiting for the kernel");
	}
	return 0;
}

static int call_once(struct step_runner *runner, const struct helper_request *request,
		     helper_answer_fn callback, uint64_t within_ms)
{
	int rc = 0;

	if (!runner->session)
		rc = helper_session_new(runner->helper, &runner->session);
	if (rc == 0)
		rc = helper_session_call(runner->session, request, callback, runner);
	if (rc == 0)
		expect_answer(runner, within_ms);
	return rc;
}

/*
 * The worker may have died since it was asked last: one more try. When the helper has, nobody
 * answers, and this process is about to end (manager.c): what is under way stays in the journal.
 */
static int call(struct step_runner *runner, const struct helper_request *request,
		helper_answer_fn callback, uint64_t within_ms)
{
	int rc = call_once(runner, request, callback, within_ms);

	if (rc == 0)
		return 0;
	step_runner_release(runner);
	rc = call_once(runner, request, callback, within_ms);
	return rc == -ESRCH ? 0 : rc;
}

/* ---- a step ---- */

/* It was asked to stop, and has. */
static bool was_given_up(const struct step_runner *runner, const struct helper_answer *answer)
{
	return runner->given_up && !answer->error && answer->reply.error == -ECANCELED;
}

static void on_step(void *userdata, const struct helper_answer *taken)
{
	struct step_runner *runner = userdata;
	const struct step_answer answer = {
		.error = was_given_up(runner, taken) ? runner->given_up
			 : taken->error		     ? taken->error
						     : taken->reply.error,
		.wrote = taken->reply.wrote,
		.died = taken->error != 0,
		.seen = taken->reply.holder ? taken->reply.holder : taken->reply.before,
	};

	fault_point("step answered");
	answer_came(runner, taken);
	runner->given_up = 0;
	runner->is_under_way = false;
	log_debug(runner->log, "%s %s took %" PRIu64 " ms", runner->step.object,
		  runner->step.kind->name, clock_now_ms() - runner->begun_ms);
	if (answer.error)
		log_warning(runner->log, "%s: %s", runner->step.object, strerror(-answer.error));
	runner->on_step(runner->userdata, &answer);
}

/* Only memory that goes offline may take as long as was asked for: pages leave when they can. */
static uint64_t timeout_of(const struct step *step, uint64_t timeout_ms)
{
	if (step_has(step, STEP_PATIENT) || timeout_ms < STEP_TIMEOUT_MS)
		return timeout_ms;
	return STEP_TIMEOUT_MS;
}

int step_runner_perform(struct step_runner *runner, const struct step *step, uint64_t timeout_ms,
			step_runner_step_fn on_step_done, step_runner_late_fn on_step_late,
			void *userdata)
{
	const struct helper_request request = { .verb = HELPER_STEP,
						.step = *step,
						.timeout_ms = timeout_of(step, timeout_ms) };
	int rc;

	runner->step = *step;
	runner->on_step = on_step_done;
	runner->on_late = on_step_late;
	runner->userdata = userdata;
	runner->begun_ms = clock_now_ms();
	runner->is_under_way = true;
	fault_point("step handed out");
	rc = call(runner, &request, on_step, request.timeout_ms + STEP_GRACE_MS);
	runner->is_under_way = rc == 0;
	return rc;
}

void step_runner_give_up(struct step_runner *runner, int error)
{
	if (!runner->is_under_way || !runner->session || runner->given_up)
		return;
	log_notice(runner->log, "%s of %s is given up", runner->step.kind->name,
		   runner->step.object);
	runner->given_up = error;
	helper_session_give_up(runner->session);
}

/* ---- reading ---- */

static void end_reading(struct step_runner *runner, int error)
{
	runner->retried = false;
	runner->on_values(runner->userdata, error, error ? NULL : runner->values.items);
	ARRAY_FREE(&runner->values);
	arena_deinit(&runner->arena);
}

/* Nothing was read, which is not the same as a value that can't be read. */
static int not_read(struct step_runner *runner, const struct helper_answer *answer)
{
	if (answer->reply.error == -EUSERS)
		log_warning(runner->log, "%s is changing CXL memory: it is waited for",
			    answer->reply.holder ? answer->reply.holder : "another program");
	return answer->reply.error == -EUSERS || answer->reply.error == -ENOLCK
		       ? answer->reply.error
		       : 0;
}

static void on_value(void *userdata, const struct helper_answer *answer)
{
	struct step_runner *runner = userdata;
	const bool known = answer->reply.error == 0 && answer->reply.before;
	const char *value = NULL;
	int rc = answer->error ? answer->error : not_read(runner, answer);

	answer_came(runner, answer);
	/* Reading again costs nothing; a value too few would be taken for a step not done. */
	if (answer->error && !runner->retried) {
		runner->retried = true;
		read_next(runner);
		return;
	}
	if (rc == 0 && known)
		value = arena_strdup(&runner->arena, answer->reply.before);
	if (rc == 0)
		rc = known && !value ? -ENOMEM : ARRAY_APPEND(&runner->values, value);
	if (rc < 0) {
		end_reading(runner, rc);
		return;
	}
	runner->retried = false;
	read_next(runner);
}

static void read_next(struct step_runner *runner)
{
	struct helper_request request = { .verb = HELPER_READ, .timeout_ms = LOOK_TIMEOUT_MS };
	int rc = 0;

	if (runner->values.count < runner->steps->list.count) {
		request.step = runner->steps->list.items[runner->values.count];
		rc = call(runner, &request, on_value, LOOK_TIMEOUT_MS);
		if (rc == 0)
			return;
	}
	end_reading(runner, rc);
}

int step_runner_read(struct step_runner *runner, const struct step_list *steps,
		     step_runner_values_fn callback, void *userdata)
{
	struct helper_request request = { .verb = HELPER_READ, .timeout_ms = LOOK_TIMEOUT_MS };

	runner->steps = steps;
	runner->on_values = callback;
	runner->userdata = userdata;
	request.step = steps->list.items[0];
	return call(runner, &request, on_value, LOOK_TIMEOUT_MS);
}

/* ---- a proof ---- */

static struct topology *read_proof(struct step_runner *runner, const struct helper_answer *answer)
{
	struct refusal_list notices = REFUSAL_LIST_NULL;
	struct topology *proof = NULL;
	int error = answer->error ? answer->error : answer->reply.error;

	if (error == 0)
		error = answer->data ? topology_from_json(answer->data, &notices, &proof) : -EPROTO;
	refusal_list_deinit(&notices);
	if (error)
		log_warning(runner->log, "the change can't be proved: %s",
			    error < 0 ? strerror(-error) : "the record makes no sense");
	return proof;
}

static void on_region(void *userdata, const struct helper_answer *answer)
{
	struct step_runner *runner = userdata;

	answer_came(runner, answer);
	if (answer->error && !runner->retried) {
		runner->retried = true;
		if (step_runner_prove(runner, runner->region, runner->on_proof, runner->userdata) ==
		    0)
			return;
	}
	runner->retried = false;
	runner->on_proof(runner->userdata, read_proof(runner, answer));
}

int step_runner_prove(struct step_runner *runner, const char *region, step_runner_proof_fn callback,
		      void *userdata)
{
	const struct helper_request request = { .verb = HELPER_REGION, .object = region };

	runner->region = region;
	runner->on_proof = callback;
	runner->userdata = userdata;
	return call(runner, &request, on_region, LOOK_TIMEOUT_MS);
}

/* ---- who holds memory ---- */

static void end_diagnosis(struct step_runner *runner, struct json_object *holders)
{
	runner->diagnosis = helper_session_free(runner->diagnosis);
	(void)sd_event_source_set_enabled(runner->diagnosis_timer, SD_EVENT_OFF);
	runner->on_holders(runner->diagnosis_userdata, holders);
}

static void on_holders(void *userdata, const struct helper_answer *answer)
{
	const bool failed = answer->error || answer->reply.error;
	_cleanup_json_ struct json_object *holders = failed ? NULL : json_object_get(answer->data);

	end_diagnosis(userdata, holders);
}

static int on_diagnosis_late(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct step_runner *runner = userdata;

	log_warning(runner->log, "who holds memory could not be found out in time");
	end_diagnosis(runner, NULL);
	return 0;
}

int step_runner_diagnose(struct step_runner *runner, const char *block,
			 step_runner_holders_fn callback, void *userdata)
{
	const struct helper_request request = { .verb = HELPER_HOLDERS, .object = block };
	int rc = runner->diagnosis ? -EBUSY : 0;

	if (rc < 0)
		return rc;
	runner->on_holders = callback;
	runner->diagnosis_userdata = userdata;
	/* Without a limit it is not waited for. */
	rc = sd_event_source_set_time_relative(runner->diagnosis_timer,
					       (uint64_t)DIAGNOSIS_TIMEOUT_MS * 1000);
	if (rc >= 0)
		rc = sd_event_source_set_enabled(runner->diagnosis_timer, SD_EVENT_ONESHOT);
	if (rc >= 0)
		rc = helper_session_new(runner->helper, &runner->diagnosis);
	if (rc == 0)
		rc = helper_session_call(runner->diagnosis, &request, on_holders, runner);
	if (rc == 0)
		return 0;
	runner->diagnosis = helper_session_free(runner->diagnosis);
	(void)sd_event_source_set_enabled(runner->diagnosis_timer, SD_EVENT_OFF);
	return rc;
}

/* ---- life ---- */

void step_runner_release(struct step_runner *runner)
{
	runner->session = helper_session_free(runner->session);
	(void)sd_event_source_set_enabled(runner->late_timer, SD_EVENT_OFF);
	runner->late_ms = runner->timer_ms = 0;
}

int step_runner_new(sd_event *event, const struct log *log, struct helper_client *helper,
		    struct step_runner **ret_runner)
{
	struct step_runner *runner = calloc(1, sizeof(*runner));
	int rc;

	if (!runner)
		return -ENOMEM;
	*runner = (struct step_runner){ .log = log, .helper = helper, .arena = ARENA_NULL };
	rc = sd_event_add_time(event, &runner->late_timer, CLOCK_MONOTONIC, 0, 0, on_late, runner);
	if (rc >= 0)
		rc = sd_event_source_set_enabled(runner->late_timer, SD_EVENT_OFF);
	if (rc >= 0)
		rc = sd_event_add_time(event, &runner->diagnosis_timer, CLOCK_MONOTONIC, 0, 0,
				       on_diagnosis_late, runner);
	if (rc >= 0)
		rc = sd_event_source_set_enabled(runner->diagnosis_timer, SD_EVENT_OFF);
	if (rc < 0) {
		(void)step_runner_free(runner);
		return rc;
	}
	*ret_runner = runner;
	return 0;
}

struct step_runner *step_runner_free(struct step_runner *runner)
{
	if (!runner)
		return NULL;
	(void)helper_session_free(runner->session);
	(void)helper_session_free(runner->diagnosis);
	(void)sd_event_source_disable_unref(runner->late_timer);
	(void)sd_event_source_disable_unref(runner->diagnosis_timer);
	ARRAY_FREE(&runner->values);
	arena_deinit(&runner->arena);
	free(runner);
	return NULL;
}
