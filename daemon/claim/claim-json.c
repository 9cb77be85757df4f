// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claims as JSON, both ways: for the store, for the API, and as people declare claims. This file
 * has the members of all kinds; each kind has the rest. Pure.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/claim/claim-field.h"
#include "daemon/claim/claim-kind.h"
#include "util/json.h"

static const struct claim_word drifts[] = {
	{ "mend", CLAIM_DRIFT_MEND },
	{ "leave", CLAIM_DRIFT_LEAVE },
	{ NULL },
};

/* ---- to JSON ---- */

struct json_object *claim_wish_to_json(const struct claim *claim)
{
	_cleanup_json_ struct json_object *object = json_object_new_object();
	const struct claim_kind *kind = claim->kind;

	if (!object || json_add_string(object, "name", claim->name) < 0 ||
	    json_add_string(object, "kind", kind->is_unnamed ? NULL : kind->name) < 0 ||
	    kind->add_wish(claim, object) < 0 ||
	    json_add_string(object, "drift", claim_word_of(drifts, (int)claim->drift)) < 0)
		return NULL;
	return TAKE_PTR(object);
}

struct json_object *claim_to_json(const struct claim *claim)
{
	_cleanup_json_ struct json_object *object = claim_wish_to_json(claim);

	if (!object || json_add_string(object, "owner", claim->owner) < 0 ||
	    claim_add_true(object, "adopted", claim->adopted) < 0 ||
	    claim->kind->add_given(claim, object) < 0)
		return NULL;
	return TAKE_PTR(object);
}

/* ---- from JSON ---- */

/* Name and kind are read first: refusals name the claim, and the kind knows the other members. */
static int read_nothing(const struct claim_reader *reader, const struct claim_field *field,
			struct json_object *value, void *place)
{
	(void)reader;
	(void)field;
	(void)value;
	(void)place;
	return 0;
}

static const struct claim_field claim_fields[] = {
	{ "name", CLAIM_FIELD_OTHER, offsetof(struct claim, name), .read = read_nothing },
	{ "kind", CLAIM_FIELD_OTHER, offsetof(struct claim, kind), .read = read_nothing },
	{ "owner", CLAIM_FIELD_TEXT, offsetof(struct claim, owner) },
	{ "drift", CLAIM_FIELD_WORD, offsetof(struct claim, drift), .words = drifts },
	{ "adopted", CLAIM_FIELD_FLAG, offsetof(struct claim, adopted) },
	{ NULL },
};

static int read_name(const struct claim_reader *reader, struct json_object *value,
		     const char **ret_name)
{
	const char *name = json_object_get_string(value);

	/* A NUL within is no name either: the part before the NUL would pass for the whole. */
	if (!json_object_is_type(value, json_type_string) || !claim_name_is_valid(name) ||
	    strlen(name) != (size_t)json_object_get_string_len(value))
		return CLAIM_REFUSE(
			reader,
			"write up to 63 of a-z, 0-9, \".\", \"_\" and \"-\", of which the "
			"first is a letter or a digit",
			"\"name\" is not a valid name for a claim");
	*ret_name = arena_strdup(&reader->claim->arena, name);
	return *ret_name ? 0 : -ENOMEM;
}

static int refuse_kind(const struct claim_reader *reader, const struct claim_kinds *kinds)
{
	char hint[96] = "write";

	for (size_t i = 0; i < kinds->count; i++) {
		const size_t used = strlen(hint);

		(void)snprintf(hint + used, sizeof(hint) - used, "%s %s", i ? " or" : "",
			       kinds->items[i]->name);
	}
	return CLAIM_REFUSE(reader, hint, "\"kind\" is not a known kind of claim");
}

static int read_kind(const struct claim_reader *reader, const struct claim_kinds *kinds,
		     struct json_object *value, const struct claim_kind **ret_kind)
{
	const char *name = json_object_get_string(value);
	/* json-c says 0 for the length of a value that is no string; a NUL ends no name. */
	const bool is_text = name && strlen(name) == (size_t)json_object_get_string_len(value);

	*ret_kind = is_text ? claim_kind_find(kinds, name) : NULL;
	return *ret_kind ? 0 : refuse_kind(reader, kinds);
}

/* Sets name and kind, and makes room for the kind's part. */
static int begin(const struct claim_reader *reader, const struct claim_kinds *kinds,
		 struct json_object *object)
{
	const struct claim_kind *kind = kinds->items[0];
	struct json_object *value;
	const char *name = NULL;
	int rc = 0;

	if (json_object_is_type(object, json_type_object) && claim_has(object, "name")) {
		(void)json_object_object_get_ex(object, "name", &value);
		rc = read_name(reader, value, &name);
	}
	reader->claim->name = name;
	if (rc == 0 && json_object_is_type(object, json_type_object) && claim_has(object, "kind")) {
		(void)json_object_object_get_ex(object, "kind", &value);
		rc = read_kind(reader, kinds, value, &kind);
	}
	return rc ? rc : claim_init(reader->claim, kind);
}

int claim_from_json(const struct claim_kinds *kinds, struct json_object *object,
		    struct refusal_list *problems, struct claim *ret_claim)
{
	const struct claim_reader reader = { problems, ret_claim };
	int rc = begin(&reader, kinds, object);

	if (rc == 0) {
		const struct claim_target targets[] = {
			{ claim_fields, ret_claim }, { ret_claim->kind->fields, ret_claim->own }
		};

		rc = claim_read_object(&reader, "a claim", object, targets, ARRAY_SIZE(targets));
	}
	if (rc)
		return rc;
	if (!ret_claim->name)
		return CLAIM_REFUSE(&reader, "write a \"name\"", "a claim has no name");
	return ret_claim->kind->check(&reader, object);
}
