// SPDX-License-Identifier: GPL-2.0-only
/*
 * The loop's side of making claims good: when, and telling of it. What is done is decided by
 * claim/claim-remedy.c and claim/claim-table.c.
 */
#include "daemon/claim/reconciler.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "util/clock.h"

struct reconciler {
	const struct log *log;
	struct claim_table *claims;
	struct reconciler_engine engine; /* empty before the beginning */
	sd_event_source *timer;
};

static int on_time(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct reconciler *reconciler = userdata;

	reconciler->engine.wake(reconciler->engine.userdata);
	return 0;
}

int reconciler_new(sd_event *event, const struct log *log, struct claim_table *claims,
		   struct reconciler **ret_reconciler)
{
	struct reconciler *reconciler = calloc(1, sizeof(*reconciler));
	int rc;

	if (!reconciler)
		return -ENOMEM;
	*reconciler = (struct reconciler){ .log = log, .claims = claims };
	rc = sd_event_add_time(event, &reconciler->timer, CLOCK_BOOTTIME, 0, 0, on_time,
			       reconciler);
	if (rc >= 0)
		rc = sd_event_source_set_enabled(reconciler->timer, SD_EVENT_OFF);
	if (rc < 0) {
		(void)reconciler_free(reconciler);
		return rc;
	}
	*ret_reconciler = reconciler;
	return 0;
}

struct reconciler *reconciler_free(struct reconciler *reconciler)
{
	if (!reconciler)
		return NULL;
	(void)sd_event_source_disable_unref(reconciler->timer);
	free(reconciler);
	return NULL;
}

void reconciler_begin(struct reconciler *reconciler, const struct reconciler_engine *engine)
{
	reconciler->engine = *engine;
}

/* An admin reads the log when something is wrong: what is, and when it no longer is. */
static void tell(const struct reconciler *reconciler, const struct claim_record *record)
{
	const struct claim_state *online = &record->states[CLAIM_ONLINE];
	const struct claim_state *stalled = &record->states[CLAIM_STALLED];

	if (online->holds)
		log_notice(reconciler->log, "%s: as it is wanted", record->claim.name);
	else
		log_notice(reconciler->log, "%s: %s", record->claim.name, online->text);
	if (!stalled->holds && stalled->text)
		log_notice(reconciler->log, "%s: %s, and it is made good", record->claim.name,
			   stalled->text);
	if (stalled->holds && stalled->text != online->text)
		log_notice(reconciler->log, "%s: nothing is done about it: %s", record->claim.name,
			   stalled->text);
}

void reconciler_observe(struct reconciler *reconciler, const struct world *world)
{
	const struct claim_table *claims = reconciler->claims;

	if (claim_table_observe(reconciler->claims, world, clock_ms(CLOCK_REALTIME),
				clock_ms(CLOCK_BOOTTIME)) < 0)
		log_error(reconciler->log, "no memory to see how the claims stand");
	for (size_t i = 0; i < claims->records.count; i++)
		if (claims->records.items[i]->changed)
			tell(reconciler, claims->records.items[i]);
	if (reconciler->engine.wake)
		reconciler->engine.wake(reconciler->engine.userdata);
}

static void wake_at(struct reconciler *reconciler, uint64_t time_ms)
{
	int rc = sd_event_source_set_enabled(reconciler->timer, SD_EVENT_OFF);

	if (rc >= 0 && time_ms != UINT64_MAX)
		rc = sd_event_source_set_time(reconciler->timer, time_ms * 1000);
	if (rc >= 0 && time_ms != UINT64_MAX)
		rc = sd_event_source_set_enabled(reconciler->timer, SD_EVENT_ONESHOT);
	if (rc < 0)
		log_error(reconciler->log, "no timer: %s", strerror(-rc));
}

void reconciler_next(struct reconciler *reconciler)
{
	uint64_t wake_ms;
	struct claim_record *record =
		claim_table_next(reconciler->claims, clock_ms(CLOCK_BOOTTIME), &wake_ms);

	wake_at(reconciler, record ? UINT64_MAX : wake_ms);
	if (record && reconciler->engine.mend(reconciler->engine.userdata, record->claim.name,
					      record->remedy) < 0)
		log_error(reconciler->log, "no memory to make %s good", record->claim.name);
}

bool reconciler_has_work(const struct reconciler *reconciler, const char *claimant,
			 const char *except)
{
	return claim_table_is_due(reconciler->claims, clock_ms(CLOCK_BOOTTIME), claimant, except);
}

void reconciler_mended(struct reconciler *reconciler, const char *claim, const char *failure,
		       bool held)
{
	struct claim_record *record = claim_table_find(reconciler->claims, claim);
	uint32_t random = 0;

	if (failure)
		log_warning(reconciler->log, "%s: could not be made good: %s", claim, failure);
	if (!record)
		return;
	(void)getrandom(&random, sizeof(random), GRND_NONBLOCK);
	claim_mending_tried(&record->mending, failure, clock_ms(CLOCK_BOOTTIME), random);
	/* Each would wait as long as this one has, and everybody for all of them. */
	if (held)
		claim_table_put_off(reconciler->claims, record->mending.not_before_ms);
}
