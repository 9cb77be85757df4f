// SPDX-License-Identifier: GPL-2.0-only
/*
 * Steps between a region and memory blocks. Pure. Called by region-plan.c, online-plan.c and
 * remove-plan.c.
 */
#include "cxl/plan/memory-steps.h"
#include "cxl/topology/memory-blocks.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int append(struct plan *plan, const struct step_kind *kind, const char *object,
		  const char *from, const char *to)
{
	const struct step step = { kind, object, "", from, to };

	return step_is_expectation(&step) ? 0 : step_append(&plan->steps, &plan->arena, &step);
}

/* auto_online_blocks, memory blocks and the dax device's state use the same words. */
static const char *zone_word(enum topo_zone zone)
{
	switch (zone) {
	case TOPO_ZONE_NONE:
		return "offline";
	case TOPO_ZONE_KERNEL:
	case TOPO_ZONE_SEVERAL:
	case TOPO_ZONE_UNKNOWN:
		return "online_kernel";
	case TOPO_ZONE_MOVABLE:
		break;
	}
	return "online_movable";
}

static const char *driver_word(enum topo_dax_driver driver)
{
	switch (driver) {
	case TOPO_DAX_KMEM:
		return "kmem";
	case TOPO_DAX_DEVICE:
		return "device_dax";
	case TOPO_DAX_NONE:
	case TOPO_DAX_OTHER:
		break;
	}
	return "";
}

static int hold_policy(struct plan *plan, const struct topology *topology, const char *policy)
{
	if (topology->auto_online_policy)
		return append(plan, STEP_AUTO_ONLINE, "memory", topology->auto_online_policy,
			      policy);
	return refusal_add(
		&plan->refusals, "snapshot-incomplete", "memory", NULL,
		"the snapshot does not tell auto_online_blocks: the steps that hold it at "
		"%s meanwhile are left out",
		policy);
}

static int restore_policy(struct plan *plan, const struct topology *topology, const char *policy)
{
	if (!topology->auto_online_policy)
		return 0;
	return append(plan, STEP_AUTO_ONLINE, "memory", policy, topology->auto_online_policy);
}

/* Tells whether the range has a whole memory block: without one, kmem refuses to bind. */
static bool has_block(const struct plan *plan, const struct topology *topology)
{
	const uint64_t block_size = topology->memory_block_size;
	struct memory_blocks blocks;

	if (block_size == TOPO_UNKNOWN || block_size == 0)
		return true;
	blocks = memory_blocks_in(plan->hpa, plan->size_bytes, block_size);
	return blocks.first < blocks.end;
}

/*
 * Binds the region, with a guard for the way back: if the kernel's policy brings the memory online
 * by itself, the memory has to go offline before the region is unbound.
 */
static int bind_region(struct plan *plan)
{
	struct step guard = { STEP_DAX_GUARD, NULL, "", "", "" };
	int rc = append(plan, STEP_REGION_DRIVER, plan->region, "", "cxl_region");

	if (rc || plan->type != TOPO_MODE_RAM)
		return rc;
	/*
	 * A region has one dax device, of its own number: cxl_dax_region_probe() in
	 * drivers/dax/cxl.c.
	 */
	guard.object = arena_printf(&plan->arena, "dax%s.0", plan->region + strlen("region"));
	return guard.object ? step_append(&plan->steps, &plan->arena, &guard) : -ENOMEM;
}

/*
 * The dax bus binds a CXL region's device to kmem by itself (IORESOURCE_DAX_KMEM). The step from no
 * driver to kmem waits for that bind, and then the device is unbound from kmem.
 */
static int create_devdax(struct plan *plan, const struct topology *topology)
{
	bool kmem_first = has_block(plan, topology);
	int rc = hold_policy(plan, topology, "offline");

	if (rc == 0)
		rc = bind_region(plan);
	if (rc == 0 && kmem_first)
		rc = append(plan, STEP_DAX_DRIVER, plan->dax_device, "", "kmem");
	if (rc == 0)
		rc = append(plan, STEP_DAX_DRIVER, plan->dax_device, kmem_first ? "kmem" : "",
			    "device_dax");
	return rc ? rc : restore_policy(plan, topology, "offline");
}

static int create_memory(struct plan *plan, const struct topology *topology, enum topo_zone zone)
{
	const char *word = zone_word(zone);
	int rc = hold_policy(plan, topology, word);

	if (rc == 0)
		rc = bind_region(plan);
	if (rc == 0)
		rc = append(plan, STEP_DAX_DRIVER, plan->dax_device, "", "kmem");
	if (rc == 0)
		rc = restore_policy(plan, topology, word);
	return rc ? rc : append(plan, STEP_DAX_MEMORY, plan->dax_device, "", word);
}

int memory_steps_create(struct plan *plan, const struct topology *topology, enum plan_goal goal,
			enum topo_zone zone)
{
	if (plan->type == TOPO_MODE_RAM) {
		switch (goal) {
		case PLAN_GOAL_DEVDAX:
			return create_devdax(plan, topology);
		case PLAN_GOAL_SYSTEM_RAM:
			return create_memory(plan, topology, zone);
		case PLAN_GOAL_REGION:
			break;
		}
	}
	return bind_region(plan);
}

int memory_steps_attach(struct plan *plan, const struct topology *topology,
			const struct topo_dax_device *dax, enum topo_zone zone)
{
	const char *word = zone_word(zone);
	int rc = hold_policy(plan, topology, word);

	if (rc == 0)
		rc = append(plan, STEP_DAX_DRIVER, dax->name, driver_word(dax->driver), "kmem");
	if (rc == 0)
		rc = restore_policy(plan, topology, word);
	return rc ? rc : append(plan, STEP_DAX_MEMORY, dax->name, "", word);
}

static int append_block(struct plan *plan, const struct topo_memory_block *block,
			enum topo_zone from, enum topo_zone to)
{
	char name[sizeof("memory") + 20];
	const struct step step = { STEP_BLOCK, name, plan->region, zone_word(from), zone_word(to) };

	if (step_is_expectation(&step))
		return 0;
	(void)snprintf(name, sizeof(name), "memory%" PRIu64, block->index);
	return step_append(&plan->steps, &plan->arena, &step);
}

static bool is_unplugged(const struct topo_dax_device *dax)
{
	return dax->state && strcmp(dax->state, "unplugged") == 0;
}

int memory_steps_online(struct plan *plan, const struct topo_dax_device *dax, enum topo_zone zone)
{
	int rc = 0;

	if (is_unplugged(dax))
		return append(plan, STEP_DAX_MEMORY, dax->name, "unplugged", zone_word(zone));
	/* Memory changes its zone only by way of offline. */
	for (size_t i = dax->blocks.count; rc == 0 && i > 0; i--) {
		const struct topo_memory_block *block = &dax->blocks.items[i - 1];

		if (block->online && block->zone != zone)
			rc = append_block(plan, block, block->zone, TOPO_ZONE_NONE);
	}
	for (size_t i = 0; rc == 0 && i < dax->blocks.count; i++) {
		const struct topo_memory_block *block = &dax->blocks.items[i];

		if (!block->online || block->zone != zone)
			rc = append_block(plan, block, TOPO_ZONE_NONE, zone);
	}
	return rc;
}

int memory_steps_offline(struct plan *plan, const struct topo_dax_device *dax)
{
	int rc = 0;

	for (size_t i = dax->blocks.count; rc == 0 && i > 0; i--) {
		const struct topo_memory_block *block = &dax->blocks.items[i - 1];

		if (block->online)
			rc = append_block(plan, block, block->zone, TOPO_ZONE_NONE);
	}
	return rc;
}

int memory_steps_hold(struct plan *plan, const struct topology *topology)
{
	return hold_policy(plan, topology, "offline");
}

int memory_steps_release(struct plan *plan, const struct topology *topology)
{
	return restore_policy(plan, topology, "offline");
}

/*
 * If kmem has `state`, kmem itself removes the blocks: all at once and only while all are offline,
 * so that the unbind after it removes no memory that somebody has brought online again meanwhile.
 */
int memory_steps_detach(struct plan *plan, const struct topo_dax_device *dax, const char *driver)
{
	const struct step without = { STEP_DAX_DRIVER, dax->name, "", "", "" };
	int rc = 0;

	if (dax->driver == TOPO_DAX_KMEM && dax->state && !is_unplugged(dax))
		rc = append(plan, STEP_DAX_MEMORY, dax->name, "offline", "unplugged");
	if (rc)
		return rc;
	/*
	 * The step expects that the device stays without a driver: the kernel binds the device to
	 * kmem when the region comes back.
	 */
	if (dax->driver == TOPO_DAX_NONE && *driver == '\0')
		return step_append(&plan->steps, &plan->arena, &without);
	return append(plan, STEP_DAX_DRIVER, dax->name, driver_word(dax->driver), driver);
}

const struct topo_memory_block *memory_steps_block_in(const struct topo_dax_device *dax,
						      enum topo_zone zone)
{
	for (size_t i = 0; i < dax->blocks.count; i++)
		if (dax->blocks.items[i].online && dax->blocks.items[i].zone == zone)
			return &dax->blocks.items[i];
	return NULL;
}
