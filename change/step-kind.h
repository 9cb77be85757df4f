/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a kind of step is. The rest of change/ knows no kind by its name: decisions about a step
 * come from the traits and functions of the step's kind, with the step's `from` and `to`. Values.
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
	/* The step has an inverse. The inverse of an earlier step covers a step without this trait.
	 */
	STEP_REVERSIBLE = 1 << 0,
	/* The step goes to nothing, or frees() says so, and what the step frees may belong to
	 * somebody else next: there is no way back from the step. */
	STEP_FREES = 1 << 1,
	/* The step takes what only one can have: a step that is found done without a write of ours
	 * has met somebody else. */
	STEP_TAKES = 1 << 2,
	/* The step goes from nothing to something, and may happen by itself in the wake of an
	 * earlier step. */
	STEP_FOLLOWS = 1 << 3,
	/* The value tells an owner from another owner of the same name. */
	STEP_IDENTITY = 1 << 4,
	/* The object is the owner: when the owner goes to nothing, so does all that belongs to the
	 * owner. */
	STEP_OWNER = 1 << 5,
	/* An owner without this value does no work; when the value is nothing, what is built upon
	 * the value is not there. */
	STEP_FOUNDATION = 1 << 6,
	/* The value is there without the owner, and stays until it is freed. */
	STEP_STAYS = 1 << 7,
	/* The value belongs to the whole host, and is put back whether the change is done or
	 * undone.
	 */
	STEP_BORROWED = 1 << 8,
	/* An expectation of this kind need not hold. */
	STEP_NEED_NOT_HOLD = 1 << 9,
	/* A write that failed is a failure even where the value has become the wanted one. */
	STEP_WRITE_DECIDES = 1 << 10,
	/* The way forward skips the step; the way back performs the step before the inverse of the
	 * step in front. */
	STEP_GUARD = 1 << 11,
	/* The step may take as long as the client will wait: an obstacle may go by itself. */
	STEP_PATIENT = 1 << 12,
	/* The values are bytes, and shown with units. */
	STEP_BYTES = 1 << 13,
	/*
	 * The step destroys something and can't be read back: only the performer can say that the
	 * step was done, and the journal keeps the receipt. The step has no inverse, and there is
	 * no way back once the step may have been begun; without a receipt the step is done once
	 * more.
	 */
	STEP_NO_TRACE = 1 << 14,
	/* The value survives a reboot of this host. So the note of such a step has to survive a
	 * power cut, and the next daemon takes the entry up in any boot. */
	STEP_LASTING = 1 << 15,
};

/* A lane's name with its NUL: "host", "switch:" and a serial number. */
#define LANE_MAX 48

struct step_kind {
	/* The stable name: "region-target". */
	const char *name;
	/* The name of the performer of such steps (performer.h); NULL where only tests perform
	 * them. */
	const char *performer;
	/*
	 * The lane (lanes.h) of every step of this kind: what one change at a time may write to.
	 * NULL where the lane depends on the step (lane_of()), or where steps need none.
	 */
	const char *lane;
	/* The word for the value in a line for people; NULL: the part of the object behind the
	 * slash. */
	const char *label;
	/* The values that mean "not there", ended by NULL. */
	const char *const *nothings;
	/* Of enum step_trait. */
	unsigned int traits;
	/*
	 * The prefix before the number, where objects are numbered and come by thousands. Steps
	 * that are alike but for the number are kept and told as one run. NULL: there are no runs.
	 */
	const char *run_prefix;
	/*
	 * How long after its sender's death an order can still come into effect: until then a value
	 * that is read proves nothing. 0: nothing comes later than the death.
	 */
	unsigned int late_ms;

	/**
	 * is_well_formed() - whether object, of, from and to are of the forms that this kind has
	 *
	 * A performer demands this of a step before the performer touches anything: so a name can
	 * never lead out of its folder. None of the texts is NULL.
	 */
	bool (*is_well_formed)(const struct step *step);

	/** inverse() - the kind of the inverse, where that is another kind; NULL: the same kind */
	const struct step_kind *(*inverse)(const struct step *step);

	/** lane_of() - the lane of a well-formed step; NULL: `lane` is that of all steps */
	void (*lane_of)(const struct step *step, char lane[static LANE_MAX]);

	/**
	 * frees() - does the step free what somebody else may have next?
	 *
	 * For a kind of STEP_FREES whose steps also free a part: a smaller size frees, a larger one
	 * does not. NULL: a step frees that goes from something to nothing.
	 */
	bool (*frees)(const struct step *step);

	/** starts_from() - may the step begin from this value, which is not `from`? NULL: never */
	bool (*starts_from)(const struct step *step, const char *value);

	/** is_between() - does only a step that was begun leave this value behind? NULL: never */
	bool (*is_between)(const struct step *step, const char *value);

	/**
	 * is_unused() - whether nobody uses what the step takes away, as @world shows it
	 *
	 * A step that goes from something to nothing takes its object away from users. Such a step
	 * is performed only when a look that was begun right before the step shows that nobody uses
	 * the object, on the way forward and on the way back. NULL: the performer refuses by
	 * itself.
	 */
	bool (*is_unused)(const struct world *world, const struct step *step);

	/**
	 * explain() - adds why a step failed, in an admin's words; NULL: its errno says so
	 *
	 * As step_explain_failure().
	 */
	int (*explain)(const struct step *step, int error, const char *seen,
		       struct refusal_list *refusals);

	/** write() - performs a step of several writes; as struct step_ops has it; NULL: one write
	 */
	int (*write)(const struct step_ops *ops, void *context, const struct step *step,
		     uint64_t deadline_ms);
};

/* A set of kinds: a reader of steps knows the kinds of its registry. */
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
