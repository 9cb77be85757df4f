// SPDX-License-Identifier: GPL-2.0-only
/* Questions about kinds of steps. Pure. */
#include "change/step-kind.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "change/step.h"
#include "util/refusal.h"

const struct step_kind *step_kind_find(const struct step_registry *registry, const char *name)
{
	for (size_t i = 0; i < registry->count; i++)
		if (strcmp(registry->kinds[i]->name, name) == 0)
			return registry->kinds[i];
	return NULL;
}

bool step_kind_is_nothing(const struct step_kind *kind, const char *value)
{
	for (const char *const *nothing = kind->nothings; *nothing; nothing++)
		if (strcmp(*nothing, value) == 0)
			return true;
	return false;
}

static bool begins_with_something(const struct step *step)
{
	return !step_kind_is_nothing(step->kind, step->from);
}

static bool ends_with_nothing(const struct step *step)
{
	return step_kind_is_nothing(step->kind, step->to);
}

bool step_withdraws(const struct step *step)
{
	return step->kind->is_unused && begins_with_something(step) && ends_with_nothing(step);
}

bool step_has(const struct step *step, enum step_trait trait)
{
	const bool begins = begins_with_something(step);
	const bool ends = ends_with_nothing(step);

	if (!(step->kind->traits & trait))
		return false;
	switch (trait) {
	case STEP_FREES:
		return step->kind->frees ? step->kind->frees(step) : begins && ends;
	case STEP_TAKES:
		return !ends;
	case STEP_FOLLOWS:
		return !begins && !ends;
	case STEP_REVERSIBLE:
	case STEP_IDENTITY:
	case STEP_OWNER:
	case STEP_FOUNDATION:
	case STEP_STAYS:
	case STEP_BORROWED:
	case STEP_NEED_NOT_HOLD:
	case STEP_WRITE_DECIDES:
	case STEP_GUARD:
	case STEP_PATIENT:
	case STEP_BYTES:
	case STEP_NO_TRACE:
	case STEP_LASTING:
		break;
	}
	return true;
}

void step_lane(const struct step *step, char lane[static LANE_MAX])
{
	const char *name = step->kind->lane;

	if (step->kind->lane_of)
		step->kind->lane_of(step, lane);
	else
		(void)snprintf(lane, LANE_MAX, "%s", name ? name : "");
}

int step_explain_failure(const struct step *step, int error, const char *seen,
			 struct refusal_list *refusals)
{
	const char *text;

	if (step->kind->explain)
		return step->kind->explain(step, error, seen, refusals);
	text = step_describe(step, &refusals->arena);
	if (!text)
		return -ENOMEM;
	return refusal_add(refusals, "step-failed", step->object, NULL, "%s: %s", text,
			   strerror(-error));
}
