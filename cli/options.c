// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads command lines by tables, and complains about wrong ones. These checks need no knowledge of
 * the host; the planner makes all others.
 */
#include "cli/options.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>

#include "util/cleanup.h"
#include "util/kernel-name.h"
#include "util/nearest.h"
#include "util/size.h"

/* CXL r3.1 8.2.4.20.7, encodings 8 to 14 of IG: 256 bytes to 16 KiB. */
#define GRANULARITY_MIN 256
#define GRANULARITY_MAX 16384

/* The names of claims that cxlfmd accepts: "[a-z0-9]", then up to 62 of "[a-z0-9._-]". */
#define CLAIM_NAME_FIRST "abcdefghijklmnopqrstuvwxyz0123456789"
#define CLAIM_NAME_REST	 CLAIM_NAME_FIRST "._-"
#define CLAIM_NAME_MAX	 63

int options_complain(const struct usage *usage, const char *format, ...)
{
	va_list arguments;

	fprintf(usage->err, "%s: ", usage->program);
	va_start(arguments, format);
	vfprintf(usage->err, format, arguments);
	va_end(arguments);
	fprintf(usage->err, "\nSee '%s --help'.\n", usage->program);
	return OPTIONS_E_USAGE;
}

enum exit_code options_exit_code(int result)
{
	return result == OPTIONS_E_SHOWN ? EXIT_CODE_DONE : EXIT_CODE_USAGE;
}

/* CXL r3.1 8.2.4.20.7, the encodings of IW. */
bool options_ways_are_possible(int ways)
{
	static const int possible[] = { 1, 2, 3, 4, 6, 8, 12, 16 };

	for (size_t i = 0; i < ARRAY_SIZE(possible); i++)
		if (possible[i] == ways)
			return true;
	return false;
}

int options_size(const struct usage *usage, const char *name, const char *text,
		 int64_t *ret_size_bytes)
{
	uint64_t bytes;
	int rc = size_parse(text, &bytes);

	if (rc == -ERANGE || (rc == 0 && bytes > INT64_MAX))
		return options_complain(usage, "%s: \"%s\" is more than 8 EiB: give a smaller size",
					name, text);
	if (rc < 0 && text[0] == '-')
		return options_complain(usage,
					"%s: \"%s\" is negative: give a size above 0 such as 512M",
					name, text);
	if (rc < 0)
		return options_complain(
			usage,
			"%s: \"%s\" is not a size: give bytes, or a number with K, M, "
			"G or T such as 512M",
			name, text);
	if (bytes == 0)
		return options_complain(usage,
					"%s: the size is 0: give a size above 0 "
					"such as 512M",
					name);
	*ret_size_bytes = (int64_t)bytes;
	return 0;
}

/* Decimal digits only: no sign, no space, no base prefix. 0, -EINVAL or -ERANGE. */
static int parse_decimal(const char *text, int *ret_number)
{
	int number = 0;

	if (!*text)
		return -EINVAL;
	for (const char *at = text; *at; at++)
		if (*at < '0' || *at > '9')
			return -EINVAL;
	for (const char *at = text; *at; at++)
		if (__builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, *at - '0', &number))
			return -ERANGE;
	*ret_number = number;
	return 0;
}

static int set_ways(const struct usage *usage, const struct option *option, const char *text)
{
	int ways;

	if (parse_decimal(text, &ways) < 0 || !options_ways_are_possible(ways))
		return options_complain(usage,
					"--%s: \"%s\" is not a number of ways: use 1, 2, 3, 4, 6, "
					"8, 12 or 16 ways",
					option->name, text);
	*option->to.integer = ways;
	return 0;
}

static int set_granularity(const struct usage *usage, const struct option *option, const char *text)
{
	uint64_t bytes;

	if (size_parse(text, &bytes) < 0 || bytes < GRANULARITY_MIN || bytes > GRANULARITY_MAX ||
	    (bytes & (bytes - 1)) != 0)
		return options_complain(usage,
					"--%s: \"%s\" is not an interleave granularity: use 256, "
					"512, 1024, 2048, 4096, 8192 or 16384",
					option->name, text);
	*option->to.integer = (int)bytes;
	return 0;
}

static int set_integer(const struct usage *usage, const struct option *option, const char *text)
{
	int number;

	if (parse_decimal(text, &number) < 0 || number < option->integer_min ||
	    number > option->integer_max)
		return options_complain(usage, "--%s: \"%s\" is not between %d and %d",
					option->name, text, option->integer_min,
					option->integer_max);
	*option->to.integer = number;
	return 0;
}

static int set_choice(const struct usage *usage, const struct option *option, const char *text)
{
	struct nearest nearest = nearest_to(text, strlen(text));
	char list[256] = "";

	for (size_t i = 0; option->choices[i]; i++)
		if (strcmp(option->choices[i], text) == 0) {
			*option->to.text = option->choices[i];
			return 0;
		}
	for (size_t i = 0, length = 0; option->choices[i] && length < sizeof(list); i++) {
		nearest_consider(&nearest, option->choices[i]);
		length += (size_t)snprintf(list + length, sizeof(list) - length, "%s%s",
					   i == 0 ? "" : " or ", option->choices[i]);
	}
	if (!nearest.name || !option->choices[1])
		return options_complain(usage, "--%s: \"%s\" is not possible: use %s", option->name,
					text, list);
	return options_complain(usage, "--%s: \"%s\" is not possible: use %s: did you mean %s?",
				option->name, text, list, nearest.name);
}

static int set_claim_name(const struct usage *usage, const struct option *option, const char *text)
{
	const size_t length = strspn(text, CLAIM_NAME_REST);

	if (text[length] || length > CLAIM_NAME_MAX || strspn(text, CLAIM_NAME_FIRST) == 0)
		return options_complain(usage,
					"--%s: \"%s\" is not a name for a claim: use up to %d of "
					"a-z, 0-9, \".\", \"_\" and \"-\", of which the first is "
					"a letter or a digit",
					option->name, text, CLAIM_NAME_MAX);
	if (kernel_name_is(text))
		return options_complain(
			usage,
			"--%s: \"%s\" is reserved for objects of the kernel: choose "
			"another name for the claim, such as db-1",
			option->name, text);
	*option->to.text = text;
	return 0;
}

static bool takes_value(const struct option *option)
{
	return option->kind != OPTION_KIND_FLAG && option->kind != OPTION_KIND_COUNT;
}

static int set_size(const struct usage *usage, const struct option *option, const char *text)
{
	char name[64];

	(void)snprintf(name, sizeof(name), "--%s", option->name);
	return options_size(usage, name, text, option->to.size_bytes);
}

/* @text is NULL for options without a value. */
static int set_value(const struct usage *usage, const struct option *option, const char *text)
{
	if (text && !*text)
		return options_complain(usage, "--%s: its value is empty: give %s", option->name,
					option->value_name);
	switch (option->kind) {
	case OPTION_KIND_FLAG:
		*option->to.flag = true;
		return 0;
	case OPTION_KIND_COUNT:
		if (*option->to.integer < INT_MAX)
			++*option->to.integer;
		return 0;
	case OPTION_KIND_TEXT:
		*option->to.text = text;
		return 0;
	case OPTION_KIND_SIZE:
		return set_size(usage, option, text);
	case OPTION_KIND_WAYS:
		return set_ways(usage, option, text);
	case OPTION_KIND_GRANULARITY:
		return set_granularity(usage, option, text);
	case OPTION_KIND_INTEGER:
		return set_integer(usage, option, text);
	case OPTION_KIND_CHOICE:
		return set_choice(usage, option, text);
	case OPTION_KIND_CLAIM_NAME:
		return set_claim_name(usage, option, text);
	}
	return OPTIONS_E_USAGE;
}

/* An option in the list of the help: "-s, --size=SIZE". */
static void format_option(const struct option *option, char *text, size_t size)
{
	char letter[] = "-x, ";

	letter[1] = option->letter;
	(void)snprintf(text, size, "%s--%s%s%s", option->letter ? letter : "    ", option->name,
		       takes_value(option) ? "=" : "",
		       takes_value(option) ? option->value_name : "");
}

static void show_help(const struct usage *usage, const struct option *options)
{
	char text[64];

	fprintf(usage->out, "Usage: %s%s%s\n\n%s\n", usage->program, *usage->synopsis ? " " : "",
		usage->synopsis, usage->summary);
	fprintf(usage->out, "\nOptions:\n");
	for (const struct option *option = options; option->name; option++) {
		format_option(option, text, sizeof(text));
		fprintf(usage->out, "  %-26s %s\n", text, option->help);
	}
	fprintf(usage->out, "  %-26s %s\n", "-h, --help", "show this help and end");
	if (usage->show_footer)
		usage->show_footer(usage->out);
}

/* One option a line: its letter or "-", its name, the name of its value or "-". */
static void show_list(const struct usage *usage, const struct option *options)
{
	for (const struct option *option = options; option->name; option++)
		fprintf(usage->out, "%c %s %s\n", option->letter ? option->letter : '-',
			option->name, takes_value(option) ? option->value_name : "-");
	fprintf(usage->out, "h help -\n");
}

struct reader {
	const struct usage *usage;
	const struct option *options;
	const char **argv;
	int argc, next;
};

/* The value of an option: attached to the option, or the next word. */
static int read_value(struct reader *reader, const struct option *option, const char *attached)
{
	if (attached)
		return set_value(reader->usage, option, attached);
	if (reader->next >= reader->argc)
		return options_complain(reader->usage, "--%s: its value is missing: give %s",
					option->name, option->value_name);
	return set_value(reader->usage, option, reader->argv[reader->next++]);
}

/* A whole bundle such as -BMu or -m0. */
static int read_letters(struct reader *reader, const char *letters)
{
	for (; *letters; letters++) {
		const struct option *option = reader->options;
		int rc;

		while (option->name && option->letter != *letters)
			option++;
		if (!option->name && *letters == 'h') {
			show_help(reader->usage, reader->options);
			return OPTIONS_E_SHOWN;
		}
		if (!option->name)
			return options_complain(reader->usage, "there is no option -%c", *letters);
		if (takes_value(option))
			return read_value(reader, option, letters[1] ? letters + 1 : NULL);
		rc = set_value(reader->usage, option, NULL);
		if (rc != 0)
			return rc;
	}
	return 0;
}

static bool name_is(const char *name, const char *text, size_t length)
{
	return strlen(name) == length && strncmp(name, text, length) == 0;
}

/* Finds an option by its name, or by the beginning of its name. @ret_other is another option with
 * the same beginning, or NULL. */
static const struct option *find_name(const struct option *options, const char *text, size_t length,
				      const struct option **ret_other)
{
	const struct option *found = NULL;

	*ret_other = NULL;
	for (const struct option *option = options; option->name; option++) {
		if (name_is(option->name, text, length)) {
			*ret_other = NULL;
			return option;
		}
		if (strncmp(option->name, text, length) != 0)
			continue;
		if (!found)
			found = option;
		else if (!*ret_other)
			*ret_other = option;
	}
	return found;
}

/* As in cxl(1), "--no-targets" cancels a "--targets" that stands before it. */
static int take_back(const struct reader *reader, const char *text, size_t length)
{
	static const char no[] = "no-";
	const size_t skip = sizeof(no) - 1;
	const struct option *option, *other = NULL;

	if (length <= skip || strncmp(text, no, skip) != 0)
		return -ENOENT;
	option = find_name(reader->options, text + skip, length - skip, &other);
	if (!option || other || takes_value(option))
		return -ENOENT;
	if (option->kind == OPTION_KIND_FLAG)
		*option->to.flag = false;
	else
		*option->to.integer = 0;
	return 0;
}

static int complain_of_name(const struct reader *reader, const char *text, size_t length)
{
	struct nearest nearest = nearest_to(text, length);

	for (const struct option *option = reader->options; option->name; option++)
		nearest_consider(&nearest, option->name);
	nearest_consider(&nearest, "help");
	if (nearest.name)
		return options_complain(reader->usage,
					"there is no option --%.*s: did you mean --%s?",
					(int)length, text, nearest.name);
	return options_complain(reader->usage, "there is no option --%.*s", (int)length, text);
}

static int read_name(struct reader *reader, const char *text)
{
	const char *equals = strchr(text, '=');
	const size_t length = equals ? (size_t)(equals - text) : strlen(text);
	const struct option *option, *other;

	if (name_is("help", text, length)) {
		show_help(reader->usage, reader->options);
		return OPTIONS_E_SHOWN;
	}
	if (name_is("list-opts", text, length)) {
		show_list(reader->usage, reader->options);
		return OPTIONS_E_SHOWN;
	}
	option = find_name(reader->options, text, length, &other);
	if (!option && !equals && take_back(reader, text, length) == 0)
		return 0;
	if (!option)
		return complain_of_name(reader, text, length);
	if (other)
		return options_complain(reader->usage,
					"--%.*s can be --%s or --%s: write the option out",
					(int)length, text, option->name, other->name);
	if (takes_value(option))
		return read_value(reader, option, equals ? equals + 1 : NULL);
	if (equals)
		return options_complain(reader->usage, "--%s takes no value: leave \"%s\" out",
					option->name, equals);
	return set_value(reader->usage, option, NULL);
}

/*
 * A lone dash is an argument: some verbs take it for standard output. So is a negative number: the
 * check of the argument has the right words for it.
 */
static bool is_argument(const char *word)
{
	return word[0] != '-' || !word[1] || (word[1] >= '0' && word[1] <= '9');
}

int options_parse(const struct usage *usage, const struct option *options, int argc,
		  const char **argv, bool stop_at_argument, struct arguments *ret_arguments)
{
	struct reader reader = { .usage = usage, .options = options, .argv = argv, .argc = argc };
	int count = 0;
	int rc = 0;

	while (reader.next < argc && rc == 0) {
		const char *word = argv[reader.next];

		if (is_argument(word)) {
			if (stop_at_argument)
				break;
			argv[count++] = word;
			reader.next++;
			continue;
		}
		reader.next++;
		if (strcmp(word, "--") == 0)
			break;
		rc = word[1] == '-' ? read_name(&reader, word + 2)
				    : read_letters(&reader, word + 1);
	}
	if (rc != 0)
		return rc;
	while (reader.next < argc)
		argv[count++] = argv[reader.next++];
	*ret_arguments = (struct arguments){ .items = argv, .count = (size_t)count };
	return 0;
}
