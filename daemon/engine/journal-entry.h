/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An entry of this host's journal (change/change-entry.h), in any form that a version of the daemon
 * has written. Pure.
 */
#pragma once

#include "change/change-entry.h"
#include "daemon/store/store.h"

/* The beginning of the keys in the store; the id of the change follows. */
#define JOURNAL_PREFIX	STORE_LOCAL "plan/"
#define JOURNAL_KEY_MAX 64

/** journal_entry_from_json() - as change_entry_from_json() */
int journal_entry_from_json(struct json_object *object, const struct step_registry *registry,
			    struct change_entry *ret_entry);
