// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keeps the newest snapshot: one look at a time, and another one after it when something happened
 * meanwhile.
 */
#include "daemon/observe/observer.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "cxl/topology/topology-json.h"
#include "daemon/observe/attribute-watch.h"
#include "daemon/observe/uevent.h"
#include "util/clock.h"
#include "util/json.h"

struct observer_ask {
	observer_fn callback;
	void *userdata;
	uint64_t look; /* the look that answers it */
};

/* What a mailbox told, kept by what survives a new enumeration. */
struct mailbox_entry {
	uint64_t serial;
	char name[32];
	struct json_object *mailbox;
	uint64_t time_ms;
};

struct observer {
	sd_event *event;
	const struct log *log;
	struct helper_client *helper;
	struct observer_listener listener;
	struct snapshot *snapshot;
	/*
	 * The reader: kept from look to look, because a worker's first look takes twice as long as
	 * its second (page faults, lazy binding).
	 */
	struct helper_session *reader;
	bool looking;
	uint64_t look; /* number of the look under way, or of the last one */
	uint64_t look_begun_ms;
	uint64_t owed_look; /* the first one that shows what our own steps have done */
	bool again;	    /* something happened since it began */
	bool failed;	    /* the last one that ended */
	bool retried;	    /* its worker died once */
	bool busy;
	bool missed; /* an event was lost: who knows what came and went */
	int deferred_error;
	int uevent_fd, watch_fd;
	int watch_last; /* see attribute_watch_update() */
	sd_event_source *uevent_source, *watch_source, *defer_source;
	ARRAY(struct observer_ask) asks;
	ARRAY(struct mailbox_entry) mailboxes;
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

static void cleanup_snapshot(struct snapshot **snapshot)
{
	(void)snapshot_unref(*snapshot);
}

static struct mailbox_entry *find_mailbox(struct observer *observer,
					  const struct topo_memdev *memdev)
{
	for (size_t i = 0; i < observer->mailboxes.count; i++) {
		struct mailbox_entry *entry = &observer->mailboxes.items[i];

		if (entry->serial == memdev->serial && strcmp(entry->name, memdev->name) == 0)
			return entry;
	}
	return NULL;
}

/* Forgets what was read of memdevs that have gone. */
static void prune_mailboxes(struct observer *observer, const struct topology *topology)
{
	size_t kept = 0;

	for (size_t i = 0; i < observer->mailboxes.count; i++) {
		struct mailbox_entry *entry = &observer->mailboxes.items[i];
		const struct topo_memdev *memdev = topology_memdev(topology, entry->name);

		if (memdev && memdev->serial == entry->serial)
			observer->mailboxes.items[kept++] = *entry;
		else
			(void)json_object_put(entry->mailbox);
	}
	observer->mailboxes.count = kept;
	if (kept == 0)
		ARRAY_FREE(&observer->mailboxes);
}

/* A snapshot of @record with what is known of the mailboxes. Takes a reference of @record. */
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
	for (size_t i = 0; i < topology->memdevs.count; i++) {
		struct topo_memdev *memdev = topology->memdevs.items[i];
		const struct mailbox_entry *entry = find_mailbox(observer, memdev);

		if (!entry)
			continue;
		(void)json_object_put(memdev->mailbox);
		memdev->mailbox = json_object_get(entry->mailbox);
		memdev->mailbox_time_ms = entry->time_ms;
	}
	snapshot = calloc(1, sizeof(*snapshot));
	if (!snapshot)
		return -ENOMEM;
	snapshot->references = 1;
	snapshot->topology = TAKE_PTR(topology);
	snapshot->record = json_object_get(record);
	*ret_snapshot = snapshot;
	return 0;
}

static void look_soon(struct observer *observer);

static void publish(struct observer *observer, struct snapshot *snapshot)
{
	_cleanup_(cleanup_snapshot) struct snapshot *before = observer->snapshot;
	int last;

	observer->snapshot = snapshot;
	if (observer->watch_fd >= 0) {
		last = attribute_watch_update(observer->watch_fd,
					      before && !observer->missed ? before->topology : NULL,
					      snapshot->topology);
		observer->missed = false;
		if (last > observer->watch_last) {
			observer->watch_last = last;
			look_soon(observer);
		}
	}
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

/* Calls back everyone who waits for the last look that has ended, or for one before it. */
static void answer_asks(struct observer *observer, int error)
{
	/* A callback may ask again and so begin the next look. */
	const uint64_t look = ended_look(observer);
	size_t i = 0;

	while (i < observer->asks.count) {
		struct observer_ask ask = observer->asks.items[i];

		if (ask.look > look) {
			i++;
			continue;
		}
		observer->asks.count--;
		memmove(&observer->asks.items[i], &observer->asks.items[i + 1],
			(observer->asks.count - i) * sizeof(ask));
		ask.callback(ask.userdata, error, error ? NULL : observer->snapshot);
		/* The callback may have asked again or forgotten others. */
		i = 0;
	}
	if (observer->asks.count == 0)
		ARRAY_FREE(&observer->asks);
}

static void begin_look(struct observer *observer);

static int accept_record(struct observer *observer, struct json_object *record)
{
	struct snapshot *snapshot;
	int rc;

	if (!record)
		return -EPROTO;
	rc = build_snapshot(observer, record, &snapshot);
	if (rc < 0)
		return rc;
	prune_mailboxes(observer, snapshot->topology);
	publish(observer, snapshot);
	return 0;
}

static void on_record(void *userdata, const struct helper_answer *answer)
{
	struct observer *observer = userdata;
	int error = answer->error ? answer->error : answer->reply.error;

	observer->looking = false;
	if (answer->error)
		observer->reader = helper_session_free(observer->reader);
	/* Killed in the middle of reading: reading again costs nothing. */
	if (error == -EPIPE && !observer->retried) {
		observer->retried = true;
		observer->look--;
		begin_look(observer);
		return;
	}
	observer->retried = false;
	log_debug(observer->log, "look %" PRIu64 " took %" PRIu64 " ms", observer->look,
		  clock_now_ms() - observer->look_begun_ms);
	observer->failed = false;
	if (error == 0)
		error = accept_record(observer, answer->data);
	if (error)
		observer->failed = true;
	if (error)
		log_warning(observer->log, "the host could not be read: %s",
			    error == -EPROTO ? "what it shows makes no sense" : strerror(-error));
	answer_asks(observer, error);
	if (!observer->looking && (observer->again || observer->asks.count))
		begin_look(observer);
}

static void on_added(void *userdata, const char *path)
{
	struct observer *observer = userdata;
	int last = attribute_watch_add(observer->watch_fd, path);

	if (last > observer->watch_last)
		observer->watch_last = last;
}

/* Reads all that was heard so far. Whether it makes what was seen before out of date. */
static bool hear(struct observer *observer)
{
	bool device = false, memory = false, written;

	/* A socket that can't be read may have had anything to say. */
	if (uevent_drain(observer->uevent_fd, on_added, observer, &device, &memory) != 0)
		device = observer->missed = true;
	written = attribute_watch_drain(observer->watch_fd);
	return device || ((memory || written) && !observer->busy);
}

static void begin_look(struct observer *observer)
{
	const struct helper_request request = { .verb = HELPER_SNAPSHOT };
	int rc = 0;

	/* What has happened so far this look will see. */
	(void)hear(observer);
	observer->again = false;
	observer->look++;
	observer->look_begun_ms = clock_now_ms();
	observer->looking = true;
	if (observer->reader)
		rc = helper_session_call(observer->reader, &request, on_record, observer);
	/* It may have died since the last look. */
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
	observer->failed = true;
	observer->reader = helper_session_free(observer->reader);
	log_warning(observer->log, "the helper can't be asked: %s", strerror(-rc));
	observer->deferred_error = rc;
	(void)sd_event_source_set_enabled(observer->defer_source, SD_EVENT_ONESHOT);
}

/* Answers from the loop what could not be answered by a look: see observer_ask(). */
static int on_deferred(sd_event_source *source, void *userdata)
{
	struct observer *observer = userdata;

	answer_asks(observer, observer->deferred_error);
	return 0;
}

static void look_soon(struct observer *observer)
{
	if (observer->looking)
		observer->again = true;
	else
		begin_look(observer);
}

static int on_event(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct observer *observer = userdata;

	if (hear(observer))
		look_soon(observer);
	return 0;
}

static int start_listening(struct observer *observer)
{
	int rc;

	observer->uevent_fd = uevent_open();
	if (observer->uevent_fd < 0)
		return observer->uevent_fd;
	observer->watch_fd = attribute_watch_open();
	if (observer->watch_fd < 0)
		return observer->watch_fd;
	observer->watch_last = attribute_watch_all(observer->watch_fd);
	rc = sd_event_add_io(observer->event, &observer->uevent_source, observer->uevent_fd,
			     EPOLLIN, on_event, observer);
	if (rc < 0)
		return rc;
	return sd_event_add_io(observer->event, &observer->watch_source, observer->watch_fd,
			       EPOLLIN, on_event, observer);
}

int observer_new(sd_event *event, const struct log *log, struct helper_client *helper,
		 struct snapshot *record, const struct observer_listener *listener,
		 struct observer **ret_observer)
{
	struct observer *observer = calloc(1, sizeof(*observer));
	int rc;

	if (!observer)
		return -ENOMEM;
	*observer = (struct observer){
		.event = sd_event_ref(event),
		.log = log,
		.helper = helper,
		.listener = *listener,
		.uevent_fd = -1,
		.watch_fd = -1,
	};
	rc = sd_event_add_defer(event, &observer->defer_source, on_deferred, observer);
	if (rc >= 0)
		rc = sd_event_source_set_enabled(observer->defer_source, SD_EVENT_OFF);
	if (rc >= 0 && helper)
		rc = start_listening(observer);
	if (rc >= 0 && helper)
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
	(void)sd_event_source_disable_unref(observer->defer_source);
	cleanup_close(&observer->uevent_fd);
	cleanup_close(&observer->watch_fd);
	(void)snapshot_unref(observer->snapshot);
	for (size_t i = 0; i < observer->mailboxes.count; i++)
		(void)json_object_put(observer->mailboxes.items[i].mailbox);
	ARRAY_FREE(&observer->mailboxes);
	ARRAY_FREE(&observer->asks);
	(void)sd_event_unref(observer->event);
	free(observer);
	return NULL;
}

struct snapshot *observer_snapshot(const struct observer *observer)
{
	return observer->snapshot;
}

/* The number of the look that answers an ask, begun if need be. */
static uint64_t look_for(struct observer *observer, enum observer_age age)
{
	/* A record does not change: what is there is the answer. */
	if (!observer->helper)
		return observer->look;
	if (hear(observer) || observer->failed || (!observer->snapshot && !observer->looking) ||
	    age == OBSERVER_FRESH)
		look_soon(observer);
	return coming_look(observer);
}

int observer_ask(struct observer *observer, enum observer_age age, observer_fn callback,
		 void *userdata)
{
	struct observer_ask ask = { .callback = callback, .userdata = userdata };
	int rc;

	rc = ARRAY_APPEND(&observer->asks, ask);
	if (rc < 0)
		return rc;
	/* Only now: a look that can't be begun ends at once. */
	observer->asks.items[observer->asks.count - 1].look = look_for(observer, age);
	if (observer->looking)
		return 0;
	if (!observer->failed)
		observer->deferred_error = 0;
	rc = sd_event_source_set_enabled(observer->defer_source, SD_EVENT_ONESHOT);
	/* Who is told that there will be no answer may be gone before it came. */
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
	observer->busy = busy;
	/* Nobody waits for the events of our own writes: the next look begins with taking them. */
	if (observer->watch_source)
		(void)sd_event_source_set_enabled(observer->watch_source,
						  busy ? SD_EVENT_OFF : SD_EVENT_ON);
	if (busy)
		return;
	look_soon(observer);
	observer->owed_look = coming_look(observer);
}

bool observer_is_behind(const struct observer *observer)
{
	return ended_look(observer) < observer->owed_look;
}

int observer_set_mailbox(struct observer *observer, const struct topo_memdev *memdev,
			 struct json_object *mailbox, uint64_t time_ms)
{
	struct mailbox_entry *entry = find_mailbox(observer, memdev);
	struct snapshot *snapshot;
	int rc;

	if (!entry) {
		struct mailbox_entry fresh = { .serial = memdev->serial };

		(void)snprintf(fresh.name, sizeof(fresh.name), "%s", memdev->name);
		rc = ARRAY_APPEND(&observer->mailboxes, fresh);
		if (rc < 0)
			return rc;
		entry = &observer->mailboxes.items[observer->mailboxes.count - 1];
	}
	(void)json_object_put(entry->mailbox);
	entry->mailbox = json_object_get(mailbox);
	entry->time_ms = time_ms;
	rc = build_snapshot(observer, observer->snapshot->record, &snapshot);
	if (rc < 0)
		return rc;
	publish(observer, snapshot);
	return 0;
}
