// SPDX-License-Identifier: GPL-2.0-only
/*
 * The register of changes: see change-register.h. Pure but for the heap.
 */
#include "daemon/engine/change-register.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/store/store-digest.h"
#include "util/json.h"
#include "util/refusal.h"

/* Changes that no user has asked for are charged to this user: neither root nor anybody. */
#define NOBODY ((uid_t) - 1)

/* ---- ids ---- */

/* Crockford's alphabet: without letters that are read as another letter or as a digit. */
static const char letters[] = "0123456789abcdefghjkmnpqrstvwxyz";

#define WORD_BITS 5

/*
 * 35 bits of milliseconds are a year, and no two daemons serve the same socket within one. Another
 * boot begins elsewhere.
 */
void change_register_init(struct change_register *changes, const char *boot_id, uint64_t boot_ms)
{
	uint64_t moment = boot_ms + store_digest_of_bytes(boot_id, strlen(boot_id));

	*changes = (struct change_register){ .last = 0 };
	quota_init(&changes->quota);
	for (size_t i = CHANGE_WORD_LENGTH; i-- > 0; moment >>= WORD_BITS)
		changes->word[i] = letters[moment & ((1u << WORD_BITS) - 1)];
}

void change_register_on_dropped(struct change_register *changes, change_dropped_fn on_dropped,
				void *userdata)
{
	changes->on_dropped = on_dropped;
	changes->userdata = userdata;
}

bool change_id_is_valid(const char *id)
{
	const char *number = id + CHANGE_WORD_LENGTH + 1;

	return strspn(id, letters) == CHANGE_WORD_LENGTH && id[CHANGE_WORD_LENGTH] == '-' &&
	       strlen(id) < CHANGE_ID_MAX && *number != '0' && *number != '\0' &&
	       number[strspn(number, "0123456789")] == '\0';
}

const char *change_register_explain(const struct change_register *changes, const char *id)
{
	uint64_t number;

	if (!change_id_is_valid(id))
		return "this is not the id of a change";
	if (strncmp(id, changes->word, CHANGE_WORD_LENGTH) != 0)
		return "cxlfmd was started again since this id was given, and knows nothing of the "
		       "change";
	errno = 0;
	number = strtoull(id + CHANGE_WORD_LENGTH + 1, NULL, 10);
	if (errno || number > changes->last)
		return "no change was given this id yet";
	return "the change has ended, and its result is not kept any more";
}

/* ---- users ---- */

static struct quota_user *find_user(const struct change_register *changes, uid_t uid)
{
	for (size_t i = 0; i < changes->users.count; i++)
		if (changes->users.items[i].uid == uid)
			return &changes->users.items[i];
	return NULL;
}

static int add_user(struct change_register *changes, uid_t uid)
{
	if (find_user(changes, uid))
		return 0;
	return ARRAY_APPEND(&changes->users, (struct quota_user){ .uid = uid });
}

static bool holds_nothing(const struct quota_user *user)
{
	for (size_t i = 0; i < QUOTA_KIND_COUNT; i++)
		if (user->held[i])
			return false;
	return true;
}

static void drop_idle_users(struct change_register *changes)
{
	size_t kept = 0;

	for (size_t i = 0; i < changes->users.count; i++)
		if (!holds_nothing(&changes->users.items[i]))
			changes->users.items[kept++] = changes->users.items[i];
	changes->users.count = kept;
	if (kept == 0)
		ARRAY_FREE(&changes->users);
}

/* ---- records ---- */

void change_answer_deinit(struct change_answer *result)
{
	free(result->text);
	free(result->reason);
	*result = CHANGE_ANSWER_NULL;
}

static void record_free(struct change_record *record)
{
	assert(record->listeners.count == 0);
	change_answer_deinit(&record->result);
	free(record);
}

void change_register_deinit(struct change_register *changes)
{
	for (size_t i = 0; i < changes->records.count; i++)
		record_free(changes->records.items[i]);
	ARRAY_FREE(&changes->records);
	ARRAY_FREE(&changes->users);
}

/* Takes a record off the list. */
static void take_off(struct change_register *changes, const struct change_record *record)
{
	size_t kept = 0;

	for (size_t i = 0; i < changes->records.count; i++)
		if (changes->records.items[i] != record)
			changes->records.items[kept++] = changes->records.items[i];
	changes->records.count = kept;
	if (kept == 0)
		ARRAY_FREE(&changes->records);
}

struct change_record *change_register_find(const struct change_register *changes, const char *id)
{
	for (size_t i = 0; i < changes->records.count; i++)
		if (strcmp(changes->records.items[i]->id, id) == 0)
			return changes->records.items[i];
	return NULL;
}

struct change_record *change_register_find_request(const struct change_register *changes, uid_t uid,
						   const char *request)
{
	for (size_t i = 0; *request && i < changes->records.count; i++) {
		struct change_record *record = changes->records.items[i];

		if (record->uid == uid && strcmp(record->request, request) == 0)
			return record;
	}
	return NULL;
}

/* ---- the results of changes that have ended ---- */

/* The result goes from memory only. */
static void remove_result(struct change_register *changes, struct change_record *record)
{
	struct quota_user *user = find_user(changes, record->uid);

	quota_give(&changes->quota, user, QUOTA_RESULTS, 1);
	quota_give(&changes->quota, user, QUOTA_RESULT_BYTES, record->bytes);
	take_off(changes, record);
	record_free(record);
}

static void tell_dropped(struct change_register *changes, const struct change_record *record)
{
	if (record->is_stored)
		changes->on_dropped(changes->userdata, record->id);
}

static void drop_result(struct change_register *changes, struct change_record *record)
{
	tell_dropped(changes, record);
	remove_result(changes, record);
}

static struct change_record *oldest_result(const struct change_register *changes, uid_t uid)
{
	for (size_t i = 0; i < changes->records.count; i++)
		if (changes->records.items[i]->state == CHANGE_IS_ENDED &&
		    changes->records.items[i]->uid == uid)
			return changes->records.items[i];
	return NULL;
}

static uid_t who_has_most(const struct change_register *changes)
{
	const struct quota_user *most = NULL;

	for (size_t i = 0; i < changes->users.count; i++)
		if (!most ||
		    changes->users.items[i].held[QUOTA_RESULTS] > most->held[QUOTA_RESULTS])
			most = &changes->users.items[i];
	return most ? most->uid : NOBODY;
}

static bool has_room(const struct change_register *changes, uid_t uid, size_t results, size_t bytes)
{
	const struct quota_user nothing = { .uid = uid };
	const struct quota_user *user = find_user(changes, uid) ?: &nothing;

	return quota_has_room(&changes->quota, user, QUOTA_RESULTS, results) &&
	       quota_has_room(&changes->quota, user, QUOTA_RESULT_BYTES, bytes);
}

/* Would there be too much of a user without any result of the user's? Then no result goes for it.
 */
static bool is_too_much(const struct change_register *changes, uid_t uid, size_t results,
			size_t bytes)
{
	const struct quota_user nothing = { .uid = uid };
	struct quota_user user = *(find_user(changes, uid) ?: &nothing);

	for (size_t i = 0; i < changes->records.count; i++)
		if (changes->records.items[i]->state == CHANGE_IS_ENDED &&
		    changes->records.items[i]->uid == uid)
			user.held[QUOTA_RESULT_BYTES] -= changes->records.items[i]->bytes;
	user.held[QUOTA_RESULTS] = results;
	user.held[QUOTA_RESULT_BYTES] += bytes;
	return quota_user_is_over(&changes->quota, &user, QUOTA_RESULTS) ||
	       quota_user_is_over(&changes->quota, &user, QUOTA_RESULT_BYTES);
}

static bool make_room(struct change_register *changes, uid_t uid, size_t results, size_t bytes)
{
	while (!has_room(changes, uid, results, bytes)) {
		struct change_record *victim =
			oldest_result(changes, uid)
				?: oldest_result(changes, who_has_most(changes));

		if (!victim || is_too_much(changes, uid, results, bytes))
			return false;
		drop_result(changes, victim);
	}
	return true;
}

/* ---- from its beginning to its end ---- */

static void copy_text(char *to, size_t size, const char *text)
{
	/* Half a name is nobody's, and half a letter is no JSON. */
	if (text && strlen(text) < size)
		(void)strcpy(to, text);
}

/* Of a change that is made of parts one part waits at a time, and the whole is charged for it. */
static bool is_charged(enum change_origin origin, const struct change_record *part_of)
{
	return origin == CHANGE_OF_CLIENT && !part_of;
}

static bool charge(struct change_register *changes, const struct change_requester *of, uid_t uid)
{
	struct quota_user *user = find_user(changes, uid);
	const bool charged = is_charged(of->origin, of->part_of);

	if (charged && !of->was_taken_on &&
	    !quota_has_room(&changes->quota, user, QUOTA_CHANGES, 1))
		return false;
	if (of->bytes && !make_room(changes, uid, 0, of->bytes) && !of->was_taken_on)
		return false;
	if (charged)
		quota_charge(&changes->quota, user, QUOTA_CHANGES, 1);
	quota_charge(&changes->quota, user, QUOTA_RESULT_BYTES, of->bytes);
	return true;
}

static int take_on(struct change_register *changes, const struct change_requester *of,
		   struct change_record *record)
{
	int rc = add_user(changes, record->uid);

	if (rc == 0)
		rc = ARRAY_APPEND(&changes->records, record);
	if (rc == 0 && !charge(changes, of, record->uid)) {
		take_off(changes, record);
		rc = -EDQUOT;
	}
	drop_idle_users(changes);
	return rc;
}

static void set_id(struct change_register *changes, const char *former,
		   struct change_record *record)
{
	char id[CHANGE_ID_MAX];

	if (former) {
		(void)snprintf(record->id, sizeof(record->id), "%s", former);
		return;
	}
	/* Two runs that begin in the same millisecond have the same word. */
	do
		(void)snprintf(id, sizeof(id), "%s-%" PRIu64, changes->word, ++changes->last);
	while (change_register_find(changes, id));
	(void)strcpy(record->id, id);
}

/* A change that nobody has asked for is nobody's. */
static struct change_record *record_of(const struct change_requester *of, uint64_t since_ms)
{
	struct change_record *record = calloc(1, sizeof(*record));

	if (!record)
		return NULL;
	record->origin = of->origin;
	record->uid = of->origin == CHANGE_OF_CLIENT || of->method ? of->uid : NOBODY;
	record->pid = of->pid;
	record->digest = of->digest;
	record->dry_run = of->dry_run;
	record->kept = of->kept;
	record->part_of = of->part_of;
	record->bytes = of->bytes;
	record->since_ms = since_ms;
	copy_text(record->method, sizeof(record->method), of->method);
	copy_text(record->request, sizeof(record->request), of->request);
	return record;
}

struct change_asked change_record_asked(const struct change_record *record)
{
	if (!*record->method || record->part_of)
		return (struct change_asked){ .method = NULL };
	return (struct change_asked){
		.uid = record->uid,
		.pid = (uint32_t)record->pid,
		.method = record->method,
		.request = *record->request ? record->request : NULL,
		.digest = record->digest,
		.kept = record->kept,
	};
}

struct change_requester change_requester_of(const struct change_asked *asked, const char *id,
					    enum change_origin origin)
{
	return (struct change_requester){
		.origin = origin,
		.was_taken_on = true,
		.id = asked->method && change_id_is_valid(id) ? id : NULL,
		.uid = asked->uid,
		.pid = (pid_t)asked->pid,
		.method = asked->method,
		.request = asked->request,
		.digest = asked->digest,
		.kept = asked->kept,
	};
}

int change_register_add(struct change_register *changes, const struct change_requester *of,
			uint64_t now_ms, struct change_record **ret_record)
{
	struct change_record *known = of->id ? change_register_find(changes, of->id) : NULL;
	struct change_record *record = record_of(of, now_ms);
	/* Damaged rows may give an id twice. */
	const bool is_taken = known && known->state != CHANGE_IS_ENDED;
	int rc;

	if (!record)
		return -ENOMEM;
	if (known && !is_taken) {
		record->is_stored = known->is_stored;
		remove_result(changes, known);
	}
	rc = take_on(changes, of, record);
	if (rc < 0) {
		record_free(record);
		return rc;
	}
	set_id(changes, is_taken ? NULL : of->id, record);
	*ret_record = record;
	return 0;
}

void change_record_begin(struct change_record *record, uint64_t now_ms)
{
	record->state = CHANGE_IS_RUNNING;
	record->since_ms = now_ms;
}

static void keep(struct change_register *changes, struct change_record *record, const char *object,
		 struct change_answer *result, uint64_t now_ms)
{
	struct quota_user *user = find_user(changes, record->uid);

	record->state = CHANGE_IS_ENDED;
	record->since_ms = now_ms;
	record->work = NULL;
	record->result = *result;
	*result = CHANGE_ANSWER_NULL;
	record->bytes = record->result.length;
	copy_text(record->object, sizeof(record->object), object);
	quota_charge(&changes->quota, user, QUOTA_RESULTS, 1);
	quota_charge(&changes->quota, user, QUOTA_RESULT_BYTES, record->bytes);
}

/* Gives back what a change is charged for while the change has not ended. */
static void give_back(struct change_register *changes, const struct change_record *record)
{
	struct quota_user *user = find_user(changes, record->uid);

	if (is_charged(record->origin, record->part_of)) {
		quota_give(&changes->quota, user, QUOTA_CHANGES, 1);
		quota_give(&changes->quota, user, QUOTA_RESULT_BYTES, record->bytes);
	}
}

static void keep_or_drop(struct change_register *changes, struct change_record *record,
			 const char *object, struct change_answer *result, bool kept,
			 uint64_t now_ms)
{
	if (kept && add_user(changes, record->uid) == 0 &&
	    make_room(changes, record->uid, 1, result->length)) {
		keep(changes, record, object, result, now_ms);
	} else {
		take_off(changes, record);
		tell_dropped(changes, record);
		record_free(record);
	}
	change_answer_deinit(result);
	drop_idle_users(changes);
}

void change_register_end(struct change_register *changes, struct change_record *record,
			 const char *object, struct change_answer *result, bool kept,
			 uint64_t now_ms)
{
	give_back(changes, record);
	keep_or_drop(changes, record, object, result, kept, now_ms);
}

static int restore(struct change_register *changes, struct change_record *record,
		   const char *object, struct change_answer *result, uint64_t since_ms)
{
	int rc = ARRAY_APPEND(&changes->records, record);

	if (rc < 0) {
		record_free(record);
		return rc;
	}
	record->is_stored = true;
	keep_or_drop(changes, record, object, result, true, since_ms);
	return 0;
}

int change_register_restore(struct change_register *changes, const struct change_requester *of,
			    const char *object, struct change_answer *result, uint64_t since_ms)
{
	struct change_record *record;
	int rc = -ENOMEM;

	if (change_register_find(changes, of->id)) {
		change_answer_deinit(result);
		return 0;
	}
	record = record_of(of, since_ms);
	if (record) {
		set_id(changes, of->id, record);
		rc = restore(changes, record, object, result, since_ms);
	}
	change_answer_deinit(result);
	return rc;
}

/* ---- cancelling ---- */

int change_record_check_cancel(const struct change_record *record, uid_t uid,
			       struct refusal_list *problems)
{
	int rc = 0;

	if (record->state == CHANGE_IS_ENDED)
		rc = refusal_add(problems, "change-ended", record->id, "`cxlfm changes` shows how",
				 "the change has ended already");
	else if (record->origin == CHANGE_OF_CLAIM)
		rc = refusal_add(problems, "change-of-claim", record->id,
				 "disable the claim's region, or forget the claim",
				 "the change mends a claim, and would come again");
	else if (record->origin == CHANGE_OF_RECOVERY)
		rc = refusal_add(
			problems, "change-of-recovery", record->id, NULL,
			"the change recovers from a crash, and other changes wait for its end");
	else if (uid != 0 && uid != record->uid)
		rc = refusal_add(problems, "change-of-others", record->id, "ask root, or the user",
				 "the change belongs to user %u", (unsigned int)record->uid);
	else
		return 0;
	return rc < 0 ? rc : 1;
}

/* ---- results ---- */

static const char *reason_of(struct json_object *parameters)
{
	struct json_object *refusals;
	const char *text = NULL;

	if (json_get_array(parameters, "refusals", &refusals) == 0 &&
	    json_object_array_length(refusals) > 0)
		(void)json_get_string(json_object_array_get_idx(refusals, 0), "text", &text);
	else
		(void)json_get_string(parameters, "text", &text);
	return text;
}

/* Copies as many whole characters of a text (UTF-8) as fit. */
static size_t whole_letters(const char *text, size_t most)
{
	size_t length = strnlen(text, most + 1);

	if (length <= most)
		return length;
	for (length = most; length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80;)
		length--;
	return length;
}

void change_answer_set(struct change_answer *result, const char *error,
		       struct json_object *parameters)
{
	const char *text = NULL, *reason = NULL;
	size_t length;

	change_answer_deinit(result);
	if (parameters)
		text = json_object_to_json_string_length(
			parameters, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE,
			&length);
	if (text)
		result->text = strndup(text, length);
	if (!result->text) {
		result->system_error = -ENOMEM;
		return;
	}
	result->length = length;
	result->error = error;
	if (error)
		reason = reason_of(parameters);
	if (reason)
		result->reason = strndup(reason, whole_letters(reason, CHANGE_REASON_MAX));
}

void change_answer_set_text(struct change_answer *result, char *text)
{
	change_answer_deinit(result);
	result->text = text;
	result->length = text ? strlen(text) : 0;
	result->system_error = text ? 0 : -ENOMEM;
}

bool change_answer_is_set(const struct change_answer *result)
{
	return result->text || result->system_error;
}
