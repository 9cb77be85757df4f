/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a claim stands at a look: its conditions, as users see them, and what would cure the first
 * thing that is not as the claim wants it. A kind of claim finds both (claim-kind.h); what is done
 * about it, and when, is decided for claims of all kinds alike (claim-remedy.h). Values.
 */
#pragma once

#include <stdbool.h>

enum claim_condition {
	CLAIM_PLANNED,	/* its devices are there: it has been given what it wants, or can be */
	CLAIM_CARVED,	/* what it was given is there */
	CLAIM_ONLINE,	/* all that it asks for: its goal is reached */
	CLAIM_DEGRADED, /* some of what it had is missing or not as it wants it */
	CLAIM_LOST,	/* nothing of it is there, and it can't be brought back now */
	CLAIM_STALLED,	/* it is not as it wants to be, and nothing is done about that */
	CLAIM_CONDITION_COUNT,
};

/** claim_condition_name() - "Planned", ... */
const char *claim_condition_name(enum claim_condition condition);

/* The reasons that claims of all kinds have, one word each; a kind has others of its own. */
#define CLAIM_AS_WANTED "AsWanted"

/* It is made good: why is not known, or the kernel has reset its device, or that was taken out. */
#define CLAIM_MENDING	       "Mending"
#define CLAIM_DEVICE_RECOVERED "DeviceRecovered"
#define CLAIM_DEVICE_REMOVED   "DeviceRemoved"

/*
 * Nothing is done about it: it waits for what it can't do without, is left as its drift policy
 * says, could only be made anew, or was tried too often.
 */
#define CLAIM_WAITING	 "Waiting"
#define CLAIM_LEFT_ALONE "LeftAlone"
#define CLAIM_NEEDS_ANEW "NeedsAnew"
#define CLAIM_GAVE_UP	 "GaveUp"

struct claim_state {
	bool holds;
	const char *reason; /* one word in CamelCase, which outlives the claim */
	const char *text;   /* one sentence, in the arena given; or NULL */
};

/** claim_state_is() - is this word the state's reason? */
bool claim_state_is(const struct claim_state *state, const char *reason);

/* In the order in which they are applied: what frees something comes before what takes it. */
enum claim_remedy {
	CLAIM_REMEDY_CLEAR,   /* take down what is left of what it was given */
	CLAIM_REMEDY_DISABLE, /* take what it was given out of use */
	CLAIM_REMEDY_ENABLE,  /* put what it was given to use, as far as its goal */
	CLAIM_REMEDY_MAKE,    /* give it what it wants again */
	CLAIM_REMEDY_NONE,
};

/* What would do something about the first thing that is not as it is wanted. */
struct claim_cure {
	enum claim_remedy remedy; /* CLAIM_REMEDY_NONE where all is well, too */
	bool is_drift;		  /* it is somebody's doing */
	bool is_going;	    /* what it was given is still going: its cause may be heard of later */
	bool is_half;	    /* what was left is taken down, which is half of an attempt */
	const char *stalls; /* where there is no remedy: the reason why */
	const char *text;   /* ... in a sentence; NULL: what CLAIM_ONLINE says */
};

/* How a claim stands at a look. */
struct claim_sight {
	struct claim_state states[CLAIM_CONDITION_COUNT];
	struct claim_cure cure;
	const char *object; /* the kernel's name for what it was given, in the arena; or NULL */
};
