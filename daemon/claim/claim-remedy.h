/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is to be done about a claim that is not as it wants to be, and when: at once, after a while,
 * or not at all. Pure; it knows no clock.
 *
 * What a reboot, a hot-plug or a crash did is made good in any case. What somebody else did on
 * purpose (drift) is made good or left, as the claim says, and not before they had time to finish:
 * whoever takes something down disables it first. Trying again and again takes longer and longer,
 * and ends; so does a contest with somebody who undoes it each time.
 *
 * What looks alike is told apart by what was heard (daemon/observe/causes.h): what went because the
 * kernel took its device through error recovery, or because its device was taken out, went by
 * nobody's will.
 */
#pragma once

#include "daemon/claim/claim-state.h"
#include "daemon/claim/claim.h"
#include "daemon/observe/causes.h"
#include "daemon/observe/world.h"

#define CLAIM_ATTEMPTS_MAX 10

/* Of the first attempt against drift, doubled for each further attempt of any kind. */
#define CLAIM_DELAY_MS 1000
/* The longest. */
#define CLAIM_DELAY_MAX_MS 300000
/* A claim that was well for so long has a new beginning. */
#define CLAIM_WELL_MS 600000

/*
 * Between a look that shows that what was given is going (struct claim_cure) and the kernel's word
 * of its device, whichever comes first. Of a region that has lost a device the last things that
 * hang on the device go in between (cxl_decoder_kill_region() and what follows it, some of which is
 * left to a work queue), at once on an idle machine. What is gone altogether was taken down by
 * somebody.
 */
#define CLAIM_CAUSE_LEAD_MS 10000

/* What was tried for a claim so far. All times are CLOCK_BOOTTIME. */
struct claim_mending {
	unsigned int attempts;	/* since it was well for long */
	uint64_t not_before_ms; /* of the next one */
	uint64_t well_since_ms; /* or 0 */
	bool acted;		/* what the last one did was not looked at yet */
	char *failure;		/* of the last attempt, in words, or NULL */

	/* Since when it looks like somebody's doing, and what it came of: claim_mending_explain().
	 */
	uint64_t seen_look;    /* the last one; 0: none */
	uint64_t seen_ms;      /* when that was over, CLOCK_BOOTTIME */
	uint64_t other_look;   /* the last one at which it did not look so */
	uint64_t from_ms;      /* what was heard since then may be its cause, too */
	uint64_t spent_ms;     /* what was heard until then has had its effect, and was mended */
	uint64_t until_ms;     /* what begins later is no cause of it; 0: it does not look so */
	enum cause_kind cause; /* CAUSE_UNKNOWN while it is well */
	struct claim_member culprit; /* the device; without its path */
};

void claim_mending_deinit(struct claim_mending *mending);

/**
 * claim_remedy_choose() - what would make the claim good
 * @sight: as its kind saw it; CLAIM_STALLED is set: whether nothing will be done, and why; or else
 *	what what is wrong has come of, if that is known
 * @arena: receives its text
 *
 * Return: 0 or -ENOMEM.
 */
int claim_remedy_choose(const struct claim *claim, const struct claim_mending *mending,
			struct arena *arena, struct claim_sight *sight,
			enum claim_remedy *ret_remedy);

/**
 * claim_mending_observed() - the host was looked at
 * @before: how the claim stood at the look before, or NULL when there was none
 * @after: how it stands at this one
 * @now_ms: CLOCK_BOOTTIME
 */
void claim_mending_observed(struct claim_mending *mending, const struct claim_sight *before,
			    const struct claim_sight *after, uint64_t now_ms);

/**
 * claim_mending_explain() - does what looks like somebody's doing come of what was heard of a
 * device?
 * @world: that was looked at
 * @sight: what that has shown; after claim_mending_observed()
 * @now_ms: CLOCK_BOOTTIME, not 0
 *
 * It does when the last of that was heard after the last look that did not show it, and the first
 * of it before the end of the first look that did. Of what is still going both may be
 * CLAIM_CAUSE_LEAD_MS off. Then it is nobody's will, and no attempt was in vain: the next one is
 * the first, and due. What has been explained stays so until the claim is well.
 */
void claim_mending_explain(struct claim_mending *mending, const struct claim *claim,
			   const struct world *world, const struct claim_sight *sight,
			   uint64_t now_ms);

/**
 * claim_mending_host_changed() - the host is not what it was at the look before
 *
 * What could not be done there may be possible here: who gave up after a failure has one attempt
 * more, when its time has come. Who was undone each time has not.
 */
void claim_mending_host_changed(struct claim_mending *mending);

/**
 * claim_mending_tried() - an attempt has ended
 * @failure: why it failed, copied; or NULL. Then nothing is left of it that a look would show: the
 *	next one begins with a look when its time has come.
 * @random: any number, so that claims that failed together are not tried together again
 */
void claim_mending_tried(struct claim_mending *mending, const char *failure, uint64_t now_ms,
			 uint32_t random);
