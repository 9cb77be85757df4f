// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The client behind include/cxlfm/client.h: one connection and a queue of calls. The functions that
 * wait are made of those that don't. Effect on its socket; reads the monotonic clock; may call
 * util/varlink-message.h only. Called by the CLI and by programs that link libcxlfm.
 */
#include <cxlfm/client.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "util/varlink-message.h"

#define CONNECT_TIMEOUT_SECONDS 10
#define READ_SIZE		((size_t)64 * 1024)
#define OUTPUT_SIZE_MAX		(2 * VARLINK_REPLY_SIZE_MAX)

struct pending_call {
	cxlfm_reply_fn callback;
	void *userdata;
	uint64_t timeout_msec;
	bool more;
};

struct cxlfm_client {
	int fd; /* -1: closed */
	uint64_t timeout_msec;
	uint64_t deadline_usec; /* of the first pending call */
	struct varlink_input input;
	struct varlink_output output;
	struct pending_call pending[CXLFM_CALLS_MAX];
	unsigned int pending_first, pending_count;
};

/* The call for which a waiting function waits. */
struct waiting_call {
	cxlfm_reply_fn callback;
	void *userdata;
	bool done;
	int result, callback_result;
	char *parameters, *error;
};

/* ---- connecting ---- */

static int make_address(const char *text, struct sockaddr_un *ret_address, socklen_t *ret_size)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length;

	if (strncmp(text, "unix:", 5) == 0)
		text += 5;
	length = strlen(text);
	if (text[0] != '/' && (text[0] != '@' || length < 2))
		return -EINVAL;
	if (length >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, text, length);
	*ret_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + 1);
	if (text[0] == '@') {
		address.sun_path[0] = '\0';
		*ret_size -= 1;
	}
	*ret_address = address;
	return 0;
}

int cxlfm_client_connect(const char *address, struct cxlfm_client **ret_client)
{
	const struct timeval timeout = { .tv_sec = CONNECT_TIMEOUT_SECONDS };
	_cleanup_close_ int fd = -1;
	struct sockaddr_un where;
	socklen_t size;
	int rc;

	if (!address)
		address = secure_getenv("CXLFM_SOCKET");
	if (!address || !*address)
		address = CXLFM_SOCKET_DEFAULT;
	rc = make_address(address, &where, &size);
	if (rc < 0)
		return rc;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	/* connect() waits only while the daemon's backlog is full, which poll() can't tell. */
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)) < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&where, size) < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	rc = cxlfm_client_connect_fd(fd, ret_client);
	if (rc < 0)
		return rc;
	(void)TAKE_FD(fd);
	return 0;
}

int cxlfm_client_connect_fd(int fd, struct cxlfm_client **ret_client)
{
	struct cxlfm_client *client;
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return -errno;
	client = calloc(1, sizeof(*client));
	if (!client)
		return -ENOMEM;
	client->fd = fd;
	client->timeout_msec = CXLFM_TIMEOUT_DEFAULT_MSEC;
	client->deadline_usec = UINT64_MAX;
	varlink_input_init(&client->input, VARLINK_REPLY_SIZE_MAX);
	varlink_output_init(&client->output, OUTPUT_SIZE_MAX);
	*ret_client = client;
	return 0;
}

/* Closes the connection for good and passes the reason on. */
static int disconnect(struct cxlfm_client *client, int error)
{
	if (client->fd >= 0)
		(void)close(client->fd);
	client->fd = -1;
	client->pending_count = 0;
	client->deadline_usec = UINT64_MAX;
	varlink_input_deinit(&client->input);
	varlink_output_deinit(&client->output);
	return error;
}

struct cxlfm_client *cxlfm_client_free(struct cxlfm_client *client)
{
	if (!client)
		return NULL;
	(void)disconnect(client, 0);
	free(client);
	return NULL;
}

void cxlfm_client_set_timeout(struct cxlfm_client *client, uint64_t timeout_msec)
{
	client->timeout_msec = timeout_msec;
}

/* ---- for an event loop ---- */

static uint64_t now_usec(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* The timeout runs for the first call only: the daemon has not looked at the others yet. */
static void start_clock(struct cxlfm_client *client)
{
	const struct pending_call *call = &client->pending[client->pending_first];
	uint64_t timeout_usec;

	client->deadline_usec = UINT64_MAX;
	if (client->pending_count == 0 ||
	    __builtin_mul_overflow(call->timeout_msec, UINT64_C(1000), &timeout_usec))
		return;
	if (__builtin_add_overflow(now_usec(), timeout_usec, &client->deadline_usec))
		client->deadline_usec = UINT64_MAX;
}

int cxlfm_client_send(struct cxlfm_client *client, const char *method, const char *parameters_json,
		      unsigned int flags, cxlfm_reply_fn callback, void *userdata)
{
	const size_t length = parameters_json ? strlen(parameters_json) : 0;
	unsigned int wire_flags = 0;
	int rc;

	if (client->fd < 0)
		return -ENOTCONN;
	if ((flags & ~(unsigned int)(CXLFM_CALL_MORE | CXLFM_CALL_ONEWAY)) ||
	    (flags & CXLFM_CALL_MORE && flags & CXLFM_CALL_ONEWAY))
		return -EINVAL;
	if (parameters_json &&
	    varlink_json_check_object(parameters_json, length, VARLINK_REPLY_VALUES_MAX, NULL) < 0)
		return -EINVAL;
	if (client->pending_count >= CXLFM_CALLS_MAX)
		return -ENOBUFS;
	if (flags & CXLFM_CALL_MORE)
		wire_flags |= VARLINK_CALL_MORE;
	if (flags & CXLFM_CALL_ONEWAY)
		wire_flags |= VARLINK_CALL_ONEWAY;
	rc = varlink_output_call(&client->output, method, parameters_json, length, wire_flags);
	if (rc < 0 || flags & CXLFM_CALL_ONEWAY)
		return rc;
	client->pending[(client->pending_first + client->pending_count) % CXLFM_CALLS_MAX] =
		(struct pending_call){
			.callback = callback,
			.userdata = userdata,
			.timeout_msec = client->timeout_msec,
			.more = flags & CXLFM_CALL_MORE,
		};
	if (client->pending_count++ == 0)
		start_clock(client);
	return 0;
}

static int send_some(struct cxlfm_client *client)
{
	size_t size;
	const char *data;

	while ((data = varlink_output_peek(&client->output, &size))) {
		ssize_t sent = send(client->fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0 && errno == EAGAIN)
			return 0;
		if (sent < 0)
			return errno == EPIPE ? -ECONNRESET : -errno;
		varlink_output_consume(&client->output, (size_t)sent);
	}
	return 0;
}

/* Returns 1 when the daemon has closed the connection. */
static int receive_some(struct cxlfm_client *client)
{
	while (!varlink_input_has_message(&client->input)) {
		char *space;
		size_t room;
		ssize_t size;
		int rc;

		rc = varlink_input_reserve(&client->input, READ_SIZE, &space, &room);
		if (rc < 0)
			return rc;
		size = recv(client->fd, space, room, MSG_DONTWAIT);
		if (size < 0 && errno == EINTR)
			continue;
		if (size < 0 && errno == EAGAIN)
			return 0;
		if (size < 0 && errno != ECONNRESET)
			return -errno;
		if (size <= 0)
			return 1;
		varlink_input_commit(&client->input, (size_t)size);
	}
	return 0;
}

/* The callback gets copies: it may send calls, and receiving moves the buffer. */
static int hand_out(struct cxlfm_client *client, const struct varlink_message *message,
		    int *ret_result)
{
	const struct pending_call call = client->pending[client->pending_first];
	_cleanup_free_ char *error = NULL, *parameters = NULL;

	if (client->pending_count == 0 || (message->continues && !call.more))
		return -EPROTO;
	parameters = strndup(message->parameters, message->parameters_length);
	if (!parameters)
		return -ENOMEM;
	if (message->name) {
		error = strndup(message->name, message->name_length);
		if (!error)
			return -ENOMEM;
	}
	if (!message->continues) {
		client->pending_first = (client->pending_first + 1) % CXLFM_CALLS_MAX;
		client->pending_count--;
	}
	start_clock(client);
	*ret_result = 0;
	if (call.callback)
		*ret_result = call.callback(client, error, parameters,
					    message->continues ? CXLFM_REPLY_CONTINUES : 0,
					    call.userdata);
	return 1;
}

/* Returns 1 and the value of the callback, 0 when there is no message, or a negative errno. */
static int process_message(struct cxlfm_client *client, int *ret_result)
{
	struct varlink_message message;
	const char *text;
	size_t length;
	int rc;

	rc = varlink_input_next(&client->input, &text, &length);
	if (rc <= 0)
		return rc;
	rc = varlink_message_parse(VARLINK_MESSAGE_REPLY, text, length, VARLINK_REPLY_VALUES_MAX,
				   &message);
	if (rc < 0)
		return rc;
	return hand_out(client, &message, ret_result);
}

int cxlfm_client_process(struct cxlfm_client *client)
{
	int rc, unsent, closed, result, count = 0;

	if (client->fd < 0)
		return -ENOTCONN;
	/* A daemon that refuses a client tells why before it closes: read the message first. */
	unsent = send_some(client);
	closed = receive_some(client);
	if (closed < 0)
		return disconnect(client, closed);
	while ((rc = process_message(client, &result)) > 0 && result == 0)
		count++;
	if (rc != 0)
		return disconnect(client, rc > 0 ? result : rc);
	if (closed || unsent < 0)
		return disconnect(client, unsent < 0 ? unsent : -ECONNRESET);
	varlink_input_trim(&client->input);
	if (count == 0 && client->deadline_usec <= now_usec())
		return disconnect(client, -ETIMEDOUT);
	return count;
}

int cxlfm_client_wait(struct cxlfm_client *client, uint64_t timeout_msec)
{
	const uint64_t now = now_usec();
	uint64_t until_usec = UINT64_MAX;
	struct pollfd poll_fd;
	struct timespec timeout;
	int rc;

	if (client->fd < 0)
		return -ENOTCONN;
	if (!__builtin_mul_overflow(timeout_msec, UINT64_C(1000), &until_usec) &&
	    __builtin_add_overflow(now, until_usec, &until_usec))
		until_usec = UINT64_MAX;
	if (client->deadline_usec < until_usec)
		until_usec = client->deadline_usec;
	until_usec = until_usec > now ? until_usec - now : 0;
	timeout.tv_sec = (time_t)(until_usec / 1000000);
	timeout.tv_nsec = (long)(until_usec % 1000000 * 1000);
	poll_fd = (struct pollfd){
		.fd = client->fd,
		.events = (short)cxlfm_client_get_events(client),
	};
	rc = ppoll(&poll_fd, 1, &timeout, NULL);
	if (rc < 0)
		return errno == EINTR ? 0 : -errno;
	return rc > 0 || client->deadline_usec <= now_usec();
}

int cxlfm_client_get_fd(const struct cxlfm_client *client)
{
	return client->fd < 0 ? -ENOTCONN : client->fd;
}

int cxlfm_client_get_events(const struct cxlfm_client *client)
{
	if (client->fd < 0)
		return -ENOTCONN;
	return varlink_output_size(&client->output) > 0 ? POLLIN | POLLOUT : POLLIN;
}

int cxlfm_client_get_deadline(const struct cxlfm_client *client, uint64_t *ret_deadline_usec)
{
	if (client->fd < 0)
		return -ENOTCONN;
	*ret_deadline_usec = client->deadline_usec;
	return 0;
}

unsigned int cxlfm_client_count_calls(const struct cxlfm_client *client)
{
	return client->pending_count;
}

/* ---- waiting ---- */

static int keep_texts(struct waiting_call *call, const char *error, const char *parameters_json)
{
	call->parameters = strdup(parameters_json);
	if (!call->parameters)
		return -ENOMEM;
	if (!error)
		return 0;
	call->error = strdup(error);
	return call->error ? 0 : -ENOMEM;
}

static int on_waiting_reply(struct cxlfm_client *client, const char *error,
			    const char *parameters_json, unsigned int flags, void *userdata)
{
	struct waiting_call *call = userdata;

	call->done = !(flags & CXLFM_REPLY_CONTINUES);
	call->result = error ? -EREMOTEIO : 0;
	if (call->callback && !error)
		call->callback_result =
			call->callback(client, NULL, parameters_json, flags, call->userdata);
	else
		call->callback_result = keep_texts(call, error, parameters_json);
	return call->callback_result;
}

static int call_and_wait(struct cxlfm_client *client, const char *method,
			 const char *parameters_json, unsigned int flags, struct waiting_call *call)
{
	int rc;

	rc = cxlfm_client_send(client, method, parameters_json, flags, on_waiting_reply, call);
	if (rc < 0)
		return rc;
	rc = cxlfm_client_process(client);
	while (!call->done && client->fd >= 0 && rc >= 0) {
		rc = cxlfm_client_wait(client, CXLFM_TIMEOUT_NONE);
		if (rc >= 0)
			rc = cxlfm_client_process(client);
	}
	if (call->callback_result != 0)
		return call->callback_result;
	/* An answer counts, even if the daemon closed the connection right behind it. */
	if (call->done)
		return call->result;
	return disconnect(client, rc);
}

int cxlfm_client_call(struct cxlfm_client *client, const char *method, const char *parameters_json,
		      char **ret_reply_json, char **reterr_error_name)
{
	struct waiting_call call = { .done = false };
	int rc;

	rc = call_and_wait(client, method, parameters_json, 0, &call);
	if ((rc == 0 || rc == -EREMOTEIO) && ret_reply_json)
		*ret_reply_json = TAKE_PTR(call.parameters);
	if (rc == -EREMOTEIO && reterr_error_name)
		*reterr_error_name = TAKE_PTR(call.error);
	free(call.parameters);
	free(call.error);
	return rc;
}

int cxlfm_client_call_more(struct cxlfm_client *client, const char *method,
			   const char *parameters_json, cxlfm_reply_fn callback, void *userdata,
			   char **reterr_parameters_json, char **reterr_error_name)
{
	struct waiting_call call = { .callback = callback, .userdata = userdata };
	int rc;

	if (!callback)
		return -EINVAL;
	rc = call_and_wait(client, method, parameters_json, CXLFM_CALL_MORE, &call);
	if (rc == -EREMOTEIO && reterr_parameters_json)
		*reterr_parameters_json = TAKE_PTR(call.parameters);
	if (rc == -EREMOTEIO && reterr_error_name)
		*reterr_error_name = TAKE_PTR(call.error);
	free(call.parameters);
	free(call.error);
	return rc;
}
