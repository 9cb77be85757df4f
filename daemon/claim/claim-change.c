// SPDX-License-Identifier: GPL-2.0-only
/*
 * The messages about claims that monitors receive. Pure.
 */
#include "daemon/claim/claim-change.h"

#include <errno.h>

#include "util/json.h"

static struct json_object *change_new(const char *change, const struct claim_record *record)
{
	_cleanup_json_ struct json_object *object = json_object_new_object();

	if (!object || json_add_string(object, "change", change) ||
	    json_add_string(object, "kind", "claim") ||
	    json_add_string(object, "name", record->claim.name))
		return NULL;
	return TAKE_PTR(object);
}

static struct json_object *whole_to_json(const char *change, const char *key,
					 const struct claim_record *record)
{
	_cleanup_json_ struct json_object *object = change_new(change, record);

	if (!object || json_add(object, key, claim_record_to_json(record)))
		return NULL;
	return TAKE_PTR(object);
}

static struct json_object *condition_to_json(const struct claim_record *record,
					     enum claim_condition condition)
{
	_cleanup_json_ struct json_object *object = change_new("changed", record);

	if (!object || claim_record_add_condition(record, condition, object))
		return NULL;
	return TAKE_PTR(object);
}

static int add_changes(const struct claim_record *record, struct json_object *changes)
{
	int rc = 0;

	if (record->is_new)
		return json_append(changes, whole_to_json("added", "to", record));
	for (int i = 0; i < CLAIM_CONDITION_COUNT && rc == 0; i++)
		if (record->changed & 1u << i)
			rc = json_append(changes,
					 condition_to_json(record, (enum claim_condition)i));
	return rc;
}

int claim_table_changes(const struct claim_table *table, struct json_object **ret_changes)
{
	_cleanup_json_ struct json_object *changes = json_object_new_array();
	int rc = changes ? 0 : -ENOMEM;

	for (size_t i = 0; i < table->records.count && rc == 0; i++)
		rc = add_changes(table->records.items[i], changes);
	if (rc == 0)
		*ret_changes = TAKE_PTR(changes);
	return rc;
}

struct json_object *claim_end_to_json(const struct claim_record *record)
{
	return whole_to_json("removed", "from", record);
}
