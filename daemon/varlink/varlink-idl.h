/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interface definitions (https://varlink.org/Interface-Definition): a parser that makes a small
 * tree of a text, and checks of JSON parameters against that tree. Values and pure functions; may
 * call util/ and json-c only. Called by varlink-server.c and by tests.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct json_object;

#define VARLINK_IDL_SIZE_MAX  ((size_t)256 * 1024)
#define VARLINK_IDL_DEPTH_MAX 32u

/* A mistake, described for people. The texts have fixed sizes, so that a description can't fail. */
struct varlink_problem {
	unsigned int line; /* of an interface text; 0 for a mistake in parameters */
	char field[128];   /* "targets[2].size", or "" for the parameters as a whole */
	char text[256];	   /* "parameters.targets[2].size: expected int" */
};

enum varlink_type_kind {
	VARLINK_TYPE_BOOL,
	VARLINK_TYPE_INT,
	VARLINK_TYPE_FLOAT,
	VARLINK_TYPE_STRING,
	VARLINK_TYPE_OBJECT, /* any JSON object */
	VARLINK_TYPE_ENUM,
	VARLINK_TYPE_STRUCT,
	VARLINK_TYPE_NAMED,
	VARLINK_TYPE_ARRAY,
	VARLINK_TYPE_MAP,
};

struct varlink_type {
	enum varlink_type_kind kind;
	bool nullable;
	struct varlink_field *fields;	     /* of a struct; the values of an enum */
	struct varlink_type *element;	     /* of an array or a map */
	const char *name;		     /* of a named type */
	const struct varlink_member *member; /* the definition of that type */
};

struct varlink_field {
	struct varlink_field *next;
	const char *name;
	const char *comment;	   /* NULL when there is none */
	struct varlink_type *type; /* NULL for the value of an enum */
};

enum varlink_member_kind {
	VARLINK_MEMBER_TYPE,
	VARLINK_MEMBER_METHOD,
	VARLINK_MEMBER_ERROR,
};

struct varlink_member {
	struct varlink_member *next;
	enum varlink_member_kind kind;
	const char *name;    /* without the interface */
	const char *comment; /* NULL when there is none */
	unsigned int line;
	struct varlink_type *type;  /* a type or an error; the parameters of a method */
	struct varlink_type *reply; /* the reply of a method */
};

struct varlink_idl;

/**
 * varlink_idl_parse() - makes a tree of an interface definition
 * @text: the definition; plain ASCII
 * @length: its length
 * @ret_idl: to be freed with varlink_idl_free()
 * @reterr_problem: set when -EINVAL is returned: the line and the mistake
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int varlink_idl_parse(const char *text, size_t length, struct varlink_idl **ret_idl,
		      struct varlink_problem *reterr_problem);

struct varlink_idl *varlink_idl_free(struct varlink_idl *idl);

const char *varlink_idl_name(const struct varlink_idl *idl);
const char *varlink_idl_comment(const struct varlink_idl *idl);

/** varlink_idl_text() - the text that was parsed, ended by a NUL */
const char *varlink_idl_text(const struct varlink_idl *idl);

/** varlink_idl_members() - all members in the order of the text */
const struct varlink_member *varlink_idl_members(const struct varlink_idl *idl);

/**
 * varlink_idl_find() - looks a member up
 * @name: with or without the interface in front
 *
 * Return: the member, or NULL when the interface has no member of that name and kind.
 */
const struct varlink_member *varlink_idl_find(const struct varlink_idl *idl,
					      enum varlink_member_kind kind, const char *name);

/**
 * varlink_idl_check_call() - are these the parameters of that method?
 * @parameters: a JSON object; NULL stands for an empty one
 * @reterr_problem: set when -EINVAL is returned
 *
 * Strict: an unknown field, a missing field that is not nullable, and a value of another type are
 * refused.
 *
 * Return: 0, -EINVAL, or -ENOENT when the interface has no such method.
 */
int varlink_idl_check_call(const struct varlink_idl *idl, const char *method,
			   struct json_object *parameters, struct varlink_problem *reterr_problem);

/** varlink_idl_check_reply() - the same for the parameters of a reply */
int varlink_idl_check_reply(const struct varlink_idl *idl, const char *method,
			    struct json_object *parameters, struct varlink_problem *reterr_problem);

/** varlink_idl_check_error() - the same for the parameters of an error */
int varlink_idl_check_error(const struct varlink_idl *idl, const char *error,
			    struct json_object *parameters, struct varlink_problem *reterr_problem);
