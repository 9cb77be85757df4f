// SPDX-License-Identifier: GPL-2.0-only
/*
 * The scripted daemon of the command line's unit tests. The scripted daemon holds both sides to the
 * daemon's interface: what the command line asks, and the errors that the script answers.
 */
#include "fake-link.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "cli/command.h"
#include "cli/session.h"
#include "daemon/varlink/varlink-idl.h"
#include "daemon/varlink/varlink-server.h"
#include "util/json.h"

#define WORDS_MAX 64

#define INTERFACE "io.cxlfm.Host."

typedef int check_fn(const struct varlink_idl *idl, const char *name,
		     struct json_object *parameters, struct varlink_problem *reterr_problem);

static void check_against_interface(check_fn *check, const char *name, const char *parameters)
{
	const struct varlink_interface_text *interface = varlink_interface_texts;
	struct varlink_problem problem = { .line = 0 };
	_cleanup_json_ struct json_object *json = NULL;
	struct varlink_idl *idl = NULL;
	int rc;

	if (strncmp(name, INTERFACE, strlen(INTERFACE)) != 0)
		return;
	assert_int_equal(json_parse_text(parameters, strlen(parameters), &json), 0);
	assert_int_equal(varlink_idl_parse(interface->text, interface->length, &idl, &problem), 0);
	rc = check(idl, name, json, &problem);
	(void)varlink_idl_free(idl);
	/* The script may answer with errors that no version knows yet. */
	if (rc == -ENOENT && check == varlink_idl_check_error)
		return;
	if (rc < 0)
		fail_msg("%s %s: %s", name, parameters, problem.text);
}

static int fake_open(void *link)
{
	struct run *run = link;

	run->is_open = run->open_rc == 0;
	return run->open_rc;
}

static int fake_send(void *link, const char *method, const char *parameters, bool more,
		     uint64_t patience_msec, bool catch_interrupts)
{
	struct run *run = link;

	run->is_outside = true;
	assert_true(run->is_open);
	assert_true(run->call_count < FAKE_CALLS_MAX);
	check_against_interface(varlink_idl_check_call, method, parameters);
	assert_true(asprintf(&run->calls[run->call_count++], "%s %s%s", method, parameters,
			     more ? " more" : "") >= 0);
	run->caught = catch_interrupts;
	run->patience_msec = patience_msec;
	run->is_outside = false;
	return run->send_rc;
}

static int fake_receive(void *link, struct link_reply *ret_reply)
{
	struct run *run = link;
	const struct fake_reply *reply = &run->replies[run->reply_next++];

	run->is_outside = true;
	assert_true(run->is_open);
	assert_true(run->reply_next <= FAKE_REPLIES_MAX);
	if (reply->rc < 0) {
		run->is_outside = false;
		return reply->rc;
	}
	if (!reply->parameters)
		fail_msg("call %zu has no answer: %s", run->call_count,
			 run->calls[run->call_count - 1]);
	if (reply->error)
		check_against_interface(varlink_idl_check_error, reply->error, reply->parameters);
	*ret_reply = (struct link_reply){
		.error = reply->error ? strdup(reply->error) : NULL,
		.parameters = strdup(reply->parameters),
		.continues = reply->continues,
	};
	run->is_outside = false;
	return 0;
}

static int fake_close(void *link)
{
	struct run *run = link;

	assert_true(run->is_open);
	run->is_open = false;
	return run->close_status;
}

static const struct link_ops fake_ops = {
	.open = fake_open,
	.send = fake_send,
	.receive = fake_receive,
	.close = fake_close,
};

/* Splits at blanks in place. */
static int split(char *line, const char **words)
{
	int count = 0;

	while (*line) {
		const char end = *line == '\'' ? '\'' : ' ';

		if (*line == ' ') {
			line++;
			continue;
		}
		if (end == '\'')
			line++;
		assert_true(count < WORDS_MAX);
		words[count++] = line;
		while (*line && *line != end)
			line++;
		if (*line)
			*line++ = '\0';
	}
	return count;
}

void run_command(struct run *run, const char *line)
{
	_cleanup_free_ char *copy = strdup(line);
	const char *words[WORDS_MAX];
	size_t out_size, err_size;
	struct cli cli = {
		.out = open_memstream(&run->out, &out_size),
		.err = open_memstream(&run->err, &err_size),
		.out_is_terminal = run->out_is_terminal,
		.columns = 40,
		.link_ops = &fake_ops,
		.link = run,
	};

	assert_non_null(copy);
	assert_non_null(cli.out);
	assert_non_null(cli.err);
	cli.terminal = run->err_is_terminal ? cli.err : NULL;
	run->is_outside = false;
	run->code = (int)command_run(&cli, run->environment_socket, split(copy, words), words);
	session_end(&cli);
	run->is_outside = true;
	assert_false(run->is_open);
	(void)fclose(cli.out);
	(void)fclose(cli.err);
}

void run_deinit(struct run *run)
{
	free(run->out);
	free(run->err);
	for (size_t i = 0; i < run->call_count; i++)
		free(run->calls[i]);
	*run = RUN_NULL;
}
