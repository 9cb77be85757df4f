/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A time of a test's own: it stands still until the test says otherwise, and all clocks show it.
 */
#pragma once

#include "daemon/process/timekeeper.h"
#include "util/array.h"

struct fake_time {
	uint64_t now_ms;
	ARRAY(struct timer *) timers;
};

/** fake_time_keeper() - whose time is @time's; @time outlives all that ask it */
struct timekeeper fake_time_keeper(struct fake_time *time);

/** fake_time_next() - when the first timer wakes somebody; TIMER_OFF: none is set */
uint64_t fake_time_next(const struct fake_time *time);

/** fake_time_go() - to a time, by way of each timer that is set to one before */
void fake_time_go(struct fake_time *time, uint64_t now_ms);
