// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host of the simulation.
 */
#include "test/sim/sim-world.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/lib/fake-kernel-private.h"
#include "test/sim/sim-admin.h"
#include "test/sim/sim-check.h"
#include "test/sim/sim-lamp.h"
#include "test/sim/sim-store.h"
#include "util/size.h"

#define QUARTER (256 * SIZE_MIB) /* the unit of regions and DPA */

/* CLOCK_BOOTTIME when the daemon is started */
#define START_MS 5000

/* ---- a host ---- */

static void draw_windows(struct sim *sim, struct fake_host *host)
{
	static const int granularities[] = { 256, 1024, 4096 };
	const bool pmem = host->pmem_size > 0;

	for (int i = 0; i < host->bridges; i++)
		host->window[host->windows++] =
			(struct fake_window){ { i }, 1,	   (2 + sim_below(sim, 3)) * SIZE_GIB,
					      256,   true, pmem };
	if (host->bridges == 2 && sim_chance(sim, 60))
		host->window[host->windows++] = (struct fake_window){
			{ 0, 1 }, 2, 4 * SIZE_GIB, granularities[sim_below(sim, 3)], true, false
		};
}

static struct topology *draw_host(struct sim *sim)
{
	static const char *const policies[] = { "offline", "online", "online_movable" };
	struct fake_host host = { .bridges = 1 + (int)sim_below(sim, 2) };

	for (int i = 0; i < host.bridges; i++)
		host.devices[i] = 1 + (int)sim_below(sim, 3);
	host.devices[0] += host.bridges == 1;
	/* Lamps are those that fake_host_new() numbers first. */
	if (sim->lamp_count)
		host.devices[0] += LAMP_COUNT;
	host.switches = sim_chance(sim, 30);
	host.ram_size = (2 + sim_below(sim, 3)) * QUARTER;
	host.pmem_size = sim_chance(sim, 40) ? 2 * QUARTER : 0;
	host.policy = policies[sim_below(sim, 3)];
	draw_windows(sim, &host);
	return fake_host_new(&host);
}

static const char *slot_name(const struct sim *sim, int slot)
{
	return sim->start->memdevs.items[sim->lamp_count + (size_t)slot]->endpoint->parent_dport;
}

static void on_write(void *context, const struct step *step)
{
	sim_check_write(context, step);
}

static void plug_all(struct sim *sim)
{
	size_t order[SIM_DEVICES_MAX];

	for (size_t i = 0; i < sim->device_count; i++)
		order[i] = i;
	/* The kernel finds memdevs in any order. */
	for (size_t i = sim->device_count; i > 1; i--) {
		size_t other = sim_below(sim, i), last = order[i - 1];

		order[i - 1] = order[other];
		order[other] = last;
	}
	for (size_t i = 0; i < sim->device_count; i++) {
		const struct sim_device *device = &sim->devices[order[i]];

		if (device->slot >= 0 &&
		    fake_kernel_plug(sim->kernel, device->topo, slot_name(sim, device->slot)) < 0)
			abort();
	}
}

static void boot(struct sim *sim)
{
	sim->kernel = fake_kernel_new(sim->start);
	if (!sim->kernel)
		abort();
	for (size_t i = sim->lamp_count; i < sim->start->memdevs.count; i++)
		if (fake_kernel_unplug(sim->kernel, sim->start->memdevs.items[i]->name) < 0)
			abort();
	plug_all(sim);
	fake_kernel_set_state_attribute(sim->kernel, sim_chance(sim, 70));
	fake_kernel_on_write(sim->kernel, on_write, sim);
	(void)snprintf(sim->boot, sizeof(sim->boot), "00000000-0000-4000-8000-%012u", ++sim->boots);
	sim->now_ms = START_MS;
	if (sim->lamps)
		sim_lamps_boot(sim);
}

void sim_world_init(struct sim *sim)
{
	sim->start = draw_host(sim);
	if (!sim->start || store_memory_new(&sim->store) < 0)
		abort();
	if (sim->lamp_count)
		sim_lamps_new(sim);
	sim->device_count = sim->start->memdevs.count - sim->lamp_count;
	for (size_t i = 0; i < sim->device_count; i++)
		sim->devices[i] =
			(struct sim_device){ sim->start->memdevs.items[sim->lamp_count + i],
					     (int)i };
	if (sim->device_count > 2 && sim_chance(sim, 40))
		sim->devices[sim_below(sim, sim->device_count)].slot = -1;
	sim->real_ms = UINT64_C(1800000000000);
	boot(sim);
}

void sim_world_deinit(struct sim *sim)
{
	if (sim->daemon.alive)
		sim_daemon_crash(sim);
	sim_check_deinit(sim);
	sim_lamps_free(sim);
	ARRAY_FREE(&sim->foreign);
	(void)fake_kernel_free(sim->kernel);
	(void)topology_free(sim->start);
	sim_store_free(sim);
}

/* ---- power ---- */

void sim_world_reboot(struct sim *sim)
{
	SIM_TRACE(sim, "reboot");
	sim_count(sim, SIM_REBOOTS);
	if (sim->daemon.alive)
		sim_daemon_crash(sim);
	sim_store_lose_power(sim);
	(void)fake_kernel_free(sim->kernel);
	ARRAY_FREE(&sim->foreign);
	sim_check_reboot(sim);
	boot(sim);
}

static void crash(struct sim *sim)
{
	sim_count(sim, SIM_CRASHES);
	if (sim_daemon_is_recovering(sim))
		sim_count(sim, SIM_CRASHES_IN_RECOVERY);
	else if (sim_daemon_host_change(sim) && sim_daemon_host_change(sim)->life.begun)
		sim_count(sim, SIM_CRASHES_IN_CHANGE);
	sim_daemon_crash(sim);
}

void sim_world_pass(struct sim *sim, uint64_t until_ms)
{
	sim->real_ms += until_ms - sim->now_ms;
	sim->now_ms = until_ms;
	if (sim->lamps)
		sim_lamps_pass(sim);
}

static void time_passes(struct sim *sim)
{
	static const uint64_t spans[] = { 100, 1000, 3000, 20000, 120000, 700000 };
	const uint64_t span = spans[sim_below(sim, 6)];

	sim_count(sim, SIM_TIME_PASSES);
	sim_world_pass(sim, sim->now_ms + span);
}

/* ---- slots ---- */

void sim_world_forget_foreign(struct sim *sim)
{
	size_t kept = 0;

	for (size_t i = 0; i < sim->foreign.count; i++) {
		struct sim_foreign foreign = sim->foreign.items[i];

		const struct fake_region *region = fake_find_region(sim->kernel, foreign.region);

		if (!region)
			foreign.region[0] = '\0';
		foreign.empty = region && region->nr_targets == 0;
		if (!fake_find_decoder(sim->kernel, foreign.decoder) ||
		    !fake_find_decoder(sim->kernel, foreign.decoder)->dpa_size)
			foreign.decoder[0] = '\0';
		if (!fake_find_dax(sim->kernel, foreign.dax))
			foreign.dax[0] = '\0';
		if (foreign.region[0] == '\0')
			foreign.size = 0;
		if (foreign.region[0] || foreign.decoder[0])
			sim->foreign.items[kept++] = foreign;
	}
	sim->foreign.count = kept;
	if (kept == 0)
		ARRAY_FREE(&sim->foreign);
}

static const char *memdev_name(const struct sim *sim, const struct sim_device *device)
{
	for (size_t i = 0; i < sim->kernel->memdevs.count; i++)
		if (sim->kernel->memdevs.items[i]->serial == device->topo->serial)
			return sim->kernel->memdevs.items[i]->name;
	return "";
}

void sim_world_tell(struct sim *sim, struct sim_device *device, enum uevent_kind kind,
		    const struct topology *before)
{
	const struct topo_memdev *memdev = NULL;

	for (size_t i = 0; i < before->memdevs.count; i++)
		if (before->memdevs.items[i]->serial == device->topo->serial)
			memdev = before->memdevs.items[i];
	if (!memdev)
		abort();
	sim_daemon_news(sim, UEVENT_UNBOUND, memdev->host_path, before);
	sim_daemon_news(sim, kind, memdev->host_path, before);
	sim_check_strike(sim, device);
}

static void unplug(struct sim *sim, struct sim_device *device)
{
	_cleanup_topology_ struct topology *before = fake_kernel_snapshot(sim->kernel);
	const char *name = memdev_name(sim, device);

	SIM_TRACE(sim, "%s, serial %u, is unplugged", name, (unsigned int)device->topo->serial);
	if (!before || fake_kernel_unplug(sim->kernel, name) < 0)
		abort();
	sim_world_tell(sim, device, UEVENT_REMOVED, before);
	device->slot = -1;
	sim_count(sim, SIM_UNPLUGS);
}

/* The kernel crashes at a reset of a device with online memory. */
static bool has_online_memory(const struct sim *sim, const char *memdev)
{
	const struct fake_kernel *kernel = sim->kernel;

	for (size_t i = 0; i < kernel->decoders.count; i++) {
		const struct fake_decoder *decoder = kernel->decoders.items[i];
		const struct topo_memdev *owner = decoder->port->topo->memdev;

		if (owner && strcmp(owner->name, memdev) == 0 && decoder->region &&
		    fake_region_is_online(kernel, decoder->region))
			return true;
	}
	return false;
}

static bool reset(struct sim *sim, struct sim_device *device)
{
	_cleanup_topology_ struct topology *before = fake_kernel_snapshot(sim->kernel);
	const char *name = memdev_name(sim, device);

	if (has_online_memory(sim, name))
		return false;
	SIM_TRACE(sim, "%s, serial %u, is reset after an error", name,
		  (unsigned int)device->topo->serial);
	if (!before || fake_kernel_recover(sim->kernel, name) < 0)
		abort();
	sim_world_tell(sim, device, UEVENT_ERROR, before);
	sim_count(sim, SIM_RESETS);
	return true;
}

static bool slot_is_free(const struct sim *sim, int slot)
{
	for (size_t i = 0; i < sim->device_count; i++)
		if (sim->devices[i].slot == slot)
			return false;
	return true;
}

static void plug(struct sim *sim, struct sim_device *device)
{
	int slot = (int)sim_below(sim, sim->device_count);

	while (!slot_is_free(sim, slot))
		slot = (slot + 1) % (int)sim->device_count;
	if (fake_kernel_plug(sim->kernel, device->topo, slot_name(sim, slot)) < 0)
		abort();
	device->slot = slot;
	SIM_TRACE(sim, "%s, serial %u, is plugged at %s", memdev_name(sim, device),
		  (unsigned int)device->topo->serial, slot_name(sim, slot));
	sim_count(sim, SIM_PLUGS);
}

static void plug_or_unplug(struct sim *sim)
{
	struct sim_device *device = &sim->devices[sim_below(sim, sim->device_count)];

	if (device->slot < 0)
		plug(sim, device);
	else if (!sim_chance(sim, 40) || !reset(sim, device))
		unplug(sim, device);
	sim_world_forget_foreign(sim);
	sim_check_nature(sim);
	sim_check_world(sim);
	sim_daemon_uevent(sim);
}

/* ---- failures ---- */

static void fail_write(struct sim *sim)
{
	static const int errors[] = { -EIO, -EBUSY, -ENOMEM, -EINVAL, -ENXIO };
	const unsigned int n = 1 + (unsigned int)sim_below(sim, 12);
	const enum fake_failure failure = (enum fake_failure)sim_below(sim, 4);

	SIM_TRACE(sim, "write %u from here fails in way %d", n, (int)failure);
	fake_kernel_fail_at(sim->kernel, n, errors[sim_below(sim, 5)], failure);
	sim->failures++;
	sim_count(sim, SIM_WRITE_FAILURES);
}

static void fail_store(struct sim *sim)
{
	static const int errors[] = { -ENOSPC, -EIO };

	sim->store_error = errors[sim_below(sim, 2)];
	SIM_TRACE(sim, "the store's next commit fails: %s", strerror(-sim->store_error));
	sim_count(sim, SIM_STORE_FAILURES);
}

static void fail_proof(struct sim *sim)
{
	sim->proof_fails = true;
	SIM_TRACE(sim, "the next proof fails");
	sim_count(sim, SIM_PROOF_FAILURES);
}

/* Pages of a memory block can't be moved for a while. */
static void pin(struct sim *sim)
{
	const struct fake_kernel *kernel = sim->kernel;
	struct fake_dax *dax;
	struct fake_block *block;

	if (!kernel->daxes.count)
		return;
	dax = kernel->daxes.items[sim_below(sim, kernel->daxes.count)];
	if (!dax->blocks.count)
		return;
	block = &dax->blocks.items[sim_below(sim, dax->blocks.count)];
	block->pinned = !block->pinned && block->online;
	SIM_TRACE(sim, "memory%u is %s", (unsigned int)block->index,
		  block->pinned ? "pinned" : "not pinned");
	sim->disturbances++;
	sim_count(sim, SIM_PINS);
}

void sim_world_act(struct sim *sim)
{
	const size_t dice = sim_below(sim, 100);

	if (dice < 35)
		time_passes(sim);
	else if (dice < 60)
		plug_or_unplug(sim);
	else if (dice < 75 && sim->daemon.alive)
		crash(sim);
	else if (dice < 79)
		sim_world_reboot(sim);
	else if (dice < 90)
		fail_write(sim);
	else if (dice < 94)
		fail_store(sim);
	else if (dice < 96)
		fail_proof(sim);
	else
		pin(sim);
}

/* ---- the end of all failures ---- */

static void unpin_all(struct sim *sim)
{
	const struct fake_kernel *kernel = sim->kernel;

	for (size_t i = 0; i < kernel->daxes.count; i++)
		for (size_t j = 0; j < kernel->daxes.items[i]->blocks.count; j++)
			kernel->daxes.items[i]->blocks.items[j].pinned = false;
}

void sim_world_heal(struct sim *sim)
{
	SIM_TRACE(sim, "all is well again");
	fake_kernel_fail_at(sim->kernel, 0, 0, FAKE_FAIL_BEFORE);
	sim->store_error = 0;
	sim->proof_fails = false;
	unpin_all(sim);
	for (size_t i = 0; i < sim->device_count; i++)
		if (sim->devices[i].slot < 0)
			plug(sim, &sim->devices[i]);
	sim_admin_clean(sim);
	sim_world_forget_foreign(sim);
	sim_check_nature(sim);
	sim_check_world(sim);
	sim_daemon_uevent(sim);
}
