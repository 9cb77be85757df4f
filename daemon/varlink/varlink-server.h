/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The socket side of the API: a varlink service on sd-event. Owns listening sockets, connections
 * and the limits on both; knows nothing about what the methods do. Called by the daemon, which
 * gives it interface texts and a table of handlers, and answers calls now or later.
 *
 * Everything here runs in the thread of the event loop and never blocks. Calls of one connection
 * are handled one after the other, in order: the server looks at the next call after the last
 * answer of the current call. A connection has at most one call in flight, so the limit of
 * connections is the limit of calls.
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
 * ---- limits: varlink-message.h has those of messages, daemon/process/quota.c those of users ----
 */

/* Bytes of unread notifications of a stream. A reader with more is dropped. */
#define VARLINK_SERVER_STREAM_BYTES_MAX ((size_t)1024 * 1024)
/* The time for the rest of a message, and for a reader to read a part of an answer. */
#define VARLINK_SERVER_STALL_TIMEOUT_USEC UINT64_C(30000000)
/* While more bytes of earlier answers are unread, the next call of a connection waits. */
#define VARLINK_SERVER_UNREAD_BYTES_LOW ((size_t)64 * 1024)
/* The work of one connection before the others get their turn. A call is not interrupted. */
#define VARLINK_SERVER_CALLS_PER_TURN_MAX 16u
#define VARLINK_SERVER_NSEC_PER_TURN_MAX  UINT64_C(200000)
#define VARLINK_SERVER_READ_PER_TURN_MAX  ((size_t)64 * 1024)
/* The time of all connections before the event loop serves other sources. */
#define VARLINK_SERVER_TURN_NSEC	    UINT64_C(500000)
#define VARLINK_SERVER_ACCEPTS_PER_TURN_MAX 256u

/* Zero and NULL mean the default. Strings must outlive the server. */
struct varlink_server_options {
	const char *vendor, *product, *version, *url; /* for GetInfo */
	const char *internal_error; /* sent for an errno; default io.systemd.System */
	const char *too_many_error; /* sent to a user at his limit; default as above */
	size_t connections_max;	    /* by the number of descriptors */
	size_t stream_bytes_max;
	uint64_t stall_timeout_usec;
	bool check_replies;    /* check answers, too (debug builds, tests) */
	const struct log *log; /* NULL: silent */
};

/* Made by embed-varlink.py. A table ends with an entry without a text. */
struct varlink_interface_text {
	const char *text;
	size_t length;
};

/* All interfaces that this program serves but org.varlink.service (see meson.build). */
extern const struct varlink_interface_text varlink_interface_texts[];

/* The process at the other end, at the time when it connected. */
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
 * the handler takes a reference with json_object_get()
 *
 * A handler answers at once, or takes a reference with varlink_call_ref() and answers later. If the
 * last reference of a call is dropped without an answer, the server answers with an error.
 *
 * Return: 0; or a negative errno to have varlink_call_error_errno() called, if there was no answer.
 */
typedef int (*varlink_handler_fn)(struct varlink_call *call, struct json_object *parameters,
				  void *userdata);

struct varlink_method {
	const char *name;	    /* in full: "io.cxlfm.Host.List" */
	varlink_handler_fn handler; /* NULL: MethodNotImplemented */
	unsigned int flags;
	enum quota_kind
		slot; /* counted until the call is answered; QUOTA_CONNECTIONS: nothing else */
};

/**
 * typedef varlink_access_fn - may this caller call this method?
 * @parameters: an object that is not checked against the interface yet
 *
 * Return: 0 to go on; a negative errno for varlink_call_error_errno() (-EACCES: PermissionDenied),
 * unless the function has answered the call itself.
 */
typedef int (*varlink_access_fn)(struct varlink_call *call, const struct varlink_method *method,
				 struct json_object *parameters, void *userdata);

typedef void (*varlink_close_fn)(struct varlink_call *call, void *userdata);

/* The parts of a message that a client sends in several calls of one connection. */
struct varlink_draft {
	void *data; /* NULL: there is none */
	void (*free_data)(void *data);
	size_t bytes; /* the memory of the draft, which is charged to the user of the connection */
};

#define VARLINK_DRAFT_NULL ((struct varlink_draft){ .data = NULL })

struct varlink_server_stats {
	size_t connection_count;
	size_t bytes_buffered, bytes_kept;
	uint64_t connections_accepted,
		connections_refused;  /* refused: see daemon/process/quota.h */
	uint64_t connections_dropped; /* too slow, silent, malformed, or over their limits */
	uint64_t calls;
};

/**
 * varlink_server_new() - a server that serves org.varlink.service only
 * @options: may be NULL
 */
int varlink_server_new(struct sd_event *event, const struct varlink_server_options *options,
		       struct varlink_server **ret_server);

/**
 * varlink_server_free() - closes all connections; calls in flight end as if their clients had left
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
 * @userdata: given to each handler
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
 * @path: of the socket; "@name" is in the abstract namespace. An old socket on which no process
 * listens is replaced.
 * @mode: of the socket file
 *
 * The file is removed when the server is freed.
 *
 * Return: 0; -EADDRINUSE when another process listens at @path; another negative errno.
 */
int varlink_server_listen_path(struct varlink_server *server, const char *path, mode_t mode);

/** varlink_server_listen_fd() - listens on an inherited socket; owns @fd on success */
int varlink_server_listen_fd(struct varlink_server *server, int fd);

/**
 * varlink_server_add_connection() - serves an already connected stream socket
 * @fd: owned on success; made non-blocking
 *
 * Return: 0; -EDQUOT when the user is at his limit, which he was told; another negative errno.
 */
int varlink_server_add_connection(struct varlink_server *server, int fd);

void varlink_server_get_stats(const struct varlink_server *server,
			      struct varlink_server_stats *ret_stats);

/**
 * varlink_server_free_later() - frees the tree of a large answer in a turn of its own
 * @object: the tree, which the server owns from here on; or NULL
 * @length: the length of the answer as text
 *
 * Freeing a tree takes as long as making it. Small trees are freed at once, and so are trees that
 * come faster than they could be freed. varlink_call_reply() does this for its parameters.
 */
void varlink_server_free_later(struct varlink_server *server, struct json_object *object,
			       size_t length);

/* ---- calls ---- */

struct varlink_call *varlink_call_ref(struct varlink_call *call);

/** varlink_call_unref() - drops a reference; accepts NULL and returns NULL; see varlink_handler_fn
 */
struct varlink_call *varlink_call_unref(struct varlink_call *call);

/**
 * varlink_call_keep_draft() - keeps a draft for the next calls of the same connection, until the
 * connection ends
 * @call: an open call, whose connection has no draft
 * @draft: taken over on success
 *
 * Return: 0; -EDQUOT when the user of the connection has no quota left.
 */
int varlink_call_keep_draft(struct varlink_call *call, const struct varlink_draft *draft);

/** varlink_call_take_draft() - hands the connection's draft over to the caller; VARLINK_DRAFT_NULL:
 * there is none */
struct varlink_draft varlink_call_take_draft(struct varlink_call *call);

/** varlink_call_method() - the full name of the method */
const char *varlink_call_method(const struct varlink_call *call);
const struct varlink_peer *varlink_call_peer(const struct varlink_call *call);

/** varlink_call_wants_more() - did the client ask for several replies? */
bool varlink_call_wants_more(const struct varlink_call *call);

/** varlink_call_is_oneway() - does the client want no answer? Answers are accepted and dropped. */
bool varlink_call_is_oneway(const struct varlink_call *call);

/** varlink_call_is_behind() - has the client much left to read before more can be sent? */
bool varlink_call_is_behind(const struct varlink_call *call);

/** varlink_call_is_open() - is the client still there, and the call not answered yet? */
bool varlink_call_is_open(const struct varlink_call *call);

/**
 * varlink_call_again() - has the handler of the call called once more, with the same parameters
 *
 * The handler is called in a later turn of its user: many calls may have waited for the same thing.
 * Not to be called from the handler. A call that is not open any more is left alone.
 */
void varlink_call_again(struct varlink_call *call);

/**
 * varlink_call_waited() - the things for which the call has waited: bits with a meaning for its
 * handler; 0 at first
 *
 * A handler that is called again does not wait for the same thing once more.
 */
unsigned int varlink_call_waited(const struct varlink_call *call);
void varlink_call_set_waited(struct varlink_call *call, unsigned int waited);

/**
 * varlink_call_on_close() - asks to hear when the client goes away before the answer
 * @callback: called once, from the loop, never from inside a function of this header but
 * varlink_server_free(); NULL: not any more
 */
void varlink_call_on_close(struct varlink_call *call, varlink_close_fn callback, void *userdata);

/**
 * varlink_call_reply() - the last or only answer
 * @parameters: a JSON object, borrowed; NULL for an empty one
 *
 * After any function that answers the call is done, whatever the function returns; only the notify
 * functions leave the call open.
 *
 * Return: 0; -ENOTCONN when the client has gone; -EALREADY when the call was answered before;
 * -ENOBUFS when the client reads too slowly and is dropped; -EMSGSIZE when the answer is too large
 * and an error was sent instead; -EBADMSG when answers are checked and this answer does not fit
 * the interface: an error was sent instead; -EINVAL; -ENOMEM. A caller has nothing to do about any
 * of these errors.
 */
int varlink_call_reply(struct varlink_call *call, struct json_object *parameters);

/** varlink_call_reply_text() - the same with the text of a JSON object, which is not parsed */
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
 * @error: the full name of the error
 * @parameters: a JSON object, borrowed; NULL for an empty one
 */
int varlink_call_error(struct varlink_call *call, const char *error,
		       struct json_object *parameters);

/** varlink_call_error_text() - the same with the text of a JSON object, which is not parsed */
int varlink_call_error_text(struct varlink_call *call, const char *error, const char *text,
			    size_t length);

/** varlink_call_free_later() - varlink_server_free_later() for callers that have only the call */
void varlink_call_free_later(struct varlink_call *call, struct json_object *object, size_t length);

/**
 * varlink_call_error_errno() - answers with an error of the system
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
