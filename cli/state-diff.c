// SPDX-License-Identifier: GPL-2.0-only
/*
 * Declared states on their way to cxlfmd and back. Pure.
 */
#include "cli/state-diff.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/state-text.h"
#include "cli/text.h"
#include "util/json.h"
#include "util/size.h"

/* ---- the document ---- */

static int refuse(struct refusal_list *problems, const char *hint, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int refuse(struct refusal_list *problems, const char *hint, const char *format, ...)
{
	va_list arguments;
	int rc;

	va_start(arguments, format);
	rc = refusal_add_va(problems, "bad-state-file", NULL, hint, format, arguments);
	va_end(arguments);
	return rc ? rc : STATE_TEXT_E_BAD;
}

int state_claims(struct json_object *document, struct refusal_list *problems,
		 struct json_object **ret_claims)
{
	struct json_object *claims;

	/* A wrong file, given by mistake, must not remove all claims. */
	if (json_get_array(document, "claims", &claims) < 0)
		return refuse(problems, "write \"claims: []\" to want none",
			      "the file has no list \"claims\"");
	if (json_object_object_length(document) > 1)
		return refuse(problems, "look for a misspelling, or leave the member out",
			      "the file has a member besides \"claims\"");
	for (size_t i = 0; i < json_object_array_length(claims); i++)
		if (!json_object_is_type(json_object_array_get_idx(claims, i), json_type_object))
			return refuse(problems, "write its members, such as name and size",
				      "claims[%zu] is not a claim", i);
	*ret_claims = claims;
	return 0;
}

/* ---- the changes ---- */

static int read_action(struct json_object *json, enum state_action *ret_action)
{
	static const char *const names[] = {
		[STATE_ACTION_FORGET] = "forget",
		[STATE_ACTION_REMOVE] = "remove",
		[STATE_ACTION_CHANGE] = "change",
		[STATE_ACTION_MAKE] = "make",
	};
	const char *name;

	if (json_get_string(json, "action", &name) < 0)
		return -EINVAL;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(names[i], name) == 0) {
			*ret_action = (enum state_action)i;
			return 0;
		}
	return -EINVAL;
}

static int read_change(struct json_object *json, struct state_change *change)
{
	int rc;

	if (read_action(json, &change->action) < 0 ||
	    json_get_string(json, "name", &change->name) < 0)
		return -EINVAL;
	if (change->action != STATE_ACTION_FORGET && change->action != STATE_ACTION_REMOVE &&
	    json_get_object(json, "claim", &change->claim) < 0)
		return -EINVAL;
	if (change->action != STATE_ACTION_CHANGE)
		return 0;
	rc = json_get_bool(json, "anew", &change->anew);
	if ((rc < 0 && rc != -ENOENT) || json_get_object(json, "changes", &change->differences) < 0)
		return -EINVAL;
	return 0;
}

int state_diff_read(struct json_object *changes, struct state_diff *ret_diff)
{
	for (size_t i = 0; i < json_object_array_length(changes); i++) {
		struct state_change change = { .name = NULL };
		int rc = read_change(json_object_array_get_idx(changes, i), &change);

		if (rc == 0)
			rc = ARRAY_APPEND(&ret_diff->changes, change);
		if (rc < 0)
			return rc;
	}
	return 0;
}

void state_diff_deinit(struct state_diff *diff)
{
	ARRAY_FREE(&diff->changes);
}

/* ---- for people ---- */

static void put_text(FILE *stream, struct json_object *value)
{
	const char *text = json_object_get_string(value);

	text_put(stream, text ? text : "?");
}

/* A device is named by its serial number, else by its place; of anything else all is shown. */
static void put_item(FILE *stream, struct json_object *item)
{
	const char *path;
	uint64_t serial;

	if (json_get_u64(item, "serial", &serial) == 0)
		fprintf(stream, "0x%" PRIx64, serial);
	else if (json_get_string(item, "path", &path) == 0)
		text_put(stream, path);
	else
		put_text(stream, item);
}

/* "0x1 0x2 pci0000:40/0000:40:00.0" */
static void put_list(FILE *stream, struct json_object *list)
{
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		fputs(i ? " " : "", stream);
		put_item(stream, json_object_array_get_idx(list, i));
	}
}

/* An exact size: two sizes that differ must not look the same. */
static void put_value(FILE *stream, const char *member, struct json_object *value)
{
	const bool is_number = json_object_is_type(value, json_type_int);
	char size[SIZE_TEXT_MAX];

	if (!value)
		fputs("none", stream);
	else if (is_number && size_is_member(member))
		fputs(size_format(json_object_get_uint64(value), size), stream);
	else if (is_number && strcmp(member, "window") == 0)
		fprintf(stream, "0x%" PRIx64, json_object_get_uint64(value));
	else if (json_object_is_type(value, json_type_array))
		put_list(stream, value);
	else
		put_item(stream, value);
}

/* "change db: zone movable -> kernel", "make db anew: size 256M -> 512M" */
static void put_differences(FILE *stream, const struct state_change *change)
{
	const char *separator = ": ";

	fputs(change->anew ? "make " : "change ", stream);
	text_put(stream, change->name);
	fputs(change->anew ? " anew" : "", stream);
	json_object_object_foreach(change->differences, member, pair)
	{
		fputs(separator, stream);
		text_put(stream, member);
		fputc(' ', stream);
		put_value(stream, member, json_object_object_get(pair, "from"));
		fputs(" -> ", stream);
		put_value(stream, member, json_object_object_get(pair, "to"));
		separator = ", ";
	}
}

/* "make web: size 512M, type ram, goal system_ram"; a claim of any kind has members of its own */
static void put_made(FILE *stream, const struct state_change *change)
{
	const char *separator = ": ";

	fputs("make ", stream);
	text_put(stream, change->name);
	json_object_object_foreach(change->claim, member, value)
	{
		if (strcmp(member, "name") == 0)
			continue;
		fputs(separator, stream);
		text_put(stream, member);
		fputc(' ', stream);
		put_value(stream, member, value);
		separator = ", ";
	}
}

static void put_change(FILE *stream, const struct state_change *change)
{
	switch (change->action) {
	case STATE_ACTION_FORGET:
		fputs("forget ", stream);
		text_put(stream, change->name);
		break;
	case STATE_ACTION_REMOVE:
		fputs("remove ", stream);
		text_put(stream, change->name);
		break;
	case STATE_ACTION_CHANGE:
		put_differences(stream, change);
		break;
	case STATE_ACTION_MAKE:
		put_made(stream, change);
		break;
	}
	fputc('\n', stream);
}

char *state_diff_to_text(const struct state_diff *diff)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	if (!stream)
		return NULL;
	for (size_t i = 0; i < diff->changes.count; i++)
		put_change(stream, &diff->changes.items[i]);
	if (fclose(stream) == 0)
		return text;
	free(text);
	return NULL;
}
