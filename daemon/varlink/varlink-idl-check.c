// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks whether a JSON value is of a type of an interface definition, and tells the place of a
 * fault. Pure, without the heap. Called by varlink-server.c for every call and, where replies are
 * checked, for every answer.
 */
#include <errno.h>
#include <json-c/json.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "daemon/varlink/varlink-idl.h"
#include "daemon/varlink/varlink-idl-internal.h"

/* The place of a value, from the inside out, on the stack of the walk. Read only for a fault. */
struct place {
	const struct place *up;
	const char *name; /* NULL for an element of an array */
	size_t index;
};

static int check_type(const struct varlink_type *type, struct json_object *value,
		      const struct place *place, struct varlink_problem *problem);

static int check_member(const struct varlink_idl *idl, enum varlink_member_kind kind,
			const char *name, bool reply, struct json_object *parameters,
			struct varlink_problem *problem);

int varlink_idl_check_call(const struct varlink_idl *idl, const char *method,
			   struct json_object *parameters, struct varlink_problem *reterr_problem)
{
	return check_member(idl, VARLINK_MEMBER_METHOD, method, false, parameters, reterr_problem);
}

int varlink_idl_check_reply(const struct varlink_idl *idl, const char *method,
			    struct json_object *parameters, struct varlink_problem *reterr_problem)
{
	return check_member(idl, VARLINK_MEMBER_METHOD, method, true, parameters, reterr_problem);
}

int varlink_idl_check_error(const struct varlink_idl *idl, const char *error,
			    struct json_object *parameters, struct varlink_problem *reterr_problem)
{
	return check_member(idl, VARLINK_MEMBER_ERROR, error, false, parameters, reterr_problem);
}

/* Appends to a field name; cuts a name that is too long. */
__attribute__((format(printf, 3, 4))) static size_t append(struct varlink_problem *problem,
							   size_t length, const char *format, ...)
{
	va_list arguments;
	int added;

	va_start(arguments, format);
	added = vsnprintf(problem->field + length, sizeof(problem->field) - length, format,
			  arguments);
	va_end(arguments);
	if (added < 0)
		return length;
	length += (size_t)added;
	return length < sizeof(problem->field) ? length : sizeof(problem->field) - 1;
}

/*
 * Appends a name that comes from the peer: only harmless characters, so that a cut breaks no
 * sequence.
 */
static size_t append_name(struct varlink_problem *problem, size_t length, const char *name)
{
	const size_t length_max = sizeof(problem->field) - 1;

	for (; *name && length < length_max; name++)
		problem->field[length++] = *name > ' ' && *name <= '~' ? *name : '?';
	problem->field[length] = '\0';
	return length;
}

static size_t append_place(struct varlink_problem *problem, const struct place *place)
{
	size_t length;

	if (!place)
		return 0;
	length = append_place(problem, place->up);
	if (!place->name)
		return append(problem, length, "[%zu]", place->index);
	if (length > 0)
		length = append(problem, length, ".");
	return append_name(problem, length, place->name);
}

__attribute__((format(printf, 3, 4))) static int fail(struct varlink_problem *problem,
						      const struct place *place, const char *format,
						      ...)
{
	va_list arguments;
	int length;

	*problem = (struct varlink_problem){ .line = 0 };
	(void)append_place(problem, place);
	length = snprintf(problem->text, sizeof(problem->text), "parameters%s%s: ",
			  problem->field[0] && problem->field[0] != '[' ? "." : "", problem->field);
	va_start(arguments, format);
	(void)vsnprintf(problem->text + length, sizeof(problem->text) - (size_t)length, format,
			arguments);
	va_end(arguments);
	return -EINVAL;
}

static const char *type_name(const struct varlink_type *type)
{
	switch (type->kind) {
	case VARLINK_TYPE_BOOL:
		return "bool";
	case VARLINK_TYPE_INT:
		return "int";
	case VARLINK_TYPE_FLOAT:
		return "float";
	case VARLINK_TYPE_STRING:
	case VARLINK_TYPE_ENUM:
		return "string";
	case VARLINK_TYPE_NAMED:
		return type->name;
	case VARLINK_TYPE_ARRAY:
		return "array";
	case VARLINK_TYPE_OBJECT:
	case VARLINK_TYPE_STRUCT:
	case VARLINK_TYPE_MAP:
		break;
	}
	return "object";
}

static const struct varlink_field *find_field(const struct varlink_type *type, const char *name)
{
	for (const struct varlink_field *field = type->fields; field; field = field->next)
		if (strcmp(field->name, name) == 0)
			return field;
	return NULL;
}

static int check_struct(const struct varlink_type *type, struct json_object *value,
			const struct place *place, struct varlink_problem *problem)
{
	int rc;

	json_object_object_foreach(value, name, inner)
	{
		const struct varlink_field *field = find_field(type, name);
		const struct place there = { .up = place, .name = name };

		if (!field)
			return fail(problem, &there, "unknown field");
		rc = check_type(field->type, inner, &there, problem);
		if (rc < 0)
			return rc;
	}
	for (const struct varlink_field *field = type->fields; field; field = field->next) {
		const struct place there = { .up = place, .name = field->name };

		if (!field->type->nullable && !json_object_object_get_ex(value, field->name, NULL))
			return fail(problem, &there, "missing, expected %s",
				    type_name(field->type));
	}
	return 0;
}

static int check_map(const struct varlink_type *type, struct json_object *value,
		     const struct place *place, struct varlink_problem *problem)
{
	json_object_object_foreach(value, name, inner)
	{
		const struct place there = { .up = place, .name = name };
		int rc = check_type(type->element, inner, &there, problem);

		if (rc < 0)
			return rc;
	}
	return 0;
}

static int check_array(const struct varlink_type *type, struct json_object *value,
		       const struct place *place, struct varlink_problem *problem)
{
	const size_t count = json_object_array_length(value);

	for (size_t i = 0; i < count; i++) {
		const struct place there = { .up = place, .index = i };
		int rc = check_type(type->element, json_object_array_get_idx(value, i), &there,
				    problem);

		if (rc < 0)
			return rc;
	}
	return 0;
}

static int check_enum(const struct varlink_type *type, struct json_object *value,
		      const struct place *place, struct varlink_problem *problem)
{
	char names[128] = "";
	size_t length = 0;

	if (find_field(type, json_object_get_string(value)))
		return 0;
	for (const struct varlink_field *field = type->fields; field; field = field->next) {
		int added = snprintf(names + length, sizeof(names) - length, "%s%s",
				     length ? ", " : "", field->name);

		if (added < 0 || (size_t)added >= sizeof(names) - length)
			break;
		length += (size_t)added;
	}
	return fail(problem, place, "expected one of %s", names);
}

static int check_int(struct json_object *value, const struct place *place,
		     struct varlink_problem *problem)
{
	if (json_object_get_uint64(value) > (uint64_t)INT64_MAX)
		return fail(problem, place, "too large for an int");
	return 0;
}

static bool json_type_fits(const struct varlink_type *type, struct json_object *value)
{
	switch (type->kind) {
	case VARLINK_TYPE_BOOL:
		return json_object_is_type(value, json_type_boolean);
	case VARLINK_TYPE_INT:
		return json_object_is_type(value, json_type_int);
	case VARLINK_TYPE_FLOAT:
		return json_object_is_type(value, json_type_int) ||
		       (json_object_is_type(value, json_type_double) &&
			isfinite(json_object_get_double(value)));
	case VARLINK_TYPE_STRING:
	case VARLINK_TYPE_ENUM:
		return json_object_is_type(value, json_type_string);
	case VARLINK_TYPE_ARRAY:
		return json_object_is_type(value, json_type_array);
	case VARLINK_TYPE_OBJECT:
	case VARLINK_TYPE_STRUCT:
	case VARLINK_TYPE_MAP:
		return json_object_is_type(value, json_type_object);
	case VARLINK_TYPE_NAMED:
		break;
	}
	return false;
}

/*
 * The recursion ends with the value: each step goes into a part of the value, except for the step
 * from a type's name to its definition.
 */
static int check_type(const struct varlink_type *type, struct json_object *value,
		      const struct place *place, struct varlink_problem *problem)
{
	if (!value && type->nullable)
		return 0;
	if (type->kind == VARLINK_TYPE_NAMED && value)
		return check_type(type->member->type, value, place, problem);
	if (!value || !json_type_fits(type, value))
		return fail(problem, place, "expected %s", type_name(type));
	switch (type->kind) {
	case VARLINK_TYPE_STRUCT:
		return check_struct(type, value, place, problem);
	case VARLINK_TYPE_MAP:
		return check_map(type, value, place, problem);
	case VARLINK_TYPE_ARRAY:
		return check_array(type, value, place, problem);
	case VARLINK_TYPE_ENUM:
		return check_enum(type, value, place, problem);
	case VARLINK_TYPE_INT:
		return check_int(value, place, problem);
	case VARLINK_TYPE_BOOL:
	case VARLINK_TYPE_FLOAT:
	case VARLINK_TYPE_STRING:
	case VARLINK_TYPE_OBJECT:
	case VARLINK_TYPE_NAMED:
		break;
	}
	return 0;
}

/* Checks a call without parameters like one with an empty object. */
static int check_nothing(const struct varlink_type *type, struct varlink_problem *problem)
{
	for (const struct varlink_field *field = type->fields; field; field = field->next) {
		const struct place there = { .name = field->name };

		if (!field->type->nullable)
			return fail(problem, &there, "missing, expected %s",
				    type_name(field->type));
	}
	return 0;
}

static int check_member(const struct varlink_idl *idl, enum varlink_member_kind kind,
			const char *name, bool reply, struct json_object *parameters,
			struct varlink_problem *problem)
{
	const struct varlink_member *member = varlink_idl_find(idl, kind, name);
	const struct varlink_type *type;

	if (!member)
		return -ENOENT;
	type = reply ? member->reply : member->type;
	if (!parameters)
		return check_nothing(type, problem);
	return check_type(type, parameters, NULL, problem);
}
