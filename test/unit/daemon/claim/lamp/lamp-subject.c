// SPDX-License-Identifier: GPL-2.0-only
/*
 * The subject of changes of lamps: one stage of one step.
 */
#include "test/unit/daemon/claim/lamp/lamp-subject.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/claim/claim-effect.h"
#include "test/lib/lamp.h"
#include "test/lib/plain-subject.h"
#include "util/json.h"

struct lamp_subject {
	struct subject subject; /* first */
	enum claim_verb verb;
	enum claim_remedy remedy; /* of a claim that is mended; else CLAIM_REMEDY_NONE */
	char name[CLAIM_NAME_MAX + 1];
	struct claim wish;
	struct claim_effect effect;
	struct step step;
	struct step_list steps;
	struct reservation_set reserves; /* the claim, and the memdev of the lamp */
	char of[32];			 /* the memdev of the step's lamp */
	claim_mending_fn on_end;
	void *userdata;
};

static struct lamp_subject *own_of(struct subject *subject)
{
	return (struct lamp_subject *)subject;
}

static const char *name_of(const struct subject *subject)
{
	return ((const struct lamp_subject *)subject)->name;
}

static bool needs_claims(const struct subject *subject)
{
	return true;
}

static const struct lane_set wire = { .names = { LAMP_LANE }, .count = 1 };

const struct lane_set *lamp_lanes(const struct claim *claim)
{
	return &wire;
}

static const struct lane_set *lanes(const struct subject *subject)
{
	return &wire;
}

/* ---- the stage ---- */

static void plan_step(struct lamp_subject *own, const struct claim *claim,
		      const struct world *world, bool is_to_shine)
{
	static const char *const names[] = { "lamp0", "lamp1" };

	own->steps.list.count = 0;
	if (lamp_claim_is_lit(claim, world) == is_to_shine)
		return;
	(void)snprintf(own->of, sizeof(own->of), "serial:0x%x", lamp_claim(claim)->number + 1);
	own->step = (struct step){ .kind = &lamp_kind,
				   .object = names[lamp_claim(claim)->number],
				   .of = own->of,
				   .from = is_to_shine ? "off" : "on",
				   .to = is_to_shine ? "on" : "off" };
	own->steps.list.items = &own->step;
	own->steps.list.count = 1;
}

static int plan_wish(struct lamp_subject *own, const struct subject_view *view,
		     struct change *change)
{
	int rc = claim_effect_wish(view->claims, &own->wish, view->owner, &change->refusals,
				   &own->effect);

	if (rc == 0)
		plan_step(own, &own->wish, &view->world, !lamp_claim(&own->wish)->dark);
	return rc == CLAIM_E_BAD ? CHANGE_E_FORBIDDEN : rc;
}

static int plan_mending(struct lamp_subject *own, const struct subject_view *view,
			const struct claim_record *record)
{
	plan_step(own, &record->claim, &view->world, own->remedy != CLAIM_REMEDY_DISABLE);
	return claim_effect_restore(record, &own->effect);
}

/* A memdev has one name for changes of all kinds (memory-reserve.h). */
static int reserve(struct lamp_subject *own)
{
	char name[RESERVATION_MAX];
	int rc;

	reservation_set_deinit(&own->reserves);
	(void)snprintf(name, sizeof(name), "claim:%s", own->name);
	rc = reservation_set_add(&own->reserves, name);
	(void)snprintf(name, sizeof(name), "memdev:%s", own->of);
	if (rc == 0 && own->steps.list.count)
		rc = reservation_set_add(&own->reserves, name);
	return rc;
}

static int plan(struct subject *subject, const struct subject_view *view, struct change *change,
		struct change_stage *ret_stage)
{
	struct lamp_subject *own = own_of(subject);
	const struct claim_record *record = claim_table_find(view->claims, own->name);
	int rc = 0;

	claim_effect_deinit(&own->effect);
	own->steps.list.count = 0;
	if (own->remedy == CLAIM_REMEDY_NONE && own->verb == CLAIM_WANT)
		rc = plan_wish(own, view, change);
	else if (!record)
		rc = -ESTALE;
	else if (own->remedy != CLAIM_REMEDY_NONE)
		rc = plan_mending(own, view, record);
	else
		claim_effect_end(record, &own->effect);
	if (record && own->verb == CLAIM_END && own->remedy == CLAIM_REMEDY_NONE)
		plan_step(own, &record->claim, &view->world, false);
	if (rc == 0)
		rc = reserve(own);
	*ret_stage = (struct change_stage){ .steps = &own->steps, .reserves = &own->reserves };
	return rc;
}

static bool never(const struct subject *subject)
{
	return false;
}

static bool is_unused(const struct subject *subject, struct json_object *record)
{
	return true;
}

static int prove(struct subject *subject, const struct world *world, struct json_object *record)
{
	return 1;
}

static int close_stage(struct subject *subject, const struct change *change,
		       const struct claim_table *claims, struct store_change *ret_change)
{
	struct lamp_subject *own = own_of(subject);
	struct claim *claim = &own->effect.claim;

	if (!change_is_settled(change))
		return 0;
	if (own->effect.kind == CLAIM_IS_PUT)
		lamp_claim_give(claim, lamp_claim(claim)->dark
					       ? 0
					       : (uint64_t)lamp_claim(claim)->number + 1);
	return claim_effect_store(&own->effect, ret_change);
}

static const char *ends_claim(const struct subject *subject)
{
	const struct lamp_subject *own = (const struct lamp_subject *)subject;

	return own->effect.kind == CLAIM_ENDS ? own->name : NULL;
}

static int closed(struct subject *subject, const struct change *change, struct claim_table *claims,
		  uint64_t revision)
{
	return change_is_settled(change)
		       ? claim_effect_apply(&own_of(subject)->effect, claims, revision)
		       : 0;
}

static struct json_object *outcome(const struct subject *subject, const struct change *change,
				   const struct claim_table *claims)
{
	_cleanup_json_ struct json_object *told = json_object_new_object();

	if (!told ||
	    json_add_string(told, "claim", ((const struct lamp_subject *)subject)->name) < 0)
		return NULL;
	return TAKE_PTR(told);
}

static void ended(struct subject *subject, const struct change *change)
{
	struct lamp_subject *own = own_of(subject);

	if (own->on_end)
		own->on_end(own->userdata, own->name,
			    change->result == CHANGE_DONE ? NULL : "it stays as it is", false);
}

static void subject_end(struct subject *subject)
{
	struct lamp_subject *own = own_of(subject);

	claim_effect_deinit(&own->effect);
	claim_deinit(&own->wish);
	reservation_set_deinit(&own->reserves);
	free(own);
}

static const struct subject_ops lamp_ops = {
	.kind = "lamp",
	.object = name_of,
	.claim = name_of,
	.needs_claims = needs_claims,
	.lanes = lanes,
	.plan = plan,
	.destroys = never,
	.is_unused = is_unused,
	.prove = prove,
	.close = close_stage,
	.ends_claim = ends_claim,
	.closed = closed,
	.outcome = outcome,
	.draft = plain_draft,
	.looked = plain_looked,
	.lasts = plain_lasts,
	.give_back = plain_give_back,
	.given_back = plain_given_back,
	.explain_no_return = plain_explain_no_return,
	.explain_return = plain_explain_return,
	.ended = ended,
	.free = subject_end,
};

static struct lamp_subject *new(const char *name)
{
	struct lamp_subject *own = calloc(1, sizeof(*own));

	if (!own)
		return NULL;
	*own = (struct lamp_subject){ .subject = { .ops = &lamp_ops },
				      .remedy = CLAIM_REMEDY_NONE,
				      .wish = CLAIM_NULL,
				      .effect = CLAIM_EFFECT_NULL };
	(void)snprintf(own->name, sizeof(own->name), "%s", name);
	return own;
}

struct subject *lamp_asked_new(struct claim_asking *asking, struct world_draft *kept)
{
	struct lamp_subject *own = new (asking->name);

	if (own) {
		own->verb = asking->verb;
		own->subject.is_dry_run = asking->dry_run;
		own->wish = asking->wish;
		asking->wish = CLAIM_NULL;
	}
	claim_asking_deinit(asking);
	return own ? &own->subject : NULL;
}

struct subject *lamp_mending_new(const char *claim, enum claim_remedy remedy,
				 struct world_draft *kept, claim_mending_fn on_end, void *userdata)
{
	struct lamp_subject *own = new (claim);

	if (!own)
		return NULL;
	own->remedy = remedy;
	own->on_end = on_end;
	own->userdata = userdata;
	return &own->subject;
}

struct subject *lamp_leftover_new(const struct change_entry *left, struct world_draft *kept)
{
	struct lamp_subject *own = new (left->claim ?: left->object);

	return own ? &own->subject : NULL;
}
