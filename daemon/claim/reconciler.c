// SPDX-License-Identifier: GPL-2.0-only
/*
 * The loop's side of mending claims: the times of attempts, and the log. claim-remedy.c and
 * claim-table.c decide which claim is mended, and how.
 */
#include "daemon/claim/reconciler.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct reconciler {
	const struct log *log;
	struct claim_table *claims;
	struct reconciler_engine engine; /* empty before the beginning */
	struct timekeeper timekeeper;
	struct timer *timer;
	uint32_t (*random)(void);
};

static void on_time(void *userdata)
{
	struct reconciler *reconciler = userdata;

	reconciler->engine.wake(reconciler->engine.userdata);
}

static uint64_t boot_ms(const struct reconciler *reconciler)
{
	return reconciler->timekeeper.now_ms(&reconciler->timekeeper, CLOCK_BOOTTIME);
}

int reconciler_new(const struct timekeeper *timekeeper, uint32_t (*random)(void),
		   const struct log *log, struct claim_table *claims,
		   struct reconciler **ret_reconciler)
{
	struct reconciler *reconciler = calloc(1, sizeof(*reconciler));
	int rc;

	if (!reconciler)
		return -ENOMEM;
	*reconciler = (struct reconciler){
		.log = log,
		.claims = claims,
		.timekeeper = *timekeeper,
		.random = random,
	};
	rc = timekeeper->add(&reconciler->timekeeper, CLOCK_BOOTTIME, on_time, reconciler,
			     &reconciler->timer);
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
	(void)reconciler->timekeeper.free(reconciler->timer);
	free(reconciler);
	return NULL;
}

void reconciler_begin(struct reconciler *reconciler, const struct reconciler_engine *engine)
{
	reconciler->engine = *engine;
}

/* An admin reads the log when a claim is not well: the log has the fault, and its end. */
static void tell(const struct reconciler *reconciler, const struct claim_record *record)
{
	const struct claim_state *online = &record->sight.states[CLAIM_ONLINE];
	const struct claim_state *stalled = &record->sight.states[CLAIM_STALLED];

	if (online->holds)
		log_notice(reconciler->log, "%s: as wanted", record->claim.name);
	else
		log_notice(reconciler->log, "%s: %s", record->claim.name, online->text);
	if (!stalled->holds && stalled->text)
		log_notice(reconciler->log, "%s: %s; cxlfmd mends the claim", record->claim.name,
			   stalled->text);
	if (stalled->holds && stalled->text != online->text)
		log_notice(reconciler->log, "%s: cxlfmd leaves the claim as it is: %s",
			   record->claim.name, stalled->text);
}

void reconciler_observe(struct reconciler *reconciler, const struct world *world)
{
	const struct claim_table *claims = reconciler->claims;

	if (claim_table_observe(
		    reconciler->claims, world,
		    reconciler->timekeeper.now_ms(&reconciler->timekeeper, CLOCK_REALTIME),
		    boot_ms(reconciler)) < 0)
		log_error(reconciler->log, "no memory to look at the claims");
	for (size_t i = 0; i < claims->records.count; i++)
		if (claims->records.items[i]->changed)
			tell(reconciler, claims->records.items[i]);
	if (reconciler->engine.wake)
		reconciler->engine.wake(reconciler->engine.userdata);
}

static void wake_at(struct reconciler *reconciler, uint64_t time_ms)
{
	int rc = reconciler->timekeeper.set(reconciler->timer, time_ms);

	if (rc < 0)
		log_error(reconciler->log, "no timer: %s", strerror(-rc));
}

void reconciler_next(struct reconciler *reconciler)
{
	const struct claim_gate gate = { reconciler->engine.may_mend, reconciler->engine.userdata };
	uint64_t wake_ms;
	struct claim_record *record =
		claim_table_next(reconciler->claims, &gate, boot_ms(reconciler), &wake_ms);

	wake_at(reconciler, record ? TIMER_OFF : wake_ms);
	if (record && reconciler->engine.mend(reconciler->engine.userdata, record->claim.name,
					      record->remedy) < 0)
		log_error(reconciler->log, "no memory to mend %s", record->claim.name);
}

bool reconciler_has_work(const struct reconciler *reconciler, const struct lane_set *lanes,
			 const char *claimant, const char *except)
{
	return claim_table_is_due(reconciler->claims, lanes, boot_ms(reconciler), claimant, except);
}

void reconciler_mended(struct reconciler *reconciler, const char *claim, const char *failure,
		       bool held)
{
	struct claim_record *record = claim_table_find(reconciler->claims, claim);

	if (failure)
		log_warning(reconciler->log, "%s: could not be mended: %s", claim, failure);
	if (!record)
		return;
	claim_mending_tried(&record->mending, failure, boot_ms(reconciler), reconciler->random());
	/* Each further claim would wait for the other program as long as this claim has. */
	if (held)
		claim_table_put_off(reconciler->claims, record->mending.not_before_ms);
}
