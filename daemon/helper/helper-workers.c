// SPDX-License-Identifier: GPL-2.0-only
/*
 * Forks a worker for each socket from cxlfmd.
 */
#include "daemon/helper/helper-workers.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/helper/helper-world.h"
#include "util/cleanup.h"
#include "util/clock.h"

/*
 * A daemon has four or five workers: the reader, one for steps, and mailbox readers. More of them
 * hang in the kernel, or are an enemy's.
 */
#define WORKERS_MAX 64

/*
 * Starts of workers at once, and then per second: each mailbox takes a worker, and a big host has a
 * thousand.
 */
#define STARTS_AT_ONCE	  256
#define STARTS_PER_SECOND 128

/* Time for a host that is short of memory or processes to recover. */
#define FORK_TIMEOUT_MS 2000

struct workers {
	const struct helper_world *world;
	const struct log *log;
	int control_fd;
	int child_fd; /* readable after a worker has ended */
	sigset_t mask_before;
	unsigned int count;
	bool told_of_too_many;
	/* The time at which the next start is due by the pace alone, CLOCK_MONOTONIC */
	uint64_t next_start_ms;
};

/* Ends without exit(3): what the libraries have to do at the end of a process is for the process
 * that has loaded them. */
static _Noreturn void run_worker(int fd, const struct workers *workers)
{
	struct helper_host host;
	int rc;

	(void)close(workers->control_fd);
	(void)close(workers->child_fd);
	(void)sigprocmask(SIG_SETMASK, &workers->mask_before, NULL);
	(void)prctl(PR_SET_NAME, "cxlfm-worker");
	rc = helper_host_init(&host, fd, workers->log);
	if (rc < 0)
		_exit(EXIT_FAILURE);
	do
		rc = helper_serve_one(fd, workers->world, &host);
	while (rc > 0);
	helper_host_end(&host);
	_exit(rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

static void reap(struct workers *workers)
{
	struct signalfd_siginfo info;

	(void)!read(workers->child_fd, &info, sizeof(info));
	while (workers->count > 0 && waitpid(-1, NULL, WNOHANG) > 0)
		workers->count--;
}

/* Waits if more workers were started than pace and burst allow. */
static void keep_pace(struct workers *workers)
{
	const uint64_t interval_ms = 1000 / STARTS_PER_SECOND;
	const uint64_t ahead_ms = STARTS_AT_ONCE * interval_ms;
	const uint64_t now_ms = clock_now_ms();
	unsigned int nap_us = CLOCK_NAP_FIRST_US;

	if (workers->next_start_ms < now_ms)
		workers->next_start_ms = now_ms;
	workers->next_start_ms += interval_ms;
	while (workers->next_start_ms > clock_now_ms() + ahead_ms)
		clock_nap(&nap_us);
}

static pid_t fork_patiently(void)
{
	const uint64_t until_ms = clock_now_ms() + FORK_TIMEOUT_MS;
	unsigned int nap_us = CLOCK_NAP_FIRST_US;
	pid_t pid;

	while ((pid = fork()) < 0 && (errno == EAGAIN || errno == ENOMEM) &&
	       clock_now_ms() < until_ms)
		clock_nap(&nap_us);
	return pid;
}

/* If no worker can be started, the daemon sees its socket close. */
static void start_worker(struct workers *workers, int fd)
{
	pid_t pid;

	reap(workers);
	if (workers->count >= WORKERS_MAX) {
		if (!workers->told_of_too_many)
			log_error(workers->log, "%u workers are at work: no more are started",
				  workers->count);
		workers->told_of_too_many = true;
		return;
	}
	workers->told_of_too_many = false;
	keep_pace(workers);
	pid = fork_patiently();
	if (pid == 0)
		run_worker(fd, workers);
	if (pid < 0)
		log_error(workers->log, "fork: %s", strerror(errno));
	else
		workers->count++;
}

/* Starts a worker for a message with exactly one socket of the daemon's kind. Returns 0, -ENODATA
 * when the daemon has closed its end, or another negative errno. */
static int take_socket(struct workers *workers)
{
	_cleanup_close_ int fd = helper_receive_fd(workers->control_fd);

	if (fd >= 0)
		start_worker(workers, fd);
	else if (fd == -EBADMSG)
		log_error(workers->log, "control socket: an invalid message");
	else
		return fd;
	return 0;
}

static int watch_children(struct workers *workers)
{
	sigset_t mask;

	(void)sigemptyset(&mask);
	(void)sigaddset(&mask, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &mask, &workers->mask_before) < 0)
		return -errno;
	workers->child_fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	return workers->child_fd < 0 ? -errno : 0;
}

/* Returns as take_socket(), but never 0. */
static int run(struct workers *workers)
{
	struct pollfd fds[] = { { .fd = workers->control_fd, .events = POLLIN },
				{ .fd = workers->child_fd, .events = POLLIN } };
	int rc = 0;

	while (rc == 0) {
		if (poll(fds, ARRAY_SIZE(fds), -1) < 0) {
			if (errno == EINTR || errno == EAGAIN)
				continue;
			return -errno;
		}
		if (fds[1].revents)
			reap(workers);
		if (fds[0].revents)
			rc = take_socket(workers);
	}
	return rc;
}

int helper_workers_run(int control_fd, const struct helper_world *world, const struct log *log)
{
	struct workers workers = { .world = world, .log = log, .control_fd = control_fd };
	int rc;

	/* Ctrl-C in a terminal is for the daemon, which ends the helper by closing its socket. */
	(void)signal(SIGINT, SIG_IGN);
	rc = watch_children(&workers);
	if (rc == 0)
		rc = run(&workers);
	if (rc == -ENODATA)
		return EXIT_SUCCESS;
	log_error(log, "can't serve cxlfmd: %s", strerror(-rc));
	return EXIT_FAILURE;
}
