/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls that can't be answered yet: each is handled again, as if it came then, when what it needs
 * is there. Effect, on the daemon's loop. Called by the methods that change nothing.
 */
#pragma once

#include <stdbool.h>

#include "daemon/varlink/varlink-server.h"

struct list_options;
struct api;

/*
 * What is not there yet can't be shown; who has changed something, by us or behind our back, wants
 * to see it; and what happened before somebody asked was heard. A call that has waited once is
 * answered.
 */
bool pending_call_has_to_wait(struct api *api, const struct varlink_call *call);

/**
 * pending_call_wait_for_snapshot() - until the host was looked at, or could not be
 *
 * Return: 0 or negative errno.
 */
int pending_call_wait_for_snapshot(struct api *api, struct varlink_call *call);

/**
 * pending_call_wait_for_mailboxes() - until those were read of which the listing shows something
 *
 * Return: 1 when the call has to wait, and somebody else answers it; 0; negative errno.
 */
int pending_call_wait_for_mailboxes(struct api *api, struct varlink_call *call,
				    const struct list_options *options);

/**
 * pending_call_wait_for_claims() - until it is known which claims there are
 *
 * Before the store was read nobody knows, and "none" would be believed. Where it can't be read, and
 * after a while, the answer is StoreFailed.
 *
 * Return: 1 when the call is answered, now or later, by somebody else; 0; negative errno.
 */
int pending_call_wait_for_claims(struct api *api, struct varlink_call *call);

/** pending_calls_resume() - the claims are known, or it is known why they are not */
void pending_calls_resume(struct api *api);

/** pending_calls_free() - drops those who wait for claims */
void pending_calls_free(struct api *api);
