// SPDX-License-Identifier: GPL-2.0-only
/*
 * Entries of a crash that can't be taken up for now, or can't be closed: a performer does not
 * answer, the entry is of a version that knows more kinds of steps, or the store can't be written
 * when the steps are done. Such an entry keeps its lanes, so that no change is
 * built on another that is half done. A client whose change needs one of these lanes is told at
 * once, and so is a client who listens to the entry without `more`; all other changes go on. The
 * daemon tries again, unless the entry is of another version.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/engine/engine-internal.h"
#include "daemon/engine/outcome.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/json.h"

/* The time between attempts: at first, and at most. */
#define RETRY_FIRST_MS 500
#define RETRY_LAST_MS  30000

static char *problem_of(const struct work *work)
{
	char *problem;
	int rc;

	if (work->life.result == CHANGE_NOT_CLOSED)
		rc = asprintf(
			&problem,
			"a change of %s was cut short and is done by now, but the store can't "
			"be written: %s",
			work->entry.object, strerror(-work->life.error));
	else if (work->entry.steps.list.count)
		rc = asprintf(&problem,
			      "a change of %s was cut short, and can't be looked at now: %s",
			      work->entry.object, strerror(-work->life.error));
	else
		rc = asprintf(&problem,
			      "a change of %s was cut short, and this version of cxlfmd does not "
			      "understand its journal entry %s",
			      work->entry.object, work->key);
	return rc < 0 ? NULL : problem;
}

/* Clients who listen for news wait for the next try, and know for what. */
static void tell_watchers(const struct work *work)
{
	_cleanup_json_ struct json_object *news =
		work->problem ? outcome_news_to_json(NULL, work->problem) : NULL;

	change_tell(work->record, news);
}

/* The log and the clients are told a problem once, not with each attempt. */
static void tell(struct work *work)
{
	_cleanup_free_ char *before = TAKE_PTR(work->problem);

	work->problem = problem_of(work) ?: TAKE_PTR(before);
	if (before && strcmp(before, work->problem) == 0)
		return;
	log_error(work->engine->log, "%s; cxlfmd refuses changes that could get in the way",
		  work->problem ?: "no memory");
	tell_watchers(work);
}

bool work_is_left(const struct work *work)
{
	return work->entry.object != NULL;
}

void work_leave_alone(struct work *work)
{
	tell(work);
	work->is_left_alone = true;
	work_answer_left(work);
	work_leaves_host(work);
	work_give_performer_back(work);
	if (work->entry.steps.list.count) {
		const uint64_t wait_ms = work->retry_ms ?: RETRY_FIRST_MS;

		work_set_timer(work, wait_ms);
		work->retry_ms = clock_longer_ms(wait_ms, RETRY_LAST_MS);
	}
	engine_wake(work->engine);
}

void work_take_up(struct work *work)
{
	change_deinit(&work->life);
	change_init(&work->life, &work->entry.lanes);
	if (work->entry.steps.list.count)
		change_take_up(&work->life, &work->entry.steps);
	else
		change_read(&work->life, -EBADMSG, NULL);
	work->life.notes = true;
}

void work_begin_left(struct work *work)
{
	if (work->life.task == CHANGE_WAIT)
		change_waited(&work->life);
	work_touches_host(work);
}

void work_take_up_again(struct work *work)
{
	/* The steps are done, and are not read again: others may have changed the values since. */
	if (work->life.result == CHANGE_NOT_CLOSED) {
		change_close_again(&work->life);
		work_proceed(work);
		return;
	}
	work_take_up(work);
	/* Without memory the change had not even its lanes. */
	if (!work->has_begun) {
		work->is_left_alone = false;
		engine_wake(work->engine);
		return;
	}
	work_begin_left(work);
	work_proceed(work);
}

void work_is_taken_up(struct work *work)
{
	if (work->is_left_alone)
		log_notice(work->engine->log, "%s: cxlfmd recovers the change now",
			   work->entry.object);
	work->is_left_alone = false;
	free(TAKE_PTR(work->problem));
}

static struct work *find_left_behind(const struct engine *engine)
{
	for (size_t i = 0; i < engine->works.count; i++) {
		struct work *work = engine->works.items[i];
		const struct work *holder = lanes_holder(&engine->lanes, &work->life.lanes, work);

		if (work_is_asked(work) && work_is_waiting(work) && holder && holder->is_left_alone)
			return work;
	}
	return NULL;
}

void works_refuse_left(struct engine *engine)
{
	struct work *work;

	while ((work = find_left_behind(engine))) {
		const struct work *holder = lanes_holder(&engine->lanes, &work->life.lanes, work);

		free(work->problem);
		work->problem = holder->problem ? strdup(holder->problem) : NULL;
		change_not_stored(&work->life, -EIO);
		work_proceed(work);
	}
}
