/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The result of a change in the store, for clients that ask after the daemon has died. Changes with
 * a request id, and changes that go on without a client, have such a result. Pure.
 */
#pragma once

#include "change/change-asked.h"
#include "daemon/engine/change-register.h"
#include "daemon/store/store.h"
#include "util/arena.h"

/* The beginning of the keys in the store; the id of the change follows. */
#define RESULT_PREFIX  STORE_LOCAL "result/"
#define RESULT_KEY_MAX 64
/* Bytes of an answer; of a longer answer nothing is kept but its kind. */
#define RESULT_ANSWER_MAX ((size_t)128 * 1024)

struct result_entry {
	struct change_asked asked;
	const char *object;	     /* of the change, or NULL */
	uint64_t ended_ms;	     /* the time of the end, by CLOCK_REALTIME */
	struct change_answer answer; /* owned */
	struct arena arena;	     /* owns the texts of what was read */
};

#define RESULT_ENTRY_NULL ((struct result_entry){ .arena = ARENA_NULL })

/** result_entry_key() - the key of the result of a change */
void result_entry_key(const char *id, char key[static RESULT_KEY_MAX]);

/**
 * result_entry_to_json() - {"asked", "object", "ended_ms", "error", "parameters"}; of object and
 *	error those that there are
 *
 * Return: a new object; NULL when there is no memory.
 */
struct json_object *result_entry_to_json(const struct result_entry *entry);

/**
 * result_entry_from_json() - reads a result
 * @ret_entry: RESULT_ENTRY_NULL before; to be deinitialised also on failure
 *
 * Return: 0; -EINVAL; -ENOMEM.
 */
int result_entry_from_json(struct json_object *object, struct result_entry *ret_entry);

void result_entry_deinit(struct result_entry *entry);
