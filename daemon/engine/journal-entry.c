// SPDX-License-Identifier: GPL-2.0-only
/* The forms that entries have had. */
#include "daemon/engine/journal-entry.h"

#include "daemon/engine/journal-convert.h"
#include "util/json.h"

int journal_entry_from_json(struct json_object *object, const struct step_registry *registry,
			    struct change_entry *ret_entry)
{
	_cleanup_json_ struct json_object *converted = NULL;
	int rc = journal_convert(object, &converted);

	return rc < 0 ? rc : change_entry_from_json(converted, registry, ret_entry);
}
