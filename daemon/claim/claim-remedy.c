// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whether the daemon mends a claim, and with what patience the daemon tries. Pure.
 */
#include "daemon/claim/claim-remedy.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/claim/claim-kind.h"

void claim_mending_deinit(struct claim_mending *mending)
{
	free(mending->failure);
	*mending = (struct claim_mending){ 0 };
}

static bool is_well(const struct claim_sight *sight)
{
	return sight->states[CLAIM_ONLINE].holds;
}

static int stall(struct claim_sight *sight, const char *reason, const char *text)
{
	sight->states[CLAIM_STALLED] = (struct claim_state){ true, reason, text };
	return text ? 0 : -ENOMEM;
}

/* Why nothing is done about a claim with a remedy; 0 and no state when something is done. */
static int find_stall(const struct claim *claim, const struct claim_mending *mending,
		      struct arena *arena, struct claim_sight *sight)
{
	const struct claim_cure *cure = &sight->cure;

	/* A resource that is still there may be in use. */
	if (cure->remedy == CLAIM_REMEDY_CLEAR && sight->states[CLAIM_CARVED].holds)
		return stall(sight, CLAIM_WAITING, sight->states[CLAIM_ONLINE].text);
	if (cure->remedy == CLAIM_REMEDY_MAKE && !sight->states[CLAIM_PLANNED].holds)
		return stall(sight, CLAIM_WAITING, sight->states[CLAIM_PLANNED].text);
	if (cure->is_drift && claim->drift == CLAIM_DRIFT_LEAVE && mending->cause == CAUSE_UNKNOWN)
		return stall(sight, CLAIM_LEFT_ALONE,
			     "others changed it, and its drift policy is to leave such changes");
	if (mending->attempts < CLAIM_ATTEMPTS_MAX)
		return 0;
	return stall(
		sight, CLAIM_GAVE_UP,
		arena_printf(arena, "tried %u times; the last time %s", mending->attempts,
			     mending->failure ? mending->failure : "the mending did not last"));
}

/* The claim is being mended: the cause of the fault, where the cause is known. */
static int tell_cause(const struct claim *claim, const struct claim_mending *mending,
		      struct arena *arena, struct claim_state *stalled)
{
	const char *which;

	*stalled = (struct claim_state){ .reason = CLAIM_MENDING };
	if (mending->cause == CAUSE_UNKNOWN)
		return 0;
	if (claim_member_has_serial(&mending->culprit))
		which = arena_printf(arena, "the %s with the serial number 0x%" PRIx64,
				     claim->kind->device, mending->culprit.serial);
	else
		which = arena_printf(arena, "a %s of it", claim->kind->device);
	if (!which)
		return -ENOMEM;
	if (mending->cause == CAUSE_RECOVERED) {
		stalled->reason = CLAIM_DEVICE_RECOVERED;
		stalled->text =
			arena_printf(arena, "the kernel has reset %s after an error", which);
	} else {
		stalled->reason = CLAIM_DEVICE_REMOVED;
		stalled->text = arena_printf(arena, "%s was taken out", which);
	}
	return stalled->text ? 0 : -ENOMEM;
}

int claim_remedy_choose(const struct claim *claim, const struct claim_mending *mending,
			struct arena *arena, struct claim_sight *sight,
			enum claim_remedy *ret_remedy)
{
	const struct claim_cure *cure = &sight->cure;
	struct claim_state *stalled = &sight->states[CLAIM_STALLED];
	int rc;

	*ret_remedy = CLAIM_REMEDY_NONE;
	*stalled = (struct claim_state){ .reason = CLAIM_AS_WANTED };
	if (is_well(sight))
		return 0;
	if (cure->remedy == CLAIM_REMEDY_NONE)
		return stall(sight, cure->stalls, cure->text ?: sight->states[CLAIM_ONLINE].text);
	rc = tell_cause(claim, mending, arena, stalled);
	if (rc == 0)
		rc = find_stall(claim, mending, arena, sight);
	if (rc == 0 && !stalled->holds)
		*ret_remedy = cure->remedy;
	return rc;
}

/* ---- patience ---- */

static uint64_t delay_ms(unsigned int attempts)
{
	uint64_t delay = CLAIM_DELAY_MS;

	while (attempts-- > 0 && delay < CLAIM_DELAY_MAX_MS)
		delay *= 2;
	return delay < CLAIM_DELAY_MAX_MS ? delay : CLAIM_DELAY_MAX_MS;
}

static void begin_anew(struct claim_mending *mending)
{
	mending->attempts = 0;
	mending->not_before_ms = 0;
}

static void fell_ill(struct claim_mending *mending, const struct claim_sight *after,
		     uint64_t now_ms)
{
	if (now_ms - mending->well_since_ms >= CLAIM_WELL_MS)
		begin_anew(mending);
	if (after->cure.is_drift && mending->not_before_ms < now_ms + CLAIM_DELAY_MS)
		mending->not_before_ms = now_ms + CLAIM_DELAY_MS;
	mending->well_since_ms = 0;
}

void claim_mending_observed(struct claim_mending *mending, const struct claim_sight *before,
			    const struct claim_sight *after, uint64_t now_ms)
{
	const bool well = is_well(after);

	/* To take down the rest of an object is half of an attempt: the other half is to come. */
	if (mending->acted && mending->attempts && before && !before->cure.is_half &&
	    after->cure.is_half) {
		mending->attempts--;
		/* The pause is for an admin at work, and this fault was no admin's work. */
		if (mending->cause != CAUSE_UNKNOWN && mending->attempts == 0)
			mending->not_before_ms = 0;
	}
	mending->acted = false;
	if (well && mending->well_since_ms == 0)
		mending->well_since_ms = now_ms;
	else if (!well && mending->well_since_ms)
		fell_ill(mending, after, now_ms);
	/* The obstacle to the remedy is gone. */
	if (before && !before->states[CLAIM_PLANNED].holds && after->states[CLAIM_PLANNED].holds)
		begin_anew(mending);
}

static const struct cause *find_cause(const struct claim_mending *mending,
				      const struct claim_member *member,
				      const struct causes *causes)
{
	const bool has_serial = claim_member_has_serial(member);
	const struct cause *cause =
		causes_find(causes, has_serial ? member->serial : UINT64_MAX, member->path);

	if (!cause || cause->begun_ms > mending->until_ms)
		return NULL;
	if (cause->look >= mending->other_look)
		return cause;
	return cause->heard_ms >= mending->from_ms && cause->look >= mending->mended_look ? cause
											  : NULL;
}

static void look_for_cause(struct claim_mending *mending, const struct claim *claim,
			   const struct causes *causes)
{
	const struct claim_member_list *members = claim->kind->devices(claim);

	for (size_t i = 0; i < members->count; i++) {
		const struct cause *cause = find_cause(mending, &members->items[i], causes);

		if (!cause)
			continue;
		mending->cause = cause->kind;
		mending->culprit = (struct claim_member){ .serial = members->items[i].serial };
		begin_anew(mending);
		return;
	}
}

/* At the first look at a claim nobody knows how long the fault has been there. */
static void begin_drift(struct claim_mending *mending, bool is_going, uint64_t look,
			uint64_t now_ms)
{
	const uint64_t lead_ms = is_going ? CLAIM_CAUSE_LEAD_MS : 0;

	mending->other_look = mending->seen_look ?: look;
	mending->until_ms = now_ms + lead_ms;
	mending->from_ms = UINT64_MAX;
	if (lead_ms && mending->seen_look)
		mending->from_ms = mending->seen_ms > lead_ms ? mending->seen_ms - lead_ms : 0;
}

/* The rest of the object is gone: the object was being taken down. */
static void end_lead(struct claim_mending *mending, uint64_t now_ms)
{
	if (mending->until_ms > now_ms)
		mending->until_ms = now_ms;
	mending->from_ms = UINT64_MAX;
}

void claim_mending_explain(struct claim_mending *mending, const struct claim *claim,
			   const struct world *world, const struct claim_sight *sight,
			   uint64_t now_ms)
{
	const struct claim_cure *cure = &sight->cure;
	const bool well = is_well(sight);

	if (!cure->is_drift)
		mending->until_ms = 0;
	else if (mending->until_ms == 0)
		begin_drift(mending, cure->is_going, world->look, now_ms);
	else if (!cure->is_going)
		end_lead(mending, now_ms);
	mending->seen_look = world->look;
	mending->seen_ms = now_ms;
	if (well && mending->is_ill)
		mending->mended_look = world->look;
	mending->is_ill = !well;
	if (well)
		mending->cause = CAUSE_UNKNOWN;
	else if (cure->is_drift && mending->cause == CAUSE_UNKNOWN)
		look_for_cause(mending, claim, world->causes);
}

void claim_mending_host_changed(struct claim_mending *mending)
{
	if (mending->failure && mending->attempts >= CLAIM_ATTEMPTS_MAX)
		mending->attempts = CLAIM_ATTEMPTS_MAX - 1;
}

void claim_mending_tried(struct claim_mending *mending, const char *failure, uint64_t now_ms,
			 uint32_t random)
{
	const uint64_t delay = delay_ms(mending->attempts);

	mending->acted = !failure;
	mending->attempts++;
	/* A delay may grow by up to a quarter. */
	mending->not_before_ms = now_ms + delay + random % (delay / 4);
	free(mending->failure);
	mending->failure = failure ? strdup(failure) : NULL;
}
