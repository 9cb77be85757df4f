// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lamps: the effects of an order on the lamp's memdev and on the host. Called by tests.
 */
#include "test/lib/lamp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/observe/world.h"
#include "util/cleanup.h"

/* ---- looks ---- */

static const struct topo_region *region_on(const struct topology *topology,
					   const struct topo_memdev *memdev)
{
	for (size_t i = 0; i < topology->regions.count; i++) {
		const struct topo_region *region = topology->regions.items[i];

		for (size_t j = 0; j < region->mappings.count; j++)
			if (region->mappings.items[j].memdev == memdev)
				return region;
	}
	return NULL;
}

static bool has_online_memory(const struct topo_region *region)
{
	for (size_t i = 0; region->dax_region && i < region->dax_region->devices.count; i++)
		if (region->dax_region->devices.items[i].online_block_count > 0)
			return true;
	return false;
}

static bool is_unused(const struct world *world, const struct step *step)
{
	const struct topo_memdev *memdev = topology_find_memdev(world->topology, step->of);

	return !memdev || !region_on(world->topology, memdev);
}

/* ---- the kind ---- */

static size_t number_of(const struct step *step)
{
	return strcmp(step->object, "lamp0") == 0 ? 0 : 1;
}

static bool is_either(const char *text, const char *a, const char *b)
{
	return strcmp(text, a) == 0 || strcmp(text, b) == 0;
}

static bool is_switching(const struct step *step)
{
	return is_either(step->object, "lamp0", "lamp1") && is_either(step->from, "off", "on") &&
	       is_either(step->to, "off", "on");
}

static bool is_burning(const struct step *step)
{
	return is_either(step->object, "lamp0", "lamp1") && strcmp(step->from, "whole") == 0 &&
	       strcmp(step->to, "burned") == 0;
}

static const char *const off[] = { "off", NULL };
static const char *const burned[] = { "burned", NULL };

const struct step_kind lamp_kind = {
	.name = "lamp",
	.performer = LAMP_PERFORMER,
	.lane = LAMP_LANE,
	.label = "lamp",
	.nothings = off,
	.traits = STEP_REVERSIBLE | STEP_TAKES | STEP_LASTING,
	.late_ms = LAMP_LATE_MS,
	.is_well_formed = is_switching,
	.is_unused = is_unused,
};

const struct step_kind burnout_kind = {
	.name = "burnout",
	.performer = LAMP_PERFORMER,
	.lane = LAMP_LANE,
	.label = "filament",
	.nothings = burned,
	.traits = STEP_NO_TRACE | STEP_LASTING,
	.late_ms = LAMP_LATE_MS,
	.is_well_formed = is_burning,
	.is_unused = is_unused,
};

/* ---- orders ---- */

static void plug(struct lamps *lamps, const struct lamp *lamp)
{
	if (fake_kernel_plug(lamps->kernel, lamp->device, lamp->device->endpoint->parent_dport) < 0)
		abort();
}

/* The kernel gives the memdev another name each time. */
static const struct topo_memdev *plugged(const struct topology *topology, const struct lamp *lamp)
{
	char ident[STEP_VALUE_MAX];

	(void)snprintf(ident, sizeof(ident), "serial:0x%llx",
		       (unsigned long long)lamp->device->serial);
	return topology_find_memdev(topology, ident);
}

bool lamps_keep_alive(const struct lamps *lamps, size_t number)
{
	_cleanup_topology_ struct topology *topology = fake_kernel_snapshot(lamps->kernel);
	const struct topo_memdev *memdev;
	const struct topo_region *region;

	if (!topology)
		abort();
	memdev = plugged(topology, &lamps->lamps[number]);
	region = memdev ? region_on(topology, memdev) : NULL;
	return region && has_online_memory(region);
}

static void unplug(struct lamps *lamps, const struct lamp *lamp)
{
	_cleanup_topology_ struct topology *topology = fake_kernel_snapshot(lamps->kernel);
	const struct topo_memdev *memdev = topology ? plugged(topology, lamp) : NULL;

	if (!memdev)
		abort();
	if (lamps_keep_alive(lamps, (size_t)(lamp - lamps->lamps)))
		lamps->host_has_died = true;
	if (fake_kernel_unplug(lamps->kernel, memdev->name) < 0)
		abort();
}

static void switch_lamp(struct lamps *lamps, struct lamp *lamp, bool is_lit)
{
	if (lamp->is_lit == is_lit)
		return;
	lamp->is_lit = is_lit;
	if (is_lit && lamps->comes_slowly)
		lamp->is_coming = true;
	else if (is_lit)
		plug(lamps, lamp);
	else if (!lamp->is_coming)
		unplug(lamps, lamp);
	lamp->is_coming = lamp->is_coming && is_lit;
	lamps->comes_slowly = lamps->comes_slowly && !is_lit;
}

void lamps_bring(struct lamps *lamps)
{
	for (size_t i = 0; i < LAMP_COUNT; i++) {
		struct lamp *lamp = &lamps->lamps[i];

		if (lamp->is_coming)
			plug(lamps, lamp);
		lamp->is_coming = false;
	}
}

static void take_effect(struct lamps *lamps, const struct step *step)
{
	struct lamp *lamp = &lamps->lamps[number_of(step)];

	if (step->kind == &lamp_kind) {
		switch_lamp(lamps, lamp, strcmp(step->to, "on") == 0);
		return;
	}
	lamp->burns++;
	lamps->has_burned_lit = lamps->has_burned_lit || lamp->is_lit;
}

void lamps_settle(struct lamps *lamps)
{
	if (lamps->late.kind)
		take_effect(lamps, &lamps->late);
	lamps->late.kind = NULL;
}

void lamps_switch(struct lamps *lamps, size_t number, bool is_lit)
{
	switch_lamp(lamps, &lamps->lamps[number], is_lit);
}

void lamps_reboot(struct lamps *lamps, struct fake_kernel *kernel)
{
	lamps->kernel = kernel;
	for (size_t i = 0; i < LAMP_COUNT; i++) {
		lamps->lamps[i].is_coming = false;
		if (!lamps->lamps[i].is_lit)
			unplug(lamps, &lamps->lamps[i]);
	}
}

void lamps_init(struct lamps *lamps, struct fake_kernel *kernel, const struct topology *start)
{
	*lamps = (struct lamps){ 0 };
	for (size_t i = 0; i < LAMP_COUNT; i++)
		lamps->lamps[i].device = start->memdevs.items[i];
	lamps_reboot(lamps, kernel);
}

size_t lamps_lit(const struct lamps *lamps)
{
	size_t count = 0;

	for (size_t i = 0; i < LAMP_COUNT; i++)
		count += lamps->lamps[i].is_lit;
	return count;
}

/* ---- struct step_ops ---- */

static int read_lamp(void *context, const struct step *step, char value[static STEP_VALUE_MAX])
{
	const struct lamps *lamps = context;

	if (lamps->is_mute)
		return -EHOSTUNREACH;
	if (step->kind == &burnout_kind)
		return -EOPNOTSUPP;
	(void)snprintf(value, STEP_VALUE_MAX, "%s",
		       lamps->lamps[number_of(step)].is_lit ? "on" : "off");
	return 0;
}

static int write_lamp(void *context, const struct step *step, uint64_t deadline_ms)
{
	struct lamps *lamps = context;

	(void)deadline_ms;
	if (lamps->is_mute)
		return -EHOSTUNREACH;
	if (!lamps->is_slow) {
		take_effect(lamps, step);
		return 0;
	}
	lamps->is_slow = false;
	lamps->late = *step;
	return -ETIMEDOUT;
}

const struct step_ops lamps_ops = { .read = read_lamp, .write = write_lamp };
