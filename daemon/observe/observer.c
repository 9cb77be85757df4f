// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keeps the newest snapshot: one look at a time, and another look after it if something has
 * happened meanwhile.
 */
#include "daemon/observe/observer.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "cxl/topology/topology-json.h"
#include "daemon/observe/attribute-watch.h"
#include "daemon/observe/causes.h"
#include "daemon/observe/uevent.h"
#include "daemon/process/turn-source.h"
#include "util/clock.h"
#include "util/json.h"
#include "util/text.h"

struct observer_ask {
	observer_fn callback;
	void *userdata;
	enum observer_age age;
	uint64_t look; /* the number of the look that answers the ask, or LOOK_AFTER_UDEV */
	uint64_t asked_ms;
	bool due;  /* the look has ended: the ask waits for its turn */
	int error; /* the error of the look */
};

/* A look that begins after udev has finished. */
#define LOOK_AFTER_UDEV UINT64_MAX

/*
 * The rest between looks that nobody has asked for: without it, a storm of events would make looks
 * follow each other without a pause.
 */
#define REST_MS 100
/* A look that failed is repeated after ever longer times: there may be neither asks nor events. */
#define RETRY_FIRST_MS 1000
#define RETRY_MAX_MS   60000

/*
 * After this time the asks fail; the look goes on until its end, and its result counts. Asks that
 * wait for the look after one that hangs fail after the same time, counted from the ask. A host of
 * 1,024 memdevs takes some seconds where it is emulated, so less would fail on a host that is only
 * slow; a change holds its lanes for the time, so more would hold up others.
 */
#define LOOK_DEADLINE_MS   10000
#define LOOK_DEADLINE_TEXT "10 s"

/* The time to wait for udev, as in libcxl. */
#define UDEV_MAX_MS 5000
/* The interval of checks of udev's queue; also the time in which udev takes up an event. */
#define UDEV_NAP_MS 10

struct observer {
	sd_event *event;
	const struct log *log;
	const char *boot;
	struct helper_client *helper;
	struct timekeeper timekeeper;
	struct senses senses;
	struct observer_listener listener;
	struct snapshot *snapshot;
	/*
	 * The result of a look is processed in several turns of the loop, each of which may take
	 * its time on a large host: see on_turn().
	 */
	struct json_object *record; /* of the look under way, once the record has come */
	struct snapshot *coming;    /* made of the record, and not published yet */
	struct snapshot *past;	    /* the former snapshot, to be freed */
	/*
	 * The reader is kept from look to look, because a worker's first look takes twice as long
	 * as its second (page faults, lazy binding).
	 */
	struct helper_session *reader;
	bool looking;
	uint64_t look; /* number of the look under way, or of the last one */
	uint64_t look_begun_ms;
	uint64_t look_ended_ms; /* of the last look that ended */
	uint64_t owed_look;	/* the first look that shows the results of our own steps */
	bool again;		/* something has happened since the look began */
	bool late;		/* the look under way has passed LOOK_DEADLINE_MS */
	bool failed;		/* the last look failed, or the look under way is late */
	int error;		/* the error, while `failed` */
	char failed_file[TOPOLOGY_FILE_MAX]; /* the file that could not be read, or "" */
	uint64_t retry_ms;	/* the time until the next attempt, unless somebody asks */
	uint64_t seen_look;	/* the number of the snapshot's look */
	uint64_t seen_ms;	/* CLOCK_BOOTTIME: its begin */
	uint64_t begun_boot_ms; /* the same for the look under way */
	bool retried;		/* the look under way was repeated after its worker died */
	bool busy;
	struct causes causes; /* causes heard from devices */
	bool missed;	      /* an event was lost, so any device may have come or gone */
	uint64_t hardware_ms; /* the time at which hardware came that may need a driver; 0: udev has
				 finished */
	int uevent_fd, watch_fd;
	int watch_last; /* see attribute_watch_update() */
	bool unwatched; /* not all objects can be watched: each question needs a look */
	sd_event_source *uevent_source, *watch_source, *turn_source;
	struct timer *retry_timer, *late_timer, *udev_timer, *rest_timer;
	bool udev_waits; /* an ask waits for udev, and the timer is set */
	ARRAY(struct observer_ask) asks;
};

struct snapshot *snapshot_ref(struct snapshot *snapshot)
{
	snapshot->references++;
	return snapshot;
}

struct snapshot *snapshot_unref(struct snapshot *snapshot)
{
	if (!snapshot || --snapshot->references > 0)
		return NULL;
	(void)topology_free(snapshot->topology);
	(void)json_object_put(snapshot->record);
	free(snapshot);
	return NULL;
}

/* Mailbox answers are taken over from snapshot to snapshot. */
static void inherit_mailboxes(const struct topology *before, struct topology *topology)
{
	for (size_t i = 0; i < topology->memdevs.count; i++) {
		struct topo_memdev *memdev = topology->memdevs.items[i];
		const struct topo_memdev *old = topology_memdev(before, memdev->name);

		if (!old || old->serial != memdev->serial || !old->mailbox)
			continue;
		(void)json_object_put(memdev->mailbox);
		memdev->mailbox = json_object_get(old->mailbox);
		memdev->mailbox_time_ms = old->mailbox_time_ms;
	}
}

/* Makes a snapshot of @record and the known mailbox answers. Takes a reference of @record. */
static int build_snapshot(struct observer *observer, struct json_object *record,
			  struct snapshot **ret_snapshot)
{
	struct refusal_list notices = REFUSAL_LIST_NULL;
	_cleanup_topology_ struct topology *topology = NULL;
	struct snapshot *snapshot;
	int rc;

	rc = topology_from_json(record, &notices, &topology);
	if (rc > 0)
		log_refusals(observer->log, "the host could not be read", &notices);
	refusal_list_deinit(&notices);
	if (rc)
		return rc < 0 ? rc : -EPROTO;
	if (observer->snapshot)
		inherit_mailboxes(observer->snapshot->topology, topology);
	snapshot = calloc(1, sizeof(*snapshot));
	if (!snapshot)
		return -ENOMEM;
	snapshot->references = 1;
	snapshot->topology = TAKE_PTR(topology);
	snapshot->record = json_object_get(record);
	*ret_snapshot = snapshot;
	return 0;
}

static uint64_t boot_ms(const struct observer *observer)
{
	return observer->timekeeper.now_ms(&observer->timekeeper, CLOCK_BOOTTIME);
}

static uint64_t now_ms(const struct observer *observer)
{
	return observer->timekeeper.now_ms(&observer->timekeeper, CLOCK_MONOTONIC);
}

static void wake_after(const struct observer *observer, struct timer *timer, uint64_t after_ms)
{
	int rc = observer->timekeeper.set(timer, now_ms(observer) + after_ms);

	if (rc < 0)
		log_error(observer->log, "no timer: %s", strerror(-rc));
}

static void switch_off(const struct observer *observer, struct timer *timer)
{
	(void)observer->timekeeper.set(timer, TIMER_OFF);
}

static void look_soon(struct observer *observer);

/* @last: of attribute-watch.h. Returns whether there is a new watch. */
static bool note_watches(struct observer *observer, int last)
{
	bool is_new;

	if (last < 0) {
		if (!observer->unwatched)
			log_warning(observer->log,
				    "not all CXL objects can be watched (%s): each question has "
				    "the host looked at%s",
				    strerror(-last),
				    last == -ENOSPC ? "; fs.inotify.max_user_watches is the limit"
						    : "");
		observer->unwatched = true;
		return false;
	}
	is_new = last > observer->watch_last;
	if (is_new)
		observer->watch_last = last;
	return is_new;
}

/* Watches what is new. What could not be watched before is tried again. */
static void update_watches(struct observer *observer, const struct snapshot *before)
{
	const bool anew = !before || observer->missed || observer->unwatched;
	int last = attribute_watch_update(observer->watch_fd, anew ? NULL : before->topology,
					  observer->snapshot->topology);

	observer->missed = false;
	if (note_watches(observer, last))
		look_soon(observer);
	if (last >= 0)
		observer->unwatched = false;
}

static void publish(struct observer *observer, struct snapshot *snapshot)
{
	struct snapshot *before = observer->snapshot;

	observer->past = snapshot_unref(observer->past);
	observer->past = before;
	observer->snapshot = snapshot;
	if (observer->watch_fd >= 0)
		update_watches(observer, before);
	observer->listener.on_change(observer->listener.userdata, before, snapshot);
}

static uint64_t ended_look(const struct observer *observer)
{
	return observer->looking ? observer->look - 1 : observer->look;
}

static uint64_t coming_look(const struct observer *observer)
{
	return observer->looking && observer->again ? observer->look + 1 : observer->look;
}

/*
 * Asks that wait for this look, or for an earlier one, become due: each is answered in a turn of
 * its own.
 */
static int make_due(struct observer *observer, uint64_t look, int error)
{
	int rc;

	for (size_t i = 0; i < observer->asks.count; i++) {
		struct observer_ask *ask = &observer->asks.items[i];

		if (ask->due || ask->look > look)
			continue;
		ask->due = true;
		ask->error = error;
	}
	rc = sd_event_source_set_enabled(observer->turn_source, SD_EVENT_ON);
	return rc < 0 ? rc : 0;
}

static bool is_waited_for(const struct observer *observer)
{
	for (size_t i = 0; i < observer->asks.count; i++)
		if (!observer->asks.items[i].due && observer->asks.items[i].look != LOOK_AFTER_UDEV)
			return true;
	return false;
}

/* Returns whether there was an ask to answer. */
static bool answer_one(struct observer *observer)
{
	for (size_t i = 0; i < observer->asks.count; i++) {
		const struct observer_ask ask = observer->asks.items[i];

		if (!ask.due)
			continue;
		observer->asks.count--;
		memmove(&observer->asks.items[i], &observer->asks.items[i + 1],
			(observer->asks.count - i) * sizeof(ask));
		if (observer->asks.count == 0)
			ARRAY_FREE(&observer->asks);
		/* The callback may add asks or forget others. */
		ask.callback(ask.userdata, ask.error, ask.error ? NULL : observer->snapshot);
		return true;
	}
	return false;
}

static void begin_look(struct observer *observer);

/* "/sys/bus/cxl/devices/region0/size: Input/output error" */
static void write_cause(const struct observer *observer, int error,
			char text[static OBSERVER_ERROR_MAX])
{
	const char *cause = strerror(-error), *file = observer->failed_file;

	if (error == -EPROTO)
		cause = "the helper's record is not valid";
	else if (error == -EPIPE)
		cause = "the helper's reader has ended";
	else if (error == -ETIMEDOUT && !*file)
		cause = "a look has not ended within " LOOK_DEADLINE_TEXT;
	if (error != observer->error || !*file)
		(void)snprintf(text, OBSERVER_ERROR_MAX, "%s", cause);
	else
		(void)snprintf(text, OBSERVER_ERROR_MAX, "%s: %s", file, cause);
}

const char *observer_error_text(const struct observer *observer, int error,
				char text[static OBSERVER_ERROR_MAX])
{
	static const char begin[] = "the host can't be read: ";
	char cause[OBSERVER_ERROR_MAX];

	write_cause(observer, error, cause);
	(void)snprintf(text, OBSERVER_ERROR_MAX, "%s%.*s", begin,
		       (int)(OBSERVER_ERROR_MAX - sizeof(begin)), cause);
	return text;
}

/* Notes the result of a look. After a failure, on_retry() has the host looked at again. */
static void note_outcome(struct observer *observer, int error)
{
	char text[OBSERVER_ERROR_MAX];

	observer->late = false;
	switch_off(observer, observer->late_timer);
	observer->failed = error != 0;
	observer->error = error;
	if (error == 0) {
		observer->retry_ms = RETRY_FIRST_MS;
		switch_off(observer, observer->retry_timer);
		return;
	}
	log_warning(observer->log, "%s", observer_error_text(observer, error, text));
	wake_after(observer, observer->retry_timer, observer->retry_ms);
	observer->retry_ms = clock_longer_ms(observer->retry_ms, RETRY_MAX_MS);
}

/* Asks that came during the look may wait for one more look. */
static void end_look(struct observer *observer, uint64_t look, int error)
{
	observer->look_ended_ms = now_ms(observer);
	(void)make_due(observer, look, error);
	if (observer->looking)
		return;
	if (is_waited_for(observer) || observer_is_behind(observer))
		begin_look(observer);
	else if (observer->again)
		wake_after(observer, observer->rest_timer, REST_MS);
}

static void fail_look(struct observer *observer, int error)
{
	observer->looking = false;
	note_outcome(observer, error);
	end_look(observer, observer->look, error);
}

static void on_record(void *userdata, const struct helper_answer *answer)
{
	struct observer *observer = userdata;
	int error = answer->error ? answer->error : answer->reply.error;

	(void)snprintf(observer->failed_file, sizeof(observer->failed_file), "%s",
		       !answer->error && answer->reply.culprit ? answer->reply.culprit : "");
	/* A text that was cut within a character is no JSON. */
	text_clean_line(observer->failed_file);
	if (answer->error)
		observer->reader = helper_session_free(observer->reader);
	/* The worker was killed while it was reading: another read does no harm. */
	if (error == -EPIPE && !observer->retried) {
		observer->retried = true;
		observer->look--;
		begin_look(observer);
		return;
	}
	observer->retried = false;
	log_debug(observer->log, "look %" PRIu64 " took %" PRIu64 " ms", observer->look,
		  now_ms(observer) - observer->look_begun_ms);
	if (error == 0 && !answer->data)
		error = -EPROTO;
	if (error == 0)
		error = sd_event_source_set_enabled(observer->turn_source, SD_EVENT_ON);
	if (error < 0)
		fail_look(observer, error);
	else
		observer->record = json_object_get(answer->data);
}

static void build(struct observer *observer)
{
	int rc = build_snapshot(observer, observer->record, &observer->coming);

	(void)json_object_put(observer->record);
	observer->record = NULL;
	if (rc < 0)
		fail_look(observer, rc);
}

/* Publishes the snapshot. A listener may have the next look begun. */
static void take(struct observer *observer)
{
	struct snapshot *snapshot = TAKE_PTR(observer->coming);
	const uint64_t look = observer->look;

	observer->looking = false;
	observer->seen_look = look;
	observer->seen_ms = observer->begun_boot_ms;
	note_outcome(observer, 0);
	publish(observer, snapshot);
	end_look(observer, look, 0);
}

/* One part in each turn of the loop, so that other sources have theirs in between. */
static int on_turn(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct observer *observer = userdata;

	if (observer->record)
		build(observer);
	else if (observer->coming)
		take(observer);
	else if (observer->past)
		observer->past = snapshot_unref(observer->past);
	else if (!answer_one(observer))
		return sd_event_source_set_enabled(source, SD_EVENT_OFF);
	return 0;
}

static void on_added(void *userdata, const char *path)
{
	struct observer *observer = userdata;

	(void)note_watches(observer, attribute_watch_add(observer->watch_fd, path));
}

static bool on_news(void *userdata, const struct uevent_news *news)
{
	struct observer *observer = userdata;
	int rc = causes_hear(&observer->causes, news,
			     observer->snapshot ? observer->snapshot->topology : NULL,
			     boot_ms(observer), observer->look);

	if (rc < 0)
		log_warning(observer->log, "no memory to note an event of a memory device");
	return rc != 0;
}

/* Reads all pending events. Returns whether they make the snapshot out of date. */
static bool hear(struct observer *observer)
{
	const struct uevent_listener listener = { on_added, on_news, observer };
	struct uevent_heard heard = { 0 };
	bool written;

	/* A socket that can't be read may have lost any event. */
	if (uevent_drain(observer->uevent_fd, &listener, &heard) != 0)
		heard.device = observer->missed = true;
	if (heard.needs_driver && observer->hardware_ms == 0)
		observer->hardware_ms = now_ms(observer);
	written = attribute_watch_drain(observer->watch_fd);
	return heard.device || ((heard.memory || written) && !observer->busy);
}

static void begin_look(struct observer *observer)
{
	const struct helper_request request = { .verb = HELPER_SNAPSHOT };
	int rc = 0;

	/* Events up to now need no other look: this look shows their results. */
	(void)hear(observer);
	observer->again = false;
	observer->look++;
	observer->look_begun_ms = now_ms(observer);
	observer->begun_boot_ms = boot_ms(observer);
	observer->looking = true;
	wake_after(observer, observer->late_timer, LOOK_DEADLINE_MS);
	if (observer->reader)
		rc = helper_session_call(observer->reader, &request, on_record, observer);
	/* The worker may have died since the last look. */
	if (rc < 0)
		observer->reader = helper_session_free(observer->reader);
	if (!observer->reader) {
		rc = helper_session_new(observer->helper, &observer->reader);
		if (rc == 0)
			rc = helper_session_call(observer->reader, &request, on_record, observer);
	}
	if (rc == 0)
		return;
	observer->looking = false;
	observer->reader = helper_session_free(observer->reader);
	note_outcome(observer, rc);
	(void)make_due(observer, observer->look, rc);
}

static void look_soon(struct observer *observer)
{
	if (observer->looking)
		observer->again = true;
	else
		begin_look(observer);
}

/* Looks after events. An ask does not wait for the end of the rest. */
static void look_after_rest(struct observer *observer)
{
	const uint64_t rested_ms = now_ms(observer) - observer->look_ended_ms;

	if (observer->looking || rested_ms >= REST_MS) {
		look_soon(observer);
		return;
	}
	observer->again = true;
	wake_after(observer, observer->rest_timer, REST_MS - rested_ms);
}

static void on_rested(void *userdata)
{
	struct observer *observer = userdata;

	if (observer->again && !observer->looking)
		begin_look(observer);
}

/* Tells whether there was, or may have been, an event whose result no look shows, ended or under
 * way. */
static bool has_news(struct observer *observer)
{
	return hear(observer) || observer->unwatched || (observer->again && !observer->looking);
}

/* The end of the look can't be foreseen: asks for the look after it have deadlines of their own. */
static void fail_late_asks(struct observer *observer)
{
	const uint64_t now = now_ms(observer);
	uint64_t next_ms = TIMER_OFF;

	for (size_t i = 0; i < observer->asks.count; i++) {
		struct observer_ask *ask = &observer->asks.items[i];
		const uint64_t until_ms = ask->asked_ms + LOOK_DEADLINE_MS;

		if (ask->due || ask->look == LOOK_AFTER_UDEV)
			continue;
		if (until_ms <= now) {
			ask->due = true;
			ask->error = -ETIMEDOUT;
		} else if (until_ms < next_ms) {
			next_ms = until_ms;
		}
	}
	(void)observer->timekeeper.set(observer->late_timer, next_ms);
	(void)sd_event_source_set_enabled(observer->turn_source, SD_EVENT_ON);
}

static void on_late(void *userdata)
{
	struct observer *observer = userdata;

	if (!observer->late) {
		observer->late = observer->failed = true;
		observer->error = -ETIMEDOUT;
		observer->failed_file[0] = '\0';
		log_warning(observer->log, "the host could not be read within %s: still trying",
			    LOOK_DEADLINE_TEXT);
		(void)make_due(observer, observer->look, -ETIMEDOUT);
	}
	fail_late_asks(observer);
}

static void on_retry(void *userdata)
{
	look_soon(userdata);
}

static int on_event(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct observer *observer = userdata;

	if (hear(observer))
		look_after_rest(observer);
	return 0;
}

static void on_udev(void *userdata);

static int add_timers(struct observer *observer)
{
	const struct timekeeper *keeper = &observer->timekeeper;
	int rc = keeper->add(keeper, CLOCK_MONOTONIC, on_retry, observer, &observer->retry_timer);

	if (rc == 0)
		rc = keeper->add(keeper, CLOCK_MONOTONIC, on_late, observer, &observer->late_timer);
	if (rc == 0)
		rc = keeper->add(keeper, CLOCK_MONOTONIC, on_udev, observer, &observer->udev_timer);
	if (rc == 0)
		rc = keeper->add(keeper, CLOCK_MONOTONIC, on_rested, observer,
				 &observer->rest_timer);
	return rc;
}

static int start_listening(struct observer *observer)
{
	const struct senses *senses = &observer->senses;
	int rc;

	observer->uevent_fd = senses->open_uevents(senses->context);
	if (observer->uevent_fd < 0)
		return observer->uevent_fd;
	observer->watch_fd = senses->open_watch(senses->context);
	if (observer->watch_fd < 0)
		return observer->watch_fd;
	(void)note_watches(observer, attribute_watch_all(observer->watch_fd));
	rc = sd_event_add_io(observer->event, &observer->uevent_source, observer->uevent_fd,
			     EPOLLIN, on_event, observer);
	if (rc < 0)
		return rc;
	return sd_event_add_io(observer->event, &observer->watch_source, observer->watch_fd,
			       EPOLLIN, on_event, observer);
}

int observer_new(sd_event *event, const struct observer_options *options, struct snapshot *record,
		 const struct observer_listener *listener, struct observer **ret_observer)
{
	struct observer *observer = calloc(1, sizeof(*observer));
	int rc;

	if (!observer)
		return -ENOMEM;
	*observer = (struct observer){
		.event = sd_event_ref(event),
		.log = options->log,
		.boot = options->boot,
		.helper = options->helper,
		.timekeeper = options->timekeeper,
		.senses = options->senses,
		.listener = *listener,
		.uevent_fd = -1,
		.watch_fd = -1,
	};
	observer->retry_ms = RETRY_FIRST_MS;
	rc = turn_source_add(event, &observer->turn_source, on_turn, observer);
	if (rc >= 0)
		rc = add_timers(observer);
	if (rc >= 0 && observer->helper)
		rc = start_listening(observer);
	if (rc >= 0 && observer->helper)
		begin_look(observer);
	if (rc < 0) {
		(void)observer_free(observer);
		return rc;
	}
	if (record)
		publish(observer, record);
	*ret_observer = observer;
	return 0;
}

struct observer *observer_free(struct observer *observer)
{
	if (!observer)
		return NULL;
	(void)helper_session_free(observer->reader);
	(void)sd_event_source_disable_unref(observer->uevent_source);
	(void)sd_event_source_disable_unref(observer->watch_source);
	(void)sd_event_source_disable_unref(observer->turn_source);
	(void)observer->timekeeper.free(observer->retry_timer);
	(void)observer->timekeeper.free(observer->late_timer);
	(void)observer->timekeeper.free(observer->udev_timer);
	(void)observer->timekeeper.free(observer->rest_timer);
	cleanup_close(&observer->uevent_fd);
	cleanup_close(&observer->watch_fd);
	(void)json_object_put(observer->record);
	(void)snapshot_unref(observer->coming);
	(void)snapshot_unref(observer->past);
	(void)snapshot_unref(observer->snapshot);
	ARRAY_FREE(&observer->asks);
	causes_deinit(&observer->causes);
	(void)sd_event_unref(observer->event);
	free(observer);
	return NULL;
}

struct snapshot *observer_snapshot(const struct observer *observer)
{
	return observer->snapshot;
}

struct world observer_world(const struct observer *observer, const struct topology *topology)
{
	return (struct world){
		.topology = topology,
		.boot = observer->boot,
		.causes = &observer->causes,
		.look = observer->seen_look,
	};
}

/* Returns the number of the look that shows all events so far, and begins that look if need be. */
static uint64_t look_for(struct observer *observer, enum observer_age age)
{
	/* A record does not change, so its snapshot is the answer. */
	if (!observer->helper)
		return observer->look;
	if (has_news(observer) || observer->failed || (!observer->snapshot && !observer->looking) ||
	    age == OBSERVER_FRESH)
		look_soon(observer);
	return coming_look(observer);
}

/*
 * Tells whether udev is about to load a driver for hardware that came a moment ago: a listing after
 * modprobe(8) or a hotplug should show the new objects. udev's queue is read like udevadm-settle(8)
 * does. Memory of a new region does not count.
 */
static bool udev_is_busy(struct observer *observer)
{
	const struct senses *senses = &observer->senses;
	const uint64_t age_ms = now_ms(observer) - observer->hardware_ms;

	if (observer->hardware_ms == 0)
		return false;
	if (age_ms < UDEV_MAX_MS &&
	    (senses->udev_has_events(senses->context) ||
	     (age_ms < UDEV_NAP_MS && senses->udev_is_there(senses->context))))
		return true;
	observer->hardware_ms = 0;
	return false;
}

static int wait_for_udev(struct observer *observer)
{
	int rc;

	/* Only the first ask sets the timer: later asks do not delay earlier ones. */
	if (observer->udev_waits)
		return 0;
	rc = observer->timekeeper.set(observer->udev_timer, now_ms(observer) + UDEV_NAP_MS);
	observer->udev_waits = rc == 0;
	return rc;
}

/* An ask that has nothing to wait for is answered in a turn of its own. */
static int answer_soon(struct observer *observer)
{
	if (observer->late)
		fail_late_asks(observer);
	return observer->looking
		       ? 0
		       : make_due(observer, observer->look, observer->failed ? observer->error : 0);
}

/* Asks wait for udev only once, because new hardware may come without end. */
static void on_udev(void *userdata)
{
	struct observer *observer = userdata;

	observer->udev_waits = false;
	if (udev_is_busy(observer) && wait_for_udev(observer) == 0)
		return;
	for (size_t i = 0; i < observer->asks.count; i++) {
		struct observer_ask *ask = &observer->asks.items[i];

		if (ask->look == LOOK_AFTER_UDEV)
			ask->look = look_for(observer, ask->age);
	}
	(void)answer_soon(observer);
}

int observer_ask(struct observer *observer, enum observer_age age, observer_fn callback,
		 void *userdata)
{
	struct observer_ask ask = {
		.callback = callback, .userdata = userdata, .age = age, .asked_ms = now_ms(observer)
	};
	uint64_t look;
	int rc;

	rc = ARRAY_APPEND(&observer->asks, ask);
	if (rc < 0)
		return rc;
	/* After the ask was added, because a look that can't be begun ends at once. */
	look = look_for(observer, age);
	if (udev_is_busy(observer))
		look = LOOK_AFTER_UDEV;
	observer->asks.items[observer->asks.count - 1].look = look;
	rc = look == LOOK_AFTER_UDEV ? wait_for_udev(observer) : answer_soon(observer);
	/* The caller of a failed ask may free the callback's data at once. */
	if (rc < 0)
		observer_forget(observer, userdata);
	return rc < 0 ? rc : 0;
}

void observer_forget(struct observer *observer, const void *userdata)
{
	size_t kept = 0;

	for (size_t i = 0; i < observer->asks.count; i++)
		if (observer->asks.items[i].userdata != userdata)
			observer->asks.items[kept++] = observer->asks.items[i];
	observer->asks.count = kept;
	if (kept == 0)
		ARRAY_FREE(&observer->asks);
}

void observer_set_busy(struct observer *observer, bool busy)
{
	/* Events of our own writes wake nobody, also not those that come with the end of the
	 * change: the look below shows their results. */
	if (observer->watch_source) {
		if (!busy)
			(void)hear(observer);
		(void)sd_event_source_set_enabled(observer->watch_source,
						  busy ? SD_EVENT_OFF : SD_EVENT_ON);
	}
	observer->busy = busy;
	if (busy)
		return;
	/* The rest comes first: now the client of the change is answered, and its worker ends. */
	observer->again = true;
	observer->owed_look = observer->look + 1;
	if (!observer->looking)
		wake_after(observer, observer->rest_timer, REST_MS);
}

uint64_t observer_next_look(const struct observer *observer)
{
	return observer->look + 1;
}

bool observer_is_behind(const struct observer *observer)
{
	return ended_look(observer) < observer->owed_look;
}

bool observer_is_stale(struct observer *observer)
{
	if (!observer->helper)
		return false;
	if (has_news(observer))
		look_soon(observer);
	/* The end of a late look can't be foreseen. */
	return !observer->late && (observer->looking || observer->failed || udev_is_busy(observer));
}

bool observer_failure(const struct observer *observer, uint64_t *ret_age_ms,
		      char text[static OBSERVER_ERROR_MAX])
{
	if (!observer->failed || !observer->snapshot)
		return false;
	*ret_age_ms = boot_ms(observer) - observer->seen_ms;
	write_cause(observer, observer->error, text);
	return true;
}
