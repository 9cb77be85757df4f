/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shared by the tests of snapshots: reading the topologies of test/data, and comparing listings.
 * Include after cmocka.h.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cxl/topology/topology-json.h"
#include "cxl/topology/topology-list.h"
#include "util/json.h"

static const char *const guest_fixtures[] = {
	"guest-one-switch",  "guest-one-switch-region",
	"guest-two-bridges", "guest-two-switches",
	"guest-uneven",	     "guest-mixed",
	"guest-pmem-region", "guest-hmat-region",
};

static const char *const report_fixtures[] = {
	"ndctl-246",
	"ndctl-250",
	"ndctl-256",
	"ndctl-275",
	"ndctl-276",
	"ndctl-279",
	"linux-single-device",
	"linux-hb-interleave",
	"linux-intra-hb-interleave",
	"linux-multi-interleave",
};

static inline struct json_object *fixture_json(const char *name)
{
	char path[512];
	struct json_object *json;

	(void)snprintf(path, sizeof(path), "%s/%s.json", TEST_DATA, name);
	json = json_object_from_file(path);
	assert_non_null(json);
	return json;
}

static inline struct topology *fixture_topology(const char *name)
{
	struct refusal_list refusals = REFUSAL_LIST_NULL;
	struct json_object *json = fixture_json(name);
	struct topology *topology = NULL;

	assert_int_equal(topology_from_json(json, &refusals, &topology), 0);
	refusal_list_deinit(&refusals);
	(void)json_object_put(json);
	return topology;
}

/* Keys that cxl list does not have. */
static inline bool is_own_key(const char *key)
{
	static const char *const own[] = {
		"locked",    "next_region",  "interleave_arithmetic", "free_extents",
		"host_path", "memory_state", "memory_blocks",	      "driver",
		"uuid",	     "window",	     "mailbox_age_ms",	      "interleave_granularity",
		"resource",
	};

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (strcmp(own[i], key) == 0)
			return true;
	return false;
}

static inline bool shows(struct json_object *actual, struct json_object *expected);

/* cxl list gives most arrays the order of the directory: only what is in them counts. */
static inline bool array_shows(struct json_object *actual, struct json_object *expected)
{
	size_t count = json_object_array_length(expected);

	if (json_object_array_length(actual) != count)
		return false;
	for (size_t i = 0; i < count; i++) {
		bool found = false;

		for (size_t j = 0; !found && j < count; j++)
			found = shows(json_object_array_get_idx(actual, j),
				      json_object_array_get_idx(expected, i));
		if (!found)
			return false;
	}
	return true;
}

static inline bool object_shows(struct json_object *actual, struct json_object *expected)
{
	struct json_object *other;

	json_object_object_foreach(expected, key, value)
	{
		if (strcmp(key, "source") == 0 || strcmp(key, "note") == 0)
			continue;
		if (!json_object_object_get_ex(actual, key, &other) || !shows(other, value))
			return false;
	}
	json_object_object_foreach(actual, own, unused)
	{
		(void)unused;
		if (!is_own_key(own) && !json_object_object_get_ex(expected, own, NULL))
			return false;
	}
	return true;
}

/* Whether a listing shows everything that cxl list showed, and nothing else but keys of our own. */
static inline bool shows(struct json_object *actual, struct json_object *expected)
{
	if (json_object_get_type(actual) != json_object_get_type(expected))
		return false;
	if (json_object_is_type(expected, json_type_array))
		return array_shows(actual, expected);
	if (json_object_is_type(expected, json_type_object))
		return object_shows(actual, expected);
	return json_object_equal(actual, expected);
}
