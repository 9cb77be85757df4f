// SPDX-License-Identifier: GPL-2.0-only
/*
 * The effects of a worker on the host, and its reads of the host. Called through struct
 * helper_world by helper-serve.c.
 */
#include "daemon/helper/helper-world.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "change/step-perform.h"
#include "cxl/step/block-holder.h"
#include "cxl/step/step-sysfs.h"
#include "cxl/step/write-alarm.h"
#include "cxl/topology/topology-json.h"
#include "cxl/topology/topology-look.h"
#include "cxl/topology/topology-mailbox.h"
#include "daemon/helper/host-lock.h"
#include "daemon/helper/worker-role.h"
#include "util/clock.h"

/* The overflow user, for the workers of a daemon that stays root. */
#define NOBODY 65534

/* The longest wait for another process's lock: after that its name is told. */
#define HOLD_TIMEOUT_MS 10000

/* More than a search for holders takes by itself. */
#define HOLDERS_TIMEOUT_S 5

/* The user of the requester: a socket pair carries the user of the process that made it. */
static uid_t user_of(int fd)
{
	struct ucred peer = { .uid = NOBODY };
	socklen_t size = sizeof(peer);

	(void)getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size);
	return peer.uid == 0 ? NOBODY : peer.uid;
}

int helper_host_init(struct helper_host *host, int fd, const struct log *log)
{
	*host = (struct helper_host){ .log = log, .fd = fd, .user = user_of(fd), .lock_fd = -1 };
	return step_sysfs_init(&host->sysfs, "/sys");
}

void helper_host_end(struct helper_host *host)
{
	int rc;

	if (host->lock_fd < 0)
		return;
	write_alarm_unwatch(host->fd);
	rc = step_sysfs_give_back(&host->sysfs, clock_now_ms() + HOLD_TIMEOUT_MS);
	if (rc < 0)
		log_error(host->log, "auto_online_blocks was not restored: %s", strerror(-rc));
}

static int read_record(const struct topology_reader_options *options,
		       char file[static TOPOLOGY_FILE_MAX], struct json_object **ret_record)
{
	_cleanup_topology_ struct topology *topology = NULL;
	struct json_object *record;
	int rc;

	rc = topology_read(options, file, &topology);
	if (rc < 0)
		return rc;
	record = topology_to_json(topology);
	if (!record)
		return -ENOMEM;
	*ret_record = record;
	return 0;
}

/*
 * Enters a role for good: other work fails afterwards. A role that is entered by half ends the
 * worker.
 */
static void enter(struct helper_host *host, enum worker_role role)
{
	int rc;

	if (host->has_role)
		return;
	host->has_role = true;
	rc = worker_role_enter(role, host->user);
	if (rc < 0) {
		log_error(host->log, "a worker can't give up its rights: %s", strerror(-rc));
		_exit(EXIT_FAILURE);
	}
}

/*
 * A worker that has changed the host has to put back what it borrowed, which takes root's rights,
 * and others wait for its end. So it gives up no rights, and does nothing that others can delay.
 */
static bool is_changing(const struct helper_host *host)
{
	return host->lock_fd >= 0;
}

static int host_snapshot(void *context, char file[static TOPOLOGY_FILE_MAX],
			 struct json_object **ret_record)
{
	if (is_changing(context))
		return -EPERM;
	enter(context, WORKER_READER);
	return read_record(NULL, file, ret_record);
}

static int host_region(void *context, const char *region, char file[static TOPOLOGY_FILE_MAX],
		       struct json_object **ret_record)
{
	return read_record(&(struct topology_reader_options){ .region = region }, file, ret_record);
}

/* Asks the device with all rights, and parses its answer without them. */
static int host_mailbox(void *context, const char *memdev, struct json_object **ret_mailbox)
{
	_cleanup_topology_mailbox_ struct topology_mailbox *mailbox = NULL;
	int rc = is_changing(context) ? -EPERM : topology_ask_mailbox(memdev, &mailbox);

	if (rc < 0)
		return rc;
	enter(context, WORKER_PARSER);
	return topology_mailbox_to_json(mailbox, ret_mailbox);
}

/*
 * Takes the lock on the host, which a worker keeps from its first step to its end, so that nobody
 * comes between. A worker whose daemon was killed works on until the kernel returns, and the next
 * daemon's worker has to wait for the lock. From here on a worker stops early, where the kernel can
 * be interrupted, if its daemon has gone.
 */
static int host_hold(void *context, uint64_t timeout_ms, char holder[static HOST_LOCK_HOLDER_MAX])
{
	struct helper_host *host = context;
	int rc;

	if (host->lock_fd >= 0)
		return 0;
	if (timeout_ms > HOLD_TIMEOUT_MS)
		timeout_ms = HOLD_TIMEOUT_MS;
	if (host->sysfs.notes_fd < 0)
		host->sysfs.notes_fd = host_lock_open_folder(HOST_LOCK_FOLDER);
	rc = host->sysfs.notes_fd;
	if (rc >= 0)
		rc = host_lock_take(rc, clock_now_ms() + timeout_ms, &host->lock_fd, holder);
	if (rc == -EUSERS)
		return rc;
	if (rc == 0)
		rc = write_alarm_watch(host->fd);
	if (rc == 0)
		return 0;
	log_error(host->log, HOST_LOCK_FOLDER ": %s", strerror(-rc));
	return -ENOLCK;
}

static int host_step(void *context, const struct step *step, uint64_t timeout_ms,
		     struct step_result *result, char user[static PMEM_USER_MAX])
{
	struct helper_host *host = context;
	const uint64_t deadline_ms = clock_now_ms() + timeout_ms;
	int rc = step_perform(&step_ops_sysfs, &host->sysfs, step, deadline_ms, result);

	if (rc == -EADDRINUSE)
		step_sysfs_user(&host->sysfs, step, deadline_ms, user);
	return rc;
}

static int host_read(void *context, const struct step *step, struct step_result *result)
{
	struct helper_host *host = context;
	int rc = step_ops_sysfs.read(&host->sysfs, step, result->before);

	result->before_known = rc == 0;
	return rc;
}

/*
 * Any process can have its page tables locked for as long as it likes, by a page fault that a
 * server of its own does not serve, and only a signal that kills ends the wait for them.
 */
static int host_holders(void *context, const char *block, struct json_object **ret_holders)
{
	int rc;

	if (is_changing(context))
		return -EPERM;
	(void)signal(SIGALRM, SIG_DFL);
	(void)alarm(HOLDERS_TIMEOUT_S);
	rc = block_holders_read(block, ret_holders);
	(void)alarm(0);
	return rc;
}

const struct helper_world helper_world_host = {
	.snapshot = host_snapshot,
	.region = host_region,
	.mailbox = host_mailbox,
	.hold = host_hold,
	.step = host_step,
	.read = host_read,
	.holders = host_holders,
};
