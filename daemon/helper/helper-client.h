/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The daemon's side of the helper: starts the helper, opens sessions (each with a worker of its
 * own), and calls back when a worker has answered or died. Never blocks.
 */
#pragma once

#include <stdint.h>
#include <systemd/sd-event.h>

#include "daemon/helper/helper-proto.h"
#include "util/log.h"

struct helper_client;
struct helper_session;
struct json_object;

struct helper_answer {
	/* 0: the worker answered, see `reply`. -EPIPE: the worker is gone, and may have begun with
	 * the request. -EPROTO: its answer was malformed. Other negative errno: the daemon could
	 * not receive the answer. */
	int error;
	struct helper_reply reply; /* its texts are valid until the callback returns */
	struct json_object *data;  /* the JSON of a memfd, or NULL; the session owns it */
};

typedef void (*helper_answer_fn)(void *userdata, const struct helper_answer *answer);

/**
 * helper_client_new() - starts the helper
 * @path: the program
 * @on_exit: called once if the helper ends by itself
 *
 * Return: 0 or negative errno.
 */
int helper_client_new(sd_event *event, const struct log *log, const char *path,
		      void (*on_exit)(void *userdata), void *userdata,
		      struct helper_client **ret_client);

/**
 * helper_client_attach() - uses a helper that runs already at the other end of a socket pair
 * @control_fd: the client owns it on success
 *
 * Return: 0 or negative errno.
 */
int helper_client_attach(sd_event *event, const struct log *log, int control_fd,
			 struct helper_client **ret_client);

/** helper_client_free() - closes the control socket, so that the helper ends; accepts NULL */
struct helper_client *helper_client_free(struct helper_client *client);

/** helper_session_new() - a session with a new worker; 0; -ESRCH: no helper; other negative errno
 */
int helper_session_new(struct helper_client *client, struct helper_session **ret_session);

/**
 * helper_session_call() - sends a request
 * @callback: called once, from the loop, never from within this function; may free the session
 *
 * A session has one request at a time.
 *
 * Return: 0; -EBUSY while a request is under way; other negative errno, without a callback.
 */
int helper_session_call(struct helper_session *session, const struct helper_request *request,
			helper_answer_fn callback, void *userdata);

/**
 * helper_session_give_up() - has the worker give its request up, if the kernel can stop
 *
 * The worker answers all the same: with -ECANCELED if it was stopped. The session can't be used
 * afterwards.
 */
void helper_session_give_up(struct helper_session *session);

/** helper_session_free() - has the worker end after its present request; accepts NULL */
struct helper_session *helper_session_free(struct helper_session *session);

static inline void cleanup_helper_session(struct helper_session **session)
{
	(void)helper_session_free(*session);
}
