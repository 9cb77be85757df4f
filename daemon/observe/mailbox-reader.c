// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads mailboxes through the helper.
 */
#include "daemon/observe/mailbox-reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/clock.h"
#include "util/json.h"

/* What is older is read again when somebody looks at it: health changes slowly. */
#define MAILBOX_AGE_MAX_MS 60000

struct mailbox_ask {
	mailbox_ready_fn callback;
	void *userdata;
};

struct mailbox_failure {
	uint64_t serial;
	uint64_t time_ms;
};

struct mailbox_reader {
	const struct log *log;
	struct observer *observer;
	struct helper_client *helper;
	struct helper_session *session; /* of the read under way */
	char memdev[32];		/* that is being read */
	ARRAY(struct mailbox_ask) asks;
	ARRAY(struct mailbox_failure) failures; /* devices that did not answer, not asked at once */
};

int mailbox_reader_new(const struct log *log, struct observer *observer,
		       struct helper_client *helper, struct mailbox_reader **ret_reader)
{
	struct mailbox_reader *reader = calloc(1, sizeof(*reader));

	if (!reader)
		return -ENOMEM;
	*reader = (struct mailbox_reader){ .log = log, .observer = observer, .helper = helper };
	*ret_reader = reader;
	return 0;
}

struct mailbox_reader *mailbox_reader_free(struct mailbox_reader *reader)
{
	if (!reader)
		return NULL;
	(void)helper_session_free(reader->session);
	ARRAY_FREE(&reader->asks);
	ARRAY_FREE(&reader->failures);
	free(reader);
	return NULL;
}

static bool failed_lately(const struct mailbox_reader *reader, const struct topo_memdev *memdev,
			  uint64_t now_ms)
{
	for (size_t i = 0; i < reader->failures.count; i++)
		if (reader->failures.items[i].serial == memdev->serial)
			return now_ms - reader->failures.items[i].time_ms < MAILBOX_AGE_MAX_MS;
	return false;
}

static void remember_failure(struct mailbox_reader *reader, const struct topo_memdev *memdev)
{
	const struct mailbox_failure failure = { .serial = memdev->serial,
						 .time_ms = clock_boot_ms() };

	for (size_t i = 0; i < reader->failures.count; i++)
		if (reader->failures.items[i].serial == memdev->serial) {
			reader->failures.items[i] = failure;
			return;
		}
	/* Without memory for it the device is asked again too early: harmless. */
	(void)ARRAY_APPEND(&reader->failures, failure);
}

/* The next memdev to read: one that was never read first, then an old one. */
static const struct topo_memdev *next_memdev(const struct mailbox_reader *reader, bool never_only)
{
	const struct snapshot *snapshot = observer_snapshot(reader->observer);
	const uint64_t now_ms = clock_boot_ms();
	const struct topo_memdev *old = NULL;

	for (size_t i = 0; snapshot && i < snapshot->topology->memdevs.count; i++) {
		const struct topo_memdev *memdev = snapshot->topology->memdevs.items[i];

		if (failed_lately(reader, memdev, now_ms))
			continue;
		if (!memdev->mailbox)
			return memdev;
		if (!old && memdev->mailbox_time_ms != TOPO_UNKNOWN &&
		    now_ms - memdev->mailbox_time_ms > MAILBOX_AGE_MAX_MS)
			old = memdev;
	}
	return never_only ? NULL : old;
}

static void answer_asks(struct mailbox_reader *reader)
{
	while (reader->asks.count) {
		const struct mailbox_ask ask = reader->asks.items[--reader->asks.count];

		ask.callback(ask.userdata);
	}
	ARRAY_FREE(&reader->asks);
}

static void read_next(struct mailbox_reader *reader);

static void on_mailbox(void *userdata, const struct helper_answer *answer)
{
	struct mailbox_reader *reader = userdata;
	const struct snapshot *snapshot = observer_snapshot(reader->observer);
	const struct topo_memdev *memdev = topology_memdev(snapshot->topology, reader->memdev);
	int error = answer->error ? answer->error : answer->reply.error;

	reader->session = helper_session_free(reader->session);
	if (error == 0 && !answer->data)
		error = -EPROTO;
	/* The memdev may have gone meanwhile. */
	if (memdev && error == 0)
		error = observer_set_mailbox(reader->observer, memdev, answer->data,
					     clock_boot_ms());
	if (memdev && error) {
		log_warning(reader->log, "%s: its mailbox can't be read: %s", reader->memdev,
			    strerror(-error));
		remember_failure(reader, memdev);
	}
	read_next(reader);
}

static int begin_read(struct mailbox_reader *reader, const struct topo_memdev *memdev)
{
	const struct helper_request request = { .verb = HELPER_MAILBOX, .object = reader->memdev };
	int rc;

	(void)snprintf(reader->memdev, sizeof(reader->memdev), "%s", memdev->name);
	rc = helper_session_new(reader->helper, &reader->session);
	if (rc == 0)
		rc = helper_session_call(reader->session, &request, on_mailbox, reader);
	if (rc < 0)
		reader->session = helper_session_free(reader->session);
	return rc;
}

static void read_next(struct mailbox_reader *reader)
{
	const struct topo_memdev *memdev;

	if (!next_memdev(reader, true))
		answer_asks(reader);
	while (!reader->session && (memdev = next_memdev(reader, false)))
		if (begin_read(reader, memdev) < 0)
			remember_failure(reader, memdev);
}

int mailbox_reader_ask(struct mailbox_reader *reader, mailbox_ready_fn callback, void *userdata)
{
	const struct mailbox_ask ask = { .callback = callback, .userdata = userdata };
	bool wait;
	int rc;

	if (!reader->helper)
		return 1;
	wait = next_memdev(reader, true) != NULL;
	if (wait) {
		rc = ARRAY_APPEND(&reader->asks, ask);
		if (rc < 0)
			return rc;
	}
	if (!reader->session) {
		const struct topo_memdev *memdev = next_memdev(reader, false);

		if (memdev && begin_read(reader, memdev) < 0) {
			/* The caller is answered with what is there. */
			mailbox_reader_forget(reader, userdata);
			return 1;
		}
	}
	return wait ? 0 : 1;
}

void mailbox_reader_forget(struct mailbox_reader *reader, const void *userdata)
{
	size_t kept = 0;

	for (size_t i = 0; i < reader->asks.count; i++)
		if (reader->asks.items[i].userdata != userdata)
			reader->asks.items[kept++] = reader->asks.items[i];
	reader->asks.count = kept;
	if (kept == 0)
		ARRAY_FREE(&reader->asks);
}
