/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The real link to a daemon: the one that listens on a socket, or one that is started for a record
 * and ended with the link. Called by main.c.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "cli/link.h"
#include "util/array.h"

struct cli;
struct cxlfm_client;

struct link_socket {
	const struct cli *cli; /* for the paths; they are known when it opens */
	struct cxlfm_client *client;
	pid_t daemon;  /* of a record; 0: none */
	int signal_fd; /* of interruptions; -1: they kill */
	int broken;    /* why the connection ended, to be told behind the replies */
	ARRAY(struct link_reply) replies;
	size_t reply_next;
};

#define LINK_SOCKET_NULL ((struct link_socket){ .signal_fd = -1 })

extern const struct link_ops link_socket_ops;
