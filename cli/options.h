/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command line parser: a verb describes its options in a table, and gets checked values, or the
 * user gets one complaint. The same table makes --help and --list-opts; shell completion and the
 * test of the man pages read --list-opts. Pure but for the two streams that it prints to. Called by
 * cli/cmd-*.c.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/exit-code.h"

enum option_kind {
	OPTION_KIND_FLAG,
	OPTION_KIND_COUNT,	 /* a flag that counts: -vvv */
	OPTION_KIND_TEXT,	 /* any text but the empty one */
	OPTION_KIND_SIZE,	 /* 1 .. INT64_MAX bytes: the interface carries signed numbers */
	OPTION_KIND_WAYS,	 /* a number of interleave ways */
	OPTION_KIND_GRANULARITY, /* an interleave granularity */
	OPTION_KIND_INTEGER,	 /* integer_min .. integer_max */
	OPTION_KIND_CHOICE,	 /* one of `choices` */
	OPTION_KIND_CLAIM_NAME,	 /* a name that a claim can have */
};

struct option {
	enum option_kind kind;
	char letter;		/* 0: none */
	const char *name;	/* without the dashes; NULL ends a table */
	const char *value_name; /* the value's name in the help */
	const char *help;
	union {
		bool *flag;
		int *integer; /* COUNT, WAYS, GRANULARITY, INTEGER */
		int64_t *size_bytes;
		const char **text; /* TEXT, CLAIM_NAME, CHOICE: the choice itself */
	} to;
	int integer_min, integer_max;
	const char *const *choices; /* ends with NULL */
};

#define OPTION_FLAG(letter_, name_, to_, help_)                                                    \
	{ .kind = OPTION_KIND_FLAG,                                                                \
	  .letter = (letter_),                                                                     \
	  .name = (name_),                                                                         \
	  .help = (help_),                                                                         \
	  .to.flag = (to_) }
#define OPTION_COUNT(letter_, name_, to_, help_)                                                   \
	{ .kind = OPTION_KIND_COUNT,                                                               \
	  .letter = (letter_),                                                                     \
	  .name = (name_),                                                                         \
	  .help = (help_),                                                                         \
	  .to.integer = (to_) }
#define OPTION_TEXT(letter_, name_, value_name_, to_, help_)                                       \
	{ .kind = OPTION_KIND_TEXT,                                                                \
	  .letter = (letter_),                                                                     \
	  .name = (name_),                                                                         \
	  .help = (help_),                                                                         \
	  .value_name = (value_name_),                                                             \
	  .to.text = (to_) }
#define OPTION_SIZE(letter_, name_, to_, help_)                                                    \
	{ .kind = OPTION_KIND_SIZE,                                                                \
	  .letter = (letter_),                                                                     \
	  .name = (name_),                                                                         \
	  .help = (help_),                                                                         \
	  .value_name = "SIZE",                                                                    \
	  .to.size_bytes = (to_) }
#define OPTION_WAYS(letter_, name_, to_, help_)                                                    \
	{ .kind = OPTION_KIND_WAYS,                                                                \
	  .letter = (letter_),                                                                     \
	  .name = (name_),                                                                         \
	  .help = (help_),                                                                         \
	  .value_name = "N",                                                                       \
	  .to.integer = (to_) }
#define OPTION_GRANULARITY(letter_, name_, to_, help_)                                             \
	{ .kind = OPTION_KIND_GRANULARITY,                                                         \
	  .letter = (letter_),                                                                     \
	  .name = (name_),                                                                         \
	  .help = (help_),                                                                         \
	  .value_name = "BYTES",                                                                   \
	  .to.integer = (to_) }
#define OPTION_INTEGER(letter_, name_, value_name_, min_, max_, to_, help_)                        \
	{ .kind = OPTION_KIND_INTEGER,                                                             \
	  .letter = (letter_),                                                                     \
	  .name = (name_),                                                                         \
	  .help = (help_),                                                                         \
	  .value_name = (value_name_),                                                             \
	  .integer_min = (min_),                                                                   \
	  .integer_max = (max_),                                                                   \
	  .to.integer = (to_) }
#define OPTION_CHOICE(letter_, name_, value_name_, choices_, to_, help_)                           \
	{ .kind = OPTION_KIND_CHOICE,                                                              \
	  .letter = (letter_),                                                                     \
	  .name = (name_),                                                                         \
	  .help = (help_),                                                                         \
	  .value_name = (value_name_),                                                             \
	  .choices = (choices_),                                                                   \
	  .to.text = (to_) }
#define OPTION_CLAIM_NAME(name_, to_, help_)                                                       \
	{ .kind = OPTION_KIND_CLAIM_NAME,                                                          \
	  .name = (name_),                                                                         \
	  .help = (help_),                                                                         \
	  .value_name = "NAME",                                                                    \
	  .to.text = (to_) }
#define OPTION_END() { .name = NULL }

/* The value of an integer option that was not given: verbs set each target to it before they parse.
 */
#define OPTION_INTEGER_UNSET (-1)

/* A verb as the help and complaints present it. */
struct usage {
	const char *program;  /* "cxlfm add-memory": the beginning of each complaint */
	const char *synopsis; /* "SIZE [OPTION...] [MEMDEV...]" */
	const char *summary;
	void (*show_footer)(FILE *out); /* writes the end of the help; may be NULL */
	FILE *out, *err;
};

/* The arguments that are not options, in their order; they point into argv. */
struct arguments {
	const char *const *items;
	size_t count;
};

/* --help or --list-opts was answered: the verb has nothing left to do. */
#define OPTIONS_E_SHOWN 1
/* The command line is wrong, and the user was told why. */
#define OPTIONS_E_USAGE 2

/**
 * options_parse() - reads a command line by a table
 * @usage: the verb, for help and complaints
 * @options: ends with OPTION_END()
 * @argv: @argc texts behind the verb; they are reordered so that the arguments come first
 * @stop_at_argument: end at the first argument, and leave that argument and all behind it unread
 *
 * Short options bundle (-BMu), a value may follow its option with or without a space or `=`, long
 * names may be shortened while they stay unique, `--` ends the options. The last of two equal
 * options counts.
 *
 * Return: 0; OPTIONS_E_SHOWN; OPTIONS_E_USAGE.
 */
int options_parse(const struct usage *usage, const struct option *options, int argc,
		  const char **argv, bool stop_at_argument, struct arguments *ret_arguments);

/** options_complain() - prints one complaint with the name of the verb and how to get help;
 * OPTIONS_E_USAGE */
int options_complain(const struct usage *usage, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** options_exit_code() - the exit code for a result of options_parse() other than 0 */
enum exit_code options_exit_code(int result);

/**
 * options_size() - checks a size that is an argument, by the rules of OPTION_KIND_SIZE
 * @name: the name of the argument in a complaint
 */
int options_size(const struct usage *usage, const char *name, const char *text,
		 int64_t *ret_size_bytes);

/** options_ways_are_possible() - does the CXL specification have an interleave of @ways? */
bool options_ways_are_possible(int ways);
