/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a kind of step is. The rest of change/ knows no kind by its name: whatever it has to decide,
 * it asks here, of a step (its kind, `from` and `to` together). Values.
 *
 * A step goes to something, or to nothing: a kind says which of its values mean "not there".
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct refusal_list;
struct step;
struct step_ops;
/* What a look has shown: the kinds know what is in it, and change/ hands it on. */
struct world;

/* What the executor has to know of steps. */
enum step_trait {
	/* It can be taken back by a step of its own. Without: the inverse of an earlier step covers
	   it. */
	STEP_REVERSIBLE = 1 << 0,
	/* Goes to nothing: what it frees may be somebody else's next, so there is no way back from
	   it. */
	STEP_FREES = 1 << 1,
	/* Goes to something that only one can have: who finds it done without a write of ours has
	 * met somebody else. */
	STEP_TAKES = 1 << 2,
	/* From nothing to something: may happen by itself in the wake of an earlier step. */
	STEP_FOLLOWS = 1 << 3,
	/* Its value tells an owner from another one of the same name. */
	STEP_IDENTITY = 1 << 4,
	/* Its object is the owner: when that goes to nothing, so does all that belongs to it. */
	STEP_OWNER = 1 << 5,
	/* An owner without it does no work; once it is nothing, what is built upon it is not there.
	 */
	STEP_FOUNDATION = 1 << 6,
	/* What it makes is there without its owner, and stays until it is freed. */
	STEP_STAYS = 1 << 7,
	/* Belongs to the whole host, and goes back to its first value whether it is done or undone.
	 */
	STEP_BORROWED = 1 << 8,
	/* As an expectation it need not hold. */
	STEP_NEED_NOT_HOLD = 1 << 9,
	/* A write that failed is a failure even where the value has become the one that was wanted.
	 */
	STEP_WRITE_DECIDES = 1 << 10,
	/* No part of the way forward: performed before the step in front of it is taken back. */
	STEP_GUARD = 1 << 11,
	/* May take as long as whoever asked for it will wait: what is in the way may go by itself.
	 */
	STEP_PATIENT = 1 << 12,
	/* Its values are bytes, and shown with units. */
	STEP_BYTES = 1 << 13,
	/*
	 * Destroys something and can't be read back: only its performer can say that it was done,
	 * and the journal keeps the receipt. There is no way back from where it may have been
	 * begun, and never one of its own; without a receipt it is done once more.
	 */
	STEP_NO_TRACE = 1 << 14,
	/* Its value is not this host's to forget: it survives a reboot of this host. So a note of
	 * it has to survive a power cut, and is taken up whichever kernel runs by then. */
	STEP_LASTING = 1 << 15,
};

/* A lane's name with its NUL: "host", "switch:" and a serial number. */
#define LANE_MAX 48

struct step_kind {
	/* The stable name: "region-target". */
	const char *name;
	/* Who performs such steps (performer.h), by name; NULL where only tests do. */
	const char *performer;
	/*
	 * The lane (lanes.h) of every step of this kind: what one change at a time may write to.
	 * NULL where the lane depends on the step (lane_of()), or where steps need none.
	 */
	const char *lane;
	/* What it is called in a line for people; NULL: by what its object has behind the slash. */
	const char *label;
	/* The values that mean "not there", ended by NULL. */
	const char *const *nothings;
	/* Of enum step_trait. */
	unsigned int traits;
	/*
	 * Where objects are numbered and come by thousands: what stands before the number. Steps
	 * that are alike but for the number are kept and told as one. NULL: they are not.
	 */
	const char *run_prefix;
	/*
	 * For how long an order can still come into effect after whoever sent it has died: until
	 * then a value that is read proves nothing. 0: nothing comes later than the death.
	 */
	unsigned int late_ms;

	/**
	 * is_well_formed() - whether object, of, from and to are of the forms that this kind has
	 *
	 * What a performer demands of a step before it touches anything: a name can then never lead
	 * out of its folder. None of the texts is NULL.
	 */
	bool (*is_well_formed)(const struct step *step);

	/** inverse() - the kind of the inverse, where it is another one; NULL: the same */
	const struct step_kind *(*inverse)(const struct step *step);

	/** lane_of() - the lane of a well-formed step; NULL: `lane` is that of all steps */
	void (*lane_of)(const struct step *step, char lane[static LANE_MAX]);

	/** starts_from() - a value other than `from` that is as good; NULL: there is none */
	bool (*starts_from)(const struct step *step, const char *value);

	/** is_between() - a value that only a step that was begun leaves behind; NULL: there is
	 * none */
	bool (*is_between)(const struct step *step, const char *value);

	/**
	 * is_unused() - whether nobody uses what the step takes away, as @world shows it
	 *
	 * Of a step that goes from something to nothing: such a step withdraws it from whoever uses
	 * it, and is not performed unless a look that was begun right before it shows that nobody
	 * does, on the way forward and on the way back. NULL: whoever performs the step refuses by
	 * himself.
	 */
	bool (*is_unused)(const struct world *world, const struct step *step);

	/**
	 * explain() - adds why a step failed, in an admin's words; NULL: its errno says so
	 *
	 * As step_explain_failure().
	 */
	int (*explain)(const struct step *step, int error, const char *seen,
		       struct refusal_list *refusals);

	/** write() - makes one write of several; as struct step_ops has it; NULL: it is one */
	int (*write)(const struct step_ops *ops, void *context, const struct step *step,
		     uint64_t deadline_ms);
};

/* The kinds that somebody knows: whoever reads steps says which. */
struct step_registry {
	const struct step_kind *const *kinds;
	size_t count;
};

/** step_kind_find() - the kind of a name; NULL when the registry has none */
const struct step_kind *step_kind_find(const struct step_registry *registry, const char *name);

/** step_kind_is_nothing() - whether a value means "not there" */
bool step_kind_is_nothing(const struct step_kind *kind, const char *value);

/** step_withdraws() - whether a step is to be performed only when nobody uses what it takes away */
bool step_withdraws(const struct step *step);

/** step_has() - whether a step has a trait, in the direction in which it goes */
bool step_has(const struct step *step, enum step_trait trait);

/** step_lane() - the lane that a well-formed step is performed in; "" for none */
void step_lane(const struct step *step, char lane[static LANE_MAX]);

/**
 * step_explain_failure() - adds why a step failed
 * @error: the negative errno of performing it
 * @seen: the value that was there, with -EUSERS who else changes the lane; NULL when not known
 *
 * Return: 0 or -ENOMEM.
 */
int step_explain_failure(const struct step *step, int error, const char *seen,
			 struct refusal_list *refusals);
