/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A claim: memory that somebody wants to have, for as long as the claim is there. It says what is
 * wanted and what it was given, both by what survives a reboot: serial numbers, places in the PCI
 * tree, UUIDs, physical addresses; never by mem3 or region0.
 *
 * Pure. Values: a claim is read, compared, and written anew; nobody patches the texts of one that
 * others may hold.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "cxl/plan/plan.h"
#include "cxl/topology/topology.h"
#include "daemon/observe/world.h"
#include "util/arena.h"
#include "util/array.h"
#include "util/refusal.h"

struct json_object;

/* "[a-z0-9]", then up to 62 of "[a-z0-9._-]": it becomes part of a key, a path, a metric. */
#define CLAIM_NAME_MAX 63

/* What is done when somebody else changes what the claim was given. */
enum claim_drift {
	CLAIM_DRIFT_MEND,  /* it is made good again */
	CLAIM_DRIFT_LEAVE, /* it is told, and left to an admin */
};

/* One memdev, by what it says of itself, else by where it is. */
struct claim_member {
	uint64_t serial;  /* 0 or TOPO_UNKNOWN: it says nothing of use */
	const char *path; /* topo_memdev.host_path, where the serial does not tell; or NULL */
};

/* ARRAY(struct claim_member) with a name of its own: claims and bindings share its code. */
struct claim_member_list {
	struct claim_member *items;
	size_t count;
};

/* What the claim was given last. Not there before, and while it waits for its devices. */
struct claim_binding {
	bool bound;
	const char *boot; /* boot ID of the kernel (/proc/sys/kernel/random/boot_id); NULL: its
			   * region was taken down since, because a memdev of it had gone */
	hpa_t resource;	  /* of the region */
	uint64_t size;
	int ways, granularity;
	const char *uuid;		  /* of a pmem region, or NULL */
	struct claim_member_list members; /* by position */
};

struct claim {
	const char *name;
	const char *owner;   /* who asked for it: "root", "uid:1000", an orchestrator's own words */
	uint64_t size_bytes; /* never 0 */
	enum topo_mode type; /* TOPO_MODE_RAM, TOPO_MODE_PMEM */
	enum plan_goal goal;
	enum topo_zone zone; /* of PLAN_GOAL_SYSTEM_RAM; TOPO_ZONE_NONE: kept offline */
	bool disabled;	     /* the region is kept, disabled */
	enum claim_drift drift;
	bool adopted; /* the region was made by others */

	/* Constraints; 0, TOPO_UNKNOWN_INT or TOPO_UNKNOWN where there is none. */
	int ways, granularity, near_node, qos_class;
	hpa_t window;	  /* base address of the window that it has to lie in */
	const char *uuid; /* of pmem */
	bool members_ordered;
	struct claim_member_list members; /* the memdevs to be used */

	struct claim_binding binding;
	struct arena arena; /* owns every text */
};

#define CLAIM_NULL                                                                                 \
	((struct claim){ .near_node = TOPO_UNKNOWN_INT,                                            \
			 .qos_class = TOPO_UNKNOWN_INT,                                            \
			 .window = TOPO_UNKNOWN,                                                   \
			 .binding.resource = TOPO_UNKNOWN,                                         \
			 .zone = TOPO_ZONE_MOVABLE,                                                \
			 .arena = ARENA_NULL })

void claim_deinit(struct claim *claim);

/** claim_name_is_valid() - as described at CLAIM_NAME_MAX */
bool claim_name_is_valid(const char *name);

/**
 * claim_check_name() - may somebody call a claim so from now on?
 *
 * What the kernel calls its objects, and the words of our verbs for them, are no names for claims:
 * whoever says region1 would mean one thing and be given another. An older cxlfmd took them, so
 * that a claim that is stored may have one: it is read, but not made.
 *
 * @problems: receives why not; code "bad-claim"
 *
 * Return: 0; CLAIM_E_BAD; -ENOMEM.
 */
int claim_check_name(const char *name, struct refusal_list *problems);

/** claim_member_has_serial() - does its serial number say anything of use? */
bool claim_member_has_serial(const struct claim_member *member);

/** claim_member_is_same() - do both mean the same memdev: by serial number, else by place? */
bool claim_member_is_same(const struct claim_member *a, const struct claim_member *b);

/**
 * claim_members_are_same() - do both lists mean the same memdevs?
 * @ordered: at the same positions
 */
bool claim_members_are_same(const struct claim_member_list *a, const struct claim_member_list *b,
			    bool ordered);

/**
 * claim_set_binding() - replaces what the claim was given
 * @binding: copied, also when it is another claim's
 *
 * The texts of the old binding stay in the claim's arena until it goes.
 *
 * Return: 0 or -ENOMEM, and then the binding is as it was.
 */
int claim_set_binding(struct claim *claim, const struct claim_binding *binding);

/**
 * claim_inherit() - takes over what no wish says: owner, adopted and binding
 * @stored: the claim as it was before its wish changed
 *
 * Return: 0 or -ENOMEM, and then @claim is as it was.
 */
int claim_inherit(struct claim *claim, const struct claim *stored);

/* The positive outcome of what reads or resolves a claim; the refusals say why. */
#define CLAIM_E_BAD 1

/**
 * claim_refuse() - adds a refusal about a claim
 * @name: of the claim, or NULL
 *
 * Return: CLAIM_E_BAD or -ENOMEM.
 */
int claim_refuse(struct refusal_list *problems, const char *code, const char *name,
		 const char *hint, const char *format, ...) __attribute__((format(printf, 5, 6)));

/**
 * claim_to_json() - the claim as the store keeps it and the API shows it
 *
 * {"name", "owner", "size", "type": "ram"|"pmem", "goal": "region"|"devdax"|"system_ram",
 *  "zone": "movable"|"kernel"|"offline" (of system_ram), "disabled" (when true),
 *  "drift": "mend"|"leave", "adopted" (when true), "ways", "granularity", "near_node", "qos_class",
 *  "window", "uuid", "members": [{"serial"|"path"}], "members_ordered" (when true),
 *  "binding": {"boot", "resource", "size", "ways", "granularity", "uuid", "members"}}
 *
 * A member of a binding is {} when nothing is known of the memdev that was there.
 *
 * Return: a new object, or NULL when there is no memory.
 */
struct json_object *claim_to_json(const struct claim *claim);

/**
 * claim_wish_to_json() - the claim without what it was given: no owner, adopted and binding
 *
 * Return: a new object, or NULL when there is no memory.
 */
struct json_object *claim_wish_to_json(const struct claim *claim);

/**
 * claim_from_json() - reads a claim; members that it does not know are refused by name
 *
 * "name" and "size" are needed. Without the others it is "ram" that becomes "system_ram" (a
 * "region" of "pmem"), "movable", enabled, and mended. A member that is null is as absent.
 *
 * @problems: receives what is wrong; codes "bad-claim"
 * @ret_claim: CLAIM_NULL before; to be deinitialised also on failure
 *
 * Return: 0; CLAIM_E_BAD; -ENOMEM.
 */
int claim_from_json(struct json_object *object, struct refusal_list *problems,
		    struct claim *ret_claim);

/* ---- what two wishes differ in ---- */

enum claim_wish {
	CLAIM_WISH_SIZE,
	CLAIM_WISH_TYPE,
	CLAIM_WISH_GOAL,
	CLAIM_WISH_ZONE,
	CLAIM_WISH_DISABLED,
	CLAIM_WISH_DRIFT,
	CLAIM_WISH_WAYS,
	CLAIM_WISH_GRANULARITY,
	CLAIM_WISH_NEAR_NODE,
	CLAIM_WISH_QOS_CLASS,
	CLAIM_WISH_WINDOW,
	CLAIM_WISH_UUID,
	CLAIM_WISH_MEMBERS,
	CLAIM_WISH_MEMBERS_ORDERED,
	CLAIM_WISH_COUNT,
};

/** claim_wish_name() - its member in JSON */
const char *claim_wish_name(enum claim_wish wish);

/** claim_differences() - a bit (1u << enum claim_wish) for each that is not the same in both */
unsigned int claim_differences(const struct claim *a, const struct claim *b);

/** claim_is_same_wish() - whether two claims want the same, whatever their names and bindings */
bool claim_is_same_wish(const struct claim *a, const struct claim *b);

enum claim_change {
	CLAIM_CHANGE_NONE,
	CLAIM_CHANGE_IN_PLACE, /* the region stays */
	CLAIM_CHANGE_REMAKE,   /* the region has to be made anew */
};

/** claim_change_kind() - what it takes to get from one wish to the other */
enum claim_change claim_change_kind(const struct claim *from, const struct claim *to);

/* ---- a claim and a host ---- */

/** claim_find_memdev() - the memdev that a member means; NULL when it is not there or not alone */
struct topo_memdev *claim_find_memdev(const struct topology *topology,
				      const struct claim_member *member);

/**
 * claim_member_of() - what a memdev is known by: its serial number, or its place where others of
 *	this host have the same one; the path is the memdev's
 */
struct claim_member claim_member_of(const struct topology *topology,
				    const struct topo_memdev *memdev);

/** claim_memdev_at() - the memdev at a position of a region; NULL when it has gone */
struct topo_memdev *claim_memdev_at(const struct topo_region *region, size_t position);

/** claim_find_window() - the window (root decoder) that starts at @base, or NULL */
struct topo_decoder *claim_find_window(const struct topology *topology, hpa_t base);

/**
 * claim_find_region() - the region that the claim was given in a world
 *
 * By UUID where it has one. Otherwise a region of the same boot (of any, when it was adopted: what
 * firmware made it makes again) at the same address, of the same size and ways and the same memdevs
 * at the same positions; memdevs that have gone are as good as the same.
 *
 * Return: the region; NULL when there is none, which after a reboot is the rule.
 */
struct topo_region *claim_find_region(const struct claim *claim, const struct world *world);

/**
 * claim_bind() - notes what the claim was given
 * @world: tells what the memdevs are known by, and which boot it is
 * @region: of its topology, or of a later look at the same host
 *
 * A memdev that the region has lost is remembered from the binding before.
 *
 * Return: 0 or -ENOMEM, and then the binding is as it was.
 */
int claim_bind(struct claim *claim, const struct world *world, const struct topo_region *region);

/**
 * claim_to_request() - what the planner is to be asked for
 * @arena: receives what the request points to; lives as long as the request is used
 * @problems: receives which device is missing; code "no-such-device", object the claim's name
 *
 * A claim that was bound asks for the same memdevs, ways, granularity and UUID first: @as_before.
 * Without it, or when it demands something else since, for what the claim demands only. The fresh
 * UUID of a pmem region is random and so the caller's to add.
 *
 * Return: 0; CLAIM_E_BAD when a device or window that it asks for is not there; -ENOMEM.
 */
int claim_to_request(const struct claim *claim, const struct world *world, bool as_before,
		     struct arena *arena, struct refusal_list *problems,
		     struct region_request *ret_request);
