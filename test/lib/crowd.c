// SPDX-License-Identifier: GPL-2.0-only
/*
 * crowd SOCKET UID KIND COUNT: a user with COUNT connections, until its standard input ends. crowd
 * SOCKET UID probe COUNT: another user, who makes COUNT calls, each on a new connection, and prints
 * the times of the answers: median, 99 %, the longest, in microseconds.
 *
 * For tests of the harm that a crowd can do to others; uses only sockets. KIND is a kind of the
 * table below. A connection that the daemon has ended is not made again, except by `connect`.
 */
#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "util/cleanup.h"

#define CALL_SIZE_MAX ((size_t)256 * 1024)
/* Different questions, so that no kept answer serves two of them. */
#define QUESTIONS 100
/* Calls that are sent before the first answer. */
#define PIPELINE 16
#define WAIT_MS	 60000

#define HOST_BEGIN(method)	 "{\"method\":\"io.cxlfm.Host." method "\",\"parameters\":{"
#define HOST(method, parameters) HOST_BEGIN(method) parameters "}}"

enum behaviour {
	BUSY,	 /* calls again after each answer */
	SLOW,	 /* calls and does not read */
	HALF,	 /* begins a message of the largest size */
	QUIET,	 /* calls once, and reads the answers */
	CONNECT, /* connects and leaves */
};

struct kind {
	const char *name;
	enum behaviour behaviour;
	const char *call; /* NULL: sends nothing */
	const char
		*rest; /* the rest of the call, behind a number that differs each time; or NULL */
};

static const struct kind kinds[] = {
	{ "idle", QUIET, NULL },
	{ "version", BUSY, HOST("GetVersion", "") },
	{ "list", BUSY, HOST("List", "\"options\":{\"show\":[\"memdevs\",\"decoders\"]}") },
	{ "lists", BUSY, HOST_BEGIN("List") "\"options\":{\"verbose\":2,\"memdev\":\"",
	  " mem0 mem1\"}}}" },
	{ "record", BUSY, HOST("Record", "") },
	{ "tree", BUSY, HOST("Tree", "\"unicode\":true") },
	{ "plan", BUSY,
	  HOST("CreateRegion", "\"request\":{\"type\":\"ram\"},\"goal\":\"system_ram\","
			       "\"dry_run\":true") },
	{ "slow", SLOW, HOST("Record", "") },
	{ "half", HALF, NULL },
	{ "monitor", QUIET, "{\"method\":\"io.cxlfm.Host.Monitor\",\"more\":true}" },
	{ "wait", QUIET, HOST("WaitClaims", "\"condition\":\"Lost\"") },
	{ "connect", CONNECT, NULL },
};

static int connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(path) >= sizeof(address.sun_path))
		exit(2);
	(void)strcpy(address.sun_path, path);
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

static bool send_all(int fd, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t sent = send(fd, data, size, MSG_NOSIGNAL);

		if (sent < 0)
			return false;
		data += sent;
		size -= (size_t)sent;
	}
	return true;
}

static bool send_call(const struct kind *kind, int fd)
{
	static unsigned int number;
	char call[512];
	int length;

	if (kind->rest)
		length = snprintf(call, sizeof(call), "%s%u%s", kind->call, number++ % QUESTIONS,
				  kind->rest);
	else
		length = snprintf(call, sizeof(call), "%s", kind->call);
	return send_all(fd, call, (size_t)length + 1);
}

/* ---- the crowd ---- */

static void begin(const struct kind *kind, int fd)
{
	const size_t times = kind->behaviour == BUSY || kind->behaviour == SLOW ? PIPELINE : 1;

	if (kind->behaviour == HALF) {
		_cleanup_free_ char *half = malloc(CALL_SIZE_MAX);

		if (!half)
			exit(2);
		memset(half, ' ', CALL_SIZE_MAX);
		half[0] = '{';
		(void)send_all(fd, half, CALL_SIZE_MAX - 1);
	}
	for (size_t i = 0; kind->call && i < times; i++)
		if (!send_call(kind, fd))
			return;
}

/* Calls again after each answer. Returns false at the end of the connection. */
static bool go_on(const struct kind *kind, int fd)
{
	static char buffer[65536];
	const ssize_t size = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT);

	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (size <= 0)
		return false;
	for (ssize_t i = 0; kind->behaviour == BUSY && i < size; i++)
		if (buffer[i] == '\0' && !send_call(kind, fd))
			return false;
	return true;
}

static bool has_input(void)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };

	return poll(&input, 1, 0) > 0;
}

static void storm(const char *path)
{
	while (!has_input()) {
		int fd = connect_to(path);

		if (fd >= 0)
			(void)close(fd);
	}
}

static void watch(int epoll, int fd, uint32_t events)
{
	struct epoll_event event = { .events = events, .data = { .fd = fd } };

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		exit(2);
}

static void run_crowd(const char *path, const struct kind *kind, long count)
{
	_cleanup_close_ int epoll = epoll_create1(EPOLL_CLOEXEC);

	for (long i = 0; i < count; i++) {
		int fd = connect_to(path);

		if (fd < 0)
			break;
		begin(kind, fd);
		watch(epoll, fd, kind->behaviour == SLOW ? EPOLLHUP : EPOLLIN);
	}
	watch(epoll, STDIN_FILENO, EPOLLIN);
	printf("ready\n");
	(void)fflush(stdout);
	if (kind->behaviour == CONNECT) {
		storm(path);
		return;
	}
	for (;;) {
		struct epoll_event events[64];
		int ready = epoll_wait(epoll, events, 64, -1);

		for (int i = 0; i < ready; i++) {
			if (events[i].data.fd == STDIN_FILENO)
				return;
			if (events[i].events & EPOLLHUP || !go_on(kind, events[i].data.fd))
				(void)close(events[i].data.fd);
		}
	}
}

/* ---- the probe ---- */

static uint64_t now_usec(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static uint64_t ask_once(const char *path)
{
	static const char call[] = HOST("GetVersion", "");
	static const char expected[] = "{\"parameters\":{\"version\":";
	const uint64_t begin_usec = now_usec();
	_cleanup_close_ int fd = connect_to(path);
	struct pollfd answered = { .fd = fd, .events = POLLIN };
	char answer[4096];

	if (fd < 0 || !send_all(fd, call, sizeof(call)) || poll(&answered, 1, WAIT_MS) != 1 ||
	    recv(fd, answer, sizeof(answer), 0) < (ssize_t)sizeof(expected) ||
	    memcmp(answer, expected, sizeof(expected) - 1) != 0) {
		fprintf(stderr, "there was no answer\n");
		exit(1);
	}
	return now_usec() - begin_usec;
}

static int compare(const void *a, const void *b)
{
	const uint64_t first = *(const uint64_t *)a, second = *(const uint64_t *)b;

	return (first > second) - (first < second);
}

static void probe(const char *path, size_t count)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	_cleanup_free_ uint64_t *times = calloc(count, sizeof(*times));

	if (!times)
		exit(2);
	for (size_t i = 0; i < count; i++) {
		times[i] = ask_once(path);
		/* Probes begin at any moment of the daemon's round. */
		(void)nanosleep(&pause, NULL);
	}
	qsort(times, count, sizeof(*times), compare);
	printf("%llu %llu %llu\n", (unsigned long long)times[count / 2],
	       (unsigned long long)times[count - 1 - count / 100],
	       (unsigned long long)times[count - 1]);
}

/* Done here, because the other user may not have the rights to start this program. */
static int become(uid_t uid)
{
	if (setgroups(0, NULL) < 0 || setresgid(uid, uid, uid) < 0)
		return -1;
	return setresuid(uid, uid, uid);
}

int main(int argc, char **argv)
{
	long count = argc == 5 ? strtol(argv[4], NULL, 10) : 0;
	const char *name = argc == 5 ? argv[3] : "";

	if (count <= 0 || become((uid_t)strtoul(argv[2], NULL, 10)) < 0)
		return 2;
	if (strcmp(name, "probe") == 0) {
		probe(argv[1], (size_t)count);
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(name, kinds[i].name) != 0)
			continue;
		run_crowd(argv[1], &kinds[i], count);
		return 0;
	}
	return 2;
}
