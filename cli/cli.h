/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one context of a run of cxlfm: the output streams, the global options, and the link to the
 * daemon. main.c fills the context, the verbs use it.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

struct link_ops;

struct cli {
	FILE *out, *err; /* harmless-stream.h: a terminal obeys nothing of their text */
	bool out_is_terminal;
	FILE *terminal;		   /* standard error past that, if it is a terminal that can erase
				    * a line; or NULL */
	int columns;		   /* of that terminal */
	const char *socket_path;   /* where cxlfmd listens */
	const char *snapshot_path; /* a record to work on instead, or NULL */
	bool debug;		   /* show the messages to and from cxlfmd */
	const struct link_ops *link_ops;
	void *link;
	bool link_is_open;
};
