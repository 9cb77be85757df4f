// SPDX-License-Identifier: GPL-2.0-only
/*
 * The claims that the daemon knows. Pure.
 */
#include "daemon/claim/claim-table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "change/lanes.h"
#include "daemon/claim/claim-kind.h"
#include "daemon/claim/unknown-kind.h"
#include "util/json.h"

static void record_free(struct claim_record *record)
{
	claim_deinit(&record->claim);
	claim_mending_deinit(&record->mending);
	arena_deinit(&record->arena);
	free(record);
}

void claim_table_deinit(struct claim_table *table)
{
	for (size_t i = 0; i < table->records.count; i++)
		record_free(table->records.items[i]);
	ARRAY_FREE(&table->records);
}

/* The index of a name, or the index where the name belongs. */
static size_t place_of(const struct claim_table *table, const char *name)
{
	size_t low = 0, high = table->records.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(table->records.items[middle]->claim.name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct claim_record *claim_table_find(const struct claim_table *table, const char *name)
{
	size_t place = place_of(table, name);

	if (place == table->records.count ||
	    strcmp(table->records.items[place]->claim.name, name) != 0)
		return NULL;
	return table->records.items[place];
}

static bool claim_names(const struct claim *claim, const char *ident)
{
	const struct claim_member_list *devices = claim->kind->devices(claim);
	char own[RESERVATION_MAX];

	for (size_t i = 0; i < devices->count; i++)
		if (claim_member_ident(&devices->items[i], own) && strcmp(own, ident) == 0)
			return true;
	return claim_is_unknown(claim);
}

bool claim_table_names(const struct claim_table *table, const char *name)
{
	const char *colon = strchr(name, ':');
	const char *ident = colon ? colon + 1 : name;

	for (size_t i = 0; i < table->records.count; i++)
		if (claim_names(&table->records.items[i]->claim, ident))
			return true;
	return false;
}

bool claim_table_has_room(const struct claim_table *table, const char *owner)
{
	const char *const root = "uid:0";
	size_t own = 0, of_users = 0;

	for (size_t i = 0; i < table->records.count; i++) {
		const char *other = table->records.items[i]->claim.owner;

		own += other && strcmp(other, owner) == 0;
		of_users += !other || strcmp(other, root) != 0;
	}
	if (strcmp(owner, root) == 0)
		return table->records.count < CLAIMS_MAX;
	return own < CLAIMS_OF_A_USER_MAX && of_users < CLAIMS_MAX - CLAIMS_OF_ROOT &&
	       table->records.count < CLAIMS_MAX;
}

/*
 * A resource belongs to the claim that was given the resource last. The store need not be told: at
 * the next start the revisions of the entries tell which claim was last.
 */
static void take_given(struct claim_table *table, struct claim_record *record)
{
	for (size_t i = 0; i < table->records.count; i++) {
		struct claim_record *other = table->records.items[i];

		if (other == record || other->claim.kind != record->claim.kind)
			continue;
		if (other->revision > record->revision)
			record->claim.kind->yield(&record->claim, &other->claim);
		else
			record->claim.kind->yield(&other->claim, &record->claim);
	}
}

int claim_table_set(struct claim_table *table, struct claim *claim, uint64_t revision)
{
	size_t place = place_of(table, claim->name);
	struct claim_record *record = claim_table_find(table, claim->name);

	if (!record) {
		record = calloc(1, sizeof(*record));
		if (!record)
			return -ENOMEM;
		*record = (struct claim_record){ .claim = CLAIM_NULL,
						 .arena = ARENA_NULL,
						 .remedy = CLAIM_REMEDY_NONE };
		if (ARRAY_APPEND(&table->records, record) < 0) {
			record_free(record);
			return -ENOMEM;
		}
		memmove(&table->records.items[place + 1], &table->records.items[place],
			(table->records.count - 1 - place) * sizeof(record));
		table->records.items[place] = record;
	}
	if (!record->claim.kind || !claim_is_same_wish(&record->claim, claim))
		table->state++;
	claim_deinit(&record->claim);
	record->claim = *claim;
	record->revision = revision;
	record->is_stale = true;
	*claim = CLAIM_NULL;
	take_given(table, record);
	return 0;
}

void claim_table_remove(struct claim_table *table, const char *name)
{
	size_t place = place_of(table, name);

	if (!claim_table_find(table, name))
		return;
	record_free(table->records.items[place]);
	table->state++;
	table->records.count--;
	memmove(&table->records.items[place], &table->records.items[place + 1],
		(table->records.count - place) * sizeof(table->records.items[0]));
	if (table->records.count == 0)
		ARRAY_FREE(&table->records);
}

void claim_table_new_name(const struct claim_table *table, const struct claim_kind *kind,
			  char name[static CLAIM_NAME_MAX + 1])
{
	unsigned int number = 0;

	do
		(void)snprintf(name, CLAIM_NAME_MAX + 1, "%s-%u", kind->name, ++number);
	while (claim_table_find(table, name));
}

static bool is_observed(const struct claim_record *record)
{
	return record->since_ms[CLAIM_PLANNED] != 0;
}

static bool is_same_state(const struct claim_state *a, const struct claim_state *b)
{
	return a->holds == b->holds && claim_state_is(a, b->reason);
}

static void take_sight(struct claim_record *record, const struct claim_sight *sight,
		       uint64_t real_ms)
{
	record->is_new = !is_observed(record);
	record->is_stale = false;
	for (size_t i = 0; i < CLAIM_CONDITION_COUNT; i++)
		if (record->since_ms[i] == 0 ||
		    !is_same_state(&sight->states[i], &record->sight.states[i])) {
			record->since_ms[i] = real_ms;
			record->changed |= 1u << i;
		}
	record->sight = *sight;
}

/* A number for the part of the world that plans are made from and that others change. */
static uint64_t digest_world(const struct claim_table *table, const struct world *world)
{
	uint64_t digest = 0;

	/* FNV's prime: the order of kinds counts. */
	for (size_t i = 0; i < table->kinds->count; i++)
		digest = digest * UINT64_C(0x100000001b3) ^ table->kinds->items[i]->digest(world);
	return digest;
}

static int observe_one(struct claim_record *record, const struct world *world, uint64_t real_ms,
		       uint64_t now_ms, bool host_changed)
{
	struct claim_sight sight;
	struct arena arena = ARENA_NULL;
	int rc = record->claim.kind->observe(&record->claim, world, &arena, &sight);

	if (rc == 0)
		claim_mending_observed(&record->mending,
				       is_observed(record) ? &record->sight : NULL, &sight, now_ms);
	if (rc == 0)
		claim_mending_explain(&record->mending, &record->claim, world, &sight, now_ms);
	if (rc == 0 && host_changed)
		claim_mending_host_changed(&record->mending);
	if (rc == 0)
		rc = claim_remedy_choose(&record->claim, &record->mending, &arena, &sight,
					 &record->remedy);
	if (rc < 0) {
		arena_deinit(&arena);
		return rc;
	}
	take_sight(record, &sight, real_ms);
	arena_deinit(&record->arena);
	record->arena = arena;
	return 0;
}

void claim_table_reserve(struct claim_table *table, const char *name)
{
	struct claim_record *record = claim_table_find(table, name);

	if (record)
		record->is_reserved = true;
}

void claim_table_release(struct claim_table *table, const char *name, uint64_t look)
{
	struct claim_record *record = claim_table_find(table, name);

	if (!record)
		return;
	record->is_reserved = false;
	record->judged_from = look;
}

static bool is_to_be_judged(const struct claim_record *record, const struct world *world)
{
	return !record->is_reserved && world->look >= record->judged_from;
}

int claim_table_observe(struct claim_table *table, const struct world *world, uint64_t real_ms,
			uint64_t now_ms)
{
	const uint64_t digest = digest_world(table, world);
	const bool host_changed = digest != table->digest;
	int rc = 0;

	table->digest = digest;
	for (size_t i = 0; i < table->records.count; i++) {
		table->records.items[i]->changed = 0;
		table->records.items[i]->is_new = false;
	}
	for (size_t i = 0; rc == 0 && i < table->records.count; i++) {
		struct claim_record *record = table->records.items[i];

		if (is_to_be_judged(record, world))
			rc = observe_one(record, world, real_ms, now_ms, host_changed);
		else if (host_changed)
			claim_mending_host_changed(&record->mending);
	}
	return rc;
}

/*
 * A remedy that frees a resource goes first. Resources are taken down from the highest place on,
 * because decoders are a stack, and for the same reason made from the lowest place on.
 */
static bool goes_before(const struct claim_record *a, const struct claim_record *b)
{
	const uint64_t at = a->claim.kind->place(&a->claim);
	const uint64_t other = b->claim.kind->place(&b->claim);

	if (a->remedy != b->remedy)
		return a->remedy < b->remedy;
	return a->remedy == CLAIM_REMEDY_MAKE ? at < other : at > other;
}

/* A remedy that was chosen for the former wish may be wrong for the present one. */
static bool is_to_be_mended(const struct claim_record *record)
{
	return record->remedy != CLAIM_REMEDY_NONE && !record->mending.acted && !record->is_stale &&
	       !record->is_reserved;
}

void claim_table_put_off(struct claim_table *table, uint64_t until_ms)
{
	for (size_t i = 0; i < table->records.count; i++) {
		struct claim_mending *mending = &table->records.items[i]->mending;

		if (mending->not_before_ms < until_ms)
			mending->not_before_ms = until_ms;
	}
}

bool claim_table_is_due(const struct claim_table *table, const struct lane_set *lanes,
			uint64_t now_ms, const char *claimant, const char *except)
{
	for (size_t i = 0; i < table->records.count; i++) {
		const struct claim_record *record = table->records.items[i];
		const char *owner = record->claim.owner ?: "";

		if (is_to_be_mended(record) && record->mending.not_before_ms <= now_ms &&
		    strcmp(owner, claimant) != 0 && strcmp(record->claim.name, except) != 0 &&
		    lane_set_meets(record->claim.kind->lanes(&record->claim), lanes))
			return true;
	}
	return false;
}

static bool is_passed_over(const struct claim_record *record, const struct claim_gate *gate)
{
	return gate && !gate->is_open(gate->userdata, record->claim.kind->lanes(&record->claim));
}

struct claim_record *claim_table_next(const struct claim_table *table,
				      const struct claim_gate *gate, uint64_t now_ms,
				      uint64_t *ret_wake_ms)
{
	struct claim_record *next = NULL;
	uint64_t wake_ms = UINT64_MAX;

	for (size_t i = 0; i < table->records.count; i++) {
		struct claim_record *record = table->records.items[i];
		const struct claim_mending *mending = &record->mending;

		if (!is_to_be_mended(record))
			continue;
		if (mending->not_before_ms > now_ms) {
			if (mending->not_before_ms < wake_ms)
				wake_ms = mending->not_before_ms;
		} else if ((!next || goes_before(record, next)) && !is_passed_over(record, gate)) {
			next = record;
		}
	}
	*ret_wake_ms = wake_ms;
	return next;
}

bool claim_record_holds(const struct claim_record *record, enum claim_condition condition)
{
	return is_observed(record) && !record->is_stale && record->sight.states[condition].holds;
}

int claim_record_add_condition(const struct claim_record *record, enum claim_condition condition,
			       struct json_object *object)
{
	const struct claim_state *state = &record->sight.states[condition];

	if (!is_observed(record))
		return 0;
	if (json_add_string(object, "condition", claim_condition_name(condition)) ||
	    json_add_bool(object, "holds", state->holds) ||
	    json_add_string(object, "reason", state->reason) ||
	    json_add_string(object, "text", state->text) ||
	    json_add_u64(object, "since", record->since_ms[condition] / 1000))
		return -ENOMEM;
	return 0;
}

static struct json_object *conditions_to_json(const struct claim_record *record)
{
	_cleanup_json_ struct json_object *array = json_object_new_array();

	if (!array)
		return NULL;
	for (int i = 0; i < CLAIM_CONDITION_COUNT && is_observed(record); i++) {
		_cleanup_json_ struct json_object *object = json_object_new_object();

		if (!object ||
		    claim_record_add_condition(record, (enum claim_condition)i, object) ||
		    json_append(array, TAKE_PTR(object)))
			return NULL;
	}
	return TAKE_PTR(array);
}

struct json_object *claim_record_to_json(const struct claim_record *record)
{
	_cleanup_json_ struct json_object *object = claim_to_json(&record->claim);

	if (!object || json_add_string(object, record->claim.kind->object, record->sight.object) ||
	    json_add(object, "conditions", conditions_to_json(record)))
		return NULL;
	return TAKE_PTR(object);
}

struct json_object *claim_table_to_json(const struct claim_table *table)
{
	_cleanup_json_ struct json_object *array = json_object_new_array();

	if (!array)
		return NULL;
	for (size_t i = 0; i < table->records.count; i++)
		if (json_append(array, claim_record_to_json(table->records.items[i])))
			return NULL;
	return TAKE_PTR(array);
}
