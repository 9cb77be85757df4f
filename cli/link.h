/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The seam between the verbs and the daemon: one conversation. link-socket.c is the real link, over
 * libcxlfm; the link of the unit tests answers from a script. Called by session.c only.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct link_reply {
	char *error;	  /* the full name of the error; NULL for success */
	char *parameters; /* the text of an object */
	bool continues;	  /* more replies to this call follow */
};

#define LINK_REPLY_NULL ((struct link_reply){ .error = NULL })

struct link_ops {
	/*
	 * Connects to the daemon; for a record, starts a daemon. May block. Return: 0 or negative
	 * errno.
	 */
	int (*open)(void *link);

	/*
	 * Sends one call; @parameters is the text of an object. A reply may take @patience_msec
	 * longer than usual; UINT64_MAX: any time. With @catch_interrupts Ctrl-C does not kill the
	 * program from here on: receive() returns -EINTR. May block. Return: 0; -ECONNRESET when
	 * the daemon is gone; -E2BIG for a call that is too large; -ENOMEM.
	 */
	int (*send)(void *link, const char *method, const char *parameters, bool more,
		    uint64_t patience_msec, bool catch_interrupts);

	/*
	 * Waits for the next reply to the call; the caller owns the reply. Return: 0; -EINTR for
	 * each Ctrl-C; -ECONNRESET when the connection ends, also within a reply; -EPROTO for a
	 * message that is not a reply; -EMSGSIZE for a reply that is too long; -ETIMEDOUT when no
	 * reply comes; -ENOMEM.
	 */
	int (*receive)(void *link, struct link_reply *ret_reply);

	/*
	 * Ends the conversation: the daemon takes a change under way back. Returns the exit status
	 * of a record's own daemon, 0 otherwise.
	 */
	int (*close)(void *link);
};
