// SPDX-License-Identifier: GPL-2.0-only
/*
 * A plan for people: the region and its members, the reason for the choice, and the steps. A part
 * that a plan lacks has no line: the plan of a removal has no members.
 */
#include "cli/output.h"

#include <errno.h>
#include <inttypes.h>

#include "cli/report.h"
#include "cli/session.h"
#include "cli/state-diff.h"
#include "cli/text.h"
#include "util/json.h"
#include "util/size.h"

/* "region0: 512M of ram in decoder0.0 at 0x490000000, 2 ways of 256 bytes" */
static void print_head(FILE *out, struct json_object *plan)
{
	const char *region = NULL, *window = NULL, *type = NULL;
	uint64_t size_bytes = 0, hpa = 0;
	int ways = 0, granularity = 0;
	char size[SIZE_TEXT_MAX];

	if (json_get_string(plan, "region", &region) < 0)
		return;
	text_put(out, region);
	fputc(':', out);
	if (json_get_u64(plan, "size", &size_bytes) == 0 && size_bytes > 0)
		fprintf(out, " %s", size_format(size_bytes, size));
	if (json_get_string(plan, "type", &type) == 0) {
		fputs(" of ", out);
		text_put(out, type);
	}
	if (json_get_string(plan, "window", &window) == 0) {
		fputs(" in ", out);
		text_put(out, window);
	}
	if (json_get_u64(plan, "hpa", &hpa) == 0)
		fprintf(out, " at 0x%" PRIx64, hpa);
	if (json_get_int(plan, "ways", &ways) == 0 && ways > 1 &&
	    json_get_int(plan, "granularity", &granularity) == 0)
		fprintf(out, ", %d ways of %d bytes", ways, granularity);
	fputc('\n', out);
}

/* "mem2, decoder5.0, 256M from 0x0"; of a region that nobody has finished there may be less. */
static void print_member(FILE *out, struct json_object *member)
{
	const char *memdev = "unknown memdev", *decoder;
	uint64_t dpa, size_bytes;
	char size[SIZE_TEXT_MAX];

	if (json_get_string(member, "decoder", &decoder) < 0) {
		fputs("empty\n", out);
		return;
	}
	(void)json_get_string(member, "memdev", &memdev);
	text_put(out, memdev);
	fputs(", ", out);
	text_put(out, decoder);
	if (json_get_u64(member, "dpa_size", &size_bytes) == 0)
		fprintf(out, ", %s", size_format(size_bytes, size));
	if (json_get_u64(member, "dpa", &dpa) == 0)
		fprintf(out, " from 0x%" PRIx64, dpa);
	fputc('\n', out);
}

static void print_members(FILE *out, struct json_object *plan)
{
	struct json_object *members;

	if (json_get_array(plan, "members", &members) < 0)
		return;
	for (size_t i = 0; i < json_object_array_length(members); i++) {
		fprintf(out, "  position %zu: ", i);
		print_member(out, json_object_array_get_idx(members, i));
	}
}

static void print_end(FILE *out, struct json_object *plan)
{
	const char *device, *why;
	int node;

	if (json_get_string(plan, "dax_device", &device) == 0) {
		fputs("  memory: ", out);
		text_put(out, device);
		if (json_get_int(plan, "target_node", &node) == 0 && node >= 0)
			fprintf(out, " in NUMA node %d", node);
		fputc('\n', out);
	}
	if (json_get_string(plan, "why", &why) == 0) {
		fputs("  why: ", out);
		text_put(out, why);
		fputc('\n', out);
	}
}

static void print_steps(FILE *out, struct json_object *plan)
{
	struct json_object *steps;

	if (json_get_array(plan, "steps", &steps) < 0 || json_object_array_length(steps) == 0) {
		fprintf(out, "There is nothing to do.\n");
		return;
	}
	fprintf(out, "Steps:\n");
	for (size_t i = 0; i < json_object_array_length(steps); i++) {
		fprintf(out, "%4zu  ", i + 1);
		report_step(out, json_object_array_get_idx(steps, i));
		fputc('\n', out);
	}
}

/* Why other candidates lost, and the drawbacks of the one that won. */
static void print_remarks(FILE *out, struct json_object *plan)
{
	struct json_object *refusals;

	if (json_get_array(plan, "refusals", &refusals) < 0 ||
	    json_object_array_length(refusals) == 0)
		return;
	fprintf(out, "Remarks:\n");
	report_refusals(out, plan, "refusals");
}

static enum exit_code print_claims(struct cli *cli, const char *program,
				   struct json_object *changes)
{
	struct state_diff diff = STATE_DIFF_NULL;
	int rc = changes ? state_diff_read(changes, &diff) : 0;
	_cleanup_free_ char *text = rc == 0 ? state_diff_to_text(&diff) : NULL;
	enum exit_code code;

	if (rc == -EINVAL)
		code = session_bad_reply(cli, program);
	else if (!text)
		code = session_no_memory(cli, program);
	else
		code = output_text(cli, program, text);
	state_diff_deinit(&diff);
	return code;
}

enum exit_code output_plan(struct cli *cli, const char *program, struct json_object *plan,
			   struct json_object *changes)
{
	print_head(cli->out, plan);
	print_members(cli->out, plan);
	print_end(cli->out, plan);
	print_steps(cli->out, plan);
	print_remarks(cli->out, plan);
	if (changes && json_object_array_length(changes))
		fprintf(cli->out, "Claims:\n  ");
	return print_claims(cli, program, changes);
}
