// SPDX-License-Identifier: GPL-2.0-only
/*
 * The time of a test.
 */
#include "test/lib/fake-time.h"

#include <errno.h>
#include <stdlib.h>

struct timer {
	struct fake_time *time;
	timer_fn callback;
	void *userdata;
	uint64_t at_ms;
};

static uint64_t now_ms(const struct timekeeper *keeper, clockid_t clock)
{
	const struct fake_time *time = keeper->context;

	(void)clock;
	return time->now_ms;
}

static int timer_add(const struct timekeeper *keeper, clockid_t clock, timer_fn callback,
		     void *userdata, struct timer **ret_timer)
{
	struct fake_time *time = keeper->context;
	struct timer *timer = calloc(1, sizeof(*timer));

	(void)clock;
	if (!timer || ARRAY_APPEND(&time->timers, timer) < 0) {
		free(timer);
		return -ENOMEM;
	}
	*timer = (struct timer){ time, callback, userdata, TIMER_OFF };
	*ret_timer = timer;
	return 0;
}

static int timer_set(struct timer *timer, uint64_t time_ms)
{
	timer->at_ms = time_ms;
	return 0;
}

static struct timer *timer_free(struct timer *timer)
{
	struct fake_time *time;
	size_t kept = 0;

	if (!timer)
		return NULL;
	time = timer->time;
	for (size_t i = 0; i < time->timers.count; i++)
		if (time->timers.items[i] != timer)
			time->timers.items[kept++] = time->timers.items[i];
	time->timers.count = kept;
	if (kept == 0)
		ARRAY_FREE(&time->timers);
	free(timer);
	return NULL;
}

struct timekeeper fake_time_keeper(struct fake_time *time)
{
	return (struct timekeeper){ now_ms, timer_add, timer_set, timer_free, time };
}

static struct timer *first_timer(const struct fake_time *time)
{
	struct timer *first = NULL;

	for (size_t i = 0; i < time->timers.count; i++)
		if (!first || time->timers.items[i]->at_ms < first->at_ms)
			first = time->timers.items[i];
	return first;
}

uint64_t fake_time_next(const struct fake_time *time)
{
	const struct timer *first = first_timer(time);

	return first ? first->at_ms : TIMER_OFF;
}

void fake_time_go(struct fake_time *time, uint64_t now_ms)
{
	struct timer *timer;

	while ((timer = first_timer(time)) && timer->at_ms <= now_ms) {
		if (time->now_ms < timer->at_ms)
			time->now_ms = timer->at_ms;
		timer->at_ms = TIMER_OFF;
		timer->callback(timer->userdata);
	}
	time->now_ms = now_ms;
}
