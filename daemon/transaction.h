/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changes to the host, one at a time: a fresh snapshot, a plan from it, its steps through the
 * helper, their inverses when one fails or the client leaves, and a last snapshot as the proof.
 * Never blocks.
 */
#pragma once

#include <stddef.h>

#include "daemon/intent.h"
#include "daemon/observe/observer.h"

struct transaction_queue;
struct varlink_call;

/* Changes that may wait; a client that wants more is told to come back. */
#define TRANSACTIONS_WAITING_MAX ((size_t)64)

/**
 * transaction_queue_new() - a queue for one host
 * @observer: must outlive the queue
 * @helper: likewise; NULL where only plans are asked for
 */
int transaction_queue_new(sd_event *event, const struct log *log, struct observer *observer,
			  struct helper_client *helper, struct transaction_queue **ret_queue);

/** transaction_queue_free() - drops what waits; what is under way is left to the next start */
struct transaction_queue *transaction_queue_free(struct transaction_queue *queue);

/**
 * transaction_submit() - takes a change on, and answers @call when it is done
 * @call: a reference is taken
 * @intent: taken over, also on failure
 *
 * Return: 0; -ENOMEM. Every other end is an answer to the call.
 */
int transaction_submit(struct transaction_queue *queue, struct varlink_call *call,
		       struct intent *intent);
