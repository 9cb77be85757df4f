// SPDX-License-Identifier: GPL-2.0-only
/*
 * The one way in which steps are performed: read, compare, write, read back. Called by the helper
 * with the kernel behind the seam, and by tests with the model of it.
 */
#include "change/step-perform.h"

#include <errno.h>
#include <string.h>

/* When @wanted is "", every value that means nothing is the wanted one. */
static bool is_value(const struct step *step, const char *value, const char *wanted)
{
	return strcmp(value, wanted) == 0 ||
	       (*wanted == '\0' && step_kind_is_nothing(step->kind, value));
}

static bool may_start_from(const struct step *step, const char *value)
{
	return is_value(step, value, step->from) ||
	       (step->kind->starts_from && step->kind->starts_from(step, value));
}

static int write_and_prove(const struct step_ops *ops, void *context, const struct step *step,
			   uint64_t deadline_ms, struct step_result *result)
{
	int rc, read_rc;

	result->wrote = true;
	rc = step->kind->write ? step->kind->write(ops, context, step, deadline_ms)
			       : ops->write(context, step, deadline_ms);
	read_rc = ops->read(context, step, result->after);
	result->after_known = read_rc == 0;
	if (read_rc < 0)
		return rc < 0 ? rc : read_rc;
	if (!is_value(step, result->after, step->to))
		return rc < 0 ? rc : -EIO;
	return step_has(step, STEP_WRITE_DECIDES) ? rc : 0;
}

/* A step without a trace: there is no value to read before or after. */
static int write_without_proof(const struct step_ops *ops, void *context, const struct step *step,
			       uint64_t deadline_ms, struct step_result *result)
{
	result->wrote = true;
	result->error = ops->write(context, step, deadline_ms);
	return result->error;
}

int step_perform(const struct step_ops *ops, void *context, const struct step *step,
		 uint64_t deadline_ms, struct step_result *result)
{
	*result = STEP_RESULT_NULL;
	if (step_has(step, STEP_NO_TRACE))
		return write_without_proof(ops, context, step, deadline_ms, result);
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
