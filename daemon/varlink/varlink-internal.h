/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What varlink-server.c (listening, limits), varlink-connection.c (bytes) and varlink-call.c
 * (dispatch, answers) share, and nobody else includes.
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

/* What one user takes of us. */
struct varlink_user {
	LIST_ENTRY(varlink_user) link;
	uid_t uid;
	size_t connection_count, bytes;
};

struct varlink_listener {
	LIST_ENTRY(varlink_listener) link;
	struct varlink_server *server;
	struct sd_event_source *source;
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
	struct varlink_server *server;
	struct varlink_user *user;
	struct sd_event_source *source;
	struct varlink_call *current; /* in flight; not a reference */
	struct varlink_input input;
	struct varlink_output output;
	struct varlink_peer peer;
	size_t bytes_charged;
	uint64_t stall_at_usec;
	enum varlink_stall stall;
	int fd;
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
	ARRAY(struct varlink_idl *) interfaces;
	ARRAY(struct varlink_server_method) methods;
	LIST_HEAD(, varlink_listener) listeners;
	LIST_HEAD(, varlink_connection) connections;
	LIST_HEAD(, varlink_user) users;
	TAILQ_HEAD(varlink_stall_queue, varlink_connection) stalled; /* by time */
	struct sd_event_source *stall_timer;
	struct sd_event_source *accept_timer;
	varlink_access_fn access;
	void *access_userdata;
};

/* varlink-server.c */
const struct varlink_idl *varlink_server_find_interface(const struct varlink_server *server,
							const char *name, size_t length);
const struct varlink_server_method *varlink_server_find_method(const struct varlink_server *server,
							       const char *name);
void varlink_server_arm_stall_timer(struct varlink_server *server);
/* Gives back what a connection took of its user, and tries again to accept. */
void varlink_server_release(struct varlink_server *server, struct varlink_user *user);

/* varlink-connection.c */
int varlink_connection_new(struct varlink_server *server, int fd, const struct varlink_peer *peer,
			   struct varlink_user *user);
void varlink_connection_free(struct varlink_connection *connection);
/* Said out loud once, then dropped at the next turn. */
void varlink_connection_drop(struct varlink_connection *connection, const char *reason);
/* After something changed outside of its turn: sends, and waits for the right things. */
void varlink_connection_changed(struct varlink_connection *connection);

/* varlink-call.c */
/* Handles one message. Negative when the connection can't go on. */
int varlink_call_start(struct varlink_connection *connection, const char *text, size_t length);
/* The connection has ended: the call loses it, and whoever asked hears of it. */
void varlink_call_disconnect(struct varlink_call *call);

/* varlink-service.c */
extern const struct varlink_interface_text varlink_service_texts[];
int varlink_service_add(struct varlink_server *server);
