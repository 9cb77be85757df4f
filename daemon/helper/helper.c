// SPDX-License-Identifier: GPL-2.0-only
/*
 * cxlfm-helper: the only program of ours that writes sysfs or opens /dev/cxl. Arguments; nothing
 * else.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "daemon/helper/helper-workers.h"
#include "daemon/helper/helper-world.h"
#include "util/process-fds.h"

int main(int argc, char **argv)
{
	const struct log log = { .level_max = LOG_LEVEL_INFO, .program = "cxlfm-helper" };
	char *end;
	long fd;

	if (process_fds_open_standard() < 0)
		return EXIT_FAILURE;
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		printf("%s\n", CXLFM_VERSION);
		return process_fds_end_output() < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	}
	fd = argc == 3 && strcmp(argv[1], "--control-fd") == 0 ? strtol(argv[2], &end, 10) : -1;
	if (fd <= STDERR_FILENO || fd > 1024 || *end) {
		log_error(&log, "cxlfmd starts this program; it is of no use by hand");
		return EXIT_FAILURE;
	}
	process_fds_keep_only((int)fd, 1);
	return helper_workers_run((int)fd, &helper_world_host, &log);
}
