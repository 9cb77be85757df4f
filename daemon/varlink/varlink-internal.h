/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shared by varlink-server.c (listening, users), varlink-turn.c (the turns of users),
 * varlink-connection.c (bytes) and varlink-call.c (dispatch, answers), and included by no other
 * file.
 *
 * Ownership: a connection is freed only in its own turn of the loop, in the stall timer or with the
 * server, never inside of an answer; so answering code may hold a pointer to its connection. A call
 * lives as long as it has references, and may outlive its connection; then it has no connection.
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

/* Exists as long as the user has a connection. */
struct varlink_user {
	LIST_ENTRY(varlink_user) link;
	TAILQ_ENTRY(varlink_user) ready_link;
	struct quota_user quota;
	struct varlink_connection_queue ready; /* the user's connections with work to do */
	uint64_t used_nsec;		       /* CPU time used for this user; see varlink-turn.c */
};

struct varlink_listener {
	LIST_ENTRY(varlink_listener) link;
	char *path; /* the socket's file, removed in the end; or NULL */
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
	struct varlink_draft draft; /* kept from call to call */
	uint64_t stall_at_usec;
	enum varlink_stall stall;
	uint32_t events; /* EPOLL events that were reported, or are awaited */
	int fd;
	bool is_ready;	   /* the connection is in its user's queue `ready` */
	bool is_watched;   /* epoll will report the next event */
	bool in_turn;	   /* its turn runs, which flushes and waits at its end */
	bool progress;	   /* bytes have moved since the last look at the stall clock */
	bool end_of_input; /* the peer will send no more */
	bool peer_gone;	   /* the peer reads no more: answers are dropped */
	bool closing;	   /* to be closed when all is sent */
	bool doomed;	   /* to be closed as soon as possible */
};

struct varlink_server_method {
	const struct varlink_method *method;
	void *userdata;
};

struct varlink_server {
	struct sd_event *event;
	struct varlink_server_options options; /* with all defaults filled in */
	struct varlink_server_stats stats;
	struct quota quota;
	ARRAY(struct varlink_idl *) interfaces;
	ARRAY(struct varlink_server_method) methods;
	LIST_HEAD(, varlink_listener) listeners;
	LIST_HEAD(, varlink_connection) connections;
	LIST_HEAD(, varlink_user) users;
	TAILQ_HEAD(, varlink_user) ready_users;	 /* users with work to do */
	struct varlink_connection_queue stalled; /* by time */
	struct sd_event_source *stall_timer;
	struct sd_event_source *accept_timer;
	struct sd_event_source *trim_timer;
	struct sd_event_source *spent_source; /* on while `spent` has objects */
	ARRAY(struct json_object *) spent;    /* the trees of large answers, to be freed */
	struct sd_event_source *ready_source; /* for the events of poll_fd */
	struct sd_event_source *turn_source;  /* on while users are ready */
	int poll_fd;
	uint64_t used_nsec; /* CPU time of the user who was served last */
	varlink_access_fn access;
	void *access_userdata;
};

/* varlink-server.c */
const struct varlink_idl *varlink_server_find_interface(const struct varlink_server *server,
							const char *name, size_t length);
const struct varlink_server_method *varlink_server_find_method(const struct varlink_server *server,
							       const char *name);
void varlink_server_arm_stall_timer(struct varlink_server *server);
/* NULL for a user without connections. */
struct varlink_user *varlink_server_find_user(struct varlink_server *server, uid_t uid);
/* Gives back the quota of a connection, and tries again to accept. */
void varlink_server_release(struct varlink_server *server, struct varlink_user *user);
/* Accepts connections from all listening sockets. */
void varlink_server_accept(struct varlink_server *server);
/* While more is buffered than the quota allows, drops the connection that has not read for the
 * longest time. */
void varlink_server_limit_buffered(struct varlink_server *server,
				   struct varlink_connection *newest);

/* varlink-turn.c */
int varlink_turns_init(struct varlink_server *server);
void varlink_turns_deinit(struct varlink_server *server);
/* Turns the reporting of new connections on or off. */
int varlink_turns_listen(struct varlink_server *server, int fd, bool enabled, bool fresh);
int varlink_turns_add(struct varlink_connection *connection);
void varlink_turns_remove(struct varlink_connection *connection);
/* Queues the connection for a turn. @events: the events of its socket */
void varlink_turns_make_ready(struct varlink_connection *connection, uint32_t events);
/* Has the connection wait for one of these EPOLL events, or a hangup. */
void varlink_turns_wait(struct varlink_connection *connection, uint32_t events);

/* varlink-connection.c */
int varlink_connection_new(struct varlink_server *server, int fd, const struct varlink_peer *peer,
			   struct varlink_user *user);
void varlink_connection_free(struct varlink_connection *connection);
/* The turn of a connection: receives, handles, sends. The connection may be freed in it. */
void varlink_connection_serve(struct varlink_connection *connection, uint32_t events);
/* Dooms a connection: logs the reason once, frees its buffers at once, and the connection in its
 * next turn. */
void varlink_connection_drop(struct varlink_connection *connection, const char *reason);
/* Sends, and waits for the right events; to be called after a change outside of the connection's
 * turn. */
void varlink_connection_changed(struct varlink_connection *connection);

/* varlink-call.c */
/* Handles one message. Returns negative errno when the connection has to end. */
int varlink_call_start(struct varlink_connection *connection, const char *text, size_t length);
/* Calls the handler of a call once more, if varlink_call_again() asked for that. */
void varlink_call_go_on(struct varlink_call *call);
/* Tells a call that its connection has ended, and calls the callback of varlink_call_on_close(). */
void varlink_call_disconnect(struct varlink_call *call);

/* Hands the draft of a connection over to the caller, and gives its bytes back to the user's quota.
 */
struct varlink_draft varlink_connection_take_draft(struct varlink_connection *connection);

/* varlink-service.c */
extern const struct varlink_interface_text varlink_service_texts[];
int varlink_service_add(struct varlink_server *server);
