/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The real link to a daemon: to the daemon that listens on a socket, or to a daemon that the link
 * starts for a record and ends when it closes. Called by main.c.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "cli/link.h"
#include "util/array.h"

struct cli;
struct cxlfm_client;

struct link_socket {
	const struct cli *cli; /* for the paths, which are known when the link opens */
	struct cxlfm_client *client;
	pid_t daemon;  /* the daemon of a record; 0: none */
	int signal_fd; /* tells of Ctrl-C; -1: Ctrl-C kills the process */
	int broken;    /* the errno that ended the connection, returned after the last reply */
	ARRAY(struct link_reply) replies;
	size_t reply_next;
};

#define LINK_SOCKET_NULL ((struct link_socket){ .signal_fd = -1 })

extern const struct link_ops link_socket_ops;
