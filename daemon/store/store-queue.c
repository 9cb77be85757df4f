// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests and answers of a store of this process. Effect: a descriptor. Called by the loop, and,
 * where a comment says so, by the thread that performs requests.
 */
#include "daemon/store/store-queue.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>

#include "util/cleanup.h"

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

void store_requests_free(struct store_requests *requests)
{
	struct store_request *request;

	while ((request = store_requests_pop(requests)))
		(void)request_free(request);
}

int store_request_add_entry(struct store_request *request, const struct store_entry *entry)
{
	const struct store_entry copy = {
		.key = arena_strdup(&request->arena, entry->key),
		.value = arena_strdup(&request->arena, entry->value),
		.revision = entry->revision,
	};

	if (!copy.key || !copy.value)
		return -ENOMEM;
	return ARRAY_APPEND(&request->entries, copy);
}

bool store_change_is_expected(const struct store_change *change, uint64_t revision)
{
	return change->expected_revision == STORE_ANY || change->expected_revision == revision;
}

/* ---- taking ---- */

static struct store_queue *queue_of(struct store *store)
{
	return (struct store_queue *)store;
}

static int check_key(const char *key)
{
	size_t length = strnlen(key, STORE_KEY_MAX + 1);

	if (length > STORE_KEY_MAX)
		return -ENAMETOOLONG;
	for (size_t i = 0; i < length; i++)
		if (key[i] <= ' ' || key[i] > '~')
			return -EINVAL;
	return length ? 0 : -EINVAL;
}

static bool is_comparison(const struct store_change *change)
{
	return !change->value && change->expected_revision != STORE_ANY;
}

/* Checks the sizes of a commit before any of it is copied. */
static int check_changes(const struct store_change *changes, size_t count)
{
	size_t bytes = 0;

	if (count > STORE_CHANGES_MAX)
		return -E2BIG;
	for (size_t i = 0; i < count; i++) {
		const char *value = changes[i].value;
		size_t size = value ? strnlen(value, STORE_VALUE_MAX + 1) : 0;
		int rc = check_key(changes[i].key);

		if (rc == 0 && changes[i].kind == STORE_COMPARE && !is_comparison(&changes[i]))
			rc = -EINVAL;
		if (rc < 0)
			return rc;
		bytes += strlen(changes[i].key) + size;
		if (size > STORE_VALUE_MAX || bytes > STORE_COMMIT_MAX)
			return -E2BIG;
	}
	return 0;
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
	int rc = check_changes(changes, count);

	if (rc < 0)
		return rc;
	copies = arena_alloc(&request->arena, count * sizeof(*copies));
	if (!copies)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
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

static int queue_list(struct store *store, const char *prefix, store_list_fn callback,
		      void *userdata)
{
	_cleanup_request_ struct store_request *request = request_new(STORE_REQUEST_LIST, userdata);

	if (!request)
		return -ENOMEM;
	request->prefix = arena_strdup(&request->arena, prefix);
	if (!request->prefix)
		return -ENOMEM;
	request->callback.list = callback;
	queue_of(store)->provider->submit(queue_of(store), TAKE_PTR(request));
	return 0;
}

/* ---- performing ---- */

void store_queue_answer(struct store_queue *queue, struct store_request *request)
{
	if (request->error)
		ARRAY_FREE(&request->entries);
	(void)pthread_mutex_lock(&queue->lock);
	store_requests_push(&queue->answered, request);
	(void)pthread_mutex_unlock(&queue->lock);
	/* After the unlock, because the loop would wake up only to wait for the lock. */
	(void)eventfd_write(queue->fd, 1);
}

void store_queue_perform(struct store_queue *queue, struct store_request *request)
{
	queue->provider->perform(queue, request);
	store_queue_answer(queue, request);
}

/* ---- answering ---- */

static int queue_fd(const struct store *store)
{
	return ((const struct store_queue *)store)->fd;
}

static void answer(struct store_request *request)
{
	switch (request->kind) {
	case STORE_REQUEST_COMMIT:
		request->callback.commit(request->userdata, request->error, request->revision);
		break;
	case STORE_REQUEST_LIST:
		request->callback.list(request->userdata, request->error, request->entries.items,
				       request->entries.count);
		break;
	}
	(void)request_free(request);
}

static struct store_requests take_answered(struct store_queue *queue)
{
	struct store_requests answered;
	eventfd_t count;

	/* Read first, so that later answers wake the loop again. */
	(void)eventfd_read(queue->fd, &count);
	(void)pthread_mutex_lock(&queue->lock);
	answered = queue->answered;
	queue->answered = (struct store_requests){ 0 };
	(void)pthread_mutex_unlock(&queue->lock);
	return answered;
}

static void queue_dispatch(struct store *store)
{
	struct store_requests answered = take_answered(queue_of(store));
	struct store_request *request;

	while ((request = store_requests_pop(&answered)))
		answer(request);
}

/* ---- start and end ---- */

static void queue_free(struct store *store)
{
	queue_of(store)->provider->free(queue_of(store));
}

const struct store_ops store_queue_ops = {
	.commit = queue_commit,
	.list = queue_list,
	.fd = queue_fd,
	.dispatch = queue_dispatch,
	.free = queue_free,
};

int store_queue_init(struct store_queue *queue, const struct store_provider *provider)
{
	int rc;

	queue->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (queue->fd < 0)
		return -errno;
	rc = -pthread_mutex_init(&queue->lock, NULL);
	if (rc < 0) {
		cleanup_close(&queue->fd);
		return rc;
	}
	queue->store.ops = &store_queue_ops;
	queue->provider = provider;
	return 0;
}

void store_queue_deinit(struct store_queue *queue)
{
	store_requests_free(&queue->answered);
	(void)pthread_mutex_destroy(&queue->lock);
	cleanup_close(&queue->fd);
}
