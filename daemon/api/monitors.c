// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes that are about to be told, and the monitors that are told.
 */
#include "daemon/api/monitors.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "daemon/process/turn-source.h"
#include "daemon/varlink/varlink-server.h"
#include "util/array.h"
#include "util/json.h"

/* For the largest number of monitors: some milliseconds. */
#define CHANGES_AT_ONCE 32

/*
 * A monitor that reads gets the time to. A monitor that does not read delays the others by at most
 * PATIENCE_MS in all.
 */
#define PAUSE_MS    5
#define PATIENCE_MS 1000

struct monitor {
	struct varlink_call *call;
	uint64_t first; /* the number of the first change for this monitor */
};

struct monitors {
	const struct log *log;
	sd_event_source *turns; /* on while there are changes and no pause */
	sd_event_source *pause;
	uint64_t paused_ms; /* pauses since the last time without changes */
	ARRAY(struct monitor) list;
	ARRAY(struct json_object *) changes; /* arrays of changes that are about to be told */
	size_t told;			     /* changes of the first array that were told */
	uint64_t next;			     /* the number of the next change to be told */
	uint64_t end;			     /* the number of the next change to come */
};

static void tell_one(struct monitors *monitors, struct json_object *change)
{
	_cleanup_json_ struct json_object *reply = json_object_new_object();
	const char *text = NULL;
	size_t length;

	if (reply && json_add(reply, "change", json_object_get(change)) == 0)
		text = json_object_to_json_string_length(reply, JSON_C_TO_STRING_PLAIN, &length);
	if (!text)
		log_warning(monitors->log, "no memory to tell monitors of a change");
	/* The server drops a slow reader, which then leaves by way of on_close(). */
	for (size_t i = 0; text && i < monitors->list.count; i++)
		if (monitors->list.items[i].first <= monitors->next)
			(void)varlink_call_notify_text(monitors->list.items[i].call, text, length);
	monitors->next++;
}

static void drop_first(struct monitors *monitors)
{
	(void)json_object_put(monitors->changes.items[0]);
	monitors->told = 0;
	monitors->changes.count--;
	for (size_t i = 0; i < monitors->changes.count; i++)
		monitors->changes.items[i] = monitors->changes.items[i + 1];
	if (monitors->changes.count == 0)
		ARRAY_FREE(&monitors->changes);
}

static bool somebody_is_behind(const struct monitors *monitors)
{
	for (size_t i = 0; i < monitors->list.count; i++)
		if (varlink_call_is_behind(monitors->list.items[i].call))
			return true;
	return false;
}

static int go_on(struct monitors *monitors)
{
	return sd_event_source_set_enabled(monitors->turns, SD_EVENT_ON);
}

static int on_pause_end(sd_event_source *source, uint64_t usec, void *userdata)
{
	return go_on(userdata);
}

/*
 * Begins a pause for monitors that are behind, and returns whether it did; without a timer there is
 * no pause.
 */
static bool pauses(struct monitors *monitors)
{
	if (monitors->paused_ms >= PATIENCE_MS || !somebody_is_behind(monitors) ||
	    sd_event_source_set_time_relative(monitors->pause, PAUSE_MS * 1000) < 0 ||
	    sd_event_source_set_enabled(monitors->pause, SD_EVENT_ONESHOT) < 0)
		return false;
	monitors->paused_ms += PAUSE_MS;
	return true;
}

static int on_turn(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct monitors *monitors = userdata;

	if (pauses(monitors))
		return sd_event_source_set_enabled(source, SD_EVENT_OFF);
	for (int i = 0; i < CHANGES_AT_ONCE && monitors->changes.count; i++) {
		struct json_object *first = monitors->changes.items[0];

		if (monitors->told < json_object_array_length(first))
			tell_one(monitors, json_object_array_get_idx(first, monitors->told++));
		else
			drop_first(monitors);
	}
	if (monitors->changes.count)
		return 0;
	monitors->paused_ms = 0;
	return sd_event_source_set_enabled(source, SD_EVENT_OFF);
}

void monitors_tell(struct monitors *monitors, struct json_object *changes)
{
	if (!changes || ARRAY_APPEND(&monitors->changes, changes) < 0) {
		log_warning(monitors->log, "no memory to tell monitors of changes");
		(void)json_object_put(changes);
		return;
	}
	monitors->end += json_object_array_length(changes);
	(void)go_on(monitors);
}

bool monitors_listen(const struct monitors *monitors)
{
	return monitors->list.count > 0;
}

static void on_close(struct varlink_call *call, void *userdata)
{
	struct monitors *monitors = userdata;
	size_t kept = 0;

	for (size_t i = 0; i < monitors->list.count; i++) {
		if (monitors->list.items[i].call == call)
			(void)varlink_call_unref(call);
		else
			monitors->list.items[kept++] = monitors->list.items[i];
	}
	monitors->list.count = kept;
	if (kept == 0)
		ARRAY_FREE(&monitors->list);
}

int monitors_add(struct monitors *monitors, struct varlink_call *call)
{
	int rc = ARRAY_APPEND(&monitors->list,
			      (struct monitor){ .call = call, .first = monitors->end });

	if (rc < 0)
		return rc;
	(void)varlink_call_ref(call);
	varlink_call_on_close(call, on_close, monitors);
	return 0;
}

int monitors_new(sd_event *event, const struct log *log, struct monitors **ret_monitors)
{
	struct monitors *monitors = calloc(1, sizeof(*monitors));
	int rc;

	if (!monitors)
		return -ENOMEM;
	monitors->log = log;
	rc = turn_source_add(event, &monitors->turns, on_turn, monitors);
	if (rc >= 0)
		rc = sd_event_add_time(event, &monitors->pause, CLOCK_MONOTONIC, 0, 1000,
				       on_pause_end, monitors);
	if (rc >= 0)
		rc = sd_event_source_set_enabled(monitors->pause, SD_EVENT_OFF);
	if (rc < 0) {
		(void)monitors_free(monitors);
		return rc;
	}
	*ret_monitors = monitors;
	return 0;
}

struct monitors *monitors_free(struct monitors *monitors)
{
	if (!monitors)
		return NULL;
	(void)sd_event_source_disable_unref(monitors->turns);
	(void)sd_event_source_disable_unref(monitors->pause);
	while (monitors->changes.count)
		drop_first(monitors);
	for (size_t i = 0; i < monitors->list.count; i++)
		(void)varlink_call_unref(monitors->list.items[i].call);
	ARRAY_FREE(&monitors->list);
	free(monitors);
	return NULL;
}
