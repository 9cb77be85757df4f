// SPDX-License-Identifier: GPL-2.0-only
/*
 * The client library, from outside: against answers that were written before the call was made (so
 * that waiting needs no second thread), and against the real server in one loop.
 */
#include <cxlfm/cxlfm.h>

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>
#include <systemd/sd-event.h>

#include "daemon/varlink/varlink-server.h"
#include "util/array.h"
#include "util/cleanup.h"

extern const struct varlink_interface_text test_interface_texts[];

DEFINE_CLEANUP(struct cxlfm_client *, cxlfm_client_free)

/* A client, and the other end of its socket. Strings are as in the server's test: "|" is a NUL. */
struct pair {
	struct cxlfm_client *client;
	int peer;
};

static void make_pair(struct pair *pair)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(cxlfm_client_connect_fd(fds[0], &pair->client), 0);
	pair->peer = fds[1];
}

static void end_pair(struct pair *pair)
{
	assert_null(cxlfm_client_free(pair->client));
	if (pair->peer >= 0)
		(void)close(pair->peer);
}

static void write_messages(struct pair *pair, const char *messages)
{
	_cleanup_free_ char *bytes = strdup(messages);
	const size_t size = strlen(messages) + 1;

	for (char *at = bytes; (at = strchr(at, '|')); at++)
		*at = '\0';
	assert_int_equal(send(pair->peer, bytes, size, 0), (ssize_t)size);
}

static void expect_messages(struct pair *pair, const char *expected)
{
	char text[1024];
	ssize_t size = recv(pair->peer, text, sizeof(text) - 1, MSG_DONTWAIT);

	assert_true(size > 0 || !*expected);
	for (ssize_t i = 0; i < size; i++)
		if (text[i] == '\0')
			text[i] = '|';
	text[size > 0 ? size : 0] = '\0';
	assert_string_equal(text, expected);
}

/* ---- waiting ---- */

static void test_call(void **state)
{
	_cleanup_free_ char *reply = NULL, *error = NULL;
	struct pair pair;

	(void)state;
	make_pair(&pair);
	write_messages(&pair, "{\"parameters\":{ \"x\": 18446744073709551615 }}");
	assert_int_equal(cxlfm_client_call(pair.client, "a.b.C", "{\"y\":1}", &reply, &error), 0);
	/* The text as it came, not as a library of somebody's would write the text. */
	assert_string_equal(reply, "{ \"x\": 18446744073709551615 }");
	assert_null(error);
	expect_messages(&pair, "{\"method\":\"a.b.C\",\"parameters\":{\"y\":1}}|");
	write_messages(&pair, "{}");
	assert_int_equal(cxlfm_client_call(pair.client, "a.b.C", NULL, NULL, NULL), 0);
	expect_messages(&pair, "{\"method\":\"a.b.C\"}|");
	end_pair(&pair);
}

static void test_error(void **state)
{
	_cleanup_free_ char *reply = NULL, *error = NULL;
	struct pair pair;

	(void)state;
	make_pair(&pair);
	write_messages(&pair, "{\"error\":\"a.b.E\",\"parameters\":{\"why\":\"\xc3\xa4\"}}|{}");
	assert_int_equal(cxlfm_client_call(pair.client, "a.b.C", NULL, &reply, &error), -EREMOTEIO);
	assert_string_equal(error, "a.b.E");
	assert_string_equal(reply, "{\"why\":\"\xc3\xa4\"}");
	/* The next reply was there too early: nothing had been asked. */
	assert_int_equal(cxlfm_client_call(pair.client, "a.b.C", NULL, NULL, NULL), -ENOTCONN);
	end_pair(&pair);
}

static void test_bad_arguments(void **state)
{
	struct pair pair;

	(void)state;
	make_pair(&pair);
	assert_int_equal(cxlfm_client_call(pair.client, "a\"b", NULL, NULL, NULL), -EINVAL);
	assert_int_equal(cxlfm_client_call(pair.client, "", NULL, NULL, NULL), -EINVAL);
	assert_int_equal(cxlfm_client_call(pair.client, "a.b.C", "", NULL, NULL), -EINVAL);
	assert_int_equal(cxlfm_client_call(pair.client, "a.b.C", "[]", NULL, NULL), -EINVAL);
	assert_int_equal(cxlfm_client_call(pair.client, "a.b.C", "{},", NULL, NULL), -EINVAL);
	assert_int_equal(cxlfm_client_send(pair.client, "a.b.C", NULL, 4, NULL, NULL), -EINVAL);
	assert_int_equal(cxlfm_client_send(pair.client, "a.b.C", NULL,
					   CXLFM_CALL_MORE | CXLFM_CALL_ONEWAY, NULL, NULL),
			 -EINVAL);
	assert_int_equal(cxlfm_client_call_more(pair.client, "a.b.C", NULL, NULL, NULL, NULL, NULL),
			 -EINVAL);
	/* No byte of the call was sent, and the client is as good as new. */
	expect_messages(&pair, "");
	write_messages(&pair, "{}");
	assert_int_equal(cxlfm_client_call(pair.client, "a.b.C", NULL, NULL, NULL), 0);
	end_pair(&pair);
}

struct stream {
	char text[256];
	int stop_at, stop_with, count;
};

static int on_reply(struct cxlfm_client *client, const char *error, const char *parameters_json,
		    unsigned int flags, void *userdata)
{
	struct stream *stream = userdata;

	assert_non_null(client);
	(void)snprintf(stream->text + strlen(stream->text),
		       sizeof(stream->text) - strlen(stream->text), "%s%s%s;", error ? error : "",
		       parameters_json, flags & CXLFM_REPLY_CONTINUES ? "+" : "");
	return ++stream->count == stream->stop_at ? stream->stop_with : 0;
}

static void test_more(void **state)
{
	_cleanup_free_ char *parameters = NULL, *error = NULL;
	struct stream stream = { .count = 0 };
	struct pair pair;

	(void)state;
	make_pair(&pair);
	write_messages(&pair, "{\"parameters\":{\"at\":1},\"continues\":true}|"
			      "{\"parameters\":{\"at\":2},\"continues\":true}|"
			      "{\"parameters\":{\"at\":3}}");
	assert_int_equal(cxlfm_client_call_more(pair.client, "a.b.C", "{}", on_reply, &stream,
						&parameters, &error),
			 0);
	assert_string_equal(stream.text, "{\"at\":1}+;{\"at\":2}+;{\"at\":3};");
	assert_null(parameters);
	expect_messages(&pair, "{\"method\":\"a.b.C\",\"parameters\":{},\"more\":true}|");
	write_messages(&pair, "{\"continues\":true}|{\"error\":\"a.b.E\"}");
	stream = (struct stream){ .count = 0 };
	assert_int_equal(cxlfm_client_call_more(pair.client, "a.b.C", NULL, on_reply, &stream,
						&parameters, &error),
			 -EREMOTEIO);
	assert_string_equal(stream.text, "{}+;");
	assert_string_equal(parameters, "{}");
	assert_string_equal(error, "a.b.E");
	end_pair(&pair);
}

static void test_leave_stream(void **state)
{
	static const int results[] = { 1, 7, -EIO };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(results); i++) {
		struct stream stream = { .stop_at = 2, .stop_with = results[i] };
		struct pair pair;
		char bytes[256];

		make_pair(&pair);
		write_messages(&pair, "{\"continues\":true}|{\"continues\":true}|{}");
		assert_int_equal(cxlfm_client_call_more(pair.client, "a.b.C", NULL, on_reply,
							&stream, NULL, NULL),
				 results[i]);
		assert_int_equal(stream.count, 2);
		/* The daemon has to notice. */
		assert_true(recv(pair.peer, bytes, sizeof(bytes), 0) > 0);
		assert_int_equal(recv(pair.peer, bytes, sizeof(bytes), 0), 0);
		assert_int_equal(cxlfm_client_get_fd(pair.client), -ENOTCONN);
		end_pair(&pair);
	}
}

static void test_daemon_leaves(void **state)
{
	_cleanup_free_ char *reply = NULL;
	struct pair pair;

	(void)state;
	make_pair(&pair);
	(void)close(TAKE_FD(pair.peer));
	assert_int_equal(cxlfm_client_call(pair.client, "a.b.C", NULL, NULL, NULL), -ECONNRESET);
	assert_int_equal(cxlfm_client_call(pair.client, "a.b.C", NULL, NULL, NULL), -ENOTCONN);
	assert_int_equal(cxlfm_client_process(pair.client), -ENOTCONN);
	assert_int_equal(cxlfm_client_wait(pair.client, 0), -ENOTCONN);
	assert_int_equal(cxlfm_client_get_events(pair.client), -ENOTCONN);
	end_pair(&pair);
	/* What the server said before counts. */
	make_pair(&pair);
	write_messages(&pair, "{\"parameters\":{\"x\":1}}");
	(void)close(TAKE_FD(pair.peer));
	assert_int_equal(cxlfm_client_call(pair.client, "a.b.C", NULL, &reply, NULL), 0);
	assert_string_equal(reply, "{\"x\":1}");
	end_pair(&pair);
}

static void test_garbage(void **state)
{
	static const struct {
		const char *answer;
		int result;
	} cases[] = {
		{ "", -EPROTO },
		{ "HTTP/1.1 400 Bad Request", -EPROTO },
		{ "{\"method\":\"a.b.C\"}", -EPROTO },
		{ "{\"parameters\":{\"x\":\"\xff\"}}", -EPROTO },
		/* Nobody asked for more. */
		{ "{\"continues\":true}", -EPROTO },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct pair pair;

		make_pair(&pair);
		write_messages(&pair, cases[i].answer);
		assert_int_equal(cxlfm_client_call(pair.client, "a.b.C", NULL, NULL, NULL),
				 cases[i].result);
		assert_int_equal(cxlfm_client_get_fd(pair.client), -ENOTCONN);
		end_pair(&pair);
	}
}

static void test_timeout(void **state)
{
	struct stream stream = { .count = 0 };
	struct pair pair;
	uint64_t deadline;

	(void)state;
	make_pair(&pair);
	cxlfm_client_set_timeout(pair.client, 1);
	assert_int_equal(cxlfm_client_get_deadline(pair.client, &deadline), 0);
	assert_true(deadline == UINT64_MAX);
	write_messages(&pair, "{\"continues\":true}");
	assert_int_equal(
		cxlfm_client_call_more(pair.client, "a.b.C", NULL, on_reply, &stream, NULL, NULL),
		-ETIMEDOUT);
	assert_int_equal(stream.count, 1);
	assert_int_equal(cxlfm_client_get_deadline(pair.client, &deadline), -ENOTCONN);
	end_pair(&pair);
	make_pair(&pair);
	cxlfm_client_set_timeout(pair.client, CXLFM_TIMEOUT_NONE);
	assert_int_equal(cxlfm_client_send(pair.client, "a.b.C", NULL, 0, NULL, NULL), 0);
	assert_int_equal(cxlfm_client_get_deadline(pair.client, &deadline), 0);
	assert_true(deadline == UINT64_MAX);
	assert_int_equal(cxlfm_client_process(pair.client), 0);
	assert_int_equal(cxlfm_client_wait(pair.client, 1), 0);
	end_pair(&pair);
}

/* ---- connecting ---- */

static void test_connect_errors(void **state)
{
	char directory[] = "/tmp/test-client-XXXXXX", address[64];
	struct sockaddr_un socket_address = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = -1;
	struct cxlfm_client *client = NULL;
	char long_name[200];

	(void)state;
	memset(long_name, '/', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	assert_int_equal(cxlfm_client_connect(long_name, &client), -ENAMETOOLONG);
	assert_int_equal(cxlfm_client_connect("relative", &client), -EINVAL);
	assert_int_equal(cxlfm_client_connect("unix:", &client), -EINVAL);
	assert_int_equal(cxlfm_client_connect("@", &client), -EINVAL);
	assert_non_null(mkdtemp(directory));
	(void)snprintf(address, sizeof(address), "unix:%s/socket", directory);
	assert_int_equal(cxlfm_client_connect(address, &client), -ENOENT);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	strcpy(socket_address.sun_path, address + 5);
	assert_int_equal(bind(fd, (const struct sockaddr *)&socket_address, sizeof(socket_address)),
			 0);
	assert_int_equal(cxlfm_client_connect(address, &client), -ECONNREFUSED);
	assert_int_equal(setenv("CXLFM_SOCKET", address, 1), 0);
	assert_int_equal(cxlfm_client_connect(NULL, &client), -ECONNREFUSED);
	assert_int_equal(unsetenv("CXLFM_SOCKET"), 0);
	assert_int_equal(chmod(address + 5, 0), 0);
	if (geteuid() == 0)
		assert_int_equal(seteuid(65534), 0);
	assert_int_equal(cxlfm_client_connect(address, &client), -EACCES);
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
	assert_null(client);
	assert_int_equal(unlink(address + 5), 0);
	assert_int_equal(rmdir(directory), 0);
	assert_null(cxlfm_client_free(NULL));
}

/* ---- with the real server, in one loop ---- */

struct fixture {
	struct sd_event *event;
	struct varlink_server *server;
	struct varlink_call *stream;
	unsigned int closed;
};

static int handle_echo(struct varlink_call *call, struct json_object *parameters, void *userdata)
{
	(void)userdata;
	(void)varlink_call_reply(call, parameters);
	return 0;
}

static void on_close(struct varlink_call *call, void *userdata)
{
	struct fixture *fixture = userdata;

	(void)call;
	fixture->closed++;
}

static int handle_count(struct varlink_call *call, struct json_object *parameters, void *userdata)
{
	struct fixture *fixture = userdata;

	(void)parameters;
	fixture->stream = varlink_call_ref(call);
	varlink_call_on_close(call, on_close, fixture);
	return 0;
}

static int handle_fill(struct varlink_call *call, struct json_object *parameters, void *userdata)
{
	const size_t size = 4000000;
	_cleanup_free_ char *text = malloc(size);

	(void)parameters;
	(void)userdata;
	assert_non_null(text);
	memset(text, 'x', size);
	memcpy(text, "{\"text\":\"", 9);
	memcpy(text + size - 2, "\"}", 2);
	(void)varlink_call_reply_text(call, text, size);
	return 0;
}

static const struct varlink_method methods[] = {
	{ "org.example.test.Echo", handle_echo, 0 },
	{ "org.example.test.Count", handle_count, VARLINK_METHOD_NEEDS_MORE },
	{ "org.example.test.Fill", handle_fill, 0 },
};

static void start(struct fixture *fixture, struct cxlfm_client **ret_client)
{
	const struct varlink_server_options options = { .check_replies = true };
	const struct sockaddr_un any = { .sun_family = AF_UNIX };
	struct sockaddr_un address;
	socklen_t size = sizeof(address);
	char name[64];
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	*fixture = (struct fixture){ .closed = 0 };
	assert_int_equal(sd_event_new(&fixture->event), 0);
	assert_int_equal(varlink_server_new(fixture->event, &options, &fixture->server), 0);
	assert_int_equal(varlink_server_add_interfaces(fixture->server, test_interface_texts), 0);
	assert_int_equal(
		varlink_server_add_methods(fixture->server, methods, ARRAY_SIZE(methods), fixture),
		0);
	/* A name in the abstract namespace that the kernel chooses. */
	assert_int_equal(bind(fd, (const struct sockaddr *)&any, sizeof(sa_family_t)), 0);
	assert_int_equal(listen(fd, 10), 0);
	assert_int_equal(varlink_server_listen_fd(fixture->server, fd), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	(void)snprintf(name, sizeof(name), "@%.*s",
		       (int)(size - offsetof(struct sockaddr_un, sun_path) - 1),
		       address.sun_path + 1);
	assert_int_equal(cxlfm_client_connect(name, ret_client), 0);
}

static void stop(struct fixture *fixture)
{
	(void)varlink_call_unref(fixture->stream);
	(void)varlink_server_free(fixture->server);
	(void)sd_event_unref(fixture->event);
}

/* Runs both sides until neither has something to do. Returns the number of replies. */
static int run(struct fixture *fixture, struct cxlfm_client *client)
{
	int replies, events, total = 0;

	do {
		replies = cxlfm_client_process(client);
		assert_true(replies >= 0);
		total += replies;
		for (events = 0; sd_event_run(fixture->event, 0) > 0; events++)
			;
		events += cxlfm_client_wait(client, 0) > 0;
	} while (replies > 0 || events > 0);
	return total;
}

static void test_event_loop(void **state)
{
	_cleanup_(cxlfm_client_freep) struct cxlfm_client *client = NULL;
	struct stream echoes = { .count = 0 }, counts = { .count = 0 };
	struct fixture fixture;

	(void)state;
	start(&fixture, &client);
	assert_true(cxlfm_client_get_fd(client) >= 0);
	assert_int_equal(cxlfm_client_get_events(client), POLLIN);
	assert_int_equal(cxlfm_client_send(client, "org.example.test.Echo", "{\"text\":\"1\"}", 0,
					   on_reply, &echoes),
			 0);
	assert_int_equal(cxlfm_client_get_events(client), POLLIN | POLLOUT);
	assert_int_equal(
		cxlfm_client_send(client, "org.example.test.Echo", "{}", 0, on_reply, &echoes), 0);
	assert_int_equal(cxlfm_client_send(client, "org.example.test.Echo", "{\"text\":\"-\"}",
					   CXLFM_CALL_ONEWAY, NULL, NULL),
			 0);
	assert_int_equal(cxlfm_client_send(client, "org.example.test.Count", "{\"to\":0}",
					   CXLFM_CALL_MORE, on_reply, &counts),
			 0);
	assert_int_equal(cxlfm_client_send(client, "org.example.test.Echo", "{\"text\":\"2\"}", 0,
					   on_reply, &echoes),
			 0);
	assert_int_equal(cxlfm_client_count_calls(client), 4);
	assert_int_equal(run(&fixture, client), 2);
	assert_string_equal(echoes.text,
			    "{\"text\":\"1\"};org.varlink.service.InvalidParameter{\"parameter\":"
			    "\"text\",\"problem\":\"parameters.text: missing, expected string\"};");
	assert_int_equal(varlink_call_notify_text(fixture.stream, "{\"at\":1}", 8), 0);
	assert_int_equal(run(&fixture, client), 1);
	assert_int_equal(varlink_call_reply_text(fixture.stream, "{\"at\":2}", 8), 0);
	assert_int_equal(run(&fixture, client), 2);
	assert_string_equal(counts.text, "{\"at\":1}+;{\"at\":2};");
	assert_non_null(strstr(echoes.text, ";{\"text\":\"2\"};"));
	assert_int_equal(cxlfm_client_count_calls(client), 0);
	assert_int_equal(fixture.closed, 0);
	stop(&fixture);
}

/* Sends the next call from within the answer to the last. */
static int on_chain(struct cxlfm_client *client, const char *error, const char *parameters_json,
		    unsigned int flags, void *userdata)
{
	int *left = userdata;

	(void)flags;
	assert_null(error);
	assert_string_equal(parameters_json, "{\"text\":\"x\"}");
	if (--*left > 0)
		assert_int_equal(cxlfm_client_send(client, "org.example.test.Echo", parameters_json,
						   0, on_chain, left),
				 0);
	return 0;
}

static void test_send_from_callback(void **state)
{
	_cleanup_(cxlfm_client_freep) struct cxlfm_client *client = NULL;
	struct fixture fixture;
	int left = 200;

	(void)state;
	start(&fixture, &client);
	assert_int_equal(cxlfm_client_send(client, "org.example.test.Echo", "{\"text\":\"x\"}", 0,
					   on_chain, &left),
			 0);
	assert_int_equal(run(&fixture, client), 200);
	assert_int_equal(left, 0);
	stop(&fixture);
}

static int on_large(struct cxlfm_client *client, const char *error, const char *parameters_json,
		    unsigned int flags, void *userdata)
{
	(void)client;
	(void)flags;
	assert_null(error);
	*(size_t *)userdata = strlen(parameters_json);
	return 0;
}

static void test_large_reply(void **state)
{
	_cleanup_(cxlfm_client_freep) struct cxlfm_client *client = NULL;
	struct fixture fixture;
	size_t size = 0;

	(void)state;
	start(&fixture, &client);
	assert_int_equal(cxlfm_client_send(client, "org.example.test.Fill", "{\"size\":1}", 0,
					   on_large, &size),
			 0);
	assert_int_equal(run(&fixture, client), 1);
	assert_int_equal(size, 4000000);
	stop(&fixture);
}

static void test_too_many_calls(void **state)
{
	_cleanup_(cxlfm_client_freep) struct cxlfm_client *client = NULL;
	struct stream stream = { .count = 0 };
	struct fixture fixture;

	(void)state;
	start(&fixture, &client);
	for (int i = 0; i < CXLFM_CALLS_MAX; i++)
		assert_int_equal(cxlfm_client_send(client, "org.example.test.Echo",
						   "{\"text\":\"\"}", 0, on_reply, &stream),
				 0);
	assert_int_equal(cxlfm_client_send(client, "org.example.test.Echo", "{\"text\":\"\"}", 0,
					   NULL, NULL),
			 -ENOBUFS);
	assert_int_equal(run(&fixture, client), CXLFM_CALLS_MAX);
	assert_int_equal(stream.count, CXLFM_CALLS_MAX);
	/* The server has to hear that the client has left the call. */
	assert_int_equal(cxlfm_client_send(client, "org.example.test.Count", "{\"to\":0}",
					   CXLFM_CALL_MORE, on_reply, &stream),
			 0);
	assert_int_equal(run(&fixture, client), 0);
	client = cxlfm_client_free(client);
	while (fixture.closed == 0)
		assert_true(sd_event_run(fixture.event, UINT64_MAX) >= 0);
	stop(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_call),
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_bad_arguments),
		cmocka_unit_test(test_more),
		cmocka_unit_test(test_leave_stream),
		cmocka_unit_test(test_daemon_leaves),
		cmocka_unit_test(test_garbage),
		cmocka_unit_test(test_timeout),
		cmocka_unit_test(test_connect_errors),
		cmocka_unit_test(test_event_loop),
		cmocka_unit_test(test_send_from_callback),
		cmocka_unit_test(test_large_reply),
		cmocka_unit_test(test_too_many_calls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
