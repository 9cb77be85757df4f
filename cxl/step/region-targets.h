/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Targets of regions that are put back.
 *
 * Linux up to 7.3 at least: when one of several endpoints behind a port leaves a region, the port
 * does not count it off (cxl_port_detach_region() finds the others, which share the `next` that is
 * NULL), and putting it back fails. The count is right again after all of them have left: so all
 * leave, and all come back. An uncommitted region decodes nothing meanwhile.
 */
#pragma once

#include "change/step-perform.h"

/** region_targets_write() - puts a target into its place; all of them where it does not go alone */
int region_targets_write(const struct step_ops *ops, void *context, const struct step *step,
			 uint64_t deadline_ms);

/**
 * region_targets_commit_anew() - commits a region whose targets came and went
 *
 * They leave a count behind that the kernel may take for good and program
 * (cxl_port_setup_targets()): memory would be decoded wrongly.
 */
int region_targets_commit_anew(const struct step_ops *ops, void *context, const struct step *step,
			       uint64_t deadline_ms);
