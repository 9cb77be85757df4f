/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory's part of a claim: the memory that is wanted, and the region that the claim was given.
 * Values; and the functions of the kind (memory-kind.h) for these values.
 */
#pragma once

#include "cxl/plan/plan.h"
#include "cxl/topology/topology.h"
#include "daemon/claim/claim-field.h"
#include "daemon/claim/claim-kind.h"

/* What the claim was given last. A claim that waits for its first memory has no binding. */
struct memory_binding {
	bool bound;
	const char *boot; /* boot ID of the kernel (/proc/sys/kernel/random/boot_id); NULL: the
			   * region was taken down since, because one of its memdevs had gone */
	hpa_t resource;	  /* of the region */
	uint64_t size;
	int ways, granularity;
	const char *uuid;		  /* of a pmem region, or NULL */
	struct claim_member_list members; /* by position */
};

struct memory_claim {
	uint64_t size_bytes; /* never 0 */
	enum topo_mode type; /* TOPO_MODE_RAM, TOPO_MODE_PMEM */
	enum plan_goal goal;
	enum topo_zone zone; /* of PLAN_GOAL_SYSTEM_RAM; TOPO_ZONE_NONE: kept offline */
	bool disabled;	     /* the region is kept, disabled */

	/* Constraints; 0, TOPO_UNKNOWN_INT or TOPO_UNKNOWN where there is none. */
	int ways, granularity, near_node, qos_class;
	hpa_t window;	  /* base address of the window that the region has to lie in */
	const char *uuid; /* of pmem */
	bool members_ordered;
	struct claim_member_list members; /* the memdevs to be used */

	struct memory_binding binding;
};

/* A part that says nothing. */
extern const struct memory_claim memory_claim_null;

/** memory_claim() - memory's part of a claim, which is of that kind */
static inline struct memory_claim *memory_claim(const struct claim *claim)
{
	return claim->own;
}

/**
 * memory_set_binding() - replaces what the claim was given
 * @binding: copied, also when the binding belongs to another claim
 *
 * The texts of the old binding stay in the claim's arena until the claim is freed.
 *
 * Return: 0 or -ENOMEM, and then the binding is as it was.
 */
int memory_set_binding(struct claim *claim, const struct memory_binding *binding);

/* What two wishes can differ in: indices of memory_wishes, and numbers of bits in a difference. */
enum memory_wish {
	MEMORY_WISH_SIZE,
	MEMORY_WISH_TYPE,
	MEMORY_WISH_GOAL,
	MEMORY_WISH_ZONE,
	MEMORY_WISH_DISABLED,
	MEMORY_WISH_WAYS,
	MEMORY_WISH_GRANULARITY,
	MEMORY_WISH_NEAR_NODE,
	MEMORY_WISH_QOS_CLASS,
	MEMORY_WISH_WINDOW,
	MEMORY_WISH_UUID,
	MEMORY_WISH_MEMBERS,
	MEMORY_WISH_MEMBERS_ORDERED,
	MEMORY_WISH_COUNT,
};

/* ---- as struct claim_kind has them ---- */

extern const struct claim_wish memory_wishes[];
void memory_claim_deinit(struct claim *claim);
bool memory_is_same(const struct claim *one, const struct claim *other, size_t wish);
int memory_inherit(struct claim *claim, const struct claim *stored);
void memory_release(struct claim *claim);
void memory_yield(struct claim *claim, const struct claim *later);
uint64_t memory_place(const struct claim *claim);
const struct claim_member_list *memory_devices(const struct claim *claim);
const char *memory_given(const struct claim *claim);

/* memory-json.c */
extern const struct claim_field memory_fields[];
int memory_check(const struct claim_reader *reader, struct json_object *object);
int memory_add_wish(const struct claim *claim, struct json_object *object);
int memory_add_given(const struct claim *claim, struct json_object *object);
