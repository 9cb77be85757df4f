// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs the loop turn by turn.
 */
#include "daemon/process/turn-meter.h"

#include <inttypes.h>
#include <stdint.h>
#include <time.h>

/* Shorter turns are not logged. */
#define TURN_WORTH_TELLING_US 1000

static uint64_t used_us(void)
{
	struct timespec used;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
	return (uint64_t)used.tv_sec * 1000000 + (uint64_t)used.tv_nsec / 1000;
}

/* Takes the events that are ready without waiting, because waiting is no part of a turn. */
static int turn(sd_event *event, const struct log *log)
{
	uint64_t begin, took;
	int rc = sd_event_prepare(event);

	if (rc == 0)
		rc = sd_event_wait(event, UINT64_MAX);
	if (rc <= 0)
		return rc;
	begin = used_us();
	rc = sd_event_dispatch(event);
	took = used_us() - begin;
	if (took >= TURN_WORTH_TELLING_US)
		log_debug(log, "a turn took %" PRIu64 " us", took);
	return rc;
}

int turn_meter_loop(sd_event *event, const struct log *log)
{
	int rc = 0, code;

	if (log->level_max < LOG_LEVEL_DEBUG)
		return sd_event_loop(event);
	while (rc >= 0 && sd_event_get_state(event) != SD_EVENT_FINISHED)
		rc = turn(event, log);
	if (rc < 0)
		return rc;
	rc = sd_event_get_exit_code(event, &code);
	return rc < 0 ? rc : code;
}
