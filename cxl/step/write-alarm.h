/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ends a write that blocks in the kernel: at its deadline, or when the daemon does not wait for the
 * write any more. Both are signals, SIGALRM and SIGIO, which belong to the process: only for
 * processes with a single thread. Effect, for sysfs-io.c and for the worker that performs steps.
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
 * write_alarm_set() - from @deadline_ms on, has every call that blocks end with EINTR
 * @deadline_ms: CLOCK_MONOTONIC; at most INT_MAX seconds
 *
 * Return: 0 or negative errno.
 */
int write_alarm_set(struct write_alarm *alarm, uint64_t deadline_ms);

void write_alarm_clear(struct write_alarm *alarm);

/**
 * write_alarm_watch() - the same, as soon as the peer of a socket has shut down its end
 * @fd: a connected socket, which the caller owns
 *
 * Return: 0 or negative errno.
 */
int write_alarm_watch(int fd);

/** write_alarm_unwatch() - ends the watch: later writes, which restore values, are not given up */
void write_alarm_unwatch(int fd);

/** write_alarm_nobody_waits() - has the peer of the watched socket shut down its end? */
bool write_alarm_nobody_waits(void);
