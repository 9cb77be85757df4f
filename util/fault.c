// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counts fault points, and kills the process at the one that was ordered. Effect.
 */
#include "util/fault.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GROUP "group:"

static void pass(const char *variable, unsigned long *passed, const char *name)
{
	const char *order = getenv(variable);
	bool group;

	if (!order)
		return;
	if (strcmp(order, "list") == 0) {
		(void)fprintf(stderr, "fault point %s\n", name);
		return;
	}
	group = strncmp(order, GROUP, strlen(GROUP)) == 0;
	if (++*passed == strtoul(group ? order + strlen(GROUP) : order, NULL, 10))
		(void)kill(group ? 0 : getpid(), SIGKILL);
}

void fault_point(const char *name)
{
	static unsigned long passed;

	pass("CXLFM_FAULT", &passed, name);
}

void fault_point_in_helper(const char *name)
{
	static unsigned long passed;

	pass("CXLFM_HELPER_FAULT", &passed, name);
}
