// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claims of kinds that this version does not know, and the change of such a claim, which is always
 * refused.
 */
#include "daemon/claim/unknown-kind.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "change/change-entry.h"
#include "change/lanes.h"
#include "daemon/claim/claim-asking.h"
#include "daemon/claim/claim-field.h"
#include "daemon/claim/claim-table.h"
#include "daemon/claim/subject.h"
#include "util/json.h"

/* ---- a change, which is refused ---- */

struct refused_change {
	struct subject subject; /* first */
	char claim[CLAIM_NAME_MAX + 1];
};

static const struct lane_set no_lanes = { .count = 0 };

static const char *subject_claim(const struct subject *subject)
{
	return ((const struct refused_change *)subject)->claim;
}

static bool needs_claims(const struct subject *subject)
{
	return true;
}

static const struct lane_set *subject_lanes(const struct subject *subject)
{
	return &no_lanes;
}

static const struct topology *no_draft(const struct subject *subject)
{
	return NULL;
}

static const struct topology *looked(struct subject *subject, struct json_object *record)
{
	return NULL;
}

static int plan(struct subject *subject, const struct subject_view *view, struct change *change,
		struct change_stage *ret_stage)
{
	const struct claim_record *record = claim_table_find(view->claims, subject_claim(subject));
	int rc = record ? unknown_claim_refuse(&record->claim, &change->refusals) : -ESTALE;

	return rc == CLAIM_E_BAD ? CHANGE_E_FORBIDDEN : rc;
}

static void ended(struct subject *subject, const struct change *change)
{
}

static void subject_end(struct subject *subject)
{
	free(subject);
}

/* There is no stage: nobody asks for what comes after a plan. */
static const struct subject_ops refused_ops = {
	.object = subject_claim,
	.claim = subject_claim,
	.needs_claims = needs_claims,
	.lanes = subject_lanes,
	.draft = no_draft,
	.looked = looked,
	.plan = plan,
	.ended = ended,
	.free = subject_end,
};

static struct subject *refused_new(const char *claim, bool is_dry_run)
{
	struct refused_change *own = calloc(1, sizeof(*own));

	if (!own)
		return NULL;
	own->subject.ops = &refused_ops;
	own->subject.is_dry_run = is_dry_run;
	(void)snprintf(own->claim, sizeof(own->claim), "%s", claim);
	return &own->subject;
}

static struct subject *ask(struct claim_asking *asking, struct world_draft *draft)
{
	struct subject *subject = refused_new(asking->name, asking->dry_run);

	claim_asking_deinit(asking);
	return subject;
}

/* There is no remedy. */
static struct subject *mend(const char *claim, enum claim_remedy remedy, struct world_draft *draft,
			    claim_mending_fn on_end, void *userdata)
{
	return refused_new(claim, false);
}

/* Whatever knows no kind does not take its entries up: the entry keeps its lanes. */
static struct subject *take_up(const struct change_entry *left, struct world_draft *draft)
{
	return refused_new(left->claim ?: left->object, false);
}

/* ---- the claim ---- */

struct unknown_claim {
	struct claim_kind kind;	    /* the row below, with the name of the kind */
	struct json_object *stored; /* all that the claim says */
};

static struct unknown_claim *own_of(const struct claim *claim)
{
	return claim->own;
}

static void deinit(struct claim *claim)
{
	(void)json_object_put(own_of(claim)->stored);
}

static uint64_t place(const struct claim *claim)
{
	return CLAIM_NO_PLACE;
}

static const struct claim_member_list *devices(const struct claim *claim)
{
	static const struct claim_member_list none = { NULL, 0 };

	return &none;
}

static void keep_all(struct claim *claim, const struct claim *later)
{
}

static bool is_told_by_all_claims(const char *key)
{
	static const char *const keys[] = { "name", "kind", "drift", "owner", "adopted" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (strcmp(keys[i], key) == 0)
			return true;
	return false;
}

/* Nobody knows which members are wanted, and which were given. */
static int add_rest(const struct claim *claim, struct json_object *object)
{
	json_object_object_foreach(own_of(claim)->stored, key, value)
	{
		if (!is_told_by_all_claims(key) &&
		    json_add(object, key, json_object_get(value)) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int add_nothing(const struct claim *claim, struct json_object *object)
{
	return 0;
}

static int observe(const struct claim *claim, const struct world *world, struct arena *arena,
		   struct claim_sight *ret_sight)
{
	const char *text =
		arena_printf(arena, "this version of cxlfm does not know claims of the kind %s",
			     claim->kind->name);

	*ret_sight = (struct claim_sight){
		.cure = { .remedy = CLAIM_REMEDY_NONE, .stalls = CLAIM_UNKNOWN_KIND },
	};
	for (size_t i = 0; i < CLAIM_CONDITION_COUNT; i++)
		ret_sight->states[i] = (struct claim_state){ false, CLAIM_UNKNOWN_KIND, text };
	return text ? 0 : -ENOMEM;
}

static const struct lane_set *lanes(const struct claim *claim)
{
	return &no_lanes;
}

static const struct claim_wish no_wishes[] = { { NULL } };
static const struct claim_field no_fields[] = { { NULL } };

static const struct claim_kind row = {
	.object = "object",
	.device = "device",
	.wishes = no_wishes,
	.size = sizeof(struct unknown_claim),
	.deinit = deinit,
	.yield = keep_all,
	.place = place,
	.devices = devices,
	.fields = no_fields,
	.add_wish = add_rest,
	.add_given = add_nothing,
	.observe = observe,
	.lanes = lanes,
	.ask = ask,
	.mend = mend,
	.take_up = take_up,
};

bool claim_is_unknown(const struct claim *claim)
{
	return claim->kind->observe == observe;
}

int unknown_claim_refuse(const struct claim *claim, struct refusal_list *problems)
{
	return claim_refuse(
		problems, "unknown-kind", claim->name,
		"use a version of cxlfm that knows this kind of claims",
		"%s is a claim of the kind %s, which this version of cxlfm does not know",
		claim->name, claim->kind->name);
}

/* ---- as JSON ---- */

/* What claims of all kinds say. */
static int read_common(struct json_object *object, struct claim *claim)
{
	const char *drift = "";
	int rc = json_copy_text(object, "name", &claim->arena, &claim->name);

	if (rc == 0 && !claim_name_is_valid(claim->name))
		rc = -EINVAL;
	if (rc == 0 && json_object_object_get_ex(object, "owner", NULL))
		rc = json_copy_text(object, "owner", &claim->arena, &claim->owner);
	(void)json_get_bool(object, "adopted", &claim->adopted);
	(void)json_get_string(object, "drift", &drift);
	claim->drift = strcmp(drift, "leave") == 0 ? CLAIM_DRIFT_LEAVE : CLAIM_DRIFT_MEND;
	return rc;
}

int unknown_claim_from_json(const struct claim_kinds *kinds, struct json_object *object,
			    struct claim *ret_claim)
{
	struct unknown_claim *own = arena_alloc(&ret_claim->arena, sizeof(*own));
	const char *name = NULL;
	int rc = own ? json_copy_text(object, "kind", &ret_claim->arena, &name) : -ENOMEM;

	if (rc == 0 && claim_kind_find(kinds, name))
		rc = -EINVAL;
	if (rc == 0)
		rc = read_common(object, ret_claim);
	if (rc < 0)
		return rc;
	own->kind = row;
	own->kind.name = name;
	own->stored = json_object_get(object);
	ret_claim->kind = &own->kind;
	ret_claim->own = own;
	return 0;
}
