// SPDX-License-Identifier: GPL-2.0-only
/*
 * Results that outlive the daemon.
 */
#include "daemon/engine/results.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/engine/engine-internal.h"
#include "daemon/engine/result-entry.h"
#include "util/clock.h"
#include "util/fault.h"
#include "util/json.h"

/* ---- written ---- */

bool result_is_kept(const struct change_record *record)
{
	return change_record_asked(record).method && !record->dry_run &&
	       (*record->request || record->kept);
}

static char *to_text(const struct change_record *record, const char *object,
		     const struct change_answer *answer, uint64_t ended_ms)
{
	const struct result_entry entry = {
		.asked = change_record_asked(record),
		.object = object,
		.ended_ms = ended_ms,
		.answer = *answer,
	};
	_cleanup_json_ struct json_object *value = result_entry_to_json(&entry);
	const char *text =
		value ? json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN) : NULL;

	return text ? strdup(text) : NULL;
}

char *result_to_text(const struct change_record *record, const char *object,
		     const struct change_answer *answer)
{
	return to_text(record, object, answer, clock_ms(CLOCK_REALTIME));
}

/* ---- written after the end of a change ---- */

void result_put(struct change_record *record)
{
	record->is_to_store = result_is_kept(record) || record->is_stored;
}

/* The register may have dropped the result meanwhile, and then knew of none in the store. */
static void take_written(struct engine *engine)
{
	struct change_register *changes = &engine->changes;
	struct change_record *record = change_register_find(changes, engine->result);

	if (record)
		record->is_stored = true;
	else
		changes->on_dropped(changes->userdata, engine->result);
}

static void tell_unwritten(const struct engine *engine, int error)
{
	log_warning(engine->log, "the result of a change is not kept beyond the daemon's end: %s",
		    strerror(-error));
}

static void on_written(void *userdata, int error, uint64_t revision)
{
	struct engine *engine = userdata;

	fault_point("a result was put");
	if (error)
		tell_unwritten(engine, error);
	else
		take_written(engine);
	*engine->result = '\0';
	results_write(engine);
}

static int write_result(struct engine *engine, const struct change_record *record)
{
	const char *object = *record->object ? record->object : NULL;
	const uint64_t age = clock_boot_ms() - record->since_ms;
	_cleanup_free_ char *text =
		to_text(record, object, &record->result, clock_ms(CLOCK_REALTIME) - age);
	char key[RESULT_KEY_MAX];
	const struct store_change change = { .key = key,
					     .value = text,
					     .expected_revision = STORE_ANY };

	if (!text)
		return -ENOMEM;
	result_entry_key(record->id, key);
	fault_point("a result is put");
	return engine->store->ops->commit(engine->store, &change, 1, STORE_QUICK, on_written,
					  engine);
}

static struct change_record *next_to_write(const struct change_register *changes)
{
	for (size_t i = 0; i < changes->records.count; i++) {
		struct change_record *record = changes->records.items[i];

		if (record->state == CHANGE_IS_ENDED && record->is_to_store && record->result.text)
			return record;
	}
	return NULL;
}

void results_write(struct engine *engine)
{
	struct change_record *record;

	if (!engine->store || engine->store_problem)
		return;
	/* A store that ends writes what it has taken, and answers no more. */
	while ((engine->stopped || !*engine->result) &&
	       (record = next_to_write(&engine->changes))) {
		int rc = write_result(engine, record);

		record->is_to_store = false;
		if (rc < 0)
			tell_unwritten(engine, rc);
		else
			(void)strcpy(engine->result, record->id);
	}
}

/* ---- read ---- */

struct results_load {
	struct engine *engine;
	const struct log *log;
	results_fn callback;
	void *userdata;
};

/* By the clock of the engine, of an end that may have been before the boot: then it is 0. */
static uint64_t boot_ms_of(uint64_t real_ms)
{
	const uint64_t now = clock_boot_ms(), real_now = clock_ms(CLOCK_REALTIME);
	const uint64_t age = real_now > real_ms ? real_now - real_ms : 0;

	return now > age ? now - age : 0;
}

static int restore(const struct results_load *load, const char *id, struct result_entry *entry)
{
	const struct change_requester of = change_requester_of(&entry->asked, id, CHANGE_OF_CLIENT);

	return change_register_restore(&load->engine->changes, &of, entry->object, &entry->answer,
				       boot_ms_of(entry->ended_ms));
}

static int read_entry(const struct results_load *load, const struct store_entry *stored)
{
	const char *id = stored->key + strlen(RESULT_PREFIX);
	_cleanup_json_ struct json_object *object = NULL;
	struct result_entry entry = RESULT_ENTRY_NULL;
	int rc = change_id_is_valid(id) ? 0 : -EINVAL;

	/* Dropped by an attempt to start before this one: another result would go for it now. */
	if (journal_debts_has(&load->engine->debts, stored->key))
		return 0;
	if (rc == 0)
		rc = json_parse_text(stored->value, strlen(stored->value), &object);
	if (rc == 0)
		rc = result_entry_from_json(object, &entry);
	if (rc == 0)
		rc = restore(load, id, &entry);
	result_entry_deinit(&entry);
	return rc;
}

static int older_first(const void *a, const void *b)
{
	const struct store_entry *const *first = a, *const *second = b;

	return ((*first)->revision > (*second)->revision) -
	       ((*first)->revision < (*second)->revision);
}

/* The oldest results make room for the others. */
static const struct store_entry **sort(const struct store_entry *entries, size_t count)
{
	const struct store_entry **sorted = calloc(count + 1, sizeof(*sorted));

	for (size_t i = 0; sorted && i < count; i++)
		sorted[i] = &entries[i];
	if (sorted)
		qsort(sorted, count, sizeof(*sorted), older_first);
	return sorted;
}

static void on_results(void *userdata, int error, const struct store_entry *entries, size_t count)
{
	struct results_load *load = userdata;
	_cleanup_free_ const struct store_entry **sorted = sort(entries, count);

	if (!sorted && error == 0)
		error = -ENOMEM;
	for (size_t i = 0; error == 0 && i < count; i++) {
		int rc = read_entry(load, sorted[i]);

		if (rc == -ENOMEM)
			error = rc;
		else if (rc < 0)
			log_error(load->log, "%s: is no result of a change, and is left: %s",
				  sorted[i]->key, strerror(-rc));
	}
	load->callback(load->userdata, error);
	free(load);
}

int results_load(struct store *store, struct engine *engine, const struct log *log,
		 results_fn callback, void *userdata)
{
	struct results_load *load = calloc(1, sizeof(*load));
	int rc;

	if (!load)
		return -ENOMEM;
	*load = (struct results_load){ engine, log, callback, userdata };
	rc = store->ops->list(store, RESULT_PREFIX, on_results, load);
	if (rc < 0)
		free(load);
	return rc;
}
