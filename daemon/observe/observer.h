/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keeps the newest snapshot of the host. The kernel's uevents and writes to sysfs attributes cause
 * new looks, a timer does not. The helper takes the looks.
 */
#pragma once

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "cxl/topology/topology-look.h"
#include "daemon/helper/helper-client.h"
#include "daemon/observe/senses.h"
#include "daemon/observe/world.h"
#include "daemon/process/timekeeper.h"

/* The text of a failed look: its file, and a few words. */
#define OBSERVER_ERROR_MAX (TOPOLOGY_FILE_MAX + 128)

struct json_object;
struct observer;

/* A snapshot with several holders. Immutable but for its count of references. */
struct snapshot {
	unsigned int references;
	struct topology *topology;
	struct json_object *record; /* the topology as the helper sent it */
};

struct snapshot *snapshot_ref(struct snapshot *snapshot);
/* Accepts NULL and returns NULL. */
struct snapshot *snapshot_unref(struct snapshot *snapshot);

/*
 * @error: 0, and @snapshot is valid during the call (the callee may take a reference); or a
 *	negative errno, and @snapshot is NULL: -EPIPE if the helper's worker died twice in a row,
 *	others as the helper returned them.
 */
typedef void (*observer_fn)(void *userdata, int error, struct snapshot *snapshot);

struct observer_listener {
	/* A new snapshot has replaced @before (NULL for the first one). */
	void (*on_change)(void *userdata, const struct snapshot *before,
			  const struct snapshot *after);
	void *userdata;
};

/* All pointers outlive the observer. */
struct observer_options {
	const struct log *log;
	const char *boot;	      /* the boot ID: boot.h */
	struct helper_client *helper; /* NULL to serve @record only */
	struct timekeeper timekeeper;
	struct senses senses;
};

/**
 * observer_new() - makes an observer and begins the first look
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
 * observer_world() - the world for decisions, on a topology
 * @topology: of a snapshot, or a draft of its future
 */
struct world observer_world(const struct observer *observer, const struct topology *topology);

/**
 * observer_is_behind() - does the newest snapshot lack the results of our own steps?
 *
 * Then observer_ask(OBSERVER_CURRENT) will deliver a snapshot with them.
 */
bool observer_is_behind(const struct observer *observer);

/** observer_next_look() - the number of a look that has not begun yet */
uint64_t observer_next_look(const struct observer *observer);

enum observer_age {
	OBSERVER_CURRENT, /* the newest snapshot, if nothing was heard of the host since that
			   * look was begun, and the next snapshot otherwise */
	OBSERVER_FRESH,	  /* a snapshot that was begun after this call */
};

/**
 * observer_ask() - calls back with a snapshot
 *
 * The callback is called once, from the loop, never from within this function; also while a look
 * hangs: with -ETIMEDOUT, ten seconds after the look was begun, or after an ask for the next look.
 *
 * Return: 0 or negative errno.
 */
int observer_ask(struct observer *observer, enum observer_age age, observer_fn callback,
		 void *userdata);

/** observer_forget() - withdraws all asks of @userdata that have no answer yet */
void observer_forget(struct observer *observer, const void *userdata);

/**
 * observer_set_busy() - while our own steps write attributes, counts only events of devices
 *
 * The end of being busy has the host looked at: the events of our own writes were not counted.
 */
void observer_set_busy(struct observer *observer, bool busy);

/**
 * observer_is_stale() - was there an event whose result the newest snapshot lacks?
 *
 * Reads pending events first, so events before this call count. If the snapshot is stale, or the
 * last look has failed, observer_ask(OBSERVER_CURRENT) will deliver a newer snapshot.
 */
bool observer_is_stale(struct observer *observer);

/**
 * observer_error_text() - the error of a look in words: "the host can't be read: /sys/...: ..."
 *
 * The file is that of the last look, if that look has failed with this error.
 */
const char *observer_error_text(const struct observer *observer, int error,
				char text[static OBSERVER_ERROR_MAX]);

/**
 * observer_failure() - says why the newest snapshot is out of date
 * @ret_age_ms: the age of the snapshot
 * @text: "/sys/bus/...: Input/output error"
 *
 * Return: true if the last look failed.
 */
bool observer_failure(const struct observer *observer, uint64_t *ret_age_ms,
		      char text[static OBSERVER_ERROR_MAX]);
