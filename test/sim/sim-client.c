// SPDX-License-Identifier: GPL-2.0-only
/*
 * Clients.
 */
#include "test/sim/sim-client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/claim-kinds.h"
#include "daemon/claim/claim-asking.h"
#include "daemon/claim/memory/memory-claim.h"
#include "test/sim/sim-check.h"
#include "util/json.h"
#include "util/size.h"

#define PARAMETERS_MAX 1024

/* Few names, so that claims collide. */
static const char *const names[] = { "alpha", "beta", "gamma", "delta" };

static const char *some_name(struct sim *sim)
{
	return names[sim_below(sim, 4)];
}

/* The name of a claim that exists, if there is one. */
static const char *some_claim(struct sim *sim)
{
	const struct claim_table *claims = &sim->daemon.claims;

	if (!claims->records.count || sim_chance(sim, 5))
		return some_name(sim);
	return claims->records.items[sim_below(sim, claims->records.count)]->claim.name;
}

/* What is asked for about a claim by its name. */
static int read_asking(enum claim_verb verb, struct json_object *object,
		       struct refusal_list *problems, struct memory_request *request)
{
	struct claim_asking asking = CLAIM_ASKING_NULL;
	int rc = claim_asking_from_json(verb, &claim_kinds, object, problems, &asking);

	if (rc == 0)
		return memory_request_of_asking(&asking, request);
	claim_asking_deinit(&asking);
	return rc;
}

static int read_request(enum memory_request_kind kind, struct json_object *object,
			struct refusal_list *problems, struct memory_request *request)
{
	if (kind == MEMORY_APPLY_CLAIM)
		return read_asking(CLAIM_WANT, object, problems, request);
	if (kind == MEMORY_FORGET_CLAIM)
		return read_asking(CLAIM_FORGET, object, problems, request);
	return memory_request_from_json(kind, object, problems, request);
}

bool sim_client_read(struct sim *sim, enum memory_request_kind kind, const char *parameters,
		     struct memory_request *ret_request)
{
	_cleanup_json_ struct json_object *object = NULL;
	struct refusal_list problems = REFUSAL_LIST_NULL;
	int rc = json_parse_text(parameters, strlen(parameters), &object);

	SIM_TRACE(sim, "a client: %d %s", (int)kind, parameters);
	if (rc == 0)
		rc = read_request(kind, object, &problems, ret_request);
	if (rc)
		sim_violation(sim, "a request can be read: %s", parameters);
	refusal_list_deinit(&problems);
	return rc == 0;
}

static void submit(struct sim *sim, enum memory_request_kind kind, const char *parameters)
{
	struct memory_request request = MEMORY_REQUEST_NULL;

	if (sim_client_read(sim, kind, parameters, &request))
		sim_daemon_submit(sim, &request);
	memory_request_deinit(&request);
}

/* Serial numbers of plugged memdevs, as a member of the request; or "". */
static void some_members(struct sim *sim, const char *form, char *text, size_t size)
{
	size_t length = 0, first = sim_below(sim, sim->device_count);
	size_t count = 1 + sim_below(sim, 2);

	text[0] = '\0';
	if (sim_chance(sim, 60))
		return;
	for (size_t i = 0; i < count && i < sim->device_count; i++) {
		const struct sim_device *device = &sim->devices[(first + i) % sim->device_count];

		length += (size_t)snprintf(text + length, size - length, "%s", i ? "," : "");
		length += (size_t)snprintf(text + length, size - length, form,
					   (unsigned int)device->topo->serial);
	}
}

static unsigned long long some_size(struct sim *sim)
{
	/* The last sizes hardly ever fit. */
	static const unsigned int quarters[] = { 1, 1, 1, 2, 2, 2, 3, 4, 4, 8, 40 };

	return quarters[sim_below(sim, 11)] * 256 * SIZE_MIB;
}

/* Calls AddMemory or CreateRegion. */
static void add(struct sim *sim, const char *name)
{
	static const char *const goals[] = { "system_ram", "system_ram", "devdax", "region" };
	static const char *const zones[] = { ",\"zone\":\"movable\"", "", ",\"zone\":\"kernel\"",
					     ",\"zone\":\"offline\"" };
	const char *goal = goals[sim_below(sim, 4)], *zone = zones[sim_below(sim, 4)];
	char text[PARAMETERS_MAX], members[PARAMETERS_MAX / 2], claim[CLAIM_NAME_MAX + 16] = "";
	const bool pmem = strcmp(goal, "region") == 0 && sim_chance(sim, 50);

	some_members(sim, "\"serial:%u\"", members, sizeof(members));
	if (name)
		(void)snprintf(claim, sizeof(claim), "\"claim\":\"%s\",", name);
	(void)snprintf(text, sizeof(text),
		       "{%s\"goal\":\"%s\"%s,\"request\":{\"size\":%llu,"
		       "\"type\":\"%s\"%s%s%s}}",
		       claim, goal, strcmp(goal, "system_ram") == 0 ? zone : "", some_size(sim),
		       pmem ? "pmem" : "ram", *members ? ",\"memdevs\":[" : "", members,
		       *members ? "]" : "");
	sim_count(sim, SIM_CLIENT_ADDS);
	submit(sim, MEMORY_CREATE_REGION, text);
}

static void apply(struct sim *sim)
{
	static const char *const shapes[] = {
		"\"goal\":\"system_ram\",\"zone\":\"movable\"",
		"\"goal\":\"system_ram\",\"zone\":\"offline\"",
		"\"goal\":\"system_ram\",\"zone\":\"kernel\"",
		"\"goal\":\"devdax\"",
		"\"goal\":\"region\"",
		"\"goal\":\"system_ram\",\"disabled\":true",
		"\"type\":\"pmem\",\"goal\":\"region\"",
	};
	const struct claim_table *claims = &sim->daemon.claims;
	const char *name = some_claim(sim);
	const struct claim_record *record = claim_table_find(claims, name);
	char text[PARAMETERS_MAX], members[PARAMETERS_MAX / 2];
	unsigned long long size = some_size(sim);

	some_members(sim, "{\"serial\":%u}", members, sizeof(members));
	/* Most changed wishes keep the size. */
	if (record && sim_chance(sim, 80))
		size = memory_claim(&record->claim)->size_bytes;
	if (record)
		members[0] = '\0';
	(void)snprintf(text, sizeof(text),
		       "{\"claim\":{\"name\":\"%s\",\"size\":%llu,%s,\"drift\":\"%s\"%s%s%s}%s}",
		       name, size, shapes[sim_below(sim, 7)],
		       sim_chance(sim, 35) ? "leave" : "mend", *members ? ",\"members\":[" : "",
		       members, *members ? "]" : "", sim_chance(sim, 50) ? ",\"anew\":true" : "");
	sim_count(sim, SIM_CLIENT_APPLIES);
	submit(sim, MEMORY_APPLY_CLAIM, text);
}

static void change(struct sim *sim, enum memory_request_kind kind, enum sim_count what,
		   const char *rest)
{
	char text[PARAMETERS_MAX];

	(void)snprintf(text, sizeof(text), "{\"claim\":\"%s\"%s}", some_claim(sim), rest);
	sim_count(sim, what);
	submit(sim, kind, text);
}

static void set_memory(struct sim *sim)
{
	static const char *const rests[] = { ",\"zone\":\"movable\"", ",\"zone\":\"kernel\"",
					     ",\"zone\":\"offline\"" };

	change(sim, MEMORY_SET_MEMORY, SIM_CLIENT_SETS_MEMORY, rests[sim_below(sim, 3)]);
}

static void enable(struct sim *sim)
{
	static const char *const rests[] = { ",\"goal\":\"system_ram\",\"zone\":\"movable\"",
					     ",\"goal\":\"devdax\"", ",\"goal\":\"region\"" };

	change(sim, MEMORY_ENABLE_REGION, SIM_CLIENT_ENABLES, rests[sim_below(sim, 3)]);
}

/* Adopts a region of another admin's, or one that has a claim already. */
static void adopt(struct sim *sim)
{
	char text[PARAMETERS_MAX];
	const char *region = "region0";

	if (sim->foreign.count)
		region = sim->foreign.items[sim_below(sim, sim->foreign.count)].region;
	(void)snprintf(text, sizeof(text), "{\"region\":\"%s\",\"claim\":\"%s\",\"drift\":\"%s\"}",
		       region, some_name(sim), sim_chance(sim, 35) ? "leave" : "mend");
	sim_count(sim, SIM_CLIENT_ADOPTS);
	submit(sim, MEMORY_ADOPT_REGION, text);
}

static void forget(struct sim *sim)
{
	char text[PARAMETERS_MAX];

	(void)snprintf(text, sizeof(text), "{\"claim\":\"%s\"}", some_claim(sim));
	sim_count(sim, SIM_CLIENT_FORGETS);
	submit(sim, MEMORY_FORGET_CLAIM, text);
}

/* Two requests at once for one claim: one of the two gets the claim. */
static void add_twice(struct sim *sim)
{
	const char *name = sim_chance(sim, 80) ? some_name(sim) : NULL;

	sim_count(sim, SIM_CLIENT_PAIRS);
	add(sim, name);
	add(sim, name);
}

static void leave(struct sim *sim)
{
	if (sim_daemon_leave(sim))
		sim_count(sim, SIM_CLIENT_LEAVES);
}

void sim_client_act(struct sim *sim)
{
	const size_t dice = sim_below(sim, 100);

	if (!sim->daemon.alive)
		return;
	if (dice < 30)
		add(sim, sim_chance(sim, 80) ? some_name(sim) : NULL);
	else if (dice < 38)
		add_twice(sim);
	else if (dice < 60)
		apply(sim);
	else if (dice < 72)
		change(sim, MEMORY_REMOVE_REGION, SIM_CLIENT_REMOVES,
		       sim_chance(sim, 50) ? ",\"force\":true" : "");
	else if (dice < 79)
		change(sim, MEMORY_REMOVE_REGION, SIM_CLIENT_DISABLES, ",\"keep_region\":true");
	else if (dice < 86)
		enable(sim);
	else if (dice < 92)
		set_memory(sim);
	else if (dice < 94)
		adopt(sim);
	else if (dice < 95)
		forget(sim);
	else
		leave(sim);
}
