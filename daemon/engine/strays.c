// SPDX-License-Identifier: GPL-2.0-only
/* Objects that performers hold for nobody. */
#include "daemon/engine/strays.h"

#include <errno.h>
#include <string.h>

#include "daemon/claim/claim-table.h"
#include "daemon/engine/engine-internal.h"
#include "daemon/engine/stray-subject.h"
#include "util/clock.h"

/* A wire may be mute for long; nobody waits for what it holds. */
#define ANSWER_TIMEOUT_MS 30000
#define RETRY_FIRST_MS	  500
#define RETRY_LAST_MS	  30000

static const char *performer_name(const struct engine *engine)
{
	return engine->performers.kinds.items[engine->strays.next].name;
}

/* A change under way has its objects reserved, and what a crash has left has them, too. */
static bool is_named(const struct engine *engine, const char *name)
{
	return reservations_holder(&engine->reservations, name, NULL) ||
	       claim_table_names(engine->claims, name);
}

static int give_back(struct engine *engine, const struct performer_held *held)
{
	if (is_named(engine, held->name))
		return 0;
	log_notice(engine->log, "%s is held for no claim and for no change, and is given back: %s",
		   held->step.object, held->name);
	return work_of_ours(engine, CHANGE_OF_RECOVERY, stray_new(held));
}

static void finish_asking(struct engine *engine)
{
	struct strays *strays = &engine->strays;

	(void)sd_event_source_set_enabled(strays->timer, SD_EVENT_OFF);
	performers_give_back(&engine->performers, strays->asked);
	strays->asked = NULL;
}

/* The log tells the first failure only. */
static void try_again(struct engine *engine, int error)
{
	struct strays *strays = &engine->strays;

	if (!strays->retry_ms)
		log_warning(engine->log, "what the performer %s holds can't be listed yet: %s",
			    performer_name(engine), strerror(-error));
	strays->waits = true;
	strays->retry_ms = strays->retry_ms ? clock_longer_ms(strays->retry_ms, RETRY_LAST_MS)
					    : RETRY_FIRST_MS;
	engine_set_timer(engine, strays->timer, strays->retry_ms);
}

static void on_held(void *userdata, int error, const struct performer_held *held, size_t count)
{
	struct engine *engine = userdata;

	for (size_t i = 0; error == 0 && i < count; i++)
		error = give_back(engine, &held[i]);
	finish_asking(engine);
	if (error) {
		try_again(engine, error);
	} else {
		engine->strays.next++;
		engine->strays.retry_ms = 0;
	}
	engine_wake(engine);
}

static int on_time(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct engine *engine = userdata;
	struct strays *strays = &engine->strays;

	if (strays->asked) {
		strays->asked->ops->release(strays->asked);
		finish_asking(engine);
		try_again(engine, -ETIMEDOUT);
		return 0;
	}
	strays->waits = false;
	strays_ask(engine);
	return 0;
}

/* Returns false where there is no answer to wait for: the next kind may be asked. */
static bool ask_next(struct engine *engine)
{
	struct strays *strays = &engine->strays;
	int rc = performers_take(&engine->performers, performer_name(engine), &strays->asked);

	if (rc == 0 && !strays->asked->ops->list) {
		finish_asking(engine);
		strays->next++;
		return false;
	}
	engine_set_timer(engine, strays->timer, ANSWER_TIMEOUT_MS);
	if (rc == 0)
		rc = strays->asked->ops->list(strays->asked, on_held, engine);
	if (rc == 0)
		return true;
	finish_asking(engine);
	try_again(engine, rc);
	return true;
}

void strays_ask(struct engine *engine)
{
	struct strays *strays = &engine->strays;

	/* Without the store nobody knows what is claimed. */
	if (strays->asked || strays->waits || !engine->serves_clients || !engine->store ||
	    engine->store_problem)
		return;
	while (strays->next < engine->performers.kinds.count)
		if (ask_next(engine))
			return;
}

int strays_init(struct engine *engine)
{
	int rc = sd_event_add_time(engine->event, &engine->strays.timer, CLOCK_MONOTONIC, 0, 0,
				   on_time, engine);

	return rc < 0 ? rc : sd_event_source_set_enabled(engine->strays.timer, SD_EVENT_OFF);
}

void strays_deinit(struct strays *strays)
{
	(void)sd_event_source_disable_unref(strays->timer);
}
