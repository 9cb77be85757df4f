// SPDX-License-Identifier: GPL-2.0-only
/*
 * One client's connection: receives and sends bytes, decides when to handle the next message and
 * when to end. Touches the connection's socket. An idle connection holds no buffers and waits for
 * input only.
 *
 * A turn is one run of varlink_connection_serve(): it reads, handles messages, sends, and then
 * decides on the events to wait for. varlink-turn.c decides on the order of turns. Answers outside
 * of a turn call varlink_connection_changed(), which sends and waits, but handles no message and
 * frees nothing; for more work it asks for a turn.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

#include "daemon/varlink/foreign-rights.h"
#include "daemon/varlink/varlink-internal.h"
#include "util/clock.h"
#include "util/log.h"

#define READ_SIZE ((size_t)16 * 1024)

int varlink_connection_new(struct varlink_server *server, int fd, const struct varlink_peer *peer,
			   struct varlink_user *user)
{
	struct varlink_connection *connection = calloc(1, sizeof(*connection));
	int rc;

	if (!connection)
		return -ENOMEM;
	connection->server = server;
	connection->user = user;
	connection->peer = *peer;
	connection->fd = fd;
	varlink_input_init(&connection->input, VARLINK_CALL_SIZE_MAX);
	/* At most these two can be pending before a large reply. */
	varlink_output_init(&connection->output, server->options.stream_bytes_max +
							 VARLINK_SERVER_UNREAD_BYTES_LOW +
							 2 * VARLINK_REPLY_SIZE_MAX);
	rc = varlink_turns_add(connection);
	if (rc < 0) {
		free(connection);
		return rc;
	}
	LIST_INSERT_HEAD(&server->connections, connection, link);
	return 0;
}

static void charge_bytes(struct varlink_connection *connection, size_t bytes)
{
	struct quota *quota = &connection->server->quota;
	struct quota_user *user = &connection->user->quota;

	quota_give(quota, user, QUOTA_BUFFERED, connection->bytes_charged);
	quota_charge(quota, user, QUOTA_BUFFERED, bytes);
	connection->bytes_charged = bytes;
}

static void release_buffers(struct varlink_connection *connection)
{
	varlink_input_deinit(&connection->input);
	varlink_output_deinit(&connection->output);
	charge_bytes(connection, 0);
}

static void stall_stop(struct varlink_connection *connection)
{
	if (connection->stall != VARLINK_STALL_NONE)
		TAILQ_REMOVE(&connection->server->stalled, connection, stall_link);
	connection->stall = VARLINK_STALL_NONE;
}

static void drop_draft(struct varlink_connection *connection)
{
	const struct varlink_draft draft = varlink_connection_take_draft(connection);

	if (draft.data)
		draft.free_data(draft.data);
}

void varlink_connection_free(struct varlink_connection *connection)
{
	struct varlink_server *server = connection->server;
	bool closed;

	LIST_REMOVE(connection, link);
	stall_stop(connection);
	varlink_turns_remove(connection);
	closed = foreign_rights_close(connection->fd) == 0;
	release_buffers(connection);
	/* First of all, because the callback may open and close connections. */
	if (connection->current)
		varlink_call_disconnect(connection->current);
	drop_draft(connection);
	/* An open socket counts against its user. */
	if (closed)
		varlink_server_release(server, connection->user);
	free(connection);
}

static void note_drop(struct varlink_connection *connection, const char *reason)
{
	connection->server->stats.connections_dropped++;
	if (connection->server->options.log)
		log_debug(connection->server->options.log,
			  "dropping the connection of uid %u, pid %d: %s",
			  (unsigned int)connection->peer.uid, (int)connection->peer.pid, reason);
}

void varlink_connection_drop(struct varlink_connection *connection, const char *reason)
{
	if (connection->doomed)
		return;
	connection->doomed = true;
	note_drop(connection, reason);
	if (connection->in_turn)
		return;
	stall_stop(connection);
	release_buffers(connection);
	varlink_turns_make_ready(connection, 0);
}

/* ---- bytes ---- */

static void receive_some(struct varlink_connection *connection)
{
	size_t left = VARLINK_SERVER_READ_PER_TURN_MAX;

	while (left > 0 && !connection->end_of_input && !connection->closing) {
		char *space;
		size_t room;
		ssize_t size;
		int rc;

		rc = varlink_input_reserve(&connection->input, READ_SIZE, &space, &room);
		if (rc == -ENOMEM)
			varlink_connection_drop(connection, "no memory to receive");
		if (rc < 0)
			return;
		if (room > left)
			room = left;
		size = foreign_rights_receive(connection->fd, space, room);
		if (size == -EPERM)
			varlink_connection_drop(connection, "it sent descriptors");
		if (size == -EPERM || size == -EAGAIN)
			return;
		if (size <= 0) {
			connection->end_of_input = true;
			return;
		}
		varlink_input_commit(&connection->input, (size_t)size);
		left -= (size_t)size;
		if ((size_t)size < room)
			return;
	}
}

static void send_some(struct varlink_connection *connection)
{
	size_t size;
	const char *data;

	while (!connection->peer_gone && (data = varlink_output_peek(&connection->output, &size))) {
		ssize_t sent = send(connection->fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0 && errno == EAGAIN)
			return;
		if (sent < 0) {
			connection->peer_gone = true;
			break;
		}
		varlink_output_consume(&connection->output, (size_t)sent);
		connection->progress = true;
	}
	if (connection->peer_gone)
		varlink_output_consume(&connection->output,
				       varlink_output_size(&connection->output));
}

/* ---- what to do next ---- */

static bool may_handle_next(const struct varlink_connection *connection)
{
	return !connection->current && !connection->closing && !connection->doomed &&
	       varlink_output_size(&connection->output) <= VARLINK_SERVER_UNREAD_BYTES_LOW;
}

static bool is_finished(struct varlink_connection *connection)
{
	if (connection->doomed)
		return true;
	if (connection->closing)
		return varlink_output_size(&connection->output) == 0;
	/*
	 * After the peer has gone, its calls are still handled, up to the first that is not
	 * answered at once.
	 */
	if (connection->peer_gone && connection->current)
		return true;
	return connection->end_of_input && !connection->current &&
	       varlink_output_size(&connection->output) == 0 &&
	       !varlink_input_has_message(&connection->input);
}

/* Sends an error if possible, and ends the connection: the rest of the stream can't be trusted. */
static void refuse_message(struct varlink_connection *connection, int error)
{
	static const char parameters[] = "{\"parameter\":\"message\"}";

	(void)varlink_output_error(&connection->output, VARLINK_SERVICE ".InvalidParameter",
				   parameters, sizeof(parameters) - 1);
	connection->closing = true;
	note_drop(connection,
		  error == -EPROTO ? "it sent a malformed message" : "it sent too large a message");
}

static void handle_messages(struct varlink_connection *connection)
{
	const uint64_t end_nsec = clock_now_nsec() + VARLINK_SERVER_NSEC_PER_TURN_MAX;

	for (unsigned int i = 0; i < VARLINK_SERVER_CALLS_PER_TURN_MAX; i++) {
		const char *text = NULL;
		size_t length = 0;
		int rc;

		if (!may_handle_next(connection))
			return;
		rc = varlink_input_next(&connection->input, &text, &length);
		if (rc == 0)
			return;
		connection->progress = true;
		if (rc > 0)
			rc = varlink_call_start(connection, text, length);
		if (rc < 0)
			refuse_message(connection, rc);
		if (clock_now_nsec() >= end_nsec)
			return;
	}
}

/*
 * Selects the clock: for a reader that reads nothing, or for a writer that stopped inside of a
 * message.
 */
static enum varlink_stall stall_kind(const struct varlink_connection *connection, bool receiving)
{
	if (varlink_output_size(&connection->output) > 0)
		return VARLINK_STALL_OUTPUT;
	if (receiving && !varlink_input_is_empty(&connection->input))
		return VARLINK_STALL_INPUT;
	return VARLINK_STALL_NONE;
}

static void stall_update(struct varlink_connection *connection, bool receiving)
{
	struct varlink_server *server = connection->server;
	const enum varlink_stall kind = stall_kind(connection, receiving);
	uint64_t now_usec;

	if (kind == connection->stall && !connection->progress)
		return;
	connection->progress = false;
	stall_stop(connection);
	if (kind == VARLINK_STALL_NONE ||
	    sd_event_now(server->event, CLOCK_MONOTONIC, &now_usec) < 0)
		return;
	/* The timeout is the same for all connections, so the queue is in the order of time. */
	connection->stall = kind;
	connection->stall_at_usec = now_usec + server->options.stall_timeout_usec;
	TAILQ_INSERT_TAIL(&server->stalled, connection, stall_link);
	varlink_server_arm_stall_timer(server);
}

/* A running call waits for no events: a hangup is reported anyway. */
static void wait_for_next(struct varlink_connection *connection)
{
	const bool ready = may_handle_next(connection);
	const bool pending = ready && varlink_input_has_message(&connection->input);
	const bool receiving = ready && !pending && !connection->end_of_input;
	uint32_t events = 0;

	if (receiving)
		events |= EPOLLIN;
	if (varlink_output_size(&connection->output) > 0)
		events |= EPOLLOUT;
	varlink_input_trim(&connection->input);
	charge_bytes(connection, connection->input.allocated + connection->output.allocated);
	stall_update(connection, receiving);
	if (pending || is_finished(connection))
		varlink_turns_make_ready(connection, 0);
	else
		varlink_turns_wait(connection, events);
}

void varlink_connection_serve(struct varlink_connection *connection, uint32_t events)
{
	connection->in_turn = true;
	if (events & (EPOLLHUP | EPOLLERR))
		connection->peer_gone = true;
	if (connection->peer_gone || (events & EPOLLIN))
		receive_some(connection);
	send_some(connection);
	if (connection->current)
		varlink_call_go_on(connection->current);
	handle_messages(connection);
	send_some(connection);
	connection->in_turn = false;
	if (is_finished(connection)) {
		varlink_connection_free(connection);
		return;
	}
	wait_for_next(connection);
	varlink_server_limit_buffered(connection->server, connection);
}

void varlink_connection_changed(struct varlink_connection *connection)
{
	if (connection->in_turn || connection->doomed)
		return;
	send_some(connection);
	wait_for_next(connection);
	varlink_server_limit_buffered(connection->server, connection);
}
