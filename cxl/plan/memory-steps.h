/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The steps between a committed region and usable memory, and back: region driver, dax devices,
 * memory blocks. Pure. Called by region-plan.c, online-plan.c and remove-plan.c.
 *
 * kmem onlines memory while it is bound to a dax device, as the global policy (auto_online_blocks)
 * says at that moment and before there is any attribute to write to (dev_dax_kmem_probe() in
 * drivers/dax/kmem.c). So the policy is what the request wants while the binding happens, and what
 * it was afterwards: at no time can another policy reach the new memory.
 *
 * All functions append to the plan and return 0 or -ENOMEM.
 */
#pragma once

#include "cxl/plan/plan.h"

/** memory_steps_create() - binds a region that is new: its dax device appears with it */
int memory_steps_create(struct plan *plan, const struct topology *topology, enum plan_goal goal,
			enum topo_zone zone);

/** memory_steps_attach() - takes a dax device that no driver has, or device_dax, to kmem */
int memory_steps_attach(struct plan *plan, const struct topology *topology,
			const struct topo_dax_device *dax, enum topo_zone zone);

/** memory_steps_online() - takes the blocks of a dax device that kmem has to @zone (not NONE) */
int memory_steps_online(struct plan *plan, const struct topo_dax_device *dax, enum topo_zone zone);

/** memory_steps_offline() - takes them offline, from the highest address down */
int memory_steps_offline(struct plan *plan, const struct topo_dax_device *dax);

/**
 * memory_steps_detach() - after memory_steps_offline(): gives the blocks back and takes the driver
 * away
 * @driver: the driver that follows: "", "device_dax"
 */
int memory_steps_detach(struct plan *plan, const struct topo_dax_device *dax, const char *driver);

/**
 * memory_steps_hold(), memory_steps_release() - around the steps that take dax devices from kmem
 *
 * Going forward no memory comes; going back kmem is bound again, and what it adds then has to stay
 * offline until the blocks' own steps are taken back.
 */
int memory_steps_hold(struct plan *plan, const struct topology *topology);
int memory_steps_release(struct plan *plan, const struct topology *topology);

/** memory_steps_block_in() - the first block that is online in this zone, or NULL */
const struct topo_memory_block *memory_steps_block_in(const struct topo_dax_device *dax,
						      enum topo_zone zone);
