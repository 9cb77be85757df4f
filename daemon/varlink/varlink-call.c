// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a message to a handler, and from an answer to bytes. A call is a handle that may be kept for
 * any time; an answer after the client has left does nothing. Touches no socket itself.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/varlink/varlink-internal.h"
#include "util/json.h"
#include "util/log.h"

struct varlink_call {
	unsigned int reference_count;
	struct varlink_connection
		*connection;	       /* NULL: the client has gone, or has got its answer */
	const struct varlink_idl *idl; /* NULL: the interface is unknown */
	const struct varlink_server_method *entry; /* the method's handler, or NULL */
	struct json_object *parameters;		   /* while the handler works on them */
	struct varlink_peer peer;
	varlink_close_fn on_close;
	void *on_close_userdata;
	enum quota_kind
		slot; /* the kind of slot that the call has taken; QUOTA_CONNECTIONS: none */
	size_t kept;  /* bytes charged to the user */
	bool again;   /* the handler is to be called once more, and the call is held until then */
	bool more, oneway, answered;
	unsigned int waited; /* see varlink_call_waited() */
	char method[VARLINK_NAME_LENGTH_MAX + 1];
};

enum answer_kind {
	ANSWER_REPLY,
	ANSWER_NOTIFY,
	ANSWER_ERROR,
};

DEFINE_CLEANUP(struct varlink_call *, varlink_call_unref)

/* The cost of any value in a tree: json-c's objects, their tables, the allocator. */
#define VALUE_SIZE ((size_t)128)

static int dispatch(struct varlink_call *call, const struct varlink_message *message);

/* ---- the quota of a call ---- */

static bool take_quota(struct varlink_call *call, enum quota_kind slot, size_t bytes)
{
	struct quota *quota = &call->connection->server->quota;
	struct quota_user *user = &call->connection->user->quota;

	if (!quota_take(quota, user, QUOTA_KEPT, bytes))
		return false;
	call->kept = bytes;
	if (slot != QUOTA_CONNECTIONS && !quota_take(quota, user, slot, 1))
		return false;
	call->slot = slot;
	return true;
}

/* Ends the call's hold on connection and quota: it was answered, or its client has gone. */
static void leave_connection(struct varlink_call *call)
{
	struct quota *quota = &call->connection->server->quota;
	struct quota_user *user = &call->connection->user->quota;

	json_object_put(TAKE_PTR(call->parameters));
	quota_give(quota, user, QUOTA_KEPT, call->kept);
	if (call->slot != QUOTA_CONNECTIONS)
		quota_give(quota, user, call->slot, 1);
	call->kept = 0;
	call->slot = QUOTA_CONNECTIONS;
	call->connection = NULL;
	call->on_close = NULL;
	if (call->again) {
		call->again = false;
		(void)varlink_call_unref(call);
	}
}

int varlink_call_keep_draft(struct varlink_call *call, const struct varlink_draft *draft)
{
	struct varlink_connection *connection = call->connection;

	if (!quota_take(&connection->server->quota, &connection->user->quota, QUOTA_KEPT,
			draft->bytes))
		return -EDQUOT;
	connection->draft = *draft;
	return 0;
}

struct varlink_draft varlink_connection_take_draft(struct varlink_connection *connection)
{
	const struct varlink_draft draft = connection->draft;

	quota_give(&connection->server->quota, &connection->user->quota, QUOTA_KEPT, draft.bytes);
	connection->draft = VARLINK_DRAFT_NULL;
	return draft;
}

struct varlink_draft varlink_call_take_draft(struct varlink_call *call)
{
	return varlink_connection_take_draft(call->connection);
}

/* ---- from a message to a handler ---- */

int varlink_call_start(struct varlink_connection *connection, const char *text, size_t length)
{
	_cleanup_(varlink_call_unrefp) struct varlink_call *call = NULL;
	struct varlink_message message;
	int rc;

	rc = varlink_message_parse(VARLINK_MESSAGE_CALL, text, length, VARLINK_CALL_VALUES_MAX,
				   &message);
	if (rc < 0)
		return rc;
	call = calloc(1, sizeof(*call));
	if (!call) {
		varlink_connection_drop(connection, "no memory for its call");
		return 0;
	}
	call->reference_count = 1;
	call->connection = connection;
	call->peer = connection->peer;
	call->more = message.more;
	call->oneway = message.oneway;
	memcpy(call->method, message.name, message.name_length);
	connection->current = call;
	connection->server->stats.calls++;
	rc = dispatch(call, &message);
	if (rc < 0 && varlink_call_is_open(call))
		(void)varlink_call_error_errno(call, rc);
	return 0;
}

void varlink_call_again(struct varlink_call *call)
{
	if (!call->connection || call->again)
		return;
	call->again = true;
	(void)varlink_call_ref(call);
	varlink_turns_make_ready(call->connection, 0);
}

unsigned int varlink_call_waited(const struct varlink_call *call)
{
	return call->waited;
}

void varlink_call_set_waited(struct varlink_call *call, unsigned int waited)
{
	call->waited = waited;
}

void varlink_call_go_on(struct varlink_call *call)
{
	_cleanup_(varlink_call_unrefp) struct varlink_call *held = NULL;
	_cleanup_json_ struct json_object *parameters = json_object_get(call->parameters);
	int rc;

	if (!call->again)
		return;
	call->again = false;
	held = call;
	rc = call->entry->method->handler(call, parameters, call->entry->userdata);
	if (rc < 0 && varlink_call_is_open(call))
		(void)varlink_call_error_errno(call, rc);
}

void varlink_call_disconnect(struct varlink_call *call)
{
	_cleanup_(varlink_call_unrefp) struct varlink_call *held = varlink_call_ref(call);
	varlink_close_fn on_close = held->on_close;

	leave_connection(held);
	if (on_close)
		on_close(held, held->on_close_userdata);
}

static int refuse_name(struct varlink_call *call, const char *error, const char *key,
		       const char *name, size_t length)
{
	_cleanup_json_ struct json_object *parameters = json_object_new_object();
	int rc;

	if (!parameters)
		return -ENOMEM;
	rc = json_add(parameters, key, json_object_new_string_len(name, (int)length));
	if (rc < 0)
		return rc;
	(void)varlink_call_error(call, error, parameters);
	return 0;
}

struct tree_size {
	size_t values, members;
};

static void measure(struct json_object *value, struct tree_size *size)
{
	size->values++;
	if (json_object_is_type(value, json_type_object)) {
		json_object_object_foreach(value, name, inner)
		{
			(void)name;
			size->members++;
			measure(inner, size);
		}
	} else if (json_object_is_type(value, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(value); i++)
			measure(json_object_array_get_idx(value, i), size);
	}
}

/*
 * Makes a tree of a text that was checked and has @member_count members. This fails only for lack
 * of memory, or if one object has two members of one name: json-c keeps the last of them, and the
 * tree has fewer members than the text.
 */
static int parse_checked(const char *text, size_t length, size_t member_count,
			 struct json_object **ret_object, size_t *ret_bytes)
{
	struct json_tokener *tokener = json_tokener_new_ex((int)VARLINK_DEPTH_MAX + 1);
	_cleanup_json_ struct json_object *object = NULL;
	struct tree_size size = { 0 };

	if (!tokener)
		return -ENOMEM;
	object = json_tokener_parse_ex(tokener, text, (int)length);
	json_tokener_free(tokener);
	if (!object)
		return -ENOMEM;
	measure(object, &size);
	if (size.members != member_count)
		return -EINVAL;
	*ret_object = TAKE_PTR(object);
	*ret_bytes = length + size.values * VALUE_SIZE;
	return 0;
}

static int check_access(struct varlink_call *call, const struct varlink_method *method,
			struct json_object *parameters)
{
	struct varlink_server *server = call->connection->server;

	if (!server->access || strcmp(varlink_idl_name(call->idl), VARLINK_SERVICE) == 0)
		return 0;
	return server->access(call, method, parameters, server->access_userdata);
}

static int dispatch_known(struct varlink_call *call, const struct varlink_server_method *entry,
			  const struct varlink_message *message)
{
	_cleanup_json_ struct json_object *parameters = NULL;
	struct varlink_problem problem;
	size_t bytes;
	int rc;

	rc = parse_checked(message->parameters, message->parameters_length,
			   message->parameters_member_count, &parameters, &bytes);
	if (rc == -EINVAL) {
		(void)varlink_call_error_invalid_parameter(call, "parameters",
							   "a name appears twice in one object");
		return 0;
	}
	if (rc < 0)
		return rc;
	rc = check_access(call, entry->method, parameters);
	if (rc < 0 || !varlink_call_is_open(call))
		return rc;
	if (!entry->method->handler)
		return refuse_name(call, VARLINK_SERVICE ".MethodNotImplemented", "method",
				   call->method, strlen(call->method));
	rc = varlink_idl_check_call(call->idl, call->method, parameters, &problem);
	if (rc < 0) {
		(void)varlink_call_error_invalid_parameter(call, problem.field, problem.text);
		return 0;
	}
	if (message->upgrade) {
		(void)varlink_call_error_invalid_parameter(call, "upgrade", "not supported");
		return 0;
	}
	if ((entry->method->flags & VARLINK_METHOD_NEEDS_MORE) && !call->more) {
		(void)varlink_call_error(call, VARLINK_SERVICE ".ExpectedMore", NULL);
		return 0;
	}
	if (!take_quota(call, entry->method->slot, bytes)) {
		(void)varlink_call_error(call, call->connection->server->options.too_many_error,
					 NULL);
		return 0;
	}
	call->entry = entry;
	call->parameters = json_object_get(parameters);
	return entry->method->handler(call, parameters, entry->userdata);
}

static int dispatch(struct varlink_call *call, const struct varlink_message *message)
{
	const struct varlink_server *server = call->connection->server;
	const char *dot = strrchr(call->method, '.');
	const size_t length = dot ? (size_t)(dot - call->method) : strlen(call->method);
	const struct varlink_server_method *entry;

	call->idl = varlink_server_find_interface(server, call->method, length);
	if (!call->idl)
		return refuse_name(call, VARLINK_SERVICE ".InterfaceNotFound", "interface",
				   call->method, length);
	entry = varlink_server_find_method(server, call->method);
	if (entry)
		return dispatch_known(call, entry, message);
	return refuse_name(call,
			   varlink_idl_find(call->idl, VARLINK_MEMBER_METHOD, call->method)
				   ? VARLINK_SERVICE ".MethodNotImplemented"
				   : VARLINK_SERVICE ".MethodNotFound",
			   "method", call->method, strlen(call->method));
}

/* ---- the handle ---- */

struct varlink_call *varlink_call_ref(struct varlink_call *call)
{
	assert(call->reference_count > 0);
	call->reference_count++;
	return call;
}

struct varlink_call *varlink_call_unref(struct varlink_call *call)
{
	if (!call)
		return NULL;
	assert(call->reference_count > 0);
	/* The last reference goes without an answer: the client would wait for ever. */
	if (call->reference_count == 1 && varlink_call_is_open(call))
		(void)varlink_call_error_errno(call, EIO);
	if (--call->reference_count == 0)
		free(call);
	return NULL;
}

const char *varlink_call_method(const struct varlink_call *call)
{
	return call->method;
}

const struct varlink_peer *varlink_call_peer(const struct varlink_call *call)
{
	return &call->peer;
}

bool varlink_call_wants_more(const struct varlink_call *call)
{
	return call->more;
}

bool varlink_call_is_oneway(const struct varlink_call *call)
{
	return call->oneway;
}

bool varlink_call_is_behind(const struct varlink_call *call)
{
	return call->connection && !call->connection->doomed &&
	       varlink_output_size(&call->connection->output) >= VARLINK_SERVER_UNREAD_BYTES_LOW;
}

bool varlink_call_is_open(const struct varlink_call *call)
{
	return call->connection != NULL;
}

void varlink_call_on_close(struct varlink_call *call, varlink_close_fn callback, void *userdata)
{
	call->on_close = callback;
	call->on_close_userdata = userdata;
}

/* ---- from an answer to bytes ---- */

/* Leaves the connection free for its next call. */
static void finish(struct varlink_call *call)
{
	call->connection->current = NULL;
	call->answered = true;
	leave_connection(call);
}

static int append(struct varlink_call *call, enum answer_kind kind, const char *error,
		  const char *text, size_t length)
{
	struct varlink_connection *connection = call->connection;
	struct varlink_output *output = &connection->output;
	const size_t unread = varlink_output_size(output);

	if (call->oneway || connection->peer_gone || connection->doomed)
		return 0;
	/* A notification may have any size if the reader has read all earlier ones. */
	if (kind == ANSWER_NOTIFY && unread > 0 &&
	    unread + length > connection->server->options.stream_bytes_max)
		return -ENOBUFS;
	if (kind == ANSWER_ERROR)
		return varlink_output_error(output, error, text, length);
	return varlink_output_reply(output, text, length, kind == ANSWER_NOTIFY);
}

static int answer_text(struct varlink_call *call, enum answer_kind kind, const char *error,
		       const char *text, size_t length)
{
	struct varlink_connection *connection = call->connection;
	int rc;

	if (!connection)
		return call->answered ? -EALREADY : -ENOTCONN;
	if (kind == ANSWER_NOTIFY && !call->more && !call->oneway)
		return -EPROTO;
	/* The envelope adds little, and the client counts it, too. */
	if (length > VARLINK_REPLY_SIZE_MAX - 2 * VARLINK_NAME_LENGTH_MAX) {
		(void)varlink_call_error_errno(call, EMSGSIZE);
		return -EMSGSIZE;
	}
	rc = append(call, kind, error, text, length);
	if (rc == -EINVAL) {
		/* The server's fault: a NUL in a kept text, or an invalid name. */
		assert(kind != ANSWER_ERROR);
		(void)varlink_call_error_errno(call, EINVAL);
		return -EINVAL;
	}
	if (rc < 0)
		varlink_connection_drop(connection, rc == -ENOBUFS ? "it reads too slowly"
								   : "no memory for an answer");
	if (kind != ANSWER_NOTIFY)
		finish(call);
	/* A notification to many connections is sent in the turn of each. */
	else if (varlink_output_size(&connection->output) < VARLINK_SERVER_UNREAD_BYTES_LOW) {
		varlink_turns_make_ready(connection, 0);
		return rc;
	}
	varlink_connection_changed(connection);
	return rc;
}

/* In debug builds and tests: checks that the answer fits the interface. */
static int check_answer(struct varlink_call *call, enum answer_kind kind, const char *error,
			struct json_object *parameters)
{
	const struct varlink_server *server;
	struct varlink_problem problem;
	int rc;

	if (!call->connection || !call->connection->server->options.check_replies || !call->idl)
		return 0;
	server = call->connection->server;
	if (kind == ANSWER_ERROR) {
		rc = varlink_idl_check_error(call->idl, error, parameters, &problem);
		/* An error of another interface, mostly org.varlink.service. */
		if (rc == -ENOENT)
			return 0;
	} else {
		rc = varlink_idl_check_reply(call->idl, call->method, parameters, &problem);
	}
	if (rc == 0)
		return 0;
	if (server->options.log)
		log_error(server->options.log, "the answer of %s does not fit its interface: %s",
			  call->method, problem.text);
	(void)varlink_call_error_errno(call, EBADMSG);
	return -EBADMSG;
}

static int answer(struct varlink_call *call, enum answer_kind kind, const char *error,
		  struct json_object *parameters)
{
	const char *text = "{}";
	size_t length = 2;
	int rc;

	if (parameters && !json_object_is_type(parameters, json_type_object)) {
		(void)varlink_call_error_errno(call, EINVAL);
		return -EINVAL;
	}
	rc = check_answer(call, kind, error, parameters);
	if (rc < 0)
		return rc;
	if (parameters)
		text = json_object_to_json_string_length(
			parameters, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE,
			&length);
	if (!text) {
		(void)varlink_call_error_errno(call, ENOMEM);
		return -ENOMEM;
	}
	varlink_call_free_later(call, json_object_get(parameters), length);
	return answer_text(call, kind, error, text, length);
}

/* Parses a kept text only if answers are checked. */
static int answer_kept(struct varlink_call *call, enum answer_kind kind, const char *error,
		       const char *text, size_t length)
{
	_cleanup_json_ struct json_object *parameters = NULL;
	size_t member_count, bytes;
	int rc;

	if (call->connection && call->connection->server->options.check_replies) {
		rc = varlink_json_check_object(text, length, VARLINK_REPLY_VALUES_MAX,
					       &member_count);
		if (rc == 0)
			rc = parse_checked(text, length, member_count, &parameters, &bytes);
		if (rc == 0)
			rc = check_answer(call, kind, error, parameters);
		else
			(void)varlink_call_error_errno(call, EBADMSG);
		if (rc < 0)
			return -EBADMSG;
	}
	return answer_text(call, kind, error, text, length);
}

void varlink_call_free_later(struct varlink_call *call, struct json_object *object, size_t length)
{
	if (call->connection)
		varlink_server_free_later(call->connection->server, object, length);
	else
		(void)json_object_put(object);
}

int varlink_call_reply(struct varlink_call *call, struct json_object *parameters)
{
	return answer(call, ANSWER_REPLY, NULL, parameters);
}

int varlink_call_reply_text(struct varlink_call *call, const char *text, size_t length)
{
	return answer_kept(call, ANSWER_REPLY, NULL, text, length);
}

int varlink_call_notify(struct varlink_call *call, struct json_object *parameters)
{
	return answer(call, ANSWER_NOTIFY, NULL, parameters);
}

int varlink_call_notify_text(struct varlink_call *call, const char *text, size_t length)
{
	return answer_kept(call, ANSWER_NOTIFY, NULL, text, length);
}

int varlink_call_error(struct varlink_call *call, const char *error, struct json_object *parameters)
{
	return answer(call, ANSWER_ERROR, error, parameters);
}

int varlink_call_error_text(struct varlink_call *call, const char *error, const char *text,
			    size_t length)
{
	return answer_kept(call, ANSWER_ERROR, error, text, length);
}

int varlink_call_error_errno(struct varlink_call *call, int error)
{
	char text[128];
	const char *name, *internal;
	int length;

	if (!call->connection)
		return call->answered ? -EALREADY : -ENOTCONN;
	error = abs(error);
	if (error == EACCES || error == EPERM)
		return answer_text(call, ANSWER_ERROR, VARLINK_SERVICE ".PermissionDenied", "{}",
				   2);
	internal = call->connection->server->options.internal_error;
	name = strerrorname_np(error);
	length = snprintf(text, sizeof(text),
			  "{\"origin\":\"linux\",\"errno\":%d,\"errnoName\":\"%s\"}", error,
			  name ? name : "?");
	return answer_text(call, ANSWER_ERROR, internal, text, (size_t)length);
}

int varlink_call_error_invalid_parameter(struct varlink_call *call, const char *field,
					 const char *problem)
{
	_cleanup_json_ struct json_object *parameters = json_object_new_object();
	int rc = parameters ? 0 : -ENOMEM;

	if (rc == 0)
		rc = json_add_string(parameters, "parameter", field);
	if (rc == 0)
		rc = json_add_string(parameters, "problem", problem);
	if (rc < 0)
		return varlink_call_error_errno(call, rc);
	return answer(call, ANSWER_ERROR, VARLINK_SERVICE ".InvalidParameter", parameters);
}
