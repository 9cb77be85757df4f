// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests about a claim, handed to the claim's kind. Pure but for the heap.
 */
#include "daemon/claim/claim-asking.h"

#include <errno.h>
#include <string.h>

#include "daemon/claim/unknown-kind.h"
#include "util/json.h"

void claim_asking_deinit(struct claim_asking *asking)
{
	claim_deinit(&asking->wish);
}

static int read_wish(const struct claim_kinds *kinds, struct json_object *parameters,
		     struct refusal_list *problems, struct claim_asking *asking)
{
	struct json_object *claim;
	int rc;

	if (json_get_object(parameters, "claim", &claim) < 0)
		return -EINVAL;
	(void)json_get_bool(parameters, "anew", &asking->anew);
	rc = claim_from_json(kinds, claim, problems, &asking->wish);
	asking->name = asking->wish.name;
	if (rc == 0)
		rc = claim_check_name(asking->name, problems);
	return rc ? rc : claim_check_wish(&asking->wish, problems);
}

int claim_asking_from_json(enum claim_verb verb, const struct claim_kinds *kinds,
			   struct json_object *parameters, struct refusal_list *problems,
			   struct claim_asking *asking)
{
	const char *name;

	asking->verb = verb;
	(void)json_get_bool(parameters, "dry_run", &asking->dry_run);
	if (verb == CLAIM_WANT)
		return read_wish(kinds, parameters, problems, asking);
	if (json_get_string(parameters, "claim", &name) < 0)
		return -EINVAL;
	asking->name = arena_strdup(&asking->wish.arena, name);
	return asking->name ? 0 : -ENOMEM;
}

/* A name that no claim has goes to the first kind, which refuses the name. */
static const struct claim_kind *kind_of(const struct claim_table *claims, const char *name)
{
	const struct claim_record *record = name ? claim_table_find(claims, name) : NULL;

	return record ? record->claim.kind : claims->kinds->items[0];
}

struct subject *claim_ask(struct claim_asking *asking, const struct claim_table *claims,
			  struct world_draft *draft)
{
	const struct claim_kind *kind =
		asking->verb == CLAIM_WANT ? asking->wish.kind : kind_of(claims, asking->name);

	return kind->ask(asking, draft);
}

struct subject *claim_mend(const struct claim_table *claims, const char *name,
			   enum claim_remedy remedy, struct world_draft *draft,
			   claim_mending_fn on_end, void *userdata)
{
	return kind_of(claims, name)->mend(name, remedy, draft, on_end, userdata);
}

/* The claim that a change was to make may not be stored yet: the entry names the kind. */
static const struct claim_kind *kind_left(const struct claim_table *claims,
					  const struct change_entry *left)
{
	const struct claim_kind *kind =
		left->kind ? claim_kind_find(claims->kinds, left->kind) : NULL;

	return kind ?: kind_of(claims, left->claim);
}

bool claim_may_take_up(const struct claim_table *claims, const struct change_entry *left)
{
	const struct claim_record *record =
		left->claim ? claim_table_find(claims, left->claim) : NULL;

	if (left->kind && !claim_kind_find(claims->kinds, left->kind))
		return false;
	return !record || !claim_is_unknown(&record->claim);
}

struct subject *claim_take_up(const struct claim_table *claims, const struct change_entry *left,
			      struct world_draft *draft)
{
	return kind_left(claims, left)->take_up(left, draft);
}
