// SPDX-License-Identifier: GPL-2.0-only
/*
 * The server, seen from raw sockets: order, streams, oneway, clients that leave, read slowly, send
 * rubbish or come in crowds. Nothing sleeps: the loop is run until what is waited for has happened.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>
#include <systemd/sd-event.h>

#include "daemon/varlink/varlink-server.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/json.h"
#include "util/varlink-message.h"

/* quota.c */
#define CROWD 64

extern const struct varlink_interface_text test_interface_texts[];

struct fixture {
	struct sd_event *event;
	struct varlink_server *server;
	struct varlink_call *held;   /* by Later */
	struct varlink_call *stream; /* by Count without an end */
	unsigned int handled, closed;
	int access; /* what the access check says */
};

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
	/* Whoever leaves lets go of it. */
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

static void start_with(struct fixture *fixture, struct varlink_server_options options)
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

static void start(struct fixture *fixture)
{
	start_with(fixture, (struct varlink_server_options){ .connections_max = 0 });
}

static void stop(struct fixture *fixture)
{
	(void)varlink_call_unref(fixture->held);
	(void)varlink_call_unref(fixture->stream);
	(void)varlink_server_free(fixture->server);
	(void)sd_event_unref(fixture->event);
}

static struct varlink_server_stats stats(const struct fixture *fixture)
{
	struct varlink_server_stats stats;

	varlink_server_get_stats(fixture->server, &stats);
	return stats;
}

/* Runs the loop until it has nothing to do. */
static void run(struct fixture *fixture)
{
	int rc;

	while ((rc = sd_event_run(fixture->event, 0)) > 0)
		;
	assert_int_equal(rc, 0);
}

static int connect_pair(struct fixture *fixture)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(varlink_server_add_connection(fixture->server, fds[1]), 0);
	return fds[0];
}

/* With their NULs: the strings may hold several messages, parted by "|". */
static void write_messages(int fd, const char *messages)
{
	_cleanup_free_ char *bytes = strdup(messages);
	const size_t size = strlen(messages) + 1;

	for (char *at = bytes; (at = strchr(at, '|')); at++)
		*at = '\0';
	assert_int_equal(send(fd, bytes, size, MSG_NOSIGNAL), (ssize_t)size);
}

/* All that there is to read, with "|" for NUL, and "EOF" behind it at the end. */
static char *read_messages(struct fixture *fixture, int fd)
{
	size_t size = 0, allocated = 4096;
	char *text = malloc(allocated);

	for (;;) {
		ssize_t received;

		run(fixture);
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

static void expect_messages(struct fixture *fixture, int fd, const char *expected)
{
	_cleanup_free_ char *text = read_messages(fixture, fd);

	assert_string_equal(text, expected);
}

static void exchange(struct fixture *fixture, int fd, const char *messages, const char *expected)
{
	write_messages(fd, messages);
	expect_messages(fixture, fd, expected);
}

#define ECHO(text) "{\"method\":\"org.example.test.Echo\",\"parameters\":{\"text\":\"" text "\"}}"
#define LATER	   "{\"method\":\"org.example.test.Later\",\"parameters\":{\"text\":\"\"}}"
#define COUNT(number)                                                                              \
	"{\"method\":\"org.example.test.Count\",\"parameters\":{\"to\":" number "},\"more\":true}"
#define TEXT(text) "{\"parameters\":{\"text\":\"" text "\"}}|"
#define INVALID	   "{\"error\":\"org.varlink.service.InvalidParameter\",\"parameters\":"

/* ---- tests ---- */

static void test_service(void **state)
{
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *text = NULL;
	struct fixture fixture;

	(void)state;
	start(&fixture);
	fd = connect_pair(&fixture);
	fixture.access = -EACCES; /* does not matter here */
	exchange(
		&fixture, fd, "{\"method\":\"org.varlink.service.GetInfo\"}",
		"{\"parameters\":{\"vendor\":\"Vendor\",\"product\":\"\",\"version\":\"1\",\"url\":"
		"\"\",\"interfaces\":[\"org.varlink.service\",\"org.example.test\"]}}|");
	write_messages(fd, "{\"method\":\"org.varlink.service.GetInterfaceDescription\","
			   "\"parameters\":{\"interface\":\"org.example.test\"}}");
	text = read_messages(&fixture, fd);
	assert_non_null(
		strstr(text, "{\"description\":\"# An interface for tests: one of each.\\n"));
	exchange(&fixture, fd,
		 "{\"method\":\"org.varlink.service.GetInterfaceDescription\","
		 "\"parameters\":{\"interface\":\"a\\\"b\"}}",
		 "{\"error\":\"org.varlink.service.InterfaceNotFound\","
		 "\"parameters\":{\"interface\":\"a\\\"b\"}}|");
	stop(&fixture);
}

static void test_standard_errors(void **state)
{
	static const struct {
		const char *call, *answer;
	} cases[] = {
		{ "{\"method\":\"org.example.none.Echo\"}",
		  "{\"error\":\"org.varlink.service.InterfaceNotFound\","
		  "\"parameters\":{\"interface\":\"org.example.none\"}}|" },
		{ "{\"method\":\"Echo\"}", "{\"error\":\"org.varlink.service.InterfaceNotFound\","
					   "\"parameters\":{\"interface\":\"Echo\"}}|" },
		{ "{\"method\":\"org.example.test.None\"}",
		  "{\"error\":\"org.varlink.service.MethodNotFound\","
		  "\"parameters\":{\"method\":\"org.example.test.None\"}}|" },
		{ "{\"method\":\"org.example.test.Missing\"}",
		  "{\"error\":\"org.varlink.service.MethodNotImplemented\","
		  "\"parameters\":{\"method\":\"org.example.test.Missing\"}}|" },
		{ "{\"method\":\"org.example.test.Echo\"}",
		  INVALID "{\"parameter\":\"text\","
			  "\"problem\":\"parameters.text: missing, expected string\"}}|" },
		{ "{\"method\":\"org.example.test.Echo\",\"parameters\":{\"text\":\"\",\"text\":"
		  "\"\"}}",
		  INVALID "{\"parameter\":\"parameters\","
			  "\"problem\":\"a name is there twice in one object\"}}|" },
		{ "{\"method\":\"org.example.test.Echo\",\"parameters\":{\"text\":\"\"},"
		  "\"upgrade\":true}",
		  INVALID "{\"parameter\":\"upgrade\",\"problem\":\"not supported\"}}|" },
		{ "{\"method\":\"org.example.test.Count\",\"parameters\":{\"to\":1}}",
		  "{\"error\":\"org.varlink.service.ExpectedMore\",\"parameters\":{}}|" },
		{ "{\"method\":\"org.example.test.Fail\",\"parameters\":{\"code\":13}}",
		  "{\"error\":\"org.varlink.service.PermissionDenied\",\"parameters\":{}}|" },
		{ "{\"method\":\"org.example.test.Fail\",\"parameters\":{\"code\":28}}",
		  "{\"error\":\"io.systemd.System\",\"parameters\":{\"origin\":\"linux\","
		  "\"errno\":28,\"errnoName\":\"ENOSPC\"}}|" },
		{ "{\"method\":\"org.example.test.Forget\"}",
		  "{\"error\":\"io.systemd.System\",\"parameters\":{\"origin\":\"linux\","
		  "\"errno\":5,\"errnoName\":\"EIO\"}}|" },
		{ "{\"method\":\"org.example.test.Wrong\"}",
		  "{\"error\":\"io.systemd.System\",\"parameters\":{\"origin\":\"linux\","
		  "\"errno\":74,\"errnoName\":\"EBADMSG\"}}|" },
		{ "{\"method\":\"org.example.test.Add\",\"parameters\":{\"devices\":[],"
		  "\"kind\":\"ram\"}}",
		  "{\"error\":\"io.systemd.System\",\"parameters\":{\"origin\":\"linux\","
		  "\"errno\":74,\"errnoName\":\"EBADMSG\"}}|" },
	};
	_cleanup_close_ int fd = -1;
	struct fixture fixture;

	(void)state;
	start(&fixture);
	fd = connect_pair(&fixture);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		exchange(&fixture, fd, cases[i].call, cases[i].answer);
	/* None of these ends the connection. */
	exchange(&fixture, fd, ECHO("x"), TEXT("x"));
	assert_int_equal(stats(&fixture).connections_dropped, 0);
	stop(&fixture);
}

static void test_access(void **state)
{
	_cleanup_close_ int fd = -1;
	struct fixture fixture;

	(void)state;
	start(&fixture);
	fd = connect_pair(&fixture);
	fixture.access = -EACCES;
	exchange(&fixture, fd, ECHO("x"),
		 "{\"error\":\"org.varlink.service.PermissionDenied\",\"parameters\":{}}|");
	assert_int_equal(fixture.handled, 0);
	fixture.access = 0;
	exchange(&fixture, fd, ECHO("x"), TEXT("x"));
	stop(&fixture);
}

static void test_order(void **state)
{
	_cleanup_close_ int fd = -1;
	struct fixture fixture;

	(void)state;
	start(&fixture);
	fd = connect_pair(&fixture);
	exchange(&fixture, fd, ECHO("1") "|" LATER "|" ECHO("3") "|" ECHO("4"), TEXT("1"));
	assert_int_equal(fixture.handled, 2);
	assert_true(varlink_call_is_open(fixture.held));
	assert_int_equal(varlink_call_reply_text(fixture.held, "{\"text\":\"2\"}", 12), 0);
	assert_false(varlink_call_is_open(fixture.held));
	assert_int_equal(varlink_call_reply(fixture.held, NULL), -EALREADY);
	/* The answer is out already, the others come when the loop runs. */
	assert_int_equal(fixture.handled, 2);
	expect_messages(&fixture, fd, TEXT("2") TEXT("3") TEXT("4"));
	assert_int_equal(fixture.closed, 0);
	stop(&fixture);
}

#define TWICE(text) "{\"method\":\"org.example.test.Twice\",\"parameters\":{\"text\":\"" text "\"}}"

/* What a call has waited for is there: it is handled in its turn, if there is still somebody. */
static void test_again(void **state)
{
	_cleanup_close_ int fd = -1;
	struct fixture fixture;

	(void)state;
	start(&fixture);
	fd = connect_pair(&fixture);
	exchange(&fixture, fd, TWICE("1") "|" ECHO("2"), "");
	varlink_call_again(fixture.held);
	varlink_call_again(fixture.held);
	assert_int_equal(fixture.handled, 1);
	expect_messages(&fixture, fd, TEXT("1") TEXT("2"));
	assert_int_equal(fixture.handled, 3);
	varlink_call_again(fixture.held);
	fixture.held = varlink_call_unref(fixture.held);
	exchange(&fixture, fd, TWICE("3"), "");
	varlink_call_again(fixture.held);
	assert_int_equal(varlink_call_error_errno(fixture.held, ENOSPC), 0);
	fixture.held = varlink_call_unref(fixture.held);
	exchange(&fixture, fd, TWICE("4"),
		 "{\"error\":\"io.systemd.System\",\"parameters\":{\"origin\":\"linux\","
		 "\"errno\":28,\"errnoName\":\"ENOSPC\"}}|");
	varlink_call_again(fixture.held);
	(void)close(TAKE_FD(fd));
	run(&fixture);
	assert_int_equal(stats(&fixture).connection_count, 0);
	assert_int_equal(stats(&fixture).bytes_kept, 0);
	stop(&fixture);
}

/* More calls at once than one turn handles, cut anywhere. */
static void test_pipeline(void **state)
{
	_cleanup_close_ int fd = -1;
	struct fixture fixture;
	const char call[] = ECHO("x");
	char calls[500 * sizeof(call)];

	(void)state;
	start(&fixture);
	fd = connect_pair(&fixture);
	for (size_t i = 0; i < 500; i++)
		memcpy(calls + i * sizeof(call), call, sizeof(call));
	assert_int_equal(send(fd, calls, sizeof(calls), 0), sizeof(calls));
	run(&fixture);
	assert_int_equal(fixture.handled, 500);
	for (size_t i = 0; i < sizeof(call); i++) {
		assert_int_equal(send(fd, call + i, 1, 0), 1);
		run(&fixture);
	}
	assert_int_equal(fixture.handled, 501);
	stop(&fixture);
}

static void test_more(void **state)
{
	_cleanup_close_ int fd = -1;
	struct fixture fixture;

	(void)state;
	start(&fixture);
	fd = connect_pair(&fixture);
	exchange(&fixture, fd, COUNT("3") "|" ECHO("x"),
		 "{\"parameters\":{\"at\":1},\"continues\":true}|"
		 "{\"parameters\":{\"at\":2},\"continues\":true}|"
		 "{\"parameters\":{\"at\":3}}|" TEXT("x"));
	exchange(&fixture, fd, COUNT("0") "|" ECHO("y"), "");
	assert_true(varlink_call_wants_more(fixture.stream));
	assert_int_equal(varlink_call_notify_text(fixture.stream, "{\"at\":7}", 8), 0);
	expect_messages(&fixture, fd, "{\"parameters\":{\"at\":7},\"continues\":true}|");
	assert_int_equal(
		varlink_call_error(fixture.stream, "org.varlink.service.ExpectedMore", NULL), 0);
	expect_messages(
		&fixture, fd,
		"{\"error\":\"org.varlink.service.ExpectedMore\",\"parameters\":{}}|" TEXT("y"));
	stop(&fixture);
}

static void test_oneway(void **state)
{
	_cleanup_close_ int fd = -1;
	struct fixture fixture;

	(void)state;
	start(&fixture);
	fd = connect_pair(&fixture);
	exchange(&fixture, fd,
		 "{\"method\":\"org.example.test.Echo\",\"parameters\":{\"text\":\"1\"},"
		 "\"oneway\":true}|"
		 "{\"method\":\"org.example.test.None\",\"oneway\":true}|" ECHO("2"),
		 TEXT("2"));
	assert_int_equal(fixture.handled, 2);
	/* Also when nobody is there any more at the time it is read. */
	write_messages(fd, "{\"method\":\"org.example.test.Echo\",\"parameters\":{\"text\":\"1\"},"
			   "\"oneway\":true}|" ECHO("x"));
	(void)close(TAKE_FD(fd));
	run(&fixture);
	assert_int_equal(fixture.handled, 4);
	assert_int_equal(stats(&fixture).connection_count, 0);
	assert_int_equal(stats(&fixture).bytes_buffered, 0);
	stop(&fixture);
}

static void test_client_leaves(void **state)
{
	_cleanup_close_ int fd = -1;
	struct fixture fixture;

	(void)state;
	start(&fixture);
	fd = connect_pair(&fixture);
	exchange(&fixture, fd, LATER "|" ECHO("never"), "");
	(void)close(TAKE_FD(fd));
	assert_int_equal(fixture.closed, 0);
	run(&fixture);
	assert_int_equal(fixture.closed, 1);
	assert_int_equal(fixture.handled, 1);
	assert_int_equal(stats(&fixture).connection_count, 0);
	assert_int_equal(varlink_call_reply(fixture.held, NULL), -ENOTCONN);
	assert_int_equal(varlink_call_notify(fixture.held, NULL), -ENOTCONN);
	assert_int_equal(varlink_call_error_errno(fixture.held, EIO), -ENOTCONN);
	assert_string_equal(varlink_call_method(fixture.held), "org.example.test.Later");
	stop(&fixture);
}

/* Leaves while an answer is given: nothing is freed inside of the answer. */
static void test_answer_to_the_dead(void **state)
{
	_cleanup_close_ int fd = -1;
	struct fixture fixture;

	(void)state;
	start(&fixture);
	fd = connect_pair(&fixture);
	exchange(&fixture, fd, COUNT("0"), "");
	(void)close(TAKE_FD(fd));
	assert_int_equal(varlink_call_notify_text(fixture.stream, "{\"at\":1}", 8), 0);
	assert_int_equal(varlink_call_notify_text(fixture.stream, "{\"at\":1}", 8), 0);
	assert_int_equal(fixture.closed, 0);
	run(&fixture);
	assert_int_equal(fixture.closed, 1);
	assert_int_equal(stats(&fixture).connection_count, 0);
	stop(&fixture);
}

/* `printf ... | nc -N`: says that nothing more will come, and waits for the answers. */
static void test_half_close(void **state)
{
	_cleanup_close_ int fd = -1;
	struct fixture fixture;

	(void)state;
	start(&fixture);
	fd = connect_pair(&fixture);
	write_messages(fd, ECHO("1") "|" LATER);
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	expect_messages(&fixture, fd, TEXT("1"));
	assert_int_equal(fixture.closed, 0);
	assert_int_equal(varlink_call_reply_text(fixture.held, "{\"text\":\"2\"}", 12), 0);
	expect_messages(&fixture, fd, TEXT("2") "EOF");
	assert_int_equal(stats(&fixture).connection_count, 0);
	stop(&fixture);
}

static void test_server_goes(void **state)
{
	_cleanup_close_ int fd = -1;
	struct fixture fixture;
	char byte;

	(void)state;
	start(&fixture);
	fd = connect_pair(&fixture);
	exchange(&fixture, fd, LATER, "");
	fixture.server = varlink_server_free(fixture.server);
	assert_int_equal(fixture.closed, 1);
	assert_int_equal(recv(fd, &byte, 1, 0), 0);
	assert_int_equal(varlink_call_reply(fixture.held, NULL), -ENOTCONN);
	stop(&fixture);
}

static void test_garbage(void **state)
{
	static const char *const garbage[] = {
		"",
		"GET / HTTP/1.1",
		"{}",
		"[]",
		"{\"method\":1}",
		ECHO("x") "x",
		"{\"method\":\"org.example.test.Echo\",\"parameters\":{\"text\":\"\xff\"}}",
	};
	struct fixture fixture;

	(void)state;
	start(&fixture);
	for (size_t i = 0; i < ARRAY_SIZE(garbage); i++) {
		_cleanup_close_ int fd = connect_pair(&fixture);
		_cleanup_free_ char *messages = NULL;

		assert_true(asprintf(&messages, "%s|%s|%s", ECHO("x"), garbage[i], ECHO("y")) > 0);
		exchange(&fixture, fd, messages,
			 TEXT("x") INVALID "{\"parameter\":\"message\"}}|EOF");
	}
	assert_int_equal(stats(&fixture).connections_dropped, ARRAY_SIZE(garbage));
	assert_int_equal(stats(&fixture).connection_count, 0);
	stop(&fixture);
}

/* Sends without end as much as is taken; what the server keeps stays small. */
static void test_endless_message(void **state)
{
	_cleanup_close_ int fd = -1;
	struct fixture fixture;
	char chunk[16384];
	size_t sent = 0;

	(void)state;
	memset(chunk, ' ', sizeof(chunk));
	start(&fixture);
	fd = connect_pair(&fixture);
	while (sent < 16 * VARLINK_CALL_SIZE_MAX) {
		ssize_t size = send(fd, chunk, sizeof(chunk), MSG_NOSIGNAL | MSG_DONTWAIT);

		if (size > 0)
			sent += (size_t)size;
		else if (errno != EAGAIN)
			break;
		run(&fixture);
		assert_true(stats(&fixture).bytes_buffered <= VARLINK_CALL_SIZE_MAX + 4096);
	}
	assert_true(sent < 3 * VARLINK_CALL_SIZE_MAX);
	assert_int_equal(stats(&fixture).connection_count, 0);
	assert_int_equal(stats(&fixture).connections_dropped, 1);
	stop(&fixture);
}

static void test_large_answers(void **state)
{
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *large = NULL, *over = NULL;
	struct fixture fixture;

	(void)state;
	start_with(&fixture, (struct varlink_server_options){ .stream_bytes_max = 4096 });
	fd = connect_pair(&fixture);
	/* A reply may be larger than what a stream may pile up; the next call waits. */
	write_messages(
		fd,
		"{\"method\":\"org.example.test.Fill\",\"parameters\":{\"size\":3000000}}|" ECHO(
			"x"));
	large = read_messages(&fixture, fd);
	assert_int_equal(strlen(large), 3000000 + 27 + strlen(TEXT("x")));
	write_messages(fd, "{\"method\":\"org.example.test.Fill\","
			   "\"parameters\":{\"size\":16777216}}");
	over = read_messages(&fixture, fd);
	assert_string_equal(over, "{\"error\":\"io.systemd.System\",\"parameters\":{\"origin\":"
				  "\"linux\",\"errno\":90,\"errnoName\":\"EMSGSIZE\"}}|");
	assert_int_equal(stats(&fixture).bytes_buffered, 0);
	stop(&fixture);
}

static void test_slow_reader(void **state)
{
	_cleanup_close_ int fd = -1;
	struct fixture fixture;
	int rc = 0;

	(void)state;
	start_with(&fixture, (struct varlink_server_options){ .stream_bytes_max = 65536 });
	fd = connect_pair(&fixture);
	exchange(&fixture, fd, COUNT("0"), "");
	for (int i = 0; rc == 0 && i < 1000000; i++)
		rc = varlink_call_notify_text(fixture.stream, "{\"at\":1}", 8);
	assert_int_equal(rc, -ENOBUFS);
	/* It hears of that from the loop, not from inside of the notification. */
	assert_int_equal(fixture.closed, 0);
	assert_true(stats(&fixture).bytes_buffered <= 2 * 65536);
	run(&fixture);
	assert_int_equal(fixture.closed, 1);
	assert_int_equal(stats(&fixture).connections_dropped, 1);
	assert_int_equal(stats(&fixture).connection_count, 0);
	stop(&fixture);
}

static void run_until_dropped(struct fixture *fixture)
{
	while (stats(fixture).connection_count > 0)
		assert_true(sd_event_run(fixture->event, UINT64_MAX) >= 0);
	assert_int_equal(stats(fixture).connections_dropped, 1);
}

static void test_half_message_times_out(void **state)
{
	_cleanup_close_ int fd = -1;
	struct fixture fixture;

	(void)state;
	start_with(&fixture, (struct varlink_server_options){ .stall_timeout_usec = 1000 });
	fd = connect_pair(&fixture);
	exchange(&fixture, fd, ECHO("x"), TEXT("x"));
	assert_int_equal(send(fd, "{\"met", 5, 0), 5);
	run_until_dropped(&fixture);
	stop(&fixture);
}

static void test_unread_answer_times_out(void **state)
{
	_cleanup_close_ int fd = -1;
	struct fixture fixture;

	(void)state;
	start_with(&fixture, (struct varlink_server_options){ .stall_timeout_usec = 1000 });
	fd = connect_pair(&fixture);
	write_messages(fd,
		       "{\"method\":\"org.example.test.Fill\",\"parameters\":{\"size\":3000000}}");
	run_until_dropped(&fixture);
	stop(&fixture);
}

/* While a call runs nobody is late: neither its client nor one that has queued half a message. */
static void test_running_call_has_time(void **state)
{
	_cleanup_close_ int fd = -1, stalled = -1;
	struct fixture fixture;

	(void)state;
	start_with(&fixture, (struct varlink_server_options){ .stall_timeout_usec = 1000 });
	fd = connect_pair(&fixture);
	exchange(&fixture, fd, LATER "|{\"meth", "");
	/* Another one's time passes meanwhile. */
	stalled = connect_pair(&fixture);
	assert_int_equal(send(stalled, "{", 1, 0), 1);
	while (stats(&fixture).connection_count > 1)
		assert_true(sd_event_run(fixture.event, UINT64_MAX) >= 0);
	assert_true(varlink_call_is_open(fixture.held));
	stop(&fixture);
}

/* One more than a user may have is told so, and gets in when another has gone. */
static void test_connections_of_a_user(void **state)
{
	/* Root may have half of all, others a quarter: daemon/quota.h. */
	const size_t share = getuid() == 0 ? 4 : 2;
	_cleanup_close_ int first = -1, refused = -1;
	struct fixture fixture;
	int fds[8], more[2];

	(void)state;
	start_with(&fixture, (struct varlink_server_options){ .connections_max = ARRAY_SIZE(fds),
							      .too_many_error = "a.b.TooMany" });
	first = connect_pair(&fixture);
	for (size_t i = 1; i < share; i++)
		fds[i] = connect_pair(&fixture);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, more), 0);
	refused = more[0];
	assert_int_equal(varlink_server_add_connection(fixture.server, more[1]), -EDQUOT);
	assert_int_equal(stats(&fixture).connections_refused, 1);
	expect_messages(&fixture, refused, "{\"error\":\"a.b.TooMany\",\"parameters\":{}}|");
	(void)close(TAKE_FD(first));
	run(&fixture);
	assert_int_equal(varlink_server_add_connection(fixture.server, more[1]), 0);
	exchange(&fixture, refused, ECHO("x"), TEXT("x"));
	for (size_t i = 1; i < share; i++)
		(void)close(fds[i]);
	stop(&fixture);
}

/* Of a user who has more unread than he may, the answer that is unread for longest goes. */
static void test_unread_answers_of_a_user(void **state)
{
#define LARGE "{\"method\":\"org.example.test.Fill\",\"parameters\":{\"size\":7000000}}"
	_cleanup_close_ int first = -1, second = -1, third = -1;
	_cleanup_free_ char *cut = NULL, *whole = NULL;
	struct fixture fixture;

	(void)state;
	start(&fixture);
	first = connect_pair(&fixture);
	second = connect_pair(&fixture);
	third = connect_pair(&fixture);
	write_messages(first, LARGE);
	run(&fixture);
	assert_int_equal(stats(&fixture).connections_dropped, 0);
	write_messages(second, LARGE);
	run(&fixture);
	write_messages(third, LARGE);
	run(&fixture);
	assert_true(stats(&fixture).bytes_buffered <= 16000000);
	assert_int_equal(stats(&fixture).connection_count + stats(&fixture).connections_dropped, 3);
	cut = read_messages(&fixture, first);
	assert_string_equal(cut + strlen(cut) - 3, "EOF");
	whole = read_messages(&fixture, third);
	assert_int_equal(strlen(whole), 7000000 + 27);
	stop(&fixture);
}

/* What calls that wait have said is kept: of one user only so much. */
static void test_kept_parameters_of_a_user(void **state)
{
	/* Some 130 bytes for each of these values; 4 MiB for a user, 6 for root. */
	const size_t values = 10000, waiting_max = getuid() == 0 ? 4 : 3;
	_cleanup_free_ char *call = malloc(128 + 2 * values);
	struct fixture fixture;
	int fds[8];
	char *at;

	(void)state;
	at = stpcpy(call, "{\"method\":\"org.example.test.Keep\",\"parameters\":{\"values\":[1");
	for (size_t i = 1; i < values; i++)
		at = stpcpy(at, ",1");
	(void)strcpy(at, "]}}");
	start_with(&fixture, (struct varlink_server_options){ .too_many_error = "a.b.TooMany" });
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		fds[i] = connect_pair(&fixture);
		exchange(&fixture, fds[i], call,
			 i < waiting_max ? "" : "{\"error\":\"a.b.TooMany\",\"parameters\":{}}|");
	}
	/* Another call may be waited for all the same, and whoever leaves makes room. */
	exchange(&fixture, fds[7], LATER, "");
	(void)close(fds[0]);
	run(&fixture);
	exchange(&fixture, fds[6], call, "");
	for (size_t i = 1; i < ARRAY_SIZE(fds); i++)
		(void)close(fds[i]);
	run(&fixture);
	assert_int_equal(stats(&fixture).bytes_kept, 0);
	stop(&fixture);
}

static int connect_path(const char *path)
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

static void test_listen(void **state)
{
	char directory[] = "/tmp/test-varlink-server-XXXXXX", path[64];
	_cleanup_close_ int fd = -1;
	struct fixture fixture, other;
	struct stat status;

	(void)state;
	assert_non_null(mkdtemp(directory));
	(void)snprintf(path, sizeof(path), "%s/socket", directory);
	start(&fixture);
	start(&other);
	assert_int_equal(varlink_server_listen_path(fixture.server, path, 0660), 0);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0660);
	assert_int_equal(varlink_server_listen_path(other.server, path, 0660), -EADDRINUSE);
	run(&fixture);
	fd = connect_path(path);
	assert_true(fd >= 0);
	exchange(&fixture, fd, ECHO("x"), TEXT("x"));
	stop(&fixture);
	stop(&other);
	assert_int_equal(connect_path(path), -ENOENT);
	assert_int_equal(rmdir(directory), 0);
}

/* What a dead process left behind is replaced; any other file is not. */
static void test_listen_on_leftovers(void **state)
{
	char directory[] = "/tmp/test-varlink-server-XXXXXX", path[64], kept[64];
	_cleanup_close_ int fd = -1;
	struct fixture fixture;

	(void)state;
	assert_non_null(mkdtemp(directory));
	(void)snprintf(path, sizeof(path), "%s/socket", directory);
	(void)snprintf(kept, sizeof(kept), "%s/kept", directory);
	start(&fixture);
	assert_int_equal(varlink_server_listen_path(fixture.server, path, 0600), 0);
	assert_int_equal(rename(path, kept), 0);
	stop(&fixture);
	assert_int_equal(connect_path(kept), -ECONNREFUSED);
	start(&fixture);
	assert_int_equal(varlink_server_listen_path(fixture.server, kept, 0600), 0);
	stop(&fixture);
	assert_int_equal(connect_path(kept), -ENOENT);
	fd = creat(path, 0600);
	assert_true(fd >= 0);
	start(&fixture);
	assert_int_equal(varlink_server_listen_path(fixture.server, path, 0600), -EADDRINUSE);
	assert_int_equal(varlink_server_listen_fd(fixture.server, fd), -ENOTSOCK);
	stop(&fixture);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(directory), 0);
}

/* A socket that was handed to us, as systemd does it. */
static void test_listen_fd(void **state)
{
	const struct sockaddr_un any = { .sun_family = AF_UNIX };
	struct sockaddr_un address;
	socklen_t size = sizeof(address);
	_cleanup_close_ int client = -1;
	struct fixture fixture;
	int fd;

	(void)state;
	start(&fixture);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(varlink_server_listen_fd(fixture.server, fd), -EINVAL);
	/* A name in the abstract namespace that the kernel chooses. */
	assert_int_equal(bind(fd, (const struct sockaddr *)&any, sizeof(sa_family_t)), 0);
	assert_int_equal(listen(fd, 10), 0);
	assert_int_equal(varlink_server_listen_fd(fixture.server, fd), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(client, (const struct sockaddr *)&address, size), 0);
	exchange(&fixture, client, ECHO("x"), TEXT("x"));
	stop(&fixture);
}

/* As many as a user may have, and all say nothing: no buffers, and nothing for the loop to do. */
static void test_crowd(void **state)
{
	struct fixture fixture;
	int fds[CROWD];

	(void)state;
	start(&fixture);
	for (int i = 0; i < CROWD; i++) {
		fds[i] = connect_pair(&fixture);
		exchange(&fixture, fds[i], ECHO("x"), TEXT("x"));
	}
	assert_int_equal(stats(&fixture).connection_count, CROWD);
	assert_int_equal(stats(&fixture).bytes_buffered, 0);
	assert_int_equal(sd_event_run(fixture.event, 0), 0);
	exchange(&fixture, fds[CROWD / 2], ECHO("y"), TEXT("y"));
	for (int i = 0; i < CROWD; i++)
		(void)close(fds[i]);
	run(&fixture);
	assert_int_equal(stats(&fixture).connection_count, 0);
	stop(&fixture);
}

/* Who is ready is served once before anybody is twice. */
static void test_turns(void **state)
{
	const char call[] = ECHO("x");
	char calls[500 * sizeof(call)];
	struct fixture fixture;
	int greedy, fd;

	(void)state;
	start(&fixture);
	greedy = connect_pair(&fixture);
	fd = connect_pair(&fixture);
	for (size_t i = 0; i < 500; i++)
		memcpy(calls + i * sizeof(call), call, sizeof(call));
	assert_int_equal(send(greedy, calls, sizeof(calls), 0), sizeof(calls));
	write_messages(fd, ECHO("y"));
	while (recv(fd, calls, sizeof(calls), MSG_DONTWAIT) < 0)
		assert_true(sd_event_run(fixture.event, 0) > 0);
	/* A turn of the loop may have several rounds, and the greedy one had one more. */
	assert_true(fixture.handled < 500);
	(void)close(greedy);
	(void)close(fd);
	stop(&fixture);
}

/* Without descriptors nobody can be accepted: that is tried again, and not all the time. */
static void test_no_descriptors(void **state)
{
	char directory[] = "/tmp/test-varlink-server-XXXXXX", path[64];
	_cleanup_close_ int client = -1, spare = -1;
	struct rlimit limit, before;
	struct fixture fixture;

	(void)state;
	assert_non_null(mkdtemp(directory));
	(void)snprintf(path, sizeof(path), "%s/socket", directory);
	start(&fixture);
	assert_int_equal(varlink_server_listen_path(fixture.server, path, 0660), 0);
	client = connect_path(path);
	assert_true(client >= 0);
	spare = dup(client);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	limit = before;
	limit.rlim_cur = (rlim_t)spare;
	(void)close(TAKE_FD(spare));
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	run(&fixture);
	assert_int_equal(stats(&fixture).connection_count, 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	/* Nothing happens but that time goes on. */
	while (stats(&fixture).connection_count == 0)
		assert_true(sd_event_run(fixture.event, UINT64_MAX) >= 0);
	exchange(&fixture, client, ECHO("x"), TEXT("x"));
	stop(&fixture);
	assert_int_equal(rmdir(directory), 0);
}

static void test_tables(void **state)
{
	static const char bad[] = "interface a.b\nmethod";
	static const struct varlink_method unknown = { "org.example.test.None", on_echo, 0 };
	static const struct varlink_method twice = { "org.example.test.Echo", on_echo, 0 };
	struct fixture fixture;

	(void)state;
	start(&fixture);
	assert_int_equal(varlink_server_add_interface(fixture.server, bad, sizeof(bad) - 1),
			 -EINVAL);
	assert_int_equal(varlink_server_add_interfaces(fixture.server, test_interface_texts),
			 -EEXIST);
	assert_int_equal(varlink_server_add_methods(fixture.server, &unknown, 1, NULL), -ENOENT);
	assert_int_equal(varlink_server_add_methods(fixture.server, &twice, 1, NULL), -EEXIST);
	stop(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_service),
		cmocka_unit_test(test_standard_errors),
		cmocka_unit_test(test_access),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_pipeline),
		cmocka_unit_test(test_more),
		cmocka_unit_test(test_oneway),
		cmocka_unit_test(test_client_leaves),
		cmocka_unit_test(test_answer_to_the_dead),
		cmocka_unit_test(test_half_close),
		cmocka_unit_test(test_server_goes),
		cmocka_unit_test(test_garbage),
		cmocka_unit_test(test_endless_message),
		cmocka_unit_test(test_large_answers),
		cmocka_unit_test(test_slow_reader),
		cmocka_unit_test(test_half_message_times_out),
		cmocka_unit_test(test_unread_answer_times_out),
		cmocka_unit_test(test_running_call_has_time),
		cmocka_unit_test(test_connections_of_a_user),
		cmocka_unit_test(test_unread_answers_of_a_user),
		cmocka_unit_test(test_kept_parameters_of_a_user),
		cmocka_unit_test(test_listen),
		cmocka_unit_test(test_listen_on_leftovers),
		cmocka_unit_test(test_listen_fd),
		cmocka_unit_test(test_crowd),
		cmocka_unit_test(test_turns),
		cmocka_unit_test(test_no_descriptors),
		cmocka_unit_test(test_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
