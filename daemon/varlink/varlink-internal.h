/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What varlink-server.c (listening, users), varlink-turn.c (whose turn it is), varlink-connection.c
 * (bytes) and varlink-call.c (dispatch, answers) share, and nobody else includes.
 *
 * Who frees: a connection ends only in its own turn of the loop, in the stall timer or with the
 * server, never inside an answer; answering code may thus hold a pointer to it. A call outlives its
 * connection by its references and has no connection afterwards.
 */
#pragma once

#include <sys/queue.h>
#include <systemd/sd-event.h>

#include "daemon/varlink/varlink-idl.h"
#include "daemon/varlink/varlink-server.h"
#include "util/array.h"
#include "util/varlink-message.h"

#define VARLINK_SERVICE "org.varlink.service"

TAILQ_HEAD(varlink_connection_queue, varlink_connection);

/* Is there for as long as one of his connections is. */
struct varlink_user {
	LIST_ENTRY(varlink_user) link;
	TAILQ_ENTRY(varlink_user) ready_link;
	struct quota_user quota;
	struct varlink_connection_queue ready; /* his connections that have something to do */
	uint64_t used_nsec;		       /* of our time; see varlink-turn.c */
};

struct varlink_listener {
	LIST_ENTRY(varlink_listener) link;
	char *path; /* to be removed in the end, or NULL */
	int fd;
};

enum varlink_stall {
	VARLINK_STALL_NONE,
	VARLINK_STALL_INPUT,  /* waiting for the rest of a message */
	VARLINK_STALL_OUTPUT, /* waiting for the peer to read */
};

struct varlink_connection {
	LIST_ENTRY(varlink_connection) link;
	TAILQ_ENTRY(varlink_connection) stall_link;
	TAILQ_ENTRY(varlink_connection) ready_link;
	struct varlink_server *server;
	struct varlink_user *user;
	struct varlink_call *current; /* in flight; not a reference */
	struct varlink_input input;
	struct varlink_output output;
	struct varlink_peer peer;
	size_t bytes_charged;
	uint64_t stall_at_usec;
	enum varlink_stall stall;
	uint32_t events; /* that were reported, or are waited for */
	int fd;
	bool is_ready;	   /* it is among its user's ready ones */
	bool is_watched;   /* the next of its events will be reported */
	bool in_turn;	   /* its own turn runs: leave flushing and waiting to that */
	bool progress;	   /* since the stall clock was looked at */
	bool end_of_input; /* nothing more will be received */
	bool peer_gone;	   /* nobody reads any more: answers are dropped */
	bool closing;	   /* to be closed when all is sent */
	bool doomed;	   /* to be closed as soon as possible */
};

struct varlink_server_method {
	const struct varlink_method *method;
	void *userdata;
};

struct varlink_server {
	struct sd_event *event;
	struct varlink_server_options options; /* without defaults missing */
	struct varlink_server_stats stats;
	struct quota quota;
	ARRAY(struct varlink_idl *) interfaces;
	ARRAY(struct varlink_server_method) methods;
	LIST_HEAD(, varlink_listener) listeners;
	LIST_HEAD(, varlink_connection) connections;
	LIST_HEAD(, varlink_user) users;
	TAILQ_HEAD(, varlink_user) ready_users;	 /* who have something to do */
	struct varlink_connection_queue stalled; /* by time */
	struct sd_event_source *stall_timer;
	struct sd_event_source *accept_timer;
	struct sd_event_source *trim_timer;
	struct sd_event_source *spent_source; /* while there are some */
	ARRAY(struct json_object *) spent;    /* of what large answers were made; to be freed */
	struct sd_event_source *ready_source; /* of what poll_fd reports */
	struct sd_event_source *turn_source;  /* while some are ready */
	int poll_fd;
	uint64_t used_nsec; /* by whoever was served last */
	varlink_access_fn access;
	void *access_userdata;
};

/* varlink-server.c */
const struct varlink_idl *varlink_server_find_interface(const struct varlink_server *server,
							const char *name, size_t length);
const struct varlink_server_method *varlink_server_find_method(const struct varlink_server *server,
							       const char *name);
void varlink_server_arm_stall_timer(struct varlink_server *server);
/* NULL when there is no connection of his. */
struct varlink_user *varlink_server_find_user(struct varlink_server *server, uid_t uid);
/* Gives back what a connection took of its user, and tries again to accept. */
void varlink_server_release(struct varlink_server *server, struct varlink_user *user);
/* Takes connections from whoever listens. */
void varlink_server_accept(struct varlink_server *server);
/* Drops whoever has not read for the longest time while more is buffered than may be. */
void varlink_server_limit_buffered(struct varlink_server *server,
				   struct varlink_connection *newest);

/* varlink-turn.c */
int varlink_turns_init(struct varlink_server *server);
void varlink_turns_deinit(struct varlink_server *server);
/* Whether connections to a listener are reported. */
int varlink_turns_listen(struct varlink_server *server, int fd, bool enabled, bool fresh);
int varlink_turns_add(struct varlink_connection *connection);
void varlink_turns_remove(struct varlink_connection *connection);
/* It has something to do, whatever its socket says; @events: what the socket has said */
void varlink_turns_make_ready(struct varlink_connection *connection, uint32_t events);
/* It has nothing to do before one of these EPOLL events, or a hangup. */
void varlink_turns_wait(struct varlink_connection *connection, uint32_t events);

/* varlink-connection.c */
int varlink_connection_new(struct varlink_server *server, int fd, const struct varlink_peer *peer,
			   struct varlink_user *user);
void varlink_connection_free(struct varlink_connection *connection);
/* Its turn: receives, handles, sends. Afterwards it may be gone. */
void varlink_connection_serve(struct varlink_connection *connection, uint32_t events);
/* Said out loud once; what it holds goes at once, itself in its next turn. */
void varlink_connection_drop(struct varlink_connection *connection, const char *reason);
/* After something changed outside of its turn: sends, and waits for the right things. */
void varlink_connection_changed(struct varlink_connection *connection);

/* varlink-call.c */
/* Handles one message. Negative when the connection can't go on. */
int varlink_call_start(struct varlink_connection *connection, const char *text, size_t length);
/* Calls its handler once more if that was asked for. */
void varlink_call_go_on(struct varlink_call *call);
/* The connection has ended: the call loses it, and whoever asked hears of it. */
void varlink_call_disconnect(struct varlink_call *call);

/* varlink-service.c */
extern const struct varlink_interface_text varlink_service_texts[];
int varlink_service_add(struct varlink_server *server);
