/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A time of a test's own: the time stands still until the test moves it, and all clocks show it.
 */
#pragma once

#include "daemon/process/timekeeper.h"
#include "util/array.h"

struct fake_time {
	uint64_t now_ms;
	ARRAY(struct timer *) timers;
};

/** fake_time_keeper() - a timekeeper that shows @time, which outlives the timekeeper */
struct timekeeper fake_time_keeper(struct fake_time *time);

/** fake_time_next() - the time of the first timer; TIMER_OFF: none is set */
uint64_t fake_time_next(const struct fake_time *time);

/** fake_time_go() - moves to a time, and runs all timers up to it in order */
void fake_time_go(struct fake_time *time, uint64_t now_ms);
