/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A conversation with the daemon as a verb sees it: a call and its replies. Each failure on the way
 * becomes a message and an exit code here. Called by cli/cmd-*.c.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "cli/cli.h"
#include "cli/exit-code.h"

struct json_object;

/* The meaning of Ctrl-C while a call is under way. */
enum session_interrupt {
	SESSION_INTERRUPT_KILLS,  /* cxlfm ends at once: the call changes nothing */
	SESSION_INTERRUPT_ENDS,	  /* the conversation ends, with success */
	SESSION_INTERRUPT_UNDOES, /* the daemon takes the change back, and cxlfm says so */
	SESSION_INTERRUPT_STOPS,  /* the daemon takes the last of several changes back; likewise */
};

struct session_call {
	const char *program;		/* "cxlfm list": the beginning of each message */
	const char *method;		/* of io.cxlfm.Host, without the interface */
	struct json_object *parameters; /* NULL is a failed allocation */
	bool more;			/* replies may stream */
	bool asks_change;		/* the call is made for a change of the host or of claims */
	uint64_t patience_msec; /* how much longer than usual a reply may take; UINT64_MAX: for ever
				 */
	enum session_interrupt interrupt;

	/*
	 * Called with the parameters of each reply but the last. Returns false to end the
	 * conversation with success. NULL when there is only one reply.
	 */
	bool (*on_reply)(void *userdata, struct json_object *parameters);
	/* The text that is printed behind refusals of which one has this code; both may be NULL. */
	const char *remark_code, *remark;
	/* Called before a message is printed, to erase the progress line. */
	void (*on_message)(void *userdata);
	void *userdata;
};

/**
 * session_call() - makes a call and waits for its last reply
 * @call: session_call() frees the parameters of @call
 * @ret_parameters: the parameters of the last reply, which the caller owns; NULL when on_reply
 * ended the conversation. May be NULL.
 *
 * The first call opens the link. Each failure was told on cli->err.
 *
 * Return: the exit code.
 */
enum exit_code session_call(struct cli *cli, const struct session_call *call,
			    struct json_object **ret_parameters);

/**
 * session_call_text() - as session_call(), but leaves the reply as the text that it came as
 * @ret_text: the parameters of the last reply, an object; the caller frees the text. Unset when
 * on_reply ended the conversation.
 *
 * For what is passed on as it is: see json-text.h.
 */
enum exit_code session_call_text(struct cli *cli, const struct session_call *call, char **ret_text);

/** session_no_memory() - prints that there is no memory left; EXIT_CODE_FAILED */
enum exit_code session_no_memory(struct cli *cli, const char *program);

/** session_bad_reply() - prints that a reply lacks a member of the interface; an exit code */
enum exit_code session_bad_reply(struct cli *cli, const char *program);

/** session_end() - closes an open link */
void session_end(struct cli *cli);
