/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The seam between carrying changes out (daemon/engine/) and what a change is about: memory of this
 * host (claim/memory/); later a switch, an accelerator, a share. The engine knows no kind of
 * subject: whatever it has to know, it asks here. A subject plans the stages of its change
 * (change/change.h), and says what becomes of claims.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "change/change.h"
#include "daemon/observe/world.h"

struct claim_table;
struct json_object;
struct store_change;
struct subject;

/* What a stage is planned from. */
struct subject_view {
	const struct claim_table *claims;
	struct world world; /* whose topology outlives the stage */
	const char *owner;  /* of a claim that is made; NULL where none is */
};

struct subject_ops {
	/* The kind of claim whose changes these are, by name (claim-kind.h); NULL: the first one */
	const char *kind;

	/** object() - what it is about, as far as that is known: "region0"; or NULL */
	const char *(*object)(const struct subject *subject);

	/** claim() - whose change it is, or NULL */
	const char *(*claim)(const struct subject *subject);

	/** needs_claims() - does the plan depend on which claims there are? */
	bool (*needs_claims)(const struct subject *subject);

	/** lanes() - that the next stage is expected to need; valid until the stage is planned */
	const struct lane_set *(*lanes)(const struct subject *subject);

	/** draft() - what it may be planned from without a look, or NULL; outlives the change */
	const struct topology *(*draft)(const struct subject *subject);

	/**
	 * looked() - a look is there
	 * @record: of the look
	 *
	 * Return: what to plan from instead of it; NULL for the look itself.
	 */
	const struct topology *(*looked)(struct subject *subject, struct json_object *record);

	/**
	 * plan() - plans the next stage; what was planned before is forgotten
	 * @change: tells how fresh the look is; receives reasons against it in `refusals`
	 * @ret_stage: lives as long as the subject, and until the next plan
	 *
	 * Return: 0; CHANGE_E_REFUSED or CHANGE_E_FORBIDDEN; -ESTALE when what it is about is not
	 *	there any more; -ENOMEM.
	 */
	int (*plan)(struct subject *subject, const struct subject_view *view, struct change *change,
		    struct change_stage *ret_stage);

	/** refusals() - why there is no plan */
	const struct refusal_list *(*refusals)(const struct subject *subject,
					       const struct change *change);

	/** destroys() - is what the stage takes away gone for good? */
	bool (*destroys)(const struct subject *subject);

	/** is_unused() - does the record of the stage's object show that nobody uses the object? */
	bool (*is_unused)(const struct subject *subject, struct json_object *record);

	/**
	 * prove() - takes the record of the stage's object, after the last step
	 * @record: NULL where there is none
	 *
	 * Return: whether the object is there; -ENOMEM.
	 */
	int (*prove)(struct subject *subject, const struct world *world,
		     struct json_object *record);

	/**
	 * has_come() - does the world show what the stage awaits?
	 * @what: change_stage.awaits
	 *
	 * NULL where no stage awaits anything.
	 */
	bool (*has_come)(const struct subject *subject, const char *what,
			 const struct world *world);

	/**
	 * close() - what has to be stored in the commit that closes the stage
	 * @ret_change: its texts are the subject's
	 *
	 * Return: 1, or 0 when there is nothing; -ENOMEM.
	 */
	int (*close)(struct subject *subject, const struct change *change,
		     const struct claim_table *claims, struct store_change *ret_change);

	/** lasts() - does what is stored have to survive the end of power, whoever asked for it? */
	bool (*lasts)(const struct subject *subject);

	/** ends_claim() - the name of the claim that ends with that commit, or NULL */
	const char *(*ends_claim)(const struct subject *subject, const struct change *change);

	/**
	 * closed() - the commit is through: the table knows
	 * @ret_goes_on: there is a further stage
	 *
	 * Return: 0; -ENOMEM, and then the table does not know it.
	 */
	int (*closed)(struct subject *subject, const struct change *change,
		      struct claim_table *claims, uint64_t revision, bool *ret_goes_on);

	/** give_back() - what has to be stored when a later stage has failed; as close() */
	int (*give_back)(struct subject *subject, const struct claim_table *claims,
			 struct store_change *ret_change);

	/** given_back() - that commit is through, or was not; 0, @error or -ENOMEM */
	int (*given_back)(struct subject *subject, int error, struct claim_table *claims,
			  uint64_t revision);

	/** outcome() - an Outcome of what was done, or of a dry run; NULL without memory */
	struct json_object *(*outcome)(const struct subject *subject, const struct change *change,
				       const struct claim_table *claims);

	/** explain_no_return() - adds why it was not taken back, where there was no way back */
	void (*explain_no_return)(const struct subject *subject, struct change *change);

	/** explain_return() - adds what became of what was given back; 0 or -ENOMEM */
	int (*explain_return)(const struct subject *subject, struct refusal_list *refusals);

	/** ended() - the change is over; before the subject is freed */
	void (*ended)(struct subject *subject, const struct change *change);

	void (*free)(struct subject *subject);
};

/* The head of each subject. Freed by subject_free(). */
struct subject {
	const struct subject_ops *ops;
	uint64_t timeout_ms; /* for one step */
	bool is_dry_run;
	bool is_moot; /* there is nothing to be done any more, and that is no failure */
};

static inline struct subject *subject_free(struct subject *subject)
{
	if (subject)
		subject->ops->free(subject);
	return NULL;
}
