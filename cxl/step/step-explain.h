/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Explains a failed step in an admin's words. An errno alone says little; together with the kind of
 * the step an errno has a meaning. Pure. The codes are listed in cxlfm(1).
 */
#pragma once

#include "cxl/step/host-step.h"
#include "util/refusal.h"

/**
 * step_explain() - adds a refusal that explains why a step failed
 * @error: the negative errno of the step
 * @seen: the value before the step, or NULL when it is not known
 *
 * Return: 0 or -ENOMEM.
 */
int step_explain(const struct step *step, int error, const char *seen,
		 struct refusal_list *refusals);
