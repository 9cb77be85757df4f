/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a change of memory has to do with to its end (change/reservations.h): its claim, and the
 * memdevs whose memory it takes or gives back. The names of memdevs are those of all changes,
 * whoever performs them: "memdev:serial:0x1", or "memdev:" and a path where the serial number is
 * not a memdev's alone. Pure.
 */
#pragma once

#include "change/reservations.h"
#include "cxl/plan/plan.h"
#include "daemon/observe/world.h"

/**
 * memory_reserve() - adds what a plan has to do with
 * @claim: or NULL
 *
 * Return: 0 or -ENOMEM.
 */
int memory_reserve(const struct plan *plan, const char *claim, const struct topology *topology,
		   struct reservation_set *set);

/** memory_reserve_name() - by what name a memdev is reserved */
void memory_reserve_name(const struct topology *topology, const struct topo_memdev *memdev,
			 char name[static RESERVATION_MAX]);

/**
 * memory_find_reserved() - the memdevs that other changes have to do with
 * @arena: owns the list
 * @ret_memdevs: an array; NULL where there are none
 *
 * Return: 0 or -ENOMEM.
 */
int memory_find_reserved(const struct world *world, struct arena *arena,
			 const struct topo_memdev *const **ret_memdevs, size_t *ret_count);
