// SPDX-License-Identifier: GPL-2.0-only
/*
 * The errors of io.cxlfm.Host as text. The first line sums up what happened, and whether the host
 * is as it was; the other lines give the reasons.
 */
#include "cli/report.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/text.h"
#include "util/cleanup.h"
#include "util/json.h"
#include "util/size.h"

static const char *text_of(struct json_object *object, const char *key, const char *otherwise)
{
	const char *text = NULL;

	(void)json_get_string(object, key, &text);
	return text ? text : otherwise;
}

static bool flag_of(struct json_object *object, const char *key, bool otherwise)
{
	bool flag = otherwise;

	(void)json_get_bool(object, key, &flag);
	return flag;
}

void report_step(FILE *stream, struct json_object *step)
{
	text_put(stream, text_of(step, "text", "an unnamed step"));
}

/* Does the text contain the name of the object as a word of its own? "mem10" does not contain mem1.
 */
static bool names(const char *text, const char *object)
{
	const size_t length = strlen(object);

	for (const char *at = strstr(text, object); at; at = strstr(at + 1, object))
		if ((at == text || !isalnum((unsigned char)at[-1])) &&
		    !isalnum((unsigned char)at[length]))
			return true;
	return false;
}

/* "  decoder0.1: the window is full (remove a region first)" */
static void report_refusal(FILE *stream, struct json_object *refusal)
{
	const char *object = text_of(refusal, "object", NULL);
	const char *hint = text_of(refusal, "hint", NULL);
	const char *text =
		text_of(refusal, "text", text_of(refusal, "code", "no reason was given"));

	fputs("  ", stream);
	if (object && !names(text, object)) {
		text_put(stream, object);
		fputs(": ", stream);
	}
	text_put(stream, text);
	if (hint) {
		fputs(" (", stream);
		text_put(stream, hint);
		fputc(')', stream);
	}
	fputc('\n', stream);
}

void report_refusals(FILE *stream, struct json_object *object, const char *key)
{
	struct json_object *refusals;

	if (json_get_array(object, key, &refusals) < 0)
		return;
	for (size_t i = 0; i < json_object_array_length(refusals); i++)
		report_refusal(stream, json_object_array_get_idx(refusals, i));
}

/* "  pages of memory42: 12 slab, 3 anonymous" */
static void report_pages(FILE *err, struct json_object *holders)
{
	const char *separator = " ";
	struct json_object *pages;

	if (json_get_object(holders, "pages", &pages) < 0 || json_object_object_length(pages) == 0)
		return;
	fputs("  pages of ", err);
	text_put(err, text_of(holders, "block", "the block"));
	fputc(':', err);
	json_object_object_foreach(pages, kind, count)
	{
		fputs(separator, err);
		text_put(err, json_object_get_string(count));
		fputc(' ', err);
		text_put(err, kind);
		separator = ", ";
	}
	fputc('\n', err);
}

/* "  most memory of node 1: stress (1234) 12M" */
static void report_processes(FILE *err, struct json_object *holders)
{
	struct json_object *processes;
	char size[SIZE_TEXT_MAX];
	int node = -1;

	if (json_get_array(holders, "processes", &processes) < 0 ||
	    json_object_array_length(processes) == 0 || json_get_int(holders, "node", &node) < 0)
		return;
	fprintf(err, "  most memory of node %d:", node);
	for (size_t i = 0; i < json_object_array_length(processes); i++) {
		struct json_object *process = json_object_array_get_idx(processes, i);
		uint64_t bytes = 0;
		int pid = 0;

		(void)json_get_int(process, "pid", &pid);
		(void)json_get_u64(process, "bytes", &bytes);
		fputs(i == 0 ? " " : ", ", err);
		text_put(err, text_of(process, "name", "?"));
		fprintf(err, " (%d) %s", pid, size_format(bytes, size));
	}
	fputc('\n', err);
}

/* Prints the users of the memory, as far as the daemon found out. */
static void report_holders(FILE *err, struct json_object *parameters)
{
	struct json_object *holders;

	if (json_get_object(parameters, "holders", &holders) < 0)
		return;
	report_pages(err, holders);
	report_processes(err, holders);
}

static void report_leftover(FILE *err, struct json_object *parameters)
{
	struct json_object *leftover;

	if (json_get_array(parameters, "leftover", &leftover) < 0)
		return;
	for (size_t i = 0; i < json_object_array_length(leftover); i++) {
		fprintf(err, "  left over: ");
		report_step(err, json_object_array_get_idx(leftover, i));
		fputc('\n', err);
	}
}

static enum exit_code report_failed(FILE *err, const char *program, struct json_object *parameters,
				    bool asks_change)
{
	const bool undone = flag_of(parameters, "undone", false);
	const bool busy = flag_of(parameters, "busy", false);
	struct json_object *step;

	fprintf(err, "%s: ", program);
	if (busy)
		fprintf(err, "the kernel keeps the memory in use");
	else
		fprintf(err, "failed");
	if (json_get_object(parameters, "step", &step) == 0) {
		fprintf(err, " (at ");
		report_step(err, step);
		fputc(')', err);
	}
	fprintf(err, "%s\n",
		undone ? "; everything was put back" : "; not everything could be put back");
	report_refusals(err, parameters, "refusals");
	report_holders(err, parameters);
	if (undone)
		return busy ? EXIT_CODE_BUSY : EXIT_CODE_FAILED;
	report_leftover(err, parameters);
	fprintf(err, "  'cxlfm list -RDi' shows what is there now\n");
	return EXIT_CODE_LEFTOVER;
}

/* A verb that only reads does not say that nothing was changed. */
static const char *unchanged(bool asks_change)
{
	return asks_change ? "; nothing was changed" : "";
}

static enum exit_code report_refused(FILE *err, const char *program, struct json_object *parameters,
				     bool asks_change)
{
	fprintf(err, "%s: refused; nothing was changed\n", program);
	report_refusals(err, parameters, "refusals");
	return EXIT_CODE_REFUSED;
}

static enum exit_code report_bad_request(FILE *err, const char *program,
					 struct json_object *parameters, bool asks_change)
{
	fprintf(err, "%s: invalid request; nothing was changed\n", program);
	report_refusals(err, parameters, "refusals");
	return EXIT_CODE_USAGE;
}

static enum exit_code report_too_many(FILE *err, const char *program,
				      struct json_object *parameters, bool asks_change)
{
	fprintf(err,
		"%s: you have too many connections or requests at cxlfmd%s, try again when some "
		"have ended\n",
		program, unchanged(asks_change));
	return EXIT_CODE_FAILED;
}

static enum exit_code report_host_unread(FILE *err, const char *program,
					 struct json_object *parameters, bool asks_change)
{
	fprintf(err, "%s: ", program);
	text_put(err, text_of(parameters, "text", "no reason was given"));
	fprintf(err,
		"%s\n  'journalctl -u cxlfmd' shows more, and when the host can be read again\n",
		unchanged(asks_change));
	return EXIT_CODE_FAILED;
}

static enum exit_code report_store_failed(FILE *err, const char *program,
					  struct json_object *parameters, bool asks_change)
{
	fprintf(err, "%s: cxlfmd can't use its store%s: ", program,
		asks_change ? ", so nothing was changed" : "");
	text_put(err, text_of(parameters, "text", "no reason was given"));
	fprintf(err, "\n  'journalctl -u cxlfmd' shows what is wrong with its store\n");
	return EXIT_CODE_FAILED;
}

/* "  db: region0 is disabled; cxlfmd leaves it as it is: ..." */
static void report_missed(FILE *err, struct json_object *claim)
{
	const char *reason = text_of(claim, "reason", "cxlfmd has not looked at it yet");
	const char *stalled = text_of(claim, "stalled", NULL);
	const char *text = text_of(claim, "text", reason);

	fputs("  ", err);
	text_put(err, text_of(claim, "name", "?"));
	fputs(": ", err);
	text_put(err, text);
	if (stalled) {
		fputs("; cxlfmd leaves it as it is", err);
		if (strcmp(stalled, text) != 0) {
			fputs(": ", err);
			text_put(err, stalled);
		}
	}
	fputc('\n', err);
}

static enum exit_code report_timed_out(FILE *err, const char *program,
				       struct json_object *parameters, bool asks_change)
{
	struct json_object *claims = NULL;

	fprintf(err, "%s: timed out\n", program);
	(void)json_get_array(parameters, "claims", &claims);
	if (!claims || json_object_array_length(claims) == 0)
		fprintf(err, "  cxlfmd is starting and does not know its claims yet\n");
	for (size_t i = 0; claims && i < json_object_array_length(claims); i++)
		report_missed(err, json_object_array_get_idx(claims, i));
	return EXIT_CODE_TIMED_OUT;
}

static enum exit_code report_cancelled(FILE *err, const char *program,
				       struct json_object *parameters, bool asks_change)
{
	fprintf(err, "%s: ", program);
	text_put(err, text_of(parameters, "text", "the change was cancelled"));
	fprintf(err, "; everything is as it was\n");
	return EXIT_CODE_FAILED;
}

static enum exit_code report_unknown_change(FILE *err, const char *program,
					    struct json_object *parameters, bool asks_change)
{
	fprintf(err, "%s: ", program);
	text_put(err, text_of(parameters, "text", "no change has this id"));
	fprintf(err, "\n  'cxlfm changes' shows the known changes\n");
	return EXIT_CODE_NO_CHANGE;
}

static enum exit_code report_not_live(FILE *err, const char *program,
				      struct json_object *parameters, bool asks_change)
{
	fprintf(err,
		"%s: this cxlfmd shows a record, not a live host; nothing was changed "
		"(--dry-run plans on it)\n",
		program);
	return EXIT_CODE_REFUSED;
}

static enum exit_code report_denied(FILE *err, const char *program, struct json_object *parameters,
				    bool asks_change)
{
	fprintf(err, "%s: cxlfmd does not let you do this; nothing was changed\n", program);
	return EXIT_CODE_NOT_PERMITTED;
}

/* The daemon failed before it looked at the request: it has no memory left, for example. */
static enum exit_code report_system(FILE *err, const char *program, struct json_object *parameters,
				    bool asks_change)
{
	int error = EIO;

	(void)json_get_int(parameters, "errno", &error);
	fprintf(err, "%s: cxlfmd failed: %s\n", program, strerror(error));
	return EXIT_CODE_FAILED;
}

bool report_has_code(struct json_object *parameters, const char *code)
{
	struct json_object *refusals = NULL;
	const char *found;

	(void)json_get_array(parameters, "refusals", &refusals);
	for (size_t i = 0; refusals && i < json_object_array_length(refusals); i++)
		if (json_get_string(json_object_array_get_idx(refusals, i), "code", &found) == 0 &&
		    strcmp(found, code) == 0)
			return true;
	return false;
}

enum exit_code report_error(FILE *err, const char *program, const char *error,
			    struct json_object *parameters, bool asks_change)
{
	static const struct {
		const char *error;
		enum exit_code (*report)(FILE *err, const char *program,
					 struct json_object *parameters, bool asks_change);
	} table[] = {
		{ HOST_INTERFACE ".Refused", report_refused },
		{ HOST_INTERFACE ".Failed", report_failed },
		{ HOST_INTERFACE ".BadRequest", report_bad_request },
		{ HOST_INTERFACE ".TooManyRequests", report_too_many },
		{ HOST_INTERFACE ".HostUnread", report_host_unread },
		{ HOST_INTERFACE ".StoreFailed", report_store_failed },
		{ HOST_INTERFACE ".NotLive", report_not_live },
		{ HOST_INTERFACE ".Cancelled", report_cancelled },
		{ HOST_INTERFACE ".UnknownChange", report_unknown_change },
		{ HOST_INTERFACE ".TimedOut", report_timed_out },
		{ "org.varlink.service.PermissionDenied", report_denied },
		{ "io.systemd.System", report_system },
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (strcmp(table[i].error, error) == 0)
			return table[i].report(err, program, parameters, asks_change);
	return EXIT_CODE_OTHER_VERSION;
}
