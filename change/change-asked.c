// SPDX-License-Identifier: GPL-2.0-only
/* The asker of a change as JSON. */
#include "change/change-asked.h"

#include <errno.h>

#include "util/json.h"

int change_asked_add(struct json_object *object, const struct change_asked *asked)
{
	struct json_object *member;

	if (!asked->method)
		return 0;
	member = json_object_new_object();
	if (json_add(object, "asked", member))
		return -ENOMEM;
	return json_add_u64(member, "uid", asked->uid) || json_add_u64(member, "pid", asked->pid) ||
	       json_add_string(member, "method", asked->method) ||
	       json_add_string(member, "request_id", asked->request) ||
	       json_add_u64(member, "digest", asked->digest) ||
	       json_add_bool(member, "no_wait", asked->kept);
}

static int get_number(struct json_object *object, const char *key, uint32_t *ret_number)
{
	uint64_t number;

	if (json_get_u64(object, key, &number) < 0 || number > UINT32_MAX)
		return -EINVAL;
	*ret_number = (uint32_t)number;
	return 0;
}

int change_asked_get(struct json_object *object, struct arena *arena,
		     struct change_asked *ret_asked)
{
	struct json_object *member;
	int rc;

	if (!json_object_object_get_ex(object, "asked", NULL))
		return 0;
	if (json_get_object(object, "asked", &member) < 0 ||
	    get_number(member, "uid", &ret_asked->uid) < 0 ||
	    get_number(member, "pid", &ret_asked->pid) < 0 ||
	    json_get_u64(member, "digest", &ret_asked->digest) < 0 ||
	    json_get_bool(member, "no_wait", &ret_asked->kept) < 0)
		return -EINVAL;
	rc = json_copy_text(member, "method", arena, &ret_asked->method);
	if (rc == 0 && json_object_object_get_ex(member, "request_id", NULL))
		rc = json_copy_text(member, "request_id", arena, &ret_asked->request);
	return rc;
}
