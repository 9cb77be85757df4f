// SPDX-License-Identifier: GPL-2.0-only
/*
 * Conversations with the daemon. Each way in which a conversation can end has its message and its
 * exit code here, but for error replies, which report.c prints.
 */
#include "cli/session.h"

#include <errno.h>
#include <inttypes.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/link.h"
#include "cli/report.h"
#include "cli/text.h"
#include "config.h"
#include "util/cleanup.h"
#include "util/json-text.h"
#include "util/json.h"

#define SERVICE_INTERFACE "org.varlink.service"

static void reply_deinit(struct link_reply *reply)
{
	free(reply->error);
	free(reply->parameters);
	*reply = LINK_REPLY_NULL;
}

#define _cleanup_reply_ _cleanup_(reply_deinit)

enum exit_code session_no_memory(struct cli *cli, const char *program)
{
	fprintf(cli->err, "%s: out of memory\n", program);
	return EXIT_CODE_FAILED;
}

enum exit_code session_bad_reply(struct cli *cli, const char *program)
{
	fprintf(cli->err,
		"%s: the reply of cxlfmd lacks what cxlfm %s expects: use a cxlfm and a "
		"cxlfmd of the same version\n",
		program, CXLFM_VERSION);
	return EXIT_CODE_OTHER_VERSION;
}

/* Does the call change the host? */
static bool changes(const struct session_call *call)
{
	return call->interrupt == SESSION_INTERRUPT_UNDOES ||
	       call->interrupt == SESSION_INTERRUPT_STOPS;
}

static void make_room(const struct session_call *call)
{
	if (call->on_message)
		call->on_message(call->userdata);
}

static enum exit_code report_not_permitted(struct cli *cli, const char *program)
{
	const struct group *group = NULL;
	struct stat status;

	if (stat(cli->socket_path, &status) == 0)
		group = getgrgid(status.st_gid);
	if (group)
		fprintf(cli->err,
			"%s: you may not talk to cxlfmd at %s: its socket is for root and "
			"the group %s\n",
			program, cli->socket_path, group->gr_name);
	else
		fprintf(cli->err,
			"%s: you may not talk to cxlfmd at %s: run cxlfm as root or as a member of "
			"the socket's group\n",
			program, cli->socket_path);
	return EXIT_CODE_NOT_PERMITTED;
}

static enum exit_code report_open(struct cli *cli, const char *program, int rc)
{
	if (rc == -ENOMEM)
		return session_no_memory(cli, program);
	if (cli->snapshot_path) {
		fprintf(cli->err, "%s: cxlfmd, which reads the record, can't be started: %s\n",
			program, strerror(-rc));
		return EXIT_CODE_NO_DAEMON;
	}
	if (rc == -EACCES || rc == -EPERM)
		return report_not_permitted(cli, program);
	fprintf(cli->err,
		"%s: cxlfmd does not listen at %s (%s): start cxlfmd with 'systemctl start "
		"cxlfmd', or with "
		"'cxlfmd &' as root\n",
		program, cli->socket_path, strerror(-rc));
	return EXIT_CODE_NO_DAEMON;
}

/* The connection broke. The exit status of a record's own daemon tells more. */
static enum exit_code report_lost(struct cli *cli, const struct session_call *call)
{
	int status = cli->link_ops->close(cli->link);

	cli->link_is_open = false;
	make_room(call);
	if (status != 0) {
		fprintf(cli->err, "%s: cxlfmd could not serve the record %s\n", call->program,
			cli->snapshot_path);
		return EXIT_CODE_FAILED;
	}
	fprintf(cli->err, "%s: cxlfmd ended the connection before it answered%s\n", call->program,
		changes(call) ? ": the result of the request is unknown" : "");
	fprintf(cli->err,
		"  'cxlfm list -RDi' shows what is there now, 'journalctl -u cxlfmd' what "
		"happened\n");
	return EXIT_CODE_UNKNOWN;
}

static enum exit_code report_garbage(struct cli *cli, const struct session_call *call,
				     const char *what)
{
	make_room(call);
	fprintf(cli->err, "%s: the service at %s is not cxlfmd: %s\n", call->program,
		cli->snapshot_path ? cli->snapshot_path : cli->socket_path, what);
	return EXIT_CODE_OTHER_VERSION;
}

/* A varlink client cancels a call by closing the connection. */
static enum exit_code report_interrupted(struct cli *cli, const struct session_call *call)
{
	session_end(cli);
	if (!changes(call))
		return EXIT_CODE_DONE;
	make_room(call);
	fprintf(cli->err, "%s: interrupted: cxlfmd takes back what it has done%s\n", call->program,
		call->interrupt == SESSION_INTERRUPT_STOPS
			? " of the change under way; the changes before stay"
			: "");
	fprintf(cli->err,
		"  'cxlfm changes' shows the progress, 'cxlfm list -RDi' what is there now\n");
	return EXIT_CODE_UNKNOWN;
}

static enum exit_code report_link(struct cli *cli, const struct session_call *call, int rc)
{
	switch (-rc) {
	case ENOMEM:
		make_room(call);
		return session_no_memory(cli, call->program);
	case EINTR:
		return report_interrupted(cli, call);
	case EPROTO:
		return report_garbage(cli, call, "its reply is not a varlink message");
	case EMSGSIZE:
		return report_garbage(cli, call, "its reply is longer than any reply of cxlfmd");
	case ETIMEDOUT:
		make_room(call);
		fprintf(cli->err,
			"%s: cxlfmd does not answer: 'journalctl -u cxlfmd' may show why\n",
			call->program);
		return EXIT_CODE_UNKNOWN;
	case E2BIG:
		make_room(call);
		fprintf(cli->err,
			"%s: the request is too long for one message: name fewer objects\n",
			call->program);
		return EXIT_CODE_USAGE;
	default:
		return report_lost(cli, call);
	}
}

static void show_call(struct cli *cli, const struct session_call *call, const char *method,
		      const char *parameters)
{
	if (!cli->debug)
		return;
	make_room(call);
	fprintf(cli->err, "--> %s %s\n", method, parameters);
}

static void show_reply(struct cli *cli, const struct session_call *call,
		       const struct link_reply *reply)
{
	if (!cli->debug)
		return;
	make_room(call);
	fprintf(cli->err, "<-- %s%s%s\n", reply->error ? reply->error : "", reply->error ? " " : "",
		reply->parameters);
}

static int send_call(struct cli *cli, const struct session_call *call)
{
	_cleanup_free_ char *method = NULL;
	/* The daemon bounds the time of a change, so the client does not. */
	const bool catch = call->interrupt != SESSION_INTERRUPT_KILLS;
	const char *parameters;

	/* A name with a dot is the full name of another interface's method. */
	if (asprintf(&method, "%s%s", strchr(call->method, '.') ? "" : HOST_INTERFACE ".",
		     call->method) < 0) {
		method = NULL;
		return -ENOMEM;
	}
	parameters = json_object_to_json_string_ext(
		call->parameters, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	if (!parameters)
		return -ENOMEM;
	show_call(cli, call, method, parameters);
	return cli->link_ops->send(cli->link, method, parameters, call->more,
				   catch ? UINT64_MAX : call->patience_msec, catch);
}

static int receive_reply(struct cli *cli, const struct session_call *call,
			 struct link_reply *ret_reply)
{
	int rc = cli->link_ops->receive(cli->link, ret_reply);

	if (rc == 0)
		show_reply(cli, call, ret_reply);
	return rc;
}

/* Returns 0, -EPROTO for a text that json-c does not understand, or -ENOMEM. */
static int parse_reply(const char *text, struct json_object **ret_parameters)
{
	int rc = json_parse_text(text, strlen(text), ret_parameters);

	return rc < 0 && rc != -ENOMEM ? -EPROTO : rc;
}

/* Asks the peer for its name and version: every varlink service answers GetInfo. */
static enum exit_code report_other_version(struct cli *cli, const struct session_call *call,
					   const char *error)
{
	const char *product = "a service without a name", *version = "without a version";
	_cleanup_json_ struct json_object *none = json_object_new_object(), *answer = NULL;
	_cleanup_reply_ struct link_reply reply = LINK_REPLY_NULL;
	const struct session_call info = {
		.program = call->program,
		.method = SERVICE_INTERFACE ".GetInfo",
		.parameters = none,
		.on_message = call->on_message,
		.userdata = call->userdata,
	};

	if (none && send_call(cli, &info) == 0 && receive_reply(cli, &info, &reply) == 0 &&
	    !reply.error && parse_reply(reply.parameters, &answer) == 0) {
		(void)json_get_string(answer, "product", &product);
		(void)json_get_string(answer, "version", &version);
	}
	make_room(call);
	fprintf(cli->err, "%s: this is cxlfm %s, but %s answers ", call->program, CXLFM_VERSION,
		cli->snapshot_path ? "the record's daemon" : cli->socket_path);
	text_put(cli->err, product);
	fputc(' ', cli->err);
	text_put(cli->err, version);
	fputs(", which does not understand the request (", cli->err);
	text_put(cli->err, error);
	fputs(")\n", cli->err);
	fprintf(cli->err, "  use a cxlfm and a cxlfmd of the same version\n");
	return EXIT_CODE_OTHER_VERSION;
}

/* Warns that a listing is old, so that nobody takes it for the host of this moment. */
static void warn_stale(struct cli *cli, const struct session_call *call, const char *reply)
{
	_cleanup_json_ struct json_object *stale = NULL;
	struct json_span span;
	const char *text = "";
	uint64_t age_ms = 0;

	if (json_text_member(json_text_whole(reply), "stale", &span) < 0 ||
	    json_parse_text(span.begin, (size_t)(span.end - span.begin), &stale) < 0)
		return;
	(void)json_get_u64(stale, "age_ms", &age_ms);
	(void)json_get_string(stale, "text", &text);
	make_room(call);
	fprintf(cli->err, "%s: the host can't be read (", call->program);
	text_put(cli->err, text);
	fprintf(cli->err, "): this is the host of %" PRIu64 " s ago\n", age_ms / 1000);
}

static enum exit_code finish_with_error(struct cli *cli, const struct session_call *call,
					const struct link_reply *reply)
{
	_cleanup_json_ struct json_object *parameters = NULL;
	enum exit_code code;
	int rc = parse_reply(reply->parameters, &parameters);

	if (rc < 0)
		return report_link(cli, call, rc);
	make_room(call);
	code = report_error(cli->err, call->program, reply->error, parameters, call->asks_change);
	if (call->remark && report_has_code(parameters, call->remark_code))
		fputs(call->remark, cli->err);
	if (code == EXIT_CODE_OTHER_VERSION)
		return report_other_version(cli, call, reply->error);
	return code;
}

/* Hands a reply on that is not the last. Returns 1 to go on, 0 to end the conversation, or as
 * parse_reply(). */
static int hand_on(const struct session_call *call, const struct link_reply *reply)
{
	_cleanup_json_ struct json_object *parameters = NULL;
	int rc;

	if (!call->on_reply)
		return 1;
	rc = parse_reply(reply->parameters, &parameters);
	return rc < 0 ? rc : call->on_reply(call->userdata, parameters);
}

static enum exit_code converse(struct cli *cli, const struct session_call *call, char **ret_text)
{
	int rc;

	rc = send_call(cli, call);
	if (rc < 0)
		return report_link(cli, call, rc);
	for (;;) {
		_cleanup_reply_ struct link_reply reply = LINK_REPLY_NULL;

		rc = receive_reply(cli, call, &reply);
		if (rc < 0)
			return report_link(cli, call, rc);
		if (!reply.continues && reply.error)
			return finish_with_error(cli, call, &reply);
		if (!reply.continues) {
			warn_stale(cli, call, reply.parameters);
			*ret_text = TAKE_PTR(reply.parameters);
			return EXIT_CODE_DONE;
		}
		rc = hand_on(call, &reply);
		if (rc <= 0)
			return rc < 0 ? report_link(cli, call, rc) : EXIT_CODE_DONE;
	}
}

enum exit_code session_call_text(struct cli *cli, const struct session_call *call, char **ret_text)
{
	_cleanup_json_ struct json_object *parameters = call->parameters;
	int rc;

	if (!parameters)
		return session_no_memory(cli, call->program);
	if (!cli->link_is_open) {
		rc = cli->link_ops->open(cli->link);
		if (rc < 0)
			return report_open(cli, call->program, rc);
		cli->link_is_open = true;
	}
	return converse(cli, call, ret_text);
}

enum exit_code session_call(struct cli *cli, const struct session_call *call,
			    struct json_object **ret_parameters)
{
	_cleanup_json_ struct json_object *parameters = NULL;
	_cleanup_free_ char *text = NULL;
	enum exit_code code = session_call_text(cli, call, &text);
	int rc;

	if (code != EXIT_CODE_DONE || !text)
		return code;
	rc = parse_reply(text, &parameters);
	if (rc < 0)
		return report_link(cli, call, rc);
	if (ret_parameters)
		*ret_parameters = TAKE_PTR(parameters);
	return EXIT_CODE_DONE;
}

void session_end(struct cli *cli)
{
	if (!cli->link_is_open)
		return;
	(void)cli->link_ops->close(cli->link);
	cli->link_is_open = false;
}
