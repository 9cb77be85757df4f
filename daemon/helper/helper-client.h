/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The daemon's side of the helper: starts it, opens sessions (one worker each), and calls back when
 * a worker has answered or died. Never blocks.
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
	/* 0: the worker answered, see `reply`. -EPIPE: the worker is gone and nobody knows whether
	 * it had begun. Other negative errno: its answer was malformed. */
	int error;
	struct helper_reply reply; /* its texts live until the callback returns */
	struct json_object *data;  /* what came in a memfd, or NULL; the session's */
};

typedef void (*helper_answer_fn)(void *userdata, const struct helper_answer *answer);

/**
 * helper_client_new() - starts the helper
 * @path: the program
 * @on_exit: called once when the helper has ended by itself
 *
 * Return: 0 or negative errno.
 */
int helper_client_new(sd_event *event, const struct log *log, const char *path,
		      void (*on_exit)(void *userdata), void *userdata,
		      struct helper_client **ret_client);

/**
 * helper_client_attach() - for a helper that is there: whoever reads the other end of a socket pair
 * @control_fd: taken over on success
 *
 * Return: 0 or negative errno.
 */
int helper_client_attach(sd_event *event, const struct log *log, int control_fd,
			 struct helper_client **ret_client);

/** helper_client_free() - closes the control socket, at which the helper ends; accepts NULL */
struct helper_client *helper_client_free(struct helper_client *client);

/** helper_session_new() - a new worker of its own; 0; -ESRCH: no helper; other negative errno */
int helper_session_new(struct helper_client *client, struct helper_session **ret_session);

/**
 * helper_session_call() - sends a request
 * @callback: called once, from the loop, never from within this function; may free the session
 *
 * One request at a time.
 *
 * Return: 0; -EBUSY while one is under way; other negative errno, without a callback.
 */
int helper_session_call(struct helper_session *session, const struct helper_request *request,
			helper_answer_fn callback, void *userdata);

/**
 * helper_session_give_up() - nobody waits for what the worker is doing now, where the kernel can
 * stop
 *
 * It answers all the same: -ECANCELED, if it was stopped. The session is of no use after that.
 */
void helper_session_give_up(struct helper_session *session);

/** helper_session_free() - the worker ends after what it is doing now; accepts NULL */
struct helper_session *helper_session_free(struct helper_session *session);

static inline void cleanup_helper_session(struct helper_session **session)
{
	(void)helper_session_free(*session);
}
