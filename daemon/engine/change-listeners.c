// SPDX-License-Identifier: GPL-2.0-only
/*
 * The listeners of a change.
 */
#include "daemon/engine/change-listeners.h"

#include <stdlib.h>

#include "util/json.h"

int change_listen(struct change_record *record, struct varlink_call *call,
		  varlink_close_fn on_close)
{
	int rc = ARRAY_APPEND(&record->listeners, call);

	if (rc < 0)
		return rc;
	(void)varlink_call_ref(call);
	varlink_call_on_close(call, on_close, record);
	return 0;
}

void change_unlisten(struct change_record *record, struct varlink_call *call)
{
	size_t kept = 0;

	for (size_t i = 0; i < record->listeners.count; i++)
		if (record->listeners.items[i] != call)
			record->listeners.items[kept++] = record->listeners.items[i];
	if (kept == record->listeners.count)
		return;
	record->listeners.count = kept;
	if (kept == 0)
		ARRAY_FREE(&record->listeners);
	varlink_call_on_close(call, NULL, NULL);
	(void)varlink_call_unref(call);
}

void change_listeners_drop(struct change_record *record)
{
	while (record->listeners.count)
		change_unlisten(record, record->listeners.items[0]);
}

bool change_is_wanted(const struct change_record *record)
{
	if (record->cancelled)
		return false;
	if (record->kept || record->part_of || record->origin != CHANGE_OF_CLIENT)
		return true;
	for (size_t i = 0; i < record->listeners.count; i++)
		if (varlink_call_peer(record->listeners.items[i])->uid == record->uid)
			return true;
	return false;
}

bool change_is_kept(const struct change_record *record)
{
	return !record->cancelled &&
	       (record->kept || (record->part_of && change_is_kept(record->part_of)));
}

static bool is_watching(const struct varlink_call *call)
{
	return varlink_call_wants_more(call) && varlink_call_is_open(call);
}

bool change_is_watched(const struct change_record *record)
{
	for (size_t i = 0; i < record->listeners.count; i++)
		if (is_watching(record->listeners.items[i]))
			return true;
	return record->part_of && change_is_watched(record->part_of);
}

static void tell_listeners(const struct change_record *record, struct json_object *news)
{
	for (size_t i = 0; i < record->listeners.count; i++)
		if (is_watching(record->listeners.items[i]))
			(void)varlink_call_notify(record->listeners.items[i], news);
}

/* Sends the same news with the part that they are about, and restores the news afterwards. */
static void tell_whole(const struct change_record *whole, struct json_object *news)
{
	const struct change_part *part = &whole->part;
	struct json_object *outcome;

	if (!change_is_watched(whole) || json_get_object(news, "outcome", &outcome) < 0)
		return;
	if (json_add_string(outcome, "claim", part->claim) == 0 &&
	    json_add_u64(outcome, "part", part->number) == 0 &&
	    json_add_u64(outcome, "parts", part->count) == 0)
		tell_listeners(whole, news);
	json_object_object_del(outcome, "claim");
	json_object_object_del(outcome, "part");
	json_object_object_del(outcome, "parts");
}

void change_tell(const struct change_record *record, struct json_object *news)
{
	if (!news)
		return;
	tell_listeners(record, news);
	if (record->part_of)
		tell_whole(record->part_of, news);
}

void change_listener_answer(struct varlink_call *call, const struct change_answer *result)
{
	if (!result->text)
		(void)varlink_call_error_errno(call, result->system_error);
	else if (result->error)
		(void)varlink_call_error_text(call, result->error, result->text, result->length);
	else
		(void)varlink_call_reply_text(call, result->text, result->length);
}

void change_listeners_answer_unwatching(struct change_record *record,
					const struct change_answer *result)
{
	for (size_t i = record->listeners.count; i-- > 0;) {
		struct varlink_call *call = record->listeners.items[i];

		if (varlink_call_wants_more(call))
			continue;
		change_listener_answer(call, result);
		change_unlisten(record, call);
	}
}

void change_listeners_answer(struct change_record *record, const struct change_answer *result,
			     struct json_object *parameters)
{
	if (record->listeners.count && parameters)
		varlink_call_free_later(record->listeners.items[0], json_object_get(parameters),
					result->length);
	while (record->listeners.count) {
		struct varlink_call *call = record->listeners.items[0];

		change_listener_answer(call, result);
		change_unlisten(record, call);
	}
}
