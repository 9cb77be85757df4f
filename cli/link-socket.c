// SPDX-License-Identifier: GPL-2.0-only
/*
 * The link over libcxlfm. Effect on sockets, signals and a child process. The daemon of a record
 * gets one end of a socket pair, and the link ends that daemon when it closes.
 */
#include "cli/link-socket.h"

#include <cxlfm/cxlfm.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "config.h"
#include "util/cleanup.h"
#include "util/varlink-message.h"

/* The bytes of a call besides its parameters: the name of the method, and the names of members. */
#define ENVELOPE_SIZE_MAX ((size_t)1024)

/* ---- the daemon of a record ---- */

/* In a build tree cxlfmd lies beside cxlfm, and is of the same build; else cxlfmd is where it was
 * installed. */
static void find_daemon(char path[static PATH_MAX])
{
	static const char ours[] = "/cli/cxlfm", theirs[] = "/daemon/cxlfmd";
	ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - sizeof(theirs));
	char *end = path + length - (sizeof(ours) - 1);

	if (length >= (ssize_t)sizeof(ours) && memcmp(end, ours, sizeof(ours) - 1) == 0) {
		memcpy(end, theirs, sizeof(theirs));
		if (access(path, X_OK) == 0)
			return;
	}
	(void)snprintf(path, PATH_MAX, "%s/cxlfmd", CXLFM_SBIN_DIR);
}

static _Noreturn void become_daemon(const char *path, const char *snapshot, int fd)
{
	char number[16];

	(void)snprintf(number, sizeof(number), "%d", fd);
	if (fcntl(fd, F_SETFD, 0) == 0)
		(void)execl(path, "cxlfmd", "--snapshot", snapshot, "--connection-fd", number,
			    (char *)NULL);
	_exit(127);
}

static int open_record(struct link_socket *link)
{
	_cleanup_close_ int ours = -1, theirs = -1;
	char path[PATH_MAX];
	int pair[2];
	int rc;

	find_daemon(path);
	if (access(path, X_OK) < 0)
		return -errno;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	ours = pair[0];
	theirs = pair[1];
	rc = cxlfm_client_connect_fd(ours, &link->client);
	if (rc < 0)
		return rc;
	(void)TAKE_FD(ours);
	link->daemon = fork();
	if (link->daemon == 0)
		become_daemon(path, link->cli->snapshot_path, theirs);
	if (link->daemon < 0) {
		rc = -errno;
		link->daemon = 0;
		link->client = cxlfm_client_free(link->client);
		return rc;
	}
	return 0;
}

/* ---- the conversation ---- */

static int link_open(void *userdata)
{
	struct link_socket *link = userdata;

	link->broken = 0;
	if (link->cli->snapshot_path)
		return open_record(link);
	return cxlfm_client_connect(link->cli->socket_path, &link->client);
}

static int catch_interruptions(struct link_socket *link)
{
	sigset_t signals;

	if (link->signal_fd >= 0)
		return 0;
	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGINT);
	link->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC);
	if (link->signal_fd < 0)
		return -errno;
	return sigprocmask(SIG_BLOCK, &signals, NULL) < 0 ? -errno : 0;
}

static void release_interruptions(struct link_socket *link)
{
	sigset_t signals;

	if (link->signal_fd < 0)
		return;
	(void)close(TAKE_FD(link->signal_fd));
	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGINT);
	(void)sigprocmask(SIG_UNBLOCK, &signals, NULL);
}

/* Keeps a reply until link_receive() returns it. */
static int keep_reply(struct cxlfm_client *client, const char *error, const char *parameters,
		      unsigned int flags, void *userdata)
{
	struct link_socket *link = userdata;
	_cleanup_free_ char *name = error ? strdup(error) : NULL;
	_cleanup_free_ char *text = strdup(parameters);
	const struct link_reply reply = {
		.error = name,
		.parameters = text,
		.continues = (flags & CXLFM_REPLY_CONTINUES) != 0,
	};

	if (!text || (error && !name) || ARRAY_APPEND(&link->replies, reply) < 0)
		return -ENOMEM;
	(void)TAKE_PTR(name);
	(void)TAKE_PTR(text);
	return 0;
}

static int link_send(void *userdata, const char *method, const char *parameters, bool more,
		     uint64_t patience_msec, bool catch_interrupts)
{
	struct link_socket *link = userdata;
	uint64_t timeout_msec;
	int rc;

	if (strlen(parameters) + ENVELOPE_SIZE_MAX > VARLINK_CALL_SIZE_MAX)
		return -E2BIG;
	if (catch_interrupts) {
		rc = catch_interruptions(link);
		if (rc < 0)
			return rc;
	} else {
		release_interruptions(link);
	}
	if (__builtin_add_overflow(CXLFM_TIMEOUT_DEFAULT_MSEC, patience_msec, &timeout_msec))
		timeout_msec = CXLFM_TIMEOUT_NONE;
	cxlfm_client_set_timeout(link->client, timeout_msec);
	return cxlfm_client_send(link->client, method, parameters, more ? CXLFM_CALL_MORE : 0,
				 keep_reply, link);
}

/* Milliseconds until the deadline of the client, for poll(2). */
static int time_left_ms(const struct link_socket *link)
{
	uint64_t deadline_usec, now_usec;
	struct timespec now;

	if (cxlfm_client_get_deadline(link->client, &deadline_usec) < 0 ||
	    deadline_usec == UINT64_MAX)
		return -1;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	now_usec = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
	if (now_usec >= deadline_usec)
		return 0;
	return (int)((deadline_usec - now_usec) / 1000 + 1);
}

static int wait_for_something(struct link_socket *link)
{
	struct pollfd fds[] = {
		{ .fd = cxlfm_client_get_fd(link->client),
		  .events = (short)cxlfm_client_get_events(link->client) },
		{ .fd = link->signal_fd, .events = POLLIN },
	};
	struct signalfd_siginfo signal_info;

	if (poll(fds, ARRAY_SIZE(fds), time_left_ms(link)) < 0)
		return errno == EINTR ? 0 : -errno;
	if (fds[1].revents && read(link->signal_fd, &signal_info, sizeof(signal_info)) > 0)
		return -EINTR;
	return 0;
}

static int take_reply(struct link_socket *link, struct link_reply *ret_reply)
{
	*ret_reply = link->replies.items[link->reply_next++];
	if (link->reply_next == link->replies.count) {
		ARRAY_FREE(&link->replies);
		link->reply_next = 0;
	}
	return 0;
}

static int link_receive(void *userdata, struct link_reply *ret_reply)
{
	struct link_socket *link = userdata;
	int rc;

	while (link->replies.count == 0) {
		if (link->broken < 0)
			return link->broken;
		rc = cxlfm_client_process(link->client);
		if (rc < 0)
			link->broken = rc == -E2BIG ? -EPROTO : rc;
		if (rc != 0)
			continue;
		rc = wait_for_something(link);
		if (rc < 0)
			return rc;
	}
	return take_reply(link, ret_reply);
}

static int link_close(void *userdata)
{
	struct link_socket *link = userdata;
	int status = 0;

	release_interruptions(link);
	while (link->replies.count > 0) {
		struct link_reply reply;

		(void)take_reply(link, &reply);
		free(reply.error);
		free(reply.parameters);
	}
	link->client = cxlfm_client_free(link->client);
	if (link->daemon > 0) {
		/* The daemon has nothing left to do. If it has ended already it keeps its status.
		 */
		(void)kill(link->daemon, SIGTERM);
		while (waitpid(link->daemon, &status, 0) < 0 && errno == EINTR)
			;
		link->daemon = 0;
	}
	return status;
}

const struct link_ops link_socket_ops = {
	.open = link_open,
	.send = link_send,
	.receive = link_receive,
	.close = link_close,
};
