/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The objects that a change of memory reserves until its end (change/reservations.h): its claim,
 * and the memdevs whose memory the change takes or gives back. Changes of all performers use the
 * same names of memdevs: "memdev:serial:0x1", or "memdev:" and a path where several memdevs have
 * the same serial number. Pure.
 */
#pragma once

#include "change/reservations.h"
#include "cxl/plan/plan.h"
#include "daemon/observe/world.h"

/**
 * memory_reserve() - adds the claim and the memdevs of a plan to a set
 * @claim: or NULL
 *
 * Return: 0 or -ENOMEM.
 */
int memory_reserve(const struct plan *plan, const char *claim, const struct topology *topology,
		   struct reservation_set *set);

/** memory_reserve_name() - the name of a memdev's reservation */
void memory_reserve_name(const struct topology *topology, const struct topo_memdev *memdev,
			 char name[static RESERVATION_MAX]);

/**
 * memory_find_reserved() - the memdevs that other changes have reserved
 * @arena: owns the list
 * @ret_memdevs: an array; NULL where there are none
 *
 * Return: 0 or -ENOMEM.
 */
int memory_find_reserved(const struct world *world, struct arena *arena,
			 const struct topo_memdev *const **ret_memdevs, size_t *ret_count);
