// SPDX-License-Identifier: GPL-2.0-only
/*
 * A store that ends with the process: for tests, and for comparisons with the SQLite store.
 * Requests are performed when they are taken, and answered by dispatch() like those of other
 * stores.
 */
#include "daemon/store/store-queue.h"

#include <errno.h>
#include <string.h>

#include "util/cleanup.h"

struct memory_entry {
	struct memory_entry *next; /* by key */
	uint64_t revision;
	char *value; /* allocated with the entry, behind the key */
	char key[];
};

struct memory_store {
	struct store_queue queue; /* the first member */
	struct memory_entry *entries;
	uint64_t last_revision;
};

static struct memory_entry *entry_new(const struct store_change *change, uint64_t revision)
{
	size_t key_size = strlen(change->key) + 1, value_size = strlen(change->value) + 1;
	struct memory_entry *entry = malloc(sizeof(*entry) + key_size + value_size);

	if (!entry)
		return NULL;
	*entry = (struct memory_entry){ .revision = revision };
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

/* The place of the entry, or the place where the entry would have to be inserted. */
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

static void remove_entry(struct memory_entry **place)
{
	struct memory_entry *entry = *place;

	*place = entry->next;
	free(entry);
}

/* ---- commit ---- */

static int check_changes(struct memory_store *memory, const struct store_request *request)
{
	for (size_t i = 0; i < request->change_count; i++) {
		const struct store_change *change = &request->changes[i];
		const struct memory_entry *entry = find_entry(memory, change->key);

		if (!store_change_is_expected(change, entry ? entry->revision : STORE_ABSENT))
			return -EAGAIN;
	}
	return 0;
}

/* Does all that can fail: makes the entries to be put, in order. */
static int prepare(const struct store_request *request, struct memory_entry **ret_entries)
{
	struct memory_entry *entries = NULL, **end = &entries;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < request->change_count; i++) {
		const struct store_change *change = &request->changes[i];

		if (!change->value)
			continue;
		*end = entry_new(change, request->revision);
		rc = *end ? 0 : -ENOMEM;
		end = *end ? &(*end)->next : end;
	}
	if (rc)
		free_entries(entries);
	else
		*ret_entries = entries;
	return rc;
}

static int commit(struct memory_store *memory, struct store_request *request)
{
	struct memory_entry *entries;
	int rc;

	rc = check_changes(memory, request);
	if (rc)
		return rc;
	request->revision = memory->last_revision + 1;
	rc = prepare(request, &entries);
	if (rc)
		return rc;
	memory->last_revision = request->revision;
	for (size_t i = 0; i < request->change_count; i++) {
		struct memory_entry **place = find_place(&memory->entries, request->changes[i].key);

		if (request->changes[i].kind == STORE_COMPARE)
			continue;
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
		const struct store_entry found = { entry->key, entry->value, entry->revision };
		int rc = store_request_add_entry(request, &found);

		if (rc < 0)
			return rc;
	}
	return 0;
}

/* ---- the provider ---- */

static void perform(struct store_queue *queue, struct store_request *request)
{
	struct memory_store *memory = (struct memory_store *)queue;

	switch (request->kind) {
	case STORE_REQUEST_COMMIT:
		request->error = commit(memory, request);
		break;
	case STORE_REQUEST_LIST:
		request->error = list(memory, request);
		break;
	}
}

static void memory_free(struct store_queue *queue)
{
	struct memory_store *memory = (struct memory_store *)queue;

	store_queue_deinit(&memory->queue);
	free_entries(memory->entries);
	free(memory);
}

int store_memory_new(struct store **ret_store)
{
	static const struct store_provider provider = {
		.submit = store_queue_perform,
		.perform = perform,
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
