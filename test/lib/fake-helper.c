// SPDX-License-Identifier: GPL-2.0-only
/*
 * A helper that serves a model of a kernel instead of the host; functional tests give it to cxlfmd
 * by --helper. One process serves as all workers, since they share the kernel. The environment
 * orders the start and the failures:
 *
 *	CXLFM_FAKE_RECORD	the record that the kernel starts from
 *	CXLFM_FAKE_FAIL		"N:ERRNO:KIND": the N-th write fails, counted from 1; KIND is
 *				before, after, silent-before or silent-after; with ":AGAIN", so
 *				many later writes fail, too
 *	CXLFM_FAKE_JOURNAL	a file that keeps the kernel's state from one process to the next:
 *				each write is noted there before it is answered, and all writes
 *				in it are repeated at the start
 *	CXLFM_FAKE_DIE		"read:N", "region:N": the first N workers with such a request die
 *	CXLFM_FAKE_SILENT	"holders:N", "region:N": the first N workers with such a request
 *				hang
 *	CXLFM_FAKE_MAILBOX	each mailbox tells the number of its reads as the
 *				life_used_percent of its health, except for one that does not
 *				answer ("mem1:hang"), or answers with an error ("mem1:fail")
 *	CXLFM_FAKE_HANG		the N-th step hangs before it begins, and with it the whole
 *				process, until a SIGCONT
 *
 * Some variables name a file, and have their effect as long as the file exists:
 *
 *	CXLFM_FAKE_MOUNTED	a namespace of each pmem region is mounted
 *	CXLFM_FAKE_HELD		another program changes the host
 *	CXLFM_FAKE_BLIND	the host can't be looked at
 *	CXLFM_FAKE_TAKEN	the free capacity of memdevs can't be allocated
 *	CXLFM_FAKE_PINNED	memory does not go offline before its timeout, or before its client
 *				has gone
 *
 * One variable names a folder:
 *
 *	CXLFM_FAKE_UNPLUGGED	a memdev is taken out as long as the folder has a file with its
 *				serial number ("0x1"); no uevent tells of that
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "cxl/topology/topology-json.h"
#include "daemon/helper/helper-serve.h"
#include "test/lib/fake-kernel.h"
#include "util/clock.h"
#include "util/json.h"

#define WORKERS_MAX 64
#define RECORD_MAX  ((size_t)16 * 1024 * 1024)

/* The fate of the first workers that get a request of this kind. */
struct order {
	char verb[16];
	unsigned int count; /* the number of such workers to come */
};

struct fake_helper {
	struct fake_kernel *kernel;
	const struct topology *start;
	uint64_t unplugged;		    /* a bit for each memdev of the start */
	struct pollfd fds[1 + WORKERS_MAX]; /* the control socket first */
	nfds_t count;
	int serving; /* the worker whose request is being served */
	int waiting; /* the worker that waits for memory to go offline, or -1 */
	int hang_in; /* steps until one hangs */
	struct order die, silent;
	int journal_fd;
	int mailbox_reads; /* the number of reads of all mailboxes */
};

static bool is_ordered(struct order *order, const char *verb)
{
	if (order->count == 0 || strcmp(order->verb, verb) != 0)
		return false;
	order->count--;
	return true;
}

/* Tells whether the worker has to die of this request. */
static bool dies(struct fake_helper *helper, const char *verb)
{
	if (!is_ordered(&helper->die, verb))
		return false;
	(void)shutdown(helper->serving, SHUT_RDWR);
	return true;
}

/* A worker that hangs in the kernel: its socket stays open, without an answer. */
static void may_keep_silent(struct fake_helper *helper, const char *verb)
{
	_cleanup_close_ int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (is_ordered(&helper->silent, verb) &&
	    (dup(helper->serving) < 0 || dup2(null, helper->serving) < 0))
		abort();
}

static int add_mounts(struct topology *topology)
{
	const char *mounted = getenv("CXLFM_FAKE_MOUNTED");
	int rc = 0;

	if (!mounted || access(mounted, F_OK) < 0)
		return 0;
	for (size_t i = 0; rc == 0 && i < topology->regions.count; i++) {
		const struct topo_region *region = topology->regions.items[i];
		const struct topo_namespace namespace = { .region = region->name,
							  .name = "namespace0.0",
							  .device = "pmem0",
							  .user = "pmem0 is mounted on /srv" };

		if (region->type == TOPO_MODE_PMEM && region->enabled)
			rc = ARRAY_APPEND(&topology->namespaces, namespace);
	}
	return rc;
}

static int send_topology(struct topology *taken, struct json_object **ret_record)
{
	_cleanup_topology_ struct topology *topology = taken;
	struct json_object *record =
		topology && add_mounts(topology) == 0 ? topology_to_json(topology) : NULL;

	if (!record)
		return -ENOMEM;
	*ret_record = record;
	return 0;
}

static bool is_ordered_by(const char *variable)
{
	const char *path = getenv(variable);

	return path && access(path, F_OK) == 0;
}

static int switch_memdev(struct fake_kernel *kernel, const struct topo_memdev *device, bool is_out)
{
	_cleanup_topology_ struct topology *now = NULL;
	const struct topo_memdev *memdev;
	char ident[32];

	if (!is_out)
		return fake_kernel_plug(kernel, device, device->endpoint->parent_dport);
	now = fake_kernel_snapshot(kernel);
	(void)snprintf(ident, sizeof(ident), "serial:0x%llx", (unsigned long long)device->serial);
	memdev = now ? topology_find_memdev(now, ident) : NULL;
	return memdev ? fake_kernel_unplug(kernel, memdev->name) : -ENODEV;
}

static void switch_memdevs(struct fake_helper *helper)
{
	const char *folder = getenv("CXLFM_FAKE_UNPLUGGED");
	char path[256];

	for (size_t i = 0; folder && i < helper->start->memdevs.count; i++) {
		const struct topo_memdev *device = helper->start->memdevs.items[i];
		const uint64_t bit = UINT64_C(1) << i;
		bool is_out;

		(void)snprintf(path, sizeof(path), "%s/0x%llx", folder,
			       (unsigned long long)device->serial);
		is_out = access(path, F_OK) == 0;
		if (is_out == ((helper->unplugged & bit) != 0))
			continue;
		if (switch_memdev(helper->kernel, device, is_out) < 0)
			abort();
		helper->unplugged ^= bit;
	}
}

static int fake_snapshot(void *context, char file[static TOPOLOGY_FILE_MAX],
			 struct json_object **ret_record)
{
	struct fake_helper *helper = context;
	struct topology *topology;

	if (is_ordered_by("CXLFM_FAKE_BLIND")) {
		(void)strcpy(file, "/sys/bus/cxl/devices/region0/size");
		return -EIO;
	}
	switch_memdevs(helper);
	topology = fake_kernel_snapshot(helper->kernel);
	for (size_t i = 0;
	     topology && is_ordered_by("CXLFM_FAKE_TAKEN") && i < topology->memdevs.count; i++)
		topology->memdevs.items[i]->enabled = false;
	return send_topology(topology, ret_record);
}

static int fake_region(void *context, const char *region, char file[static TOPOLOGY_FILE_MAX],
		       struct json_object **ret_record)
{
	struct fake_helper *helper = context;

	if (dies(helper, "region"))
		return -EIO;
	may_keep_silent(helper, "region");
	return send_topology(fake_kernel_region_snapshot(helper->kernel, region), ret_record);
}

/* Leaves the client waiting: the answer goes to a socket that nobody reads. */
static int hang_up_nobody(struct fake_helper *helper)
{
	int pair[2];

	/* The worker's end stays open, under another number. */
	if (dup(helper->serving) < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) < 0 ||
	    dup2(pair[0], helper->serving) < 0)
		return -errno;
	return 0;
}

static int tell_health(struct fake_helper *helper, struct json_object *mailbox)
{
	struct json_object *health = json_object_new_object();
	int rc = json_add(mailbox, "health", health);

	return rc ? rc : json_add_int(health, "life_used_percent", ++helper->mailbox_reads);
}

static int fake_mailbox(void *context, const char *memdev, struct json_object **ret_mailbox)
{
	const char *order = getenv("CXLFM_FAKE_MAILBOX"), *kind = order ? strchr(order, ':') : NULL;
	_cleanup_json_ struct json_object *mailbox = json_object_new_object();
	const bool ordered = kind && strncmp(order, memdev, (size_t)(kind - order)) == 0 &&
			     memdev[kind - order] == '\0';
	struct fake_helper *helper = context;
	int rc = 0;

	if (ordered && strcmp(kind, ":fail") == 0)
		return -EIO;
	if (ordered && strcmp(kind, ":hang") == 0)
		rc = hang_up_nobody(helper);
	if (rc == 0 && order)
		rc = tell_health(helper, mailbox);
	if (!mailbox || rc)
		return -ENOMEM;
	*ret_mailbox = TAKE_PTR(mailbox);
	return 0;
}

static int fake_hold(void *context, uint64_t timeout_ms, char holder[static HOST_LOCK_HOLDER_MAX])
{
	const struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };
	const char *held = getenv("CXLFM_FAKE_HELD");

	if (!held || access(held, F_OK) < 0)
		return 0;
	(void)nanosleep(&pause, NULL);
	(void)snprintf(holder, HOST_LOCK_HOLDER_MAX, "cxlfm-worker (pid 4711)");
	return -EUSERS;
}

static int serve_for(struct fake_helper *helper, int timeout_ms);

/* Waits for memory to go offline, and serves other workers meanwhile. */
static int wait_for_pages(struct fake_helper *helper, const char *pinned, uint64_t timeout_ms)
{
	const uint64_t until_ms = clock_now_ms() + timeout_ms;
	struct pollfd peer = { .fd = helper->serving, .events = POLLRDHUP };
	int rc = 0;

	helper->waiting = peer.fd;
	while (rc == 0 && access(pinned, F_OK) == 0) {
		if (poll(&peer, 1, 0) > 0)
			rc = -ECANCELED;
		else if (clock_now_ms() >= until_ms)
			rc = -ETIMEDOUT;
		else
			rc = serve_for(helper, 10);
	}
	helper->serving = peer.fd;
	helper->waiting = -1;
	return rc;
}

static bool takes_memory_offline(const struct step *step)
{
	return (step->kind == STEP_BLOCK || step->kind == STEP_DAX_MEMORY) &&
	       strcmp(step->to, "offline") == 0;
}

static int fake_step(void *context, const struct step *step, uint64_t timeout_ms,
		     struct step_result *result, char user[static PMEM_USER_MAX])
{
	const char *pinned = getenv("CXLFM_FAKE_PINNED");
	struct fake_helper *helper = context;
	int rc;

	if (pinned && takes_memory_offline(step)) {
		rc = wait_for_pages(helper, pinned, timeout_ms);
		if (rc < 0)
			return rc;
	}
	if (helper->hang_in > 0 && --helper->hang_in == 0)
		(void)raise(SIGSTOP);
	rc = step_perform(&fake_kernel_ops, helper->kernel, step, timeout_ms, result);

	/* The worker has died during the write: the peer of the worker gets no answer. */
	if (fake_kernel_died(helper->kernel))
		(void)shutdown(helper->serving, SHUT_RDWR);
	return rc;
}

static int fake_read(void *context, const struct step *step, struct step_result *result)
{
	struct fake_helper *helper = context;
	int rc;

	*result = STEP_RESULT_NULL;
	if (dies(helper, "read"))
		return -EIO;
	rc = fake_kernel_read(helper->kernel, step, result->before);
	result->before_known = rc == 0;
	return rc;
}

static int fake_holders(void *context, const char *block, struct json_object **ret_holders)
{
	struct json_object *holders = json_object_new_object();

	may_keep_silent(context, "holders");
	if (!holders || json_add_string(holders, "block", block)) {
		json_object_put(holders);
		return -ENOMEM;
	}
	*ret_holders = holders;
	return 0;
}

static const struct helper_world fake_world = {
	.snapshot = fake_snapshot,
	.region = fake_region,
	.mailbox = fake_mailbox,
	.hold = fake_hold,
	.step = fake_step,
	.read = fake_read,
	.holders = fake_holders,
};

/* A listing of cxl tells nothing about memory: sets the values of a stock guest. */
static void complete(struct topology *start)
{
	if (start->memory_block_size == TOPO_UNKNOWN)
		start->memory_block_size = (uint64_t)128 * 1024 * 1024;
	if (!start->auto_online_policy)
		start->auto_online_policy = "online";
	start->known |= TOPO_KNOWN_CXL | TOPO_KNOWN_DAX | TOPO_KNOWN_BLOCKS | TOPO_KNOWN_NODES;
}

static int load_record(const char *path, struct topology **ret_topology)
{
	struct refusal_list notices = REFUSAL_LIST_NULL;
	_cleanup_json_ struct json_object *record = NULL;
	_cleanup_free_ char *text = malloc(RECORD_MAX);
	_cleanup_fclose_ FILE *file = NULL;
	size_t length;
	int rc;

	file = path ? fopen(path, "re") : NULL;
	if (!file || !text)
		return -ENOENT;
	length = fread(text, 1, RECORD_MAX, file);
	rc = json_parse_text(text, length, &record);
	if (rc == 0)
		rc = topology_from_json(record, &notices, ret_topology);
	refusal_list_deinit(&notices);
	if (rc == 0)
		complete(*ret_topology);
	return rc;
}

/* ---- state that outlives the process ---- */

/* Notes a write by a single unbuffered write(), so that the note survives a SIGKILL. */
static void note_write(void *context, const struct step *step)
{
	const struct fake_helper *helper = context;
	_cleanup_json_ struct json_object *object = step_to_json(step);
	size_t length = 0;
	const char *text =
		object ? json_object_to_json_string_length(object, JSON_C_TO_STRING_PLAIN, &length)
		       : NULL;
	const struct iovec line[] = { { (char *)text, length }, { (char *)"\n", 1 } };

	if (!text || writev(helper->journal_fd, line, 2) != (ssize_t)length + 1)
		abort();
}

static int do_again(struct fake_kernel *kernel, const char *line, size_t length)
{
	_cleanup_json_ struct json_object *object = NULL;
	struct arena arena = ARENA_NULL;
	struct step step;
	int rc = json_parse_text(line, length, &object);

	if (rc == 0)
		rc = step_from_json(object, &host_steps, &arena, &step);
	/* A write that the kernel refused then is refused again. */
	if (rc == 0)
		(void)fake_kernel_ops.write(kernel, &step, 0);
	arena_deinit(&arena);
	return rc;
}

static int do_all_again(struct fake_kernel *kernel, const char *path)
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");
	_cleanup_free_ char *line = NULL;
	size_t size = 0;
	ssize_t length;
	int rc = file ? 0 : -errno;

	while (rc == 0 && (length = getline(&line, &size, file)) > 0)
		rc = do_again(kernel, line, (size_t)length);
	return rc;
}

/* Takes the real helper's lock: the process of a daemon that was killed may still be at work. */
static int keep_kernel(struct fake_helper *helper, const char *path)
{
	int rc;

	if (!path)
		return 0;
	helper->journal_fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
	if (helper->journal_fd < 0 || flock(helper->journal_fd, LOCK_EX) < 0)
		return -errno;
	rc = do_all_again(helper->kernel, path);
	if (rc == 0)
		fake_kernel_on_write(helper->kernel, note_write, helper);
	return rc;
}

static int set_failure(struct fake_kernel *kernel, const char *text)
{
	static const char *const kinds[] = {
		[FAKE_FAIL_BEFORE] = "before",
		[FAKE_FAIL_AFTER] = "after",
		[FAKE_SILENT_BEFORE] = "silent-before",
		[FAKE_SILENT_AFTER] = "silent-after",
	};
	unsigned int n, again = 0;
	char kind[32];
	int error;

	if (!text)
		return 0;
	if (sscanf(text, "%u:%d:%31[^:]:%u", &n, &error, kind, &again) < 3)
		return -EINVAL;
	fake_kernel_fail_again(kernel, again);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strcmp(kind, kinds[i]) == 0) {
			fake_kernel_fail_at(kernel, n, -error, (enum fake_failure)i);
			return 0;
		}
	return -EINVAL;
}

static void set_order(struct order *order, const char *text)
{
	if (text)
		(void)sscanf(text, "%15[a-z]:%u", order->verb, &order->count);
}

static int accept_worker(struct fake_helper *helper)
{
	int fd = helper_receive_fd(helper->fds[0].fd);

	if (fd < 0)
		return fd;
	if (helper->count > WORKERS_MAX)
		return -EMFILE;
	helper->fds[helper->count++] = (struct pollfd){ .fd = fd, .events = POLLIN };
	return 0;
}

static void drop_worker(struct fake_helper *helper, int fd)
{
	for (nfds_t i = 1; i < helper->count; i++)
		if (helper->fds[i].fd == fd)
			helper->fds[i--] = helper->fds[--helper->count];
	(void)close(fd);
}

/* Serves one worker at a time: waiting serves others, which may change all of this. */
static void serve_a_worker(struct fake_helper *helper)
{
	for (nfds_t i = 1; i < helper->count; i++) {
		const int fd = helper->fds[i].fd;

		if (!helper->fds[i].revents || fd == helper->waiting)
			continue;
		helper->serving = fd;
		if (helper_serve_one(fd, &fake_world, helper) <= 0)
			drop_worker(helper, fd);
		return;
	}
}

static int serve_for(struct fake_helper *helper, int timeout_ms)
{
	if (poll(helper->fds, helper->count, timeout_ms) < 0)
		return -errno;
	if (helper->fds[0].revents)
		return accept_worker(helper);
	serve_a_worker(helper);
	return 0;
}

static int run(struct fake_helper *helper)
{
	int rc = 0;

	while (rc == 0)
		rc = serve_for(helper, -1);
	return rc == -ENODATA ? 0 : rc;
}

int main(int argc, char **argv)
{
	_cleanup_topology_ struct topology *start = NULL;
	struct fake_helper helper = { .count = 1, .waiting = -1, .journal_fd = -1 };
	int rc;

	if (argc != 3 || strcmp(argv[1], "--control-fd") != 0)
		return 2;
	if (getenv("CXLFM_FAKE_HANG"))
		helper.hang_in = atoi(getenv("CXLFM_FAKE_HANG"));
	set_order(&helper.die, getenv("CXLFM_FAKE_DIE"));
	set_order(&helper.silent, getenv("CXLFM_FAKE_SILENT"));
	helper.fds[0] = (struct pollfd){ .fd = atoi(argv[2]), .events = POLLIN };
	rc = load_record(getenv("CXLFM_FAKE_RECORD"), &start);
	if (rc == 0) {
		helper.start = start;
		helper.kernel = fake_kernel_new(start);
		rc = helper.kernel ? keep_kernel(&helper, getenv("CXLFM_FAKE_JOURNAL")) : -ENOMEM;
	}
	if (rc == 0)
		rc = set_failure(helper.kernel, getenv("CXLFM_FAKE_FAIL"));
	if (rc == 0)
		rc = run(&helper);
	helper.kernel = fake_kernel_free(helper.kernel);
	cleanup_close(&helper.journal_fd);
	if (rc < 0)
		fprintf(stderr, "fake-helper: %s\n", strerror(-rc));
	return rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
