// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer: an entry of the journal, taken up as after a crash. For any entry, the recovery ends,
 * and hands out only well-formed steps.
 */
#include <assert.h>
#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>

#include "change/step-exec.h"
#include "cxl/step/host-step.h"
#include "daemon/engine/journal-entry.h"
#include "test/fuzz/fuzz.h"
#include "util/json.h"

/* A value of the host, chosen by the input: before the step, after it, another one, or none. */
static const char *value_of(const struct step *step, unsigned int choice)
{
	const char *const values[] = { step->from, step->to, "0", NULL };

	return values[choice % 4];
}

static void take_up(const struct step_list *steps, const uint8_t *data, size_t size)
{
	const char **values = calloc(steps->list.count + 1, sizeof(*values));
	struct step_exec exec;
	struct step step;
	size_t turns = 0;

	if (!values)
		abort();
	for (size_t i = 0; i < steps->list.count; i++)
		values[i] = value_of(&steps->list.items[i], data[i % size]);
	if (step_exec_take_up(&exec, steps, values) < 0)
		abort();
	while (step_exec_next(&exec, &step)) {
		const unsigned int choice = data[(size - 1 - turns % size)];

		assert(step_check(&step) == 0);
		/* Each step goes once forward and once back, with a guard beside it. */
		assert(++turns <= 4 * steps->list.count + 4);
		(void)step_exec_result(&exec, choice % 3 ? 0 : -EIO, choice % 2);
	}
	assert(step_exec_outcome(&exec) != STEP_EXEC_RUNNING);
	step_exec_deinit(&exec);
	free(values);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct change_entry entry = CHANGE_ENTRY_NULL;
	_cleanup_json_ struct json_object *object = NULL, *again = NULL;

	if (json_parse_text((const char *)data, size, &object) < 0)
		return 0;
	if (journal_entry_from_json(object, &host_steps, &entry) == 0) {
		take_up(&entry.steps, data, size);
		again = change_entry_to_json(&entry);
		assert(again);
	}
	change_entry_deinit(&entry);
	return 0;
}
