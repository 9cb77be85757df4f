/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The socket side of the API: a varlink service on sd-event. Owns listening sockets, connections
 * and the limits on both; knows nothing about what the methods do. Called by the daemon, which
 * gives it interface texts and a table of handlers, and answers calls now or later.
 *
 * Everything here runs in the thread of the event loop and never blocks. Calls of one connection
 * are handled one after the other, in order: the next one is not looked at before the last answer
 * of the current one. A connection has at most one call in flight, so the limit of connections is
 * the limit of calls.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "daemon/process/quota.h"

struct json_object;
struct log;
struct sd_event;
struct varlink_call;
struct varlink_server;

/*
 * ---- limits: varlink-message.h has those of messages, daemon/process/quota.c what a user may hold
 * ----
 */

/* A stream's unread notifications; a reader that lets more pile up is dropped. */
#define VARLINK_SERVER_STREAM_BYTES_MAX ((size_t)1024 * 1024)
/* How long half a message may stay half, and how long a reader may read nothing of an answer. */
#define VARLINK_SERVER_STALL_TIMEOUT_USEC UINT64_C(30000000)
/* The next call of a connection waits while more than this of earlier answers is unread. */
#define VARLINK_SERVER_UNREAD_BYTES_LOW ((size_t)64 * 1024)
/* What one connection may do before the others get their turn; a call is not interrupted. */
#define VARLINK_SERVER_CALLS_PER_TURN_MAX 16u
#define VARLINK_SERVER_NSEC_PER_TURN_MAX  UINT64_C(200000)
#define VARLINK_SERVER_READ_PER_TURN_MAX  ((size_t)64 * 1024)
/* What all connections may do before the loop has a look at everything else. */
#define VARLINK_SERVER_TURN_NSEC	    UINT64_C(500000)
#define VARLINK_SERVER_ACCEPTS_PER_TURN_MAX 256u

/* Zero and NULL mean the default. Strings must outlive the server. */
struct varlink_server_options {
	const char *vendor, *product, *version, *url; /* for GetInfo */
	const char *internal_error; /* sent for an errno; default io.systemd.System */
	const char *too_many_error; /* sent to who holds as much as he may; default as above */
	size_t connections_max;	    /* that there are descriptors for */
	size_t stream_bytes_max;
	uint64_t stall_timeout_usec;
	bool check_replies;    /* check answers, too (debug builds, tests) */
	const struct log *log; /* NULL: silent */
};

/* Made by embed-varlink.py; a table of them ends with an entry without a text. */
struct varlink_interface_text {
	const char *text;
	size_t length;
};

/* All interfaces that this program serves but org.varlink.service (see meson.build). */
extern const struct varlink_interface_text varlink_interface_texts[];

/* Who is at the other end, when it connected. */
struct varlink_peer {
	uid_t uid;
	gid_t gid;
	pid_t pid;
};

enum varlink_method_flags {
	VARLINK_METHOD_NEEDS_MORE = 1 << 0, /* without `more` the answer is ExpectedMore */
};

/* Flags from here up are the daemon's own; the server hands them to the access check. */
#define VARLINK_METHOD_USER_SHIFT 16

/**
 * typedef varlink_handler_fn - handles one call
 * @parameters: checked against the interface; never NULL; valid until the handler returns, unless
 * referenced with json_object_get()
 *
 * Answers at once, or takes a reference with varlink_call_ref() and answers later. A call whose
 * last reference goes without an answer is answered with an error.
 *
 * Return: 0; or a negative errno to have varlink_call_error_errno() called, if there was no answer.
 */
typedef int (*varlink_handler_fn)(struct varlink_call *call, struct json_object *parameters,
				  void *userdata);

struct varlink_method {
	const char *name;	    /* in full: "io.cxlfm.Host.List" */
	varlink_handler_fn handler; /* NULL: MethodNotImplemented */
	unsigned int flags;
	enum quota_kind slot; /* taken until it is answered; QUOTA_CONNECTIONS: none but that */
};

/**
 * typedef varlink_access_fn - may this caller call this method?
 * @parameters: an object that was not yet checked against the interface
 *
 * Return: 0 to go on; a negative errno for varlink_call_error_errno() (-EACCES: PermissionDenied),
 * unless it has answered by itself.
 */
typedef int (*varlink_access_fn)(struct varlink_call *call, const struct varlink_method *method,
				 struct json_object *parameters, void *userdata);

typedef void (*varlink_close_fn)(struct varlink_call *call, void *userdata);

struct varlink_server_stats {
	size_t connection_count;
	size_t bytes_buffered, bytes_kept;
	uint64_t connections_accepted,
		connections_refused;  /* refused: see daemon/process/quota.h */
	uint64_t connections_dropped; /* slow, silent, malformed or greedy */
	uint64_t calls;
};

/**
 * varlink_server_new() - a server that serves org.varlink.service only
 * @options: may be NULL
 */
int varlink_server_new(struct sd_event *event, const struct varlink_server_options *options,
		       struct varlink_server **ret_server);

/**
 * varlink_server_free() - closes everything; calls in flight hear of it as of a client that left
 *
 * Must not be called from a handler.
 */
struct varlink_server *varlink_server_free(struct varlink_server *server);

/**
 * varlink_server_add_interface() - adds an interface; its methods are not implemented at first
 * @text: copied
 *
 * Return: 0, -EINVAL (the log says where the text is bad), -EEXIST, -ENOMEM.
 */
int varlink_server_add_interface(struct varlink_server *server, const char *text, size_t length);

/** varlink_server_add_interfaces() - adds a table as embed-varlink.py makes it */
int varlink_server_add_interfaces(struct varlink_server *server,
				  const struct varlink_interface_text *table);

/**
 * varlink_server_add_methods() - adds handlers
 * @methods: must outlive the server
 * @userdata: given to each of them
 *
 * Return: 0; -ENOENT for a method that no interface has; -EEXIST; -ENOMEM.
 */
int varlink_server_add_methods(struct varlink_server *server, const struct varlink_method *methods,
			       size_t count, void *userdata);

/** varlink_server_set_access() - a check before each handler; org.varlink.service is exempt */
void varlink_server_set_access(struct varlink_server *server, varlink_access_fn access,
			       void *userdata);

/**
 * varlink_server_listen_path() - makes a socket and listens on it
 * @path: where; "@name" is the abstract namespace. A socket there that nobody listens on is
 * replaced.
 * @mode: of the socket file
 *
 * The file is removed when the server is freed.
 *
 * Return: 0; -EADDRINUSE when somebody listens there; another negative errno.
 */
int varlink_server_listen_path(struct varlink_server *server, const char *path, mode_t mode);

/** varlink_server_listen_fd() - listens on an inherited socket; owns @fd on success */
int varlink_server_listen_fd(struct varlink_server *server, int fd);

/**
 * varlink_server_add_connection() - serves an already connected stream socket
 * @fd: owned on success; made non-blocking
 *
 * Return: 0; -EDQUOT when its user has as many as he may, of which he was told; another
 * negative errno.
 */
int varlink_server_add_connection(struct varlink_server *server, int fd);

void varlink_server_get_stats(const struct varlink_server *server,
			      struct varlink_server_stats *ret_stats);

/**
 * varlink_server_free_later() - frees what a large answer was made of in a turn of its own
 * @object: taken over; or NULL
 * @length: of the answer as text
 *
 * That takes as long as to make it. What is small is freed at once, and so is what comes faster
 * than it could be freed. What varlink_call_reply() is given needs this from nobody else.
 */
void varlink_server_free_later(struct varlink_server *server, struct json_object *object,
			       size_t length);

/* ---- calls ---- */

struct varlink_call *varlink_call_ref(struct varlink_call *call);

/** varlink_call_unref() - accepts NULL and returns NULL; see varlink_handler_fn */
struct varlink_call *varlink_call_unref(struct varlink_call *call);

/** varlink_call_method() - the full name of the method */
const char *varlink_call_method(const struct varlink_call *call);
const struct varlink_peer *varlink_call_peer(const struct varlink_call *call);

/** varlink_call_wants_more() - did the client ask for several replies? */
bool varlink_call_wants_more(const struct varlink_call *call);

/** varlink_call_is_oneway() - does nobody wait? Answers are accepted and dropped. */
bool varlink_call_is_oneway(const struct varlink_call *call);

/** varlink_call_is_behind() - has its client much to read before more can be sent to it? */
bool varlink_call_is_behind(const struct varlink_call *call);

/** varlink_call_is_open() - is there still somebody to answer, and no answer yet? */
bool varlink_call_is_open(const struct varlink_call *call);

/**
 * varlink_call_again() - has its handler called once more, with the same parameters
 *
 * In the turn of its user, and not at once: what many calls have waited for may be there for all of
 * them in the same moment. Not from its handler; does nothing for one that is not open any more.
 */
void varlink_call_again(struct varlink_call *call);

/**
 * varlink_call_waited() - what the call has waited for: bits that its handlers give a meaning, 0 at
 * first
 *
 * Who is called again knows by it what not to wait for once more.
 */
unsigned int varlink_call_waited(const struct varlink_call *call);
void varlink_call_set_waited(struct varlink_call *call, unsigned int waited);

/**
 * varlink_call_on_close() - asks to hear when the client goes away before the answer
 * @callback: called once, from the loop, never from inside a function of this header but
 * varlink_server_free(); NULL for no longer
 */
void varlink_call_on_close(struct varlink_call *call, varlink_close_fn callback, void *userdata);

/**
 * varlink_call_reply() - the last or only answer
 * @parameters: a JSON object, borrowed; NULL for an empty one
 *
 * Common to all answers: the call is done afterwards, whatever is returned, but for the notify
 * functions.
 *
 * Return: 0; -ENOTCONN when the client has gone; -EALREADY when the call was answered before;
 * -ENOBUFS when the client reads too slowly and is dropped; -EMSGSIZE when the answer is too large
 * and an error was sent instead; -EBADMSG when answers are checked and this one is not what the
 * interface says: an error was sent instead; -EINVAL; -ENOMEM. A caller has nothing to do about any
 * of them.
 */
int varlink_call_reply(struct varlink_call *call, struct json_object *parameters);

/** varlink_call_reply_text() - the same, of a kept text of a JSON object, which is not parsed */
int varlink_call_reply_text(struct varlink_call *call, const char *text, size_t length);

/**
 * varlink_call_notify() - one of several answers; others follow
 *
 * Return: as varlink_call_reply(); -EPROTO when the client did not ask for more.
 */
int varlink_call_notify(struct varlink_call *call, struct json_object *parameters);
int varlink_call_notify_text(struct varlink_call *call, const char *text, size_t length);

/**
 * varlink_call_error() - answers with an error
 * @error: its full name
 * @parameters: a JSON object, borrowed; NULL for an empty one
 */
int varlink_call_error(struct varlink_call *call, const char *error,
		       struct json_object *parameters);

/** varlink_call_error_text() - the same, of a kept text of a JSON object, which is not parsed */
int varlink_call_error_text(struct varlink_call *call, const char *error, const char *text,
			    size_t length);

/** varlink_call_free_later() - varlink_server_free_later() by whoever has only the call */
void varlink_call_free_later(struct varlink_call *call, struct json_object *object, size_t length);

/**
 * varlink_call_error_errno() - answers with what the system said
 * @error: an errno, of either sign
 *
 * EACCES and EPERM become PermissionDenied; others the internal error of the server's options, with
 * the parameters origin ("linux"), errno and errnoName.
 */
int varlink_call_error_errno(struct varlink_call *call, int error);

/**
 * varlink_call_error_invalid_parameter() - answers with org.varlink.service.InvalidParameter
 * @field: "targets[2].size"
 * @problem: one sentence, or NULL; travels as an extra member `problem`
 */
int varlink_call_error_invalid_parameter(struct varlink_call *call, const char *field,
					 const char *problem);
