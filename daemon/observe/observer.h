/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keeps the newest snapshot of the host. The kernel's uevents and writes to sysfs attributes are
 * what makes it look again, never a timer; all looking is done by the helper.
 */
#pragma once

#define OBSERVER_ERROR_MAX 128

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "cxl/topology/topology.h"
#include "daemon/helper/helper-client.h"
#include "daemon/observe/senses.h"
#include "daemon/observe/world.h"
#include "daemon/process/timekeeper.h"

struct json_object;
struct observer;

/* A snapshot that several may hold. Immutable but for its count. */
struct snapshot {
	unsigned int references;
	struct topology *topology;
	struct json_object *record; /* the topology as the helper sent it */
};

struct snapshot *snapshot_ref(struct snapshot *snapshot);
/* Accepts NULL and returns NULL. */
struct snapshot *snapshot_unref(struct snapshot *snapshot);

/*
 * @error is 0 and @snapshot the caller's to ref; or a negative errno, and @snapshot NULL: -EPIPE
 * when the helper's worker died twice in a row, others as the helper had them.
 */
typedef void (*observer_fn)(void *userdata, int error, struct snapshot *snapshot);

struct observer_listener {
	/* A new snapshot has replaced @before (NULL for the first one). */
	void (*on_change)(void *userdata, const struct snapshot *before,
			  const struct snapshot *after);
	void *userdata;
};

/* All of it outlives the observer. */
struct observer_options {
	const struct log *log;
	const char *boot;	      /* the boot ID: boot.h */
	struct helper_client *helper; /* NULL to serve @record only */
	struct timekeeper timekeeper;
	struct senses senses;
};

/**
 * observer_new() - starts to look
 * @options: copied
 * @record: a snapshot to begin with, or NULL; taken over on success
 * @listener: copied
 *
 * Return: 0 or negative errno.
 */
int observer_new(sd_event *event, const struct observer_options *options, struct snapshot *record,
		 const struct observer_listener *listener, struct observer **ret_observer);

struct observer *observer_free(struct observer *observer);

/** observer_snapshot() - the newest snapshot, or NULL before the first one; not referenced */
struct snapshot *observer_snapshot(const struct observer *observer);

/**
 * observer_world() - what is decided in
 * @topology: of a snapshot, or a draft of what such a one becomes
 */
struct world observer_world(const struct observer *observer, const struct topology *topology);

/**
 * observer_is_behind() - does the newest snapshot not show yet what our own steps have done?
 *
 * Then an OBSERVER_CURRENT one will, in a moment.
 */
bool observer_is_behind(const struct observer *observer);

enum observer_age {
	OBSERVER_CURRENT, /* the newest snapshot, if nothing was heard of the host since it was
			   * begun, and the next one otherwise */
	OBSERVER_FRESH,	  /* a snapshot that was begun after this call */
};

/**
 * observer_ask() - calls back with a snapshot
 *
 * Called from the loop, never from within this function.
 *
 * Return: 0 or negative errno.
 */
int observer_ask(struct observer *observer, enum observer_age age, observer_fn callback,
		 void *userdata);

/** observer_forget() - withdraws every ask of @userdata that was not answered yet */
void observer_forget(struct observer *observer, const void *userdata);

/**
 * observer_set_busy() - while our own steps write attributes, only devices that come and go count
 *
 * Clearing it begins a look: nobody has listened to our own writes.
 */
void observer_set_busy(struct observer *observer, bool busy);

/**
 * observer_is_stale() - was anything heard of the host that the newest snapshot does not show?
 *
 * Listens first: what had happened before this call counts. Then an OBSERVER_CURRENT one will show
 * it, in a moment; also when the last look has failed.
 */
bool observer_is_stale(struct observer *observer);

/** observer_error_text() - what a look has failed of, in words: "the host can't be read: ..." */
const char *observer_error_text(int error, char text[static OBSERVER_ERROR_MAX]);

/**
 * observer_failure() - why the newest snapshot is not what the host is now
 * @ret_age_ms: how old it is
 *
 * Return: 0: the last look was good; the negative errno with which it failed.
 */
int observer_failure(const struct observer *observer, uint64_t *ret_age_ms);
