/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fault points: places at which a test can have the programs killed. There is one before and after
 * each commit of the journal and each step, and one before a proof. Only builds with
 * -Dfault_points=true have fault points.
 *
 * The variable CXLFM_FAULT is the order for cxlfmd, CXLFM_HELPER_FAULT the order for its helper:
 *
 *	N	 the process is killed at its N-th fault point
 *	group:N	 the whole process group is killed there: both programs, at one moment
 *	list	 the process names each fault point on standard error, as "fault point NAME"
 *
 * Each worker of the helper counts its own fault points. The death of a worker ends one session:
 * the daemon has another worker take the change back, and that worker counts anew and may be killed
 * as well. The helper of functional tests is a single process: its death is the death of all its
 * workers, and cxlfmd ends with it.
 */
#pragma once

#ifdef CXLFM_FAULT_POINTS
void fault_point(const char *name);
void fault_point_in_helper(const char *name);
#else
static inline void fault_point(const char *name)
{
	(void)name;
}

static inline void fault_point_in_helper(const char *name)
{
	(void)name;
}
#endif
