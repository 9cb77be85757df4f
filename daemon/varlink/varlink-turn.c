// SPDX-License-Identifier: GPL-2.0-only
/*
 * The order of turns. All connections and listeners are in one epoll of the server's own, which is
 * a single source to sd-event: one call reports all that are ready, and a round costs in proportion
 * to the ready connections, not to all.
 *
 * Turns go by user and not by connection. The next turn is of the ready user who has used the least
 * of the server's time, and of his connections the one that has been ready for longest. A user who
 * comes back begins with the time of the user who was served last: nobody can save up time, and a
 * user with few calls waits at most for the call that is being handled. Touches epoll, sd-event and
 * the clock.
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

/* A listener has no pointer, which tells it from a connection: all listeners are tried. */
int varlink_turns_listen(struct varlink_server *server, int fd, bool enabled, bool fresh)
{
	struct epoll_event event = { .events = enabled ? EPOLLIN : 0, .data = { .ptr = NULL } };

	if (epoll_ctl(server->poll_fd, fresh ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event) < 0)
		return -errno;
	return 0;
}

/* A new client has mostly sent its first call already, so a connection begins with a turn. */
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
		varlink_connection_drop(connection, "its socket can't be watched");
}

/* Frees nothing, because the pointers that epoll reports have to stay valid until all are noted. */
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
	/* A user ends with the last connection. */
	user = varlink_server_find_user(server, uid);
	if (user)
		user->used_nsec += end_nsec - now_nsec;
	return end_nsec;
}

/* Returns to the loop often, so that events of the host and of the helper have their turns, too. */
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
