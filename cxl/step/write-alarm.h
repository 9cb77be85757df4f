/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What ends a write that the kernel holds on to: its deadline, or that nobody waits for it any
 * more. Both are signals, SIGALRM and SIGIO, which belong to the process: only for processes with a
 * single thread. Effect, for sysfs-io.c and for the worker that has steps performed.
 */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct write_alarm {
	timer_t timer;
	struct sigaction before;
};

/**
 * write_alarm_set() - from @deadline_ms on calls that block end with EINTR, again and again
 * @deadline_ms: CLOCK_MONOTONIC; not further away than a timer reaches
 *
 * Return: 0 or negative errno.
 */
int write_alarm_set(struct write_alarm *alarm, uint64_t deadline_ms);

void write_alarm_clear(struct write_alarm *alarm);

/**
 * write_alarm_watch() - the same as soon as the peer of a socket has shut down its end
 * @fd: of a connected socket; stays the caller's
 *
 * Return: 0 or negative errno.
 */
int write_alarm_watch(int fd);

/** write_alarm_unwatch() - what is written from here on is nobody's wish, and is not given up */
void write_alarm_unwatch(int fd);

/** write_alarm_nobody_waits() - has the peer of the watched socket shut down its end? */
bool write_alarm_nobody_waits(void);
