/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Places at which a test can have the program killed. Only in builds with -Dfault_points=true;
 * nothing is left of them in others.
 *
 * CXLFM_FAULT=N kills the process at the N-th place that it comes by; CXLFM_FAULT=list has each one
 * told on standard error, as "fault point NAME".
 */
#pragma once

#ifdef CXLFM_FAULT_POINTS
void fault_point(const char *name);
#else
static inline void fault_point(const char *name)
{
	(void)name;
}
#endif
