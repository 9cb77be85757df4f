// SPDX-License-Identifier: GPL-2.0-only
/*
 * The effect of a change of the host on a claim. Pure.
 */
#include "daemon/claim/claim-effect.h"

#include <errno.h>
#include <stdio.h>

#include "daemon/claim/claim-kind.h"
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

int claim_check_new(const struct claim_table *table, const char *asked, const char *owner,
		    struct refusal_list *problems)
{
	const char *hint;

	if (asked && claim_table_find(table, asked)) {
		hint = arena_printf(
			&problems->arena,
			"choose another name, or end that claim and leave its memory with "
			"`cxlfm forget %s`",
			asked);
		if (!hint)
			return -ENOMEM;
		return claim_refuse(problems, "claim-exists", asked, hint,
				    "there is a claim of this name already");
	}
	return check_room(table, asked, owner, problems);
}

int claim_effect_make(const struct claim_table *table, const struct claim_kind *kind,
		      const char *asked, const char *owner, struct refusal_list *problems,
		      struct claim_effect *ret_effect)
{
	char name[CLAIM_NAME_MAX + 1];
	int rc = claim_check_new(table, asked, owner, problems);

	if (rc)
		return rc;
	if (asked)
		(void)snprintf(name, sizeof(name), "%s", asked);
	else
		claim_table_new_name(table, kind, name);
	decide(ret_effect, CLAIM_IS_PUT, name, STORE_ABSENT);
	return 0;
}

void claim_effect_put(const struct claim_record *record, struct claim_effect *ret_effect)
{
	decide(ret_effect, CLAIM_IS_PUT, record->claim.name, record->revision);
}

int claim_effect_wish(const struct claim_table *table, const struct claim *wish, const char *owner,
		      struct refusal_list *problems, struct claim_effect *ret_effect)
{
	const struct claim_record *record = claim_table_find(table, wish->name);
	struct claim *claim = &ret_effect->claim;
	int rc = record ? claim_check_kind(&record->claim, wish->kind, problems)
			: check_room(table, wish->name, owner, problems);

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

	if (rc == 0)
		ret_effect->claim.kind->release(&ret_effect->claim);
	return rc;
}

int claim_effect_return(const struct claim_record *record, const struct claim *former,
			struct claim_effect *ret_effect)
{
	int rc;

	decide(ret_effect, CLAIM_IS_PUT, record->claim.name, record->revision);
	rc = claim_copy(former, &ret_effect->claim);
	if (rc == 0)
		former->kind->release(&ret_effect->claim);
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
