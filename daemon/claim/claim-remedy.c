// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of remedies, and the patience with which they are tried. Pure.
 */
#include "daemon/claim/claim-remedy.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* By what is the first thing that is not as it should be. */
struct cure {
	enum claim_remedy remedy;
	bool drift;		  /* it is somebody's doing */
	enum claim_reason stalls; /* where there is no remedy: why */
};

#define CURE(does)	  { .remedy = CLAIM_REMEDY_##does }
#define CURE_DRIFT(does)  { .remedy = CLAIM_REMEDY_##does, .drift = true }
#define CURE_NONE(reason) { .remedy = CLAIM_REMEDY_NONE, .stalls = (reason) }

static const struct cure cures[CLAIM_REASON_COUNT] = {
	[CLAIM_NOT_BOUND] = CURE(MAKE),
	[CLAIM_REBOOTED] = CURE(MAKE),
	[CLAIM_RELEASED] = CURE(MAKE),
	[CLAIM_REGION_MISSING] = CURE_DRIFT(MAKE),
	[CLAIM_DEVICE_MISSING] = CURE(CLEAR),
	[CLAIM_DEVICE_DISABLED] = CURE(CLEAR),
	[CLAIM_UNCOMMITTED] = CURE_DRIFT(CLEAR),
	[CLAIM_OTHER_SHAPE] = CURE_NONE(CLAIM_NEEDS_ANEW),
	[CLAIM_REGION_ENABLED] = CURE_DRIFT(DISABLE),
	[CLAIM_REGION_DISABLED] = CURE_DRIFT(ENABLE),
	/* The one that comes with enabling is all that there is to be had. */
	[CLAIM_NO_DAX_DEVICE] = CURE_DRIFT(DISABLE),
	[CLAIM_OTHER_MODE] = CURE_DRIFT(ENABLE),
	[CLAIM_MEMORY_UNKNOWN] = CURE_NONE(CLAIM_WAITING),
	[CLAIM_MEMORY_ONLINE] = CURE_DRIFT(ENABLE),
	[CLAIM_MEMORY_OFFLINE] = CURE_DRIFT(ENABLE),
	[CLAIM_OTHER_ZONE] = CURE_DRIFT(ENABLE),
};

void claim_mending_deinit(struct claim_mending *mending)
{
	free(mending->failure);
	*mending = (struct claim_mending){ 0 };
}

static enum claim_reason problem_of(const struct claim_state *states)
{
	return states[CLAIM_ONLINE].holds ? CLAIM_AS_WANTED : states[CLAIM_ONLINE].reason;
}

static int stall(struct claim_state *states, enum claim_reason reason, const char *text)
{
	states[CLAIM_STALLED] = (struct claim_state){ true, reason, text };
	return text ? 0 : -ENOMEM;
}

/* Why nothing is done about a claim that there is a remedy for; 0 and no state when it is. */
static int find_stall(const struct claim *claim, const struct claim_mending *mending,
		      const struct cure *cure, struct arena *arena, struct claim_state *states)
{
	/* What still decodes may be in use. */
	if (cure->remedy == CLAIM_REMEDY_CLEAR && states[CLAIM_CARVED].holds)
		return stall(states, CLAIM_WAITING, states[CLAIM_ONLINE].text);
	if (cure->remedy == CLAIM_REMEDY_MAKE && !states[CLAIM_PLANNED].holds)
		return stall(states, CLAIM_WAITING, states[CLAIM_PLANNED].text);
	/* Whoever enabled it may have its data in use by now: only a person takes that away. */
	if (cure->remedy == CLAIM_REMEDY_DISABLE && claim->type == TOPO_MODE_PMEM)
		return stall(states, CLAIM_LEFT_ALONE,
			     "its data is not taken from whoever has enabled it: disable-region "
			     "does that");
	if (cure->drift && claim->drift == CLAIM_DRIFT_LEAVE && mending->cause == CAUSE_UNKNOWN)
		return stall(states, CLAIM_LEFT_ALONE,
			     "somebody else changed it, and it is to be left then");
	if (mending->attempts < CLAIM_ATTEMPTS_MAX)
		return 0;
	return stall(
		states, CLAIM_GAVE_UP,
		arena_printf(arena, "tried %u times; the last time %s", mending->attempts,
			     mending->failure ? mending->failure : "it worked, and did not last"));
}

/* It is being made good: what it has come of, where that is known. */
static int tell_cause(const struct claim_mending *mending, struct arena *arena,
		      struct claim_state *states)
{
	struct claim_state *stalled = &states[CLAIM_STALLED];
	const char *what, *which = "a memdev of it";

	*stalled = (struct claim_state){ .reason = CLAIM_MENDING };
	if (mending->cause == CAUSE_UNKNOWN)
		return 0;
	if (claim_member_has_serial(&mending->culprit))
		which = arena_printf(arena, "the memdev with the serial number 0x%" PRIx64,
				     mending->culprit.serial);
	if (!which)
		return -ENOMEM;
	if (mending->cause == CAUSE_RECOVERED) {
		stalled->reason = CLAIM_DEVICE_RECOVERED;
		what = arena_printf(arena, "the kernel has reset %s after an error", which);
	} else {
		stalled->reason = CLAIM_DEVICE_REMOVED;
		what = arena_printf(arena, "%s was taken out", which);
	}
	stalled->text = what;
	return what ? 0 : -ENOMEM;
}

int claim_remedy_choose(const struct claim *claim, const struct claim_mending *mending,
			struct arena *arena, struct claim_state *states,
			enum claim_remedy *ret_remedy)
{
	const struct cure *cure = &cures[problem_of(states)];
	int rc;

	*ret_remedy = CLAIM_REMEDY_NONE;
	states[CLAIM_STALLED] = (struct claim_state){ .reason = CLAIM_AS_WANTED };
	if (problem_of(states) == CLAIM_AS_WANTED)
		return 0;
	if (cure->remedy == CLAIM_REMEDY_NONE)
		return stall(states, cure->stalls, states[CLAIM_ONLINE].text);
	rc = tell_cause(mending, arena, states);
	if (rc == 0)
		rc = find_stall(claim, mending, cure, arena, states);
	if (rc == 0 && !states[CLAIM_STALLED].holds)
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

static void fell_ill(struct claim_mending *mending, const struct claim_state *after,
		     uint64_t now_ms)
{
	if (now_ms - mending->well_since_ms >= CLAIM_WELL_MS)
		begin_anew(mending);
	if (cures[problem_of(after)].drift && mending->not_before_ms < now_ms + CLAIM_DELAY_MS)
		mending->not_before_ms = now_ms + CLAIM_DELAY_MS;
	mending->well_since_ms = 0;
}

void claim_mending_observed(struct claim_mending *mending, const struct claim_state *before,
			    const struct claim_state *after, uint64_t now_ms)
{
	const bool well = problem_of(after) == CLAIM_AS_WANTED;

	/* To take down what is left is half of an attempt: the other half is to come. */
	if (mending->acted && mending->attempts && before && problem_of(before) != CLAIM_RELEASED &&
	    problem_of(after) == CLAIM_RELEASED) {
		mending->attempts--;
		/* Nobody has to be given time for what was nobody's will. */
		if (mending->cause != CAUSE_UNKNOWN && mending->attempts == 0)
			mending->not_before_ms = 0;
	}
	mending->acted = false;
	if (well && mending->well_since_ms == 0)
		mending->well_since_ms = now_ms;
	else if (!well && mending->well_since_ms)
		fell_ill(mending, after, now_ms);
	/* What stood in its way is gone. */
	if (before && !before[CLAIM_PLANNED].holds && after[CLAIM_PLANNED].holds)
		begin_anew(mending);
}

static const struct cause *find_cause(const struct claim_mending *mending,
				      const struct claim_member *member,
				      const struct causes *causes)
{
	const bool has_serial = claim_member_has_serial(member);
	const struct cause *cause =
		causes_find(causes, has_serial ? member->serial : TOPO_UNKNOWN, member->path);

	if (!cause || cause->begun_ms > mending->until_ms)
		return NULL;
	if (cause->look >= mending->other_look)
		return cause;
	return cause->heard_ms >= mending->from_ms && cause->heard_ms > mending->spent_ms ? cause
											  : NULL;
}

static void look_for_cause(struct claim_mending *mending, const struct claim *claim,
			   const struct causes *causes)
{
	const struct claim_member_list *members = &claim->binding.members;

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

/* Of what was never seen before, nobody knows how long it has been so. */
static void begin_drift(struct claim_mending *mending, enum claim_reason problem, uint64_t look,
			uint64_t now_ms)
{
	const uint64_t lead_ms = problem == CLAIM_UNCOMMITTED ? CLAIM_CAUSE_LEAD_MS : 0;

	mending->other_look = mending->seen_look ?: look;
	mending->until_ms = now_ms + lead_ms;
	mending->from_ms = UINT64_MAX;
	if (lead_ms && mending->seen_look)
		mending->from_ms = mending->seen_ms > lead_ms ? mending->seen_ms - lead_ms : 0;
}

/* What was left of the region is gone: it was being taken down. */
static void end_lead(struct claim_mending *mending, uint64_t now_ms)
{
	if (mending->until_ms > now_ms)
		mending->until_ms = now_ms;
	mending->from_ms = UINT64_MAX;
}

void claim_mending_explain(struct claim_mending *mending, const struct claim *claim,
			   const struct world *world, const struct claim_state *states,
			   uint64_t now_ms)
{
	const enum claim_reason problem = problem_of(states);
	const bool drifted = cures[problem].drift;

	if (!drifted)
		mending->until_ms = 0;
	else if (mending->until_ms == 0)
		begin_drift(mending, problem, world->look, now_ms);
	else if (problem != CLAIM_UNCOMMITTED)
		end_lead(mending, now_ms);
	mending->seen_look = world->look;
	mending->seen_ms = now_ms;
	if (problem == CLAIM_AS_WANTED && mending->cause != CAUSE_UNKNOWN)
		mending->spent_ms = now_ms;
	if (problem == CLAIM_AS_WANTED)
		mending->cause = CAUSE_UNKNOWN;
	else if (drifted && mending->cause == CAUSE_UNKNOWN)
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
	/* Up to a quarter more. */
	mending->not_before_ms = now_ms + delay + random % (delay / 4);
	free(mending->failure);
	mending->failure = failure ? strdup(failure) : NULL;
}
