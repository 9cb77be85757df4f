// SPDX-License-Identifier: GPL-2.0-only
/*
 * A server for tests and raw sockets to it. Called by the tests of the server.
 */
#include "test/unit/daemon/varlink/varlink-fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "util/array.h"
#include "util/cleanup.h"
#include "util/json.h"

/* ---- methods ---- */

static int on_echo(struct varlink_call *call, struct json_object *parameters, void *userdata)
{
	struct fixture *fixture = userdata;

	fixture->handled++;
	(void)varlink_call_reply(call, parameters);
	return 0;
}

static void on_close(struct varlink_call *call, void *userdata)
{
	struct fixture *fixture = userdata;

	fixture->closed++;
	assert_false(varlink_call_is_open(call));
}

static void on_forgotten(struct varlink_call *call, void *userdata)
{
	(void)userdata;
	(void)varlink_call_unref(call);
}

static int on_later(struct varlink_call *call, struct json_object *parameters, void *userdata)
{
	struct fixture *fixture = userdata;

	(void)parameters;
	fixture->handled++;
	assert_null(fixture->held);
	fixture->held = varlink_call_ref(call);
	varlink_call_on_close(call, on_close, fixture);
	return 0;
}

/* Answers when it is called for the second time. */
static int on_twice(struct varlink_call *call, struct json_object *parameters, void *userdata)
{
	struct fixture *fixture = userdata;

	fixture->handled++;
	if (fixture->held == call) {
		(void)varlink_call_reply(call, parameters);
		return 0;
	}
	fixture->held = varlink_call_ref(call);
	return 0;
}

static int on_keep(struct varlink_call *call, struct json_object *parameters, void *userdata)
{
	(void)parameters;
	(void)userdata;
	/* The call is let go when its client leaves. */
	varlink_call_on_close(varlink_call_ref(call), on_forgotten, NULL);
	return 0;
}

/* Counts to `to`; to 0: for ever, and the test sends the numbers. */
static int on_count(struct varlink_call *call, struct json_object *parameters, void *userdata)
{
	struct fixture *fixture = userdata;
	int to = 0;

	assert_int_equal(json_get_int(parameters, "to", &to), 0);
	fixture->handled++;
	if (to == 0) {
		fixture->stream = varlink_call_ref(call);
		varlink_call_on_close(call, on_close, fixture);
		return 0;
	}
	for (int at = 1; at <= to; at++) {
		char text[32];
		int length = snprintf(text, sizeof(text), "{\"at\":%d}", at);

		if (at < to)
			(void)varlink_call_notify_text(call, text, (size_t)length);
		else
			(void)varlink_call_reply_text(call, text, (size_t)length);
	}
	return 0;
}

static int on_fill(struct varlink_call *call, struct json_object *parameters, void *userdata)
{
	_cleanup_free_ char *text = NULL;
	uint64_t size = 0;

	(void)userdata;
	assert_int_equal(json_get_u64(parameters, "size", &size), 0);
	text = malloc(size + 16);
	assert_non_null(text);
	memcpy(text, "{\"text\":\"", 9);
	memset(text + 9, 'x', size);
	memcpy(text + 9 + size, "\"}", 2);
	(void)varlink_call_reply_text(call, text, size + 11);
	return 0;
}

static int on_fail(struct varlink_call *call, struct json_object *parameters, void *userdata)
{
	int code = 0;

	(void)call;
	(void)userdata;
	assert_int_equal(json_get_int(parameters, "code", &code), 0);
	return -code;
}

static int on_forget(struct varlink_call *call, struct json_object *parameters, void *userdata)
{
	(void)call;
	(void)parameters;
	(void)userdata;
	return 0;
}

static int on_wrong(struct varlink_call *call, struct json_object *parameters, void *userdata)
{
	static const char text[] = "{\"answer\":\"x\"}";

	(void)parameters;
	(void)userdata;
	assert_int_equal(varlink_call_reply_text(call, text, sizeof(text) - 1), -EBADMSG);
	assert_int_equal(varlink_call_reply(call, NULL), -EALREADY);
	return 0;
}

static int on_add(struct varlink_call *call, struct json_object *parameters, void *userdata)
{
	(void)parameters;
	(void)userdata;
	assert_int_equal(varlink_call_notify(call, NULL), -EPROTO);
	(void)varlink_call_error(call, "org.example.test.Broken", NULL);
	return 0;
}

static const struct varlink_method methods[] = {
	{ "org.example.test.Echo", on_echo, 0 },
	{ "org.example.test.Later", on_later, 0 },
	{ "org.example.test.Count", on_count, VARLINK_METHOD_NEEDS_MORE },
	{ "org.example.test.Fill", on_fill, 0 },
	{ "org.example.test.Add", on_add, 0 },
	{ "org.example.test.Fail", on_fail, 0 },
	{ "org.example.test.Forget", on_forget, 0 },
	{ "org.example.test.Keep", on_keep, 0 },
	{ "org.example.test.Twice", on_twice, 0 },
	{ "org.example.test.Wrong", on_wrong, 0 },
};

static int check_access(struct varlink_call *call, const struct varlink_method *method,
			struct json_object *parameters, void *userdata)
{
	const struct fixture *fixture = userdata;

	assert_string_equal(varlink_call_method(call), method->name);
	assert_int_equal(varlink_call_peer(call)->uid, getuid());
	assert_int_equal(varlink_call_peer(call)->pid, getpid());
	assert_non_null(parameters);
	return fixture->access;
}

/* ---- fixture ---- */

void fixture_start_with(struct fixture *fixture, struct varlink_server_options options)
{
	*fixture = (struct fixture){ .access = 0 };
	options.vendor = "Vendor";
	options.version = "1";
	options.check_replies = true;
	assert_int_equal(sd_event_new(&fixture->event), 0);
	assert_int_equal(varlink_server_new(fixture->event, &options, &fixture->server), 0);
	assert_int_equal(varlink_server_add_interfaces(fixture->server, test_interface_texts), 0);
	assert_int_equal(
		varlink_server_add_methods(fixture->server, methods, ARRAY_SIZE(methods), fixture),
		0);
	varlink_server_set_access(fixture->server, check_access, fixture);
}

void fixture_start(struct fixture *fixture)
{
	fixture_start_with(fixture, (struct varlink_server_options){ .connections_max = 0 });
}

void fixture_stop(struct fixture *fixture)
{
	(void)varlink_call_unref(fixture->held);
	(void)varlink_call_unref(fixture->stream);
	(void)varlink_server_free(fixture->server);
	(void)sd_event_unref(fixture->event);
}

struct varlink_server_stats fixture_stats(const struct fixture *fixture)
{
	struct varlink_server_stats stats;

	varlink_server_get_stats(fixture->server, &stats);
	return stats;
}

void fixture_run(struct fixture *fixture)
{
	int rc;

	while ((rc = sd_event_run(fixture->event, 0)) > 0)
		;
	assert_int_equal(rc, 0);
}

int connect_pair(struct fixture *fixture)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(varlink_server_add_connection(fixture->server, fds[1]), 0);
	return fds[0];
}

int connect_path(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	strcpy(address.sun_path, path);
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
		const int error = errno;

		(void)close(fd);
		return -error;
	}
	return fd;
}

void write_messages(int fd, const char *messages)
{
	_cleanup_free_ char *bytes = strdup(messages);
	const size_t size = strlen(messages) + 1;

	for (char *at = bytes; (at = strchr(at, '|')); at++)
		*at = '\0';
	assert_int_equal(send(fd, bytes, size, MSG_NOSIGNAL), (ssize_t)size);
}

char *read_messages(struct fixture *fixture, int fd)
{
	size_t size = 0, allocated = 4096;
	char *text = malloc(allocated);

	for (;;) {
		ssize_t received;

		fixture_run(fixture);
		received = recv(fd, text + size, allocated - size - 4, MSG_DONTWAIT);
		if (received < 0 && errno == EAGAIN)
			break;
		if (received <= 0) {
			memcpy(text + size, "EOF", 3);
			size += 3;
			break;
		}
		size += (size_t)received;
		if (allocated - size < 2048) {
			allocated *= 2;
			text = realloc(text, allocated);
		}
		assert_non_null(text);
	}
	for (size_t i = 0; i < size; i++)
		if (text[i] == '\0')
			text[i] = '|';
	text[size] = '\0';
	return text;
}

void expect_messages(struct fixture *fixture, int fd, const char *expected)
{
	_cleanup_free_ char *text = read_messages(fixture, fd);

	assert_string_equal(text, expected);
}

void exchange(struct fixture *fixture, int fd, const char *messages, const char *expected)
{
	write_messages(fd, messages);
	expect_messages(fixture, fd, expected);
}
