/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hosts of any shape for the planner's tests, written as text: every pair of brackets is a port
 * (on the outermost level a host bridge, below it a switch), every e an endpoint with its memdev.
 *
 *	[ee][ee]	two host bridges with two memdevs each
 *	[[eeee]]	four memdevs behind one switch
 *	[[[ee][ee]]]	switches below a switch
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "cxl/plan/plan.h"
#include "cxl/topology/topology.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

/* The unit of capacity, 256 MiB. */
#define UNIT (256 * MIB)

#define PLAN_HOST_WINDOWS_MAX 64

/* "CXL devices shall not advertise more than 10 decoders": CXL 3.2, 8.2.4.20.1 */
#define ENDPOINT_DECODERS_MAX 10

struct plan_window {
	const char *targets; /* host bridges by position, 0 to 9 and a to z; NULL ends the list */
	uint64_t size;	     /* 0 for 64 GiB */
	int granularity;     /* 0 for 256 */
	bool no_ram, pmem;
};

struct plan_host {
	const char *shape;
	struct plan_window windows[PLAN_HOST_WINDOWS_MAX];
	uint64_t ram_size, pmem_size; /* of every memdev; 4 GiB of RAM when both are 0 */
	int decoders; /* of every port, but no more of an endpoint than it may have; 0 for 4 */
};

/**
 * plan_host_new() - the snapshot of such a host, idle
 *
 * Windows lie one behind the other from 4 GiB on; memory blocks have 128 MiB; the policy is
 * offline.
 */
struct topology *plan_host_new(const struct plan_host *host);

/* Host bridges of plan_host_new_flat(). */
#define PLAN_HOST_BRIDGES_MAX 36

/**
 * plan_host_new_flat() - the snapshot of an idle host of equal bridges
 * @memdevs: at each of them, with @ram_size each; every port has a decoder for each
 *
 * Each bridge has a window of its own, in which all of its memory has room.
 */
struct topology *plan_host_new_flat(int bridges, int memdevs, uint64_t ram_size);

/** plan_named() - a request for these memdevs, "mem0 mem1" */
struct plan_request_names {
	char text[256];
	const char *names[32];
	size_t count;
};

/** plan_names() - splits "mem0 mem1" for region_request.memdevs */
void plan_names(struct plan_request_names *names, const char *text);

/** plan_refused_with() - does the plan hold a refusal of this code (and object, unless NULL)? */
bool plan_refused_with(const struct plan *plan, const char *code, const char *object);

/** plan_has_step() - does a step of the plan set this property, of whatever object, to @to? */
bool plan_has_step(const struct plan *plan, const struct step_kind *kind, const char *to);

/** plan_order() - the plan's memdevs by position, "mem0 mem2 mem1"; valid until the next call */
const char *plan_order(const struct plan *plan, char text[static 256]);
