// SPDX-License-Identifier: GPL-2.0-only
/*
 * cxlfm-helper with accidents: what cxlfmd is given by --helper in a guest where a step
 * has to fail.
 *
 * /run/accident says what happens: "N KIND", where N counts steps from 1 and KIND is
 *
 *	fail-before	the step is not done, and fails
 *	fail-after	it is done, and fails all the same
 *	kill-before	the worker is killed before it does anything
 *	kill-after	... after it, before it can answer
 *	hang-after	the worker does it and then waits for somebody to kill it
 *
 * Each step counts N down, in whatever worker; with the accident the file goes. Inverses are steps
 * like others: N may lie among them.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "change/step-perform.h"
#include "daemon/helper/helper-workers.h"
#include "daemon/helper/helper-world.h"
#include "util/cleanup.h"

#define ACCIDENT "/run/accident"
#define KIND_MAX 16

/* Whether this step is the one; the kind then. Steps come one at a time. */
static bool is_due(char kind[static KIND_MAX])
{
	_cleanup_fclose_ FILE *file = fopen(ACCIDENT, "r+e");
	unsigned int n;

	if (!file || fscanf(file, "%u %15s", &n, kind) != 2)
		return false;
	if (n <= 1)
		return true;
	rewind(file);
	(void)fprintf(file, "%-10u %s\n", n - 1, kind);
	return false;
}

static void have_accident(bool killed, bool hanging)
{
	(void)unlink(ACCIDENT);
	if (killed)
		(void)raise(SIGKILL);
	while (hanging)
		(void)pause();
}

static int failing_step(void *context, const struct step *step, uint64_t timeout_ms,
			struct step_result *result, char user[static PMEM_USER_MAX])
{
	char kind[KIND_MAX];
	int rc = 0;

	if (!is_due(kind))
		return helper_world_host.step(context, step, timeout_ms, result, user);
	if (strcmp(kind, "kill-before") == 0)
		have_accident(true, false);
	if (strcmp(kind, "fail-before") != 0)
		rc = helper_world_host.step(context, step, timeout_ms, result, user);
	have_accident(strcmp(kind, "kill-after") == 0, strcmp(kind, "hang-after") == 0);
	result->wrote = true;
	result->error = rc < 0 ? rc : -EIO;
	return result->error;
}

int main(int argc, char **argv)
{
	const struct log log = { .level_max = LOG_LEVEL_INFO, .program = "failing-helper" };
	const struct helper_world world = {
		.snapshot = helper_world_host.snapshot,
		.region = helper_world_host.region,
		.mailbox = helper_world_host.mailbox,
		.hold = helper_world_host.hold,
		.step = failing_step,
		.read = helper_world_host.read,
		.holders = helper_world_host.holders,
	};

	if (argc != 3 || strcmp(argv[1], "--control-fd") != 0)
		return EXIT_FAILURE;
	return helper_workers_run(atoi(argv[2]), &world, &log);
}
