// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads mailboxes through the helper, a few at a time, each by a worker of its own.
 */
#include "daemon/observe/mailbox-reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/json.h"

/* Older answers are read again when somebody looks at them: health changes slowly. */
#define MAILBOX_AGE_MAX_MS 60000

/* Reads under way at once, without those that are late. */
#define READS_AT_ONCE 4

/* Reads of answers younger than MAILBOX_FRESH_MS: at once, and then per second. */
#define EARLY_AT_ONCE	 64
#define EARLY_PER_SECOND 16

/* The reads of one mailbox. */
struct mailbox_read {
	struct mailbox_reader *reader;
	char name[32];
	uint64_t serial;
	struct helper_session *session; /* NULL: no read is under way */
	uint64_t begun_ms;		/* of the read under way */
	bool late;			/* the read under way has passed its deadline */
	uint64_t read_ms; /* the begin of the last read that ended; 0: there was none */
	bool failed;	  /* the last read that ended has failed */
};

/* Memdevs in the order of names; those before `done` are settled, those before `begun` begun. */
struct mailbox_ask {
	mailbox_ready_fn callback; /* NULL: a read in the background */
	void *userdata;
	uint64_t since_ms;	  /* a read begun at this time or later is new enough */
	uint64_t failed_since_ms; /* the same for a read that failed */
	struct mailbox_read **reads;
	size_t count, begun, done;
};

struct mailbox_reader {
	struct timekeeper timekeeper;
	const struct log *log;
	struct observer *observer;
	struct helper_client *helper;
	struct timer *deadline;
	/* The time at which the next early read is due by the pace alone, CLOCK_MONOTONIC */
	uint64_t next_early_ms;
	ARRAY(struct mailbox_read *) reads; /* in the order of names */
	ARRAY(struct mailbox_ask) asks;
	size_t turn; /* counts the turns of asks */
};

static void on_deadline(void *userdata);

int mailbox_reader_new(const struct timekeeper *timekeeper, const struct log *log,
		       struct observer *observer, struct helper_client *helper,
		       struct mailbox_reader **ret_reader)
{
	struct mailbox_reader *reader = calloc(1, sizeof(*reader));
	int rc;

	if (!reader)
		return -ENOMEM;
	*reader = (struct mailbox_reader){
		.timekeeper = *timekeeper, .log = log, .observer = observer, .helper = helper
	};
	rc = timekeeper->add(&reader->timekeeper, CLOCK_MONOTONIC, on_deadline, reader,
			     &reader->deadline);
	if (rc < 0) {
		(void)mailbox_reader_free(reader);
		return rc;
	}
	*ret_reader = reader;
	return 0;
}

struct mailbox_reader *mailbox_reader_free(struct mailbox_reader *reader)
{
	if (!reader)
		return NULL;
	for (size_t i = 0; i < reader->reads.count; i++) {
		(void)helper_session_free(reader->reads.items[i]->session);
		free(reader->reads.items[i]);
	}
	for (size_t i = 0; i < reader->asks.count; i++)
		free(reader->asks.items[i].reads);
	ARRAY_FREE(&reader->reads);
	ARRAY_FREE(&reader->asks);
	(void)reader->timekeeper.free(reader->deadline);
	free(reader);
	return NULL;
}

static uint64_t now_ms(const struct mailbox_reader *reader)
{
	return reader->timekeeper.now_ms(&reader->timekeeper, CLOCK_MONOTONIC);
}

static uint64_t boot_ms(const struct mailbox_reader *reader)
{
	return reader->timekeeper.now_ms(&reader->timekeeper, CLOCK_BOOTTIME);
}

/* ---- the state of each mailbox ---- */

/* The place of the name, or the place to insert it. */
static size_t place_of(const struct mailbox_reader *reader, const char *name)
{
	size_t low = 0, high = reader->reads.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (topo_name_compare(reader->reads.items[middle]->name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The name may belong to another device by now, of which no read is known. */
static void become(struct mailbox_read *read, const struct topo_memdev *memdev)
{
	if (read->serial == memdev->serial)
		return;
	read->serial = memdev->serial;
	read->read_ms = 0;
	read->failed = false;
}

static struct mailbox_read *read_of(struct mailbox_reader *reader, const struct topo_memdev *memdev)
{
	const size_t place = place_of(reader, memdev->name);
	struct mailbox_read *read = NULL;

	if (place < reader->reads.count)
		read = reader->reads.items[place];
	if (read && strcmp(read->name, memdev->name) == 0) {
		become(read, memdev);
		return read;
	}
	read = calloc(1, sizeof(*read));
	if (!read)
		return NULL;
	read->reader = reader;
	read->serial = memdev->serial;
	if (snprintf(read->name, sizeof(read->name), "%s", memdev->name) >=
		    (int)sizeof(read->name) ||
	    ARRAY_APPEND(&reader->reads, read) < 0) {
		free(read);
		return NULL;
	}
	memmove(&reader->reads.items[place + 1], &reader->reads.items[place],
		(reader->reads.count - 1 - place) * sizeof(read));
	reader->reads.items[place] = read;
	return read;
}

/* Forgets memdevs that have gone, if there are no asks and no read of them is under way. */
static void prune(struct mailbox_reader *reader)
{
	const struct snapshot *snapshot = observer_snapshot(reader->observer);
	size_t kept = 0;

	if (reader->asks.count || !snapshot)
		return;
	for (size_t i = 0; i < reader->reads.count; i++) {
		struct mailbox_read *read = reader->reads.items[i];

		if (read->session || topology_memdev(snapshot->topology, read->name))
			reader->reads.items[kept++] = read;
		else
			free(read);
	}
	reader->reads.count = kept;
}

/* ---- reading ---- */

/* The earlier answer, with the reason why there is no newer answer. */
static struct json_object *with_problem(struct json_object *mailbox, const char *problem)
{
	_cleanup_json_ struct json_object *joined = json_object_new_object();

	if (!joined)
		return NULL;
	if (mailbox) {
		json_object_object_foreach(mailbox, key, value)
		{
			if (json_object_object_add(joined, key, json_object_get(value)) < 0) {
				(void)json_object_put(value);
				return NULL;
			}
		}
	}
	/* Replaces an earlier mailbox_error. */
	return json_add_string(joined, "mailbox_error", problem) < 0 ? NULL : TAKE_PTR(joined);
}

/*
 * Sets the answer for this and all later snapshots. It is no new look at the host, so the observer
 * tells nobody.
 */
static int set_mailbox(struct topo_memdev *memdev, struct json_object *mailbox, const char *problem,
		       uint64_t time_ms)
{
	struct json_object *told =
		problem ? with_problem(memdev->mailbox, problem) : json_object_get(mailbox);

	if (!told)
		return -ENOMEM;
	(void)json_object_put(memdev->mailbox);
	memdev->mailbox = told;
	if (!problem)
		memdev->mailbox_time_ms = time_ms;
	return 0;
}

static void note(struct mailbox_read *read, struct json_object *mailbox, const char *problem)
{
	const struct mailbox_reader *reader = read->reader;
	const struct snapshot *snapshot = observer_snapshot(reader->observer);
	struct topo_memdev *memdev =
		snapshot ? topology_memdev(snapshot->topology, read->name) : NULL;

	/* The memdev may have gone, or another one may have its name. */
	if (!memdev || memdev->serial != read->serial)
		return;
	if (problem)
		log_warning(reader->log, "%s: its mailbox can't be read: %s", read->name, problem);
	if (set_mailbox(memdev, mailbox, problem,
			boot_ms(reader) - (now_ms(reader) - read->begun_ms)) < 0)
		log_warning(reader->log, "%s: no memory for the answer of its mailbox", read->name);
}

static void go_on(struct mailbox_reader *reader);

static bool is_settled(const struct mailbox_ask *ask, const struct mailbox_read *read)
{
	if (read->late)
		return true;
	return read->read_ms &&
	       read->read_ms >= (read->failed ? ask->failed_since_ms : ask->since_ms);
}

static void end_read(struct mailbox_read *read, bool failed)
{
	read->session = helper_session_free(read->session);
	read->late = false;
	read->read_ms = read->begun_ms;
	read->failed = failed;
}

static void on_mailbox(void *userdata, const struct helper_answer *answer)
{
	struct mailbox_read *read = userdata;
	int error = answer->error ? answer->error : answer->reply.error;

	if (error == 0 && !answer->data)
		error = -EPROTO;
	note(read, error ? NULL : answer->data, error ? strerror(-error) : NULL);
	end_read(read, error != 0);
	go_on(read->reader);
}

static int begin_read(struct mailbox_read *read)
{
	const struct helper_request request = { .verb = HELPER_MAILBOX, .object = read->name };
	int rc;

	read->begun_ms = now_ms(read->reader);
	rc = helper_session_new(read->reader->helper, &read->session);
	if (rc == 0)
		rc = helper_session_call(read->session, &request, on_mailbox, read);
	if (rc == 0)
		return 0;
	note(read, NULL, strerror(-rc));
	end_read(read, true);
	return rc;
}

static size_t count_under_way(const struct mailbox_reader *reader)
{
	size_t count = 0;

	for (size_t i = 0; i < reader->reads.count; i++)
		count += reader->reads.items[i]->session && !reader->reads.items[i]->late;
	return count;
}

/* A read that was begun too early for this ask is repeated after its end. */
static struct mailbox_read *next_read(struct mailbox_ask *ask)
{
	for (size_t i = ask->done; i < ask->begun; i++)
		if (!ask->reads[i]->session && !is_settled(ask, ask->reads[i]))
			return ask->reads[i];
	while (ask->begun < ask->count) {
		struct mailbox_read *read = ask->reads[ask->begun++];

		if (!read->session && !is_settled(ask, read))
			return read;
	}
	return NULL;
}

/* Asks take turns with one read each, also when slots become free one by one. */
static void begin_reads(struct mailbox_reader *reader)
{
	size_t free_slots = READS_AT_ONCE, under_way = count_under_way(reader);
	bool begun = true;

	free_slots = under_way < free_slots ? free_slots - under_way : 0;
	while (begun && free_slots) {
		begun = false;
		for (size_t i = 0; i < reader->asks.count && free_slots; i++) {
			const size_t place = reader->turn++ % reader->asks.count;
			struct mailbox_read *read = next_read(&reader->asks.items[place]);

			if (!read)
				continue;
			begun = true;
			if (begin_read(read) == 0)
				free_slots--;
		}
	}
}

static void arm_deadline(struct mailbox_reader *reader)
{
	uint64_t first_ms = UINT64_MAX;

	for (size_t i = 0; i < reader->reads.count; i++) {
		const struct mailbox_read *read = reader->reads.items[i];

		if (read->session && !read->late && read->begun_ms < first_ms)
			first_ms = read->begun_ms;
	}
	if (first_ms != UINT64_MAX)
		(void)reader->timekeeper.set(reader->deadline, first_ms + MAILBOX_DEADLINE_MS);
	/* If no read could be begun, the asks are answered from the loop, at once. */
	else
		(void)reader->timekeeper.set(reader->deadline, reader->asks.count ? 0 : TIMER_OFF);
}

static bool is_done(struct mailbox_ask *ask)
{
	while (ask->done < ask->count && is_settled(ask, ask->reads[ask->done]))
		ask->done++;
	return ask->done == ask->count;
}

static void remove_ask(struct mailbox_reader *reader, size_t index)
{
	free(reader->asks.items[index].reads);
	reader->asks.count--;
	memmove(&reader->asks.items[index], &reader->asks.items[index + 1],
		(reader->asks.count - index) * sizeof(struct mailbox_ask));
	if (reader->asks.count == 0)
		ARRAY_FREE(&reader->asks);
}

static void answer_asks(struct mailbox_reader *reader)
{
	size_t i = 0;

	while (i < reader->asks.count) {
		const struct mailbox_ask ask = reader->asks.items[i];

		if (!is_done(&reader->asks.items[i])) {
			i++;
			continue;
		}
		remove_ask(reader, i);
		/* The callback may add asks, or withdraw others'. */
		if (ask.callback)
			ask.callback(ask.userdata);
		i = 0;
	}
}

static void go_on(struct mailbox_reader *reader)
{
	begin_reads(reader);
	answer_asks(reader);
	arm_deadline(reader);
}

static void on_deadline(void *userdata)
{
	struct mailbox_reader *reader = userdata;
	const uint64_t time_ms = now_ms(reader);

	for (size_t i = 0; i < reader->reads.count; i++) {
		struct mailbox_read *read = reader->reads.items[i];

		if (!read->session || read->late || time_ms - read->begun_ms < MAILBOX_DEADLINE_MS)
			continue;
		read->late = true;
		note(read, NULL, "no answer within 10 s");
	}
	go_on(reader);
}

/* ---- asking ---- */

static uint64_t ago(const struct mailbox_reader *reader, uint64_t milliseconds)
{
	const uint64_t time_ms = now_ms(reader);

	return time_ms > milliseconds ? time_ms - milliseconds : 1;
}

static int fill_ask(struct mailbox_reader *reader, const struct topo_memdev *const *memdevs,
		    size_t count, struct mailbox_ask *ask)
{
	ask->reads = calloc(count + 1, sizeof(struct mailbox_read *));
	if (!ask->reads)
		return -ENOMEM;
	for (ask->count = 0; ask->count < count; ask->count++) {
		ask->reads[ask->count] = read_of(reader, memdevs[ask->count]);
		if (!ask->reads[ask->count])
			return -ENOMEM;
	}
	return 0;
}

static size_t count_early(const struct mailbox_reader *reader, const struct mailbox_ask *ask)
{
	const uint64_t since_ms = ago(reader, MAILBOX_FRESH_MS);
	size_t count = 0;

	for (size_t i = 0; i < ask->count; i++)
		count += (ask->reads[i]->session && !ask->reads[i]->late) ||
			 ask->reads[i]->read_ms >= since_ms;
	return count;
}

/* Answers after the ask only: a client may have changed something by another program. */
static uint64_t fresh_since(struct mailbox_reader *reader, const struct mailbox_ask *ask)
{
	const uint64_t interval_ms = 1000 / EARLY_PER_SECOND;
	const uint64_t time_ms = now_ms(reader), limit_ms = time_ms + EARLY_AT_ONCE * interval_ms;
	const uint64_t cost_ms = count_early(reader, ask) * interval_ms;

	if (reader->next_early_ms < time_ms)
		reader->next_early_ms = time_ms;
	if (reader->next_early_ms + cost_ms > limit_ms)
		return ago(reader, MAILBOX_FRESH_MS);
	reader->next_early_ms += cost_ms;
	return time_ms;
}

/* Reads old answers again in the background: once for any number of asks. */
static int add_background(struct mailbox_reader *reader, const struct topo_memdev *const *memdevs,
			  size_t count)
{
	struct mailbox_ask ask = { .since_ms = ago(reader, MAILBOX_AGE_MAX_MS) };
	int rc;

	for (size_t i = 0; i < reader->asks.count; i++)
		if (!reader->asks.items[i].callback)
			return 0;
	ask.failed_since_ms = ask.since_ms;
	rc = fill_ask(reader, memdevs, count, &ask);
	if (rc == 0 && !is_done(&ask))
		rc = ARRAY_APPEND(&reader->asks, ask);
	else
		free(ask.reads);
	return rc;
}

int mailbox_reader_ask(struct mailbox_reader *reader, const struct topo_memdev *const *memdevs,
		       size_t count, bool fresh, mailbox_ready_fn callback, void *userdata)
{
	struct mailbox_ask ask = { .callback = callback, .userdata = userdata };
	bool done;
	int rc;

	if (!reader->helper)
		return 1;
	prune(reader);
	rc = fill_ask(reader, memdevs, count, &ask);
	ask.since_ms = fresh && rc == 0 ? fresh_since(reader, &ask) : 1;
	ask.failed_since_ms = fresh ? ask.since_ms : ago(reader, MAILBOX_AGE_MAX_MS);
	done = rc == 0 && is_done(&ask);
	if (rc == 0 && !done)
		rc = ARRAY_APPEND(&reader->asks, ask);
	if (rc < 0 || done)
		free(ask.reads);
	if (rc == 0 && !fresh)
		rc = add_background(reader, memdevs, count);
	if (rc < 0) {
		mailbox_reader_forget(reader, userdata);
		return rc;
	}
	/* No callback is called from here: if a read can't be begun, the loop calls it. */
	begin_reads(reader);
	arm_deadline(reader);
	return done;
}

void mailbox_reader_forget(struct mailbox_reader *reader, const void *userdata)
{
	size_t i = 0;

	while (i < reader->asks.count)
		if (reader->asks.items[i].userdata == userdata && reader->asks.items[i].callback)
			remove_ask(reader, i);
		else
			i++;
}
