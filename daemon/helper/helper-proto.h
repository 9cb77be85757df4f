/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The protocol between cxlfmd and cxlfm-helper: one JSON object per datagram of a SOCK_SEQPACKET
 * pair. Pure: helper-workers.c and helper-client.c have the sockets.
 *
 * On the control socket the daemon sends nothing but file descriptors: each is one end of a new
 * pair, for which the helper forks a worker. On a worker's socket every request gets one reply, in
 * order; a large answer is a memfd beside the reply. The worker ends when its peer closes the
 * socket. When the peer shuts down its writing end, the worker gives its request up, and answers
 * so.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "cxl/step/host-step.h"
#include "util/arena.h"

struct json_object;

/* A step's texts are names and numbers: far more than any request or reply needs. */
#define HELPER_DATAGRAM_MAX 65536

/*
 * The seals of the memfd of an answer (F_ADD_SEALS): the daemon reads no file that could still
 * change, and no file that is not memory, which could keep the daemon waiting.
 */
#define HELPER_REPLY_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

/* A day: longer than any step may take, and far from an overflow of sums of times. */
#define HELPER_TIMEOUT_MS_MAX ((uint64_t)24 * 3600 * 1000)

enum helper_verb {
	HELPER_SNAPSHOT, /* -> record in a memfd */
	HELPER_REGION,	 /* region -> record of that region alone, in a memfd */
	HELPER_MAILBOX,	 /* memdev -> answers of its mailbox, in a memfd */
	HELPER_STEP,	 /* step, timeout -> the values before and after */
	HELPER_READ,	 /* step, timeout -> the present value, in `before` */
	HELPER_HOLDERS,	 /* memory block -> its known users, in a memfd */
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
	bool wrote;	    /* something was written */
	const char *before; /* value before the step, or NULL when it could not be read */
	const char *after;  /* value after the step, or NULL */
	/*
	 * Who or what is to blame for the error, or NULL. With -EUSERS: the process that changes
	 * the host; nothing was done. With the error of a look: the file that can't be read.
	 */
	const char *culprit;
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
 * All malformed requests are refused: the helper runs as root, its peer does not.
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
