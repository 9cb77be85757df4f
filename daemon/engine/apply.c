// SPDX-License-Identifier: GPL-2.0-only
/*
 * Declared states that are fulfilled, wish by wish.
 */
#include "daemon/engine/apply.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/engine/outcome.h"
#include "daemon/engine/engine-internal.h"
#include "daemon/engine/result-entry.h"
#include "daemon/engine/results.h"
#include "util/clock.h"
#include "util/fault.h"
#include "util/json.h"

#define AT_SUFFIX "/at"
#define KEY_MAX	  (sizeof(APPLY_PREFIX) + CHANGE_ID_MAX)
#define METHOD	  "io.cxlfm.Host.Apply"

struct apply {
	struct engine *engine;
	struct change_record
		*record; /* NULL when the apply has ended, and an entry is still there */
	struct wish_list list;
	size_t before;	   /* wishes that had ended before our start, and are not in the list */
	struct work *part; /* the change of the wish at hand, or NULL */
	struct change_answer told; /* the results of all wishes, once the last one has ended */
	bool begun;
	bool noted;  /* the store has the entries */
	bool writes; /* a commit is under way */
	bool writes_result;
	bool unwanted; /* no further part is to be begun */
	char key[KEY_MAX];
	char at_key[KEY_MAX + sizeof(AT_SUFFIX)];
};

static void begin_part(struct apply *apply);
static void finish(struct apply *apply);

/* ---- made and ended ---- */

static void apply_free(struct apply *apply)
{
	struct engine *engine = apply->engine;
	size_t kept = 0;

	for (size_t i = 0; i < engine->applies.count; i++)
		if (engine->applies.items[i] != apply)
			engine->applies.items[kept++] = engine->applies.items[i];
	engine->applies.count = kept;
	if (kept == 0)
		ARRAY_FREE(&engine->applies);
	wish_list_deinit(&apply->list);
	change_answer_deinit(&apply->told);
	free(apply);
}

static void set_key(struct apply *apply, const char *key)
{
	(void)snprintf(apply->key, sizeof(apply->key), "%s", key);
	(void)snprintf(apply->at_key, sizeof(apply->at_key), "%s" AT_SUFFIX, apply->key);
}

void applies_free(struct engine *engine)
{
	while (engine->applies.count) {
		struct apply *apply = engine->applies.items[0];

		if (apply->record)
			change_listeners_drop(apply->record);
		apply_free(apply);
	}
}

const struct change_record *apply_record(const struct apply *apply)
{
	return apply->record;
}

/* The apply is answered; only its entry may be left, if the entry could not be erased. */
static void end(struct apply *apply, struct change_answer *told, struct json_object *parameters)
{
	struct change_record *record = TAKE_PTR(apply->record);

	if (!record->is_stored)
		result_put(record);
	change_listeners_answer(record, told, parameters);
	change_register_end(&apply->engine->changes, record, NULL, told, true, clock_boot_ms());
	results_write(apply->engine);
	if (!apply->noted)
		apply_free(apply);
}

/* Whoever has asked for the apply of an earlier run was not told of the wishes that had ended. */
static struct change_answer results_of(const struct apply *apply)
{
	_cleanup_free_ char *results = wish_list_results(&apply->list);
	struct change_answer told = CHANGE_ANSWER_NULL;
	char *text = NULL;
	int rc = -1;

	if (results && apply->before)
		rc = asprintf(
			&text,
			"{\"outcome\":{\"text\":\"%zu claims had their turn before cxlfmd was "
			"started again\",\"done\":%s}}",
			apply->before, results);
	else if (results)
		rc = asprintf(&text, "{\"outcome\":{\"done\":%s}}", results);
	change_answer_set_text(&told, rc < 0 ? NULL : text);
	return told;
}

static void answer(struct apply *apply, const char *error, struct json_object *parameters)
{
	struct change_answer told = CHANGE_ANSWER_NULL;

	change_answer_set(&told, error, parameters);
	end(apply, &told, parameters);
}

static void answer_results(struct apply *apply)
{
	end(apply, &apply->told, NULL);
}

static void answer_not_stored(struct apply *apply, const char *problem)
{
	_cleanup_json_ struct json_object *parameters = outcome_text_to_json(problem);

	answer(apply, "io.cxlfm.Host.StoreFailed", parameters);
}

/* ---- wishes that are not begun ---- */

static void give_up_with(struct apply *apply, const char *error, struct json_object *parameters)
{
	const char *text =
		parameters ? json_object_to_json_string_ext(parameters, JSON_C_TO_STRING_PLAIN)
			   : NULL;

	wish_list_give_up(&apply->list, error, text);
}

static void give_up_unwanted(struct apply *apply)
{
	_cleanup_json_ struct json_object *parameters = work_cancelled(apply->record);

	give_up_with(apply, "io.cxlfm.Host.Cancelled", parameters);
}

/* Without memory, or of an entry that makes no sense. */
static void give_up_failed(struct apply *apply, int error)
{
	_cleanup_json_ struct json_object *parameters = outcome_system_to_json(error);

	give_up_with(apply, "io.systemd.System", parameters);
}

/* ---- the entries in the store ---- */

static void on_erased(void *userdata, int error, uint64_t revision)
{
	struct apply *apply = userdata;

	fault_point("apply has erased");
	apply->writes = false;
	if (error)
		log_error(apply->engine->log, "%s can't be erased yet: %s", apply->key,
			  strerror(-error));
	else
		apply->noted = false;
	if (apply->record && error == 0)
		apply->record->is_stored = apply->writes_result;
	if (apply->record)
		answer_results(apply);
	else if (!apply->noted)
		apply_free(apply);
}

static char *result_of(const struct apply *apply, char key[static RESULT_KEY_MAX])
{
	if (!apply->record || !apply->told.text || !result_is_kept(apply->record))
		return NULL;
	result_entry_key(apply->record->id, key);
	return result_to_text(apply->record, NULL, &apply->told);
}

/* One commit erases the entries and stores the result. */
static void erase(struct apply *apply)
{
	char key[RESULT_KEY_MAX];
	_cleanup_free_ char *result = apply->writes ? NULL : result_of(apply, key);
	const struct store_change changes[] = {
		{ .key = apply->key, .expected_revision = STORE_ANY },
		{ .key = apply->at_key, .expected_revision = STORE_ANY },
		{ .key = key, .value = result, .expected_revision = STORE_ANY },
	};
	struct store *store = apply->engine->store;

	if (apply->writes)
		return;
	apply->writes_result = result != NULL;
	fault_point("apply erases");
	apply->writes = store->ops->commit(store, changes, result ? 3 : 2, STORE_QUICK, on_erased,
					   apply) == 0;
	if (!apply->writes && apply->record)
		answer_results(apply);
}

/* All wishes have ended. */
static void finish(struct apply *apply)
{
	change_answer_deinit(&apply->told);
	apply->told = results_of(apply);
	if (apply->noted)
		erase(apply);
	else
		answer_results(apply);
}

static void on_progress(void *userdata, int error, uint64_t revision)
{
	struct apply *apply = userdata;

	fault_point("apply has come further");
	apply->writes = false;
	/* After a death the next daemon asks for this wish once more: the loss costs no more. */
	if (error)
		log_warning(apply->engine->log, "%s can't be written: %s", apply->at_key,
			    strerror(-error));
	begin_part(apply);
}

/* The next daemon does not try failed wishes again. */
static void note_progress(struct apply *apply)
{
	struct store *store = apply->engine->store;
	char text[sizeof("{\"at\":}") + 3 * sizeof(size_t)];
	const struct store_change change = { .key = apply->at_key,
					     .value = text,
					     .expected_revision = STORE_ANY };
	int rc;

	if (!apply->noted) {
		begin_part(apply);
		return;
	}
	(void)snprintf(text, sizeof(text), "{\"at\":%zu}", apply->before + apply->list.at);
	fault_point("apply comes further");
	rc = store->ops->commit(store, &change, 1, STORE_QUICK, on_progress, apply);
	apply->writes = rc == 0;
	if (rc == 0)
		return;
	give_up_failed(apply, rc);
	finish(apply);
}

static void on_noted(void *userdata, int error, uint64_t revision)
{
	struct apply *apply = userdata;

	fault_point("apply has noted");
	apply->writes = false;
	apply->noted = error == 0;
	if (error)
		log_error(apply->engine->log, "the store can't be written: %s", strerror(-error));
	if (error)
		answer_not_stored(apply, strerror(-error));
	else
		begin_part(apply);
}

/* Notes all wishes in one commit, before the first part is begun. */
static void note(struct apply *apply)
{
	const struct change_asked asked = change_record_asked(apply->record);
	_cleanup_free_ char *text = wish_list_to_text(&apply->list, &asked);
	struct store *store = apply->engine->store;
	const struct store_change change = { .key = apply->key,
					     .value = text,
					     .expected_revision = STORE_ABSENT };
	int rc = -ENOMEM;

	fault_point("apply notes");
	if (text)
		rc = store->ops->commit(store, &change, 1, STORE_DURABLE, on_noted, apply);
	apply->writes = rc == 0;
	if (rc < 0)
		answer_not_stored(apply, strerror(-rc));
}

/* ---- one wish after the other ---- */

static int make_part(struct apply *apply)
{
	const struct change_record *record = apply->record;
	const struct change_requester asked = {
		.origin = CHANGE_OF_CLIENT,
		.uid = record->uid,
		.pid = record->pid,
		.method = record->method,
		.part_of = apply->record,
	};
	const struct engine_owner *owner = &apply->engine->owner;
	struct subject *subject;
	int rc = owner->subject_of_wish(owner->userdata, &apply->list, &subject);

	if (rc < 0)
		return rc;
	rc = work_new(apply->engine, &asked, subject, &apply->part);
	if (rc == 0)
		work_take_place(apply->part);
	return rc;
}

static void tell_of_part(struct apply *apply, const struct change_answer *told)
{
	_cleanup_json_ struct json_object *parameters = NULL;

	if (told->text) {
		wish_list_tell(&apply->list, told->error, told->text);
		return;
	}
	parameters = outcome_system_to_json(told->system_error);
	wish_list_tell(&apply->list, "io.systemd.System",
		       parameters
			       ? json_object_to_json_string_ext(parameters, JSON_C_TO_STRING_PLAIN)
			       : NULL);
}

/* A wish that another version has noted, and this one does not know, fails by itself. */
static void fail_unknown(struct apply *apply)
{
	log_error(apply->engine->log,
		  "%s: this version of cxlfm does not know what is wanted of the claim %s",
		  apply->key, wish_list_at(&apply->list));
	tell_of_part(apply, &(struct change_answer){ .system_error = -EINVAL });
}

static int make_next_part(struct apply *apply)
{
	while (wish_list_at(&apply->list)) {
		int rc = make_part(apply);

		if (rc != -EINVAL)
			return rc;
		fail_unknown(apply);
	}
	return 0;
}

static void begin_part(struct apply *apply)
{
	struct engine *engine = apply->engine;
	int rc = 0;

	if (apply->unwanted)
		give_up_unwanted(apply);
	else
		rc = make_next_part(apply);
	if (rc < 0)
		give_up_failed(apply, rc);
	if (!wish_list_at(&apply->list)) {
		finish(apply);
		return;
	}
	apply->record->part = (struct change_part){ .claim = wish_list_at(&apply->list),
						    .number = apply->list.at + 1,
						    .count = apply->list.wishes.count };
	if (engine->is_stuck)
		work_refuse_to_wait(apply->part);
	else
		engine_wake(engine);
}

void apply_part_ended(void *work, const struct change_answer *told)
{
	struct apply *apply = work;

	apply->part = NULL;
	apply->record->part.claim = NULL;
	tell_of_part(apply, told);
	if (apply->unwanted)
		give_up_unwanted(apply);
	if (wish_list_at(&apply->list))
		note_progress(apply);
	else
		finish(apply);
}

static void begin(struct apply *apply)
{
	const struct engine *engine = apply->engine;

	apply->begun = true;
	change_record_begin(apply->record, clock_boot_ms());
	if (apply->noted || apply->list.wishes.count == 0)
		begin_part(apply);
	else if (engine->store_problem)
		answer_not_stored(apply, engine->store_problem);
	else if (engine->performers.kinds.count == 0)
		answer(apply, "io.cxlfm.Host.NotLive", NULL);
	else if (engine->store)
		note(apply);
	else
		begin_part(apply);
}

/*
 * A state that a crash has cut short has nobody who would ask for its claims once more: its changes
 * do not begin where all that they would be told is that nothing may be changed.
 */
static bool has_to_wait(const struct apply *apply)
{
	return apply->noted &&
	       (apply->engine->store_problem || engine_is_to_recover(apply->engine));
}

void applies_wake(struct engine *engine)
{
	/* A part that begins may end at once: then the next part is in its place. */
	for (size_t i = 0; i < engine->applies.count;) {
		struct apply *apply = engine->applies.items[i];

		if (apply->record && !apply->begun && !has_to_wait(apply))
			begin(apply);
		else if (!apply->record)
			erase(apply);
		if (i < engine->applies.count && engine->applies.items[i] == apply)
			i++;
	}
}

/* ---- listeners ---- */

static void tell(void *work, struct varlink_call *call)
{
	const struct apply *apply = work;
	const char *name = wish_list_at(&apply->list);
	_cleanup_json_ struct json_object *news =
		outcome_news_to_json(NULL, name ?: "about to end");

	if (news)
		(void)varlink_call_notify(call, news);
}

/* No further part is begun. */
static void leave(struct apply *apply)
{
	/* A client who asks once more, for want of an answer, gets a new apply. */
	if (!apply->record->cancelled)
		*apply->record->request = '\0';
	apply->unwanted = true;
}

static void give_up(void *work)
{
	struct apply *apply = work;
	const struct change_record *record = apply->record;

	/* At the end of the daemon all clients leave: the next start goes on. */
	if (apply->engine->stopped)
		return;
	leave(apply);
	if (apply->part) {
		apply->part->record->cancelled = record->cancelled;
		apply->part->record->cancelled_by = record->cancelled_by;
		apply->part->record->cancelled_by_pid = record->cancelled_by_pid;
		apply->part->record->ops->give_up(apply->part);
	} else if (!apply->begun && !apply->noted) {
		begin_part(apply);
	}
}

/* A part that may not turn back goes on, and no further part is begun. */
static bool may_turn_back(const void *work)
{
	const struct apply *apply = work;

	return wish_list_at(&apply->list) != NULL;
}

static void answer_late(void *work)
{
	struct apply *apply = work;
	struct change_answer told = CHANGE_ANSWER_NULL;
	const char *problem = apply->engine->store_problem;
	const bool goes_on = change_is_kept(apply->record);
	const bool nothing_is_done = !apply->noted && !goes_on;
	_cleanup_json_ struct json_object *parameters =
		nothing_is_done ? outcome_text_to_json(problem) : work_not_known(problem, goes_on);

	change_answer_set(&told,
			  nothing_is_done ? "io.cxlfm.Host.StoreFailed" : "io.cxlfm.Host.Failed",
			  parameters);
	change_listeners_answer(apply->record, &told, parameters);
	change_answer_deinit(&told);
}

static bool waits_for_store(const void *work)
{
	const struct apply *apply = work;

	return apply->writes || (apply->part && work_waits_for_store(apply->part));
}

static const struct change_work_ops apply_work_ops = { tell,	      give_up,
						       may_turn_back, waits_for_store,
						       answer_late,   NULL };

void applies_store_is_late(struct engine *engine)
{
	for (size_t i = 0; i < engine->applies.count; i++) {
		struct apply *apply = engine->applies.items[i];

		if (!apply->record || !waits_for_store(apply))
			continue;
		answer_late(apply);
		if (change_is_kept(apply->record))
			continue;
		apply->record->parted = true;
		leave(apply);
	}
}

/* ---- clients that ask ---- */

static int apply_new(struct engine *engine, const struct change_requester *asked,
		     struct wish_list *list, struct apply **ret_apply)
{
	struct apply *apply = calloc(1, sizeof(*apply));
	int rc = apply ? ARRAY_APPEND(&engine->applies, apply) : -ENOMEM;

	if (rc < 0) {
		free(apply);
		wish_list_deinit(list);
		return rc;
	}
	*apply = (struct apply){ .engine = engine, .list = *list };
	*list = WISH_LIST_NULL;
	rc = change_register_add(&engine->changes, asked, clock_boot_ms(), &apply->record);
	if (rc < 0) {
		apply_free(apply);
		return rc;
	}
	apply->record->ops = &apply_work_ops;
	apply->record->work = apply;
	*ret_apply = apply;
	return 0;
}

int apply_submit(struct engine *engine, struct varlink_call *call,
		 const struct change_request *request, struct wish_list *list)
{
	struct change_requester asked = work_requester(call, request);
	struct apply *apply;
	char key[KEY_MAX];
	int rc = work_asked_before(engine, call, request);

	if (rc) {
		wish_list_deinit(list);
		return rc < 0 ? rc : 0;
	}
	/* The wishes are kept until the end of the apply, with or without a client. */
	asked.bytes = list->bytes;
	rc = apply_new(engine, &asked, list, &apply);
	if (rc < 0)
		return work_refuse_too_many(call, rc);
	(void)snprintf(key, sizeof(key), APPLY_PREFIX "%s", apply->record->id);
	set_key(apply, key);
	rc = work_answer_taken_on(engine, call, request, apply->record);
	if (rc < 0)
		give_up(apply);
	else if (engine->released)
		begin(apply);
	return rc;
}

/* ---- states that the last run has left ---- */

struct apply_recovery {
	struct engine *engine;
	const struct log *log;
	apply_recovered_fn callback;
	void *userdata;
};

static bool is_progress(const char *key)
{
	const size_t length = strlen(key), suffix = strlen(AT_SUFFIX);

	return length > suffix && strcmp(key + length - suffix, AT_SUFFIX) == 0;
}

/* 0 without a valid note: then wishes that were fulfilled already are asked for once more. */
static size_t read_progress(const char *key, const struct store_entry *entries, size_t count)
{
	const size_t length = strlen(key);
	uint64_t at = 0;

	for (size_t i = 0; i < count; i++) {
		_cleanup_json_ struct json_object *object = NULL;
		const struct store_entry *entry = &entries[i];

		if (strncmp(entry->key, key, length) != 0 ||
		    strcmp(entry->key + length, AT_SUFFIX) != 0)
			continue;
		if (json_parse_text(entry->value, strlen(entry->value), &object) == 0)
			(void)json_get_u64(object, "at", &at);
	}
	return at;
}

static bool is_known(const struct engine *engine, const char *key)
{
	for (size_t i = 0; i < engine->applies.count; i++)
		if (strcmp(engine->applies.items[i]->key, key) == 0)
			return true;
	return false;
}

/* The apply goes on without a client, under its own id. */
static int take_up(const struct apply_recovery *recovery, const char *key,
		   const struct change_asked *by, struct wish_list *list, size_t before)
{
	struct change_requester asked =
		change_requester_of(by, key + strlen(APPLY_PREFIX), CHANGE_OF_CLIENT);
	const size_t left = list->wishes.count;
	struct apply *apply;
	int rc;

	asked.method = METHOD;
	asked.kept = true;
	asked.bytes = list->bytes;
	rc = apply_new(recovery->engine, &asked, list, &apply);
	if (rc < 0)
		return rc;
	set_key(apply, key);
	apply->noted = true;
	apply->before = before;
	log_notice(recovery->log, "the apply of user %u was cut short: %zu wishes are left",
		   (unsigned int)by->uid, left);
	return 0;
}

static int read_entry(const struct apply_recovery *recovery, const struct store_entry *entry,
		      size_t at)
{
	struct wish_list list = WISH_LIST_NULL;
	struct change_asked asked = { .method = NULL };
	struct arena arena = ARENA_NULL;
	int rc = strlen(entry->key) < KEY_MAX ? 0 : -EINVAL;

	if (rc == 0)
		rc = wish_list_from_text(entry->value, &list, &arena, &asked);
	if (rc == 0) {
		wish_list_skip(&list, at);
		rc = take_up(recovery, entry->key, &asked, &list, at);
	}
	wish_list_deinit(&list);
	arena_deinit(&arena);
	return rc;
}

static void on_entries(void *userdata, int error, const struct store_entry *entries, size_t count)
{
	struct apply_recovery *recovery = userdata;

	for (size_t i = 0; i < count; i++) {
		int rc;

		if (is_progress(entries[i].key) || is_known(recovery->engine, entries[i].key))
			continue;
		rc = read_entry(recovery, &entries[i],
				read_progress(entries[i].key, entries, count));
		if (rc == -ENOMEM)
			error = rc;
		else if (rc < 0)
			log_error(recovery->log, "%s: can't be taken up, and stays unchanged: %s",
				  entries[i].key, strerror(-rc));
	}
	recovery->callback(recovery->userdata, error);
	free(recovery);
}

int apply_recover(struct store *store, struct engine *engine, const struct log *log,
		  apply_recovered_fn callback, void *userdata)
{
	struct apply_recovery *recovery = calloc(1, sizeof(*recovery));
	int rc;

	if (!recovery)
		return -ENOMEM;
	*recovery = (struct apply_recovery){ engine, log, callback, userdata };
	rc = store->ops->list(store, APPLY_PREFIX, on_entries, recovery);
	if (rc < 0)
		free(recovery);
	return rc;
}
