// SPDX-License-Identifier: GPL-2.0-only
/*
 * Telling of a state that was applied.
 */
#include "cli/apply-report.h"

#include <stdlib.h>
#include <string.h>

#include "cli/progress.h"
#include "cli/report.h"
#include "cli/text.h"
#include "util/cleanup.h"
#include "util/json.h"

void apply_report_progress(struct progress *progress, struct json_object *outcome)
{
	_cleanup_free_ char *line = NULL;
	const char *claim = "", *text = "";
	int part = 0, parts = 0, step = 0, steps = 0;

	(void)json_get_string(outcome, "claim", &claim);
	(void)json_get_string(outcome, "text", &text);
	(void)json_get_int(outcome, "part", &part);
	(void)json_get_int(outcome, "parts", &parts);
	(void)json_get_int(outcome, "step", &step);
	(void)json_get_int(outcome, "steps", &steps);
	if (asprintf(&line, "%s (%d of %d): %s", claim, part, parts, text) < 0)
		line = NULL;
	if (line)
		progress_show(progress, step, steps, part ? line : text);
}

/* "made db anew" */
static void report_made(FILE *err, struct json_object *change)
{
	static const char *const actions[][2] = { { "forget", "forgot" },
						  { "remove", "removed" },
						  { "change", "changed" },
						  { "make", "made" } };
	const char *action = "", *name = "", *word = "made";
	bool anew = false;

	(void)json_get_string(change, "action", &action);
	(void)json_get_string(change, "name", &name);
	(void)json_get_bool(change, "anew", &anew);
	for (size_t i = 0; i < ARRAY_SIZE(actions) && !anew; i++)
		if (strcmp(actions[i][0], action) == 0)
			word = actions[i][1];
	fprintf(err, "%s ", word);
	text_put(err, name);
	fputs(anew ? " anew\n" : "\n", err);
}

/* What is told begins with the claim that it is about. */
static enum exit_code report_failure(FILE *err, const char *program, struct json_object *change,
				     const char *error)
{
	_cleanup_free_ char *whose = NULL;
	struct json_object *parameters = NULL;
	const char *name = "";
	enum exit_code code;

	(void)json_get_string(change, "name", &name);
	(void)json_get_object(change, "parameters", &parameters);
	if (asprintf(&whose, "%s: %s", program, name) < 0)
		whose = NULL;
	code = report_error(err, whose ?: program, error, parameters, true);
	if (code == EXIT_CODE_OTHER_VERSION)
		fprintf(err, "%s: %s\n", whose ?: program, error);
	return code;
}

static enum exit_code sum_up(FILE *err, size_t done, size_t count, enum exit_code first,
			     enum exit_code worst)
{
	if (count == 0)
		fprintf(err, "nothing to change\n");
	else
		fprintf(err, "applied %zu change%s", done, done == 1 ? "" : "s");
	if (done < count)
		fprintf(err, ", %zu failed", count - done);
	if (count)
		fputc('\n', err);
	if (done == count)
		return EXIT_CODE_DONE;
	if (worst == EXIT_CODE_LEFTOVER)
		return worst;
	return done ? EXIT_CODE_PARTLY : first;
}

enum exit_code apply_report(FILE *err, const char *program, struct json_object *done)
{
	const size_t count = json_object_array_length(done);
	enum exit_code first = EXIT_CODE_DONE, worst = EXIT_CODE_DONE;
	size_t made = 0;

	for (size_t i = 0; i < count; i++) {
		struct json_object *change = json_object_array_get_idx(done, i);
		enum exit_code code;
		const char *error;

		if (json_get_string(change, "error", &error) < 0) {
			report_made(err, change);
			made++;
			continue;
		}
		code = report_failure(err, program, change, error);
		if (first == EXIT_CODE_DONE)
			first = code;
		if (code == EXIT_CODE_LEFTOVER)
			worst = code;
	}
	return sum_up(err, made, count, first, worst);
}
