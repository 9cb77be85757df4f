// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a client may hold of the server, and for how long: messages without an end, answers that
 * nobody reads, half a message, crowds of one user, and turns of those who want more than others.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <systemd/sd-event.h>

#include "daemon/varlink/varlink-server.h"
#include "test/unit/daemon/varlink/varlink-fixture.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/varlink-message.h"

/* quota.c */
#define CROWD 64

/* Sends without end as much as is taken; what the server keeps stays small. */
static void test_endless_message(void **state)
{
	_cleanup_close_ int fd = -1;
	struct fixture fixture;
	char chunk[16384];
	size_t sent = 0;

	(void)state;
	memset(chunk, ' ', sizeof(chunk));
	fixture_start(&fixture);
	fd = connect_pair(&fixture);
	while (sent < 16 * VARLINK_CALL_SIZE_MAX) {
		ssize_t size = send(fd, chunk, sizeof(chunk), MSG_NOSIGNAL | MSG_DONTWAIT);

		if (size > 0)
			sent += (size_t)size;
		else if (errno != EAGAIN)
			break;
		fixture_run(&fixture);
		assert_true(fixture_stats(&fixture).bytes_buffered <= VARLINK_CALL_SIZE_MAX + 4096);
	}
	assert_true(sent < 3 * VARLINK_CALL_SIZE_MAX);
	assert_int_equal(fixture_stats(&fixture).connection_count, 0);
	assert_int_equal(fixture_stats(&fixture).connections_dropped, 1);
	fixture_stop(&fixture);
}

static void test_large_answers(void **state)
{
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *large = NULL, *over = NULL;
	struct fixture fixture;

	(void)state;
	fixture_start_with(&fixture, (struct varlink_server_options){ .stream_bytes_max = 4096 });
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
	assert_int_equal(fixture_stats(&fixture).bytes_buffered, 0);
	fixture_stop(&fixture);
}

static void test_slow_reader(void **state)
{
	_cleanup_close_ int fd = -1;
	struct fixture fixture;
	int rc = 0;

	(void)state;
	fixture_start_with(&fixture, (struct varlink_server_options){ .stream_bytes_max = 65536 });
	fd = connect_pair(&fixture);
	exchange(&fixture, fd, COUNT("0"), "");
	for (int i = 0; rc == 0 && i < 1000000; i++)
		rc = varlink_call_notify_text(fixture.stream, "{\"at\":1}", 8);
	assert_int_equal(rc, -ENOBUFS);
	/* The stream's owner hears of the end from the loop, not from inside of the notification.
	 */
	assert_int_equal(fixture.closed, 0);
	assert_true(fixture_stats(&fixture).bytes_buffered <= 2 * 65536);
	fixture_run(&fixture);
	assert_int_equal(fixture.closed, 1);
	assert_int_equal(fixture_stats(&fixture).connections_dropped, 1);
	assert_int_equal(fixture_stats(&fixture).connection_count, 0);
	fixture_stop(&fixture);
}

static void run_until_dropped(struct fixture *fixture)
{
	while (fixture_stats(fixture).connection_count > 0)
		assert_true(sd_event_run(fixture->event, UINT64_MAX) >= 0);
	assert_int_equal(fixture_stats(fixture).connections_dropped, 1);
}

static void test_half_message_times_out(void **state)
{
	_cleanup_close_ int fd = -1;
	struct fixture fixture;

	(void)state;
	fixture_start_with(&fixture, (struct varlink_server_options){ .stall_timeout_usec = 1000 });
	fd = connect_pair(&fixture);
	exchange(&fixture, fd, ECHO("x"), TEXT("x"));
	assert_int_equal(send(fd, "{\"met", 5, 0), 5);
	run_until_dropped(&fixture);
	fixture_stop(&fixture);
}

static void test_unread_answer_times_out(void **state)
{
	_cleanup_close_ int fd = -1;
	struct fixture fixture;

	(void)state;
	fixture_start_with(&fixture, (struct varlink_server_options){ .stall_timeout_usec = 1000 });
	fd = connect_pair(&fixture);
	write_messages(fd,
		       "{\"method\":\"org.example.test.Fill\",\"parameters\":{\"size\":3000000}}");
	run_until_dropped(&fixture);
	fixture_stop(&fixture);
}

/* While a call runs nobody is late: neither its client nor one that has queued half a message. */
static void test_running_call_has_time(void **state)
{
	_cleanup_close_ int fd = -1, stalled = -1;
	struct fixture fixture;

	(void)state;
	fixture_start_with(&fixture, (struct varlink_server_options){ .stall_timeout_usec = 1000 });
	fd = connect_pair(&fixture);
	exchange(&fixture, fd, LATER "|{\"meth", "");
	/* Another one's time passes meanwhile. */
	stalled = connect_pair(&fixture);
	assert_int_equal(send(stalled, "{", 1, 0), 1);
	while (fixture_stats(&fixture).connection_count > 1)
		assert_true(sd_event_run(fixture.event, UINT64_MAX) >= 0);
	assert_true(varlink_call_is_open(fixture.held));
	fixture_stop(&fixture);
}

/* One more than a user may have is told so, and gets in when another has gone. */
static void test_connections_of_a_user(void **state)
{
	/* Root may have half of all, others a quarter: daemon/process/quota.h. */
	const size_t share = getuid() == 0 ? 4 : 2;
	_cleanup_close_ int first = -1, refused = -1;
	struct fixture fixture;
	int fds[8], more[2];

	(void)state;
	fixture_start_with(&fixture,
			   (struct varlink_server_options){ .connections_max = ARRAY_SIZE(fds),
							    .too_many_error = "a.b.TooMany" });
	first = connect_pair(&fixture);
	for (size_t i = 1; i < share; i++)
		fds[i] = connect_pair(&fixture);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, more), 0);
	refused = more[0];
	assert_int_equal(varlink_server_add_connection(fixture.server, more[1]), -EDQUOT);
	assert_int_equal(fixture_stats(&fixture).connections_refused, 1);
	expect_messages(&fixture, refused, "{\"error\":\"a.b.TooMany\",\"parameters\":{}}|");
	(void)close(TAKE_FD(first));
	fixture_run(&fixture);
	assert_int_equal(varlink_server_add_connection(fixture.server, more[1]), 0);
	exchange(&fixture, refused, ECHO("x"), TEXT("x"));
	for (size_t i = 1; i < share; i++)
		(void)close(fds[i]);
	fixture_stop(&fixture);
}

/* Of a user with more unread answers than the limit, the answer that is unread for longest goes. */
static void test_unread_answers_of_a_user(void **state)
{
#define LARGE "{\"method\":\"org.example.test.Fill\",\"parameters\":{\"size\":7000000}}"
	_cleanup_close_ int first = -1, second = -1, third = -1;
	_cleanup_free_ char *cut = NULL, *whole = NULL;
	struct fixture fixture;

	(void)state;
	fixture_start(&fixture);
	first = connect_pair(&fixture);
	second = connect_pair(&fixture);
	third = connect_pair(&fixture);
	write_messages(first, LARGE);
	fixture_run(&fixture);
	assert_int_equal(fixture_stats(&fixture).connections_dropped, 0);
	write_messages(second, LARGE);
	fixture_run(&fixture);
	write_messages(third, LARGE);
	fixture_run(&fixture);
	assert_true(fixture_stats(&fixture).bytes_buffered <= 16000000);
	assert_int_equal(fixture_stats(&fixture).connection_count +
				 fixture_stats(&fixture).connections_dropped,
			 3);
	cut = read_messages(&fixture, first);
	assert_string_equal(cut + strlen(cut) - 3, "EOF");
	whole = read_messages(&fixture, third);
	assert_int_equal(strlen(whole), 7000000 + 27);
	fixture_stop(&fixture);
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
	fixture_start_with(&fixture,
			   (struct varlink_server_options){ .too_many_error = "a.b.TooMany" });
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		fds[i] = connect_pair(&fixture);
		exchange(&fixture, fds[i], call,
			 i < waiting_max ? "" : "{\"error\":\"a.b.TooMany\",\"parameters\":{}}|");
	}
	/* Another call may be waited for all the same, and a client who leaves makes room. */
	exchange(&fixture, fds[7], LATER, "");
	(void)close(fds[0]);
	fixture_run(&fixture);
	exchange(&fixture, fds[6], call, "");
	for (size_t i = 1; i < ARRAY_SIZE(fds); i++)
		(void)close(fds[i]);
	fixture_run(&fixture);
	assert_int_equal(fixture_stats(&fixture).bytes_kept, 0);
	fixture_stop(&fixture);
}

/* As many as a user may have, and all say nothing: no buffers, and nothing for the loop to do. */
static void test_crowd(void **state)
{
	struct fixture fixture;
	int fds[CROWD];

	(void)state;
	fixture_start(&fixture);
	for (int i = 0; i < CROWD; i++) {
		fds[i] = connect_pair(&fixture);
		exchange(&fixture, fds[i], ECHO("x"), TEXT("x"));
	}
	assert_int_equal(fixture_stats(&fixture).connection_count, CROWD);
	assert_int_equal(fixture_stats(&fixture).bytes_buffered, 0);
	assert_int_equal(sd_event_run(fixture.event, 0), 0);
	exchange(&fixture, fds[CROWD / 2], ECHO("y"), TEXT("y"));
	for (int i = 0; i < CROWD; i++)
		(void)close(fds[i]);
	fixture_run(&fixture);
	assert_int_equal(fixture_stats(&fixture).connection_count, 0);
	fixture_stop(&fixture);
}

/* Who is ready is served once before anybody is twice. */
static void test_turns(void **state)
{
	const char call[] = ECHO("x");
	char calls[500 * sizeof(call)];
	struct fixture fixture;
	int greedy, fd;

	(void)state;
	fixture_start(&fixture);
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
	fixture_stop(&fixture);
}

/* Without descriptors nobody can be accepted: that is tried again, and not all the time. */
/* A server at a path of its own, and a client in its queue. */
struct queue {
	char directory[sizeof("/tmp/test-varlink-limits-XXXXXX")];
	struct fixture fixture;
	int client;
};

static void queue_begin(struct queue *queue)
{
	char path[64];

	(void)strcpy(queue->directory, "/tmp/test-varlink-limits-XXXXXX");
	assert_non_null(mkdtemp(queue->directory));
	(void)snprintf(path, sizeof(path), "%s/socket", queue->directory);
	fixture_start(&queue->fixture);
	assert_int_equal(varlink_server_listen_path(queue->fixture.server, path, 0660), 0);
	queue->client = connect_path(path);
	assert_true(queue->client >= 0);
}

/* Nothing happens but that time goes on, until the client is served. */
static void queue_end(struct queue *queue)
{
	while (fixture_stats(&queue->fixture).connection_count == 0)
		assert_true(sd_event_run(queue->fixture.event, UINT64_MAX) >= 0);
	exchange(&queue->fixture, queue->client, ECHO("x"), TEXT("x"));
	(void)close(queue->client);
	fixture_stop(&queue->fixture);
	assert_int_equal(rmdir(queue->directory), 0);
}

int __real_accept4(int fd, struct sockaddr *address, socklen_t *size, int flags);
int __wrap_accept4(int fd, struct sockaddr *address, socklen_t *size, int flags);

/* A security module denies the daemon its clients. */
static bool denied;
static unsigned int accepts;

int __wrap_accept4(int fd, struct sockaddr *address, socklen_t *size, int flags)
{
	accepts++;
	if (!denied)
		return __real_accept4(fd, address, size, flags);
	errno = EACCES;
	return -1;
}

/* The client stays in the queue, and the daemon does nothing else but wait. */
static void test_denied_clients(void **state)
{
	struct queue queue;

	(void)state;
	queue_begin(&queue);
	denied = true;
	accepts = 0;
	for (int i = 0; i < 100; i++)
		assert_true(sd_event_run(queue.fixture.event, 0) >= 0);
	denied = false;
	assert_in_range(accepts, 1, 10);
	queue_end(&queue);
}

static void test_no_descriptors(void **state)
{
	struct rlimit limit, before;
	struct queue queue;
	int spare;

	(void)state;
	queue_begin(&queue);
	spare = dup(queue.client);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	limit = before;
	limit.rlim_cur = (rlim_t)spare;
	(void)close(spare);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	fixture_run(&queue.fixture);
	assert_int_equal(fixture_stats(&queue.fixture).connection_count, 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	queue_end(&queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_endless_message),
		cmocka_unit_test(test_large_answers),
		cmocka_unit_test(test_slow_reader),
		cmocka_unit_test(test_half_message_times_out),
		cmocka_unit_test(test_unread_answer_times_out),
		cmocka_unit_test(test_running_call_has_time),
		cmocka_unit_test(test_connections_of_a_user),
		cmocka_unit_test(test_unread_answers_of_a_user),
		cmocka_unit_test(test_kept_parameters_of_a_user),
		cmocka_unit_test(test_crowd),
		cmocka_unit_test(test_turns),
		cmocka_unit_test(test_no_descriptors),
		cmocka_unit_test(test_denied_clients),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
