/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The steps between a committed region and usable memory, and back: region driver, dax devices,
 * memory blocks. Pure. Called by region-plan.c, online-plan.c and remove-plan.c.
 *
 * kmem brings memory online while it is bound to a dax device, as the global policy
 * (auto_online_blocks) is at that moment, and before there is any attribute to write to
 * (dev_dax_kmem_probe() in drivers/dax/kmem.c). So the steps set the policy of the request before
 * the binding, and restore the old policy after it: no other policy can reach the new memory.
 *
 * All functions append to the plan and return 0 or -ENOMEM.
 */
#pragma once

#include "cxl/plan/plan.h"

/** memory_steps_create() - binds a new region; the kernel makes its dax device */
int memory_steps_create(struct plan *plan, const struct topology *topology, enum plan_goal goal,
			enum topo_zone zone);

/** memory_steps_attach() - gives a dax device without a driver, or with device_dax, to kmem */
int memory_steps_attach(struct plan *plan, const struct topology *topology,
			const struct topo_dax_device *dax, enum topo_zone zone);

/** memory_steps_online() - brings the blocks of a dax device of kmem online in @zone (not NONE) */
int memory_steps_online(struct plan *plan, const struct topo_dax_device *dax, enum topo_zone zone);

/** memory_steps_offline() - takes the blocks offline, from the highest address down */
int memory_steps_offline(struct plan *plan, const struct topo_dax_device *dax);

/**
 * memory_steps_detach() - removes the blocks and the driver; to be called after
 * memory_steps_offline()
 * @driver: the next driver: "", "device_dax"
 */
int memory_steps_detach(struct plan *plan, const struct topo_dax_device *dax, const char *driver);

/**
 * memory_steps_hold(), memory_steps_release() - around the steps that take dax devices from kmem
 *
 * On the way forward no memory is added. On the way back kmem is bound again, and the memory that
 * it adds has to stay offline until the steps of the blocks are taken back.
 */
int memory_steps_hold(struct plan *plan, const struct topology *topology);
int memory_steps_release(struct plan *plan, const struct topology *topology);

/** memory_steps_block_in() - the first block online in this zone, or NULL */
const struct topo_memory_block *memory_steps_block_in(const struct topo_dax_device *dax,
						      enum topo_zone zone);
