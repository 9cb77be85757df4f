/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the plans for regions that exist have in common: finding the region, telling the plan about
 * it, and what must be known of its dax devices. Pure. Called by online-plan.c and remove-plan.c.
 */
#pragma once

#include <stdbool.h>

#include "cxl/plan/plan.h"

/** existing_region_refuse() - adds a refusal; PLAN_E_REFUSED or -ENOMEM */
int existing_region_refuse(struct plan *plan, const char *code, const char *object,
			   const char *hint, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/**
 * existing_region_check_runs() - can what the plan does to memory blocks be noted?
 *
 * See step-list.h: a run of blocks that are alike is one line in the journal. Memory of which every
 * other block is in another state has none, and what would have to be noted grows with it.
 *
 * Return: 0; PLAN_E_REFUSED; -ENOMEM.
 */
int existing_region_check_runs(struct plan *plan, const struct topo_region *region);

/**
 * existing_region_find() - finds the region and fills the plan with what it is
 *
 * Return: 0; PLAN_E_REFUSED when there is none or the snapshot has no regions; -ENOMEM.
 */
int existing_region_find(struct plan *plan, const struct topology *topology, const char *name,
			 const struct topo_region **ret_region);

/**
 * existing_region_check_firmware() - is the region one that firmware set up and the kernel could
 *	not assemble?
 *
 * Its decoders are committed, and nothing but firmware can reset them (see port_decoder_unowned()):
 * cxl_dpa_free() answers EBUSY, and what is taken out of such a region is never put back
 * (CXL_REGION_F_AUTO).
 *
 * Return: 0; PLAN_E_REFUSED with a refusal that names them; -ENOMEM.
 */
int existing_region_check_firmware(struct plan *plan, const struct topology *topology,
				   const struct topo_region *region);

/* What a plan does with the memory of a region. */
enum existing_region_use {
	EXISTING_REGION_ONLINE,	 /* it may go online */
	EXISTING_REGION_OFFLINE, /* what is online goes offline: nothing has to be known of the rest
				  */
	EXISTING_REGION_FORCED,	 /* the same, and drivers that are not ours to judge are accepted */
};

/**
 * existing_region_check_dax() - is everything known of the dax devices that their plans need?
 *
 * Return: 0, and the region has a dax region; PLAN_E_REFUSED; -ENOMEM.
 */
int existing_region_check_dax(struct plan *plan, const struct topology *topology,
			      const struct topo_region *region, enum existing_region_use use);
