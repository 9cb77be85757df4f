/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The time, and waking up at one: the seam by which what waits on the daemon's loop is tested
 * without waiting. A test keeps a time of its own.
 */
#pragma once

#include <stdint.h>
#include <systemd/sd-event.h>
#include <time.h>

/* Whoever keeps the time says what it is. */
struct timer;

typedef void (*timer_fn)(void *userdata);

/* A timer that is set to this time never wakes anybody. */
#define TIMER_OFF UINT64_MAX

struct timekeeper {
	/* What the clock says now, in milliseconds. */
	uint64_t (*now_ms)(const struct timekeeper *keeper, clockid_t clock);
	/* A timer that is off. Calls back from the loop, once for each time it is set; 0 or
	 * negative errno. */
	int (*add)(const struct timekeeper *keeper, clockid_t clock, timer_fn callback,
		   void *userdata, struct timer **ret_timer);
	/* To a time of its clock, which may have passed; 0 or negative errno. */
	int (*set)(struct timer *timer, uint64_t time_ms);
	/* Accepts NULL and returns NULL. */
	struct timer *(*free)(struct timer *timer);
	void *context;
};

/** timekeeper_of_loop() - the system's clocks and the loop's timers; @event outlives all of them */
struct timekeeper timekeeper_of_loop(sd_event *event);
