/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shared by the stores of this process: operations are requests, performed one after the other, and
 * answered in that order, only by dispatch(). The provider decides on which thread a request is
 * performed. Effect.
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

	struct store_change *changes; /* sorted by key, no key twice */
	size_t change_count;
	enum store_durability durability;
	const char *prefix; /* for a list */

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

/* The functions of a provider. */
struct store_provider {
	/*
	 * Arranges that store_queue_perform() is called for each request, in the order of the
	 * calls; or gets the answer in another way, and calls store_queue_answer().
	 */
	void (*submit)(struct store_queue *queue, struct store_request *request);
	/*
	 * Performs @request, and fills in the answer. On an error, entries may stay in it. NULL if
	 * nobody calls store_queue_perform().
	 */
	void (*perform)(struct store_queue *queue, struct store_request *request);
	/* Performs all submitted requests, calls store_queue_deinit(), and frees the provider. */
	void (*free)(struct store_queue *queue);
};

struct store_queue {
	struct store store; /* the first member */
	const struct store_provider *provider;
	int fd; /* an eventfd, readable when there are answers */

	pthread_mutex_t lock; /* guards the members below */
	struct store_requests answered;
};

/**
 * store_queue_init() - makes an empty queue
 *
 * Return: 0 or negative errno, and then there is nothing to deinitialise.
 */
int store_queue_init(struct store_queue *queue, const struct store_provider *provider);

/* The operations of a queue, for providers that replace some of them. */
extern const struct store_ops store_queue_ops;

/** store_queue_deinit() - frees the answers that were not dispatched, without calling back */
void store_queue_deinit(struct store_queue *queue);

/**
 * store_queue_perform() - performs a request that was submitted
 *
 * Called on one thread, which need not be the loop's. Afterwards the queue owns the request.
 */
void store_queue_perform(struct store_queue *queue, struct store_request *request);

/** store_queue_answer() - the same for a request that has its answer */
void store_queue_answer(struct store_queue *queue, struct store_request *request);

void store_requests_push(struct store_requests *requests, struct store_request *request);

/** store_requests_pop() - takes the first request; NULL if there is none */
struct store_request *store_requests_pop(struct store_requests *requests);

void store_requests_free(struct store_requests *requests);

/** store_request_add_entry() - appends a copy to the answer; 0 or -ENOMEM */
int store_request_add_entry(struct store_request *request, const struct store_entry *entry);

/** store_change_is_expected() - does @change expect this revision of its entry (0: no entry)? */
bool store_change_is_expected(const struct store_change *change, uint64_t revision);
