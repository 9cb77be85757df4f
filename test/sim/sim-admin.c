// SPDX-License-Identifier: GPL-2.0-only
/*
 * The other admin of the host.
 */
#include "test/sim/sim-admin.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/lib/fake-kernel-private.h"
#include "test/sim/sim-check.h"
#include "test/sim/sim-lamp.h"
#include "test/sim/sim-world.h"
#include "util/size.h"

#define FOREIGN_SIZE "268435456"

/* Writes without a look at the result: the admin takes no more care than real ones. */
static int put(struct sim *sim, const struct step_kind *kind, const char *object, const char *value)
{
	return fake_kernel_write(sim->kernel, kind, object, value);
}

static int put_target(struct sim *sim, const char *region, int position, const char *decoder)
{
	char name[HOST_TARGET_NAME_MAX];

	host_step_target_name(region, position, name);
	return put(sim, STEP_REGION_TARGET, name, decoder);
}

static struct fake_dax *dax_of(const struct sim *sim, const struct fake_region *region)
{
	for (size_t i = 0; i < sim->kernel->daxes.count; i++)
		if (sim->kernel->daxes.items[i]->region == region)
			return sim->kernel->daxes.items[i];
	return NULL;
}

/* Returns false if some of the memory stays online. */
static bool take_offline(struct fake_dax *dax)
{
	bool offline = true;

	for (size_t i = 0; dax && i < dax->blocks.count; i++) {
		(void)fake_block_set(&dax->blocks.items[i], "offline");
		offline = offline && !dax->blocks.items[i].online;
	}
	return offline;
}

static bool is_foreign(const struct sim *sim, const char *region)
{
	for (size_t i = 0; i < sim->foreign.count; i++)
		if (strcmp(sim->foreign.items[i].region, region) == 0)
			return true;
	return false;
}

/* ---- changes of existing regions ---- */

/* Like `cxl disable-region`; with -f, online memory is no obstacle. */
static bool disable(struct sim *sim, const struct fake_region *region, bool force)
{
	if (!take_offline(dax_of(sim, region)) && !force)
		return false;
	(void)put(sim, STEP_REGION_DRIVER, region->name, "");
	return true;
}

/* Frees DPA; DPA that could not be freed stays the admin's, and is no claim's. */
static void free_dpa(struct sim *sim, const char *decoder)
{
	struct sim_foreign foreign = { 0 };

	if (put(sim, STEP_DECODER_DPA, decoder, "0") == 0)
		return;
	(void)snprintf(foreign.decoder, sizeof(foreign.decoder), "%s", decoder);
	if (ARRAY_APPEND(&sim->foreign, foreign) < 0)
		abort();
}

/* Like `cxl destroy-region`. */
static void destroy(struct sim *sim, const struct fake_region *region, bool force)
{
	char decoders[TOPO_TARGETS_MAX][SIM_NAME_MAX] = { 0 };
	char name[SIM_NAME_MAX];
	const int ways = region->ways;

	if (!disable(sim, region, force))
		return;
	(void)snprintf(name, sizeof(name), "%.31s", region->name);
	for (int i = 0; i < ways; i++)
		if (region->targets[i])
			(void)snprintf(decoders[i], SIM_NAME_MAX, "%s",
				       region->targets[i]->topo->name);
	(void)put(sim, STEP_REGION_COMMIT, name, "0");
	for (int i = ways; i > 0; i--)
		(void)put_target(sim, name, i - 1, "");
	for (int i = ways; i > 0; i--)
		if (decoders[i - 1][0])
			free_dpa(sim, decoders[i - 1]);
	(void)put(sim, STEP_REGION, name, "");
}

static void change_blocks(struct sim *sim, struct fake_dax *dax)
{
	static const char *const states[] = { "offline", "online_kernel", "online_movable" };

	if (!dax || dax->blocks.count == 0)
		return;
	for (size_t i = 1 + sim_below(sim, 3); i > 0; i--)
		(void)fake_block_set(&dax->blocks.items[sim_below(sim, dax->blocks.count)],
				     states[sim_below(sim, 3)]);
	sim_count(sim, SIM_ADMIN_BLOCKS);
}

static void change_driver(struct sim *sim, struct fake_dax *dax, bool force)
{
	static const char *const drivers[] = { "", "device_dax", "kmem" };

	if (!dax || (!take_offline(dax) && !force))
		return;
	(void)put(sim, STEP_DAX_DRIVER, dax->name, drivers[sim_below(sim, 3)]);
	sim_count(sim, SIM_ADMIN_DRIVERS);
}

static void meddle(struct sim *sim, const struct fake_region *region)
{
	const bool force = sim_chance(sim, 10);
	const size_t dice = sim_below(sim, 100);

	SIM_TRACE(sim, "another admin meddles with %s: %zu%s", region->name, dice,
		  force ? ", by force" : "");
	if (dice < 25) {
		sim_count(sim, SIM_ADMIN_DISABLES);
		(void)disable(sim, region, force);
	} else if (dice < 35) {
		sim_count(sim, SIM_ADMIN_ENABLES);
		(void)put(sim, STEP_REGION_DRIVER, region->name, "cxl_region");
	} else if (dice < 55) {
		sim_count(sim, SIM_ADMIN_DESTROYS);
		destroy(sim, region, force);
	} else if (dice < 80) {
		change_blocks(sim, dax_of(sim, region));
	} else {
		change_driver(sim, dax_of(sim, region), force);
	}
}

/* ---- new regions ---- */

/* The lowest decoder without DPA, or NULL. */
static const struct fake_decoder *decoder_of(const struct sim *sim,
					     const struct fake_port *endpoint)
{
	if (sim->lamps && !sim_lamps_may_be_used(sim, endpoint->topo->memdev->serial))
		return NULL;
	if (endpoint->hdm_end + 1 >= (int)endpoint->decoders.count)
		return NULL;
	return endpoint->decoders.items[endpoint->hdm_end + 1];
}

/* Of some memdev. */
static const struct fake_decoder *free_decoder(struct sim *sim)
{
	const struct fake_port *endpoint = NULL;

	for (size_t i = 0; i < sim->kernel->ports.count; i++) {
		const struct fake_port *port =
			sim->kernel->ports.items[sim_below(sim, sim->kernel->ports.count)];

		if (port->topo->kind == TOPO_PORT_ENDPOINT)
			endpoint = port;
	}
	return endpoint ? decoder_of(sim, endpoint) : NULL;
}

static const struct fake_decoder *some_window(struct sim *sim)
{
	const struct fake_port *root = sim->kernel->ports.items[0];

	return root->decoders.items[sim_below(sim, root->decoders.count)];
}

static int make(struct sim *sim, const char *region, const struct fake_decoder *window,
		const char *decoder)
{
	char type[SIM_NAME_MAX + 8];
	int rc;

	(void)snprintf(type, sizeof(type), "ram@%s", window->topo->name);
	rc = put(sim, STEP_REGION, region, type);
	if (rc == 0)
		rc = put(sim, STEP_REGION_GRANULARITY, region, "256");
	if (rc == 0)
		rc = put(sim, STEP_REGION_WAYS, region, "1");
	if (rc == 0)
		rc = put(sim, STEP_DECODER_MODE, decoder, "ram");
	if (rc == 0)
		rc = put(sim, STEP_DECODER_DPA, decoder, FOREIGN_SIZE);
	if (rc == 0)
		rc = put(sim, STEP_REGION_SIZE, region, FOREIGN_SIZE);
	if (rc == 0)
		rc = put_target(sim, region, 0, decoder);
	if (rc == 0)
		rc = put(sim, STEP_REGION_COMMIT, region, "1");
	if (rc == 0)
		rc = put(sim, STEP_REGION_DRIVER, region, "cxl_region");
	return rc;
}

/*
 * A change may be planned on a look before the admin removes a region; a new region of the same
 * name can't be told from the old one until the end of the change. So such regions are not touched.
 */
static bool may_be_changed(const struct sim *sim, const char *region)
{
	const struct sim_change *first = sim_daemon_host_change(sim);
	const char *changed;

	if (!first || first->life.task == CHANGE_LOOK)
		return false;
	if (!first->life.begun)
		return true;
	changed = first->left.object ?: first->memory.plan.region;
	return changed && strcmp(changed, region) == 0;
}

static void create(struct sim *sim, const struct fake_decoder *window,
		   const struct fake_decoder *decoder)
{
	struct sim_foreign foreign = { 0 };
	const struct fake_region *region;

	if (!decoder || window->ways > 1)
		return;
	(void)snprintf(foreign.region, sizeof(foreign.region), "region%d", window->next_region);
	(void)snprintf(foreign.dax, sizeof(foreign.dax), "dax%d.0", window->next_region);
	(void)snprintf(foreign.decoder, sizeof(foreign.decoder), "%s", decoder->topo->name);
	if (may_be_changed(sim, foreign.region))
		return;
	if (make(sim, foreign.region, window, foreign.decoder) < 0) {
		(void)put(sim, STEP_REGION, foreign.region, "");
		(void)put(sim, STEP_DECODER_DPA, foreign.decoder, "0");
		return;
	}
	region = fake_find_region(sim->kernel, foreign.region);
	foreign.hpa = region->hpa;
	foreign.size = region->size;
	if (ARRAY_APPEND(&sim->foreign, foreign) < 0)
		abort();
	SIM_TRACE(sim, "another admin makes %s of %s", foreign.region, foreign.decoder);
	sim_count(sim, SIM_ADMIN_CREATES);
	sim_check_twins(sim);
}

static void remove_foreign(struct sim *sim, const struct sim_foreign *foreign, bool force)
{
	const struct fake_region *region = fake_find_region(sim->kernel, foreign->region);

	SIM_TRACE(sim, "another admin removes %s", foreign->region);
	if (region)
		destroy(sim, region, force);
	else
		(void)put(sim, STEP_DECODER_DPA, foreign->decoder, "0");
	sim_count(sim, SIM_ADMIN_REMOVES_FOREIGN);
}

void sim_admin_clean(struct sim *sim)
{
	/* Decoders are a stack, freed from the last one on. */
	for (size_t round = 0; round < 4 && sim->foreign.count; round++) {
		for (size_t i = sim->foreign.count; i > 0; i--) {
			const struct sim_foreign foreign = sim->foreign.items[i - 1];

			remove_foreign(sim, &foreign, false);
		}
		sim_world_forget_foreign(sim);
	}
}

static void acted(struct sim *sim)
{
	sim_world_forget_foreign(sim);
	sim_check_hands(sim);
	sim_check_world(sim);
	sim_daemon_uevent(sim);
}

void sim_admin_use(struct sim *sim, uint64_t serial)
{
	for (size_t i = 0; i < sim->kernel->ports.count; i++) {
		const struct fake_port *port = sim->kernel->ports.items[i];

		if (port->topo->kind == TOPO_PORT_ENDPOINT &&
		    port->topo->memdev->serial == serial) {
			const struct fake_decoder *window = some_window(sim);

			create(sim, window, decoder_of(sim, port));
			acted(sim);
			return;
		}
	}
}

void sim_admin_act(struct sim *sim)
{
	const struct fake_kernel *kernel = sim->kernel;
	const size_t dice = sim_below(sim, 100);

	if (dice < 12) {
		const struct fake_decoder *window = some_window(sim);

		create(sim, window, free_decoder(sim));
	} else if (dice < 25 && sim->foreign.count) {
		const struct sim_foreign foreign =
			sim->foreign.items[sim_below(sim, sim->foreign.count)];

		remove_foreign(sim, &foreign, false);
	} else if (kernel->regions.count) {
		const struct fake_region *region =
			kernel->regions.items[sim_below(sim, kernel->regions.count)];

		if (!is_foreign(sim, region->name))
			meddle(sim, region);
	}
	acted(sim);
}
