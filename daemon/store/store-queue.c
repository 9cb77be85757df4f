// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests, answers, watches and the timer of a store of this process. Effect: descriptors and the
 * clock. Called by the loop, and, where it says so, by the thread that performs.
 */
#include "daemon/store/store-queue.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>

#include "util/cleanup.h"
#include "util/clock.h"

/* After a failure to end leases whose time is over: until it is tried again. */
#define EXPIRE_RETRY_MS 1000

static struct store_request *request_free(struct store_request *request)
{
	if (!request)
		return NULL;
	ARRAY_FREE(&request->entries);
	arena_deinit(&request->arena);
	free(request);
	return NULL;
}

static void cleanup_request(struct store_request **request)
{
	(void)request_free(*request);
}

#define _cleanup_request_ _cleanup_(cleanup_request)

static struct store_request *request_new(enum store_request_kind kind, void *userdata)
{
	struct store_request *request = calloc(1, sizeof(*request));

	if (!request)
		return NULL;
	*request =
		(struct store_request){ .kind = kind, .userdata = userdata, .arena = ARENA_NULL };
	return request;
}

void store_requests_push(struct store_requests *requests, struct store_request *request)
{
	request->next = NULL;
	if (requests->first)
		requests->last->next = request;
	else
		requests->first = request;
	requests->last = request;
}

struct store_request *store_requests_pop(struct store_requests *requests)
{
	struct store_request *request = requests->first;

	if (request)
		requests->first = request->next;
	return request;
}

static void free_requests(struct store_requests *requests)
{
	struct store_request *request;

	while ((request = store_requests_pop(requests)))
		(void)request_free(request);
}

int store_request_add_entry(struct store_request *request, const char *key, const char *value,
			    uint64_t revision)
{
	return ARRAY_APPEND(&request->entries, (struct store_entry){ key, value, revision });
}

bool store_change_is_expected(const struct store_change *change, uint64_t revision)
{
	return change->expected_revision == STORE_ANY || change->expected_revision == revision;
}

uint64_t store_lease_end_ms(uint64_t now_ms, uint64_t ttl_ms)
{
	return ttl_ms > INT64_MAX - now_ms ? INT64_MAX : now_ms + ttl_ms;
}

/* ---- taking ---- */

static struct store_queue *queue_of(struct store *store)
{
	return (struct store_queue *)store;
}

static bool key_is_valid(const char *key)
{
	size_t length = strnlen(key, STORE_KEY_MAX + 1);

	if (length == 0 || length > STORE_KEY_MAX)
		return false;
	for (; *key; key++)
		if (*key <= ' ' || *key > '~')
			return false;
	return true;
}

static bool change_is_valid(const struct store_change *change)
{
	if (!key_is_valid(change->key))
		return false;
	return !change->value || strnlen(change->value, STORE_VALUE_MAX + 1) <= STORE_VALUE_MAX;
}

static int compare_changes(const void *a, const void *b)
{
	const struct store_change *left = a, *right = b;

	return strcmp(left->key, right->key);
}

static int copy_changes(struct store_request *request, const struct store_change *changes,
			size_t count)
{
	struct store_change *copies;

	if (count > SIZE_MAX / sizeof(*copies))
		return -ENOMEM;
	copies = arena_alloc(&request->arena, count * sizeof(*copies));
	if (!copies)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		if (!change_is_valid(&changes[i]))
			return -EINVAL;
		copies[i] = changes[i];
		copies[i].key = arena_strdup(&request->arena, changes[i].key);
		copies[i].value = arena_strdup(&request->arena, changes[i].value);
		if (!copies[i].key || (changes[i].value && !copies[i].value))
			return -ENOMEM;
	}
	qsort(copies, count, sizeof(*copies), compare_changes);
	for (size_t i = 1; i < count; i++)
		if (strcmp(copies[i - 1].key, copies[i].key) == 0)
			return -EINVAL;
	request->changes = copies;
	request->change_count = count;
	return 0;
}

static int queue_commit(struct store *store, const struct store_change *changes, size_t count,
			enum store_durability durability, store_commit_fn callback, void *userdata)
{
	_cleanup_request_ struct store_request *request = NULL;
	int rc;

	request = request_new(STORE_REQUEST_COMMIT, userdata);
	if (!request)
		return -ENOMEM;
	rc = copy_changes(request, changes, count);
	if (rc < 0)
		return rc;
	request->durability = durability;
	request->callback.commit = callback;
	queue_of(store)->provider->submit(queue_of(store), TAKE_PTR(request));
	return 0;
}

static struct store_request *request_with_prefix(enum store_request_kind kind, const char *prefix,
						 void *userdata)
{
	struct store_request *request = request_new(kind, userdata);

	if (!request)
		return NULL;
	request->prefix = arena_strdup(&request->arena, prefix);
	return request->prefix ? request : request_free(request);
}

static int queue_list(struct store *store, const char *prefix, store_list_fn callback,
		      void *userdata)
{
	struct store_request *request = request_with_prefix(STORE_REQUEST_LIST, prefix, userdata);

	if (!request)
		return -ENOMEM;
	request->callback.list = callback;
	queue_of(store)->provider->submit(queue_of(store), request);
	return 0;
}

static int queue_watch(struct store *store, const char *prefix, store_watch_fn callback,
		       void *userdata)
{
	struct store_request *request = request_with_prefix(STORE_REQUEST_WATCH, prefix, userdata);

	if (!request)
		return -ENOMEM;
	request->callback.watch = callback;
	queue_of(store)->provider->submit(queue_of(store), request);
	return 0;
}

static int queue_grant(struct store *store, uint64_t ttl_ms, store_lease_fn callback,
		       void *userdata)
{
	struct store_request *request = request_new(STORE_REQUEST_GRANT, userdata);

	if (!request)
		return -ENOMEM;
	request->ttl_ms = ttl_ms;
	request->callback.lease = callback;
	queue_of(store)->provider->submit(queue_of(store), request);
	return 0;
}

static int queue_renew(struct store *store, uint64_t lease, uint64_t ttl_ms,
		       store_lease_fn callback, void *userdata)
{
	struct store_request *request = request_new(STORE_REQUEST_RENEW, userdata);

	if (!request)
		return -ENOMEM;
	request->lease = lease;
	request->ttl_ms = ttl_ms;
	request->callback.lease = callback;
	queue_of(store)->provider->submit(queue_of(store), request);
	return 0;
}

/* ---- performing ---- */

static bool changes_leases(const struct store_request *request)
{
	return request->kind == STORE_REQUEST_GRANT || request->kind == STORE_REQUEST_RENEW ||
	       request->kind == STORE_REQUEST_EXPIRE;
}

static void perform_one(struct store_queue *queue, struct store_request *request, uint64_t now_ms)
{
	uint64_t next_end_ms = queue->next_end_ms;

	if (request->kind != STORE_REQUEST_WATCH)
		queue->provider->perform(queue, request, now_ms);
	if (request->error)
		ARRAY_FREE(&request->entries);
	if (changes_leases(request))
		next_end_ms = queue->provider->next_end_ms(queue);
	/* What could not be ended is tried again, but not at once. */
	if (request->kind == STORE_REQUEST_EXPIRE && next_end_ms <= now_ms)
		next_end_ms = now_ms + EXPIRE_RETRY_MS;
	(void)pthread_mutex_lock(&queue->lock);
	queue->next_end_ms = next_end_ms;
	store_requests_push(&queue->answered, request);
	(void)pthread_mutex_unlock(&queue->lock);
	/* The loop would wake up only to wait for the lock. */
	(void)eventfd_write(queue->wake_fd, 1);
}

void store_queue_perform(struct store_queue *queue, struct store_request *request)
{
	uint64_t now_ms = clock_boot_ms();
	struct store_request *expire = NULL;

	/* Nobody gets to see an entry whose time is over only because the timer came later. */
	if (request->kind != STORE_REQUEST_EXPIRE && queue->next_end_ms <= now_ms)
		expire = request_new(STORE_REQUEST_EXPIRE, NULL);
	if (expire)
		perform_one(queue, expire, now_ms);
	perform_one(queue, request, now_ms);
}

/* ---- answering ---- */

static int queue_fd(const struct store *store)
{
	return ((const struct store_queue *)store)->fd;
}

static bool is_below(const char *prefix, const char *key)
{
	return strncmp(key, prefix, strlen(prefix)) == 0;
}

static void tell_watches(struct store_queue *queue, const struct store_request *request)
{
	for (size_t i = 0; i < request->entries.count; i++) {
		const struct store_entry *entry = &request->entries.items[i];

		for (struct store_request *watch = queue->watches.first; watch; watch = watch->next)
			if (is_below(watch->prefix, entry->key))
				watch->callback.watch(watch->userdata, entry);
	}
}

static void answer(struct store_queue *queue, struct store_request *request)
{
	switch (request->kind) {
	case STORE_REQUEST_COMMIT:
		request->callback.commit(request->userdata, request->error, request->number);
		break;
	case STORE_REQUEST_LIST:
		request->callback.list(request->userdata, request->error, request->entries.items,
				       request->entries.count);
		break;
	case STORE_REQUEST_WATCH:
		store_requests_push(&queue->watches, request);
		return;
	case STORE_REQUEST_GRANT:
	case STORE_REQUEST_RENEW:
		request->callback.lease(request->userdata, request->error, request->number);
		break;
	case STORE_REQUEST_EXPIRE:
		queue->expiring = false;
		break;
	}
	if (request->kind != STORE_REQUEST_LIST)
		tell_watches(queue, request);
	(void)request_free(request);
}

static struct store_requests take_answered(struct store_queue *queue)
{
	struct store_requests answered;
	eventfd_t count;

	/* First: what is answered from here on wakes the loop again. */
	(void)eventfd_read(queue->wake_fd, &count);
	(void)pthread_mutex_lock(&queue->lock);
	answered = queue->answered;
	queue->answered = (struct store_requests){ 0 };
	(void)pthread_mutex_unlock(&queue->lock);
	return answered;
}

static void set_timer(struct store_queue *queue, uint64_t when_ms)
{
	struct itimerspec timer = { 0 }; /* never */

	if (when_ms == queue->timer_ms)
		return;
	if (when_ms != UINT64_MAX) {
		/* Zero would be never, too. */
		timer.it_value.tv_sec = (time_t)(when_ms / 1000);
		timer.it_value.tv_nsec = (long)(when_ms % 1000) * 1000000 + 1;
	}
	(void)timerfd_settime(queue->timer_fd, TFD_TIMER_ABSTIME, &timer, NULL);
	queue->timer_ms = when_ms;
}

/* Sets the timer to what comes next. Returns whether a lease has to be ended now. */
static bool rest(struct store_queue *queue, uint64_t now_ms)
{
	uint64_t next_end_ms;

	(void)pthread_mutex_lock(&queue->lock);
	next_end_ms = queue->next_end_ms;
	(void)pthread_mutex_unlock(&queue->lock);
	set_timer(queue, queue->expiring ? UINT64_MAX : next_end_ms);
	return !queue->expiring && next_end_ms <= now_ms;
}

static void queue_dispatch(struct store *store)
{
	struct store_queue *queue = queue_of(store);
	struct store_requests answered = take_answered(queue);
	struct store_request *request;

	while ((request = store_requests_pop(&answered)))
		answer(queue, request);
	if (!rest(queue, clock_boot_ms()))
		return;
	/* Without memory the timer, which has passed, brings us here again. */
	request = request_new(STORE_REQUEST_EXPIRE, NULL);
	if (request) {
		queue->expiring = true;
		queue->provider->submit(queue, request);
	}
}

/* ---- start and end ---- */

static void queue_free(struct store *store)
{
	queue_of(store)->provider->free(queue_of(store));
}

static const struct store_ops queue_ops = {
	.commit = queue_commit,
	.list = queue_list,
	.watch = queue_watch,
	.grant = queue_grant,
	.renew = queue_renew,
	.fd = queue_fd,
	.dispatch = queue_dispatch,
	.free = queue_free,
};

static void close_all(struct store_queue *queue)
{
	cleanup_close(&queue->fd);
	cleanup_close(&queue->wake_fd);
	cleanup_close(&queue->timer_fd);
}

static int open_all(struct store_queue *queue)
{
	struct epoll_event event = { .events = EPOLLIN };

	queue->fd = epoll_create1(EPOLL_CLOEXEC);
	queue->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	queue->timer_fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (queue->fd < 0 || queue->wake_fd < 0 || queue->timer_fd < 0)
		return -errno;
	if (epoll_ctl(queue->fd, EPOLL_CTL_ADD, queue->wake_fd, &event) < 0 ||
	    epoll_ctl(queue->fd, EPOLL_CTL_ADD, queue->timer_fd, &event) < 0)
		return -errno;
	return 0;
}

int store_queue_init(struct store_queue *queue, const struct store_provider *provider)
{
	int rc = open_all(queue);

	if (rc == 0)
		rc = -pthread_mutex_init(&queue->lock, NULL);
	if (rc < 0) {
		close_all(queue);
		return rc;
	}
	queue->store.ops = &queue_ops;
	queue->provider = provider;
	queue->timer_ms = UINT64_MAX;
	queue->next_end_ms = provider->next_end_ms(queue);
	(void)rest(queue, clock_boot_ms());
	return 0;
}

void store_queue_deinit(struct store_queue *queue)
{
	free_requests(&queue->watches);
	free_requests(&queue->answered);
	(void)pthread_mutex_destroy(&queue->lock);
	close_all(queue);
}
