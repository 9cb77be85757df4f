// SPDX-License-Identifier: GPL-2.0-only
/*
 * Wishes that are worked off.
 */
#include "daemon/claim/wish-list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/claim/claim-field.h"
#include "util/json.h"

/* Bytes of all failures: beyond, the list keeps only the first reason of each failure. */
#define TOLD_BYTES_MAX ((size_t)256 * 1024)

/* In the order of the changes, as in declared-state.h. */
static const struct {
	const char *name;
	enum claim_verb verb;
} actions[] = {
	{ "forget", CLAIM_FORGET },
	{ "remove", CLAIM_END },
	{ "change", CLAIM_WANT },
	{ "make", CLAIM_WANT },
};

static void wish_deinit(struct wish *wish)
{
	free(wish->name);
	free(wish->text);
	free(wish->told);
}

void wish_list_deinit(struct wish_list *list)
{
	for (size_t i = 0; i < list->wishes.count; i++)
		wish_deinit(&list->wishes.items[i]);
	ARRAY_FREE(&list->wishes);
	*list = WISH_LIST_NULL;
}

/* ---- filled ---- */

static char *copy_as_text(struct json_object *object)
{
	const char *text = json_object_to_json_string_ext(
		object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);

	return text ? strdup(text) : NULL;
}

static int read_wish(struct json_object *change, struct wish *wish)
{
	const char *action, *name;

	if (json_get_string(change, "action", &action) < 0 ||
	    json_get_text(change, "name", &name) < 0)
		return -EINVAL;
	while (wish->action < ARRAY_SIZE(actions) &&
	       strcmp(actions[wish->action].name, action) != 0)
		wish->action++;
	if (wish->action == ARRAY_SIZE(actions))
		return -EINVAL;
	(void)json_get_u64(change, "resource", &wish->resource);
	(void)json_get_bool(change, "anew", &wish->anew);
	/* The differences are for people, who get them from DiffState. */
	json_object_object_del(change, "changes");
	wish->name = strdup(name);
	wish->text = copy_as_text(change);
	return wish->name && wish->text ? 0 : -ENOMEM;
}

static int add_wish(struct wish_list *list, struct json_object *change)
{
	struct wish wish = { .name = NULL };
	int rc = read_wish(change, &wish);

	if (rc == 0 && list->bytes + strlen(wish.text) + 1 > WISH_LIST_BYTES_MAX)
		rc = -E2BIG;
	if (rc == 0)
		rc = ARRAY_APPEND(&list->wishes, wish);
	if (rc == 0) {
		list->bytes += strlen(wish.text) + 1;
		return 0;
	}
	wish_deinit(&wish);
	return rc;
}

int wish_list_add(struct wish_list *list, struct json_object *changes)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < json_object_array_length(changes); i++)
		rc = add_wish(list, json_object_array_get_idx(changes, i));
	return rc;
}

static int compare(const void *a, const void *b)
{
	const struct wish *one = a, *other = b;

	if (one->action != other->action)
		return one->action < other->action ? -1 : 1;
	if (one->resource != other->resource)
		return one->resource > other->resource ? -1 : 1;
	return strcmp(one->name, other->name);
}

void wish_list_sort(struct wish_list *list)
{
	if (list->wishes.count)
		qsort(list->wishes.items, list->wishes.count, sizeof(struct wish), compare);
}

void wish_list_skip(struct wish_list *list, size_t count)
{
	if (count > list->wishes.count)
		count = list->wishes.count;
	for (size_t i = 0; i < count; i++) {
		list->bytes -= strlen(list->wishes.items[i].text) + 1;
		wish_deinit(&list->wishes.items[i]);
	}
	if (count == list->wishes.count) {
		ARRAY_FREE(&list->wishes);
		return;
	}
	list->wishes.count -= count;
	memmove(list->wishes.items, list->wishes.items + count,
		list->wishes.count * sizeof(struct wish));
}

/* ---- worked off ---- */

const char *wish_list_at(const struct wish_list *list)
{
	return list->at < list->wishes.count ? list->wishes.items[list->at].name : NULL;
}

/* The parameters of the method for one claim. */
static struct json_object *parameters_of(struct json_object *change, enum claim_verb verb)
{
	_cleanup_json_ struct json_object *parameters = json_object_new_object();
	struct json_object *claim = NULL;
	bool anew = false;

	if (!parameters)
		return NULL;
	(void)json_object_object_get_ex(change, verb == CLAIM_WANT ? "claim" : "name", &claim);
	(void)json_get_bool(change, "anew", &anew);
	if (!claim || json_add(parameters, "claim", json_object_get(claim)) < 0 ||
	    claim_add_true(parameters, "anew", anew) < 0)
		return NULL;
	return TAKE_PTR(parameters);
}

int wish_list_ask(const struct wish_list *list, const struct claim_kinds *kinds,
		  struct claim_asking *ret_asking)
{
	const struct wish *wish = &list->wishes.items[list->at];
	const enum claim_verb verb = actions[wish->action].verb;
	struct refusal_list problems = REFUSAL_LIST_NULL;
	_cleanup_json_ struct json_object *change = NULL, *parameters = NULL;
	int rc = json_parse_text(wish->text, strlen(wish->text), &change);

	if (rc < 0)
		return rc;
	parameters = parameters_of(change, verb);
	rc = parameters ? claim_asking_from_json(verb, kinds, parameters, &problems, ret_asking)
			: -EINVAL;
	refusal_list_deinit(&problems);
	return rc == CLAIM_E_BAD ? -EINVAL : rc;
}

static void keep_first_reason(struct json_object *parameters)
{
	struct json_object *refusals;

	json_object_object_del(parameters, "holders");
	if (json_get_array(parameters, "refusals", &refusals) == 0 &&
	    json_object_array_length(refusals) > 1)
		(void)json_object_array_del_idx(refusals, 1,
						json_object_array_length(refusals) - 1);
}

static int add_failure(const struct wish_list *list, struct json_object *told, const char *error,
		       struct json_object *parameters)
{
	if (parameters && list->told_bytes > TOLD_BYTES_MAX)
		keep_first_reason(parameters);
	if (json_add_string(told, "error", error) < 0)
		return -ENOMEM;
	return parameters ? json_add(told, "parameters", json_object_get(parameters)) : 0;
}

/* Lists and objects, such as its plan, are told elsewhere. */
static int add_outcome(struct json_object *kept, struct json_object *outcome)
{
	json_object_object_foreach(outcome, key, value)
	{
		if (!json_object_is_type(value, json_type_object) &&
		    !json_object_is_type(value, json_type_array) &&
		    json_add(kept, key, json_object_get(value)) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int add_success(struct json_object *told, struct json_object *parameters)
{
	_cleanup_json_ struct json_object *kept = json_object_new_object();
	struct json_object *outcome;

	if (!parameters || json_get_object(parameters, "outcome", &outcome) < 0)
		return 0;
	if (!kept || add_outcome(kept, outcome) < 0)
		return -ENOMEM;
	return json_add(told, "outcome", TAKE_PTR(kept));
}

static char *make_told(const struct wish_list *list, const char *error, const char *text)
{
	_cleanup_json_ struct json_object *told = json_object_new_object(), *parameters = NULL;
	int rc = told ? 0 : -ENOMEM;

	if (rc == 0 && text)
		rc = json_parse_text(text, strlen(text), &parameters);
	if (rc == 0)
		rc = error ? add_failure(list, told, error, parameters)
			   : add_success(told, parameters);
	return rc ? NULL : copy_as_text(told);
}

static void take_told(struct wish_list *list, char *told)
{
	list->wishes.items[list->at++].told = told;
	if (told)
		list->told_bytes += strlen(told);
}

void wish_list_tell(struct wish_list *list, const char *error, const char *parameters)
{
	take_told(list, make_told(list, error, parameters));
	if (!error)
		list->done++;
}

/* Thousands are told the same, which is made once. */
void wish_list_give_up(struct wish_list *list, const char *error, const char *parameters)
{
	_cleanup_free_ char *told = make_told(list, error, parameters);

	while (wish_list_at(list))
		take_told(list, told ? strdup(told) : NULL);
}

/* ---- told ---- */

/* The result of a wish whose result found no memory. */
#define NOT_TOLD "{\"error\":\"io.systemd.System\",\"parameters\":{\"errno\":12}}"

static void write_result(FILE *stream, const struct wish *wish)
{
	_cleanup_json_ struct json_object *name = json_object_new_string(wish->name);
	const char *told = wish->told ?: NOT_TOLD;

	(void)fprintf(stream, "{\"action\":\"%s\",\"name\":%s%s", actions[wish->action].name,
		      name ? json_object_to_json_string(name) : "null",
		      wish->anew ? ",\"anew\":true" : "");
	/* Its members stand behind these. */
	(void)fprintf(stream, "%s%s", strcmp(told, "{}") == 0 ? "" : ",", told + 1);
}

static char *end_text(FILE *stream, char **text)
{
	const bool failed = ferror(stream);

	if (fclose(stream) == 0 && !failed)
		return *text;
	free(*text);
	return NULL;
}

char *wish_list_results(const struct wish_list *list)
{
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	if (!stream)
		return NULL;
	(void)fputc('[', stream);
	for (size_t i = 0; i < list->wishes.count; i++) {
		(void)fputs(i ? "," : "", stream);
		write_result(stream, &list->wishes.items[i]);
	}
	(void)fputc(']', stream);
	return end_text(stream, &text);
}

/* ---- stored ---- */

char *wish_list_to_text(const struct wish_list *list, const struct change_asked *asked)
{
	_cleanup_json_ struct json_object *head = json_object_new_object();
	const char *head_text = NULL;
	char *text = NULL;
	size_t length;
	FILE *stream;

	if (head && change_asked_add(head, asked) == 0 &&
	    json_add_u64(head, "uid", asked->uid) == 0)
		head_text = json_object_to_json_string_ext(head, JSON_C_TO_STRING_PLAIN);
	stream = head_text ? open_memstream(&text, &length) : NULL;
	if (!stream)
		return NULL;
	/* Without its last brace. */
	(void)fprintf(stream, "%.*s,\"changes\":[", (int)strlen(head_text) - 1, head_text);
	for (size_t i = 0; i < list->wishes.count; i++)
		(void)fprintf(stream, "%s%s", i ? "," : "", list->wishes.items[i].text);
	(void)fputs("]}", stream);
	return end_text(stream, &text);
}

int wish_list_from_text(const char *text, struct wish_list *list, struct arena *arena,
			struct change_asked *ret_asked)
{
	_cleanup_json_ struct json_object *object = NULL;
	struct json_object *changes;
	uint64_t uid;
	int rc = json_parse_text(text, strlen(text), &object);

	if (rc < 0)
		return rc;
	if (json_get_u64(object, "uid", &uid) < 0 || uid > UINT32_MAX ||
	    json_get_array(object, "changes", &changes) < 0)
		return -EINVAL;
	rc = change_asked_get(object, arena, ret_asked);
	if (rc < 0)
		return rc;
	ret_asked->uid = (uint32_t)uid;
	rc = wish_list_add(list, changes);
	return rc == -E2BIG ? -EINVAL : rc;
}
