// SPDX-License-Identifier: GPL-2.0-only
/*
 * Forks a worker for each socket from cxlfmd.
 */
#include "daemon/helper/helper-workers.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "daemon/helper/helper-world.h"
#include "util/cleanup.h"

static int run_worker(int fd, const struct helper_world *world, const struct log *log)
{
	struct helper_host host;
	int rc;

	(void)prctl(PR_SET_NAME, "cxlfm-worker");
	rc = helper_host_init(&host, log);
	if (rc < 0)
		return EXIT_FAILURE;
	do
		rc = helper_serve_one(fd, world, &host);
	while (rc > 0);
	helper_host_end(&host);
	return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int helper_workers_run(int control_fd, const struct helper_world *world, const struct log *log)
{
	/* Workers are not waited for. */
	(void)signal(SIGCHLD, SIG_IGN);
	/* Ctrl-C in a terminal is for the daemon, which ends us by closing our socket. */
	(void)signal(SIGINT, SIG_IGN);
	for (;;) {
		_cleanup_close_ int fd = helper_receive_fd(control_fd);
		pid_t pid;

		if (fd == -ENODATA)
			return EXIT_SUCCESS;
		if (fd < 0) {
			log_error(log, "control socket: %s", strerror(-fd));
			return EXIT_FAILURE;
		}
		pid = fork();
		if (pid == 0) {
			(void)close(control_fd);
			return run_worker(fd, world, log);
		}
		/* The daemon sees its end close and reports that nobody served it. */
		if (pid < 0)
			log_error(log, "fork: %s", strerror(errno));
	}
}
