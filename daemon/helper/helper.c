// SPDX-License-Identifier: GPL-2.0-only
/*
 * cxlfm-helper: the only program of ours that writes sysfs or opens /dev/cxl.
 *
 * The first process touches nothing of the host: it takes sockets from cxlfmd and forks a worker for
 * each. A worker may hang in a kernel write, die in a library or be killed: that ends one request,
 * and the next one gets a new worker. All end when the daemon closes its ends.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "config.h"
#include "cxl/step/block-holder.h"
#include "cxl/step/step-ops.h"
#include "cxl/step/step-sysfs.h"
#include "cxl/topology/topology-json.h"
#include "cxl/topology/topology-libcxl.h"
#include "cxl/topology/topology-mailbox.h"
#include "daemon/helper/helper-serve.h"
#include "daemon/helper/reader-role.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/log.h"

static int real_snapshot(void *context, struct json_object **ret_record)
{
	_cleanup_topology_ struct topology *topology = NULL;
	struct json_object *record;
	int rc;

	rc = reader_role_enter();
	if (rc == 0)
		rc = topology_read(NULL, &topology);
	if (rc < 0)
		return rc;
	record = topology_to_json(topology);
	if (!record)
		return -ENOMEM;
	*ret_record = record;
	return 0;
}

static int real_mailbox(void *context, const char *memdev, struct json_object **ret_mailbox)
{
	return topology_read_mailbox(memdev, ret_mailbox);
}

static int real_step(void *context, const struct step *step, uint64_t timeout_ms,
		     struct step_result *result)
{
	return step_perform(&step_ops_sysfs, context, step, clock_now_ms() + timeout_ms, result);
}

static int real_holders(void *context, const char *block, struct json_object **ret_holders)
{
	return block_holders_read(block, ret_holders);
}

static const struct helper_world real_world = {
	.snapshot = real_snapshot,
	.mailbox = real_mailbox,
	.step = real_step,
	.holders = real_holders,
};

static int run_worker(int fd)
{
	struct step_sysfs sysfs;
	int rc;

	(void)prctl(PR_SET_NAME, "cxlfm-worker");
	rc = step_sysfs_init(&sysfs, "/sys");
	while (rc >= 0) {
		rc = helper_serve_one(fd, &real_world, &sysfs);
		if (rc == 0)
			return EXIT_SUCCESS;
	}
	return EXIT_FAILURE;
}

static int serve_control(int control_fd, const struct log *log)
{
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
			return run_worker(fd);
		}
		/* The daemon sees its end close and reports that nobody served it. */
		if (pid < 0)
			log_error(log, "fork: %s", strerror(errno));
	}
}

int main(int argc, char **argv)
{
	const struct log log = { .level_max = LOG_LEVEL_INFO, .program = "cxlfm-helper" };
	char *end;
	long fd;

	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		printf("%s\n", CXLFM_VERSION);
		return EXIT_SUCCESS;
	}
	fd = argc == 3 && strcmp(argv[1], "--control-fd") == 0 ? strtol(argv[2], &end, 10) : -1;
	if (fd < 0 || fd > 1024 || *end) {
		log_error(&log, "cxlfmd starts this program; it is of no use by hand");
		return EXIT_FAILURE;
	}
	/* Workers are not waited for. */
	(void)signal(SIGCHLD, SIG_IGN);
	/* Ctrl-C in a terminal is for the daemon, which ends us by closing our socket. */
	(void)signal(SIGINT, SIG_IGN);
	return serve_control((int)fd, &log);
}
