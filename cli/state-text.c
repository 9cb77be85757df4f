// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a text to a tree. Pure. One builder makes the tree from the events of libyaml, for YAML and
 * JSON alike: text that json-c accepts as JSON is YAML as well. So both have the same limits, and
 * both have lines and columns for mistakes. json-c alone would keep the last of two members of one
 * name, and knows no lines.
 */
#include "cli/state-text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <yaml.h>

#include "util/json.h"
#include "util/size.h"

/* The depths of the document, of its list of claims, and of a claim. */
#define CLAIM_DEPTH 3

struct reader {
	const char *name, *text;
	size_t length;
	bool is_json;
	struct refusal_list *problems;
	size_t containers; /* read so far */
	yaml_parser_t parser;
};

/* Lines and columns count from 0 here, and from 1 for people. */
struct place {
	size_t line, column;
};

static int refuse(const struct reader *reader, struct place place, const char *hint,
		  const char *format, ...) __attribute__((format(printf, 4, 5)));

static int refuse(const struct reader *reader, struct place place, const char *hint,
		  const char *format, ...)
{
	const char *object = arena_printf(&reader->problems->arena, "%s:%zu:%zu", reader->name,
					  place.line + 1, place.column + 1);
	va_list arguments;
	int rc;

	if (!object)
		return -ENOMEM;
	va_start(arguments, format);
	rc = refusal_add_va(reader->problems, "bad-state-file", object, hint, format, arguments);
	va_end(arguments);
	return rc ? rc : STATE_TEXT_E_BAD;
}

static struct place place_of(const yaml_mark_t *mark)
{
	return (struct place){ mark->line, mark->column };
}

/* Columns are characters: the bytes that continue a character of UTF-8 don't count. */
static struct place place_at(const struct reader *reader, size_t offset)
{
	struct place place = { 0, 0 };

	for (size_t i = 0; i < offset && i < reader->length; i++) {
		if (reader->text[i] == '\n') {
			place.line++;
			place.column = 0;
		} else if (((unsigned char)reader->text[i] & 0xc0) != 0x80) {
			place.column++;
		}
	}
	return place;
}

/* ---- scalars ---- */

static bool is_one_of(const char *text, const char *const *words)
{
	while (*words && strcmp(*words, text) != 0)
		words++;
	return *words != NULL;
}

static const char *const null_words[] = { "", "~", "null", "Null", "NULL", NULL };
static const char *const true_words[] = { "true", "True", "TRUE", NULL };
static const char *const false_words[] = { "false", "False", "FALSE", NULL };
static const char *const odd_words[] = { ".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN", NULL };

static const char *skip_sign(const char *text)
{
	return *text == '-' || *text == '+' ? text + 1 : text;
}

static const char *skip_digits(const char *text)
{
	return text + strspn(text, "0123456789");
}

static bool is_integer(const char *text)
{
	const char *digits = skip_sign(text);

	return *digits && *skip_digits(digits) == '\0';
}

/* The digits of a number in octal or hexadecimal, or NULL for another text. */
static const char *based_digits(const char *text, int *ret_base)
{
	const bool octal = strncmp(text, "0o", 2) == 0;
	const char *digits = text + 2;

	if (!octal && strncmp(text, "0x", 2) != 0)
		return NULL;
	*ret_base = octal ? 8 : 16;
	if (*digits == '\0' ||
	    digits[strspn(digits, octal ? "01234567" : "0123456789abcdefABCDEF")] != '\0')
		return NULL;
	return digits;
}

/* [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?, or ".inf" or ".nan" */
static bool is_fraction(const char *text)
{
	const char *digits = skip_sign(text);
	const char *rest = skip_digits(digits);
	bool has_digits = rest > digits;

	if (is_one_of(digits, odd_words))
		return true;
	if (*rest == '.') {
		digits = rest + 1;
		rest = skip_digits(digits);
		has_digits = has_digits || rest > digits;
	}
	if (has_digits && (*rest == 'e' || *rest == 'E')) {
		digits = skip_sign(rest + 1);
		rest = skip_digits(digits);
		has_digits = rest > digits;
	}
	return has_digits && *rest == '\0';
}

static int read_integer(const struct reader *reader, struct place place, const char *text, int base,
			const char *digits, struct json_object **ret_value)
{
	const bool negative = *text == '-';
	uint64_t number;

	errno = 0;
	number = strtoull(digits, NULL, base);
	if (errno == ERANGE || (negative && number > (uint64_t)INT64_MAX + 1))
		return refuse(reader, place, "write a smaller one", "a number is beyond 64 bits");
	if (negative)
		*ret_value = json_object_new_int64((int64_t)(0 - number));
	else if (number <= INT64_MAX)
		*ret_value = json_object_new_int64((int64_t)number);
	else
		*ret_value = json_object_new_uint64(number);
	return *ret_value ? 0 : -ENOMEM;
}

static int read_string(const char *text, struct json_object **ret_value)
{
	*ret_value = json_object_new_string(text);
	return *ret_value ? 0 : -ENOMEM;
}

static int read_plain(const struct reader *reader, struct place place, const char *text,
		      struct json_object **ret_value)
{
	const char *digits;
	int base;

	*ret_value = NULL;
	if (is_one_of(text, null_words))
		return 0;
	if (is_one_of(text, true_words) || is_one_of(text, false_words)) {
		*ret_value = json_object_new_boolean(is_one_of(text, true_words));
		return *ret_value ? 0 : -ENOMEM;
	}
	if (is_integer(text))
		return read_integer(reader, place, text, 10, skip_sign(text), ret_value);
	digits = based_digits(text, &base);
	if (digits)
		return read_integer(reader, place, text, base, digits, ret_value);
	if (is_fraction(text))
		return refuse(reader, place, "write a whole number, or put quotes around a text",
			      "a number has a fraction");
	return read_string(text, ret_value);
}

/* Reads a scalar, which may be the name of a member. */
static int read_scalar(const struct reader *reader, const yaml_event_t *event,
		       struct json_object **ret_value)
{
	const struct place place = place_of(&event->start_mark);
	const bool is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	const char *text = (const char *)event->data.scalar.value;
	int rc;

	if (strlen(text) != event->data.scalar.length)
		return refuse(reader, place, "leave it out", "a text has a NUL within");
	rc = is_plain ? read_plain(reader, place, text, ret_value) : read_string(text, ret_value);
	/* json-c accepts NaN, and names in single quotes. */
	if (rc == 0 && reader->is_json && json_object_is_type(*ret_value, json_type_string) &&
	    event->data.scalar.style != YAML_DOUBLE_QUOTED_SCALAR_STYLE)
		rc = refuse(reader, place, "put it in double quotes",
			    "the file begins as JSON, and this text has no double quotes");
	return rc;
}

/* ---- sizes ---- */

/* The most digits behind the point of a size. */
#define FRACTION_DIGITS_MAX 9

/* "0.5TiB" means 512G: a fraction is accepted if the size is a whole number of bytes. */
static int parse_fraction(const char *text, uint64_t *ret_bytes)
{
	const char *point = skip_digits(text);
	const char *unit_text = *point == '.' ? skip_digits(point + 1) : text;
	const ptrdiff_t digits = unit_text - point - 1;
	char number[64];
	unsigned __int128 part;
	uint64_t whole, unit, scale = 1;
	int rc;

	/* size_parse() takes a number that begins with 0 for octal. */
	if (digits < 1 || digits > FRACTION_DIGITS_MAX || strlen(text) >= sizeof(number) ||
	    (text[0] == '0' && point > text + 1))
		return -EINVAL;
	for (ptrdiff_t i = 0; i < digits; i++)
		scale *= 10;
	(void)snprintf(number, sizeof(number), "%.*s%s", (int)(point - text), text, unit_text);
	rc = size_parse(number, &whole);
	if (rc < 0)
		return rc;
	(void)snprintf(number, sizeof(number), "1%s", unit_text);
	if (size_parse(number, &unit) < 0)
		return -EINVAL;
	part = (unsigned __int128)unit * strtoull(point + 1, NULL, 10);
	if (part % scale)
		return -EINVAL;
	/* No overflow: the part behind the point is less than one unit. */
	*ret_bytes = whole + (uint64_t)(part / scale);
	return 0;
}

/* Makes a number of bytes of a text; cxlfmd checks sizes of other types. */
static int convert_size(const struct reader *reader, struct place place, const char *name,
			struct json_object **value)
{
	const char *text = json_object_get_string(*value);
	uint64_t bytes;
	int rc;

	if (!json_object_is_type(*value, json_type_string))
		return 0;
	rc = size_parse(text, &bytes);
	if (rc == -EINVAL)
		rc = parse_fraction(text, &bytes);
	if (rc == -ERANGE || (rc == 0 && bytes > INT64_MAX))
		return refuse(reader, place, "give a smaller one", "a size is more than 8 EiB");
	if (rc < 0)
		return refuse(reader, place,
			      "give bytes, or a number with K, M, G or T such as 512M",
			      "\"%s\" is not a size", name);
	(void)json_object_put(*value);
	*value = json_object_new_int64((int64_t)bytes);
	return *value ? 0 : -ENOMEM;
}

/* ---- the tree ---- */

static int refuse_yaml(const struct reader *reader)
{
	const yaml_parser_t *parser = &reader->parser;

	if (parser->error == YAML_MEMORY_ERROR)
		return -ENOMEM;
	if (parser->error == YAML_READER_ERROR)
		return refuse(reader, place_at(reader, parser->problem_offset),
			      "write the file in UTF-8, without control characters", "%s",
			      parser->problem);
	return refuse(reader, place_of(&parser->problem_mark),
		      "look at the indentation, and for a quote or a bracket that is open", "%s",
		      parser->problem);
}

static int next_event(struct reader *reader, yaml_event_t *ret_event)
{
	return yaml_parser_parse(&reader->parser, ret_event) ? 0 : refuse_yaml(reader);
}

/* Refuses events that other readers understand in other ways, or not at all. */
static int check_event(const struct reader *reader, const yaml_event_t *event)
{
	const struct place place = place_of(&event->start_mark);
	const yaml_char_t *anchor = NULL, *tag = NULL;

	if (event->type == YAML_ALIAS_EVENT)
		return refuse(reader, place, "write the value out in place of the alias",
			      "a state has no aliases (*)");
	if (event->type == YAML_SCALAR_EVENT) {
		anchor = event->data.scalar.anchor;
		tag = event->data.scalar.tag;
	} else if (event->type == YAML_SEQUENCE_START_EVENT) {
		anchor = event->data.sequence_start.anchor;
		tag = event->data.sequence_start.tag;
	} else if (event->type == YAML_MAPPING_START_EVENT) {
		anchor = event->data.mapping_start.anchor;
		tag = event->data.mapping_start.tag;
	}
	if (anchor)
		return refuse(reader, place, "leave it out", "a state has no anchors (&)");
	if (tag)
		return refuse(reader, place, "leave it out; put a text in quotes",
			      "a state has no tags (!)");
	return 0;
}

static int read_node(struct reader *reader, const yaml_event_t *event, int depth,
		     struct json_object **ret_value);

static int read_items(struct reader *reader, int depth, struct json_object *array)
{
	for (;;) {
		struct json_object *value = NULL;
		yaml_event_t event;
		int rc = next_event(reader, &event);

		if (rc)
			return rc;
		if (event.type == YAML_SEQUENCE_END_EVENT) {
			yaml_event_delete(&event);
			return 0;
		}
		rc = read_node(reader, &event, depth, &value);
		yaml_event_delete(&event);
		if (rc == 0 && json_object_array_add(array, value) < 0)
			rc = -ENOMEM;
		if (rc) {
			(void)json_object_put(value);
			return rc;
		}
	}
}

/* Reads the name of a member, which must be a text, as in JSON. */
static int read_key(const struct reader *reader, const yaml_event_t *event,
		    struct json_object *object, struct json_object **ret_key)
{
	const struct place place = place_of(&event->start_mark);
	int rc = check_event(reader, event);

	if (rc == 0 && event->type != YAML_SCALAR_EVENT)
		return refuse(reader, place, "write its name, and a colon",
			      "the name of a member is not a text");
	if (rc == 0)
		rc = read_scalar(reader, event, ret_key);
	if (rc)
		return rc;
	if (!json_object_is_type(*ret_key, json_type_string))
		return refuse(reader, place, "put it in quotes",
			      "the name of a member is not a text");
	if (json_object_object_get_ex(object, json_object_get_string(*ret_key), NULL))
		return refuse(reader, place, "leave one of them out",
			      "two members have the same name");
	return 0;
}

static int read_member(struct reader *reader, const yaml_event_t *key_event, int depth,
		       struct json_object *object)
{
	_cleanup_json_ struct json_object *key = NULL, *value = NULL;
	struct place place;
	yaml_event_t event;
	const char *name;
	int rc = read_key(reader, key_event, object, &key);

	if (rc == 0)
		rc = next_event(reader, &event);
	if (rc)
		return rc;
	place = place_of(&event.start_mark);
	name = json_object_get_string(key);
	rc = read_node(reader, &event, depth, &value);
	yaml_event_delete(&event);
	if (rc == 0 && depth == CLAIM_DEPTH && size_is_member(name))
		rc = convert_size(reader, place, name, &value);
	if (rc)
		return rc;
	/* Not json_add(), which takes a null for a failed allocation. */
	if (json_object_object_add(object, name, value) < 0)
		return -ENOMEM;
	value = NULL;
	return 0;
}

static int read_members(struct reader *reader, int depth, struct json_object *object)
{
	for (;;) {
		yaml_event_t event;
		int rc = next_event(reader, &event);
		bool is_end;

		if (rc)
			return rc;
		is_end = event.type == YAML_MAPPING_END_EVENT;
		if (!is_end)
			rc = read_member(reader, &event, depth, object);
		yaml_event_delete(&event);
		if (rc || is_end)
			return rc;
	}
}

static int refuse_too_many(const struct reader *reader, struct place place)
{
	return refuse(reader, place, "write each claim as one object, with each member once",
		      "too many objects and lists");
}

/* @depth: of the container around the node; 0 for the document */
static int read_node(struct reader *reader, const yaml_event_t *event, int depth,
		     struct json_object **ret_value)
{
	const bool is_list = event->type == YAML_SEQUENCE_START_EVENT;
	_cleanup_json_ struct json_object *container = NULL;
	int rc = check_event(reader, event);

	if (rc)
		return rc;
	if (event->type == YAML_SCALAR_EVENT)
		return read_scalar(reader, event, ret_value);
	if (depth == STATE_DEPTH_MAX)
		return refuse(reader, place_of(&event->start_mark),
			      "nest lists and objects less: no claim needs so many levels",
			      "lists and objects are nested more than %d deep", STATE_DEPTH_MAX);
	if (++reader->containers > json_containers_max(reader->length))
		return refuse_too_many(reader, place_of(&event->start_mark));
	container = is_list ? json_object_new_array() : json_object_new_object();
	if (!container)
		return -ENOMEM;
	rc = is_list ? read_items(reader, depth + 1, container)
		     : read_members(reader, depth + 1, container);
	if (rc)
		return rc;
	*ret_value = TAKE_PTR(container);
	return 0;
}

/* Skips an event that only marks the beginning or the end of the stream or the document. */
static int skip_event(struct reader *reader, yaml_event_type_t *ret_type, struct place *ret_place)
{
	yaml_event_t event;
	int rc = next_event(reader, &event);

	if (rc)
		return rc;
	*ret_type = event.type;
	*ret_place = place_of(&event.start_mark);
	yaml_event_delete(&event);
	return 0;
}

static int read_root(struct reader *reader, struct json_object **ret_root)
{
	struct place place;
	yaml_event_t event;
	int rc = next_event(reader, &event);

	if (rc)
		return rc;
	place = place_of(&event.start_mark);
	rc = read_node(reader, &event, 0, ret_root);
	yaml_event_delete(&event);
	if (rc == 0 && !json_object_is_type(*ret_root, json_type_object) &&
	    !json_object_is_type(*ret_root, json_type_array))
		rc = refuse(reader, place, "write \"claims:\" and the list of claims below",
			    "the file holds no state");
	return rc;
}

static int read_document(struct reader *reader, struct json_object **ret_root)
{
	yaml_event_type_t type = YAML_NO_EVENT;
	struct place place;
	int rc = skip_event(reader, &type, &place);

	if (rc == 0)
		rc = skip_event(reader, &type, &place);
	if (rc == 0 && type == YAML_STREAM_END_EVENT)
		rc = refuse(reader, place, "write \"claims:\" and the list of claims below",
			    "the file is empty");
	if (rc == 0)
		rc = read_root(reader, ret_root);
	/* The end of the document, then the end of the file or the start of another document. */
	if (rc == 0)
		rc = skip_event(reader, &type, &place);
	if (rc == 0)
		rc = skip_event(reader, &type, &place);
	if (rc == 0 && type != YAML_STREAM_END_EVENT)
		rc = refuse(reader, place, "write each document into a file of its own",
			    "the file holds more than one document");
	return rc;
}

static int read_yaml(struct reader *reader, struct json_object **ret_root)
{
	_cleanup_json_ struct json_object *root = NULL;
	int rc;

	if (!yaml_parser_initialize(&reader->parser))
		return -ENOMEM;
	/* Without this libyaml would accept UTF-16, too. */
	yaml_parser_set_encoding(&reader->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&reader->parser, (const unsigned char *)reader->text,
				     reader->length);
	rc = read_document(reader, &root);
	yaml_parser_delete(&reader->parser);
	if (rc == 0)
		*ret_root = TAKE_PTR(root);
	return rc;
}

/* ---- JSON ---- */

static int check_json(const struct reader *reader)
{
	/* One level more than the builder accepts: the builder has the better message. */
	struct json_tokener *tokener;
	enum json_tokener_error error;
	size_t end;

	/* The builder refuses a document with too many containers, with the better message. */
	if (json_count_containers(reader->text, reader->length) >
	    json_containers_max(reader->length))
		return 0;
	tokener = json_tokener_new_ex(STATE_DEPTH_MAX + 2);
	if (!tokener)
		return -ENOMEM;
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	(void)json_object_put(json_tokener_parse_ex(tokener, reader->text, (int)reader->length));
	error = json_tokener_get_error(tokener);
	end = json_tokener_get_parse_end(tokener);
	json_tokener_free(tokener);
	if (error == json_tokener_success || error == json_tokener_error_depth)
		return 0;
	if (error == json_tokener_error_memory)
		return -ENOMEM;
	/* In its strict mode json-c 0.18 accepts ASCII only. */
	if (end < reader->length && (unsigned char)reader->text[end] > 0x7f)
		return refuse(reader, place_at(reader, end),
			      "use ASCII characters only: claims have no others",
			      "the file begins as JSON, and has a character beyond ASCII");
	return refuse(reader, place_at(reader, end),
		      "look there, and before, for text that is not JSON; or write YAML",
		      "the file begins as JSON, but is not valid JSON: %s",
		      error == json_tokener_continue ? "the end is missing"
						     : json_tokener_error_desc(error));
}

int state_text_parse(const char *name, const char *text, size_t length,
		     struct refusal_list *problems, struct json_object **ret_document)
{
	struct reader reader = {
		.name = name, .text = text, .length = length, .problems = problems
	};
	int rc = 0;

	if (length > STATE_TEXT_MAX)
		return refuse(&reader, place_at(&reader, STATE_TEXT_MAX),
			      "split the file, with the claims of each host in a file of its own",
			      "the file is larger than 32 MiB");
	reader.is_json = length > 0 && (text[0] == '{' || text[0] == '[');
	if (reader.is_json)
		rc = check_json(&reader);
	return rc ? rc : read_yaml(&reader, ret_document);
}
