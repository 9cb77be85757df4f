// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claims as values: names, devices, and the differences of two wishes. Pure.
 */
#include "daemon/claim/claim.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/claim/claim-kind.h"
#include "util/cleanup.h"
#include "util/json.h"
#include "util/kernel-name.h"

const struct claim_kind *claim_kind_find(const struct claim_kinds *kinds, const char *name)
{
	for (size_t i = 0; i < kinds->count; i++)
		if (strcmp(kinds->items[i]->name, name) == 0)
			return kinds->items[i];
	return NULL;
}

int claim_init(struct claim *claim, const struct claim_kind *kind)
{
	claim->own = arena_alloc(&claim->arena, kind->size);
	if (!claim->own)
		return -ENOMEM;
	memcpy(claim->own, kind->null_part, kind->size);
	claim->kind = kind;
	return 0;
}

void claim_deinit(struct claim *claim)
{
	if (claim->kind && claim->kind->deinit)
		claim->kind->deinit(claim);
	arena_deinit(&claim->arena);
	claim->kind = NULL;
	claim->own = NULL;
}

int claim_refuse(struct refusal_list *problems, const char *code, const char *name,
		 const char *hint, const char *format, ...)
{
	va_list arguments;
	int rc;

	va_start(arguments, format);
	rc = refusal_add_va(problems, code, name, hint, format, arguments);
	va_end(arguments);
	return rc ? rc : CLAIM_E_BAD;
}

bool claim_name_is_valid(const char *name)
{
	const size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-");

	return length > 0 && length <= CLAIM_NAME_MAX && name[length] == '\0' &&
	       !strchr("._-", name[0]);
}

int claim_check_name(const char *name, struct refusal_list *problems)
{
	static const char hint[] = "take another name, such as db-1";

	if (!claim_name_is_valid(name))
		return claim_refuse(problems, "bad-claim", name, hint,
				    "a claim's name is of up to %d of [a-z0-9._-] and begins with "
				    "[a-z0-9]",
				    CLAIM_NAME_MAX);
	if (kernel_name_is(name))
		return claim_refuse(
			problems, "bad-claim", name, hint,
			"%s is reserved for objects of the kernel: a claim can't have this name",
			name);
	return 0;
}

int claim_check_wish(const struct claim *claim, struct refusal_list *problems)
{
	const char *hint = "leave it out: cxlfmd keeps it";

	if (claim->owner)
		return claim_refuse(problems, "bad-claim", claim->name, hint,
				    "an owner is not declared");
	if (claim->adopted)
		return claim_refuse(problems, "bad-claim", claim->name, hint,
				    "\"adopted\" is not declared");
	if (claim->kind->given(claim))
		return claim_refuse(problems, "bad-claim", claim->name, hint,
				    "\"%s\" is not declared", claim->kind->given(claim));
	return 0;
}

int claim_check_kind(const struct claim *claim, const struct claim_kind *kind,
		     struct refusal_list *problems)
{
	if (claim->kind == kind)
		return 0;
	return claim_refuse(problems, "claim-exists", claim->name,
			    "take another name for a new claim, or name a claim of that kind",
			    "%s is a claim of the kind %s, and not of the kind %s", claim->name,
			    claim->kind->name, kind->name);
}

bool claim_member_has_serial(const struct claim_member *member)
{
	return member->serial != 0 && member->serial != UINT64_MAX;
}

bool claim_member_ident(const struct claim_member *member, char ident[static RESERVATION_MAX])
{
	if (claim_member_has_serial(member))
		(void)snprintf(ident, RESERVATION_MAX, "serial:0x%" PRIx64, member->serial);
	else if (member->path)
		(void)snprintf(ident, RESERVATION_MAX, "%s", member->path);
	else
		return false;
	return true;
}

bool claim_member_is_same(const struct claim_member *a, const struct claim_member *b)
{
	if (claim_member_has_serial(a) || claim_member_has_serial(b))
		return a->serial == b->serial;
	return a->path && b->path && strcmp(a->path, b->path) == 0;
}

static bool holds_member(const struct claim_member_list *members, const struct claim_member *wanted)
{
	for (size_t i = 0; i < members->count; i++)
		if (claim_member_is_same(&members->items[i], wanted))
			return true;
	return false;
}

/* Lists without an order are sets: no list names a device twice. */
bool claim_members_are_same(const struct claim_member_list *a, const struct claim_member_list *b,
			    bool ordered)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (ordered ? !claim_member_is_same(&a->items[i], &b->items[i])
			    : !holds_member(b, &a->items[i]))
			return false;
	return true;
}

/* ---- the binding ---- */

int claim_copy(const struct claim *claim, struct claim *ret_claim)
{
	const struct claim_kinds kinds = { &claim->kind, 1 };
	_cleanup_json_ struct json_object *object = claim_to_json(claim);
	struct refusal_list problems = REFUSAL_LIST_NULL;
	int rc = object ? claim_from_json(&kinds, object, &problems, ret_claim) : -ENOMEM;

	refusal_list_deinit(&problems);
	return rc == CLAIM_E_BAD ? -EINVAL : rc;
}

int claim_inherit(struct claim *claim, const struct claim *stored)
{
	const char *owner = arena_strdup(&claim->arena, stored->owner);
	int rc = stored->owner && !owner ? -ENOMEM : 0;

	if (rc == 0)
		rc = claim->kind->inherit(claim, stored);
	if (rc < 0)
		return rc;
	claim->owner = owner;
	claim->adopted = stored->adopted;
	return 0;
}

/* ---- the differences of two wishes ---- */

unsigned int claim_differences(const struct claim *a, const struct claim *b)
{
	unsigned int differences = a->drift == b->drift ? 0 : CLAIM_DIFFERS_IN_DRIFT;

	if (a->kind != b->kind)
		return differences | CLAIM_DIFFERS_IN_KIND;
	for (size_t i = 0; a->kind->wishes[i].name; i++)
		if (!a->kind->is_same(a, b, i))
			differences |= 1u << i;
	return differences;
}

bool claim_is_same_wish(const struct claim *a, const struct claim *b)
{
	return claim_differences(a, b) == 0;
}

enum claim_change claim_change_kind(const struct claim *from, const struct claim *to)
{
	const unsigned int differences = claim_differences(from, to);
	unsigned int in_place = CLAIM_DIFFERS_IN_DRIFT;

	for (size_t i = 0; from->kind->wishes[i].name; i++)
		if (from->kind->wishes[i].changes_in_place)
			in_place |= 1u << i;
	if (differences == 0)
		return CLAIM_CHANGE_NONE;
	return differences & ~in_place ? CLAIM_CHANGE_REMAKE : CLAIM_CHANGE_IN_PLACE;
}
