// SPDX-License-Identifier: GPL-2.0-only
/*
 * Steps as values: what is well-formed, what takes a step back, JSON, one line for people. Pure.
 * The planner makes steps, the daemon sends them to the helper, the helper checks them here before
 * it touches anything.
 */
#include "cxl/step/step.h"

#include <ctype.h>
#include <errno.h>
#include <json-c/json.h>
#include <limits.h>
#include <string.h>

#include "cxl/topology/topology.h"
#include "util/cleanup.h"
#include "util/json.h"
#include "util/size.h"

/* Long enough for every number that the kernel puts into a name (an int). */
#define NAME_DIGITS_MAX 10

#define UUID_LENGTH 36

/* The forms of values. "" is a value only where the form says so. */
enum value_form {
	FORM_WORD,    /* one of the property's words */
	FORM_NUMBER,  /* 64 bits, decimal, as short as it goes */
	FORM_COUNT,   /* the same, an int */
	FORM_UUID,    /* "" or a UUID that is not null */
	FORM_DECODER, /* "" or decoderX.Y */
	FORM_REGION,  /* "", ram@decoderX.Y or pmem@decoderX.Y */
};

enum object_form {
	OBJECT_NUMBERED, /* prefix and number */
	OBJECT_DOTTED,	 /* prefix, number, dot, number */
	OBJECT_FIXED,	 /* the prefix alone */
};

struct property {
	const char *name;
	const char *label; /* in step_describe() */
	const char *prefix;
	enum object_form object;
	enum value_form form;
	bool has_inverse;
	const char *const *words; /* ended by NULL; of FORM_WORD */
};

static const char *const bit_words[] = { "0", "1", NULL };
static const char *const region_driver_words[] = { "", "cxl_region", NULL };
static const char *const mode_words[] = { "none", "ram", "pmem", NULL };
static const char *const dax_driver_words[] = { "", "kmem", "device_dax", NULL };
static const char *const policy_words[] = { "offline", "online", "online_kernel", "online_movable",
					    NULL };
static const char *const dax_memory_words[] = {
	"", "unplugged", "offline", "online_kernel", "online_movable", NULL
};
static const char *const block_words[] = { "offline", "online_kernel", "online_movable", NULL };

static const struct property properties[STEP_PROPERTY_COUNT] = {
	[STEP_REGION] = { "region", "region", "region", OBJECT_NUMBERED, FORM_REGION, true, NULL },
	[STEP_REGION_GRANULARITY] = { "region-granularity", "granularity", "region",
				      OBJECT_NUMBERED, FORM_COUNT, false, NULL },
	[STEP_REGION_WAYS] = { "region-ways", "ways", "region", OBJECT_NUMBERED, FORM_COUNT, false,
			       NULL },
	[STEP_REGION_UUID] = { "region-uuid", "uuid", "region", OBJECT_NUMBERED, FORM_UUID, false,
			       NULL },
	[STEP_REGION_SIZE] = { "region-size", "size", "region", OBJECT_NUMBERED, FORM_NUMBER, true,
			       NULL },
	[STEP_REGION_TARGET] = { "region-target", "target", "region", OBJECT_NUMBERED, FORM_DECODER,
				 true, NULL },
	[STEP_REGION_COMMIT] = { "region-commit", "commit", "region", OBJECT_NUMBERED, FORM_WORD,
				 true, bit_words },
	[STEP_REGION_DRIVER] = { "region-driver", "driver", "region", OBJECT_NUMBERED, FORM_WORD,
				 true, region_driver_words },
	[STEP_DECODER_MODE] = { "decoder-mode", "mode", "decoder", OBJECT_DOTTED, FORM_WORD, false,
				mode_words },
	[STEP_DECODER_DPA] = { "decoder-dpa", "dpa size", "decoder", OBJECT_DOTTED, FORM_NUMBER,
			       true, NULL },
	[STEP_AUTO_ONLINE] = { "auto-online", "auto_online_blocks", "memory", OBJECT_FIXED,
			       FORM_WORD, true, policy_words },
	[STEP_DAX_DRIVER] = { "dax-driver", "driver", "dax", OBJECT_DOTTED, FORM_WORD, true,
			      dax_driver_words },
	[STEP_DAX_MEMORY] = { "dax-memory", "memory", "dax", OBJECT_DOTTED, FORM_WORD, true,
			      dax_memory_words },
	[STEP_BLOCK] = { "block", "state", "memory", OBJECT_NUMBERED, FORM_WORD, true,
			 block_words },
};

const char *step_property_name(enum step_property property)
{
	return properties[property].name;
}

bool step_has_inverse(const struct step *step)
{
	return properties[step->property].has_inverse;
}

struct step step_inverse(const struct step *step)
{
	struct step inverse = *step;

	inverse.from = step->to;
	inverse.to = step->from;
	return inverse;
}

/* Skips a number without needless zeros; NULL when there is none or it is too long for a name. */
static const char *skip_number(const char *text)
{
	size_t length = strspn(text, "0123456789");

	if (length == 0 || length > NAME_DIGITS_MAX || (length > 1 && text[0] == '0'))
		return NULL;
	return text + length;
}

static bool name_matches(const char *name, const char *prefix, enum object_form form)
{
	size_t length = strlen(prefix);

	if (strncmp(name, prefix, length) != 0)
		return false;
	name += length;
	if (form == OBJECT_FIXED)
		return *name == '\0';
	name = skip_number(name);
	if (name && form == OBJECT_DOTTED)
		name = *name == '.' ? skip_number(name + 1) : NULL;
	return name && *name == '\0';
}

static bool is_number(const char *text, uint64_t max)
{
	uint64_t number = 0;

	if (*text == '\0' || (text[0] == '0' && text[1] != '\0'))
		return false;
	for (; *text; text++) {
		uint64_t digit = (uint64_t)(*text - '0');

		if (!isdigit((unsigned char)*text) || number > (max - digit) / 10)
			return false;
		number = number * 10 + digit;
	}
	return true;
}

static bool is_uuid(const char *text)
{
	bool null = true;

	if (strlen(text) != UUID_LENGTH)
		return false;
	for (int i = 0; i < UUID_LENGTH; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
			return false;
		null = null && (dash || text[i] == '0');
	}
	return !null;
}

static bool is_region_value(const char *text)
{
	if (*text == '\0')
		return true;
	if (strncmp(text, "ram@", 4) == 0)
		return name_matches(text + 4, "decoder", OBJECT_DOTTED);
	return strncmp(text, "pmem@", 5) == 0 && name_matches(text + 5, "decoder", OBJECT_DOTTED);
}

static bool is_word_of(const struct property *property, const char *text)
{
	for (const char *const *word = property->words; *word; word++)
		if (strcmp(*word, text) == 0)
			return true;
	return false;
}

static bool value_matches(const struct property *property, const char *text)
{
	switch (property->form) {
	case FORM_WORD:
		return is_word_of(property, text);
	case FORM_NUMBER:
		return is_number(text, UINT64_MAX);
	case FORM_COUNT:
		return is_number(text, INT_MAX);
	case FORM_UUID:
		return *text == '\0' || is_uuid(text);
	case FORM_DECODER:
		return *text == '\0' || name_matches(text, "decoder", OBJECT_DOTTED);
	case FORM_REGION:
		return is_region_value(text);
	}
	return false;
}

static int index_max_of(enum step_property property)
{
	if (property == STEP_REGION_COMMIT)
		return STEP_COMMIT_ANEW;
	if (property == STEP_BLOCK)
		return INT_MAX;
	return property == STEP_REGION_TARGET ? TOPO_TARGETS_MAX - 1 : 0;
}

int step_check(const struct step *step)
{
	const struct property *property;

	if ((unsigned int)step->property >= STEP_PROPERTY_COUNT)
		return -EINVAL;
	property = &properties[step->property];
	if (!step->object || !step->from || !step->to)
		return -EINVAL;
	if (step->index < 0 || step->index > index_max_of(step->property))
		return -EINVAL;
	if (!name_matches(step->object, property->prefix, property->object) ||
	    !value_matches(property, step->from) || !value_matches(property, step->to))
		return -EINVAL;
	return 0;
}

const struct step *step_list_check(const struct step_list *steps)
{
	for (size_t i = 0; i < steps->list.count; i++)
		if (step_check(&steps->list.items[i]) < 0)
			return &steps->list.items[i];
	return NULL;
}

struct json_object *step_to_json(const struct step *step)
{
	_cleanup_json_ struct json_object *object = json_object_new_object();

	if (!object || json_add_string(object, "property", step_property_name(step->property)) ||
	    json_add_string(object, "object", step->object) ||
	    json_add_int(object, "index", step->index) ||
	    json_add_string(object, "from", step->from) || json_add_string(object, "to", step->to))
		return NULL;
	return TAKE_PTR(object);
}

static int property_from_name(const char *name, enum step_property *ret_property)
{
	for (int i = 0; i < STEP_PROPERTY_COUNT; i++)
		if (strcmp(properties[i].name, name) == 0) {
			*ret_property = (enum step_property)i;
			return 0;
		}
	return -EINVAL;
}

static int step_copy(const struct step *step, struct arena *arena, struct step *ret_step)
{
	struct step copy = *step;

	copy.object = arena_strdup(arena, step->object);
	copy.from = arena_strdup(arena, step->from);
	copy.to = arena_strdup(arena, step->to);
	if (!copy.object || !copy.from || !copy.to)
		return -ENOMEM;
	*ret_step = copy;
	return 0;
}

int step_from_json(struct json_object *object, struct arena *arena, struct step *ret_step)
{
	struct step step = { 0 };
	const char *name;
	int rc;

	if (!json_object_is_type(object, json_type_object) ||
	    json_object_object_length(object) != 5)
		return -EINVAL;
	if (json_get_text(object, "property", &name) < 0 ||
	    property_from_name(name, &step.property) < 0 ||
	    json_get_text(object, "object", &step.object) < 0 ||
	    json_get_int(object, "index", &step.index) < 0 ||
	    json_get_text(object, "from", &step.from) < 0 ||
	    json_get_text(object, "to", &step.to) < 0)
		return -EINVAL;
	rc = step_check(&step);
	if (rc < 0)
		return rc;
	return step_copy(&step, arena, ret_step);
}

/* Byte counts in units, and what is not there by a word. */
static const char *shown(enum step_property property, const char *value,
			 char text[static SIZE_TEXT_MAX])
{
	uint64_t bytes;

	if (!*value)
		return "none";
	if ((property == STEP_REGION_SIZE || property == STEP_DECODER_DPA) &&
	    size_parse(value, &bytes) == 0)
		return size_format(bytes, text);
	return value;
}

const char *step_describe(const struct step *step, struct arena *arena)
{
	const char *label = properties[step->property].label;
	char from_text[SIZE_TEXT_MAX], to_text[SIZE_TEXT_MAX];
	const char *from = shown(step->property, step->from, from_text);
	const char *to = shown(step->property, step->to, to_text);

	if (step->property == STEP_REGION_TARGET)
		return arena_printf(arena, "%s: %s%d %s -> %s", step->object, label, step->index,
				    from, to);
	return arena_printf(arena, "%s: %s %s -> %s", step->object, label, from, to);
}

struct json_object *step_to_described_json(const struct step *step)
{
	_cleanup_json_ struct json_object *object = step_to_json(step);
	struct arena arena = ARENA_NULL;
	const char *text = step_describe(step, &arena);
	int rc = object && text ? json_add_string(object, "text", text) : -ENOMEM;

	arena_deinit(&arena);
	return rc ? NULL : TAKE_PTR(object);
}

int step_append(struct step_list *steps, struct arena *arena, enum step_property property,
		const char *object, int index, const char *from, const char *to)
{
	const struct step step = { property, object, index, from, to };
	struct step copy;
	int rc = step_copy(&step, arena, &copy);

	if (rc < 0)
		return rc;
	return ARRAY_APPEND(&steps->list, copy);
}
