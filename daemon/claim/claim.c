// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claims as values: names, members, what they were given, and what two wishes differ in. Pure.
 */
#include "daemon/claim/claim.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "util/cleanup.h"
#include "util/kernel-name.h"

static const char *const wish_names[CLAIM_WISH_COUNT] = {
	[CLAIM_WISH_SIZE] = "size",	      [CLAIM_WISH_TYPE] = "type",
	[CLAIM_WISH_GOAL] = "goal",	      [CLAIM_WISH_ZONE] = "zone",
	[CLAIM_WISH_DISABLED] = "disabled",   [CLAIM_WISH_DRIFT] = "drift",
	[CLAIM_WISH_WAYS] = "ways",	      [CLAIM_WISH_GRANULARITY] = "granularity",
	[CLAIM_WISH_NEAR_NODE] = "near_node", [CLAIM_WISH_QOS_CLASS] = "qos_class",
	[CLAIM_WISH_WINDOW] = "window",	      [CLAIM_WISH_UUID] = "uuid",
	[CLAIM_WISH_MEMBERS] = "members",     [CLAIM_WISH_MEMBERS_ORDERED] = "members_ordered",
};

void claim_deinit(struct claim *claim)
{
	ARRAY_FREE(&claim->members);
	ARRAY_FREE(&claim->binding.members);
	arena_deinit(&claim->arena);
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
		return claim_refuse(problems, "bad-claim", name, hint,
				    "%s means an object of the kernel's, or all of a kind: a claim "
				    "can't have this name",
				    name);
	return 0;
}

bool claim_member_has_serial(const struct claim_member *member)
{
	return member->serial != 0 && member->serial != TOPO_UNKNOWN;
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

/* Without an order they are sets: no list names a memdev twice. */
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

/* ---- what it was given ---- */

static int copy_text(struct arena *arena, const char *text, const char **ret_text)
{
	*ret_text = arena_strdup(arena, text);
	return text && !*ret_text ? -ENOMEM : 0;
}

static int copy_binding(struct arena *arena, const struct claim_binding *binding,
			struct claim_binding *copy)
{
	int rc = copy_text(arena, binding->boot, &copy->boot);

	if (rc == 0)
		rc = copy_text(arena, binding->uuid, &copy->uuid);
	for (size_t i = 0; i < binding->members.count && rc == 0; i++) {
		struct claim_member member = binding->members.items[i];

		rc = copy_text(arena, member.path, &member.path);
		if (rc == 0)
			rc = ARRAY_APPEND(&copy->members, member);
	}
	return rc;
}

int claim_set_binding(struct claim *claim, const struct claim_binding *binding)
{
	struct claim_binding copy = *binding;
	int rc;

	copy.members = (struct claim_member_list){ .items = NULL };
	rc = copy_binding(&claim->arena, binding, &copy);
	if (rc < 0) {
		ARRAY_FREE(&copy.members);
		return rc;
	}
	ARRAY_FREE(&claim->binding.members);
	claim->binding = copy;
	return 0;
}

int claim_inherit(struct claim *claim, const struct claim *stored)
{
	const char *owner;
	int rc = copy_text(&claim->arena, stored->owner, &owner);

	if (rc == 0)
		rc = claim_set_binding(claim, &stored->binding);
	if (rc < 0)
		return rc;
	claim->owner = owner;
	claim->adopted = stored->adopted;
	return 0;
}

/* ---- what two wishes differ in ---- */

static bool texts_are_same(const char *a, const char *b)
{
	return a && b ? strcasecmp(a, b) == 0 : a == b;
}

/* What never becomes system RAM has no zone. */
static enum topo_zone zone_of(const struct claim *claim)
{
	return claim->goal == PLAN_GOAL_SYSTEM_RAM ? claim->zone : TOPO_ZONE_UNKNOWN;
}

static bool is_same(enum claim_wish wish, const struct claim *a, const struct claim *b)
{
	switch (wish) {
	case CLAIM_WISH_SIZE:
		return a->size_bytes == b->size_bytes;
	case CLAIM_WISH_TYPE:
		return a->type == b->type;
	case CLAIM_WISH_GOAL:
		return a->goal == b->goal;
	case CLAIM_WISH_ZONE:
		return zone_of(a) == zone_of(b);
	case CLAIM_WISH_DISABLED:
		return a->disabled == b->disabled;
	case CLAIM_WISH_DRIFT:
		return a->drift == b->drift;
	case CLAIM_WISH_WAYS:
		return a->ways == b->ways;
	case CLAIM_WISH_GRANULARITY:
		return a->granularity == b->granularity;
	case CLAIM_WISH_NEAR_NODE:
		return a->near_node == b->near_node;
	case CLAIM_WISH_QOS_CLASS:
		return a->qos_class == b->qos_class;
	case CLAIM_WISH_WINDOW:
		return a->window == b->window;
	case CLAIM_WISH_UUID:
		return texts_are_same(a->uuid, b->uuid);
	case CLAIM_WISH_MEMBERS:
		return claim_members_are_same(&a->members, &b->members,
					      a->members_ordered || b->members_ordered);
	case CLAIM_WISH_MEMBERS_ORDERED:
		return a->members_ordered == b->members_ordered;
	case CLAIM_WISH_COUNT:
		break;
	}
	return true;
}

const char *claim_wish_name(enum claim_wish wish)
{
	return wish_names[wish];
}

unsigned int claim_differences(const struct claim *a, const struct claim *b)
{
	unsigned int differences = 0;

	for (int i = 0; i < CLAIM_WISH_COUNT; i++)
		if (!is_same((enum claim_wish)i, a, b))
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
	const unsigned int in_place =
		1u << CLAIM_WISH_ZONE | 1u << CLAIM_WISH_DISABLED | 1u << CLAIM_WISH_DRIFT;

	if (differences == 0)
		return CLAIM_CHANGE_NONE;
	return differences & ~in_place ? CLAIM_CHANGE_REMAKE : CLAIM_CHANGE_IN_PLACE;
}
