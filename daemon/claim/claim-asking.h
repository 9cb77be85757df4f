/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a client asks for about a claim of any kind: to make, change or end the claim. Pure but for
 * the heap: parameters of a method go in, and the subject of a change (subject.h) comes out.
 */
#pragma once

#include "change/change-entry.h"
#include "daemon/claim/claim-kind.h"
#include "daemon/claim/claim-table.h"

enum claim_verb {
	CLAIM_WANT,   /* the claim is made, or changed to the wish */
	CLAIM_END,    /* the claim ends, and what the claim was given is taken down */
	CLAIM_FORGET, /* the claim ends, and what the claim was given stays */
};

struct claim_asking {
	enum claim_verb verb;
	const char *name;  /* of the claim; in the arena of the wish */
	struct claim wish; /* of CLAIM_WANT */
	bool anew;	   /* what the claim was given may be taken down for the wish */
	bool dry_run;
};

#define CLAIM_ASKING_NULL ((struct claim_asking){ .wish = CLAIM_NULL })

void claim_asking_deinit(struct claim_asking *asking);

/**
 * claim_asking_from_json() - reads a method's parameters, already checked against the interface
 * @parameters: {"claim": the wish, or the name of a claim that ends, "anew", "dry_run"}
 * @problems: receives what is wrong with the parameters; codes "bad-claim"
 * @asking: CLAIM_ASKING_NULL before; to be deinitialised also on failure
 *
 * Return: 0; CLAIM_E_BAD; -EINVAL without a claim; -ENOMEM.
 */
int claim_asking_from_json(enum claim_verb verb, const struct claim_kinds *kinds,
			   struct json_object *parameters, struct refusal_list *problems,
			   struct claim_asking *asking);

/**
 * claim_ask() - the subject of the change that is asked for
 * @asking: taken over, also on failure
 * @draft: outlives the subject, as the draft of the next two functions does
 *
 * The kind looks for the claim when the change is planned, and refuses a name that no claim has.
 *
 * Return: NULL without memory.
 */
struct subject *claim_ask(struct claim_asking *asking, const struct claim_table *claims,
			  struct world_draft *draft);

/** claim_mend() - the subject of a change that mends a claim; as struct claim_kind has it */
struct subject *claim_mend(const struct claim_table *claims, const char *name,
			   enum claim_remedy remedy, struct world_draft *draft,
			   claim_mending_fn on_end, void *userdata);

/** claim_may_take_up() - does this version know the kind of what a crash has left? */
bool claim_may_take_up(const struct claim_table *claims, const struct change_entry *left);

/** claim_take_up() - the subject of what a crash has left; as struct claim_kind has it */
struct subject *claim_take_up(const struct claim_table *claims, const struct change_entry *left,
			      struct world_draft *draft);
