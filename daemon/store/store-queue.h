/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the stores of this process have in common: operations as requests, performed one after the
 * other, answered in that order out of dispatch() only. Where a request is performed, on the loop's
 * thread or on another, is the provider's to say. Effect.
 */
#pragma once

#include <pthread.h>

#include "daemon/store/store.h"
#include "util/arena.h"
#include "util/array.h"

enum store_request_kind {
	STORE_REQUEST_COMMIT,
	STORE_REQUEST_LIST,
};

struct store_request {
	struct store_request *next;
	enum store_request_kind kind;
	void *userdata;
	union {
		store_commit_fn commit;
		store_list_fn list;
	} callback;

	struct store_change *changes; /* sorted by key, none twice */
	size_t change_count;
	enum store_durability durability;
	const char *prefix; /* of a list */

	/* The answer, made by the provider. */
	int error;
	uint64_t revision;
	ARRAY(struct store_entry) entries;
	struct arena arena; /* owns every text */
};

struct store_requests {
	struct store_request *first, *last;
};

struct store_queue;

/* A provider's side. */
struct store_provider {
	/*
	 * Sees to it that store_queue_perform() is called for each, in the order of the calls; or
	 * has its answer by other ways, and calls store_queue_answer().
	 */
	void (*submit)(struct store_queue *queue, struct store_request *request);
	/*
	 * Does what @request says, and fills in its answer. Entries need not be taken back on an
	 * error. NULL where nobody calls store_queue_perform().
	 */
	void (*perform)(struct store_queue *queue, struct store_request *request);
	/* Performs what was submitted, calls store_queue_deinit(), and frees its own. */
	void (*free)(struct store_queue *queue);
};

struct store_queue {
	struct store store; /* the first member */
	const struct store_provider *provider;
	int fd; /* an eventfd: there are answers */

	pthread_mutex_t lock; /* of all below */
	struct store_requests answered;
};

/**
 * store_queue_init() - makes a queue that nobody uses yet
 *
 * Return: 0 or negative errno, and then there is nothing to be deinitialised.
 */
int store_queue_init(struct store_queue *queue, const struct store_provider *provider);

/* The operations of a queue, for whoever changes some of them. */
extern const struct store_ops store_queue_ops;

/** store_queue_deinit() - frees what was not dispatched, without calling back */
void store_queue_deinit(struct store_queue *queue);

/**
 * store_queue_perform() - performs a request that was submitted
 *
 * Called on one thread, which need not be the loop's. The request belongs to the queue again.
 */
void store_queue_perform(struct store_queue *queue, struct store_request *request);

/** store_queue_answer() - likewise, of one that has its answer */
void store_queue_answer(struct store_queue *queue, struct store_request *request);

void store_requests_push(struct store_requests *requests, struct store_request *request);

/** store_requests_pop() - takes the first; NULL when there is none */
struct store_request *store_requests_pop(struct store_requests *requests);

void store_requests_free(struct store_requests *requests);

/** store_request_add_entry() - appends a copy to the answer; 0 or -ENOMEM */
int store_request_add_entry(struct store_request *request, const struct store_entry *entry);

/** store_change_is_expected() - does an entry of this revision (0: there is none) allow it? */
bool store_change_is_expected(const struct store_change *change, uint64_t revision);
