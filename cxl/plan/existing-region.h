/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shared by plans for existing regions: finds the region, fills the plan with its facts, and checks
 * that enough is known of its dax devices. Pure. Called by online-plan.c and remove-plan.c.
 */
#pragma once

#include <stdbool.h>

#include "cxl/plan/plan.h"

/** existing_region_refuse() - adds a refusal; PLAN_E_REFUSED or -ENOMEM */
int existing_region_refuse(struct plan *plan, const char *code, const char *object,
			   const char *hint, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/**
 * existing_region_check_runs() - does the journal have room for the plan's steps of memory blocks?
 *
 * A run of neighbouring blocks in the same state is one line in the journal (step-list.h). If every
 * other block is in another state, there are no runs, and the journal entry would grow with the
 * memory.
 *
 * Return: 0; PLAN_E_REFUSED; -ENOMEM.
 */
int existing_region_check_runs(struct plan *plan, const struct topo_region *region);

/**
 * existing_region_find() - finds the region and fills the plan with its facts
 *
 * Return: 0; PLAN_E_REFUSED when there is none or the snapshot has no regions; -ENOMEM.
 */
int existing_region_find(struct plan *plan, const struct topology *topology, const char *name,
			 const struct topo_region **ret_region);

/**
 * existing_region_check_firmware() - did firmware set the region up, and could the kernel not
 * assemble it?
 *
 * Its decoders are committed, and nothing but firmware can reset them (see port_decoder_unowned()):
 * cxl_dpa_free() answers EBUSY, and a target that is taken out of such a region can never be put
 * back (CXL_REGION_F_AUTO).
 *
 * Return: 0; PLAN_E_REFUSED with a refusal that names the decoders; -ENOMEM.
 */
int existing_region_check_firmware(struct plan *plan, const struct topology *topology,
				   const struct topo_region *region);

/* The effect of a plan on the memory of a region. */
enum existing_region_use {
	EXISTING_REGION_ONLINE,	 /* memory may go online */
	EXISTING_REGION_OFFLINE, /* online memory goes offline; facts of other memory are not needed
				  */
	EXISTING_REGION_FORCED,	 /* the same, and unknown drivers are accepted */
};

/**
 * existing_region_check_dax() - is enough known of the dax devices for a plan?
 *
 * Return: 0, and the region has a dax region; PLAN_E_REFUSED; -ENOMEM.
 */
int existing_region_check_dax(struct plan *plan, const struct topology *topology,
			      const struct topo_region *region, enum existing_region_use use);
