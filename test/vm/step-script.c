// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes of steps, one a line, on the kernel of a guest or on the model of it: the same lines have
 * to give the same answers.
 *
 *	step-script record		prints a record of this host
 *	step-script sysfs <LINES	writes to this host
 *	step-script model RECORD <LINES	writes to the model, started from a record
 *
 * A line is "KIND OBJECT VALUE", the value "-" for none; memory blocks are those of region0. The
 * answer is "ERRNO VALUE", the value read back.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cxl/step/step-sysfs.h"
#include "cxl/topology/topology-json.h"
#include "cxl/topology/topology-look.h"
#include "test/lib/fake-kernel.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/json.h"

#define WRITE_TIMEOUT_MS 20000

static void answer(const struct step_ops *ops, void *context, struct step *step)
{
	char value[STEP_VALUE_MAX] = "", before[STEP_VALUE_MAX] = "";
	int rc, read_rc;

	step->from = step->to;
	if (step->kind == STEP_DAX_DRIVER && ops->read(context, step, before) == 0)
		step->from = before;
	rc = ops->write(context, step, clock_now_ms() + WRITE_TIMEOUT_MS);
	read_rc = ops->read(context, step, value);
	if (read_rc < 0)
		(void)snprintf(value, sizeof(value), "(%s)", strerrorname_np(-read_rc));
	(void)printf("%s %s\n", rc < 0 ? strerrorname_np(-rc) : "0", value);
	(void)fflush(stdout);
}

static int run_lines(const struct step_ops *ops, void *context)
{
	char line[256];

	while (fgets(line, sizeof(line), stdin)) {
		char kind[32], object[32], value[64], more;
		struct step step = { .object = object };

		if (sscanf(line, "%31s %31s %63s %c", kind, object, value, &more) == 3)
			step.kind = step_kind_find(&host_steps, kind);
		if (!step.kind) {
			(void)fprintf(stderr, "bad line: %s", line);
			return EXIT_FAILURE;
		}
		step.of = step.kind == STEP_BLOCK ? "region0" : "";
		step.to = strcmp(value, "-") == 0 ? "" : value;
		answer(ops, context, &step);
	}
	return EXIT_SUCCESS;
}

static int run_model(const char *path)
{
	_cleanup_topology_ struct topology *topology = NULL;
	_cleanup_fake_kernel_ struct fake_kernel *kernel = NULL;
	_cleanup_json_ struct json_object *record = json_object_from_file(path);
	struct refusal_list refusals = REFUSAL_LIST_NULL;
	int rc = topology_from_json(record, &refusals, &topology);

	for (size_t i = 0; rc && i < refusals.list.count; i++)
		(void)fprintf(stderr, "%s\n", refusals.list.items[i].text);
	refusal_list_deinit(&refusals);
	if (rc)
		return EXIT_FAILURE;
	kernel = fake_kernel_new(topology);
	return kernel ? run_lines(&fake_kernel_ops, kernel) : EXIT_FAILURE;
}

static int run_sysfs(void)
{
	/* As the helper has it: without a place for its note the kernel's policy is not changed
	 * back. */
	_cleanup_close_ int notes_fd = open("/run", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct step_sysfs sysfs = STEP_SYSFS_NULL;
	int result;

	if (notes_fd < 0 || step_sysfs_init(&sysfs, "/sys") < 0)
		return EXIT_FAILURE;
	sysfs.notes_fd = notes_fd;
	result = run_lines(&step_ops_sysfs, &sysfs);
	step_sysfs_deinit(&sysfs);
	return result;
}

static int print_record(void)
{
	_cleanup_topology_ struct topology *topology = NULL;
	_cleanup_json_ struct json_object *record = NULL;
	char file[TOPOLOGY_FILE_MAX];

	if (topology_read(NULL, file, &topology) < 0)
		return EXIT_FAILURE;
	record = topology_to_json(topology);
	if (!record)
		return EXIT_FAILURE;
	(void)puts(json_object_to_json_string_ext(record, JSON_C_TO_STRING_PRETTY));
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "record") == 0)
		return print_record();
	if (argc == 2 && strcmp(argv[1], "sysfs") == 0)
		return run_sysfs();
	if (argc == 3 && strcmp(argv[1], "model") == 0)
		return run_model(argv[2]);
	(void)fprintf(stderr, "usage: step-script record | sysfs | model RECORD\n");
	return EXIT_FAILURE;
}
