// SPDX-License-Identifier: GPL-2.0-only
/*
 * The time of the system, and timers of the daemon's loop.
 */
#include "daemon/process/timekeeper.h"

#include <errno.h>
#include <stdlib.h>

#include "util/clock.h"

/* sd-event's default accuracy of 250 ms pays for many timers; the daemon has few. */
#define ACCURACY_US 1000

struct timer {
	sd_event_source *source;
	timer_fn callback;
	void *userdata;
};

static uint64_t now_ms(const struct timekeeper *keeper, clockid_t clock)
{
	(void)keeper;
	return clock_ms(clock);
}

static int on_time(sd_event_source *source, uint64_t usec, void *userdata)
{
	const struct timer *timer = userdata;

	timer->callback(timer->userdata);
	return 0;
}

static struct timer *timer_free(struct timer *timer)
{
	if (!timer)
		return NULL;
	(void)sd_event_source_disable_unref(timer->source);
	free(timer);
	return NULL;
}

static int timer_add(const struct timekeeper *keeper, clockid_t clock, timer_fn callback,
		     void *userdata, struct timer **ret_timer)
{
	struct timer *timer = calloc(1, sizeof(*timer));
	int rc;

	if (!timer)
		return -ENOMEM;
	timer->callback = callback;
	timer->userdata = userdata;
	rc = sd_event_add_time(keeper->context, &timer->source, clock, UINT64_MAX, ACCURACY_US,
			       on_time, timer);
	if (rc >= 0)
		rc = sd_event_source_set_enabled(timer->source, SD_EVENT_OFF);
	if (rc < 0) {
		(void)timer_free(timer);
		return rc;
	}
	*ret_timer = timer;
	return 0;
}

static int timer_set(struct timer *timer, uint64_t time_ms)
{
	int rc;

	if (time_ms == TIMER_OFF)
		rc = sd_event_source_set_enabled(timer->source, SD_EVENT_OFF);
	else
		rc = sd_event_source_set_time(timer->source, time_ms * 1000);
	if (rc >= 0 && time_ms != TIMER_OFF)
		rc = sd_event_source_set_enabled(timer->source, SD_EVENT_ONESHOT);
	return rc < 0 ? rc : 0;
}

struct timekeeper timekeeper_of_loop(sd_event *event)
{
	return (struct timekeeper){
		.now_ms = now_ms,
		.add = timer_add,
		.set = timer_set,
		.free = timer_free,
		.context = event,
	};
}
