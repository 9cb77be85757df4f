/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A client of cxlfmd. Methods, parameters and errors are those of the interfaces that the daemon
 * serves (`varlinkctl introspect /run/cxlfm/cxlfm.sock` shows them); parameters are texts of JSON
 * objects, so that no JSON library is part of this API.
 *
 * There are two ways to use a client. cxlfm_client_call() and cxlfm_client_call_more() wait for
 * their answers. A program with an event loop of its own uses cxlfm_client_send() and
 * cxlfm_client_process() instead, which never wait. Both go over one connection, and answers come
 * in the order of the calls.
 *
 * Functions return 0 or a positive number on success and a negative errno on failure. A client
 * belongs to one thread at a time; different clients share nothing. SIGPIPE is never raised.
 */
#ifndef CXLFM_CLIENT_H
#define CXLFM_CLIENT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define CXLFM_PUBLIC __attribute__((visibility("default")))
#else
#define CXLFM_PUBLIC
#endif

/* The daemon's socket, unless the environment variable CXLFM_SOCKET names another. */
#define CXLFM_SOCKET_DEFAULT "/run/cxlfm/cxlfm.sock"

/* How many calls may wait for their answers on one client. */
#define CXLFM_CALLS_MAX 64

/* No time limit. */
#define CXLFM_TIMEOUT_NONE UINT64_MAX

/* The time that a client waits for an answer, unless cxlfm_client_set_timeout() was called. */
#define CXLFM_TIMEOUT_DEFAULT_MSEC UINT64_C(60000)

struct cxlfm_client;

/**
 * enum cxlfm_call_flags - how a call is made
 * @CXLFM_CALL_MORE: ask for several replies
 * @CXLFM_CALL_ONEWAY: ask for no reply; not even an error is answered
 */
enum cxlfm_call_flags {
	CXLFM_CALL_MORE = 1 << 0,
	CXLFM_CALL_ONEWAY = 1 << 1,
};

/**
 * enum cxlfm_reply_flags - what kind of reply came
 * @CXLFM_REPLY_CONTINUES: more replies to the same call follow
 */
enum cxlfm_reply_flags {
	CXLFM_REPLY_CONTINUES = 1 << 0,
};

/**
 * typedef cxlfm_reply_fn - receives one reply
 * @client: the client; the function may send other calls on it, but not free it
 * @error: the name of a varlink error, or NULL when the call succeeded
 * @parameters_json: the parameters of the reply or of the error, a JSON object; valid during the
 * call
 * @flags: of enum cxlfm_reply_flags
 * @userdata: as given with the call
 *
 * Return: 0 to go on. Another value ends the connection, since varlink has no other way to leave a
 * stream. The function that waits or processes returns that value; if it is positive,
 * cxlfm_client_get_fd() tells it from a number of replies: it fails when the connection has ended.
 */
typedef int (*cxlfm_reply_fn)(struct cxlfm_client *client, const char *error,
			      const char *parameters_json, unsigned int flags, void *userdata);

/**
 * cxlfm_client_connect() - connects to the daemon
 * @address: the path of the daemon's socket, or "@name" for a socket in the abstract namespace;
 * "unix:" may stand in front; NULL for $CXLFM_SOCKET (ignored in set-user-ID programs) or, without
 * that variable, CXLFM_SOCKET_DEFAULT
 * @ret_client: the client, to be freed with cxlfm_client_free()
 *
 * Return: 0; -ENOENT or -ECONNREFUSED when no daemon listens; -EACCES when the socket is not for
 * this user; -ETIMEDOUT when the daemon does not accept; -EINVAL or -ENAMETOOLONG for a bad
 * address; -ENOMEM or another negative errno.
 */
CXLFM_PUBLIC int cxlfm_client_connect(const char *address, struct cxlfm_client **ret_client);

/**
 * cxlfm_client_connect_fd() - uses a connected stream socket
 * @fd: the socket; on success it belongs to the client and is non-blocking
 * @ret_client: the client, to be freed with cxlfm_client_free()
 *
 * Return: 0, -ENOMEM or another negative errno.
 */
CXLFM_PUBLIC int cxlfm_client_connect_fd(int fd, struct cxlfm_client **ret_client);

/**
 * cxlfm_client_free() - disconnects and frees a client
 * @client: the client, or NULL
 *
 * Calls without an answer are forgotten; their callbacks are not called.
 *
 * Return: NULL.
 */
CXLFM_PUBLIC struct cxlfm_client *cxlfm_client_free(struct cxlfm_client *client);

/**
 * cxlfm_client_set_timeout() - sets how long to wait for an answer
 * @client: the client
 * @timeout_msec: from sending a call, or from the reply before, to the next reply; or
 * CXLFM_TIMEOUT_NONE. CXLFM_TIMEOUT_DEFAULT_MSEC if never set.
 *
 * The timeout is for calls that are made from now on.
 */
CXLFM_PUBLIC void cxlfm_client_set_timeout(struct cxlfm_client *client, uint64_t timeout_msec);

/**
 * cxlfm_client_call() - calls a method and waits for its answer
 * @client: the client
 * @method: full name of the method
 * @parameters_json: a JSON object, or NULL for none
 * @ret_reply_json: the parameters of the reply, a JSON object; or those of the error, when
 * -EREMOTEIO is returned; to be freed with free(). May be NULL.
 * @reterr_error_name: the full name of the error, when -EREMOTEIO is returned; to be freed with
 * free(). May be NULL.
 *
 * Outputs are set in the cases named, and left unchanged in all others. Calls sent earlier with
 * cxlfm_client_send() get their replies first, through their callbacks.
 *
 * After -ETIMEDOUT, -ECONNRESET, -EPROTO, -EMSGSIZE, -E2BIG and the value of a callback the
 * connection is closed, and the client can only be freed.
 *
 * Return: 0; -EREMOTEIO when the daemon answered with an error; -EINVAL for a bad method name or
 * parameters that are not a JSON object; -ENOTCONN when the connection was closed before;
 * -ECONNRESET when the daemon closed the connection; -ETIMEDOUT when no answer came in time;
 * -EPROTO, -EMSGSIZE or -E2BIG when the answer is malformed; -ENOMEM.
 */
CXLFM_PUBLIC int cxlfm_client_call(struct cxlfm_client *client, const char *method,
				   const char *parameters_json, char **ret_reply_json,
				   char **reterr_error_name);

/**
 * cxlfm_client_call_more() - calls a method and waits for all of its replies
 * @client: the client
 * @method: full name of the method
 * @parameters_json: a JSON object, or NULL for none
 * @callback: called for each reply, the last one included, but not for an error
 * @userdata: given to it
 * @reterr_parameters_json: the parameters of the error, when -EREMOTEIO is returned; to be freed
 * with free(). May be NULL.
 * @reterr_error_name: as in cxlfm_client_call()
 *
 * Return: 0 after the last reply, what the callback returned if it was not 0, or as
 * cxlfm_client_call().
 */
CXLFM_PUBLIC int cxlfm_client_call_more(struct cxlfm_client *client, const char *method,
					const char *parameters_json, cxlfm_reply_fn callback,
					void *userdata, char **reterr_parameters_json,
					char **reterr_error_name);

/**
 * cxlfm_client_send() - makes a call without waiting
 * @client: the client
 * @method: full name of the method
 * @parameters_json: a JSON object, or NULL for none
 * @flags: of enum cxlfm_call_flags
 * @callback: called by cxlfm_client_process() for each reply or the error; may be NULL
 * @userdata: given to it
 *
 * The call is queued; cxlfm_client_process() sends it.
 *
 * Return: 0; -ENOBUFS when CXLFM_CALLS_MAX calls wait for their answers; -EINVAL, -ENOTCONN,
 * -ENOMEM.
 */
CXLFM_PUBLIC int cxlfm_client_send(struct cxlfm_client *client, const char *method,
				   const char *parameters_json, unsigned int flags,
				   cxlfm_reply_fn callback, void *userdata);

/**
 * cxlfm_client_process() - sends and receives as much as is possible without waiting, and calls
 * callbacks
 * @client: the client
 *
 * To be called when the socket is ready, when the time of cxlfm_client_get_deadline() has come, and
 * after cxlfm_client_send(). Not to be called from a callback.
 *
 * Return: the number of replies that callbacks got, which may be 0; or as cxlfm_client_call().
 * After a failure the connection is closed, and calls without an answer get no callback.
 */
CXLFM_PUBLIC int cxlfm_client_process(struct cxlfm_client *client);

/**
 * cxlfm_client_wait() - waits until cxlfm_client_process() has something to do
 * @client: the client
 * @timeout_msec: the longest time to wait, or CXLFM_TIMEOUT_NONE
 *
 * Return: 1 when there is something to do, 0 after the timeout, or a negative errno.
 */
CXLFM_PUBLIC int cxlfm_client_wait(struct cxlfm_client *client, uint64_t timeout_msec);

/**
 * cxlfm_client_get_fd() - the socket, for the event loop of a program
 * @client: the client
 *
 * Return: the file descriptor, or -ENOTCONN.
 */
CXLFM_PUBLIC int cxlfm_client_get_fd(const struct cxlfm_client *client);

/**
 * cxlfm_client_get_events() - the events to wait for on the socket
 * @client: the client
 *
 * Every other function of this header may change the events.
 *
 * Return: POLLIN, perhaps with POLLOUT, as for poll(2); or -ENOTCONN.
 */
CXLFM_PUBLIC int cxlfm_client_get_events(const struct cxlfm_client *client);

/**
 * cxlfm_client_get_deadline() - the latest time for the next cxlfm_client_process()
 * @client: the client
 * @ret_deadline_usec: microseconds of CLOCK_MONOTONIC, or UINT64_MAX for no deadline
 *
 * Return: 0 or -ENOTCONN.
 */
CXLFM_PUBLIC int cxlfm_client_get_deadline(const struct cxlfm_client *client,
					   uint64_t *ret_deadline_usec);

/**
 * cxlfm_client_count_calls() - how many calls wait for an answer
 * @client: the client
 *
 * Return: the number of calls.
 */
CXLFM_PUBLIC unsigned int cxlfm_client_count_calls(const struct cxlfm_client *client);

#ifdef __cplusplus
}
#endif

#endif
