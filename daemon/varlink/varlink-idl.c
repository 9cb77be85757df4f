// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parser of interface definitions. All memory comes from one arena, so a text with a fault in
 * its last line leaves nothing behind. Pure but for the heap.
 */
#include "daemon/varlink/varlink-idl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/varlink/varlink-idl-internal.h"
#include "util/arena.h"
#include "util/cleanup.h"

struct parser {
	struct varlink_idl *idl;
	struct varlink_problem *problem;
	const char *at, *end;
	unsigned int line, depth;
	bool line_has_token;
	const char *comment, *comment_end; /* the comment lines just before */
	struct varlink_type_link *named;   /* links to resolve at the end */
};

struct varlink_type_link {
	struct varlink_type_link *next;
	struct varlink_type *type;
	unsigned int line;
};

struct token {
	const char *text;
	size_t length;
};

DEFINE_CLEANUP(struct varlink_idl *, varlink_idl_free)

static int parse_interface(struct parser *parser);

int varlink_idl_parse(const char *text, size_t length, struct varlink_idl **ret_idl,
		      struct varlink_problem *reterr_problem)
{
	_cleanup_(varlink_idl_freep) struct varlink_idl *idl = NULL;
	struct parser parser = { .line = 1, .problem = reterr_problem };
	int rc;

	*reterr_problem =
		(struct varlink_problem){ .line = 1, .text = "line 1: the text is too long" };
	if (length > VARLINK_IDL_SIZE_MAX)
		return -EINVAL;
	idl = calloc(1, sizeof(*idl));
	if (!idl)
		return -ENOMEM;
	idl->text = arena_alloc(&idl->arena, length + 1);
	if (!idl->text)
		return -ENOMEM;
	memcpy(idl->text, text, length);
	parser.idl = idl;
	parser.at = idl->text;
	parser.end = idl->text + length;
	rc = parse_interface(&parser);
	if (rc < 0)
		return rc;
	*ret_idl = TAKE_PTR(idl);
	return 0;
}

struct varlink_idl *varlink_idl_free(struct varlink_idl *idl)
{
	if (idl)
		arena_deinit(&idl->arena);
	free(idl);
	return NULL;
}

const char *varlink_idl_name(const struct varlink_idl *idl)
{
	return idl->name;
}

const char *varlink_idl_comment(const struct varlink_idl *idl)
{
	return idl->comment;
}

const char *varlink_idl_text(const struct varlink_idl *idl)
{
	return idl->text;
}

const struct varlink_member *varlink_idl_members(const struct varlink_idl *idl)
{
	return idl->members;
}

static const struct varlink_member *find_any(const struct varlink_idl *idl, const char *name)
{
	for (const struct varlink_member *member = idl->members; member; member = member->next)
		if (strcmp(member->name, name) == 0)
			return member;
	return NULL;
}

const struct varlink_member *varlink_idl_find(const struct varlink_idl *idl,
					      enum varlink_member_kind kind, const char *name)
{
	const size_t length = strlen(idl->name);
	const struct varlink_member *member;

	if (strncmp(name, idl->name, length) == 0 && name[length] == '.')
		name += length + 1;
	member = find_any(idl, name);
	return member && member->kind == kind ? member : NULL;
}

/* ---- parsing ---- */

__attribute__((format(printf, 2, 3))) static int fail(struct parser *parser, const char *format,
						      ...)
{
	struct varlink_problem *problem = parser->problem;
	va_list arguments;
	int length;

	*problem = (struct varlink_problem){ .line = parser->line };
	length = snprintf(problem->text, sizeof(problem->text), "line %u: ", parser->line);
	va_start(arguments, format);
	(void)vsnprintf(problem->text + length, sizeof(problem->text) - (size_t)length, format,
			arguments);
	va_end(arguments);
	return -EINVAL;
}

/*
 * Skips one comment. A block of comments on lines of their own is remembered for the next
 * definition.
 */
static void skip_comment(struct parser *parser)
{
	const char *start = parser->at;

	while (parser->at < parser->end && *parser->at != '\n')
		parser->at++;
	if (parser->line_has_token)
		return;
	if (!parser->comment)
		parser->comment = start;
	parser->comment_end = parser->at;
}

/* Skips space and comments. An empty line separates a comment from the next definition. */
static void skip_space(struct parser *parser)
{
	bool line_is_empty = !parser->line_has_token;

	for (; parser->at < parser->end; parser->at++) {
		if (*parser->at == '#') {
			skip_comment(parser);
			line_is_empty = false;
			if (parser->at == parser->end)
				return;
		}
		if (*parser->at == '\n') {
			if (line_is_empty)
				parser->comment = NULL;
			line_is_empty = true;
			parser->line++;
			parser->line_has_token = false;
		} else if (*parser->at != ' ' && *parser->at != '\t' && *parser->at != '\r') {
			return;
		}
	}
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Peeks at the next token: a word, "->", or one other character; empty at the end. */
static struct token peek(struct parser *parser)
{
	struct token token = { .text = parser->at };
	const char *at;

	skip_space(parser);
	token.text = at = parser->at;
	while (at < parser->end &&
	       (is_letter(*at) || is_digit(*at) || *at == '_' || *at == '.' ||
		(*at == '-' && at > token.text && (at + 1 == parser->end || at[1] != '>'))))
		at++;
	if (at == token.text && at < parser->end)
		at += *at == '-' && at + 1 < parser->end && at[1] == '>' ? 2 : 1;
	token.length = (size_t)(at - token.text);
	return token;
}

static void take(struct parser *parser, struct token token)
{
	parser->at = token.text + token.length;
	parser->line_has_token = true;
	parser->comment = NULL;
}

static bool token_is(struct token token, const char *text)
{
	return token.length == strlen(text) && memcmp(token.text, text, token.length) == 0;
}

static bool accept(struct parser *parser, const char *text)
{
	const struct token token = peek(parser);

	if (!token_is(token, text))
		return false;
	take(parser, token);
	return true;
}

/* Something to put after "not": the token, printable and short. */
static const char *token_name(struct token token, char *buffer, size_t size)
{
	if (token.length == 0)
		return "the end";
	if (token.length == 1 && (*token.text < ' ' || *token.text > '~'))
		(void)snprintf(buffer, size, "byte %#04x",
			       (unsigned int)(unsigned char)*token.text);
	else
		(void)snprintf(buffer, size, "'%.*s'", token.length > 40 ? 40 : (int)token.length,
			       token.text);
	return buffer;
}

static int expect(struct parser *parser, const char *text)
{
	char name[64];

	if (accept(parser, text))
		return 0;
	return fail(parser, "expected '%s', not %s", text,
		    token_name(peek(parser), name, sizeof(name)));
}

/* Takes the remembered comment, without the leading "# " of each line. */
static int take_comment(struct parser *parser, const char **ret_comment)
{
	const char *from = parser->comment;
	char *comment, *to;

	*ret_comment = NULL;
	parser->comment = NULL;
	if (!from)
		return 0;
	comment = to = arena_alloc(&parser->idl->arena, (size_t)(parser->comment_end - from) + 1);
	if (!comment)
		return -ENOMEM;
	while (from < parser->comment_end) {
		while (from < parser->comment_end && *from != '#')
			from++;
		if (from < parser->comment_end)
			from++;
		if (from < parser->comment_end && *from == ' ')
			from++;
		while (from < parser->comment_end && *from != '\n')
			*to++ = *from++;
		if (from < parser->comment_end)
			*to++ = '\n';
	}
	*to = '\0';
	*ret_comment = comment;
	return 0;
}

/* [A-Za-z]([-]*[A-Za-z0-9])*(\.[A-Za-z0-9]([-]*[A-Za-z0-9])*)+ */
static bool interface_name_is_valid(struct token token)
{
	size_t dot_count = 0;
	char last = '.';

	for (size_t i = 0; i < token.length; i++) {
		const char c = token.text[i];

		if (!is_letter(c) && !is_digit(c) && c != '-' && c != '.')
			return false;
		if ((c == '.' || c == '-') && last == '.')
			return false;
		if (c == '.' && last == '-')
			return false;
		dot_count += c == '.';
		last = c;
	}
	return token.length > 0 && is_letter(token.text[0]) && dot_count > 0 &&
	       (is_letter(last) || is_digit(last));
}

/* [A-Z][A-Za-z0-9]* */
static bool member_name_is_valid(struct token token)
{
	if (token.length == 0 || token.text[0] < 'A' || token.text[0] > 'Z')
		return false;
	for (size_t i = 0; i < token.length; i++)
		if (!is_letter(token.text[i]) && !is_digit(token.text[i]))
			return false;
	return true;
}

/* [A-Za-z](_?[A-Za-z0-9])* */
static bool field_name_is_valid(struct token token)
{
	char last = '_';

	if (token.length == 0 || is_digit(token.text[0]))
		return false;
	for (size_t i = 0; i < token.length; i++) {
		const char c = token.text[i];

		if (!is_letter(c) && !is_digit(c) && c != '_')
			return false;
		if (c == '_' && last == '_')
			return false;
		last = c;
	}
	return last != '_';
}

static int take_name(struct parser *parser, bool (*is_valid)(struct token token), const char *what,
		     const char **ret_name)
{
	const struct token token = peek(parser);
	char text[64], *name;

	if (token.length > 255 || !is_valid(token))
		return fail(parser, "expected %s, not %s", what,
			    token_name(token, text, sizeof(text)));
	name = arena_alloc(&parser->idl->arena, token.length + 1);
	if (!name)
		return -ENOMEM;
	memcpy(name, token.text, token.length);
	take(parser, token);
	*ret_name = name;
	return 0;
}

static int parse_type(struct parser *parser, struct varlink_type **ret_type);

/* Parses one field of a struct or one value of an enum; the first member decides which. */
static int parse_field(struct parser *parser, struct varlink_type *type,
		       struct varlink_field ***tail)
{
	const bool first = !type->fields;
	struct varlink_field *field = arena_alloc(&parser->idl->arena, sizeof(*field));
	int rc;

	if (!field)
		return -ENOMEM;
	(void)peek(parser);
	rc = take_comment(parser, &field->comment);
	if (rc == 0)
		rc = take_name(parser, field_name_is_valid, "a field name", &field->name);
	if (rc < 0)
		return rc;
	for (const struct varlink_field *other = type->fields; other; other = other->next)
		if (strcmp(other->name, field->name) == 0)
			return fail(parser, "'%s' appears twice", field->name);
	if (first && !token_is(peek(parser), ":"))
		type->kind = VARLINK_TYPE_ENUM;
	if (type->kind == VARLINK_TYPE_STRUCT) {
		rc = expect(parser, ":");
		if (rc == 0)
			rc = parse_type(parser, &field->type);
		if (rc < 0)
			return rc;
	}
	**tail = field;
	*tail = &field->next;
	return 0;
}

static int parse_fields(struct parser *parser, struct varlink_type *type)
{
	struct varlink_field **tail = &type->fields;
	int rc;

	type->kind = VARLINK_TYPE_STRUCT;
	rc = expect(parser, "(");
	if (rc < 0 || accept(parser, ")"))
		return rc;
	do {
		rc = parse_field(parser, type, &tail);
		if (rc < 0)
			return rc;
	} while (accept(parser, ","));
	return expect(parser, ")");
}

static int parse_named(struct parser *parser, struct varlink_type *type)
{
	struct varlink_type_link *link;

	type->kind = VARLINK_TYPE_NAMED;
	link = arena_alloc(&parser->idl->arena, sizeof(*link));
	if (!link)
		return -ENOMEM;
	*link = (struct varlink_type_link){
		.next = parser->named,
		.type = type,
		.line = parser->line,
	};
	parser->named = link;
	return take_name(parser, member_name_is_valid, "a type", &type->name);
}

/* Parses the type that may follow "?", "[]" and "[string]". */
static int parse_element(struct parser *parser, struct varlink_type *type)
{
	static const struct {
		const char *word;
		enum varlink_type_kind kind;
	} words[] = {
		{ "bool", VARLINK_TYPE_BOOL },	   { "int", VARLINK_TYPE_INT },
		{ "float", VARLINK_TYPE_FLOAT },   { "string", VARLINK_TYPE_STRING },
		{ "object", VARLINK_TYPE_OBJECT },
	};

	if (token_is(peek(parser), "("))
		return parse_fields(parser, type);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (accept(parser, words[i].word)) {
			type->kind = words[i].kind;
			return 0;
		}
	return parse_named(parser, type);
}

static int parse_container(struct parser *parser, struct varlink_type *type)
{
	int rc;

	type->kind = accept(parser, "string") ? VARLINK_TYPE_MAP : VARLINK_TYPE_ARRAY;
	rc = expect(parser, "]");
	if (rc < 0)
		return rc;
	return parse_type(parser, &type->element);
}

static int parse_type(struct parser *parser, struct varlink_type **ret_type)
{
	struct varlink_type *type = arena_alloc(&parser->idl->arena, sizeof(*type));
	int rc;

	if (!type)
		return -ENOMEM;
	if (parser->depth >= VARLINK_IDL_DEPTH_MAX)
		return fail(parser, "types are nested more than %u deep", VARLINK_IDL_DEPTH_MAX);
	parser->depth++;
	type->nullable = accept(parser, "?");
	rc = accept(parser, "[") ? parse_container(parser, type) : parse_element(parser, type);
	parser->depth--;
	if (rc < 0)
		return rc;
	*ret_type = type;
	return 0;
}

static int parse_struct(struct parser *parser, struct varlink_type **ret_type)
{
	int rc;

	if (!token_is(peek(parser), "("))
		return expect(parser, "(");
	rc = parse_type(parser, ret_type);
	if (rc == 0 && (*ret_type)->kind != VARLINK_TYPE_STRUCT)
		return fail(parser, "an enum can't stand here");
	return rc;
}

static int parse_member(struct parser *parser, struct varlink_member *member)
{
	char text[64];
	int rc;

	if (accept(parser, "type"))
		member->kind = VARLINK_MEMBER_TYPE;
	else if (accept(parser, "method"))
		member->kind = VARLINK_MEMBER_METHOD;
	else if (accept(parser, "error"))
		member->kind = VARLINK_MEMBER_ERROR;
	else
		return fail(parser, "expected 'type', 'method' or 'error', not %s",
			    token_name(peek(parser), text, sizeof(text)));
	member->line = parser->line;
	rc = take_name(parser, member_name_is_valid, "a name with a capital", &member->name);
	if (rc < 0)
		return rc;
	if (find_any(parser->idl, member->name))
		return fail(parser, "'%s' is defined twice", member->name);
	if (member->kind != VARLINK_MEMBER_TYPE)
		rc = parse_struct(parser, &member->type);
	else if (token_is(peek(parser), "("))
		rc = parse_type(parser, &member->type);
	else
		rc = expect(parser, "(");
	if (rc < 0 || member->kind != VARLINK_MEMBER_METHOD)
		return rc;
	rc = expect(parser, "->");
	return rc < 0 ? rc : parse_struct(parser, &member->reply);
}

static int resolve_names(struct parser *parser)
{
	for (struct varlink_type_link *link = parser->named; link; link = link->next) {
		const struct varlink_member *member = find_any(parser->idl, link->type->name);

		parser->line = link->line;
		if (!member || member->kind != VARLINK_MEMBER_TYPE)
			return fail(parser, "there is no type '%s'", link->type->name);
		link->type->member = member;
	}
	return 0;
}

static int check_ascii(struct parser *parser)
{
	for (const char *at = parser->at; at < parser->end; at++) {
		if (*at == '\n')
			parser->line++;
		else if ((*at < ' ' || *at > '~') && *at != '\t' && *at != '\r')
			return fail(parser, "byte %#04x is not plain ASCII text",
				    (unsigned int)(unsigned char)*at);
	}
	parser->line = 1;
	return 0;
}

static int parse_interface(struct parser *parser)
{
	struct varlink_idl *idl = parser->idl;
	struct varlink_member **tail = &idl->members;
	int rc;

	rc = check_ascii(parser);
	if (rc < 0)
		return rc;
	(void)peek(parser);
	rc = take_comment(parser, &idl->comment);
	if (rc == 0)
		rc = expect(parser, "interface");
	if (rc == 0)
		rc = take_name(parser, interface_name_is_valid, "an interface name", &idl->name);
	if (rc < 0)
		return rc;
	while (peek(parser).length > 0) {
		struct varlink_member *member = arena_alloc(&idl->arena, sizeof(*member));

		if (!member)
			return -ENOMEM;
		rc = take_comment(parser, &member->comment);
		if (rc == 0)
			rc = parse_member(parser, member);
		if (rc < 0)
			return rc;
		*tail = member;
		tail = &member->next;
	}
	return resolve_names(parser);
}
