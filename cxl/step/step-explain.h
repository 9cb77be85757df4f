/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel's refusals mean, in an admin's words: an errno says little, the step it answers
 * says the rest. Pure. The codes are listed in cxlfm(1).
 */
#pragma once

#include "cxl/step/host-step.h"
#include "util/refusal.h"

/**
 * step_explain() - adds why a step failed
 * @error: the negative errno of performing it
 * @seen: the value that was there, or NULL when it is not known
 *
 * Return: 0 or -ENOMEM.
 */
int step_explain(const struct step *step, int error, const char *seen,
		 struct refusal_list *refusals);
