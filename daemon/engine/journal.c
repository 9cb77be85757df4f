// SPDX-License-Identifier: GPL-2.0-only
/*
 * The journal's entries that the last run has left.
 */
#include "daemon/engine/journal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/store/store.h"
#include "daemon/engine/engine.h"
#include "util/fault.h"
#include "util/json.h"

struct recovery {
	struct store *store;
	struct engine *engine;
	const struct log *log;
	const struct step_registry *registry;
	const char *boot;
	journal_fn callback;
	void *userdata;
};

static void on_erased(void *userdata, int error, uint64_t revision)
{
	const struct log *log = userdata;

	fault_point("journal has erased an old change");
	if (error)
		log_warning(log, "an old entry of the journal can't be erased: %s",
			    strerror(-error));
}

static int take_up(const struct recovery *recovery, const char *key, struct change_entry *entry)
{
	const struct store_change change = { .key = key, .expected_revision = STORE_ANY };

	/* A reboot has undone steps that do not last; other entries are taken up. */
	if (strcmp(entry->boot, recovery->boot) == 0 || step_list_lasts(&entry->steps))
		return engine_recover(recovery->engine, key, entry);
	log_notice(recovery->log, "%s: a change was cut short by a reboot, which has undone it",
		   entry->object);
	fault_point("journal erases an old change");
	return recovery->store->ops->commit(recovery->store, &change, 1, STORE_QUICK, on_erased,
					    (void *)recovery->log);
}

/* The entry's lanes are known: other lanes need not wait for a daemon that can read the steps. */
static int take_up_unread(const struct recovery *recovery, const char *key,
			  struct change_entry *entry)
{
	ARRAY_FREE(&entry->steps.list);
	return engine_recover(recovery->engine, key, entry);
}

static int read_entry(const struct recovery *recovery, const struct store_entry *stored)
{
	_cleanup_json_ struct json_object *object = NULL;
	struct change_entry entry = CHANGE_ENTRY_NULL;
	int rc;

	rc = json_parse_text(stored->value, strlen(stored->value), &object);
	if (rc == 0)
		rc = journal_entry_from_json(object, recovery->registry, &entry);
	if (rc == 0)
		rc = take_up(recovery, stored->key, &entry);
	else if (rc == -EINVAL && entry.lanes.count)
		rc = take_up_unread(recovery, stored->key, &entry);
	change_entry_deinit(&entry);
	return rc;
}

static void on_entries(void *userdata, int error, const struct store_entry *entries, size_t count)
{
	struct recovery *recovery = userdata;

	if (error)
		log_error(recovery->log, "the journal can't be read: %s", strerror(-error));
	for (size_t i = 0; i < count; i++) {
		int rc = read_entry(recovery, &entries[i]);

		if (rc < 0) {
			log_error(recovery->log, "%s: can't be taken up, and stays unchanged: %s",
				  entries[i].key, strerror(-rc));
			error = rc;
		}
	}
	recovery->callback(recovery->userdata, error);
	free(recovery);
}

int journal_recover(struct store *store, struct engine *engine, const struct log *log,
		    const struct step_registry *registry, const char *boot, journal_fn callback,
		    void *userdata)
{
	struct recovery *recovery = calloc(1, sizeof(*recovery));
	int rc;

	if (!recovery)
		return -ENOMEM;
	*recovery = (struct recovery){ store, engine, log, registry, boot, callback, userdata };
	rc = store->ops->list(store, JOURNAL_PREFIX, on_entries, recovery);
	if (rc < 0)
		free(recovery);
	return rc;
}
