// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fake kernel's memory: dax devices of CXL regions (drivers/dax/cxl.c), kmem with its `state`
 * (drivers/dax/kmem.c), memory blocks and the policy for new ones (drivers/base/memory.c). Called
 * by fake-kernel.c and fake-region.c.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/lib/fake-kernel-private.h"
#include "util/size.h"

/* PMD_SIZE of x86, which alloc_dax_region() is given */
#define DAX_ALIGN (2 * SIZE_MIB)

/* The kernel's default, for snapshots without a block size. */
#define BLOCK_SIZE_DEFAULT (128 * SIZE_MIB)

static uint64_t block_size(const struct fake_kernel *kernel)
{
	uint64_t size = kernel->start->memory_block_size;

	return size == TOPO_UNKNOWN || size == 0 ? BLOCK_SIZE_DEFAULT : size;
}

void fake_dax_free(struct fake_dax *dax)
{
	ARRAY_FREE(&dax->blocks);
	free(dax);
}

static struct fake_dax *dax_add(struct fake_kernel *kernel, struct fake_region *region)
{
	struct fake_dax *dax = calloc(1, sizeof(*dax));

	if (!dax)
		return NULL;
	dax->region = region;
	if (ARRAY_APPEND(&kernel->daxes, dax) < 0) {
		free(dax);
		return NULL;
	}
	return dax;
}

/* ---- memory blocks ---- */

/* memory_block_online_pages() of a block that is offline */
static void block_online(struct fake_block *block, enum fake_dax_state type)
{
	block->online = true;
	block->removable = true;
	/* zone_for_pfn_range(): "online" is the kernel's choice, a kernel zone unless configured */
	block->zone = type == FAKE_DAX_ONLINE_MOVABLE ? TOPO_ZONE_MOVABLE : TOPO_ZONE_KERNEL;
}

static int block_offline(struct fake_block *block)
{
	if (!block->online)
		return 0;
	if (block->pinned)
		return -EBUSY;
	block->online = false;
	block->zone = TOPO_ZONE_NONE;
	return 0;
}

/* state_store(): device_online() and device_offline() answer 1 when there is nothing to do */
int fake_block_set(struct fake_block *block, const char *state)
{
	if (strcmp(state, "offline") == 0)
		return block->online ? block_offline(block) : -EINVAL;
	if (block->online)
		return -EINVAL;
	if (strcmp(state, "online_movable") == 0)
		block_online(block, FAKE_DAX_ONLINE_MOVABLE);
	else if (strcmp(state, "online_kernel") == 0)
		block_online(block, FAKE_DAX_ONLINE_KERNEL);
	else
		return -EINVAL;
	return 0;
}

const char *fake_block_state(const struct fake_block *block)
{
	if (!block->online)
		return "offline";
	return block->zone == TOPO_ZONE_MOVABLE ? "online_movable" : "online_kernel";
}

/* ---- kmem ---- */

static enum fake_dax_state state_of_policy(const char *policy)
{
	if (strcmp(policy, "online") == 0)
		return FAKE_DAX_ONLINE;
	if (strcmp(policy, "online_kernel") == 0)
		return FAKE_DAX_ONLINE_KERNEL;
	if (strcmp(policy, "online_movable") == 0)
		return FAKE_DAX_ONLINE_MOVABLE;
	return FAKE_DAX_OFFLINE;
}

/* dax_kmem_do_hotplug(): only whole blocks, memory_block_aligned_range() */
static int kmem_hotplug(struct fake_kernel *kernel, struct fake_dax *dax, enum fake_dax_state state)
{
	uint64_t size = block_size(kernel);
	uint64_t first = (dax->hpa + size - 1) / size;
	uint64_t end = (dax->hpa + dax->size) / size;

	for (uint64_t index = first; index < end; index++) {
		struct fake_block block = { .index = index, .removable = true };
		int rc;

		if (state != FAKE_DAX_OFFLINE)
			block_online(&block, state);
		rc = ARRAY_APPEND(&dax->blocks, block);
		if (rc < 0)
			return rc;
	}
	dax->state = state;
	return 0;
}

const struct fake_dax *fake_stuck_in(const struct fake_kernel *kernel, hpa_t hpa, uint64_t size)
{
	for (size_t i = 0; i < kernel->stuck.count; i++) {
		const struct fake_dax *stuck = kernel->stuck.items[i];

		if (stuck->hpa < hpa + size && stuck->hpa + stuck->size > hpa)
			return stuck;
	}
	return NULL;
}

/* dev_dax_kmem_probe(); what is stuck has the addresses reserved (request_mem_region()) */
static int kmem_probe(struct fake_kernel *kernel, struct fake_dax *dax)
{
	uint64_t size = block_size(kernel);

	if (dax->target_node < 0)
		return -EINVAL;
	if (fake_stuck_in(kernel, dax->hpa, dax->size))
		return -EBUSY;
	if ((dax->hpa + size - 1) / size >= (dax->hpa + dax->size) / size)
		return -EINVAL;
	dax->driver = TOPO_DAX_KMEM;
	return kmem_hotplug(kernel, dax, state_of_policy(kernel->policy));
}

/* Keeps the memory of a range that remove_memory() could not remove: all of it or none. */
static void leave_stuck(struct fake_kernel *kernel, struct fake_dax *dax)
{
	struct fake_dax *stuck = calloc(1, sizeof(*stuck));

	if (!stuck)
		abort();
	*stuck = (struct fake_dax){ .hpa = dax->hpa,
				    .size = dax->size,
				    .target_node = dax->target_node };
	stuck->blocks.items = dax->blocks.items;
	stuck->blocks.count = dax->blocks.count;
	dax->blocks.items = NULL;
	dax->blocks.count = 0;
	if (ARRAY_APPEND(&kernel->stuck, stuck) < 0)
		abort();
}

/* dev_dax_kmem_remove(): remove_memory() never offlines; what is online stays until reboot */
static void kmem_remove(struct fake_kernel *kernel, struct fake_dax *dax)
{
	const unsigned int warnings = kernel->warnings;

	for (size_t i = 0; i < dax->blocks.count; i++)
		if (dax->blocks.items[i].online)
			kernel->warnings++;
	if (kernel->warnings > warnings)
		leave_stuck(kernel, dax);
	ARRAY_FREE(&dax->blocks);
	dax->state = FAKE_DAX_UNPLUGGED;
}

/* dax_kmem_do_hotremove(): all or nothing */
static int kmem_hotremove(struct fake_dax *dax)
{
	for (size_t i = 0; i < dax->blocks.count; i++)
		if (dax->blocks.items[i].online && dax->blocks.items[i].pinned)
			return -EBUSY;
	ARRAY_FREE(&dax->blocks);
	dax->state = FAKE_DAX_UNPLUGGED;
	return 0;
}

/* ---- dax devices ---- */

static void dax_release_driver(struct fake_kernel *kernel, struct fake_dax *dax)
{
	if (dax->driver == TOPO_DAX_KMEM)
		kmem_remove(kernel, dax);
	dax->driver = TOPO_DAX_NONE;
}

/* The bit of the region's number; regions from 64 on are not modelled. */
static uint64_t id_of(const struct fake_dax *dax)
{
	return dax->region->id < 64 ? UINT64_C(1) << dax->region->id : 0;
}

/* The step's property: unbinds the old driver, and binds the wanted one. */
int fake_dax_set_driver(struct fake_kernel *kernel, struct fake_dax *dax, const char *driver)
{
	dax_release_driver(kernel, dax);
	kernel->device_dax_ids &= ~id_of(dax);
	if (strcmp(driver, "kmem") == 0)
		return kmem_probe(kernel, dax);
	if (strcmp(driver, "device_dax") == 0) {
		dax->driver = TOPO_DAX_DEVICE;
		kernel->device_dax_ids |= id_of(dax);
	}
	return 0;
}

const char *fake_dax_memory(const struct fake_dax *dax)
{
	const char *state;

	if (dax->driver != TOPO_DAX_KMEM)
		return "";
	if (dax->blocks.count == 0)
		return "unplugged";
	state = fake_block_state(&dax->blocks.items[0]);
	for (size_t i = 1; i < dax->blocks.count; i++)
		if (strcmp(fake_block_state(&dax->blocks.items[i]), state) != 0)
			return "mixed";
	return state;
}

/* state_store() of kmem */
static int kmem_set_state(struct fake_kernel *kernel, struct fake_dax *dax, const char *value)
{
	if (!kernel->has_state_attribute)
		return -EOPNOTSUPP;
	if (strcmp(value, "unplugged") == 0)
		return dax->state == FAKE_DAX_UNPLUGGED ? 0 : kmem_hotremove(dax);
	if (dax->state != FAKE_DAX_UNPLUGGED)
		return -EBUSY;
	return kmem_hotplug(kernel, dax, state_of_policy(value));
}

static int blocks_set(struct fake_dax *dax, const char *value)
{
	for (size_t i = 0; i < dax->blocks.count; i++) {
		struct fake_block *block = &dax->blocks.items[i];
		int rc;

		if (strcmp(fake_block_state(block), value) == 0)
			continue;
		rc = fake_block_set(block, value);
		if (rc < 0)
			return rc == -EINVAL ? -EBUSY : rc;
	}
	return 0;
}

int fake_dax_set_memory(struct fake_kernel *kernel, struct fake_dax *dax, const char *value)
{
	if (dax->driver != TOPO_DAX_KMEM)
		return -ENXIO;
	if (strcmp(value, "unplugged") == 0)
		return kmem_set_state(kernel, dax, value);
	if (dax->state != FAKE_DAX_UNPLUGGED)
		return blocks_set(dax, *value ? value : "offline");
	if (strcmp(value, "offline") != 0)
		return kmem_set_state(kernel, dax, value);
	/* Only a bind adds blocks that stay offline, and only under the policy "offline". */
	if (strcmp(kernel->policy, "offline") != 0)
		return -EBUSY;
	dax_release_driver(kernel, dax);
	return kmem_probe(kernel, dax);
}

/* phys_to_target_node(): each window has a node of its own, behind those that firmware describes */
static int node_of_window(const struct fake_kernel *kernel, const struct fake_decoder *window)
{
	const struct topology *start = kernel->start;
	int node = -1, before = 0;

	for (size_t i = 0; i < start->regions.count; i++) {
		const struct topo_region *region = start->regions.items[i];

		if (region->window == window->topo && region->dax_region &&
		    region->dax_region->devices.count > 0)
			return region->dax_region->devices.items[0].target_node;
	}
	for (size_t i = 0; i < start->nodes.count; i++)
		if (start->nodes.items[i].id > node)
			node = start->nodes.items[i].id;
	for (size_t i = 0; i < kernel->decoders.count && kernel->decoders.items[i] != window; i++)
		if (kernel->decoders.items[i]->port->topo->kind == TOPO_PORT_ROOT)
			before++;
	return node + 1 + before;
}

/*
 * devm_cxl_add_dax_region(), cxl_dax_region_probe(): one device over all of the region, which the
 * bus binds to kmem, or to device_dax if the name of an earlier device is still among its IDs
 * (dax_match_id()). The kernel makes the device later and elsewhere, so a failure does not fail the
 * bind of the region.
 */
int fake_dax_region_add(struct fake_kernel *kernel, struct fake_region *region)
{
	struct fake_dax *dax = dax_add(kernel, region);

	if (!dax)
		return -ENOMEM;
	(void)snprintf(dax->name, sizeof(dax->name), "dax%d.0", region->id);
	dax->hpa = region->hpa;
	dax->size = region->size;
	dax->align = DAX_ALIGN;
	dax->target_node = node_of_window(kernel, region->window);
	region->dax_region = true;
	region->dax_available = 0;
	if (kernel->device_dax_ids & id_of(dax))
		dax->driver = TOPO_DAX_DEVICE;
	else
		(void)kmem_probe(kernel, dax);
	return 0;
}

/* The step's `remove_id` of device_dax, which the step writes before the bind. */
void fake_dax_forget(struct fake_kernel *kernel, const struct fake_region *region)
{
	if (!region->dax_region && region->id < 64)
		kernel->device_dax_ids &= ~(UINT64_C(1) << region->id);
}

bool fake_region_is_online(const struct fake_kernel *kernel, const struct fake_region *region)
{
	for (size_t i = 0; i < kernel->daxes.count; i++) {
		const struct fake_dax *dax = kernel->daxes.items[i];

		for (size_t j = 0; dax->region == region && j < dax->blocks.count; j++)
			if (dax->blocks.items[j].online)
				return true;
	}
	return false;
}

void fake_kernel_leave_dax_id(struct fake_kernel *kernel, unsigned int region)
{
	kernel->device_dax_ids |= region < 64 ? UINT64_C(1) << region : 0;
}

void fake_dax_region_remove(struct fake_kernel *kernel, struct fake_region *region)
{
	size_t kept = 0;

	region->dax_region = false;
	for (size_t i = 0; i < kernel->daxes.count; i++) {
		struct fake_dax *dax = kernel->daxes.items[i];

		if (dax->region != region) {
			kernel->daxes.items[kept++] = dax;
			continue;
		}
		dax_release_driver(kernel, dax);
		fake_dax_free(dax);
	}
	kernel->daxes.count = kept;
}

/* ---- start from a snapshot ---- */

static enum fake_dax_state adopt_state(const struct fake_dax *dax, const char *state)
{
	if (state && strcmp(state, "unplugged") == 0)
		return FAKE_DAX_UNPLUGGED;
	if (state && strcmp(state, "offline") != 0)
		return state_of_policy(state);
	for (size_t i = 0; i < dax->blocks.count; i++)
		if (dax->blocks.items[i].online)
			return FAKE_DAX_ONLINE;
	return FAKE_DAX_OFFLINE;
}

int fake_dax_adopt(struct fake_kernel *kernel, struct fake_region *region,
		   const struct topo_dax_device *topo)
{
	struct fake_dax *dax = dax_add(kernel, region);

	if (!dax)
		return -ENOMEM;
	(void)snprintf(dax->name, sizeof(dax->name), "%s", topo->name);
	dax->topo = topo;
	dax->hpa = topo->resource;
	dax->size = topo->size;
	dax->align = topo->align;
	dax->target_node = topo->target_node;
	dax->driver = topo->driver;
	if (dax->driver == TOPO_DAX_DEVICE)
		kernel->device_dax_ids |= id_of(dax);
	for (size_t i = 0; i < topo->blocks.count; i++) {
		const struct topo_memory_block *from = &topo->blocks.items[i];
		struct fake_block block = { .index = from->index,
					    .online = from->online,
					    .removable = from->removable,
					    .zone = from->zone };
		int rc = ARRAY_APPEND(&dax->blocks, block);

		if (rc < 0)
			return rc;
	}
	dax->state = adopt_state(dax, topo->state);
	if (dax->driver == TOPO_DAX_KMEM && !topo->state)
		kernel->has_state_attribute = false;
	return 0;
}
