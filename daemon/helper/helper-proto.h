/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What cxlfmd and cxlfm-helper say to each other: one JSON object per datagram of a SOCK_SEQPACKET
 * pair. Pure: the sockets are those of helper-workers.c and helper-client.c.
 *
 * On the control socket the daemon sends nothing but file descriptors: each is one end of a new
 * pair, for which the helper forks a worker. On a worker's socket every request gets one reply, in
 * order; a big answer travels as a memfd beside the reply. The worker ends when its peer closes;
 * what it is doing it gives up when its peer shuts down its writing end, and says so.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "cxl/step/host-step.h"
#include "util/arena.h"

struct json_object;

/* A step's texts are names and numbers: far more than any request or reply needs. */
#define HELPER_DATAGRAM_MAX 65536

/* A day: longer than anybody gives a step, and far from where a sum of times wraps. */
#define HELPER_TIMEOUT_MS_MAX ((uint64_t)24 * 3600 * 1000)

enum helper_verb {
	HELPER_SNAPSHOT, /* -> record in a memfd */
	HELPER_REGION,	 /* region -> record of that region alone, in a memfd */
	HELPER_MAILBOX,	 /* memdev -> what its mailbox tells, in a memfd */
	HELPER_STEP,	 /* step, timeout -> what was seen before and after */
	HELPER_READ,	 /* step, timeout -> what its property is now, in `before` */
	HELPER_HOLDERS,	 /* memory block -> what is known of who holds it, in a memfd */
	HELPER_VERB_COUNT,
};

struct helper_request {
	enum helper_verb verb;
	struct step step;
	uint64_t timeout_ms;
	const char *object; /* region, memdev or memory block, NULL for the others */
};

struct helper_reply {
	int error;	    /* 0 or a negative errno */
	bool wrote;	    /* the kernel was asked to change something */
	const char *before; /* value before the step, or NULL when it could not be read */
	const char *after;  /* value after it, or NULL */
	const char *holder; /* who else changes the host, with -EUSERS: nothing was done or read */
};

/** helper_verb_has_step() - is a request of this verb about a step? */
bool helper_verb_has_step(enum helper_verb verb);

/**
 * helper_request_encode() - the datagram of a request
 * @ret_text: terminated text, to be freed
 *
 * Return: 0 or -ENOMEM.
 */
int helper_request_encode(const struct helper_request *request, char **ret_text);

/**
 * helper_request_decode() - reads a request; its texts live in @arena
 *
 * Nothing malformed passes: the helper runs as root, its peer does not.
 *
 * Return: 0; -EINVAL; -ENOMEM.
 */
int helper_request_decode(const char *text, size_t length, struct arena *arena,
			  struct helper_request *ret_request);

/** helper_reply_encode() - the datagram of a reply; as helper_request_encode() */
int helper_reply_encode(const struct helper_reply *reply, char **ret_text);

/** helper_reply_decode() - reads a reply; as helper_request_decode() */
int helper_reply_decode(const char *text, size_t length, struct arena *arena,
			struct helper_reply *ret_reply);
