/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A daemon for unit tests of the command line: keeps the calls and answers from a script.
 * A run is one command line with its exit code, its two streams and the calls that it made.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/cli.h"
#include "cli/link.h"

#define FAKE_CALLS_MAX	 16
#define FAKE_REPLIES_MAX 16

/* One answer. With `rc` the conversation breaks instead. */
struct fake_reply {
	const char *error;
	const char *parameters;
	bool continues;
	int rc;
};

struct run {
	/* the script; set before run_command() */
	struct fake_reply replies[FAKE_REPLIES_MAX];
	int open_rc, send_rc, close_status;
	bool out_is_terminal, err_is_terminal;
	const char *environment_socket;

	/* the result */
	int code;
	char *out, *err;
	char *calls[FAKE_CALLS_MAX]; /* "METHOD PARAMETERS" with " more" behind it if so */
	size_t call_count, reply_next;
	uint64_t patience_msec; /* of the last call */
	bool is_open, caught;
	bool is_outside; /* the test's own code runs now, not the command line's */
};

#define RUN_NULL ((struct run){ .out = NULL })

/**
 * run_command() - runs one command line
 * @line: words separated by blanks; 'a word with blanks' in single quotes
 */
void run_command(struct run *run, const char *line);

void run_deinit(struct run *run);

#define _cleanup_run_ __attribute__((cleanup(run_deinit)))
