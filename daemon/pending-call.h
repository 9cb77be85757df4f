/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls that can't be answered yet: each is handled again, as if it came then, when what it needs
 * is there. Effect, on the daemon's loop. Called by the methods that change nothing.
 */
#pragma once

#include <stdbool.h>

#include "daemon/varlink/varlink-server.h"

struct manager;

/*
 * What is not there yet can't be shown, and who has changed something wants to see it.
 */
bool pending_call_has_to_wait(const struct manager *manager);

/** pending_call_wait_for_snapshot() - until the host was looked at; 0 or negative errno */
int pending_call_wait_for_snapshot(struct manager *manager, struct varlink_call *call);

/**
 * pending_call_wait_for_mailboxes() - until those were asked of whom nothing is known
 *
 * Return: 1 when the call has to wait, and somebody else answers it; 0; negative errno.
 */
int pending_call_wait_for_mailboxes(struct manager *manager, struct varlink_call *call);

/**
 * pending_call_wait_for_claims() - until it is known which claims there are
 *
 * Before the store was read nobody knows, and "none" would be believed. Where it can't be read, and
 * after a while, the answer is StoreFailed.
 *
 * Return: 1 when the call is answered, now or later, by somebody else; 0; negative errno.
 */
int pending_call_wait_for_claims(struct manager *manager, struct varlink_call *call);

/** pending_calls_resume() - the claims are known, or it is known why they are not */
void pending_calls_resume(struct manager *manager);

/** pending_calls_free() - drops those who wait for claims */
void pending_calls_free(struct manager *manager);
