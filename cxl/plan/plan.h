/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The planner's input and output: of a request and a snapshot the planner makes an ordered list of
 * steps, or the complete list of reasons why the request can't be carried out. Pure; no clock, no
 * I/O.
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
	PLAN_GOAL_REGION,     /* committed and bound; the kernel decides about its dax device */
	PLAN_GOAL_DEVDAX,     /* a device_dax character device */
	PLAN_GOAL_SYSTEM_RAM, /* kmem, blocks online in the zone of the request */
};

struct region_request {
	uint64_t size_bytes;	    /* 0: the largest possible size */
	int ways;		    /* 0: planner chooses */
	int granularity;	    /* bytes, 0: planner chooses */
	const char *const *memdevs; /* identifiers as topology_find_memdev() takes them */
	size_t memdev_count;	    /* 0: planner chooses */
	/* Memdevs that another change has reserved: the plan takes none of them. */
	const struct topo_memdev *const *reserved;
	size_t reserved_count;
	bool memdevs_ordered;	/* the order of memdevs is that of their positions */
	enum topo_mode type;	/* TOPO_MODE_NONE: ram, or the only type of the window */
	const char *window;	/* root decoder, or NULL */
	const char *bus;	/* bus name or provider, or NULL */
	int near_node;		/* TOPO_UNKNOWN_INT: anywhere */
	int qos_class;		/* TOPO_UNKNOWN_INT: any */
	bool qos_enforced;	/* refuse windows whose QoS class differs from the memdevs' */
	const char *uuid;	/* requested, for a pmem region; or NULL */
	const char *fresh_uuid; /* for a pmem region without a requested UUID */
	enum plan_goal goal;
	enum topo_zone zone; /* of PLAN_GOAL_SYSTEM_RAM */
	bool disabled;	     /* committed only: the goal is for a later plan_enable_region() */
};

#define REGION_REQUEST_NULL                                                                        \
	((struct region_request){ .near_node = TOPO_UNKNOWN_INT,                                   \
				  .qos_class = TOPO_UNKNOWN_INT,                                   \
				  .zone = TOPO_ZONE_MOVABLE })

/* One memdev's share of a planned region. */
struct plan_member {
	const struct topo_memdev *memdev;
	const struct topo_decoder *decoder; /* the endpoint decoder that will be programmed */
	dpa_t dpa;			    /* the start of its DPA */
	uint64_t dpa_size;
};

struct plan {
	const char *region;		   /* region0 */
	const struct topo_decoder *window; /* NULL for plans that make no region */
	hpa_t hpa;			   /* the address that the kernel will choose */
	uint64_t size_bytes;
	enum topo_mode type;
	int ways, granularity;
	struct plan_member members[TOPO_TARGETS_MAX]; /* by position */
	const char *dax_device;			      /* dax0.0, or NULL */
	int target_node; /* the NUMA node of the memory, TOPO_UNKNOWN_INT */
	const char *why; /* one sentence: why this candidate won */
	struct step_list steps;
	struct refusal_list refusals; /* against every candidate that lost or failed */
	struct arena arena;
};

#define PLAN_NULL ((struct plan){ .refusals = REFUSAL_LIST_NULL, .arena = ARENA_NULL })

/* The request can't be carried out; plan->refusals has the reasons. */
#define PLAN_E_REFUSED 1

/**
 * plan_record_hint() - the hint for a fact that a snapshot does not tell
 *
 * For a snapshot made of a listing: a record tells more. For a snapshot of a running host there is
 * no hint: the kernel does not tell the fact.
 */
const char *plan_record_hint(const struct topology *topology);

/**
 * plan_refuse_lacks() - refuses a plan that needs parts that the snapshot does not tell, and names
 * them
 * @parts: enum topo_known: the parts that the plan needs
 * @object: the object of the refusal, or NULL
 *
 * Return: 0 when all parts are known; PLAN_E_REFUSED; -ENOMEM.
 */
int plan_refuse_lacks(struct refusal_list *refusals, const struct topology *topology,
		      unsigned int parts, const char *object);

/**
 * plan_create_region() - plans the best region for a request, with all steps up to its goal
 * @topology: the host at this moment; must outlive the plan
 * @request: the wanted region
 * @plan: PLAN_NULL before; filled also on refusal (with the refusals)
 *
 * Return: 0; PLAN_E_REFUSED; -ENOMEM.
 */
int plan_create_region(const struct topology *topology, const struct region_request *request,
		       struct plan *plan);

struct remove_request {
	const char *region; /* the region's name */
	bool keep_region;   /* disable the region only (disable-region) */
	bool force;	    /* go on where data is lost, or memory stays online until reboot */
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

/** plan_takes_data() - can data not be reached any more after the plan's steps? */
bool plan_takes_data(const struct plan *plan);

/** plan_removes_region() - does the region not exist any more after the plan's steps? */
bool plan_removes_region(const struct plan *plan);

/** plan_to_json() - the plan as the API shows it; NULL when there is no memory */
struct json_object *plan_to_json(const struct plan *plan);

void plan_deinit(struct plan *plan);
