/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The remedy for a claim that is not good, and the time of the remedy: at once, after a while, or
 * never. Pure; the caller tells the time.
 *
 * The daemon mends what a reboot, a hot-plug or a crash did, in any case. Drift is what
 * another program or a person did on purpose. The claim's drift policy says whether the daemon
 * mends drift or leaves drift alone. The daemon mends drift after a delay, so that the other has
 * time to finish: an admin who takes a region down disables the region first. The delay grows with
 * each attempt, and the attempts end; so does a contest with somebody who undoes every attempt.
 *
 * Drift and the loss of a device look alike. What was heard (daemon/observe/causes.h) tells one
 * from the other: when the kernel took a device through error recovery, or somebody took the device
 * out, what went with the device is no drift.
 */
#pragma once

#include "daemon/claim/claim-state.h"
#include "daemon/claim/claim.h"
#include "daemon/observe/causes.h"
#include "daemon/observe/world.h"

#define CLAIM_ATTEMPTS_MAX 10

/* The delay before the first attempt against drift; doubled for each further attempt of any kind.
 */
#define CLAIM_DELAY_MS 1000
/* The longest delay. */
#define CLAIM_DELAY_MAX_MS 300000
/* A claim that was well for this time has its attempts counted from 0 again. */
#define CLAIM_WELL_MS 600000

/*
 * The longest time between a look that shows that an object is going (struct claim_cure) and the
 * kernel's event for the object's device, whichever comes first. When a region loses a device, the
 * kernel removes the last parts of the device in between (cxl_decoder_kill_region() and what
 * follows, some of it in a work queue), at once on an idle machine. A region that is gone as a
 * whole was taken down by a person or a program.
 */
#define CLAIM_CAUSE_LEAD_MS 10000

/* What was tried for a claim so far. All times are CLOCK_BOOTTIME. */
struct claim_mending {
	unsigned int attempts;	/* since the claim was well for CLAIM_WELL_MS */
	uint64_t not_before_ms; /* of the next attempt */
	uint64_t well_since_ms; /* or 0 */
	bool acted;		/* no look has shown the effect of the last attempt yet */
	char *failure;		/* of the last attempt, in words, or NULL */

	/* Since when the sight looks like drift, and its cause: claim_mending_explain(). */
	uint64_t seen_look;    /* the last look; 0: none */
	uint64_t seen_ms;      /* the end of the last look, CLOCK_BOOTTIME */
	uint64_t other_look;   /* the last look that showed no drift */
	uint64_t from_ms;      /* an event heard since then may be the cause, too */
	uint64_t mended_look;  /* the last look that showed the end of a fault, whatever its cause:
				  an event before that look has had its effect; 0: none */
	bool is_ill;	       /* the last look showed a fault */
	uint64_t until_ms;     /* an event heard later is no cause; 0: the sight shows no drift */
	enum cause_kind cause; /* CAUSE_UNKNOWN while the claim is well */
	struct claim_member culprit; /* the device; without its path */
};

void claim_mending_deinit(struct claim_mending *mending);

/**
 * claim_remedy_choose() - what would mend the claim
 * @sight: the claim as its kind saw the claim. The function sets CLAIM_STALLED: whether nothing
 *	will be done, and why; otherwise the cause of the fault, if the cause is known
 * @arena: receives the text of CLAIM_STALLED
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
 * claim_mending_explain() - does an event of a device explain what looks like drift?
 * @world: that was looked at
 * @sight: the claim as the look at @world has shown the claim; after claim_mending_observed()
 * @now_ms: CLOCK_BOOTTIME, not 0
 *
 * Events of a device explain the sight when the last event was heard after the last look without
 * the fault, and the first event before the end of the first look with the fault. While an object
 * is still going, both times may be CLAIM_CAUSE_LEAD_MS off; but an event before the begin of a
 * look that showed the claim mended explains no later fault. A sight that is explained is no drift,
 * and no attempt was in vain: the next attempt counts as the first, and is due. An explanation
 * stays until the claim is well.
 */
void claim_mending_explain(struct claim_mending *mending, const struct claim *claim,
			   const struct world *world, const struct claim_sight *sight,
			   uint64_t now_ms);

/**
 * claim_mending_host_changed() - the host is not what it was at the look before
 *
 * A remedy that failed on the host as it was may work on the host as it is: a claim that was given
 * up after a failure gets one attempt more, when its time has come. A claim whose remedy was undone
 * each time gets none.
 */
void claim_mending_host_changed(struct claim_mending *mending);

/**
 * claim_mending_tried() - an attempt has ended
 * @failure: why the attempt failed, copied; or NULL. A failed attempt leaves nothing that a look
 *	would show: the next attempt begins with a look when its time has come.
 * @random: any number, so that claims that failed together are not tried together again
 */
void claim_mending_tried(struct claim_mending *mending, const char *failure, uint64_t now_ms,
			 uint32_t random);
