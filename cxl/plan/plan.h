/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a planner is asked and what it answers: a request and a snapshot go in, an ordered list of
 * steps or the complete list of reasons against it comes out. Pure; no clock, no I/O.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "cxl/step/host-step.h"
#include "cxl/topology/topology.h"
#include "util/refusal.h"

struct json_object;

/* How far the chain region -> dax device -> memory goes. */
enum plan_goal {
	PLAN_GOAL_REGION,     /* committed and bound; what happens to its dax device is not ours */
	PLAN_GOAL_DEVDAX,     /* a device_dax character device */
	PLAN_GOAL_SYSTEM_RAM, /* kmem, blocks online in the zone of the request */
};

struct region_request {
	uint64_t size_bytes; /* 0: as much as the memdevs or ways allow, or as is to be had */
	int ways;	     /* 0: planner chooses */
	int granularity;     /* bytes, 0: planner chooses */
	const char *const *memdevs; /* identifiers as topology_find_memdev() takes them */
	size_t memdev_count;	    /* 0: planner chooses */
	bool memdevs_ordered;	    /* the order given is the position in the region, as asked */
	enum topo_mode type;	    /* TOPO_MODE_NONE: ram, or what the window has only */
	const char *window;	    /* root decoder, or NULL */
	const char *bus;	    /* bus name or provider, or NULL */
	int near_node;		    /* TOPO_UNKNOWN_INT: anywhere */
	int qos_class;		    /* TOPO_UNKNOWN_INT: any */
	bool qos_enforced;	    /* refuse windows whose QoS class differs from the memdevs' */
	const char *uuid;	    /* asked for: only a pmem region has one; or NULL */
	const char *fresh_uuid;	    /* what a pmem region gets that was not asked for one */
	enum plan_goal goal;
	enum topo_zone zone; /* of PLAN_GOAL_SYSTEM_RAM */
	bool disabled;	     /* committed, and left so: the goal is for whoever enables it */
};

#define REGION_REQUEST_NULL                                                                        \
	((struct region_request){ .near_node = TOPO_UNKNOWN_INT,                                   \
				  .qos_class = TOPO_UNKNOWN_INT,                                   \
				  .zone = TOPO_ZONE_MOVABLE })

/* One memdev's share of a planned region. */
struct plan_member {
	const struct topo_memdev *memdev;
	const struct topo_decoder *decoder; /* the endpoint decoder that will be programmed */
	dpa_t dpa;			    /* where its DPA will lie */
	uint64_t dpa_size;
};

struct plan {
	const char *region;		   /* region0 */
	const struct topo_decoder *window; /* NULL for plans that make no region */
	hpa_t hpa;			   /* where the kernel will put it */
	uint64_t size_bytes;
	enum topo_mode type;
	int ways, granularity;
	struct plan_member members[TOPO_TARGETS_MAX]; /* by position */
	const char *dax_device;			      /* dax0.0, or NULL */
	int target_node; /* where the memory will show, TOPO_UNKNOWN_INT */
	const char *why; /* one sentence: why this candidate won */
	struct step_list steps;
	struct refusal_list refusals; /* against every candidate that lost or failed */
	struct arena arena;
};

#define PLAN_NULL ((struct plan){ .refusals = REFUSAL_LIST_NULL, .arena = ARENA_NULL })

/* The positive outcome of every planner: nothing to do it with; plan->refusals says why. */
#define PLAN_E_REFUSED 1

/**
 * plan_record_hint() - what to do about something that a snapshot does not tell
 *
 * Of a listing a record tells more. What the kernel does not tell us it tells no other program.
 */
const char *plan_record_hint(const struct topology *topology);

/**
 * plan_refuse_lacks() - refuses what takes more than the snapshot tells, and says what it lacks
 * @parts: enum topo_known: what it takes
 * @object: what it is about, or NULL
 *
 * Return: 0 when all of it is known; PLAN_E_REFUSED; -ENOMEM.
 */
int plan_refuse_lacks(struct refusal_list *refusals, const struct topology *topology,
		      unsigned int parts, const char *object);

/**
 * plan_create_region() - the region that satisfies a request best, with everything up to its goal
 * @topology: the host now; must outlive the plan
 * @request: what is wanted
 * @plan: PLAN_NULL before; filled also on refusal (with the refusals)
 *
 * Return: 0; PLAN_E_REFUSED; -ENOMEM.
 */
int plan_create_region(const struct topology *topology, const struct region_request *request,
		       struct plan *plan);

struct remove_request {
	const char *region; /* the region's name */
	bool keep_region;   /* stop when it is disabled (disable-region) */
	bool force; /* also where data or memory would be lost, or left online until reboot */
};

/** plan_remove_region() - offline, unbind, disable, reset, free: the way back; as above */
int plan_remove_region(const struct topology *topology, const struct remove_request *request,
		       struct plan *plan);

/** plan_enable_region() - binds a committed region and takes its memory to @goal; as above */
int plan_enable_region(const struct topology *topology, const char *region, enum plan_goal goal,
		       enum topo_zone zone, struct plan *plan);

/**
 * plan_online_memory() - takes all memory blocks of a region to @zone, or offline for
 *	TOPO_ZONE_NONE, block by block; as above
 */
int plan_online_memory(const struct topology *topology, const char *region, enum topo_zone zone,
		       struct plan *plan);

/** plan_takes_data() - is data out of reach when its steps are done? */
bool plan_takes_data(const struct plan *plan);

/** plan_removes_region() - is there no region any more when its steps are done? */
bool plan_removes_region(const struct plan *plan);

/** plan_to_json() - the plan as the API shows it; NULL when there is no memory */
struct json_object *plan_to_json(const struct plan *plan);

void plan_deinit(struct plan *plan);
