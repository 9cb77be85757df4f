/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shared by the tests of claims: claims and documents as texts, with ' for ". Include after
 * cmocka.h.
 */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "daemon/claim-kinds.h"
#include "daemon/claim/claim.h"
#include "daemon/claim/memory/memory-claim.h"
#include "util/json.h"

/* The world of a host in a boot, for one call. */
#define WORLD(host, id) (&(const struct world){ .topology = (host), .boot = (id) })

static inline struct json_object *json_of(const char *text)
{
	struct json_object *object = NULL;
	char *quoted = strdup(text);

	assert_non_null(quoted);
	for (char *at = quoted; *at; at++)
		if (*at == '\'')
			*at = '"';
	if (json_parse_text(quoted, strlen(quoted), &object) != 0)
		fail_msg("the test has bad JSON: %s", quoted);
	free(quoted);
	return object;
}

static inline int read_claim(const char *text, struct refusal_list *problems, struct claim *claim)
{
	_cleanup_json_ struct json_object *object = json_of(text);

	return claim_from_json(&claim_kinds, object, problems, claim);
}

/* A claim that is well-formed. */
static inline struct claim claim_of(const char *text)
{
	struct refusal_list problems = REFUSAL_LIST_NULL;
	struct claim claim = CLAIM_NULL;

	if (read_claim(text, &problems, &claim) != 0)
		fail_msg("%s is refused: %s", text,
			 problems.list.count ? problems.list.items[0].text : "no memory");
	assert_int_equal(problems.list.count, 0);
	refusal_list_deinit(&problems);
	return claim;
}

static inline void assert_json(struct json_object *object, const char *expected)
{
	_cleanup_json_ struct json_object *wanted = json_of(expected);

	assert_non_null(object);
	if (!json_object_equal(object, wanted))
		fail_msg("%s is not %s", json_object_to_json_string(object), expected);
}
