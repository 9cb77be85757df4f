/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The seam between the verbs and the daemon: one conversation. link-socket.c is the real one, over
 * libcxlfm; the unit tests have one that answers from a script. Called by session.c only.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct json_object;

struct link_reply {
	char *error;			/* the error's full name; NULL for success */
	struct json_object *parameters; /* an object */
	bool continues;			/* more replies to this call follow */
};

#define LINK_REPLY_NULL ((struct link_reply){ .error = NULL })

struct link_ops {
	/*
	 * Reaches the daemon. May block. Return: 0 or the negative errno of connect(2) or, for a
	 * record's own daemon, of starting it.
	 */
	int (*open)(void *link);

	/*
	 * Sends one call; @parameters is the text of an object. A reply may take @patience_msec
	 * longer than usual; UINT64_MAX: as long as it takes. From here on an interruption of the
	 * user kills the program unless it is caught. May block. Return: 0; -ECONNRESET when the
	 * daemon is gone; -E2BIG for a call that is too large; -ENOMEM.
	 */
	int (*send)(void *link, const char *method, const char *parameters, bool more,
		    uint64_t patience_msec, bool catch_interrupts);

	/*
	 * Waits for the next reply to the call; the caller owns it. Return: 0; -EINTR each time
	 * that an interruption was caught; -ECONNRESET when the connection ends, also within a
	 * reply; -EPROTO for what is no reply; -EMSGSIZE for one that is too long; -ETIMEDOUT when
	 * none comes; -ENOMEM.
	 */
	int (*receive)(void *link, struct link_reply *ret_reply);

	/*
	 * Ends the conversation, at which the daemon takes back a change under way. Returns the
	 * exit status of a record's own daemon, 0 otherwise.
	 */
	int (*close)(void *link);
};
