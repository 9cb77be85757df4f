// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the server says, seen from raw sockets: order, streams, oneway, clients that leave or send
 * rubbish, and the sockets that it listens on. What a client may hold, and for how long, is in
 * test-varlink-limits.c.
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
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/varlink/varlink-server.h"
#include "test/unit/daemon/varlink/varlink-fixture.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/clock.h"

#define INVALID "{\"error\":\"org.varlink.service.InvalidParameter\",\"parameters\":"

static void test_service(void **state)
{
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *text = NULL;
	struct fixture fixture;

	(void)state;
	fixture_start(&fixture);
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
	fixture_stop(&fixture);
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
			  "\"problem\":\"a name appears twice in one object\"}}|" },
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
	fixture_start(&fixture);
	fd = connect_pair(&fixture);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		exchange(&fixture, fd, cases[i].call, cases[i].answer);
	/* None of these ends the connection. */
	exchange(&fixture, fd, ECHO("x"), TEXT("x"));
	assert_int_equal(fixture_stats(&fixture).connections_dropped, 0);
	fixture_stop(&fixture);
}

static void test_access(void **state)
{
	_cleanup_close_ int fd = -1;
	struct fixture fixture;

	(void)state;
	fixture_start(&fixture);
	fd = connect_pair(&fixture);
	fixture.access = -EACCES;
	exchange(&fixture, fd, ECHO("x"),
		 "{\"error\":\"org.varlink.service.PermissionDenied\",\"parameters\":{}}|");
	assert_int_equal(fixture.handled, 0);
	fixture.access = 0;
	exchange(&fixture, fd, ECHO("x"), TEXT("x"));
	fixture_stop(&fixture);
}

static void test_order(void **state)
{
	_cleanup_close_ int fd = -1;
	struct fixture fixture;

	(void)state;
	fixture_start(&fixture);
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
	fixture_stop(&fixture);
}

#define TWICE(text) "{\"method\":\"org.example.test.Twice\",\"parameters\":{\"text\":\"" text "\"}}"

/* What a call has waited for is there: the call is handled in its turn, if the client is still
 * there. */
static void test_again(void **state)
{
	_cleanup_close_ int fd = -1;
	struct fixture fixture;

	(void)state;
	fixture_start(&fixture);
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
	fixture_run(&fixture);
	assert_int_equal(fixture_stats(&fixture).connection_count, 0);
	assert_int_equal(fixture_stats(&fixture).bytes_kept, 0);
	fixture_stop(&fixture);
}

/* More calls at once than one turn handles, cut anywhere. */
static void test_pipeline(void **state)
{
	_cleanup_close_ int fd = -1;
	struct fixture fixture;
	const char call[] = ECHO("x");
	char calls[500 * sizeof(call)];

	(void)state;
	fixture_start(&fixture);
	fd = connect_pair(&fixture);
	for (size_t i = 0; i < 500; i++)
		memcpy(calls + i * sizeof(call), call, sizeof(call));
	assert_int_equal(send(fd, calls, sizeof(calls), 0), sizeof(calls));
	fixture_run(&fixture);
	assert_int_equal(fixture.handled, 500);
	for (size_t i = 0; i < sizeof(call); i++) {
		assert_int_equal(send(fd, call + i, 1, 0), 1);
		fixture_run(&fixture);
	}
	assert_int_equal(fixture.handled, 501);
	fixture_stop(&fixture);
}

static void test_more(void **state)
{
	_cleanup_close_ int fd = -1;
	struct fixture fixture;

	(void)state;
	fixture_start(&fixture);
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
	fixture_stop(&fixture);
}

static void test_oneway(void **state)
{
	_cleanup_close_ int fd = -1;
	struct fixture fixture;

	(void)state;
	fixture_start(&fixture);
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
	fixture_run(&fixture);
	assert_int_equal(fixture.handled, 4);
	assert_int_equal(fixture_stats(&fixture).connection_count, 0);
	assert_int_equal(fixture_stats(&fixture).bytes_buffered, 0);
	fixture_stop(&fixture);
}

static void test_client_leaves(void **state)
{
	_cleanup_close_ int fd = -1;
	struct fixture fixture;

	(void)state;
	fixture_start(&fixture);
	fd = connect_pair(&fixture);
	exchange(&fixture, fd, LATER "|" ECHO("never"), "");
	(void)close(TAKE_FD(fd));
	assert_int_equal(fixture.closed, 0);
	fixture_run(&fixture);
	assert_int_equal(fixture.closed, 1);
	assert_int_equal(fixture.handled, 1);
	assert_int_equal(fixture_stats(&fixture).connection_count, 0);
	assert_int_equal(varlink_call_reply(fixture.held, NULL), -ENOTCONN);
	assert_int_equal(varlink_call_notify(fixture.held, NULL), -ENOTCONN);
	assert_int_equal(varlink_call_error_errno(fixture.held, EIO), -ENOTCONN);
	assert_string_equal(varlink_call_method(fixture.held), "org.example.test.Later");
	fixture_stop(&fixture);
}

/* Leaves while an answer is given: nothing is freed inside of the answer. */
static void test_answer_to_the_dead(void **state)
{
	_cleanup_close_ int fd = -1;
	struct fixture fixture;

	(void)state;
	fixture_start(&fixture);
	fd = connect_pair(&fixture);
	exchange(&fixture, fd, COUNT("0"), "");
	(void)close(TAKE_FD(fd));
	assert_int_equal(varlink_call_notify_text(fixture.stream, "{\"at\":1}", 8), 0);
	assert_int_equal(varlink_call_notify_text(fixture.stream, "{\"at\":1}", 8), 0);
	assert_int_equal(fixture.closed, 0);
	fixture_run(&fixture);
	assert_int_equal(fixture.closed, 1);
	assert_int_equal(fixture_stats(&fixture).connection_count, 0);
	fixture_stop(&fixture);
}

/* `printf ... | nc -N`: says that nothing more will come, and waits for the answers. */
static void test_half_close(void **state)
{
	_cleanup_close_ int fd = -1;
	struct fixture fixture;

	(void)state;
	fixture_start(&fixture);
	fd = connect_pair(&fixture);
	write_messages(fd, ECHO("1") "|" LATER);
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	expect_messages(&fixture, fd, TEXT("1"));
	assert_int_equal(fixture.closed, 0);
	assert_int_equal(varlink_call_reply_text(fixture.held, "{\"text\":\"2\"}", 12), 0);
	expect_messages(&fixture, fd, TEXT("2") "EOF");
	assert_int_equal(fixture_stats(&fixture).connection_count, 0);
	fixture_stop(&fixture);
}

static void test_server_goes(void **state)
{
	_cleanup_close_ int fd = -1;
	struct fixture fixture;
	char byte;

	(void)state;
	fixture_start(&fixture);
	fd = connect_pair(&fixture);
	exchange(&fixture, fd, LATER, "");
	fixture.server = varlink_server_free(fixture.server);
	assert_int_equal(fixture.closed, 1);
	assert_int_equal(recv(fd, &byte, 1, 0), 0);
	assert_int_equal(varlink_call_reply(fixture.held, NULL), -ENOTCONN);
	fixture_stop(&fixture);
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
	fixture_start(&fixture);
	for (size_t i = 0; i < ARRAY_SIZE(garbage); i++) {
		_cleanup_close_ int fd = connect_pair(&fixture);
		_cleanup_free_ char *messages = NULL;

		assert_true(asprintf(&messages, "%s|%s|%s", ECHO("x"), garbage[i], ECHO("y")) > 0);
		exchange(&fixture, fd, messages,
			 TEXT("x") INVALID "{\"parameter\":\"message\"}}|EOF");
	}
	assert_int_equal(fixture_stats(&fixture).connections_dropped, ARRAY_SIZE(garbage));
	assert_int_equal(fixture_stats(&fixture).connection_count, 0);
	fixture_stop(&fixture);
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
	fixture_start(&fixture);
	fixture_start(&other);
	assert_int_equal(varlink_server_listen_path(fixture.server, path, 0660), 0);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0660);
	assert_int_equal(varlink_server_listen_path(other.server, path, 0660), -EADDRINUSE);
	fixture_run(&fixture);
	fd = connect_path(path);
	assert_true(fd >= 0);
	exchange(&fixture, fd, ECHO("x"), TEXT("x"));
	fixture_stop(&fixture);
	fixture_stop(&other);
	assert_int_equal(connect_path(path), -ENOENT);
	assert_int_equal(rmdir(directory), 0);
}

/* What a dead process left behind is replaced; any other file is not. */
/* A thread of its own closes a listener, in case that takes long: until then somebody connects. */
static int connect_to_closed(const char *path)
{
	const uint64_t until_ms = clock_now_ms() + 5000;
	int fd;

	while ((fd = connect_path(path)) >= 0 && clock_now_ms() < until_ms)
		(void)close(fd);
	return fd;
}

static void test_listen_on_leftovers(void **state)
{
	char directory[] = "/tmp/test-varlink-server-XXXXXX", path[64], kept[64];
	_cleanup_close_ int fd = -1;
	struct fixture fixture;

	(void)state;
	assert_non_null(mkdtemp(directory));
	(void)snprintf(path, sizeof(path), "%s/socket", directory);
	(void)snprintf(kept, sizeof(kept), "%s/kept", directory);
	fixture_start(&fixture);
	assert_int_equal(varlink_server_listen_path(fixture.server, path, 0600), 0);
	assert_int_equal(rename(path, kept), 0);
	fixture_stop(&fixture);
	assert_int_equal(connect_to_closed(kept), -ECONNREFUSED);
	fixture_start(&fixture);
	assert_int_equal(varlink_server_listen_path(fixture.server, kept, 0600), 0);
	fixture_stop(&fixture);
	assert_int_equal(connect_path(kept), -ENOENT);
	fd = creat(path, 0600);
	assert_true(fd >= 0);
	fixture_start(&fixture);
	assert_int_equal(varlink_server_listen_path(fixture.server, path, 0600), -EADDRINUSE);
	assert_int_equal(varlink_server_listen_fd(fixture.server, fd), -ENOTSOCK);
	fixture_stop(&fixture);
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
	fixture_start(&fixture);
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
	fixture_stop(&fixture);
}

static void test_tables(void **state)
{
	static const char bad[] = "interface a.b\nmethod";
	static const struct varlink_method unknown = { .name = "org.example.test.None" };
	static const struct varlink_method twice = { .name = "org.example.test.Echo" };
	struct fixture fixture;

	(void)state;
	fixture_start(&fixture);
	assert_int_equal(varlink_server_add_interface(fixture.server, bad, sizeof(bad) - 1),
			 -EINVAL);
	assert_int_equal(varlink_server_add_interfaces(fixture.server, test_interface_texts),
			 -EEXIST);
	assert_int_equal(varlink_server_add_methods(fixture.server, &unknown, 1, NULL), -ENOENT);
	assert_int_equal(varlink_server_add_methods(fixture.server, &twice, 1, NULL), -EEXIST);
	fixture_stop(&fixture);
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
		cmocka_unit_test(test_listen),
		cmocka_unit_test(test_listen_on_leftovers),
		cmocka_unit_test(test_listen_fd),
		cmocka_unit_test(test_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
