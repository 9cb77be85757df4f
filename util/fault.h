/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Places at which a test can have the programs killed: before and after each word of the journal
 * and each step, and before a proof. Only in builds with -Dfault_points=true; nothing is left of
 * them in others.
 *
 * CXLFM_FAULT is the order for cxlfmd, CXLFM_HELPER_FAULT the one for its helper:
 *
 *	N	 the process is killed at the N-th place that it comes by
 *	group:N	 ... and with it all of its process group: both programs, at one moment
 *	list	 each place is told on standard error, as "fault point NAME"
 *
 * Each worker of the helper counts for itself. A worker that is killed ends one session: the daemon
 * has the change taken back by another one, which begins to count anew, and may be killed in its
 * turn. The helper of functional tests is one process: it ends as a whole, and cxlfmd with it.
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
