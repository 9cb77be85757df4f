// SPDX-License-Identifier: GPL-2.0-only
/*
 * Signals that interrupt a write: after its deadline, or when its client has gone.
 *
 * Offlining memory goes on until a signal comes (offline_pages() in mm/memory_hotplug.c), and a
 * signal that comes just before the write interrupts nothing. So the signals are repeated.
 */
#include "cxl/step/write-alarm.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <sys/time.h>
#include <unistd.h>

#define REPEAT_US (50 * 1000)

/* A signal handler can tell its finding only by a global. */
static volatile sig_atomic_t nobody_waits;

static void ignore_signal(int number)
{
	(void)number;
}

/* No SA_RESTART: the blocked call returns EINTR. */
static int catch_alarm(struct sigaction *before)
{
	const struct sigaction action = { .sa_handler = ignore_signal };

	return sigaction(SIGALRM, &action, before) < 0 ? -errno : 0;
}

int write_alarm_set(struct write_alarm *alarm, uint64_t deadline_ms)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM };
	struct itimerspec when = { .it_interval.tv_nsec = REPEAT_US * 1000 };
	int rc = catch_alarm(&alarm->before);

	if (rc < 0)
		return rc;
	when.it_value.tv_sec = (time_t)(deadline_ms / 1000);
	when.it_value.tv_nsec = (long)(deadline_ms % 1000) * 1000000;
	if (timer_create(CLOCK_MONOTONIC, &event, &alarm->timer) < 0) {
		rc = -errno;
		(void)sigaction(SIGALRM, &alarm->before, NULL);
		return rc;
	}
	(void)timer_settime(alarm->timer, TIMER_ABSTIME, &when, NULL);
	return 0;
}

void write_alarm_clear(struct write_alarm *alarm)
{
	(void)timer_delete(alarm->timer);
	(void)sigaction(SIGALRM, &alarm->before, NULL);
}

static void repeat_alarm(suseconds_t interval_us)
{
	const struct itimerval when = { { 0, interval_us }, { 0, interval_us } };

	(void)setitimer(ITIMER_REAL, &when, NULL);
}

static void look_at(int fd)
{
	struct pollfd peer = { .fd = fd, .events = POLLRDHUP };

	if (poll(&peer, 1, 0) > 0 && (peer.revents & (POLLRDHUP | POLLHUP))) {
		nobody_waits = 1;
		repeat_alarm(REPEAT_US);
	}
}

/*
 * SIGIO also comes with each request. A call that it interrupts is restarted: only SIGALRM ends a
 * call.
 */
static void on_socket(int number, siginfo_t *info, void *context)
{
	const int error = errno;

	(void)number;
	(void)context;
	if (info->si_code > 0)
		look_at(info->si_fd);
	errno = error;
}

int write_alarm_watch(int fd)
{
	const struct sigaction action = { .sa_sigaction = on_socket,
					  .sa_flags = SA_SIGINFO | SA_RESTART };
	int rc = catch_alarm(NULL);

	if (rc < 0)
		return rc;
	/* The kernel tells the descriptor of the signal only after F_SETSIG. */
	if (sigaction(SIGIO, &action, NULL) < 0 || fcntl(fd, F_SETOWN, getpid()) < 0 ||
	    fcntl(fd, F_SETSIG, SIGIO) < 0 || fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_ASYNC) < 0)
		return -errno;
	/* The kernel sends no signal for what happened before. */
	look_at(fd);
	return 0;
}

void write_alarm_unwatch(int fd)
{
	(void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_ASYNC);
	repeat_alarm(0);
	nobody_waits = 0;
}

bool write_alarm_nobody_waits(void)
{
	return nobody_waits;
}
