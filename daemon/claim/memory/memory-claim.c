// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory's part of a claim: the differences of two wishes, and the binding. Pure.
 */
#include "daemon/claim/memory/memory-claim.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "util/cleanup.h"

const struct memory_claim memory_claim_null = {
	.near_node = TOPO_UNKNOWN_INT,
	.qos_class = TOPO_UNKNOWN_INT,
	.window = TOPO_UNKNOWN,
	.binding.resource = TOPO_UNKNOWN,
	.zone = TOPO_ZONE_MOVABLE,
};

void memory_claim_deinit(struct claim *claim)
{
	struct memory_claim *own = memory_claim(claim);

	ARRAY_FREE(&own->members);
	ARRAY_FREE(&own->binding.members);
}

/* ---- the binding ---- */

static int copy_text(struct arena *arena, const char *text, const char **ret_text)
{
	*ret_text = arena_strdup(arena, text);
	return text && !*ret_text ? -ENOMEM : 0;
}

static int copy_binding(struct arena *arena, const struct memory_binding *binding,
			struct memory_binding *copy)
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

int memory_set_binding(struct claim *claim, const struct memory_binding *binding)
{
	struct memory_claim *own = memory_claim(claim);
	struct memory_binding copy = *binding;
	int rc;

	copy.members = (struct claim_member_list){ .items = NULL };
	rc = copy_binding(&claim->arena, binding, &copy);
	if (rc < 0) {
		ARRAY_FREE(&copy.members);
		return rc;
	}
	ARRAY_FREE(&own->binding.members);
	own->binding = copy;
	return 0;
}

int memory_inherit(struct claim *claim, const struct claim *stored)
{
	return memory_set_binding(claim, &memory_claim(stored)->binding);
}

void memory_release(struct claim *claim)
{
	memory_claim(claim)->binding.boot = NULL;
}

const char *memory_given(const struct claim *claim)
{
	return memory_claim(claim)->binding.bound ? "binding" : NULL;
}

uint64_t memory_place(const struct claim *claim)
{
	const struct memory_binding *binding = &memory_claim(claim)->binding;

	return binding->bound ? binding->resource : CLAIM_NO_PLACE;
}

const struct claim_member_list *memory_devices(const struct claim *claim)
{
	return &memory_claim(claim)->binding.members;
}

/* An adopted region belongs to the claim in every boot: is_bound_to() in memory-match.c. */
static bool is_same_boot(const struct claim *a, const struct claim *b)
{
	return a->adopted || b->adopted ||
	       strcmp(memory_claim(a)->binding.boot, memory_claim(b)->binding.boot) == 0;
}

/* Addresses count within one boot; a region without a UUID is known by its addresses. */
static bool overlap(const struct claim *claim, const struct claim *other)
{
	const struct memory_binding *a = &memory_claim(claim)->binding;
	const struct memory_binding *b = &memory_claim(other)->binding;

	if (!a->bound || !b->bound || !a->boot || !b->boot || a->uuid || b->uuid ||
	    a->resource == TOPO_UNKNOWN || b->resource == TOPO_UNKNOWN)
		return false;
	return a->resource < b->resource + b->size && b->resource < a->resource + a->size &&
	       is_same_boot(claim, other);
}

/*
 * Addresses belong to the claim that was given the addresses last: the region that another claim
 * had there was gone before, although the region that is there looks the same. The store need not
 * be told: at the next start the revisions of the entries tell which claim was last.
 */
void memory_yield(struct claim *claim, const struct claim *later)
{
	if (overlap(claim, later))
		memory_claim(claim)->binding.resource = TOPO_UNKNOWN;
}

/* ---- the differences of two wishes ---- */

#define WISH(is)     { .name = (is) }
#define IN_PLACE(is) { .name = (is), .changes_in_place = true }

const struct claim_wish memory_wishes[MEMORY_WISH_COUNT + 1] = {
	[MEMORY_WISH_SIZE] = WISH("size"),
	[MEMORY_WISH_TYPE] = WISH("type"),
	[MEMORY_WISH_GOAL] = WISH("goal"),
	[MEMORY_WISH_ZONE] = IN_PLACE("zone"),
	[MEMORY_WISH_DISABLED] = IN_PLACE("disabled"),
	[MEMORY_WISH_WAYS] = WISH("ways"),
	[MEMORY_WISH_GRANULARITY] = WISH("granularity"),
	[MEMORY_WISH_NEAR_NODE] = WISH("near_node"),
	[MEMORY_WISH_QOS_CLASS] = WISH("qos_class"),
	[MEMORY_WISH_WINDOW] = WISH("window"),
	[MEMORY_WISH_UUID] = WISH("uuid"),
	[MEMORY_WISH_MEMBERS] = WISH("members"),
	[MEMORY_WISH_MEMBERS_ORDERED] = WISH("members_ordered"),
};

static bool texts_are_same(const char *a, const char *b)
{
	return a && b ? strcasecmp(a, b) == 0 : a == b;
}

/* Memory that never becomes system RAM has no zone. */
static enum topo_zone zone_of(const struct memory_claim *claim)
{
	return claim->goal == PLAN_GOAL_SYSTEM_RAM ? claim->zone : TOPO_ZONE_UNKNOWN;
}

bool memory_is_same(const struct claim *one, const struct claim *other, size_t wish)
{
	const struct memory_claim *a = memory_claim(one), *b = memory_claim(other);

	switch ((enum memory_wish)wish) {
	case MEMORY_WISH_SIZE:
		return a->size_bytes == b->size_bytes;
	case MEMORY_WISH_TYPE:
		return a->type == b->type;
	case MEMORY_WISH_GOAL:
		return a->goal == b->goal;
	case MEMORY_WISH_ZONE:
		return zone_of(a) == zone_of(b);
	case MEMORY_WISH_DISABLED:
		return a->disabled == b->disabled;
	case MEMORY_WISH_WAYS:
		return a->ways == b->ways;
	case MEMORY_WISH_GRANULARITY:
		return a->granularity == b->granularity;
	case MEMORY_WISH_NEAR_NODE:
		return a->near_node == b->near_node;
	case MEMORY_WISH_QOS_CLASS:
		return a->qos_class == b->qos_class;
	case MEMORY_WISH_WINDOW:
		return a->window == b->window;
	case MEMORY_WISH_UUID:
		return texts_are_same(a->uuid, b->uuid);
	case MEMORY_WISH_MEMBERS:
		return claim_members_are_same(&a->members, &b->members,
					      a->members_ordered || b->members_ordered);
	case MEMORY_WISH_MEMBERS_ORDERED:
		return a->members_ordered == b->members_ordered;
	case MEMORY_WISH_COUNT:
		break;
	}
	return true;
}
