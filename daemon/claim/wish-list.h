/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The wishes of a declared state that differ from the claims: a list that is worked off from its
 * beginning to its end, with the result of each wish so far. Model: the list is kept as text, as
 * the store has the list, since there may be thousands of wishes. Pure but for the heap. Called by
 * daemon/engine/apply.c and, while a client declares a state in parts, by
 * daemon/api/method-state.c.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "change/change-asked.h"
#include "daemon/claim/claim-asking.h"
#include "util/array.h"

struct json_object;

/* Bytes of all wishes: one value of the store holds all wishes and the user. */
#define WISH_LIST_BYTES_MAX ((size_t)960 * 1024)

struct wish {
	char *name;	   /* of the claim; owned */
	char *text;	   /* a change as DiffState shows it, without what differs; owned */
	size_t action;	   /* the index in the order of actions */
	bool anew;	   /* what the claim was given is taken down for the wish */
	uint64_t resource; /* the place of what is taken down; 0 when nothing is */
	char *told; /* of a wish that has ended: {"outcome"} or {"error", "parameters"}; owned */
};

struct wish_list {
	ARRAY(struct wish) wishes;
	size_t at;	   /* the wish at hand; wishes before have ended */
	size_t done;	   /* the number of ended wishes that have been fulfilled */
	size_t bytes;	   /* of all texts */
	size_t told_bytes; /* of all results */
};

#define WISH_LIST_NULL ((struct wish_list){ .wishes = { NULL, 0 } })

/**
 * wish_list_add() - adds the differences of a state, or of a part of one
 * @changes: declared_diff_to_json()
 *
 * Return: 0; -E2BIG when the wishes are more than WISH_LIST_BYTES_MAX; -EINVAL when these are no
 *	changes; -ENOMEM.
 */
int wish_list_add(struct wish_list *list, struct json_object *changes);

/** wish_list_sort() - puts the wishes in the order in which they are fulfilled: the order of
 * declared_state_diff() */
void wish_list_sort(struct wish_list *list);

/** wish_list_skip() - leaves out the first @count wishes, which have ended before */
void wish_list_skip(struct wish_list *list, size_t count);

/** wish_list_at() - the name of the claim at hand, or NULL at the end */
const char *wish_list_at(const struct wish_list *list);

/**
 * wish_list_ask() - the request that fulfils the wish at hand
 * @ret_asking: CLAIM_ASKING_NULL before; to be deinitialised also on failure
 *
 * Return: 0; -EINVAL when the wish makes no sense; -ENOMEM.
 */
int wish_list_ask(const struct wish_list *list, const struct claim_kinds *kinds,
		  struct claim_asking *ret_asking);

/**
 * wish_list_tell() - the wish at hand has ended
 * @error: the name of an error of the interface; NULL when the wish is fulfilled
 * @parameters: of the reply or of the error, JSON; or NULL
 *
 * The list keeps the words and numbers of an outcome, without its plan and other lists. When many
 * wishes have failed already, the list keeps only the first reason of a failure. Without memory the
 * list keeps only the error's name.
 */
void wish_list_tell(struct wish_list *list, const char *error, const char *parameters);

/** wish_list_give_up() - gives the wish at hand and all wishes after it the same result */
void wish_list_give_up(struct wish_list *list, const char *error, const char *parameters);

/**
 * wish_list_results() - the results of all wishes, for a list at its end
 *
 * [{"action", "name", "anew", "outcome"} or {..., "error", "parameters"}]
 *
 * Made of texts: there may be thousands of results, and one turn of the loop has to do.
 *
 * Return: a new text, or NULL when there is no memory.
 */
char *wish_list_results(const struct wish_list *list);

/**
 * wish_list_to_text() - {"asked": {...}, "uid", "changes": [...]}, as the store has it
 * @asked: who has asked for the wishes
 *
 * Return: a new text, or NULL when there is no memory.
 */
char *wish_list_to_text(const struct wish_list *list, const struct change_asked *asked);

/**
 * wish_list_from_text() - reads what was stored
 * @list: WISH_LIST_NULL before; to be deinitialised also on failure
 * @arena: owns the texts of @ret_asked
 * @ret_asked: without a method in texts of earlier versions, which have "uid" only
 *
 * Return: 0; -EINVAL; -ENOMEM.
 */
int wish_list_from_text(const char *text, struct wish_list *list, struct arena *arena,
			struct change_asked *ret_asked);

void wish_list_deinit(struct wish_list *list);
