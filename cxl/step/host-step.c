// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kinds of steps on this host: the forms of their names and values, and the properties that the
 * executor asks for. Values and pure functions.
 */
#include "cxl/step/host-step.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cxl/step/region-targets.h"
#include "cxl/step/step-explain.h"
#include "cxl/topology/topology.h"
#include "util/cleanup.h"

/* The digits of an int: the kernel numbers its objects by ints. */
#define NAME_DIGITS_MAX 10

#define UUID_LENGTH 36

static const char *const no_text[] = { "", NULL };
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

enum host_step host_step_of(const struct step *step)
{
	for (size_t i = 0; i < HOST_STEP_COUNT; i++)
		if (step->kind == &host_kinds[i].step)
			return (enum host_step)i;
	return HOST_STEP_COUNT;
}

const struct host_kind *host_kind_of(const struct step *step)
{
	/* The kind of a step is the first member of the kind on this host. */
	return (const struct host_kind *)step->kind;
}

const struct step_kind *host_step_attribute(const struct step *step)
{
	if (step->kind == STEP_REGION_COMMIT_ANEW)
		return STEP_REGION_COMMIT;
	return step->kind == STEP_DAX_GUARD ? STEP_DAX_MEMORY : step->kind;
}

int host_step_position(const struct step *step)
{
	const char *position = strrchr(step->object, 't');

	return position ? atoi(position + 1) : 0;
}

void host_step_target_name(const char *region, int position, char name[static HOST_TARGET_NAME_MAX])
{
	(void)snprintf(name, HOST_TARGET_NAME_MAX, "%.16s/target%d", region, position);
}

/* ---- forms ---- */

/* Skips a number without leading zeros; NULL when the number is missing or too long for a name. */
static const char *skip_number(const char *text)
{
	size_t length = strspn(text, "0123456789");

	if (length == 0 || length > NAME_DIGITS_MAX || (length > 1 && text[0] == '0'))
		return NULL;
	return text + length;
}

static const char *skip_position(const char *text)
{
	const char *end = skip_number(text);

	return end && end - text <= 2 && atoi(text) < TOPO_TARGETS_MAX ? end : NULL;
}

static const char *skip_prefix(const char *text, const char *prefix)
{
	const size_t length = strlen(prefix);

	return strncmp(text, prefix, length) == 0 ? text + length : NULL;
}

static bool is_name(const char *name, const char *prefix, enum host_name_form form)
{
	name = skip_prefix(name, prefix);
	if (name && form != NAME_FIXED)
		name = skip_number(name);
	if (name && form == NAME_DOTTED)
		name = *name == '.' ? skip_number(name + 1) : NULL;
	if (name && form == NAME_TARGET)
		name = skip_prefix(name, "/target");
	if (name && form == NAME_TARGET)
		name = skip_position(name);
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

static bool is_decoder(const char *text)
{
	return is_name(text, "decoder", NAME_DOTTED);
}

static bool is_region_value(const char *text)
{
	if (strncmp(text, "ram@", 4) == 0)
		return is_decoder(text + 4);
	return strncmp(text, "pmem@", 5) == 0 && is_decoder(text + 5);
}

static bool is_word_of(const struct host_form *form, const char *text)
{
	for (const char *const *word = form->words; *word; word++)
		if (strcmp(*word, text) == 0)
			return true;
	return false;
}

static bool is_value(const struct host_form *form, const char *text)
{
	switch (form->value) {
	case VALUE_WORD:
		return is_word_of(form, text);
	case VALUE_NUMBER:
		return is_number(text, UINT64_MAX);
	case VALUE_COUNT:
		return is_number(text, INT_MAX);
	case VALUE_UUID:
		return *text == '\0' || is_uuid(text);
	case VALUE_DECODER:
		return *text == '\0' || is_decoder(text);
	case VALUE_REGION:
		return *text == '\0' || is_region_value(text);
	}
	return false;
}

bool host_step_is_well_formed(const struct step *step)
{
	const struct host_form *form = &host_kind_of(step)->form;

	if (form->of ? !is_name(step->of, form->of, NAME_NUMBERED) : *step->of != '\0')
		return false;
	return is_name(step->object, form->prefix, form->name) && is_value(form, step->from) &&
	       is_value(form, step->to);
}

/* ---- rules that no word expresses ---- */

static const struct step_kind *inverse_of_commit(const struct step *step)
{
	return *step->from == '1' ? STEP_REGION_COMMIT_ANEW : STEP_REGION_COMMIT;
}

/*
 * The kernel binds a new dax device to kmem by itself, so kmem counts as no driver there. A device
 * on the way from one driver to another has no driver, and stays without one if the other driver
 * rejects the device.
 */
static bool dax_driver_starts_from(const struct step *step, const char *value)
{
	return *value == '\0' || (*step->from == '\0' && strcmp(value, "kmem") == 0);
}

/* A dax device that left one driver and was not bound to the other one. */
static bool dax_driver_is_between(const struct step *step, const char *value)
{
	return *value == '\0' && *step->from && *step->to;
}

/*
 * "mixed" memory is on the way between two values, as an interrupted step leaves it. Memory that is
 * to have no value is taken offline from any zone that the kernel's policy has chosen.
 */
static bool dax_memory_starts_from(const struct step *step, const char *value)
{
	return *step->to == '\0' || strcmp(value, "mixed") == 0;
}

/* ---- the table ---- */

static const char *const no_number[] = { "0", NULL };
static const char *const no_mode[] = { "none", NULL };
static const char *const no_memory[] = { "", "offline", "unplugged", NULL };
static const char *const no_block[] = { "offline", NULL };
/* No policy counts as nothing. */
static const char *const no_policy[] = { NULL };

/* What all kinds have in common that the helper of this host performs. */
#define OF_THE_HELPER                                                                              \
	.performer = HOST_PERFORMER, .lane = HOST_LANE,                                            \
	.is_well_formed = host_step_is_well_formed, .explain = step_explain

const struct host_kind host_kinds[HOST_STEP_COUNT] = {
	[HOST_REGION] = {
		.step = {
			.name = "region",
			OF_THE_HELPER,
			.label = "region",
			.nothings = no_text,
			.traits = STEP_REVERSIBLE | STEP_OWNER | STEP_IDENTITY | STEP_TAKES | STEP_FREES,
		},
		.form = { .prefix = "region", .name = NAME_NUMBERED, .value = VALUE_REGION },
	},
	[HOST_REGION_GRANULARITY] = {
		.step = {
			.name = "region-granularity",
			OF_THE_HELPER,
			.label = "granularity",
			.nothings = no_number,
		},
		.form = { .prefix = "region", .name = NAME_NUMBERED, .value = VALUE_COUNT },
		.attribute = "interleave_granularity",
	},
	[HOST_REGION_WAYS] = {
		.step = {
			.name = "region-ways",
			OF_THE_HELPER,
			.label = "ways",
			.nothings = no_number,
		},
		.form = { .prefix = "region", .name = NAME_NUMBERED, .value = VALUE_COUNT },
		.attribute = "interleave_ways",
	},
	[HOST_REGION_UUID] = {
		.step = {
			.name = "region-uuid",
			OF_THE_HELPER,
			.label = "uuid",
			.nothings = no_text,
			.traits = STEP_IDENTITY,
		},
		.form = { .prefix = "region", .name = NAME_NUMBERED, .value = VALUE_UUID },
		.attribute = "uuid",
	},
	[HOST_REGION_SIZE] = {
		.step = {
			.name = "region-size",
			OF_THE_HELPER,
			.label = "size",
			.nothings = no_number,
			.traits = STEP_REVERSIBLE | STEP_IDENTITY | STEP_TAKES | STEP_FREES | STEP_BYTES,
		},
		.form = { .prefix = "region", .name = NAME_NUMBERED, .value = VALUE_NUMBER },
		.attribute = "size",
	},
	/* The kernel keeps the last target when it refuses the region that all targets make. */
	[HOST_REGION_TARGET] = {
		.step = {
			.name = "region-target",
			OF_THE_HELPER,
			.nothings = no_text,
			.traits = STEP_REVERSIBLE | STEP_IDENTITY | STEP_TAKES | STEP_WRITE_DECIDES,
			.write = region_targets_write,
		},
		.form = { .prefix = "region", .name = NAME_TARGET, .value = VALUE_DECODER },
	},
	[HOST_REGION_COMMIT] = {
		.step = {
			.name = "region-commit",
			OF_THE_HELPER,
			.label = "commit",
			.nothings = no_number,
			.traits = STEP_REVERSIBLE | STEP_TAKES | STEP_FOUNDATION,
			.inverse = inverse_of_commit,
		},
		.form = {
			.prefix = "region",
			.name = NAME_NUMBERED,
			.value = VALUE_WORD,
			.words = bit_words,
		},
		.attribute = "commit",
	},
	[HOST_REGION_COMMIT_ANEW] = {
		.step = {
			.name = "region-commit-anew",
			OF_THE_HELPER,
			.label = "commit",
			.nothings = no_number,
			.traits = STEP_REVERSIBLE | STEP_TAKES | STEP_FOUNDATION,
			.inverse = inverse_of_commit,
			.write = region_targets_commit_anew,
		},
		.form = {
			.prefix = "region",
			.name = NAME_NUMBERED,
			.value = VALUE_WORD,
			.words = bit_words,
		},
		.attribute = "commit",
	},
	[HOST_REGION_DRIVER] = {
		.step = {
			.name = "region-driver",
			OF_THE_HELPER,
			.label = "driver",
			.nothings = no_text,
			.traits = STEP_REVERSIBLE | STEP_FOLLOWS,
		},
		.form = {
			.prefix = "region",
			.name = NAME_NUMBERED,
			.value = VALUE_WORD,
			.words = region_driver_words,
		},
	},
	[HOST_DECODER_MODE] = {
		.step = {
			.name = "decoder-mode",
			OF_THE_HELPER,
			.label = "mode",
			.nothings = no_mode,
		},
		.form = {
			.prefix = "decoder",
			.name = NAME_DOTTED,
			.value = VALUE_WORD,
			.words = mode_words,
		},
		.attribute = "mode",
	},
	[HOST_DECODER_DPA] = {
		.step = {
			.name = "decoder-dpa",
			OF_THE_HELPER,
			.label = "dpa size",
			.nothings = no_number,
			.traits = STEP_REVERSIBLE | STEP_TAKES | STEP_STAYS | STEP_BYTES,
		},
		.form = { .prefix = "decoder", .name = NAME_DOTTED, .value = VALUE_NUMBER },
		.attribute = "dpa_size",
	},
	[HOST_AUTO_ONLINE] = {
		.step = {
			.name = "auto-online",
			OF_THE_HELPER,
			.label = "auto_online_blocks",
			.nothings = no_policy,
			.traits = STEP_REVERSIBLE | STEP_BORROWED,
		},
		.form = {
			.prefix = "memory",
			.name = NAME_FIXED,
			.value = VALUE_WORD,
			.words = policy_words,
		},
	},
	[HOST_DAX_DRIVER] = {
		.step = {
			.name = "dax-driver",
			OF_THE_HELPER,
			.label = "driver",
			.nothings = no_text,
			.traits = STEP_REVERSIBLE | STEP_FOLLOWS | STEP_NEED_NOT_HOLD,
			.starts_from = dax_driver_starts_from,
			.is_between = dax_driver_is_between,
		},
		.form = {
			.prefix = "dax",
			.name = NAME_DOTTED,
			.value = VALUE_WORD,
			.words = dax_driver_words,
		},
	},
	[HOST_DAX_MEMORY] = {
		.step = {
			.name = "dax-memory",
			OF_THE_HELPER,
			.label = "memory",
			.nothings = no_memory,
			.traits = STEP_REVERSIBLE | STEP_FOLLOWS | STEP_PATIENT,
			.starts_from = dax_memory_starts_from,
		},
		.form = {
			.prefix = "dax",
			.name = NAME_DOTTED,
			.value = VALUE_WORD,
			.words = dax_memory_words,
		},
	},
	[HOST_DAX_GUARD] = {
		.step = {
			.name = "dax-memory-guard",
			OF_THE_HELPER,
			.label = "memory",
			.nothings = no_memory,
			.traits = STEP_REVERSIBLE | STEP_GUARD | STEP_PATIENT,
			.starts_from = dax_memory_starts_from,
		},
		.form = {
			.prefix = "dax",
			.name = NAME_DOTTED,
			.value = VALUE_WORD,
			.words = dax_memory_words,
		},
	},
	[HOST_BLOCK] = {
		.step = {
			.name = "block",
			OF_THE_HELPER,
			.label = "state",
			.nothings = no_block,
			.traits = STEP_REVERSIBLE | STEP_FOLLOWS | STEP_PATIENT,
			.run_prefix = "memory",
		},
		.form = {
			.prefix = "memory",
			.name = NAME_NUMBERED,
			.value = VALUE_WORD,
			.of = "region",
			.words = block_words,
		},
	},
};

static const struct step_kind *const all[] = {
	STEP_REGION,	    STEP_REGION_GRANULARITY, STEP_REGION_WAYS,	 STEP_REGION_UUID,
	STEP_REGION_SIZE,   STEP_REGION_TARGET,	     STEP_REGION_COMMIT, STEP_REGION_COMMIT_ANEW,
	STEP_REGION_DRIVER, STEP_DECODER_MODE,	     STEP_DECODER_DPA,	 STEP_AUTO_ONLINE,
	STEP_DAX_DRIVER,    STEP_DAX_MEMORY,	     STEP_DAX_GUARD,	 STEP_BLOCK,
};

const struct step_registry host_steps = { all, ARRAY_SIZE(all) };
