// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a worker does to the host and reads of it. Effect, called through the seam by
 * helper-serve.c.
 */
#include "daemon/helper/helper-world.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "cxl/step/block-holder.h"
#include "cxl/step/step-ops.h"
#include "cxl/step/step-sysfs.h"
#include "cxl/topology/topology-json.h"
#include "cxl/topology/topology-libcxl.h"
#include "cxl/topology/topology-mailbox.h"
#include "daemon/helper/reader-role.h"
#include "util/cleanup.h"
#include "util/clock.h"

static int read_record(const struct topology_reader_options *options,
		       struct json_object **ret_record)
{
	_cleanup_topology_ struct topology *topology = NULL;
	struct json_object *record;
	int rc;

	rc = topology_read(options, &topology);
	if (rc < 0)
		return rc;
	record = topology_to_json(topology);
	if (!record)
		return -ENOMEM;
	*ret_record = record;
	return 0;
}

static int host_snapshot(void *context, struct json_object **ret_record)
{
	int rc = reader_role_enter();

	return rc < 0 ? rc : read_record(NULL, ret_record);
}

static int host_region(void *context, const char *region, struct json_object **ret_record)
{
	return read_record(&(struct topology_reader_options){ .region = region }, ret_record);
}

static int host_mailbox(void *context, const char *memdev, struct json_object **ret_mailbox)
{
	return topology_read_mailbox(memdev, ret_mailbox);
}

/*
 * Held by a worker from its first step to its end, so that nobody comes between: a worker whose
 * daemon was killed goes on until the kernel lets it go, and the next daemon's has to wait for it.
 */
static int take_the_host(const struct step_sysfs *sysfs)
{
	static int lock_fd = -1;
	int fd;

	if (lock_fd >= 0)
		return 0;
	fd = openat(sysfs->root_fd, "bus/cxl", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* No such bus, nothing to be done to it. */
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	while (flock(fd, LOCK_EX) < 0)
		if (errno != EINTR) {
			int rc = -errno;

			(void)close(fd);
			return rc;
		}
	lock_fd = fd;
	return 0;
}

static int host_step(void *context, const struct step *step, uint64_t timeout_ms,
		     struct step_result *result)
{
	int rc = take_the_host(context);

	if (rc < 0)
		return rc;
	return step_perform(&step_ops_sysfs, context, step, clock_now_ms() + timeout_ms, result);
}

static int host_read(void *context, const struct step *step, struct step_result *result)
{
	int rc = take_the_host(context);

	*result = STEP_RESULT_NULL;
	if (rc == 0)
		rc = step_ops_sysfs.read(context, step, result->before);
	result->before_known = rc == 0;
	return rc;
}

static int host_holders(void *context, const char *block, struct json_object **ret_holders)
{
	return block_holders_read(block, ret_holders);
}

const struct helper_world helper_world_host = {
	.snapshot = host_snapshot,
	.region = host_region,
	.mailbox = host_mailbox,
	.step = host_step,
	.read = host_read,
	.holders = host_holders,
};
