/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one context of a run of cxlfm: where it writes, what its global options were, and its link to
 * the daemon. main.c fills it, the verbs use it.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

struct link_ops;

struct cli {
	FILE *out, *err; /* whatever is written there comes out harmless */
	bool out_is_terminal;
	FILE *terminal;		 /* standard error as it is, where it takes a line back; or NULL */
	int columns;		 /* of that terminal */
	const char *socket_path; /* where cxlfmd listens */
	const char *snapshot_path; /* a record to work on instead, or NULL */
	bool debug;		   /* show the conversation */
	const struct link_ops *link_ops;
	void *link;
	bool link_is_open;
};
