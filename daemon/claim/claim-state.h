/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a claim stands at a look: its conditions, as users see them, and what would cure the first
 * thing that is not as the claim wants. A kind of claim finds both (claim-kind.h);
 * claim-remedy.h decides on the cure and its time, for claims of all kinds alike. Values.
 */
#pragma once

#include <stdbool.h>

enum claim_condition {
	CLAIM_PLANNED,	/* the claim's devices are there: the claim has its resources, or can get
			   them */
	CLAIM_CARVED,	/* what the claim was given is there */
	CLAIM_ONLINE,	/* the claim has all that the claim asks for: the goal is reached */
	CLAIM_DEGRADED, /* a part of what the claim was given is missing, or is not as wanted */
	CLAIM_LOST,	/* nothing of what the claim was given is there, nor can be made now */
	CLAIM_STALLED,	/* the claim is not as wanted, and the daemon does nothing about that */
	CLAIM_CONDITION_COUNT,
};

/** claim_condition_name() - "Planned", ... */
const char *claim_condition_name(enum claim_condition condition);

/* The reasons that claims of all kinds have, one word each; a kind adds reasons of its own. */
#define CLAIM_AS_WANTED "AsWanted"

/* The claim is mended: the cause is not known; the kernel has reset the claim's device; somebody
 * has taken the device out. */
#define CLAIM_MENDING	       "Mending"
#define CLAIM_DEVICE_RECOVERED "DeviceRecovered"
#define CLAIM_DEVICE_REMOVED   "DeviceRemoved"

/*
 * The daemon does nothing about the claim: a resource that the claim needs is missing; the drift
 * policy says "leave"; the claim's object would have to be made anew; attempts have failed too
 * often.
 */
#define CLAIM_WAITING	 "Waiting"
#define CLAIM_LEFT_ALONE "LeftAlone"
#define CLAIM_NEEDS_ANEW "NeedsAnew"
#define CLAIM_GAVE_UP	 "GaveUp"

/* This version does not know the claim's kind: no condition is known, and nothing is done. */
#define CLAIM_UNKNOWN_KIND "UnknownKind"

struct claim_state {
	bool holds;
	const char *reason; /* one word in CamelCase, which outlives the claim */
	const char *text;   /* one sentence, in the arena given; or NULL */
};

/** claim_state_is() - is this word the state's reason? */
bool claim_state_is(const struct claim_state *state, const char *reason);

/* In the order of their application: a remedy that frees a resource comes before one that takes it.
 */
enum claim_remedy {
	CLAIM_REMEDY_CLEAR,   /* take down the rest of what the claim was given */
	CLAIM_REMEDY_DISABLE, /* take what the claim was given out of use */
	CLAIM_REMEDY_ENABLE,  /* put what the claim was given to use, as far as the claim's goal */
	CLAIM_REMEDY_MAKE,    /* make again what the claim wants */
	CLAIM_REMEDY_NONE,
};

/* The cure for the first thing that is not as the claim wants. */
struct claim_cure {
	enum claim_remedy remedy; /* CLAIM_REMEDY_NONE where all is well, too */
	bool is_drift;		  /* another program or a person did that */
	bool is_going;	    /* the object is still going: the event of its cause may come later */
	bool is_half;	    /* the remedy takes down the rest, which is half of an attempt */
	const char *stalls; /* where there is no remedy: the reason why */
	const char *text;   /* the same reason in a sentence; NULL: the text of CLAIM_ONLINE */
};

/* How a claim stands at a look. */
struct claim_sight {
	struct claim_state states[CLAIM_CONDITION_COUNT];
	struct claim_cure cure;
	const char
		*object; /* the kernel's name for what the claim was given, in the arena; or NULL */
};
