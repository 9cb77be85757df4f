// SPDX-License-Identifier: GPL-2.0-only
/*
 * Clients of a host with lamps.
 */
#include "test/sim/sim-lamp-client.h"

#include <stdio.h>
#include <string.h>

#include "test/sim/sim-check.h"
#include "test/sim/sim-client.h"
#include "test/sim/sim-lamp.h"
#include "util/size.h"

#define PARAMETERS_MAX 512

static const char *const names[] = { "alpha", "beta", "gamma", "lamplit" };

/* One lamp or both, in any order. */
static size_t some_lamps(struct sim *sim, size_t lamps[static LAMP_COUNT])
{
	const size_t first = sim_below(sim, LAMP_COUNT);

	lamps[0] = first;
	lamps[1] = 1 - first;
	return 1 + sim_below(sim, LAMP_COUNT);
}

static void add(struct sim *sim)
{
	static const char *const goals[] = { "system_ram\",\"zone\":\"movable",
					     "system_ram\",\"zone\":\"kernel", "devdax", "region" };
	size_t lamps[LAMP_COUNT];
	const size_t count = some_lamps(sim, lamps);
	struct memory_request request = MEMORY_REQUEST_NULL;
	const unsigned long long size = (1 + sim_below(sim, 3)) * count * 256 * SIZE_MIB;
	char text[PARAMETERS_MAX], members[64];

	if (count == 1)
		(void)snprintf(members, sizeof(members), "\"%s\"", sim_lamp_memdevs[lamps[0]]);
	else
		(void)snprintf(members, sizeof(members), "\"%s\",\"%s\"",
			       sim_lamp_memdevs[lamps[0]], sim_lamp_memdevs[lamps[1]]);
	(void)snprintf(text, sizeof(text),
		       "{\"claim\":\"%s\",\"goal\":\"%s\",\"request\":{\"size\":%llu,"
		       "\"type\":\"ram\",\"memdevs\":[%s]}}",
		       names[sim_below(sim, 4)], goals[sim_below(sim, 4)], size, members);
	sim_count(sim, SIM_LAMP_ADDS);
	if (sim_chance(sim, 15)) {
		sim_lamp_submit(sim, SIM_LAMP_ADD, lamps, count, NULL);
		return;
	}
	if (sim_client_read(sim, MEMORY_CREATE_REGION, text, &request))
		sim_lamp_submit(sim, SIM_LAMP_ADD, lamps, count, &request);
	memory_request_deinit(&request);
}

static const char *claim_on(const struct sim *sim, size_t lamp)
{
	const struct claim_table *claims = &sim->daemon.claims;
	const uint64_t serial = sim->lamps->devices[lamp].topo->serial;

	for (size_t i = 0; i < claims->records.count; i++)
		if (sim_check_has_member(&claims->records.items[i]->claim, serial))
			return claims->records.items[i]->claim.name;
	return NULL;
}

static void remove_memory(struct sim *sim)
{
	size_t lamps[LAMP_COUNT];
	const size_t count = some_lamps(sim, lamps);
	const char *claim = claim_on(sim, lamps[0]);
	struct memory_request request = MEMORY_REQUEST_NULL;
	char text[PARAMETERS_MAX];

	sim_count(sim, SIM_LAMP_REMOVES);
	if (!claim) {
		sim_lamp_submit(sim, SIM_LAMP_REMOVE, lamps, count, NULL);
		return;
	}
	(void)snprintf(text, sizeof(text), "{\"claim\":\"%s\",\"force\":true}", claim);
	if (sim_client_read(sim, MEMORY_REMOVE_REGION, text, &request))
		sim_lamp_submit(sim, SIM_LAMP_REMOVE, lamps, count, &request);
	memory_request_deinit(&request);
}

static void burn(struct sim *sim)
{
	size_t lamp = sim_below(sim, LAMP_COUNT);

	sim_count(sim, SIM_LAMP_BURNS);
	if (!sim->lamps->lamps.lamps[lamp].is_lit)
		lamp = LAMP_COUNT - 1 - lamp;
	sim_lamp_submit(sim, SIM_LAMP_BURN, &lamp, 1, NULL);
}

void sim_lamp_client_act(struct sim *sim)
{
	const size_t dice = sim_below(sim, 100);

	if (!sim->daemon.alive)
		return;
	if (dice < 50)
		add(sim);
	else if (dice < 85)
		remove_memory(sim);
	else
		burn(sim);
}
