// SPDX-License-Identifier: GPL-2.0-only
/*
 * Asks the store below one request at a time: commits, reads back if the outcome of the commit is
 * unknown, and commits again if the entries are not there. If the first commit was done after all,
 * the second commit fails or changes nothing, because each of its changes names the expected
 * revision or the wanted value.
 */
#include "daemon/store/store-certain.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

#include "daemon/store/store-queue.h"
#include "util/cleanup.h"
#include "util/clock.h"

/* The time between attempts to read back: at first, and at most. */
#define RETRY_FIRST_MS 100
#define RETRY_LAST_MS  5000

#define NEVER UINT64_MAX

struct certain_store {
	struct store_queue queue; /* the first member */
	struct store_ops ops;	  /* the queue's, except for fd() */
	struct store *below;
	struct store_certain_owner owner;
	int fd;	      /* an epoll descriptor for the store below and the timer */
	int timer_fd; /* CLOCK_MONOTONIC */
	uint64_t late_ms;

	struct store_requests waiting;
	struct store_request *request; /* the request under way, or NULL */
	bool was_unknown;	       /* the outcome of some attempt was unknown */
	bool was_refused;  /* a later attempt was refused: somebody has written meanwhile */
	uint64_t retry_ms; /* the time until the next attempt */
	uint64_t retry_at_ms, late_at_ms;
	bool is_late; /* and the owner was told */
};

static void ask(struct certain_store *certain);
static void read_back(struct certain_store *certain);

/* ---- time ---- */

static void set_timer(const struct certain_store *certain)
{
	uint64_t when_ms = certain->retry_at_ms < certain->late_at_ms ? certain->retry_at_ms
								      : certain->late_at_ms;
	struct itimerspec timer = { 0 }; /* never */

	if (when_ms != NEVER) {
		/* An it_value of zero would disarm the timer. */
		timer.it_value.tv_sec = (time_t)(when_ms / 1000);
		timer.it_value.tv_nsec = (long)(when_ms % 1000) * 1000000 + 1;
	}
	(void)timerfd_settime(certain->timer_fd, TFD_TIMER_ABSTIME, &timer, NULL);
}

static void try_again_later(struct certain_store *certain)
{
	certain->retry_at_ms = clock_now_ms() + certain->retry_ms;
	certain->retry_ms = clock_longer_ms(certain->retry_ms, RETRY_LAST_MS);
	set_timer(certain);
}

/* "claim/web, plan/open" */
static char *names_of(const struct store_request *request)
{
	char *names = NULL;

	if (request->kind == STORE_REQUEST_LIST)
		return strdup(request->prefix);
	for (size_t i = 0; i < request->change_count; i++) {
		_cleanup_free_ char *before = names;

		if (asprintf(&names, "%s%s%s", before ?: "", before ? ", " : "",
			     request->changes[i].key) < 0)
			return NULL;
	}
	return names;
}

static void tell_late(struct certain_store *certain)
{
	_cleanup_free_ char *names = names_of(certain->request), *what = NULL;
	const bool is_list = certain->request->kind == STORE_REQUEST_LIST;

	if (names && asprintf(&what, "%s can't be %s", names, is_list ? "read" : "written") < 0)
		what = NULL;
	certain->is_late = true;
	certain->owner.on_late(certain->owner.userdata, what ?: "no memory to say what");
}

static void on_time(struct certain_store *certain)
{
	const uint64_t now_ms = clock_now_ms();
	uint64_t expirations;

	(void)!read(certain->timer_fd, &expirations, sizeof(expirations));
	if (certain->request && certain->late_at_ms <= now_ms) {
		certain->late_at_ms = NEVER;
		tell_late(certain);
	}
	if (certain->request && certain->retry_at_ms <= now_ms) {
		certain->retry_at_ms = NEVER;
		read_back(certain);
	}
	set_timer(certain);
}

/* ---- one request ---- */

static void begin_next(struct certain_store *certain)
{
	certain->request = store_requests_pop(&certain->waiting);
	certain->was_unknown = certain->was_refused = false;
	certain->retry_ms = RETRY_FIRST_MS;
	certain->retry_at_ms = NEVER;
	certain->late_at_ms = certain->request ? clock_now_ms() + certain->late_ms : NEVER;
	set_timer(certain);
	if (certain->request)
		ask(certain);
}

static void answer(struct certain_store *certain, int error, uint64_t revision)
{
	struct store_request *request;

	/* on_again() comes first, so that requests that it makes wait in line. */
	if (certain->is_late)
		certain->owner.on_again(certain->owner.userdata);
	certain->is_late = false;
	request = TAKE_PTR(certain->request);
	request->error = error;
	request->revision = revision;
	store_queue_answer(&certain->queue, request);
	begin_next(certain);
}

static const struct store_entry *find(const struct store_entry *entries, size_t count,
				      const char *key)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(entries[i].key, key) == 0)
			return &entries[i];
	return NULL;
}

/* Tells whether the entry is as @change leaves it. An entry that was so before is as good. */
static bool is_as_wanted(const struct store_change *change, const struct store_entry *entry)
{
	if (change->kind == STORE_COMPARE)
		return true;
	if (!change->value)
		return !entry;
	return entry && entry->revision != change->expected_revision &&
	       strcmp(entry->value, change->value) == 0;
}

static bool all_is_as_wanted(const struct store_request *request, const struct store_entry *entries,
			     size_t count, uint64_t *ret_revision)
{
	*ret_revision = 0;
	for (size_t i = 0; i < request->change_count; i++) {
		const struct store_change *change = &request->changes[i];
		const struct store_entry *entry = find(entries, count, change->key);

		if (!is_as_wanted(change, entry))
			return false;
		if (change->value)
			*ret_revision = entry->revision;
	}
	return true;
}

/*
 * Tells whether the request depends on entries that it does not write: then its written entries do
 * not prove that it succeeded.
 */
static bool compares(const struct store_request *request)
{
	for (size_t i = 0; i < request->change_count; i++)
		if (request->changes[i].kind == STORE_COMPARE)
			return true;
	return false;
}

static void on_read_back(void *userdata, int error, const struct store_entry *entries, size_t count)
{
	struct certain_store *certain = userdata;
	uint64_t revision;

	if (error)
		try_again_later(certain);
	else if (all_is_as_wanted(certain->request, entries, count, &revision) &&
		 (certain->was_refused || !compares(certain->request)))
		answer(certain, 0, revision);
	else if (certain->was_refused)
		answer(certain, -EAGAIN, 0);
	else
		ask(certain);
}

/* The common prefix of all keys: one list reads all entries as one commit has left them. */
static void prefix_of(const struct store_request *request, char prefix[static STORE_KEY_MAX + 1])
{
	const struct store_change *changes = request->changes;
	const char *first = request->change_count ? changes[0].key : "";
	const char *last = request->change_count ? changes[request->change_count - 1].key : "";
	size_t length = 0;

	/* The changes are sorted by key. */
	while (first[length] && first[length] == last[length])
		length++;
	(void)snprintf(prefix, STORE_KEY_MAX + 1, "%.*s", (int)length, first);
}

static void read_back(struct certain_store *certain)
{
	char prefix[STORE_KEY_MAX + 1];

	prefix_of(certain->request, prefix);
	if (certain->below->ops->list(certain->below, prefix, on_read_back, certain) < 0)
		try_again_later(certain);
}

static void on_committed(void *userdata, int error, uint64_t revision)
{
	struct certain_store *certain = userdata;
	const bool again = certain->was_unknown;

	certain->was_unknown = certain->was_unknown || error == STORE_UNKNOWN;
	certain->was_refused = certain->was_unknown && error == -EAGAIN;
	if (error == STORE_UNKNOWN && again)
		try_again_later(certain);
	else if (error == STORE_UNKNOWN || certain->was_refused)
		read_back(certain);
	else
		answer(certain, error, revision);
}

static void on_listed(void *userdata, int error, const struct store_entry *entries, size_t count)
{
	struct certain_store *certain = userdata;

	for (size_t i = 0; error == 0 && i < count; i++)
		error = store_request_add_entry(certain->request, &entries[i]);
	answer(certain, error, 0);
}

/*
 * A lack of memory here means that the request was not written, also after an unknown outcome:
 * on_read_back() asks again only if the entries are not as wanted.
 */
static void ask(struct certain_store *certain)
{
	const struct store_request *request = certain->request;
	struct store *below = certain->below;
	int rc;

	if (request->kind == STORE_REQUEST_LIST)
		rc = below->ops->list(below, request->prefix, on_listed, certain);
	else
		rc = below->ops->commit(below, request->changes, request->change_count,
					request->durability, on_committed, certain);
	if (rc < 0)
		answer(certain, rc, 0);
}

/* ---- the provider ---- */

static struct certain_store *certain_of(struct store_queue *queue)
{
	return (struct certain_store *)queue;
}

static void submit(struct store_queue *queue, struct store_request *request)
{
	struct certain_store *certain = certain_of(queue);

	store_requests_push(&certain->waiting, request);
	if (!certain->request)
		begin_next(certain);
}

static int certain_fd(const struct store *store)
{
	return ((const struct certain_store *)store)->fd;
}

static void certain_dispatch(struct store *store)
{
	struct certain_store *certain = (struct certain_store *)store;

	certain->below->ops->dispatch(certain->below);
	on_time(certain);
	store_queue_ops.dispatch(store);
}

/*
 * The store below performs what it was given, in order, before it ends. Behind a commit that may
 * still be under way somewhere nothing can be in order.
 */
static void hand_over(struct certain_store *certain)
{
	struct store *below = certain->below;

	for (const struct store_request *request = certain->waiting.first;
	     request && !certain->was_unknown; request = request->next)
		if (request->kind == STORE_REQUEST_COMMIT)
			(void)below->ops->commit(below, request->changes, request->change_count,
						 request->durability, on_committed, certain);
}

static void certain_free(struct store_queue *queue)
{
	struct certain_store *certain = certain_of(queue);

	hand_over(certain);
	certain->below->ops->free(certain->below);
	if (certain->request)
		store_requests_push(&certain->waiting, certain->request);
	store_requests_free(&certain->waiting);
	store_queue_deinit(queue);
	cleanup_close(&certain->timer_fd);
	cleanup_close(&certain->fd);
	free(certain);
}

static int watch(const struct certain_store *certain, int fd)
{
	struct epoll_event event = { .events = EPOLLIN };

	return epoll_ctl(certain->fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static int open_descriptors(struct certain_store *certain)
{
	int rc;

	certain->fd = epoll_create1(EPOLL_CLOEXEC);
	certain->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (certain->fd < 0 || certain->timer_fd < 0)
		return -errno;
	rc = watch(certain, certain->timer_fd);
	if (rc == 0)
		rc = watch(certain, certain->queue.fd);
	return rc ? rc : watch(certain, certain->below->ops->fd(certain->below));
}

int store_certain_new(struct store *below, uint64_t late_ms,
		      const struct store_certain_owner *owner, struct store **ret_store)
{
	static const struct store_provider provider = {
		.submit = submit,
		.free = certain_free,
	};
	struct certain_store *certain = calloc(1, sizeof(*certain));
	int rc;

	if (!certain)
		return -ENOMEM;
	certain->below = below;
	certain->owner = *owner;
	certain->late_ms = late_ms;
	certain->fd = certain->timer_fd = -1;
	certain->retry_at_ms = certain->late_at_ms = NEVER;
	rc = store_queue_init(&certain->queue, &provider);
	if (rc < 0) {
		free(certain);
		return rc;
	}
	certain->ops = store_queue_ops;
	certain->ops.fd = certain_fd;
	certain->ops.dispatch = certain_dispatch;
	certain->queue.store.ops = &certain->ops;
	rc = open_descriptors(certain);
	if (rc < 0) {
		cleanup_close(&certain->timer_fd);
		cleanup_close(&certain->fd);
		store_queue_deinit(&certain->queue);
		free(certain);
		return rc;
	}
	*ret_store = &certain->queue.store;
	return 0;
}
