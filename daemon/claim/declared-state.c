// SPDX-License-Identifier: GPL-2.0-only
/*
 * Declared states, and their differences from the stored claims. Pure.
 */
#include "daemon/claim/declared-state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/claim/claim-kind.h"
#include "util/json.h"

#define REFUSE(problems, name, hint, ...)                                                          \
	claim_refuse(problems, "bad-claim", name, hint, __VA_ARGS__)

/* ---- the document ---- */

/* The range of a part is no part of the document. */
static bool has_others(struct json_object *document)
{
	json_object_object_foreach(document, key, value)
	{
		(void)value;
		if (strcmp(key, "claims") != 0 && strcmp(key, "after") != 0 &&
		    strcmp(key, "until") != 0)
			return true;
	}
	return false;
}

static int get_claims(struct json_object *document, struct refusal_list *problems,
		      struct json_object **ret_claims)
{
	struct json_object *claims;

	if (!json_object_is_type(document, json_type_object) ||
	    json_get_array(document, "claims", &claims) < 0)
		return REFUSE(problems, NULL, "write \"claims\", which may be an empty list",
			      "the document has no list \"claims\"");
	if (has_others(document))
		return REFUSE(problems, NULL, "look for a misspelling, or leave the member out",
			      "the document has a member besides \"claims\"");
	if (json_object_array_length(claims) > DECLARED_CLAIMS_MAX)
		return REFUSE(problems, NULL, "join claims that ask for the same",
			      "%zu claims are too many: there may be %d",
			      json_object_array_length(claims), DECLARED_CLAIMS_MAX);
	*ret_claims = claims;
	return 0;
}

/* Without its name, a claim is found by its place. */
static int name_last(struct refusal_list *problems, size_t index)
{
	struct refusal *refusal = &problems->list.items[problems->list.count - 1];

	refusal->object = arena_printf(&problems->arena, "claims[%zu]", index);
	return refusal->object ? CLAIM_E_BAD : -ENOMEM;
}

static int read_claim(const struct claim_kinds *kinds, struct json_object *object, size_t index,
		      struct refusal_list *problems, struct declared_state *state)
{
	struct claim claim = CLAIM_NULL;
	int rc = claim_from_json(kinds, object, problems, &claim);

	if (rc == CLAIM_E_BAD && !claim.name)
		rc = name_last(problems, index);
	if (rc == 0)
		rc = claim_check_name(claim.name, problems);
	if (rc == 0)
		rc = claim_check_wish(&claim, problems);
	if (rc == 0)
		rc = ARRAY_APPEND(&state->claims, claim);
	if (rc)
		claim_deinit(&claim);
	return rc;
}

static int compare_claims(const void *a, const void *b)
{
	return strcmp(((const struct claim *)a)->name, ((const struct claim *)b)->name);
}

static int check_names(const struct declared_state *state, struct refusal_list *problems)
{
	int result = 0;

	for (size_t i = 1; i < state->claims.count && result >= 0; i++) {
		const struct claim *claim = &state->claims.items[i];

		if (strcmp(claim[-1].name, claim->name) == 0)
			result = REFUSE(problems, claim->name, "give each a name of its own",
					"two claims have the name %s", claim->name);
	}
	return result;
}

bool declared_state_is_about(const struct declared_state *state, const char *name)
{
	return (!state->after || strcmp(name, state->after) > 0) &&
	       (!state->until || strcmp(name, state->until) <= 0);
}

/* A claim outside of the range of its part would be removed by one part and made by another. */
static int check_range(const struct declared_state *state, struct refusal_list *problems)
{
	int result = 0;

	for (size_t i = 0; i < state->claims.count && result >= 0; i++)
		if (!declared_state_is_about(state, state->claims.items[i].name))
			result = REFUSE(problems, state->claims.items[i].name,
					"send each claim with the part that its name is in",
					"the claim is not in the range of this part");
	return result;
}

int declared_state_from_json(const struct claim_kinds *kinds, struct json_object *document,
			     struct refusal_list *problems, struct declared_state *ret_state)
{
	struct json_object *claims = NULL;
	int result = get_claims(document, problems, &claims), rc;

	if (result)
		return result;
	for (size_t i = 0; i < json_object_array_length(claims); i++) {
		rc = read_claim(kinds, json_object_array_get_idx(claims, i), i, problems,
				ret_state);
		if (rc < 0)
			return rc;
		if (rc)
			result = rc;
	}
	(void)json_get_string(document, "after", &ret_state->after);
	(void)json_get_string(document, "until", &ret_state->until);
	if (ret_state->claims.count)
		qsort(ret_state->claims.items, ret_state->claims.count, sizeof(struct claim),
		      compare_claims);
	rc = check_names(ret_state, problems);
	if (rc == 0)
		rc = check_range(ret_state, problems);
	return rc ? rc : result;
}

void declared_state_deinit(struct declared_state *state)
{
	for (size_t i = 0; i < state->claims.count; i++)
		claim_deinit(&state->claims.items[i]);
	ARRAY_FREE(&state->claims);
}

static int compare_pointers(const void *a, const void *b)
{
	return compare_claims(*(const struct claim *const *)a, *(const struct claim *const *)b);
}

/* The pointers by name; never NULL but for want of memory. */
static const struct claim **sort_claims(const struct claim *const *claims, size_t count)
{
	const struct claim **sorted = calloc(count + 1, sizeof(const struct claim *));

	for (size_t i = 0; sorted && i < count; i++)
		sorted[i] = claims[i];
	if (sorted)
		qsort(sorted, count, sizeof(const struct claim *), compare_pointers);
	return sorted;
}

struct json_object *declared_state_to_json(const struct claim *const *claims, size_t count)
{
	_cleanup_json_ struct json_object *document = json_object_new_object();
	_cleanup_json_ struct json_object *array = json_object_new_array();
	_cleanup_free_ const struct claim **sorted = sort_claims(claims, count);

	if (!document || !array || !sorted)
		return NULL;
	for (size_t i = 0; i < count; i++)
		if (json_append(array, claim_wish_to_json(sorted[i])) < 0)
			return NULL;
	if (json_add(document, "claims", TAKE_PTR(array)) < 0)
		return NULL;
	return TAKE_PTR(document);
}

/* ---- the difference ---- */

/* Either may be NULL, not both. */
static struct declared_change compare(const struct claim *stored, const struct claim *declared)
{
	struct declared_change change = {
		.action = DECLARED_SAME,
		.name = declared ? declared->name : stored->name,
		.stored = stored,
		.declared = declared,
	};

	if (!declared) {
		change.action = stored->adopted ? DECLARED_FORGOTTEN : DECLARED_REMOVED;
	} else if (!stored) {
		change.action = DECLARED_ADDED;
	} else {
		change.differences = claim_differences(stored, declared);
		change.kind = claim_change_kind(stored, declared);
		if (change.differences)
			change.action = DECLARED_CHANGED;
	}
	return change;
}

/* The place of the resource that the change takes down; 0 when the change takes nothing down. */
static uint64_t place_of(const struct declared_change *change)
{
	const struct claim *stored = change->stored;
	uint64_t place;

	if (!stored || (change->action != DECLARED_REMOVED && change->kind != CLAIM_CHANGE_REMAKE))
		return 0;
	place = stored->kind->place(stored);
	return place == CLAIM_NO_PLACE ? 0 : place;
}

/* Resources are taken down from the last place on: decoders are given out in their order. */
static int compare_changes(const void *a, const void *b)
{
	const struct declared_change *one = a, *other = b;

	if (one->action != other->action)
		return one->action < other->action ? -1 : 1;
	if (place_of(one) != place_of(other))
		return place_of(one) > place_of(other) ? -1 : 1;
	return strcmp(one->name, other->name);
}

/* Both lists are in the order of names: the smaller name is not in the other list. */
static int join(const struct claim *const *stored, size_t count,
		const struct declared_state *declared, struct refusal_list *problems,
		struct declared_diff *diff)
{
	size_t i = 0, j = 0;
	int rc = 0;

	while (rc == 0 && (i < count || j < declared->claims.count)) {
		const struct claim *old = i < count ? stored[i] : NULL;
		const struct claim *new =
			j < declared->claims.count ? &declared->claims.items[j] : NULL;
		const int order = !old ? 1 : !new ? -1 : strcmp(old->name, new->name);

		old = order <= 0 ? old : NULL;
		new = order >= 0 ? new : NULL;
		rc = old && new ? claim_check_kind(old, new->kind, problems) : 0;
		if (rc == 0)
			rc = ARRAY_APPEND(&diff->changes, compare(old, new));
		i += order <= 0;
		j += order >= 0;
	}
	return rc;
}

int declared_state_diff(const struct claim *const *stored, size_t count,
			const struct declared_state *declared, struct refusal_list *problems,
			struct declared_diff *ret_diff)
{
	_cleanup_free_ const struct claim **sorted = sort_claims(stored, count);
	int rc = sorted ? join(sorted, count, declared, problems, ret_diff) : -ENOMEM;

	if (rc == 0 && ret_diff->changes.count)
		qsort(ret_diff->changes.items, ret_diff->changes.count,
		      sizeof(struct declared_change), compare_changes);
	return rc;
}

void declared_diff_deinit(struct declared_diff *diff)
{
	ARRAY_FREE(&diff->changes);
}

/* A null is a value here, and a failure for json_add(). */
static int add_value(struct json_object *pair, const char *key, struct json_object *wish,
		     const char *name)
{
	struct json_object *value = NULL;

	(void)json_object_object_get_ex(wish, name, &value);
	if (json_object_object_add(pair, key, json_object_get(value)) == 0)
		return 0;
	(void)json_object_put(value);
	return -ENOMEM;
}

static int add_difference(struct json_object *changes, struct json_object *from,
			  struct json_object *to, const char *name)
{
	_cleanup_json_ struct json_object *pair = json_object_new_object();

	if (!pair || add_value(pair, "from", from, name) < 0 || add_value(pair, "to", to, name) < 0)
		return -ENOMEM;
	return json_add(changes, name, TAKE_PTR(pair));
}

static struct json_object *differences_to_json(const struct declared_change *change)
{
	const struct claim_wish *wishes = change->stored->kind->wishes;
	_cleanup_json_ struct json_object *from = claim_wish_to_json(change->stored);
	_cleanup_json_ struct json_object *to = claim_wish_to_json(change->declared);
	_cleanup_json_ struct json_object *changes = json_object_new_object();

	if (!from || !to || !changes)
		return NULL;
	for (size_t i = 0; wishes[i].name; i++)
		if (change->differences & 1u << i &&
		    add_difference(changes, from, to, wishes[i].name) < 0)
			return NULL;
	if (change->differences & CLAIM_DIFFERS_IN_DRIFT &&
	    add_difference(changes, from, to, "drift") < 0)
		return NULL;
	return TAKE_PTR(changes);
}

static struct json_object *change_to_json(const struct declared_change *change)
{
	static const char *const names[] = { [DECLARED_FORGOTTEN] = "forget",
					     [DECLARED_REMOVED] = "remove",
					     [DECLARED_CHANGED] = "change",
					     [DECLARED_ADDED] = "make" };
	_cleanup_json_ struct json_object *object = json_object_new_object();

	if (!object || json_add_string(object, "action", names[change->action]) < 0 ||
	    json_add_string(object, "name", change->name) < 0)
		return NULL;
	if (change->kind == CLAIM_CHANGE_REMAKE && json_add_bool(object, "anew", true) < 0)
		return NULL;
	if (place_of(change) && json_add_u64(object, "resource", place_of(change)) < 0)
		return NULL;
	if (change->action == DECLARED_CHANGED &&
	    json_add(object, "changes", differences_to_json(change)) < 0)
		return NULL;
	if (change->declared && json_add(object, "claim", claim_wish_to_json(change->declared)) < 0)
		return NULL;
	return TAKE_PTR(object);
}

struct json_object *declared_diff_to_json(const struct declared_diff *diff)
{
	_cleanup_json_ struct json_object *array = json_object_new_array();

	for (size_t i = 0; array && i < diff->changes.count; i++)
		if (diff->changes.items[i].action != DECLARED_SAME &&
		    json_append(array, change_to_json(&diff->changes.items[i])) < 0)
			return NULL;
	return TAKE_PTR(array);
}
