/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The time, and timers: the seam by which code that waits on the daemon's loop is tested without
 * waiting. A test keeps a time of its own.
 */
#pragma once

#include <stdint.h>
#include <systemd/sd-event.h>
#include <time.h>

/* The keeper of the time: the system, or a test. */
struct timer;

typedef void (*timer_fn)(void *userdata);

/* A timer that is set to this time never wakes anybody. */
#define TIMER_OFF UINT64_MAX

struct timekeeper {
	/* The present time of a clock, in milliseconds. */
	uint64_t (*now_ms)(const struct timekeeper *keeper, clockid_t clock);
	/* Makes a timer that is off. The timer calls back from the loop, once for each time that is
	 * set; 0 or negative errno. */
	int (*add)(const struct timekeeper *keeper, clockid_t clock, timer_fn callback,
		   void *userdata, struct timer **ret_timer);
	/* To a time of its clock, which may have passed; 0 or negative errno. */
	int (*set)(struct timer *timer, uint64_t time_ms);
	/* Accepts NULL and returns NULL. */
	struct timer *(*free)(struct timer *timer);
	void *context;
};

/** timekeeper_of_loop() - the system's clocks and the loop's timers; @event outlives them */
struct timekeeper timekeeper_of_loop(sd_event *event);
