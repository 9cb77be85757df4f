// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads the claims that are stored.
 */
#include "daemon/claim/claim-store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/claim/unknown-kind.h"
#include "util/json.h"

struct load {
	struct claim_table *table;
	const struct log *log;
	claim_store_fn callback;
	void *userdata;
};

/* A claim under another claim's key: a change of the claim, by its name, would miss the entry. */
static int check_name(const struct store_entry *entry, const struct claim *claim,
		      struct refusal_list *problems)
{
	if (strcmp(entry->key + strlen(CLAIM_PREFIX), claim->name) == 0)
		return 0;
	return claim_refuse(problems, "bad-claim", claim->name, NULL,
			    "the entry holds another claim, %s", claim->name);
}

static void tell(const struct log *log, const char *key, int rc,
		 const struct refusal_list *problems)
{
	if (rc < 0 || problems->list.count == 0)
		log_error(log, "%s: can't be read, and stays unchanged: %s", key,
			  strerror(rc < 0 ? -rc : EINVAL));
	for (size_t i = 0; i < problems->list.count; i++)
		log_error(log, "%s: is not a valid claim, and stays unchanged: %s", key,
			  problems->list.items[i].text);
}

/* A claim of a later version, which goes on as it is; else it is no claim, for reasons given. */
static int read_unknown(const struct load *load, const struct store_entry *entry,
			struct json_object *object, struct claim *claim)
{
	int rc;

	claim_deinit(claim);
	rc = unknown_claim_from_json(load->table->kinds, object, claim);
	if (rc == 0)
		log_error(load->log,
			  "%s: is a claim of the kind %s, which this version of cxlfm does not "
			  "know: it is left as it is",
			  entry->key, claim->kind->name);
	return rc == -EINVAL ? CLAIM_E_BAD : rc;
}

static int read_entry(const struct load *load, const struct store_entry *entry)
{
	_cleanup_json_ struct json_object *object = NULL;
	struct refusal_list problems = REFUSAL_LIST_NULL;
	struct claim claim = CLAIM_NULL;
	int rc;

	rc = json_parse_text(entry->value, strlen(entry->value), &object);
	if (rc == 0)
		rc = claim_from_json(load->table->kinds, object, &problems, &claim);
	if (rc == CLAIM_E_BAD)
		rc = read_unknown(load, entry, object, &claim);
	if (rc == 0)
		rc = check_name(entry, &claim, &problems);
	if (rc == 0)
		rc = claim_table_set(load->table, &claim, entry->revision);
	if (rc)
		tell(load->log, entry->key, rc, &problems);
	claim_deinit(&claim);
	refusal_list_deinit(&problems);
	return rc == -ENOMEM ? rc : 0;
}

static void on_entries(void *userdata, int error, const struct store_entry *entries, size_t count)
{
	struct load *load = userdata;

	for (size_t i = 0; error == 0 && i < count; i++)
		error = read_entry(load, &entries[i]);
	load->callback(load->userdata, error);
	free(load);
}

int claim_store_load(struct store *store, struct claim_table *table, const struct log *log,
		     claim_store_fn callback, void *userdata)
{
	struct load *load = calloc(1, sizeof(*load));
	int rc;

	if (!load)
		return -ENOMEM;
	*load = (struct load){ table, log, callback, userdata };
	rc = store->ops->list(store, CLAIM_PREFIX, on_entries, load);
	if (rc < 0)
		free(load);
	return rc;
}
