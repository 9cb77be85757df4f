// SPDX-License-Identifier: GPL-2.0-only
/*
 * The other ends of all that an observer hears.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <cmocka.h>

#include "cxl/topology/topology-json.h"
#include "test/lib/fake-host.h"
#include "test/unit/daemon/observe/watch-post.h"
#include "util/cleanup.h"
#include "util/json.h"
#include "util/size.h"

/* ---- its senses ---- */

static int open_pair(int type, int *ret_ours)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
	*ret_ours = pair[0];
	return pair[1];
}

static int open_uevents(void *context)
{
	struct watch_post *post = context;

	post->heard_fd = open_pair(SOCK_DGRAM, &post->uevent_fd);
	return post->heard_fd;
}

static int open_watch(void *context)
{
	struct watch_post *post = context;

	return open_pair(SOCK_DGRAM, &post->watch_fd);
}

static bool udev_has_events(void *context)
{
	return ((struct watch_post *)context)->udev_has_events;
}

static bool udev_is_there(void *context)
{
	return ((struct watch_post *)context)->udev_is_there;
}

static void on_change(void *userdata, const struct snapshot *before, const struct snapshot *after)
{
	struct watch_post *post = userdata;

	post->snapshots++;
}

struct watch_post *watch_post_new(void)
{
	struct watch_post *post = calloc(1, sizeof(*post));
	const struct observer_listener listener = { on_change, post };
	struct observer_options options;

	assert_non_null(post);
	post->log = (struct log){ LOG_LEVEL_ERROR, "test" };
	post->time.now_ms = 100000;
	assert_true(sd_event_new(&post->event) >= 0);
	assert_int_equal(helper_client_attach(post->event, &post->log,
					      open_pair(SOCK_SEQPACKET, &post->control_fd),
					      &post->helper),
			 0);
	options = (struct observer_options){
		.log = &post->log,
		.boot = "boot",
		.helper = post->helper,
		.timekeeper = fake_time_keeper(&post->time),
		.senses = { open_uevents, open_watch, udev_has_events, udev_is_there, post },
	};
	assert_int_equal(observer_new(post->event, &options, NULL, &listener, &post->observer), 0);
	spin(post);
	return post;
}

void watch_post_free(struct watch_post *post)
{
	(void)observer_free(post->observer);
	(void)helper_client_free(post->helper);
	for (size_t i = 0; i < post->worker_count; i++)
		cleanup_close(&post->workers[i].fd);
	cleanup_close(&post->uevent_fd);
	cleanup_close(&post->watch_fd);
	cleanup_close(&post->control_fd);
	assert_int_equal(post->time.timers.count, 0);
	(void)sd_event_unref(post->event);
	free(post);
}

/* ---- workers ---- */

static int receive_fd(int control_fd)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	char byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &iov,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	int fd;

	if (recvmsg(control_fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) < 0)
		return -1;
	memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	return fd;
}

static void start_workers(struct watch_post *post)
{
	int fd;

	while ((fd = receive_fd(post->control_fd)) >= 0) {
		assert_true(post->worker_count < WORKERS_MAX);
		post->workers[post->worker_count++] = (struct worker){ .fd = fd };
	}
}

static void receive_request(struct worker *worker)
{
	char text[HELPER_DATAGRAM_MAX];
	ssize_t length = recv(worker->fd, text, sizeof(text), MSG_DONTWAIT);
	struct arena arena = ARENA_NULL;
	struct helper_request request;

	/* Nobody talks to the worker any more. */
	if (length == 0)
		cleanup_close(&worker->fd);
	if (length <= 0)
		return;
	assert_false(worker->asked);
	assert_int_equal(helper_request_decode(text, (size_t)length, &arena, &request), 0);
	worker->asked = true;
	worker->verb = request.verb;
	(void)snprintf(worker->object, sizeof(worker->object), "%s", request.object ?: "");
	arena_deinit(&arena);
}

void spin(struct watch_post *post)
{
	while (sd_event_run(post->event, 0) > 0)
		;
	start_workers(post);
	for (size_t i = 0; i < post->worker_count; i++)
		if (post->workers[i].fd >= 0)
			receive_request(&post->workers[i]);
}

void pass(struct watch_post *post, uint64_t milliseconds)
{
	fake_time_go(&post->time, post->time.now_ms + milliseconds);
	spin(post);
}

static int memfd_of(struct json_object *data)
{
	const char *text = json_object_to_json_string_ext(data, JSON_C_TO_STRING_PLAIN);
	const int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fcntl(fd, F_ADD_SEALS, HELPER_REPLY_SEALS), 0);
	return fd;
}

static void send_reply(int socket, const char *text, int memfd)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = { .iov_base = (char *)text, .iov_len = strlen(text) };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (memfd >= 0) {
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
		control.header = (struct cmsghdr){ .cmsg_level = SOL_SOCKET,
						   .cmsg_type = SCM_RIGHTS,
						   .cmsg_len = CMSG_LEN(sizeof(int)) };
		memcpy(CMSG_DATA(&control.header), &memfd, sizeof(memfd));
	}
	assert_true(sendmsg(socket, &message, MSG_NOSIGNAL) > 0);
}

void answer(struct watch_post *post, struct worker *worker, struct json_object *data, int error)
{
	const struct helper_reply reply = { .error = error };
	_cleanup_close_ int memfd = data ? memfd_of(data) : -1;
	_cleanup_free_ char *text = NULL;

	assert_true(worker->asked);
	worker->asked = false;
	assert_int_equal(helper_reply_encode(&reply, &text), 0);
	send_reply(worker->fd, text, memfd);
	spin(post);
}

void die(struct watch_post *post, struct worker *worker)
{
	worker->asked = false;
	cleanup_close(&worker->fd);
	spin(post);
}

struct worker *reader(struct watch_post *post)
{
	for (size_t i = 0; i < post->worker_count; i++)
		if (post->workers[i].asked && post->workers[i].verb == HELPER_SNAPSHOT)
			return &post->workers[i];
	fail_msg("nobody looks");
	return NULL;
}

bool looks(const struct watch_post *post)
{
	for (size_t i = 0; i < post->worker_count; i++)
		if (post->workers[i].asked && post->workers[i].verb == HELPER_SNAPSHOT)
			return true;
	return false;
}

void show(struct watch_post *post, int memdevs)
{
	const struct fake_host host = { .bridges = 1,
					.devices = { memdevs },
					.ram_size = 512 * SIZE_MIB };
	_cleanup_topology_ struct topology *topology = fake_host_new(&host);
	_cleanup_json_ struct json_object *record = topology_to_json(topology);

	assert_non_null(record);
	answer(post, reader(post), record, 0);
}

/* ---- what happens ---- */

void send_uevent(struct watch_post *post, const char *text, size_t length)
{
	assert_int_equal(send(post->uevent_fd, text, length, 0), length);
}

void lose_uevents(struct watch_post *post)
{
	_cleanup_close_ int file = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	/* No socket any more. */
	assert_int_equal(dup2(file, post->heard_fd), post->heard_fd);
}

void write_attribute(struct watch_post *post)
{
	const struct inotify_event event = { .mask = IN_CLOSE_WRITE };

	assert_int_equal(send(post->watch_fd, &event, sizeof(event), 0), sizeof(event));
}

static void on_answer(void *userdata, int error, struct snapshot *snapshot)
{
	struct asker *asker = userdata;

	asker->called++;
	asker->error = error;
	asker->topology = snapshot ? snapshot->topology : NULL;
}

void ask(struct watch_post *post, enum observer_age age, struct asker *asker)
{
	assert_int_equal(observer_ask(post->observer, age, on_answer, asker), 0);
	/* Never from within. */
	assert_int_equal(asker->called, 0);
	spin(post);
}
