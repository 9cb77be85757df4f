/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An observer whose whole world is the test: uevents, writes to attributes and the helper's workers
 * are the other ends of socket pairs, and the time is the test's. Include after cmocka.h.
 */
#pragma once

#include "daemon/observe/observer.h"
#include "test/lib/fake-time.h"

#define WORKERS_MAX 128

/* A request that a worker was sent and has not answered. */
struct worker {
	int fd; /* -1: there is no worker, or the worker has died */
	bool asked;
	enum helper_verb verb;
	char object[32];
};

struct watch_post {
	struct log log;
	sd_event *event;
	struct fake_time time;
	int uevent_fd, watch_fd, control_fd; /* our ends */
	int heard_fd;			     /* the observer's end of the first */
	bool udev_has_events, udev_is_there;
	struct helper_client *helper;
	struct observer *observer;
	struct worker workers[WORKERS_MAX]; /* in the order in which they were started */
	size_t worker_count;
	unsigned int snapshots; /* that were told of */
};

/** watch_post_new() - an observer that has begun its first look: workers[0] is asked */
struct watch_post *watch_post_new(void);
void watch_post_free(struct watch_post *post);

/** spin() - until nobody has anything to do before something else happens */
void spin(struct watch_post *post);

/** pass() - time passes */
void pass(struct watch_post *post, uint64_t milliseconds);

/** uevent() - the kernel says something; a string literal with NULs in it */
#define uevent(post, text) send_uevent(post, text, sizeof(text) - 1)
void send_uevent(struct watch_post *post, const char *text, size_t length);

/** lose_uevents() - from here on the observer can't read what the kernel says */
void lose_uevents(struct watch_post *post);

/** write_attribute() - somebody writes an attribute that is watched */
void write_attribute(struct watch_post *post);

/** reader() - the worker that is asked for a look; fails when there is none */
struct worker *reader(struct watch_post *post);

/** looks() - is a look asked for that was not answered? */
bool looks(const struct watch_post *post);

/** answer() - what a worker was asked for; @data is the caller's, NULL: none */
void answer(struct watch_post *post, struct worker *worker, struct json_object *data, int error);

/** show() - the look is answered with a host of so many memdevs */
void show(struct watch_post *post, int memdevs);

/** die() - the worker does */
void die(struct watch_post *post, struct worker *worker);

/* Who asks, and what was told. */
struct asker {
	unsigned int called;
	int error;
	const struct topology *topology;
};

void ask(struct watch_post *post, enum observer_age age, struct asker *asker);
