// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading text that people paste. Pure.
 *
 * The brackets show where a document begins and ends, so that a cut or broken document differs from
 * the text between documents, and the line of the fault is known.
 */
#include "cxl/topology/topology-text.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <strings.h>

#include "cxl/topology/topology-merge.h"
#include "util/json.h"

/* Bytes of a line that a message shows. */
#define SNIPPET_MAX 40

/* Bytes that a log puts before each line: a time, a host, a program. */
#define PREFIX_MAX 200

#define DEPTH_MAX 32 /* the limit of json_parse_text() */

/* More listings of one host than cxl list has letters make no sense. */
#define DOCUMENTS_MAX 64

struct paste {
	char *text;
	size_t length;
	size_t at; /* the bytes before this offset are read */
	struct refusal_list *notices;
	struct json_object *documents;
	size_t containers;	       /* in all documents */
	size_t skipped, first_skipped; /* lines: their count, and the number of the first */
};

/* ---- lines ---- */

static size_t line_of(const struct paste *paste, size_t offset)
{
	size_t line = 1;

	for (size_t i = 0; i < offset && i < paste->length; i++)
		line += paste->text[i] == '\n';
	return line;
}

static size_t line_end(const struct paste *paste, size_t at)
{
	const char *end = memchr(paste->text + at, '\n', paste->length - at);

	return end ? (size_t)(end - paste->text) : paste->length;
}

/* The begin of the line, as far as its bytes are harmless on a terminal. */
static const char *snippet(const struct paste *paste, size_t at, char text[static SNIPPET_MAX + 1])
{
	size_t length = 0;

	for (; at < paste->length && paste->text[at] != '\n' && length < SNIPPET_MAX; at++) {
		unsigned char byte = (unsigned char)paste->text[at];

		if (length == 0 && isspace(byte))
			continue;
		text[length++] = byte < 0x20 || byte > 0x7e ? '?' : (char)byte;
	}
	while (length > 0 && text[length - 1] == '?')
		length--;
	text[length] = '\0';
	return text;
}

static int refuse_at(const struct paste *paste, size_t offset, const char *cause)
{
	char near[SNIPPET_MAX + 1];
	int rc = refusal_add(paste->notices, "not-json", NULL, NULL, "line %zu: %s, near \"%s\"",
			     line_of(paste, offset), cause, snippet(paste, offset, near));

	return rc ? rc : TOPOLOGY_JSON_E_REFUSED;
}

static size_t skip_blanks(const struct paste *paste, size_t at, size_t end)
{
	while (at < end && isspace((unsigned char)paste->text[at]))
		at++;
	return at;
}

static bool starts_with(const struct paste *paste, size_t at, const char *word)
{
	size_t length = strlen(word);

	return paste->length - at >= length && memcmp(paste->text + at, word, length) == 0 &&
	       (paste->length - at == length || !isalnum((unsigned char)paste->text[at + length]));
}

/* Tells whether the byte at @at can follow a number or a word of JSON. */
static bool ends_value(const struct paste *paste, size_t at, size_t end)
{
	at = skip_blanks(paste, at, end);
	return at == end || strchr(",]}", paste->text[at]);
}

static bool is_number_line(const struct paste *paste, size_t at, size_t end)
{
	while (at < end &&
	       (isalnum((unsigned char)paste->text[at]) || strchr("+-.", paste->text[at])))
		at++;
	return ends_value(paste, at, end);
}

/* "[{", "[[", "[]" and "[" begin a document; "[root@host ~]#" and "[  12.5] cxl" do not. */
static bool is_bracket_line(const struct paste *paste, size_t at, size_t end)
{
	at = skip_blanks(paste, at + 1, end);
	return at == end || strchr("{[]\"", paste->text[at]);
}

/*
 * Tells whether the line could be a line of a document. JSON texts have no line ends in them, so a
 * line of JSON begins with a JSON token.
 */
static bool may_be_json(const struct paste *paste, size_t at, size_t end)
{
	char first;

	at = skip_blanks(paste, at, end);
	if (at == end)
		return true;
	first = paste->text[at];
	if (first == '[')
		return is_bracket_line(paste, at, end);
	if (strchr("{}],:\"", first))
		return true;
	if (isdigit((unsigned char)first) || first == '-')
		return is_number_line(paste, at, end);
	return (starts_with(paste, at, "true") && ends_value(paste, at + 4, end)) ||
	       (starts_with(paste, at, "false") && ends_value(paste, at + 5, end)) ||
	       (starts_with(paste, at, "null") && ends_value(paste, at + 4, end));
}

/* ---- prefixes of log lines ---- */

/* The length of the text before a bracket that can begin a document; 0 for none. */
static size_t prefix_length(const struct paste *paste, size_t at, size_t end)
{
	for (size_t i = at + 1; i < end; i++) {
		const char byte = paste->text[i];

		if ((byte == '[' || byte == '{') && isspace((unsigned char)paste->text[i - 1]) &&
		    is_bracket_line(paste, i, end))
			return i - at;
	}
	return 0;
}

/* Times and numbers differ from line to line, but have the same form. */
static bool looks_like(unsigned char byte, unsigned char first)
{
	if (isdigit(first) || first == ' ')
		return isdigit(byte) || byte == ' ';
	return isalpha(first) ? isalpha(byte) : byte == first;
}

static bool has_prefix(const struct paste *paste, size_t at, const char *first, size_t length)
{
	if (line_end(paste, at) - at < length)
		return false;
	for (size_t i = 0; i < length; i++)
		if (!looks_like((unsigned char)paste->text[at + i], (unsigned char)first[i]))
			return false;
	return true;
}

static bool begins_document(const struct paste *paste, size_t at, size_t end)
{
	return at < end && strchr("[{", paste->text[at]) && may_be_json(paste, at, end);
}

/* Blanks the prefix that a log has put before each line, if no line begins with a document. */
static int blank_prefixes(struct paste *paste)
{
	char first[PREFIX_MAX], shown[SNIPPET_MAX + 1];
	size_t length = 0, begin = 0;

	for (size_t at = 0, end; at < paste->length; at = end + 1) {
		end = line_end(paste, at);
		if (begins_document(paste, skip_blanks(paste, at, end), end))
			return 0;
		if (length == 0) {
			length = prefix_length(paste, at, end);
			begin = at;
		}
	}
	if (length == 0 || length > sizeof(first))
		return 0;
	memcpy(first, paste->text + begin, length);
	(void)snippet(paste, begin, shown);
	for (size_t at = begin; at < paste->length; at = line_end(paste, at) + 1)
		if (has_prefix(paste, at, first, length))
			memset(paste->text + at, ' ', length);
	return refusal_add(
		paste->notices, "log-prefix", NULL, NULL,
		"the prefix that a log has put before each line is left out, the first: \"%.*s\"",
		(int)length, shown);
}

static void skip_line(struct paste *paste, size_t at, size_t end)
{
	if (paste->skipped++ == 0)
		paste->first_skipped = at;
	memset(paste->text + at, ' ', end - at);
}

static void blank_other_lines(struct paste *paste)
{
	for (size_t at = 0, end; at < paste->length; at = end + 1) {
		end = line_end(paste, at);
		if (!may_be_json(paste, at, end))
			skip_line(paste, at, end);
	}
}

/* ---- documents ---- */

/* The end of the document that begins at @at, or the place of a text in it that is not closed. */
static size_t find_end(const struct paste *paste, size_t at, bool *ret_unclosed)
{
	bool quoted = false;
	size_t depth = 0;

	*ret_unclosed = false;
	for (; at < paste->length; at++) {
		char byte = paste->text[at];

		if (quoted && byte == '\n') {
			*ret_unclosed = true;
			return at;
		}
		if (quoted && byte == '\\' && at + 1 < paste->length) {
			at++;
		} else if (byte == '"') {
			quoted = !quoted;
		} else if (!quoted && (byte == '[' || byte == '{')) {
			depth++;
		} else if (!quoted && (byte == ']' || byte == '}') && --depth == 0) {
			return at + 1;
		}
	}
	return paste->length;
}

/* The objects around a place in a document, as sets of the keys before that place. */
struct key_sets {
	struct json_object *sets[DEPTH_MAX + 1];
	size_t depth;
};

static void forget_keys(struct key_sets *keys)
{
	while (keys->depth > 0)
		(void)json_object_put(keys->sets[--keys->depth]);
}

static int track_depth(struct key_sets *keys, char byte)
{
	if ((byte == '[' || byte == '{') && keys->depth <= DEPTH_MAX) {
		struct json_object *set = json_object_new_object();

		if (!set)
			return -ENOMEM;
		keys->sets[keys->depth++] = set;
	} else if ((byte == ']' || byte == '}') && keys->depth > 0) {
		(void)json_object_put(keys->sets[--keys->depth]);
	}
	return 0;
}

/* Positive when the text from @at to before @end is a key, and its object has that key already. */
static int add_key(const struct paste *paste, struct key_sets *keys, size_t at, size_t end)
{
	size_t next = skip_blanks(paste, end + 1, paste->length);
	_cleanup_free_ char *key = NULL;

	if (keys->depth == 0 || next == paste->length || paste->text[next] != ':')
		return 0;
	key = strndup(paste->text + at, end - at);
	if (!key)
		return -ENOMEM;
	if (json_object_object_get_ex(keys->sets[keys->depth - 1], key, NULL))
		return 1;
	return json_object_object_add(keys->sets[keys->depth - 1], key, NULL) < 0 ? -ENOMEM : 0;
}

/* The offset behind the text that begins at @at with a quote. */
static size_t text_end(const struct paste *paste, size_t at, size_t end)
{
	for (at++; at < end && paste->text[at] != '"'; at++)
		at += paste->text[at] == '\\';
	return at < end ? at : end - 1;
}

/* What json-c accepts, and json_parse_text() does not. */
static int find_misread(const struct paste *paste, struct key_sets *keys, size_t start, size_t end)
{
	const size_t misread = start + json_find_misread(paste->text + start, end - start);
	int rc = 0;

	for (size_t at = start; rc == 0 && at < end; at++) {
		const size_t begin = at;

		if (at == misread)
			return refuse_at(paste, at,
					 isdigit((unsigned char)paste->text[at]) ||
							 paste->text[at] == '-'
						 ? "this number has no place in 64 bits"
						 : "JSON has no such mark");

		if (strncasecmp(paste->text + at, "nan", 3) == 0 ||
		    strncasecmp(paste->text + at, "inf", 3) == 0)
			return refuse_at(paste, at, "this is not a number of JSON");
		if (paste->text[at] != '"') {
			rc = track_depth(keys, paste->text[at]);
			continue;
		}
		at = text_end(paste, at, end);
		rc = add_key(paste, keys, begin + 1, at);
		if (rc > 0)
			return refuse_at(paste, begin, "the object has this key twice");
	}
	return rc ? rc : refuse_at(paste, start, "the document that begins here is not JSON");
}

static int explain_accepted(const struct paste *paste, size_t start, size_t end)
{
	struct key_sets keys = { .depth = 0 };
	int rc = find_misread(paste, &keys, start, end);

	forget_keys(&keys);
	return rc;
}

/* Parses once more with json-c, for the place and the reason of the fault. */
static int explain(const struct paste *paste, size_t start, size_t end)
{
	struct json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX);
	enum json_tokener_error error;
	size_t offset;

	if (!tokener)
		return -ENOMEM;
	json_tokener_set_flags(tokener, JSON_TOKENER_VALIDATE_UTF8);
	json_object_put(json_tokener_parse_ex(tokener, paste->text + start, (int)(end - start)));
	error = json_tokener_get_error(tokener);
	offset = start + json_tokener_get_parse_end(tokener);
	json_tokener_free(tokener);
	if (error == json_tokener_success)
		return explain_accepted(paste, start, end);
	if (error != json_tokener_continue)
		return refuse_at(paste, offset, json_tokener_error_desc(error));
	return refuse_at(paste, start, "the document that begins here is cut off");
}

static int read_one(struct paste *paste, size_t start)
{
	struct json_object *document;
	bool unclosed;
	size_t end = find_end(paste, start, &unclosed);
	int rc;

	if (unclosed) {
		while (end > start && paste->text[end - 1] != '\n')
			end--;
		return refuse_at(paste, end, "a text is not closed on its line");
	}
	if (end - start > INT_MAX)
		return -EFBIG;
	if (json_object_array_length(paste->documents) == DOCUMENTS_MAX)
		return refuse_at(paste, start, "the file has too many documents");
	paste->containers += json_count_containers(paste->text + start, end - start);
	if (paste->containers > json_containers_max(paste->length))
		return refuse_at(paste, start, "the file has more objects than any host");
	paste->at = end;
	rc = json_parse_text(paste->text + start, end - start, &document);
	if (rc == -EINVAL)
		return explain(paste, start, end);
	return rc ? rc : json_append(paste->documents, document);
}

static int read_all(struct paste *paste)
{
	int rc = 0;

	while (rc == 0) {
		size_t start = skip_blanks(paste, paste->at, paste->length);

		if (start == paste->length)
			break;
		paste->at = start;
		if (strchr("[{", paste->text[start]) &&
		    may_be_json(paste, start, line_end(paste, start))) {
			rc = read_one(paste, start);
			continue;
		}
		/* Any text may stand before, between and behind documents. */
		paste->at = line_end(paste, start);
		skip_line(paste, start, paste->at);
	}
	return rc;
}

/* ---- all of it ---- */

static bool is_wide(const struct paste *paste)
{
	const unsigned char *text = (const unsigned char *)paste->text;

	return paste->length >= 2 &&
	       ((text[0] == 0xff && text[1] == 0xfe) || (text[0] == 0xfe && text[1] == 0xff));
}

static int tell_skipped(const struct paste *paste, const char *first)
{
	if (paste->skipped == 0)
		return 0;
	return refusal_add(paste->notices, "skipped-lines", NULL, NULL,
			   "%zu line%s no JSON and left out, the first is line %zu: \"%s\"",
			   paste->skipped, paste->skipped == 1 ? " is" : "s are",
			   line_of(paste, paste->first_skipped), first);
}

static int refuse_nothing(const struct paste *paste, const char *first)
{
	int rc = refusal_add(paste->notices, "not-json", NULL,
			     "give the output of `cxl list -vvv`, or of `cxlfm record`",
			     "line %zu: no document of JSON begins here or below, near \"%s\"",
			     line_of(paste, paste->first_skipped), first);

	return rc ? rc : TOPOLOGY_JSON_E_REFUSED;
}

/* The first line that is no JSON, before blank_prefixes() blanks it. */
static void first_other_line(const struct paste *paste, char text[static SNIPPET_MAX + 1])
{
	*text = '\0';
	for (size_t at = 0, end; at < paste->length; at = end + 1) {
		end = line_end(paste, at);
		if (may_be_json(paste, at, end))
			continue;
		(void)snippet(paste, at, text);
		return;
	}
}

static int read_documents(struct paste *paste)
{
	char first[SNIPPET_MAX + 1];
	int rc;

	if (is_wide(paste))
		return refuse_at(paste, 2, "the file is in UTF-16: save it as UTF-8");
	/* The byte order mark that some editors write. */
	if (paste->length >= 3 && memcmp(paste->text, "\xef\xbb\xbf", 3) == 0)
		memset(paste->text, ' ', 3);
	rc = blank_prefixes(paste);
	if (rc)
		return rc;
	first_other_line(paste, first);
	blank_other_lines(paste);
	rc = read_all(paste);
	if (rc == 0 && json_object_array_length(paste->documents) == 0)
		rc = refuse_nothing(paste, first);
	else if (rc == 0)
		rc = tell_skipped(paste, first);
	return rc;
}

int topology_from_text(char *text, size_t length, struct refusal_list *notices,
		       struct json_object **ret_document, struct topology **ret_topology)
{
	_cleanup_json_ struct json_object *documents = json_object_new_array(), *document = NULL;
	struct paste paste = {
		.text = text,
		.length = length,
		.notices = notices,
		.documents = documents,
	};
	int rc = documents ? read_documents(&paste) : -ENOMEM;

	if (rc == 0)
		rc = topology_merge(documents, notices, &document);
	if (rc == 0)
		rc = topology_from_document(document, notices, ret_topology);
	if (rc == 0)
		*ret_document = TAKE_PTR(document);
	return rc;
}
