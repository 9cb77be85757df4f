// SPDX-License-Identifier: GPL-2.0-only
/*
 * The time for which a change has made others wait.
 */
#include "daemon/engine/patience.h"

static void see_step(struct patience *patience, const struct step_exec *exec, uint64_t now_ms)
{
	/* The way back has a bound of its own: the way forward may have used up all time. */
	if (!patience->begun || patience->state != exec->state)
		patience->waited_ms = 0;
	else if (patience->at == exec->at)
		return;
	patience->begun = true;
	patience->state = exec->state;
	patience->at = exec->at;
	patience->asked_ms = now_ms;
	patience->counts_from_ms = now_ms + PATIENCE_STEP_MS;
}

bool patience_is_over(struct patience *patience, const struct step_exec *exec, uint64_t now_ms)
{
	uint64_t from_ms;

	see_step(patience, exec, now_ms);
	from_ms = patience->asked_ms > patience->counts_from_ms ? patience->asked_ms
								: patience->counts_from_ms;
	patience->asked_ms = now_ms;
	if (now_ms < from_ms)
		return false;
	patience->waited_ms += now_ms - from_ms;
	return patience->waited_ms >= PATIENCE_MS &&
	       (exec->state == STEP_EXEC_BACKWARD ||
		(exec->state == STEP_EXEC_FORWARD && step_exec_may_turn_back(exec)));
}
