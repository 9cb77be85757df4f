/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Puts targets back into regions.
 *
 * Linux up to 7.3 at least: when one of several endpoints behind a port leaves a region, the port
 * does not count that endpoint off (cxl_port_detach_region() finds the others, which share the
 * `next` that is NULL), and putting the endpoint back fails. The count is right again after all
 * endpoints have left. So all targets leave, and all come back. An uncommitted region decodes
 * nothing meanwhile.
 */
#pragma once

#include "change/step-perform.h"

/** region_targets_write() - puts a target into its place; if the kernel refuses, puts all targets
 * anew */
int region_targets_write(const struct step_ops *ops, void *context, const struct step *step,
			 uint64_t deadline_ms);

/**
 * region_targets_commit_anew() - commits a region whose targets came and went
 *
 * Such targets leave a wrong count behind. The kernel may program the decoders with that count
 * (cxl_port_setup_targets()), and memory would be decoded wrongly.
 */
int region_targets_commit_anew(const struct step_ops *ops, void *context, const struct step *step,
			       uint64_t deadline_ms);
