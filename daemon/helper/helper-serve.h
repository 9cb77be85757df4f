/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Serves the requests of one worker's socket, one after another. A "world" carries them out: the
 * running host (helper-world.c), or the tests' model of a kernel (test/lib/fake-helper.c).
 */
#pragma once

#include <stdint.h>

#include "cxl/topology/pmem-use.h"
#include "cxl/topology/topology-look.h"
#include "daemon/helper/host-lock.h"

struct json_object;
struct step;
struct step_result;

/*
 * The seam between the protocol and the host. Every member may block for as long as the kernel
 * does; returns 0 or a negative errno; gives a new reference in its out-parameter on success only.
 */
struct helper_world {
	/*
	 * A record of the host at this moment (topology-json.h). @file is "" before, and receives
	 * the file that could not be read.
	 */
	int (*snapshot)(void *context, char file[static TOPOLOGY_FILE_MAX],
			struct json_object **ret_record);
	/* A record of @region alone; without any region when @region does not exist. */
	int (*region)(void *context, const char *region, char file[static TOPOLOGY_FILE_MAX],
		      struct json_object **ret_record);
	/* The answers of the mailbox of @memdev; takes seconds on a slow device. */
	int (*mailbox)(void *context, const char *memdev, struct json_object **ret_mailbox);
	/*
	 * Takes the lock on the host, until the worker ends. Called before each step and each
	 * reading of a step's value. -EUSERS: another process keeps the lock, named in @holder.
	 */
	int (*hold)(void *context, uint64_t timeout_ms, char holder[static HOST_LOCK_HOLDER_MAX]);
	/*
	 * Performs one step; *result has the values that were seen, also on failure. @user is ""
	 * before, and receives who uses what the step would take away (-EADDRINUSE).
	 */
	int (*step)(void *context, const struct step *step, uint64_t timeout_ms,
		    struct step_result *result, char user[static PMEM_USER_MAX]);
	/* Reads the present value of a step's property into result->before. */
	int (*read)(void *context, const struct step *step, struct step_result *result);
	/* The known users of the pages in memory block @block (memoryN). */
	int (*holders)(void *context, const char *block, struct json_object **ret_holders);
};

/**
 * helper_serve_one() - receives one request, carries it out, sends the reply
 * @fd: a worker's socket, which the caller owns
 *
 * A malformed request is answered with -EINVAL, a request that is too long with -EMSGSIZE;
 * descriptors that came with the request are closed.
 *
 * Return: 1 when a request was served; 0 when the peer has closed; negative errno when the socket
 * can't be used any more.
 */
int helper_serve_one(int fd, const struct helper_world *world, void *context);

/**
 * helper_receive_fd() - receives one file descriptor from the control socket
 *
 * Return: the descriptor of a socket, which the caller owns; -ENODATA when the peer has closed;
 * -EBADMSG for a message that is not exactly one such socket, whose descriptors are closed; other
 * negative errno.
 */
int helper_receive_fd(int control_fd);
