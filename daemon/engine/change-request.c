// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parameters of a call that say how its change is to be carried out. Pure.
 */
#include "daemon/engine/change-request.h"

#include <errno.h>
#include <string.h>

#include "daemon/engine/change-register.h"
#include "daemon/store/store-digest.h"
#include "util/json.h"
#include "util/refusal.h"

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:"

/* ---- the digest ---- */

static uint64_t digest_of(struct json_object *value);

static uint64_t digest_of_pair(uint64_t first, uint64_t second)
{
	const uint64_t pair[] = { first, second };

	return store_digest_of_bytes(pair, sizeof(pair));
}

static uint64_t digest_of_text(const char *text)
{
	return store_digest_of_bytes(text, strlen(text));
}

static bool is_of_the_change(const char *name)
{
	return strcmp(name, "no_wait") == 0 || strcmp(name, "request_id") == 0;
}

/* Members have no order, so their digest is a sum. A null counts as an absent member. */
static uint64_t digest_of_members(struct json_object *object, bool (*leave_out)(const char *name))
{
	uint64_t sum = 0;

	json_object_object_foreach(object, name, value)
	{
		if (value && !(leave_out && leave_out(name)))
			sum += digest_of_pair(digest_of_text(name), digest_of(value));
	}
	return sum;
}

static uint64_t digest_of(struct json_object *value)
{
	uint64_t digest = 0;

	if (json_object_is_type(value, json_type_object))
		return digest_of_members(value, NULL);
	if (!json_object_is_type(value, json_type_array))
		return digest_of_text(json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN)
					      ?: "");
	for (size_t i = 0; i < json_object_array_length(value); i++)
		digest = digest_of_pair(digest, digest_of(json_object_array_get_idx(value, i)));
	return digest;
}

uint64_t change_request_digest(uint64_t before, struct json_object *parameters)
{
	return digest_of_pair(before, digest_of_members(parameters, is_of_the_change));
}

/* ---- the parameters ---- */

static int read_name(struct json_object *parameters, struct refusal_list *problems,
		     const char **ret_name)
{
	const char *name;

	if (json_get_string(parameters, "request_id", &name) < 0)
		return 0;
	*ret_name = name;
	if (json_get_text(parameters, "request_id", &name) == 0 && *name &&
	    strlen(name) < CHANGE_REQUEST_MAX && name[strspn(name, NAME_CHARACTERS)] == '\0')
		return 0;
	if (refusal_add(problems, "bad-request-id", NULL, "take a UUID, for example",
			"the request's id is not 1 to %d letters, digits and any of -_.:",
			CHANGE_REQUEST_MAX - 1) < 0)
		return -ENOMEM;
	return CHANGE_REQUEST_E_BAD;
}

static int refuse_dry_run(struct refusal_list *problems)
{
	if (refusal_add(problems, "bad-dry-run", NULL, "leave \"no_wait\" and \"request_id\" out",
			"a dry run is answered at once, and not kept") < 0)
		return -ENOMEM;
	return CHANGE_REQUEST_E_BAD;
}

int change_request_from_json(const char *method, struct json_object *parameters,
			     struct refusal_list *problems, struct change_request *ret_request)
{
	struct change_request request = { .name = NULL };
	bool dry_run = false;
	const char *text;
	int rc = read_name(parameters, problems, &request.name);

	(void)json_get_bool(parameters, "no_wait", &request.no_wait);
	(void)json_get_bool(parameters, "dry_run", &dry_run);
	if (rc == 0 && dry_run && (request.name || request.no_wait))
		rc = refuse_dry_run(problems);
	if (rc)
		return rc;
	if (request.name)
		request.digest = digest_of_pair(digest_of_text(method),
						digest_of_members(parameters, is_of_the_change));
	if (request.no_wait || request.name) {
		text = json_object_to_json_string_ext(parameters, JSON_C_TO_STRING_PLAIN);
		if (!text)
			return -ENOMEM;
		request.bytes = strlen(text);
	}
	*ret_request = request;
	return 0;
}
