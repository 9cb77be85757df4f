/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is noted of a change before its first step and forgotten after its last: enough for somebody
 * who comes after a crash to take it back. Pure.
 *
 * How far it got is not in it: the kernel shows that better (step_exec_take_up()).
 */
#pragma once

#include "cxl/step/host-step.h"
#include "daemon/store/store.h"
#include "util/arena.h"

struct json_object;

/* What the keys in the store begin with; the id of the change follows. */
#define JOURNAL_PREFIX	STORE_LOCAL "plan/"
#define JOURNAL_KEY_MAX 64

struct journal_entry {
	const char *boot; /* boot ID of the kernel that it is about: no other has anything of it */
	const char *region; /* the kernel's name */
	const char *claim;  /* whose region it is, or is to be; or NULL */
	struct step_list steps;
	struct arena arena; /* owns every text */
};

#define JOURNAL_ENTRY_NULL ((struct journal_entry){ .arena = ARENA_NULL })

/**
 * journal_entry_to_json() - {"boot", "region", "claim" (where there is one), "steps"}
 *
 * Return: a new object; NULL when there is no memory.
 */
struct json_object *journal_entry_to_json(const struct journal_entry *entry);

/**
 * journal_entry_from_json() - reads an entry
 * @ret_entry: JOURNAL_ENTRY_NULL before; to be deinitialised also on failure
 *
 * Return: 0; -EINVAL; -ENOMEM.
 */
int journal_entry_from_json(struct json_object *object, struct journal_entry *ret_entry);

void journal_entry_deinit(struct journal_entry *entry);
