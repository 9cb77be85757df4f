/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The seam between the engine, which carries changes out (daemon/engine/), and the subject of a
 * change: memory of this host (claim/memory/); later a switch, an accelerator, a share. The engine
 * knows no kind of subject, and asks these functions instead. A subject plans the stages of its
 * change (change/change.h), and says what becomes of claims.
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

	/** object() - the object of the change, as far as that is known: "region0"; or NULL */
	const char *(*object)(const struct subject *subject);

	/** claim() - the name of the claim that the change belongs to, or NULL */
	const char *(*claim)(const struct subject *subject);

	/** needs_claims() - does the plan depend on which claims there are? */
	bool (*needs_claims)(const struct subject *subject);

	/** lanes() - the lanes that the next stage is expected to need; valid until its plan */
	const struct lane_set *(*lanes)(const struct subject *subject);

	/** draft() - a topology to plan from without a look, or NULL; outlives the change */
	const struct topology *(*draft)(const struct subject *subject);

	/**
	 * looked() - a look is there
	 * @record: of the look
	 *
	 * Return: a topology to plan from instead of the look; NULL to plan from the look.
	 */
	const struct topology *(*looked)(struct subject *subject, struct json_object *record);

	/**
	 * plan() - plans the next stage; what was planned before is forgotten
	 * @change: tells how fresh the look is; `refusals` receives all reasons why there is no
	 *	plan
	 * @ret_stage: lives as long as the subject, and until the next plan
	 *
	 * Return: 0; CHANGE_E_REFUSED or CHANGE_E_FORBIDDEN; -ESTALE when the object of the change
	 *	is not there any more; -ENOMEM.
	 */
	int (*plan)(struct subject *subject, const struct subject_view *view, struct change *change,
		    struct change_stage *ret_stage);

	/** destroys() - does the stage destroy data? */
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

	/** lasts() - does the commit have to survive a power cut, also without a client? */
	bool (*lasts)(const struct subject *subject);

	/** ends_claim() - the name of the claim that ends with the stage, once the stage is done;
	 * or NULL */
	const char *(*ends_claim)(const struct subject *subject);

	/** is_last() - does no further stage follow on the stage that was planned last? NULL: no
	 * stage follows on another */
	bool (*is_last)(const struct subject *subject);

	/**
	 * closed() - the commit is through: the subject puts its effect into the table, and turns
	 *	to the next stage if the stage is done and not the last one
	 *
	 * Return: 0; -ENOMEM, and then the table does not know it.
	 */
	int (*closed)(struct subject *subject, const struct change *change,
		      struct claim_table *claims, uint64_t revision);

	/** give_back() - what has to be stored when a later stage has failed: the former claim; as
	 * close() */
	int (*give_back)(struct subject *subject, const struct claim_table *claims,
			 struct store_change *ret_change);

	/** given_back() - the commit of give_back() is through, or has failed with @error; 0,
	 * @error or -ENOMEM */
	int (*given_back)(struct subject *subject, int error, struct claim_table *claims,
			  uint64_t revision);

	/**
	 * go_back() - is the stage that was closed last taken back by a plan, as a later stage has
	 * failed?
	 * @change: `stages` is the number of closed stages
	 *
	 * plan(), prove(), close() and closed() are then called for that plan, with goes_back in
	 * @change; plan() adds the reasons of a refusal to @change, and the steps of the stage that
	 * has failed outlive the plan.
	 *
	 * Return: the lanes that the plan is expected to need, valid until the plan; NULL where the
	 * stage stays: then give_back() says what is to be stored.
	 *
	 * NULL where no stage is taken back by a plan.
	 */
	const struct lane_set *(*go_back)(const struct subject *subject,
					  const struct change *change);

	/**
	 * explain_stay() - adds which closed stages stay, after a way back by go_back()
	 * @why: NULL where the answer has the reason already
	 *
	 * Return: 0 or -ENOMEM.
	 */
	int (*explain_stay)(const struct subject *subject, const struct change *change,
			    const char *why, struct refusal_list *refusals);

	/** outcome() - an Outcome of the change, or of a dry run; NULL without memory */
	struct json_object *(*outcome)(const struct subject *subject, const struct change *change,
				       const struct claim_table *claims);

	/** explain_no_return() - adds why the change had no way back */
	void (*explain_no_return)(const struct subject *subject, struct change *change);

	/** explain_return() - adds that the claim is the former one again; 0 or -ENOMEM */
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
	bool is_moot; /* the change is not needed any more, which is no failure */
};

static inline struct subject *subject_free(struct subject *subject)
{
	if (subject)
		subject->ops->free(subject);
	return NULL;
}
