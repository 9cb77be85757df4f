// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a change of the host does to a claim. Pure.
 */
#include "daemon/claim/claim-effect.h"

#include <errno.h>
#include <stdio.h>

#include "daemon/claim/memory/memory-adopt.h"
#include "daemon/claim/memory/intent-claim.h"
#include "util/json.h"

void claim_effect_deinit(struct claim_effect *effect)
{
	claim_deinit(&effect->claim);
	(void)json_object_put(effect->object);
	*effect = CLAIM_EFFECT_NULL;
}

static void decide(struct claim_effect *effect, enum claim_effect_kind kind, const char *name,
		   uint64_t revision)
{
	effect->kind = kind;
	(void)snprintf(effect->name, sizeof(effect->name), "%s", name);
	(void)snprintf(effect->key, sizeof(effect->key), CLAIM_PREFIX "%s", name);
	effect->revision = revision;
}

static int check_room(const struct claim_table *table, const char *name, const char *owner,
		      struct refusal_list *problems)
{
	if (claim_table_has_room(table, owner))
		return 0;
	return claim_refuse(problems, "too-many-claims", name,
			    "`cxlfm list --claims` shows them: end one that is not needed, with "
			    "its memory (remove-memory) or without (forget)",
			    "there may be %d claims, %d of one user and %d of root alone: %s may "
			    "have no more now",
			    CLAIMS_MAX, CLAIMS_OF_A_USER_MAX, CLAIMS_OF_ROOT, owner);
}

/* A claim that is new, by the name that was asked for or by one that nobody has. */
static int decide_name(const struct claim_table *table, const struct intent *intent,
		       const char *owner, struct refusal_list *problems,
		       struct claim_effect *effect)
{
	int rc;

	char name[CLAIM_NAME_MAX + 1];
	const char *hint;

	if (intent->claim && claim_table_find(table, intent->claim)) {
		hint = arena_printf(
			&problems->arena,
			"choose another name, or end that claim and leave its memory with "
			"`cxlfm forget %s`",
			intent->claim);
		if (!hint)
			return -ENOMEM;
		return claim_refuse(problems, "claim-exists", intent->claim, hint,
				    "there is a claim of this name already");
	}
	rc = check_room(table, intent->claim, owner, problems);
	if (rc)
		return rc;
	if (intent->claim)
		(void)snprintf(name, sizeof(name), "%s", intent->claim);
	else
		claim_table_new_name(table, name);
	decide(effect, CLAIM_IS_PUT, name, STORE_ABSENT);
	return 0;
}

/* It is bound from the first moment: without a binding it would be given memory of its own. */
static int decide_adoption(const struct claim_table *table, const struct intent *intent,
			   const struct plan *plan, const struct world *world, const char *owner,
			   struct refusal_list *problems, struct claim_effect *effect)
{
	const struct topo_region *region = topology_region(world->topology, plan->region);
	struct claim *claim = &effect->claim;
	int rc = decide_name(table, intent, owner, problems, effect);

	if (rc == 0)
		rc = claim_of_region(world, region, problems, claim);
	if (rc)
		return rc;
	claim->drift = intent->drift;
	claim->name = arena_strdup(&claim->arena, effect->name);
	claim->owner = arena_strdup(&claim->arena, owner);
	if (!claim->name || !claim->owner)
		return -ENOMEM;
	return claim_bind(claim, world, region);
}

int claim_effect_decide(const struct claim_table *table, const struct intent *intent,
			const struct plan *plan, const struct world *world, const char *owner,
			struct refusal_list *problems, struct claim_effect *ret_effect)
{
	const struct claim_record *record;
	int rc;

	if (intent->no_claim)
		return 0;
	if (intent->kind == INTENT_CREATE_REGION) {
		rc = decide_name(table, intent, owner, problems, ret_effect);
		return rc ? rc
			  : claim_of_creation(intent, plan, world, ret_effect->name, owner,
					      &ret_effect->claim);
	}
	if (intent->kind == INTENT_ADOPT_REGION)
		return decide_adoption(table, intent, plan, world, owner, problems, ret_effect);
	record = intent->claim ? claim_table_find(table, intent->claim)
			       : claim_table_of_region(table, world, plan->region);
	if (!record)
		return 0;
	if (intent->kind == INTENT_FORGET_CLAIM ||
	    (intent->kind == INTENT_REMOVE_REGION && !intent->remove.keep_region)) {
		claim_effect_end(record, ret_effect);
		return 0;
	}
	decide(ret_effect, CLAIM_IS_PUT, record->claim.name, record->revision);
	return claim_after(&record->claim, intent, &ret_effect->claim);
}

int claim_effect_wish(const struct claim_table *table, const struct claim *wish, const char *owner,
		      struct refusal_list *problems, struct claim_effect *ret_effect)
{
	const struct claim_record *record = claim_table_find(table, wish->name);
	struct claim *claim = &ret_effect->claim;
	int rc = record ? 0 : check_room(table, wish->name, owner, problems);

	if (rc)
		return rc;
	rc = claim_copy(wish, claim);
	decide(ret_effect, CLAIM_IS_PUT, wish->name, record ? record->revision : STORE_ABSENT);
	if (rc < 0)
		return rc;
	if (record && claim_change_kind(&record->claim, wish) != CLAIM_CHANGE_REMAKE)
		return claim_inherit(claim, &record->claim);
	claim->owner = arena_strdup(&claim->arena, record ? record->claim.owner : owner);
	return claim->owner ? 0 : -ENOMEM;
}

int claim_effect_restore(const struct claim_record *record, struct claim_effect *ret_effect)
{
	decide(ret_effect, CLAIM_IS_PUT, record->claim.name, record->revision);
	return claim_copy(&record->claim, &ret_effect->claim);
}

int claim_effect_release(const struct claim_record *record, struct claim_effect *ret_effect)
{
	int rc = claim_effect_restore(record, ret_effect);

	ret_effect->claim.binding.boot = NULL;
	return rc;
}

int claim_effect_return(const struct claim_record *record, const struct claim *former,
			struct claim_effect *ret_effect)
{
	int rc;

	decide(ret_effect, CLAIM_IS_PUT, record->claim.name, record->revision);
	rc = claim_copy(former, &ret_effect->claim);
	ret_effect->claim.binding.boot = NULL;
	return rc;
}

int claim_effect_keep(const struct claim_table *table, const char *name,
		      struct claim_effect *effect)
{
	const struct claim_record *record = claim_table_find(table, name);

	claim_effect_deinit(effect);
	return record ? claim_effect_release(record, effect) : 0;
}

void claim_effect_end(const struct claim_record *record, struct claim_effect *ret_effect)
{
	decide(ret_effect, CLAIM_ENDS, record->claim.name, record->revision);
}

/* By what was planned: a memdev may have gone between the last step and the proof. */
static int bind_as_planned(struct claim *claim, const struct world *world, const struct plan *plan,
			   const struct topo_region *region)
{
	struct claim_binding binding = { .bound = true,
					 .boot = world->boot,
					 .resource = region->resource,
					 .size = region->size,
					 .ways = region->interleave_ways,
					 .uuid = region->uuid };
	int rc = 0;

	for (int i = 0; i < plan->ways && rc == 0; i++)
		rc = ARRAY_APPEND(&binding.members,
				  claim_member_of(world->topology, plan->members[i].memdev));
	if (rc == 0)
		rc = claim_set_binding(claim, &binding);
	ARRAY_FREE(&binding.members);
	return rc;
}

/* What a failed change left may have a name, a UUID, and no more: that was given to nobody. */
static bool has_shape(const struct topo_region *region)
{
	return region->size > 0 && region->size != TOPO_UNKNOWN &&
	       region->resource != TOPO_UNKNOWN && region->interleave_ways > 0 &&
	       region->interleave_granularity > 0;
}

int claim_effect_bind(struct claim_effect *effect, const struct world *world,
		      const struct topology *proof, const struct plan *plan)
{
	const struct topo_region *found =
		proof && plan->region ? topology_region(proof, plan->region) : NULL;
	int rc = 0;

	/* Of a name that was given up others may have made another one. */
	if (effect->kind != CLAIM_IS_PUT || !found || !has_shape(found) ||
	    plan_removes_region(plan))
		return 0;
	/* It makes the region. */
	if (plan->window)
		rc = bind_as_planned(&effect->claim, world, plan, found);
	return rc < 0 ? rc : claim_bind(&effect->claim, world, found);
}

int claim_effect_diff(const struct claim_effect *effect, const struct claim_table *table,
		      bool forgotten, struct declared_diff *ret_diff)
{
	const struct claim_record *record = claim_table_find(table, effect->name);
	struct declared_change change = { .name = effect->name };

	if (effect->kind == CLAIM_STAYS)
		return 0;
	if (record)
		change.stored = &record->claim;
	if (effect->kind == CLAIM_ENDS) {
		change.action = forgotten ? DECLARED_FORGOTTEN : DECLARED_REMOVED;
		return ARRAY_APPEND(&ret_diff->changes, change);
	}
	change.declared = &effect->claim;
	change.action = record ? DECLARED_CHANGED : DECLARED_ADDED;
	if (record) {
		change.differences = claim_differences(&record->claim, &effect->claim);
		change.kind = claim_change_kind(&record->claim, &effect->claim);
	}
	if (record && change.differences == 0)
		return 0;
	return ARRAY_APPEND(&ret_diff->changes, change);
}

int claim_effect_store(struct claim_effect *effect, struct store_change *ret_change)
{
	*ret_change =
		(struct store_change){ .key = effect->key, .expected_revision = effect->revision };
	if (effect->kind != CLAIM_IS_PUT)
		return effect->kind == CLAIM_ENDS;
	(void)json_object_put(effect->object);
	effect->object = claim_to_json(&effect->claim);
	if (effect->object)
		ret_change->value =
			json_object_to_json_string_ext(effect->object, JSON_C_TO_STRING_PLAIN);
	return ret_change->value ? 1 : -ENOMEM;
}

int claim_effect_apply(struct claim_effect *effect, struct claim_table *table, uint64_t revision)
{
	if (effect->kind == CLAIM_ENDS)
		claim_table_remove(table, effect->name);
	if (effect->kind != CLAIM_IS_PUT)
		return 0;
	return claim_table_set(table, &effect->claim, revision);
}
