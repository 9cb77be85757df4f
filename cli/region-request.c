// SPDX-License-Identifier: GPL-2.0-only
/* Makes the request to the planner. An option that was not given has no member: the planner
 * chooses. */
#include "cli/region-request.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/json.h"

#define SEPARATORS ", \t"

static int add_name(const struct usage *usage, struct name_list *list, const char *kind,
		    const char *name)
{
	for (size_t i = 0; i < list->names.count; i++)
		if (strcmp(list->names.items[i], name) == 0)
			return options_complain(usage, "%s %s is named twice: name each one once",
						kind, name);
	return ARRAY_APPEND(&list->names, name);
}

int name_list_add(const struct usage *usage, struct name_list *list, const char *kind,
		  const char *text)
{
	const size_t count = list->names.count;
	char *save = NULL, *copy = strdup(text);
	int rc;

	if (!copy)
		return -ENOMEM;
	rc = ARRAY_APPEND(&list->texts, copy);
	if (rc < 0) {
		free(copy);
		return rc;
	}
	for (char *name = strtok_r(copy, SEPARATORS, &save); name && rc == 0;
	     name = strtok_r(NULL, SEPARATORS, &save))
		rc = add_name(usage, list, kind, name);
	if (rc == 0 && list->names.count == count)
		return options_complain(usage, "\"%s\" names no %s", text, kind);
	return rc;
}

void name_list_deinit(struct name_list *list)
{
	for (size_t i = 0; i < list->texts.count; i++)
		free(list->texts.items[i]);
	ARRAY_FREE(&list->texts);
	ARRAY_FREE(&list->names);
}

static int check_memdevs(const struct usage *usage, const struct wanted_region *wanted)
{
	const size_t count = wanted->memdevs.names.count;

	if (count == 0)
		return 0;
	if (wanted->ways != OPTION_INTEGER_UNSET && (size_t)wanted->ways != count)
		return options_complain(usage,
					"--ways: %d ways need %d memdevs, but %zu %s named: name "
					"as many memdevs as ways, or leave one of the two out",
					wanted->ways, wanted->ways, count,
					count == 1 ? "is" : "are");
	if (count > INT16_MAX || !options_ways_are_possible((int)count))
		return options_complain(usage,
					"%zu memdevs can't be interleaved: name 1, 2, 3, 4, 6, 8, "
					"12 or 16",
					count);
	return 0;
}

/* 8-4-4-4-12 hexadecimal digits (RFC 9562 section 4), not all of them 0: that is the nil UUID
 * (5.9). */
static bool is_uuid(const char *text)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	bool is_nil = true;

	if (strlen(text) != strlen(form))
		return false;
	for (size_t i = 0; form[i]; i++) {
		if (form[i] == 'x' ? !isxdigit((unsigned char)text[i]) : text[i] != form[i])
			return false;
		is_nil = is_nil && (text[i] == '0' || text[i] == '-');
	}
	return !is_nil;
}

int wanted_region_check(const struct usage *usage, const struct wanted_region *wanted)
{
	if (wanted->uuid && !is_uuid(wanted->uuid))
		return options_complain(usage,
					"--uuid: \"%s\" is not a UUID: make one with uuidgen, or "
					"leave it out to get one",
					wanted->uuid);
	if (wanted->uuid && wanted->type && strcmp(wanted->type, "pmem") != 0)
		return options_complain(usage,
					"--uuid: only pmem regions have a UUID: leave it out");
	return check_memdevs(usage, wanted);
}

int wanted_claim_check(const struct usage *usage, const struct wanted_claim *wanted)
{
	if (wanted->name && wanted->none)
		return options_complain(
			usage, "--name: --no-claim makes no claim to be named: leave one of "
			       "the two out");
	return 0;
}

int wanted_claim_add(struct json_object *parameters, const struct wanted_claim *wanted)
{
	if (wanted->none)
		return json_add_bool(parameters, "no_claim", true);
	return json_add_string(parameters, "claim", wanted->name);
}

static int add_integer(struct json_object *request, const char *key, int number)
{
	return number == OPTION_INTEGER_UNSET ? 0 : json_add_int(request, key, number);
}

static int add_memdevs(struct json_object *request, const struct name_list *list)
{
	_cleanup_json_ struct json_object *names = NULL;

	if (list->names.count == 0)
		return 0;
	names = json_object_new_array();
	if (!names)
		return -ENOMEM;
	for (size_t i = 0; i < list->names.count; i++)
		if (json_append(names, json_object_new_string(list->names.items[i])) < 0)
			return -ENOMEM;
	return json_add(request, "memdevs", TAKE_PTR(names));
}

/* cxl(1) accepts `volatile` as another word for ram. */
static const char *interface_type(const char *type)
{
	return type && strcmp(type, "volatile") == 0 ? "ram" : type;
}

struct json_object *wanted_region_to_json(const struct wanted_region *wanted)
{
	_cleanup_json_ struct json_object *request = json_object_new_object();

	if (!request ||
	    (wanted->size_bytes > 0 && json_add_int(request, "size", wanted->size_bytes) < 0) ||
	    add_integer(request, "ways", wanted->ways) < 0 ||
	    add_integer(request, "granularity", wanted->granularity) < 0 ||
	    add_memdevs(request, &wanted->memdevs) < 0 ||
	    json_add_string(request, "type", interface_type(wanted->type)) < 0 ||
	    json_add_string(request, "decoder", wanted->decoder) < 0 ||
	    json_add_string(request, "bus", wanted->bus) < 0 ||
	    add_integer(request, "near_node", wanted->near_node) < 0 ||
	    add_integer(request, "qos_class", wanted->qos_class) < 0 ||
	    (wanted->qos_enforced && json_add_bool(request, "qos_enforced", true) < 0) ||
	    json_add_string(request, "uuid", wanted->uuid) < 0)
		return NULL;
	return TAKE_PTR(request);
}

void wanted_region_deinit(struct wanted_region *wanted)
{
	name_list_deinit(&wanted->memdevs);
}
