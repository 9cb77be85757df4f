// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whose turn it is. All connections and listeners are in one epoll of the server's own, which is a
 * single source to sd-event: asked once, it tells all that are ready, and a round costs what is
 * ready, not what is connected.
 *
 * Turns go by user and not by connection. Next is the ready user who has had least of our time, and
 * of his connections the one that is ready for longest. Who comes back after a while begins with
 * the time of whoever was served last: nobody can save up time, and nobody who asks rarely waits
 * for more than the call that is being handled. Touches epoll, sd-event and the clock.
 */
#include <errno.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "daemon/process/turn-source.h"
#include "daemon/varlink/varlink-internal.h"
#include "util/cleanup.h"
#include "util/clock.h"

#define EVENTS_AT_ONCE 64

static bool has_ready(const struct varlink_user *user)
{
	return !TAILQ_EMPTY(&user->ready);
}

void varlink_turns_make_ready(struct varlink_connection *connection, uint32_t events)
{
	struct varlink_server *server = connection->server;
	struct varlink_user *user = connection->user;

	if (connection->in_turn)
		return;
	connection->events = connection->is_ready ? connection->events | events : events;
	if (connection->is_ready)
		return;
	connection->is_ready = true;
	if (!has_ready(user)) {
		if (user->used_nsec < server->used_nsec)
			user->used_nsec = server->used_nsec;
		TAILQ_INSERT_TAIL(&server->ready_users, user, ready_link);
	}
	TAILQ_INSERT_TAIL(&user->ready, connection, ready_link);
	(void)sd_event_source_set_enabled(server->turn_source, SD_EVENT_ON);
}

static void make_unready(struct varlink_connection *connection)
{
	struct varlink_user *user = connection->user;

	connection->is_ready = false;
	TAILQ_REMOVE(&user->ready, connection, ready_link);
	if (!has_ready(user))
		TAILQ_REMOVE(&connection->server->ready_users, user, ready_link);
}

/* ---- epoll ---- */

/* A listener is told from a connection by having no pointer: there are one or two of them. */
int varlink_turns_listen(struct varlink_server *server, int fd, bool enabled, bool fresh)
{
	struct epoll_event event = { .events = enabled ? EPOLLIN : 0, .data = { .ptr = NULL } };

	if (epoll_ctl(server->poll_fd, fresh ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event) < 0)
		return -errno;
	return 0;
}

/* Has something been said already? Whoever connects mostly has: it begins with a turn. */
int varlink_turns_add(struct varlink_connection *connection)
{
	struct epoll_event event = { .events = EPOLLONESHOT, .data = { .ptr = connection } };

	if (epoll_ctl(connection->server->poll_fd, EPOLL_CTL_ADD, connection->fd, &event) < 0)
		return -errno;
	varlink_turns_make_ready(connection, EPOLLIN);
	return 0;
}

void varlink_turns_remove(struct varlink_connection *connection)
{
	if (connection->is_ready)
		make_unready(connection);
	(void)epoll_ctl(connection->server->poll_fd, EPOLL_CTL_DEL, connection->fd, NULL);
}

void varlink_turns_wait(struct varlink_connection *connection, uint32_t events)
{
	struct epoll_event event = { .events = events | EPOLLONESHOT,
				     .data = { .ptr = connection } };

	if (connection->is_ready || (connection->is_watched && connection->events == events))
		return;
	connection->events = events;
	connection->is_watched = true;
	if (epoll_ctl(connection->server->poll_fd, EPOLL_CTL_MOD, connection->fd, &event) < 0)
		varlink_connection_drop(connection, "it can't be watched");
}

/* Frees nothing: what epoll has told stays good until all of it is noted. */
static void note_ready(struct varlink_server *server)
{
	struct epoll_event events[EVENTS_AT_ONCE];
	bool accept = false;
	int count;

	do {
		count = epoll_wait(server->poll_fd, events, EVENTS_AT_ONCE, 0);
		for (int i = 0; i < count; i++) {
			struct varlink_connection *connection = events[i].data.ptr;

			if (connection) {
				connection->is_watched = false;
				varlink_turns_make_ready(connection, events[i].events);
			} else {
				accept = true;
			}
		}
	} while (count == EVENTS_AT_ONCE);
	if (accept)
		varlink_server_accept(server);
}

/* ---- turns ---- */

static struct varlink_user *next_user(const struct varlink_server *server)
{
	struct varlink_user *user, *next = TAILQ_FIRST(&server->ready_users);

	TAILQ_FOREACH(user, &server->ready_users, ready_link)
	if (user->used_nsec < next->used_nsec)
		next = user;
	return next;
}

static uint64_t serve(struct varlink_server *server, struct varlink_user *user, uint64_t now_nsec)
{
	struct varlink_connection *connection = TAILQ_FIRST(&user->ready);
	const uid_t uid = user->quota.uid;
	uint64_t end_nsec;

	server->used_nsec = user->used_nsec;
	make_unready(connection);
	varlink_connection_serve(connection, connection->events);
	end_nsec = clock_now_nsec();
	/* With his last connection a user goes, too. */
	user = varlink_server_find_user(server, uid);
	if (user)
		user->used_nsec += end_nsec - now_nsec;
	return end_nsec;
}

/* The loop is left often: what happens to the host, and what the helper says, has its turn, too. */
static int take_turns(struct varlink_server *server)
{
	uint64_t now_nsec = clock_now_nsec();
	const uint64_t end_nsec = now_nsec + VARLINK_SERVER_TURN_NSEC;
	struct varlink_user *user;

	note_ready(server);
	while (now_nsec < end_nsec && (user = next_user(server)))
		now_nsec = serve(server, user, now_nsec);
	(void)sd_event_source_set_enabled(server->turn_source, TAILQ_EMPTY(&server->ready_users)
								       ? SD_EVENT_OFF
								       : SD_EVENT_ON);
	return 0;
}

static int on_turn(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	(void)source;
	(void)fd;
	(void)events;
	return take_turns(userdata);
}

/* ---- life ---- */

int varlink_turns_init(struct varlink_server *server)
{
	int rc;

	TAILQ_INIT(&server->ready_users);
	server->poll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (server->poll_fd < 0)
		return -errno;
	rc = sd_event_add_io(server->event, &server->ready_source, server->poll_fd, EPOLLIN,
			     on_turn, server);
	if (rc >= 0)
		rc = turn_source_add(server->event, &server->turn_source, on_turn, server);
	return rc < 0 ? rc : 0;
}

void varlink_turns_deinit(struct varlink_server *server)
{
	(void)sd_event_source_disable_unref(server->ready_source);
	(void)sd_event_source_disable_unref(server->turn_source);
	cleanup_close(&server->poll_fd);
}
