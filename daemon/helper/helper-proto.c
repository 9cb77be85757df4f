// SPDX-License-Identifier: GPL-2.0-only
/*
 * Datagrams between cxlfmd and its helper. Pure.
 */
#include "daemon/helper/helper-proto.h"

#include <errno.h>
#include <string.h>

#include "util/json.h"

static const char *const verb_names[] = {
	[HELPER_SNAPSHOT] = "snapshot", [HELPER_REGION] = "region", [HELPER_MAILBOX] = "mailbox",
	[HELPER_STEP] = "step",		[HELPER_READ] = "read",	    [HELPER_HOLDERS] = "holders",
};
_Static_assert(ARRAY_SIZE(verb_names) == HELPER_VERB_COUNT, "a name for every verb");

static int text_of(struct json_object *object, char **ret_text)
{
	const char *text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN);
	char *copy = text ? strdup(text) : NULL;

	if (!copy)
		return -ENOMEM;
	*ret_text = copy;
	return 0;
}

bool helper_verb_has_step(enum helper_verb verb)
{
	return verb == HELPER_STEP || verb == HELPER_READ;
}

int helper_request_encode(const struct helper_request *request, char **ret_text)
{
	_cleanup_json_ struct json_object *object = json_object_new_object();

	if (!object || json_add_string(object, "do", verb_names[request->verb]) ||
	    json_add_string(object, "object", request->object))
		return -ENOMEM;
	if (helper_verb_has_step(request->verb) &&
	    (json_add(object, "step", step_to_json(&request->step)) ||
	     json_add_u64(object, "timeout_ms", request->timeout_ms)))
		return -ENOMEM;
	return text_of(object, ret_text);
}

static int verb_from_name(const char *name, enum helper_verb *ret_verb)
{
	for (size_t i = 0; i < HELPER_VERB_COUNT; i++)
		if (strcmp(name, verb_names[i]) == 0) {
			*ret_verb = (enum helper_verb)i;
			return 0;
		}
	return -EINVAL;
}

/* The kind of object that a verb without a step is about. */
static const char *const object_prefixes[HELPER_VERB_COUNT] = {
	[HELPER_REGION] = "region",
	[HELPER_MAILBOX] = "mem",
	[HELPER_HOLDERS] = "memory",
};

/* A name becomes part of a path: the prefix, and the digits of an int as the kernel writes them. */
static int check_object_name(enum helper_verb verb, const char *name)
{
	const char *prefix = object_prefixes[verb];
	size_t digits;

	if (strncmp(name, prefix, strlen(prefix)) != 0)
		return -EINVAL;
	name += strlen(prefix);
	digits = strspn(name, "0123456789");
	return digits > 0 && digits <= 10 && name[digits] == '\0' ? 0 : -EINVAL;
}

static int decode_step(struct json_object *object, struct arena *arena,
		       struct helper_request *request)
{
	struct json_object *step;
	int rc;

	rc = json_get_object(object, "step", &step);
	if (rc < 0)
		return -EINVAL;
	if (json_get_u64(object, "timeout_ms", &request->timeout_ms) < 0 ||
	    request->timeout_ms > HELPER_TIMEOUT_MS_MAX)
		return -EINVAL;
	return step_from_json(step, &host_steps, arena, &request->step);
}

/* The number of members of a request of this verb: other members are refused. */
static int member_count(enum helper_verb verb)
{
	if (helper_verb_has_step(verb))
		return 3;
	return verb == HELPER_SNAPSHOT ? 1 : 2;
}

int helper_request_decode(const char *text, size_t length, struct arena *arena,
			  struct helper_request *ret_request)
{
	_cleanup_json_ struct json_object *object = NULL;
	struct helper_request request = { 0 };
	const char *name;
	int rc;

	rc = json_parse_text(text, length, &object);
	if (rc < 0)
		return rc;
	if (json_get_text(object, "do", &name) < 0)
		return -EINVAL;
	rc = verb_from_name(name, &request.verb);
	if (rc < 0)
		return rc;
	if (json_object_object_length(object) != member_count(request.verb))
		return -EINVAL;
	if (helper_verb_has_step(request.verb)) {
		rc = decode_step(object, arena, &request);
	} else if (request.verb != HELPER_SNAPSHOT) {
		if (json_get_text(object, "object", &name) < 0 ||
		    check_object_name(request.verb, name) < 0)
			return -EINVAL;
		request.object = arena_strdup(arena, name);
		rc = request.object ? 0 : -ENOMEM;
	}
	if (rc < 0)
		return rc;
	*ret_request = request;
	return 0;
}

int helper_reply_encode(const struct helper_reply *reply, char **ret_text)
{
	_cleanup_json_ struct json_object *object = json_object_new_object();

	if (!object || json_add_int(object, "error", reply->error) ||
	    json_add_bool(object, "wrote", reply->wrote) ||
	    json_add_string(object, "before", reply->before) ||
	    json_add_string(object, "after", reply->after) ||
	    json_add_string(object, "culprit", reply->culprit))
		return -ENOMEM;
	return text_of(object, ret_text);
}

static int copy_optional(struct json_object *object, const char *key, struct arena *arena,
			 const char **ret_text)
{
	const char *text;
	int rc = json_get_string(object, key, &text);

	if (rc == -ENOENT)
		return 0;
	if (rc < 0)
		return rc;
	*ret_text = arena_strdup(arena, text);
	return *ret_text ? 0 : -ENOMEM;
}

int helper_reply_decode(const char *text, size_t length, struct arena *arena,
			struct helper_reply *ret_reply)
{
	_cleanup_json_ struct json_object *object = NULL;
	struct helper_reply reply = { 0 };
	int rc;

	rc = json_parse_text(text, length, &object);
	if (rc < 0)
		return rc;
	if (json_get_int(object, "error", &reply.error) < 0 || reply.error > 0 ||
	    json_get_bool(object, "wrote", &reply.wrote) < 0)
		return -EINVAL;
	rc = copy_optional(object, "before", arena, &reply.before);
	if (rc == 0)
		rc = copy_optional(object, "after", arena, &reply.after);
	if (rc == 0)
		rc = copy_optional(object, "culprit", arena, &reply.culprit);
	if (rc < 0)
		return rc;
	*ret_reply = reply;
	return 0;
}
