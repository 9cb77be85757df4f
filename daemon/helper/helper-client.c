// SPDX-License-Identifier: GPL-2.0-only
/*
 * Starts the helper and exchanges datagrams with its workers, on the daemon's loop.
 */
#include "daemon/helper/helper-client.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "daemon/process/turn-source.h"
#include "util/json.h"

/* A record of a host with thousands of memdevs is a few MiB. */
#define MEMFD_SIZE_MAX ((off_t)64 * 1024 * 1024)

/* Bytes of JSON that json-c parses in some milliseconds. */
#define PARSE_AT_ONCE ((size_t)128 * 1024)

extern char **environ;

struct helper_client {
	sd_event *event;
	const struct log *log;
	int control_fd;
	sd_event_source *child_source;
	void (*on_exit)(void *userdata);
	void *userdata;
};

/* An answer that is being received or parsed. */
struct reading {
	struct helper_answer answer;
	struct arena arena; /* owns the reply's texts */
	char *text;	    /* of the memfd */
	struct json_parse *parse;
};

#define READING_NULL ((struct reading){ .arena = ARENA_NULL })

struct helper_session {
	int fd;
	bool dead; /* the worker has ended or has broken the protocol */
	sd_event_source *source;
	helper_answer_fn callback; /* NULL when no request is under way */
	void *userdata;
	struct reading reading;
	sd_event_source *parse_source;
};

static int on_helper_exit(sd_event_source *source, const siginfo_t *info, void *userdata)
{
	struct helper_client *client = userdata;

	log_error(client->log, "the helper has ended (%s %d)",
		  info->si_code == CLD_EXITED ? "status" : "signal", info->si_status);
	client->on_exit(client->userdata);
	return 0;
}

static int spawn_helper(const char *path, int child_fd, pid_t *ret_pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	char fd_text[16];
	char *const argv[] = { (char *)path, (char *)"--control-fd", fd_text, NULL };
	int rc;

	/* Descriptor 10 is above the standard streams and those of socket activation. */
	(void)snprintf(fd_text, sizeof(fd_text), "%d", 10);
	rc = posix_spawn_file_actions_init(&actions);
	if (rc)
		return -rc;
	rc = posix_spawnattr_init(&attributes);
	if (rc == 0) {
		/* The daemon's loop has blocked signals that the helper has to receive. */
		rc = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
		if (rc == 0)
			rc = posix_spawn_file_actions_adddup2(&actions, child_fd, 10);
		if (rc == 0)
			rc = posix_spawn(ret_pid, path, &actions, &attributes, argv, environ);
		(void)posix_spawnattr_destroy(&attributes);
	}
	(void)posix_spawn_file_actions_destroy(&actions);
	return -rc;
}

static int start(struct helper_client *client, const char *path)
{
	_cleanup_close_ int ours = -1, theirs = -1;
	int pair[2], rc;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	ours = pair[0];
	theirs = pair[1];
	rc = spawn_helper(path, theirs, &pid);
	if (rc < 0) {
		log_error(client->log, "%s: %s", path, strerror(-rc));
		return rc;
	}
	rc = sd_event_add_child(client->event, &client->child_source, pid, WEXITED, on_helper_exit,
				client);
	if (rc < 0)
		return rc;
	client->control_fd = TAKE_FD(ours);
	return 0;
}

int helper_client_new(sd_event *event, const struct log *log, const char *path,
		      void (*on_exit)(void *userdata), void *userdata,
		      struct helper_client **ret_client)
{
	struct helper_client *client;
	int rc = helper_client_attach(event, log, -1, &client);

	if (rc < 0)
		return rc;
	client->on_exit = on_exit;
	client->userdata = userdata;
	rc = start(client, path);
	if (rc < 0) {
		(void)helper_client_free(client);
		return rc;
	}
	*ret_client = client;
	return 0;
}

int helper_client_attach(sd_event *event, const struct log *log, int control_fd,
			 struct helper_client **ret_client)
{
	struct helper_client *client = calloc(1, sizeof(*client));

	if (!client)
		return -ENOMEM;
	*client = (struct helper_client){ .event = sd_event_ref(event),
					  .log = log,
					  .control_fd = control_fd };
	*ret_client = client;
	return 0;
}

struct helper_client *helper_client_free(struct helper_client *client)
{
	if (!client)
		return NULL;
	cleanup_close(&client->control_fd);
	(void)sd_event_source_disable_unref(client->child_source);
	(void)sd_event_unref(client->event);
	free(client);
	return NULL;
}

static int send_fd(int control_fd, int fd)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	char byte = 0;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &iov,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };

	control.header = (struct cmsghdr){
		.cmsg_level = SOL_SOCKET,
		.cmsg_type = SCM_RIGHTS,
		.cmsg_len = CMSG_LEN(sizeof(int)),
	};
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(int));
	return sendmsg(control_fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}

/* Reads the text of the answer's memfd, which the caller frees. */
static int read_memfd(int fd, char **ret_text, size_t *ret_length)
{
	_cleanup_free_ char *text = NULL;
	const int seals = fcntl(fd, F_GET_SEALS);
	struct stat status;
	size_t length;

	/* Files other than memfds have no seals. */
	if (seals < 0 || (seals & HELPER_REPLY_SEALS) != HELPER_REPLY_SEALS)
		return -EPROTO;
	if (fstat(fd, &status) < 0)
		return -errno;
	if (status.st_size > MEMFD_SIZE_MAX)
		return -EFBIG;
	length = (size_t)status.st_size;
	text = malloc(length + 1);
	if (!text)
		return -ENOMEM;
	if (pread(fd, text, length, 0) != (ssize_t)length)
		return -EIO;
	*ret_text = TAKE_PTR(text);
	*ret_length = length;
	return 0;
}

/*
 * Receives one reply; *ret_fd is the passed memfd or -1. Returns -EPIPE if the worker has gone,
 * -EMFILE if there was no descriptor for the memfd.
 */
static int receive_reply(int fd, char *text, size_t *ret_length, int *ret_fd)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = { .iov_base = text, .iov_len = HELPER_DATAGRAM_MAX };
	struct msghdr message = { .msg_iov = &iov,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  /* CMSG_SPACE() would have room for a second descriptor. */
				  .msg_controllen = CMSG_LEN(sizeof(int)) };
	struct cmsghdr *header;
	ssize_t length = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (length < 0 && (errno == EAGAIN || errno == EINTR))
		return -EAGAIN;
	if (length <= 0)
		return -EPIPE;
	header = CMSG_FIRSTHDR(&message);
	if (header && header->cmsg_type == SCM_RIGHTS && header->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(ret_fd, CMSG_DATA(header), sizeof(int));
	/* There were several, or the process had no descriptor for the only one. */
	if (message.msg_flags & MSG_CTRUNC)
		return *ret_fd >= 0 ? -EMSGSIZE : -EMFILE;
	if (message.msg_flags & MSG_TRUNC)
		return -EMSGSIZE;
	*ret_length = (size_t)length;
	return 0;
}

static void reading_end(struct reading *reading)
{
	json_parse_end(reading->parse);
	(void)json_object_put(reading->answer.data);
	free(reading->text);
	arena_deinit(&reading->arena);
	*reading = READING_NULL;
}

/* Tells what an answer lacks that was received: the system's resources, or sense. */
static int refusal_of(int error)
{
	return error == -ENOMEM || error == -EMFILE || error == -EPIPE || error == -EAGAIN
		       ? error
		       : -EPROTO;
}

/* Receives an answer; on_parse() parses its memfd in parts. */
static int read_answer(struct helper_session *session)
{
	struct reading *reading = &session->reading;
	_cleanup_free_ char *text = malloc(HELPER_DATAGRAM_MAX);
	_cleanup_close_ int memfd = -1;
	size_t length;
	int rc;

	if (!text)
		return -ENOMEM;
	rc = receive_reply(session->fd, text, &length, &memfd);
	if (rc == 0)
		rc = helper_reply_decode(text, length, &reading->arena, &reading->answer.reply);
	if (rc == 0 && memfd >= 0)
		rc = read_memfd(memfd, &reading->text, &length);
	if (rc == 0 && reading->text)
		rc = json_parse_begin(reading->text, length, &reading->parse);
	return rc < 0 ? refusal_of(rc) : 0;
}

/* Delivers the answer. The callback may free the session. */
static void finish(struct helper_session *session, int error)
{
	helper_answer_fn callback = session->callback;
	struct reading reading = session->reading;

	session->reading = READING_NULL;
	session->callback = NULL;
	/* A worker that died, or that sent without a request, is not read again. */
	session->dead = error || !callback;
	(void)sd_event_source_set_enabled(session->source,
					  session->dead ? SD_EVENT_OFF : SD_EVENT_ON);
	reading.answer.error = error;
	if (callback)
		callback(session->userdata, &reading.answer);
	reading_end(&reading);
}

/* Parses one part in each turn of the loop: the record of a host may have megabytes. */
static int on_parse(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct helper_session *session = userdata;
	struct reading *reading = &session->reading;
	int rc = json_parse_some(reading->parse, PARSE_AT_ONCE, &reading->answer.data);

	if (rc > 0)
		return 0;
	(void)sd_event_source_set_enabled(source, SD_EVENT_OFF);
	finish(session, rc < 0 ? refusal_of(rc) : 0);
	return 0;
}

static int on_session_readable(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct helper_session *session = userdata;
	int rc = read_answer(session);

	if (rc == -EAGAIN)
		return 0;
	if (rc < 0 || !session->reading.parse || !session->callback) {
		finish(session, rc);
		return 0;
	}
	/*
	 * Parses the answer before the socket is read again, where the end of the worker may
	 * follow.
	 */
	(void)sd_event_source_set_enabled(source, SD_EVENT_OFF);
	(void)sd_event_source_set_enabled(session->parse_source, SD_EVENT_ON);
	return 0;
}

int helper_session_new(struct helper_client *client, struct helper_session **ret_session)
{
	_cleanup_(cleanup_helper_session) struct helper_session *session = NULL;
	_cleanup_close_ int theirs = -1;
	int pair[2], rc;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	theirs = pair[1];
	session = calloc(1, sizeof(*session));
	if (!session) {
		(void)close(pair[0]);
		return -ENOMEM;
	}
	session->fd = pair[0];
	session->reading = READING_NULL;
	rc = turn_source_add(client->event, &session->parse_source, on_parse, session);
	if (rc < 0)
		return rc;
	rc = sd_event_add_io(client->event, &session->source, session->fd, EPOLLIN,
			     on_session_readable, session);
	/* A client waits for each answer, so answers come before other events. */
	if (rc >= 0)
		rc = sd_event_source_set_priority(session->source, SD_EVENT_PRIORITY_NORMAL - 10);
	if (rc < 0)
		return rc;
	rc = send_fd(client->control_fd, theirs);
	if (rc == -EPIPE || rc == -ECONNRESET)
		return -ESRCH;
	if (rc < 0)
		return rc;
	*ret_session = TAKE_PTR(session);
	return 0;
}

int helper_session_call(struct helper_session *session, const struct helper_request *request,
			helper_answer_fn callback, void *userdata)
{
	_cleanup_free_ char *text = NULL;
	int rc;

	if (session->callback)
		return -EBUSY;
	if (session->dead)
		return -EPIPE;
	rc = helper_request_encode(request, &text);
	if (rc < 0)
		return rc;
	if (send(session->fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return -errno;
	session->callback = callback;
	session->userdata = userdata;
	return 0;
}

void helper_session_give_up(struct helper_session *session)
{
	(void)shutdown(session->fd, SHUT_WR);
}

struct helper_session *helper_session_free(struct helper_session *session)
{
	if (!session)
		return NULL;
	(void)sd_event_source_disable_unref(session->source);
	(void)sd_event_source_disable_unref(session->parse_source);
	reading_end(&session->reading);
	cleanup_close(&session->fd);
	free(session);
	return NULL;
}
