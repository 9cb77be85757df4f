/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Serves the requests of one worker's socket, one after another, from a world: the real one
 * (helper-world.c) or the tests' model of a kernel (test/lib/fake-helper.c).
 */
#pragma once

#include <stdint.h>

#include "daemon/helper/host-lock.h"

struct json_object;
struct step;
struct step_result;

/*
 * The seam between the protocol and the host. Every member may block for as long as the kernel
 * does; returns 0 or a negative errno; gives a new reference in its out-parameter on success only.
 */
struct helper_world {
	/* A record of the host as it is now (topology-json.h). */
	int (*snapshot)(void *context, struct json_object **ret_record);
	/* A record of @region alone, without it when there is none of that name. */
	int (*region)(void *context, const char *region, struct json_object **ret_record);
	/* What the mailbox of @memdev tells; seconds on a slow device. */
	int (*mailbox)(void *context, const char *memdev, struct json_object **ret_mailbox);
	/*
	 * Nobody else changes the host from now on until the worker ends. Asked before each step
	 * and each reading of one. -EUSERS: somebody else did not end in time, and who it is.
	 */
	int (*hold)(void *context, uint64_t timeout_ms, char holder[static HOST_LOCK_HOLDER_MAX]);
	/* Performs one step; *result says what was seen, also on failure. */
	int (*step)(void *context, const struct step *step, uint64_t timeout_ms,
		    struct step_result *result);
	/* What a step's property is now: result->before. */
	int (*read)(void *context, const struct step *step, struct step_result *result);
	/* What is known of the pages in memory block @block (memoryN). */
	int (*holders)(void *context, const char *block, struct json_object **ret_holders);
};

/**
 * helper_serve_one() - receives one request, has it done, sends the reply
 * @fd: a worker's socket; stays the caller's
 *
 * A malformed request is answered with -EINVAL, one that is too long with -EMSGSIZE; what may have
 * come with it is closed.
 *
 * Return: 1 when a request was served; 0 when the peer has closed; negative errno when the socket
 * is of no more use.
 */
int helper_serve_one(int fd, const struct helper_world *world, void *context);

/**
 * helper_receive_fd() - receives one file descriptor from the control socket
 *
 * Return: the descriptor of a socket, the caller's; -ENODATA when the peer has closed; -EBADMSG for
 * a message that is not exactly one such socket, of which nothing stays open; other negative errno.
 */
int helper_receive_fd(int control_fd);
