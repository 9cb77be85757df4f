/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls that can't be answered yet: each is handled again, like a new call, when its data has come.
 * Effect, on the daemon's loop. Called by the methods that change nothing.
 */
#pragma once

#include <stdbool.h>

#include "daemon/varlink/varlink-server.h"

struct list_options;
struct api;
struct json_object;

/*
 * Tells whether a call has to wait for a look: there is no snapshot yet, or the snapshot lacks the
 * result of our own steps or of an event that came before the call. A call waits only once.
 */
bool pending_call_has_to_wait(struct api *api, const struct varlink_call *call);

/**
 * pending_call_wait_for_snapshot() - waits until the host was looked at, or could not be
 *
 * Return: 0 or negative errno.
 */
int pending_call_wait_for_snapshot(struct api *api, struct varlink_call *call);

/**
 * pending_call_wait_for_mailboxes() - waits until the mailboxes in the listing were read
 *
 * Return: 1 when the call waits, and is answered later; 0; negative errno.
 */
int pending_call_wait_for_mailboxes(struct api *api, struct varlink_call *call,
				    const struct list_options *options);

/**
 * pending_call_wait_for_claims() - waits until the claims were read from the store
 *
 * Before that, an answer of "none" would be believed. If the store can't be read, or takes too
 * long, the answer is StoreFailed.
 *
 * Return: 1 when the call is answered, now or later, by other code; 0; negative errno.
 */
int pending_call_wait_for_claims(struct api *api, struct varlink_call *call);

/**
 * pending_call_wait_for_changes() - waits until the changes of earlier runs are known, or the
 *	reason why they are not
 *
 * Before that, a change would be taken for unknown that has only to be read, and a request that is
 * made again would make a second change. If the store takes too long, the answer is StoreFailed.
 *
 * Return: 1 when the call is answered, now or later, by other code; 0; negative errno.
 */
int pending_call_wait_for_changes(struct api *api, struct varlink_call *call);

/** pending_call_wait_for_former() - the same for a request with an id, which an earlier run may
 * have carried out; other requests do not wait */
int pending_call_wait_for_former(struct api *api, struct varlink_call *call,
				 struct json_object *parameters);

/** pending_calls_resume() - the claims are known, or the reason why they are not */
void pending_calls_resume(struct api *api);

/** pending_calls_free() - drops the calls that wait for the store */
void pending_calls_free(struct api *api);
