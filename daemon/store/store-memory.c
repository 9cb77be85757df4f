// SPDX-License-Identifier: GPL-2.0-only
/*
 * The store that ends with the process: for tests, and for whoever wants to know what the other one
 * should have done. Requests are performed when they are taken, and answered by dispatch() like
 * anybody's.
 */
#include "daemon/store/store-queue.h"

#include <errno.h>
#include <string.h>

#include "util/cleanup.h"

struct memory_entry {
	struct memory_entry *next; /* by key */
	uint64_t revision, lease;
	char *value; /* behind the key */
	char key[];
};

struct memory_lease {
	struct memory_lease *next;
	uint64_t id, end_ms;
};

struct memory_store {
	struct store_queue queue; /* the first member */
	struct memory_entry *entries;
	struct memory_lease *leases;
	uint64_t last_revision, last_lease;
};

static struct memory_entry *entry_new(const struct store_change *change, uint64_t revision)
{
	size_t key_size = strlen(change->key) + 1, value_size = strlen(change->value) + 1;
	struct memory_entry *entry = malloc(sizeof(*entry) + key_size + value_size);

	if (!entry)
		return NULL;
	*entry = (struct memory_entry){ .revision = revision, .lease = change->lease };
	memcpy(entry->key, change->key, key_size);
	entry->value = entry->key + key_size;
	memcpy(entry->value, change->value, value_size);
	return entry;
}

static void free_entries(struct memory_entry *entries)
{
	while (entries) {
		struct memory_entry *entry = entries;

		entries = entry->next;
		free(entry);
	}
}

/* Where the entry is, or would have to be put before. */
static struct memory_entry **find_place(struct memory_entry **entries, const char *key)
{
	while (*entries && strcmp((*entries)->key, key) < 0)
		entries = &(*entries)->next;
	return entries;
}

static struct memory_entry *find_entry(struct memory_store *memory, const char *key)
{
	struct memory_entry *entry = *find_place(&memory->entries, key);

	return entry && strcmp(entry->key, key) == 0 ? entry : NULL;
}

static struct memory_lease *find_lease(struct memory_store *memory, uint64_t id, uint64_t now_ms)
{
	struct memory_lease *lease = memory->leases;

	while (lease && lease->id != id)
		lease = lease->next;
	return lease && lease->end_ms > now_ms ? lease : NULL;
}

static void remove_entry(struct memory_entry **place)
{
	struct memory_entry *entry = *place;

	*place = entry->next;
	free(entry);
}

/* ---- commit ---- */

static int check_changes(struct memory_store *memory, const struct store_request *request,
			 uint64_t now_ms)
{
	for (size_t i = 0; i < request->change_count; i++) {
		const struct store_change *change = &request->changes[i];
		const struct memory_entry *entry = find_entry(memory, change->key);

		if (!store_change_is_expected(change, entry ? entry->revision : STORE_ABSENT))
			return -EAGAIN;
		if (change->value && change->lease && !find_lease(memory, change->lease, now_ms))
			return -ENOENT;
	}
	return 0;
}

/* All that may fail: the entries to be put, in order, and what the watches are to hear. */
static int prepare(struct memory_store *memory, struct store_request *request,
		   struct memory_entry **ret_entries)
{
	struct memory_entry *entries = NULL, **end = &entries;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < request->change_count; i++) {
		const struct store_change *change = &request->changes[i];

		if (change->value || find_entry(memory, change->key))
			rc = store_request_add_entry(request, change->key, change->value,
						     request->number);
		if (rc || !change->value)
			continue;
		*end = entry_new(change, request->number);
		rc = *end ? 0 : -ENOMEM;
		end = *end ? &(*end)->next : end;
	}
	if (rc)
		free_entries(entries);
	else
		*ret_entries = entries;
	return rc;
}

static int commit(struct memory_store *memory, struct store_request *request, uint64_t now_ms)
{
	struct memory_entry *entries;
	int rc;

	rc = check_changes(memory, request, now_ms);
	if (rc)
		return rc;
	request->number = memory->last_revision + 1;
	rc = prepare(memory, request, &entries);
	if (rc)
		return rc;
	memory->last_revision = request->number;
	for (size_t i = 0; i < request->change_count; i++) {
		struct memory_entry **place = find_place(&memory->entries, request->changes[i].key);

		if (*place && strcmp((*place)->key, request->changes[i].key) == 0)
			remove_entry(place);
		if (request->changes[i].value) {
			struct memory_entry *entry = entries;

			entries = entry->next;
			entry->next = *place;
			*place = entry;
		}
	}
	return 0;
}

/* ---- list ---- */

static int list(struct memory_store *memory, struct store_request *request)
{
	size_t length = strlen(request->prefix);
	struct memory_entry *entry = *find_place(&memory->entries, request->prefix);

	for (; entry && strncmp(entry->key, request->prefix, length) == 0; entry = entry->next) {
		char *key = arena_strdup(&request->arena, entry->key);
		char *value = arena_strdup(&request->arena, entry->value);

		if (!key || !value ||
		    store_request_add_entry(request, key, value, entry->revision) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* ---- leases ---- */

static bool has_ended(struct memory_store *memory, const struct memory_entry *entry,
		      uint64_t now_ms)
{
	return entry->lease && !find_lease(memory, entry->lease, now_ms);
}

static int expire(struct memory_store *memory, struct store_request *request, uint64_t now_ms)
{
	uint64_t revision = memory->last_revision + 1;

	for (struct memory_entry *entry = memory->entries; entry; entry = entry->next) {
		char *key;

		if (!has_ended(memory, entry, now_ms))
			continue;
		key = arena_strdup(&request->arena, entry->key);
		if (!key || store_request_add_entry(request, key, NULL, revision) < 0)
			return -ENOMEM;
	}
	if (request->entries.count)
		memory->last_revision = revision;
	for (size_t i = 0; i < request->entries.count; i++)
		remove_entry(find_place(&memory->entries, request->entries.items[i].key));
	for (struct memory_lease **place = &memory->leases; *place;) {
		struct memory_lease *lease = *place;

		if (lease->end_ms > now_ms) {
			place = &lease->next;
			continue;
		}
		*place = lease->next;
		free(lease);
	}
	return 0;
}

static int grant(struct memory_store *memory, struct store_request *request, uint64_t now_ms)
{
	struct memory_lease *lease = malloc(sizeof(*lease));

	if (!lease)
		return -ENOMEM;
	*lease = (struct memory_lease){
		.next = memory->leases,
		.id = ++memory->last_lease,
		.end_ms = store_lease_end_ms(now_ms, request->ttl_ms),
	};
	memory->leases = lease;
	request->number = lease->id;
	return 0;
}

static int renew(struct memory_store *memory, struct store_request *request, uint64_t now_ms)
{
	struct memory_lease *lease = find_lease(memory, request->lease, now_ms);
	uint64_t end_ms;
	int rc;

	if (!lease)
		return -ENOENT;
	request->number = lease->id;
	end_ms = lease->end_ms;
	lease->end_ms = store_lease_end_ms(now_ms, request->ttl_ms);
	if (request->ttl_ms)
		return 0;
	rc = expire(memory, request, now_ms);
	if (rc)
		lease->end_ms = end_ms;
	return rc;
}

static uint64_t next_end_ms(struct store_queue *queue)
{
	struct memory_store *memory = (struct memory_store *)queue;
	uint64_t end_ms = UINT64_MAX;

	for (const struct memory_lease *lease = memory->leases; lease; lease = lease->next)
		if (lease->end_ms < end_ms)
			end_ms = lease->end_ms;
	return end_ms;
}

/* ---- the provider ---- */

static void perform(struct store_queue *queue, struct store_request *request, uint64_t now_ms)
{
	struct memory_store *memory = (struct memory_store *)queue;

	switch (request->kind) {
	case STORE_REQUEST_COMMIT:
		request->error = commit(memory, request, now_ms);
		break;
	case STORE_REQUEST_LIST:
		request->error = list(memory, request);
		break;
	case STORE_REQUEST_WATCH:
		break;
	case STORE_REQUEST_GRANT:
		request->error = grant(memory, request, now_ms);
		break;
	case STORE_REQUEST_RENEW:
		request->error = renew(memory, request, now_ms);
		break;
	case STORE_REQUEST_EXPIRE:
		request->error = expire(memory, request, now_ms);
		break;
	}
}

static void memory_free(struct store_queue *queue)
{
	struct memory_store *memory = (struct memory_store *)queue;

	store_queue_deinit(&memory->queue);
	free_entries(memory->entries);
	while (memory->leases) {
		struct memory_lease *lease = memory->leases;

		memory->leases = lease->next;
		free(lease);
	}
	free(memory);
}

int store_memory_new(struct store **ret_store)
{
	static const struct store_provider provider = {
		.submit = store_queue_perform,
		.perform = perform,
		.next_end_ms = next_end_ms,
		.free = memory_free,
	};
	struct memory_store *memory = calloc(1, sizeof(*memory));
	int rc;

	if (!memory)
		return -ENOMEM;
	rc = store_queue_init(&memory->queue, &provider);
	if (rc < 0) {
		free(memory);
		return rc;
	}
	*ret_store = &memory->queue.store;
	return 0;
}
