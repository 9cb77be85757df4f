// SPDX-License-Identifier: GPL-2.0-only
/*
 * The one way in which steps are performed: read, compare, write, read back. Called by the helper
 * with step-sysfs.c behind the seam, and by tests with the fake kernel.
 */
#include "cxl/step/step-ops.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cxl/topology/topology.h"

/* Memory without a value is memory of which nothing is online. */
static bool is_value(const struct step *step, const char *value, const char *wanted)
{
	if (strcmp(value, wanted) == 0)
		return true;
	return step->property == STEP_DAX_MEMORY && *wanted == '\0' &&
	       (strcmp(value, "offline") == 0 || strcmp(value, "unplugged") == 0);
}

/*
 * The kernel gives a new dax device to kmem by itself: that is as good as no driver. One that goes
 * from a driver to another one has none in between, and stays so when the other one won't have it.
 * Memory that is to have no value goes offline from whatever zone the kernel's policy chose.
 */
static bool may_start_from(const struct step *step, const char *value)
{
	if (is_value(step, value, step->from))
		return true;
	if (step->property == STEP_DAX_DRIVER)
		return *value == '\0' || (*step->from == '\0' && strcmp(value, "kmem") == 0);
	return step->property == STEP_DAX_MEMORY &&
	       (*step->to == '\0' || strcmp(value, "mixed") == 0);
}

static bool is_uncommitted(const struct step_ops *ops, void *context, const struct step *target)
{
	struct step commit = { STEP_REGION_COMMIT, target->object, 0, "0", "0" };
	char value[STEP_VALUE_MAX];

	return ops->read(context, &commit, value) == 0 && strcmp(value, "0") == 0;
}

/*
 * Linux up to 7.3 at least: when one of several endpoints behind a port leaves a region, the port
 * does not count it off (cxl_port_detach_region() finds the others, which share the `next` that is
 * NULL), and putting it back fails. The count is right again after all of them have left: so all
 * leave, and all come back. An uncommitted region decodes nothing meanwhile.
 */
static int reseat_targets(const struct step_ops *ops, void *context, const char *region,
			  const struct step *with, uint64_t deadline_ms)
{
	/* Empty: the seam looks at a step's values, also where it does not use them. */
	char values[TOPO_TARGETS_MAX][STEP_VALUE_MAX] = { 0 };
	int rc;

	for (int i = 0; i < TOPO_TARGETS_MAX; i++) {
		struct step target = { STEP_REGION_TARGET, region, i, values[i], "" };

		rc = ops->read(context, &target, values[i]);
		if (rc == 0 && values[i][0])
			rc = ops->write(context, &target, deadline_ms);
		if (rc < 0)
			return rc;
	}
	if (with)
		(void)snprintf(values[with->index], STEP_VALUE_MAX, "%s", with->to);
	for (int i = 0; i < TOPO_TARGETS_MAX; i++) {
		struct step target = { STEP_REGION_TARGET, region, i, "", values[i] };

		rc = values[i][0] ? ops->write(context, &target, deadline_ms) : 0;
		if (rc < 0)
			return rc;
	}
	return 0;
}

/*
 * Targets that came and went several times leave a count behind that the kernel may take for good
 * and program (cxl_port_setup_targets()): memory would be decoded wrongly.
 */
static int commit_anew(const struct step_ops *ops, void *context, const struct step *step,
		       uint64_t deadline_ms)
{
	int rc = reseat_targets(ops, context, step->object, NULL, deadline_ms);

	return rc < 0 ? rc : ops->write(context, step, deadline_ms);
}

static int write_value(const struct step_ops *ops, void *context, const struct step *step,
		       uint64_t deadline_ms)
{
	int rc;

	if (step->property == STEP_REGION_COMMIT && step->index == STEP_COMMIT_ANEW &&
	    strcmp(step->to, "1") == 0)
		return commit_anew(ops, context, step, deadline_ms);
	rc = ops->write(context, step, deadline_ms);
	if ((rc == -EINVAL || rc == -ENXIO) && step->property == STEP_REGION_TARGET && *step->to &&
	    is_uncommitted(ops, context, step))
		return reseat_targets(ops, context, step->object, step, deadline_ms);
	return rc;
}

static int write_and_prove(const struct step_ops *ops, void *context, const struct step *step,
			   uint64_t deadline_ms, struct step_result *result)
{
	int rc, read_rc;

	result->wrote = true;
	rc = write_value(ops, context, step, deadline_ms);
	read_rc = ops->read(context, step, result->after);
	result->after_known = read_rc == 0;
	if (read_rc < 0)
		return rc < 0 ? rc : read_rc;
	if (!is_value(step, result->after, step->to))
		return rc < 0 ? rc : -EIO;
	/* The kernel leaves the last target in its place when it refuses what all of them make. */
	return step->property == STEP_REGION_TARGET ? rc : 0;
}

int step_perform(const struct step_ops *ops, void *context, const struct step *step,
		 uint64_t deadline_ms, struct step_result *result)
{
	*result = STEP_RESULT_NULL;
	result->error = ops->read(context, step, result->before);
	if (result->error < 0)
		return result->error;
	result->before_known = true;
	result->after_known = true;
	memcpy(result->after, result->before, sizeof(result->after));
	if (is_value(step, result->before, step->to))
		return 0;
	if (!may_start_from(step, result->before))
		result->error = -ESTALE;
	else
		result->error = write_and_prove(ops, context, step, deadline_ms, result);
	return result->error;
}
