/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A conversation with the daemon from a verb's point of view: a call, its replies, and everything
 * that can go wrong on the way turned into a message and an exit code. Called by cli/cmd-*.c.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "cli/cli.h"
#include "cli/exit-code.h"

struct json_object;

/* What Ctrl-C does while a call is under way. */
enum session_interrupt {
	SESSION_INTERRUPT_KILLS,  /* the usual: nobody is harmed */
	SESSION_INTERRUPT_ENDS,	  /* it is the way to end the conversation */
	SESSION_INTERRUPT_UNDOES, /* the daemon takes back what it has done, and the user is told */
};

struct session_call {
	const char *program;		/* "cxlfm list": opens every message */
	const char *method;		/* of io.cxlfm.Host, without the interface */
	struct json_object *parameters; /* NULL is a failed allocation */
	bool more;			/* replies may stream */
	uint64_t patience_msec; /* a reply may take so much longer than usual; UINT64_MAX: for ever
				 */
	enum session_interrupt interrupt;

	/*
	 * Gets each reply but the last. Returns false to end the conversation, which is then done;
	 * NULL when nothing is expected.
	 */
	bool (*on_reply)(void *userdata, struct json_object *parameters);
	/* Called before a message is printed: a progress line has to make room. */
	void (*on_message)(void *userdata);
	void *userdata;
};

/**
 * session_call() - makes a call and waits for its last reply
 * @call: its parameters are freed here
 * @ret_parameters: of the last reply, owned by the caller; NULL when on_reply ended it. May be
 * NULL.
 *
 * Opens the link when it is the first call. Whatever goes wrong was told on cli->err.
 *
 * Return: the exit code.
 */
enum exit_code session_call(struct cli *cli, const struct session_call *call,
			    struct json_object **ret_parameters);

/** session_no_memory() - says that there is no memory; EXIT_CODE_FAILED */
enum exit_code session_no_memory(struct cli *cli, const char *program);

/** session_bad_reply() - says that a reply lacks what our interface promises; an exit code */
enum exit_code session_bad_reply(struct cli *cli, const char *program);

/** session_end() - closes the link, if it is open */
void session_end(struct cli *cli);
