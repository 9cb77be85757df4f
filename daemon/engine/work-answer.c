// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end of a change as others learn of it: an answer to the client, lines of the log, a call to
 * the owner of the claims.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/claim/declared-state.h"
#include "daemon/engine/outcome.h"
#include "daemon/engine/engine-internal.h"
#include "util/json.h"

/* An error of the interface; without a name that of varlink itself, for `error`. */
struct answer {
	const char *name;
	struct json_object *parameters;
	int error;
};

/* What the client of a change that was cut short is told, who asks again. */
#define FINISHED "cxlfmd ended in the middle of the change, and its next start finished the change"
#define TAKEN_BACK                                                                                 \
	"cxlfmd ended in the middle of the change, and its next start took the change back"

/* ---- success ---- */

/* The answer is made once, for all listeners and for clients who ask later. */
static void tell_all(struct work *work, const char *error, struct json_object *parameters)
{
	change_answer_set(&work->answer, error, parameters);
	change_listeners_answer(work->record, &work->answer, parameters);
}

/* Whoever has asked for a change that a crash has cut short was not told of its end. */
static bool is_asked_before(const struct work *work)
{
	return work_is_left(work) && *work->record->method;
}

static struct json_object *outcome_of(const struct work *work)
{
	const struct subject *subject = work->subject;
	_cleanup_json_ struct json_object *outcome =
		subject->ops->outcome(subject, &work->life, work->engine->claims);

	if (outcome && is_asked_before(work) &&
	    (json_add_string(outcome, "text", FINISHED) ||
	     json_add_string(outcome, "claim", work->entry.ends ? NULL : work->entry.claim)))
		return NULL;
	return outcome_wrap(TAKE_PTR(outcome));
}

static void reply(struct work *work)
{
	_cleanup_json_ struct json_object *parameters = outcome_of(work);

	tell_all(work, NULL, parameters);
}

/* @parameters: of any error; taken over; NULL is a failed allocation. As outcome_half_done(). */
static struct json_object *half_done(struct json_object *parameters, const char *code)
{
	_cleanup_json_ struct json_object *own = parameters;

	if (!own || outcome_half_done(own, code) < 0)
		return NULL;
	return TAKE_PTR(own);
}

/* The host has changed, or may have. @rc: of what has added the reason; @refusals is freed. */
static struct json_object *half_done_for(struct refusal_list *refusals, int rc, const char *code)
{
	struct json_object *parameters = rc == 0 ? outcome_refusal_to_json(refusals) : NULL;

	refusal_list_deinit(refusals);
	return half_done(parameters, code);
}

/* Of a change of several stages that was not done as a whole when the daemon died. */
static struct json_object *cut_short(const struct work *work)
{
	struct refusal_list refusals = REFUSAL_LIST_NULL;
	int rc = refusal_add(
		&refusals, "cut-short", work_object(work),
		"look at what is there with `cxlfm list`, and request the rest",
		"cxlfmd ended in the middle of the change, and the change is done in part");

	return half_done_for(&refusals, rc, "cut-short");
}

void work_answer_ahead(struct work *work, bool more, struct change_answer *ret_answer)
{
	_cleanup_json_ struct json_object *parameters = more ? cut_short(work) : outcome_of(work);

	change_answer_set(ret_answer, more ? "io.cxlfm.Host.Failed" : NULL, parameters);
}

/* ---- failure ---- */

static struct json_object *failure(struct work *work)
{
	const struct step_exec *exec = &work->life.exec;
	const struct subject *subject = work->subject;

	if (work_is_asked(work) && step_exec_outcome(exec) == STEP_EXEC_INCOMPLETE)
		subject->ops->explain_no_return(subject, &work->life);
	if (work_is_asked(work) && step_exec_outcome(exec) != STEP_EXEC_UNDONE)
		log_error(work->engine->log,
			  "a change failed and could not be taken back entirely");
	return outcome_failure_to_json(exec, &work->life.refusals, work->holders);
}

/* In words; NULL where refusals tell why. */
static const char *reason_of(const struct work *work, enum change_result result, int error,
			     char text[static OBSERVER_ERROR_MAX])
{
	const char *problem = work->problem ?: work->engine->store_problem;

	if (result == CHANGE_NOT_SEEN)
		return observer_error_text(work->engine->observer, error, text);
	if (result == CHANGE_NOT_STORED && problem)
		return problem;
	return error ? strerror(-error) : NULL;
}

static struct json_object *reason_to_json(const struct work *work)
{
	char text[OBSERVER_ERROR_MAX];

	return outcome_text_to_json(reason_of(work, work->life.result, work->life.error, text));
}

struct json_object *work_cancelled(const struct change_record *record)
{
	char text[128] = "the client that asked for the change has gone";

	if (record->origin == CHANGE_OF_RECOVERY)
		(void)snprintf(text, sizeof(text), "%s", TAKEN_BACK);
	if (record->parted)
		(void)snprintf(text, sizeof(text),
			       "the store did not answer in time, and no client waited any longer");
	if (record->cancelled)
		(void)snprintf(text, sizeof(text), "user %u (process %d) has cancelled the change",
			       (unsigned int)record->cancelled_by, (int)record->cancelled_by_pid);
	return outcome_text_to_json(text);
}

/* The host is as before the change, because the change was cancelled. */
static bool was_taken_back(const struct work *work)
{
	const struct step_exec *exec = &work->life.exec;

	return step_exec_outcome(exec) == STEP_EXEC_UNDONE && exec->error == -ECANCELED;
}

/* Of a change that a crash has cut short: how many stages stand now. */
static size_t stages_left(const struct work *work)
{
	const struct change_entry *entry = &work->entry;
	const bool done = work->life.result == CHANGE_DONE;

	return entry->back ? entry->stages - done : entry->stages + done;
}

static bool is_finished(const struct work *work)
{
	return work->life.result == CHANGE_DONE && !work->entry.more && !work->entry.back;
}

/* The steps of the entry are done, or taken back, and so nothing is left to be told of a failure.
 */
static bool is_settled(const struct work *work)
{
	return work->life.result == CHANGE_DONE ||
	       (work->life.result == CHANGE_FAILED && was_taken_back(work));
}

static bool is_cut_short(const struct work *work)
{
	return is_asked_before(work) && is_settled(work) && !is_finished(work) &&
	       stages_left(work) > 0;
}

/* A recovery may hear of the other manager before its first step. */
static struct json_object *handed_over(const struct work *work)
{
	const struct change *life = &work->life;

	return half_done(life->exec.steps ? outcome_failure_to_json(&life->exec, &life->refusals,
								    work->holders)
					  : outcome_refusal_to_json(&life->refusals),
			 "handed-over");
}

static struct answer answer_of(struct work *work)
{
	const struct change *life = &work->life;

	if (is_cut_short(work))
		return (struct answer){ "io.cxlfm.Host.Failed", cut_short(work), 0 };
	switch (life->result) {
	case CHANGE_REFUSED:
		return (struct answer){ "io.cxlfm.Host.Refused",
					outcome_refusal_to_json(&life->refusals), 0 };
	case CHANGE_NOT_LIVE:
		return (struct answer){ "io.cxlfm.Host.NotLive", json_object_new_object(), 0 };
	case CHANGE_NOT_SEEN:
		return (struct answer){ "io.cxlfm.Host.HostUnread", reason_to_json(work), 0 };
	case CHANGE_NOT_STORED:
		return (struct answer){ "io.cxlfm.Host.StoreFailed", reason_to_json(work), 0 };
	case CHANGE_FAILED:
		if (was_taken_back(work))
			return (struct answer){ "io.cxlfm.Host.Cancelled",
						work_cancelled(work->record), 0 };
		return (struct answer){ "io.cxlfm.Host.Failed", failure(work), 0 };
	case CHANGE_HANDED_OVER:
		return (struct answer){ "io.cxlfm.Host.Failed", handed_over(work), 0 };
	case CHANGE_UNWANTED:
		return (struct answer){ "io.cxlfm.Host.Cancelled", work_cancelled(work->record),
					0 };
	case CHANGE_NOT_PLANNED:
		if (life->stages)
			return (struct answer){ "io.cxlfm.Host.Failed",
						outcome_error_to_json(life->error), 0 };
		return (struct answer){ NULL, NULL, life->error };
	case CHANGE_NOT_TAKEN_UP:
	case CHANGE_NOT_CLOSED:
		return (struct answer){ NULL, NULL, life->error };
	case CHANGE_DONE:
	case CHANGE_TOLD:
		break;
	}
	/* The stage of before is taken back, as was to be when the daemon died. */
	return (struct answer){ "io.cxlfm.Host.Cancelled", work_cancelled(work->record), 0 };
}

static int add_refusals(struct json_object *parameters, const struct refusal_list *told)
{
	_cleanup_json_ struct json_object *added = refusal_list_to_json(told);
	struct json_object *refusals;

	if (!added)
		return -ENOMEM;
	return json_get_array(parameters, "refusals", &refusals) < 0
		       ? 0
		       : json_append_all(refusals, added);
}

/* Which stages stay, and why. */
static int explain_stay(const struct work *work, struct refusal_list *told)
{
	const struct change *life = &work->life;
	char text[OBSERVER_ERROR_MAX];
	const char *why = reason_of(work, life->stayed.result, life->stayed.error, text);

	log_error(work->engine->log,
		  "%s: stages that stay, since they could not be taken back: %zu%s%s",
		  work_object_name(work), life->stages, why ? ": " : "", why ?: "");
	return work->subject->ops->explain_stay(work->subject, life, why, told);
}

/*
 * Why the claim has no memory now, in the answer to a client who asked for more memory; or what
 * stays of the closed stages.
 * @lacks: the answer does not have the refusals of the change
 */
static int tell_return(const struct work *work, struct json_object *parameters, bool lacks)
{
	const struct change *life = &work->life;
	const bool stays = life->stayed.result != CHANGE_DONE;
	struct refusal_list told = REFUSAL_LIST_NULL;
	int rc = 0;

	if (stays && lacks)
		rc = add_refusals(parameters, &life->refusals);
	if (rc == 0 && stays)
		rc = explain_stay(work, &told);
	if (rc == 0 && work->returned)
		rc = work->subject->ops->explain_return(work->subject, &told);
	if (rc == 0)
		rc = add_refusals(parameters, &told);
	if (rc == 0 && life->stayed.exec.steps)
		rc = outcome_add_leftover(parameters, &life->stayed.exec);
	refusal_list_deinit(&told);
	return rc;
}

/* The code of the refusal for an error that has only a text. */
static const char *half_done_code(const char *error)
{
	if (strcmp(error, "io.cxlfm.Host.Cancelled") == 0)
		return "cancelled";
	if (strcmp(error, "io.cxlfm.Host.StoreFailed") == 0)
		return "store-failed";
	if (strcmp(error, "io.cxlfm.Host.HostUnread") == 0)
		return "host-unread";
	return "not-planned";
}

/* Where the first of two stages was done, no error may say that nothing was changed. */
static void tell_half_done(const struct work *work, struct answer *answer)
{
	const char *code = half_done_code(answer->name);
	const bool lacks = !json_object_object_get_ex(answer->parameters, "refusals", NULL);

	if (!answer->parameters || outcome_half_done(answer->parameters, code) < 0)
		return;
	answer->name = "io.cxlfm.Host.Failed";
	if (tell_return(work, answer->parameters, lacks) < 0)
		log_error(work->engine->log, "no memory to tell what becomes of %s",
			  work_object_name(work));
}

/* @told: receives the answer, to be kept when the change has ended */
static void send(struct work *work, const struct answer *answer, struct change_answer *told)
{
	if (answer->name)
		change_answer_set(told, answer->name, answer->parameters);
	else
		told->system_error = answer->error;
	change_listeners_answer(work->record, told, answer->parameters);
	json_object_put(answer->parameters);
}

/* Does a stage stand, so that no error may say that nothing was changed? */
static bool stands(const struct work *work)
{
	return work_is_left(work) ? stages_left(work) > 0 : work->life.stages > 0;
}

static void reply_with_error(struct work *work)
{
	struct answer answer = answer_of(work);

	if (stands(work) && answer.name)
		tell_half_done(work, &answer);
	send(work, &answer, &work->answer);
}

/* ---- no end in sight ---- */

/* The change on the host stays, or is taken back: nobody knows yet. */
struct json_object *work_not_known(const char *problem, bool goes_on)
{
	struct refusal_list refusals = REFUSAL_LIST_NULL;
	int rc = refusal_add(&refusals, "store-late", NULL, "see the daemon's log", "%s: %s",
			     goes_on ? "the change goes on when the store answers"
				     : "it is unknown whether the store has the change",
			     problem);

	return half_done_for(&refusals, rc, "store-late");
}

/* Nobody knows when the recovery goes on: the client may ask again, and is told the end then. */
void work_answer_left(struct work *work)
{
	struct refusal_list refusals = REFUSAL_LIST_NULL;
	struct change_answer told = CHANGE_ANSWER_NULL;
	_cleanup_json_ struct json_object *parameters = NULL;
	const char *problem = work->problem ?: strerror(ENOMEM);
	int rc;

	if (work->entry.steps.list.count)
		rc = refusal_add(&refusals, "cut-short", work_object(work),
				 "ask again later: cxlfmd tries again", "%s", problem);
	else
		rc = refusal_add(&refusals, "cut-short", work_object(work),
				 "start a version of cxlfmd that knows these steps", "%s", problem);
	parameters = half_done_for(&refusals, rc, "cut-short");
	change_answer_set(&told, "io.cxlfm.Host.Failed", parameters);
	change_listeners_answer_unwatching(work->record, &told);
	change_answer_deinit(&told);
}

void work_answer_late(struct work *work)
{
	const struct change *life = &work->life;
	struct change_answer told = CHANGE_ANSWER_NULL;
	const bool goes_on = change_is_kept(work->record);
	const bool nothing_is_done = life->task == CHANGE_NOTE && !life->stages && !goes_on;
	const struct answer answer =
		nothing_is_done
			? (struct answer){ "io.cxlfm.Host.StoreFailed",
					   outcome_text_to_json(work->engine->store_problem), 0 }
			: (struct answer){ "io.cxlfm.Host.Failed",
					   work_not_known(work->engine->store_problem, goes_on),
					   0 };

	send(work, &answer, &told);
	change_answer_deinit(&told);
}

/* ---- a change that nobody has asked for ---- */

static void tell_refusals(const struct work *work)
{
	const struct refusal_list *refusals = &work->life.refusals;

	for (size_t i = 0; i < refusals->list.count; i++)
		log_notice(work->engine->log, "%s: %s", work_object_name(work),
			   refusals->list.items[i].text);
}

/* What a performer held for nobody; a change that was moot has not begun a step. */
static void tell_stray(const struct work *work, enum step_exec_outcome outcome)
{
	if (outcome == STEP_EXEC_UNDONE)
		log_warning(work->engine->log, "%s stays, and is held for nobody",
			    work_object_name(work));
	tell_refusals(work);
}

static void log_end(const struct work *work)
{
	const struct log *log = work->engine->log;
	const enum step_exec_outcome outcome = step_exec_outcome(&work->life.exec);
	const char *object = work_object_name(work);

	if (outcome == STEP_EXEC_LEFTOVER || outcome == STEP_EXEC_INCOMPLETE)
		log_error(log, "%s: a change could not be %s entirely", object,
			  outcome == STEP_EXEC_LEFTOVER ? "taken back" : "finished");
	else if (work->record->origin == CHANGE_OF_RECOVERY && !work_is_left(work))
		tell_stray(work, outcome);
	else if (work_is_left(work))
		log_notice(log, "%s: a change that was cut short has been %s", object,
			   work->life.result == CHANGE_DONE ? "finished" : "taken back");
}

static void tell_log(const struct work *work)
{
	switch (work->life.result) {
	case CHANGE_DONE:
	case CHANGE_FAILED:
		log_end(work);
		break;
	case CHANGE_REFUSED:
	case CHANGE_HANDED_OVER:
		tell_refusals(work);
		break;
	case CHANGE_NOT_TAKEN_UP:
	case CHANGE_NOT_CLOSED:
	case CHANGE_TOLD:
	case CHANGE_NOT_PLANNED:
	case CHANGE_NOT_SEEN:
	case CHANGE_NOT_LIVE:
	case CHANGE_NOT_STORED:
	case CHANGE_UNWANTED:
		break;
	}
}

/* An entry of a crash ends well when its change was taken back, but for whoever has asked for it.
 */
static bool ended_well(const struct work *work)
{
	const enum change_result result = work->life.result;

	if (is_asked_before(work))
		return is_finished(work);
	return result == CHANGE_DONE || result == CHANGE_TOLD ||
	       (result == CHANGE_FAILED && work->life.taken_up && was_taken_back(work));
}

void work_answer(struct work *work)
{
	if (!work_is_asked(work))
		tell_log(work);
	if (ended_well(work))
		reply(work);
	else
		reply_with_error(work);
	/* Nothing was done, so whoever asks again gets a new change. */
	if (is_asked_before(work) && is_settled(work) && !stages_left(work))
		*work->record->request = '\0';
	work_end(work);
}
