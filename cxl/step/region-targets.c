// SPDX-License-Identifier: GPL-2.0-only
/* Puts targets of regions back, by several writes where the kernel needs them. */
#include "cxl/step/region-targets.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cxl/step/host-step.h"
#include "cxl/topology/topology.h"

/* Copies "regionN" out of "regionN" or "regionN/targetM". */
static void region_of(const struct step *step, char region[static HOST_TARGET_NAME_MAX])
{
	(void)snprintf(region, HOST_TARGET_NAME_MAX, "%.*s", (int)strcspn(step->object, "/"),
		       step->object);
}

static bool is_uncommitted(const struct step_ops *ops, void *context, const char *region)
{
	const struct step commit = { STEP_REGION_COMMIT, region, "", "0", "0" };
	char value[STEP_VALUE_MAX];

	return ops->read(context, &commit, value) == 0 && strcmp(value, "0") == 0;
}

static int reseat(const struct step_ops *ops, void *context, const char *region,
		  const struct step *with, uint64_t deadline_ms)
{
	/* The step_ops read all values of a step, so the unused ones have to be strings. */
	char values[TOPO_TARGETS_MAX][STEP_VALUE_MAX] = { 0 };
	char name[HOST_TARGET_NAME_MAX];
	int rc;

	for (int i = 0; i < TOPO_TARGETS_MAX; i++) {
		const struct step target = { STEP_REGION_TARGET, name, "", values[i], "" };

		host_step_target_name(region, i, name);
		rc = ops->read(context, &target, values[i]);
		if (rc == 0 && values[i][0])
			rc = ops->write(context, &target, deadline_ms);
		if (rc < 0)
			return rc;
	}
	if (with)
		(void)snprintf(values[host_step_position(with)], STEP_VALUE_MAX, "%s", with->to);
	for (int i = 0; i < TOPO_TARGETS_MAX; i++) {
		const struct step target = { STEP_REGION_TARGET, name, "", "", values[i] };

		host_step_target_name(region, i, name);
		rc = values[i][0] ? ops->write(context, &target, deadline_ms) : 0;
		if (rc < 0)
			return rc;
	}
	return 0;
}

int region_targets_write(const struct step_ops *ops, void *context, const struct step *step,
			 uint64_t deadline_ms)
{
	char region[HOST_TARGET_NAME_MAX];
	int rc = ops->write(context, step, deadline_ms);

	if ((rc != -EINVAL && rc != -ENXIO) || *step->to == '\0')
		return rc;
	region_of(step, region);
	if (!is_uncommitted(ops, context, region))
		return rc;
	return reseat(ops, context, region, step, deadline_ms);
}

int region_targets_commit_anew(const struct step_ops *ops, void *context, const struct step *step,
			       uint64_t deadline_ms)
{
	int rc = 0;

	if (strcmp(step->to, "1") == 0)
		rc = reseat(ops, context, step->object, NULL, deadline_ms);
	return rc < 0 ? rc : ops->write(context, step, deadline_ms);
}
