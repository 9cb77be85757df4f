// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer: the first byte selects the kind of the rest: a stream of calls, a stream of replies,
 * an interface definition, or a definition and parameters of its first method, separated by a NUL.
 */
#include <assert.h>
#include <json-c/json.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/varlink/varlink-idl.h"
#include "test/fuzz/fuzz.h"
#include "util/json.h"
#include "util/varlink-message.h"

#define MESSAGE_SIZE_MAX ((size_t)4096)
#define VALUE_COUNT_MAX	 ((size_t)1000)

static struct json_object *make_tree(const char *text, size_t length)
{
	struct json_tokener *tokener = json_tokener_new_ex((int)VARLINK_DEPTH_MAX + 1);
	struct json_object *tree = json_tokener_parse_ex(tokener, text, (int)length);

	/* json-c can parse every text that our checker accepts. */
	assert(json_tokener_get_error(tokener) == json_tokener_success);
	json_tokener_free(tokener);
	return tree;
}

/* Feeds pieces of a size that the data chooses, as from a socket. */
static void fuzz_stream(enum varlink_message_kind kind, const char *data, size_t size)
{
	const size_t piece_max = size ? 1 + (size_t)(uint8_t)data[0] % 64 : 1;
	struct varlink_input input;
	struct varlink_message message;
	const char *text;
	size_t length;
	int rc = 0;

	varlink_input_init(&input, MESSAGE_SIZE_MAX);
	while (size > 0 && rc >= 0) {
		const size_t piece = size < piece_max ? size : piece_max;

		rc = varlink_input_push(&input, data, piece);
		data += piece;
		size -= piece;
		while (rc >= 0 && (rc = varlink_input_next(&input, &text, &length)) > 0)
			if (varlink_message_parse(kind, text, length, VALUE_COUNT_MAX, &message) ==
			    0)
				(void)json_object_put(
					make_tree(message.parameters, message.parameters_length));
	}
	varlink_input_deinit(&input);
}

static struct varlink_idl *fuzz_interface(const char *text, size_t length)
{
	struct varlink_problem problem;
	struct varlink_idl *idl = NULL;

	if (varlink_idl_parse(text, length, &idl, &problem) < 0)
		assert(problem.line > 0 && problem.text[0]);
	return idl;
}

static void fuzz_check(const char *data, size_t size)
{
	const char *nul = memchr(data, '\0', size);
	struct varlink_problem problem;
	struct varlink_idl *idl;

	if (!nul)
		return;
	idl = fuzz_interface(data, (size_t)(nul - data));
	size -= (size_t)(nul - data) + 1;
	if (idl && varlink_json_check_object(nul + 1, size, VALUE_COUNT_MAX, NULL) == 0) {
		struct json_object *parameters = make_tree(nul + 1, size);

		for (const struct varlink_member *member = varlink_idl_members(idl); member;
		     member = member->next) {
			(void)varlink_idl_check_call(idl, member->name, parameters, &problem);
			(void)varlink_idl_check_reply(idl, member->name, parameters, &problem);
			(void)varlink_idl_check_error(idl, member->name, parameters, &problem);
		}
		(void)json_object_put(parameters);
	}
	(void)varlink_idl_free(idl);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 1;

	if (size == 0)
		return 0;
	switch (data[0] % 4) {
	case 0:
		fuzz_stream(VARLINK_MESSAGE_CALL, text, size - 1);
		break;
	case 1:
		fuzz_stream(VARLINK_MESSAGE_REPLY, text, size - 1);
		break;
	case 2:
		(void)varlink_idl_free(fuzz_interface(text, size - 1));
		break;
	default:
		fuzz_check(text, size - 1);
		break;
	}
	return 0;
}
