// SPDX-License-Identifier: GPL-2.0-only
/*
 * Listening sockets, users and their quotas, the tables of interfaces and methods, and the timers
 * that drop stalled connections, accept again, and give memory back. Touches sockets and sd-event.
 */
#include "daemon/varlink/varlink-server.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "daemon/process/turn-source.h"
#include "daemon/varlink/foreign-rights.h"
#include "daemon/varlink/varlink-internal.h"
#include "util/cleanup.h"
#include "util/json.h"
#include "util/log.h"

/* The time to wait for descriptors, unless a connection ends before. */
#define ACCEPT_RETRY_USEC UINT64_C(100000)
/* The delay between a connection's end and the return of its memory: many may end at once. */
#define TRIM_DELAY_USEC UINT64_C(100000)
/*
 * The queue is emptied in a few turns, so that a new client does not wait long behind others; a
 * client that finds the queue full is rejected, so the queue is long.
 */
#define LISTEN_BACKLOG 1024

DEFINE_CLEANUP(struct varlink_server *, varlink_server_free)
DEFINE_CLEANUP(struct varlink_idl *, varlink_idl_free)

static int on_stall_timer(struct sd_event_source *source, uint64_t usec, void *userdata);
static int on_accept_timer(struct sd_event_source *source, uint64_t usec, void *userdata);
static int on_trim_timer(struct sd_event_source *source, uint64_t usec, void *userdata);
static int on_spent(struct sd_event_source *source, int fd, uint32_t events, void *userdata);

static void options_set_defaults(struct varlink_server_options *options)
{
	if (!options->vendor)
		options->vendor = "";
	if (!options->product)
		options->product = "";
	if (!options->version)
		options->version = "";
	if (!options->url)
		options->url = "";
	if (!options->internal_error)
		options->internal_error = "io.systemd.System";
	if (!options->too_many_error)
		options->too_many_error = options->internal_error;
	if (!options->stream_bytes_max)
		options->stream_bytes_max = VARLINK_SERVER_STREAM_BYTES_MAX;
	if (!options->stall_timeout_usec)
		options->stall_timeout_usec = VARLINK_SERVER_STALL_TIMEOUT_USEC;
}

static int add_timer(struct varlink_server *server, sd_event_time_handler_t handler,
		     const char *name, struct sd_event_source **ret_source)
{
	int rc;

	rc = sd_event_add_time(server->event, ret_source, CLOCK_MONOTONIC, 0, 1000, handler,
			       server);
	if (rc < 0)
		return rc;
	(void)sd_event_source_set_description(*ret_source, name);
	return sd_event_source_set_enabled(*ret_source, SD_EVENT_OFF);
}

int varlink_server_new(struct sd_event *event, const struct varlink_server_options *options,
		       struct varlink_server **ret_server)
{
	_cleanup_(varlink_server_freep) struct varlink_server *server = NULL;
	int rc;

	server = calloc(1, sizeof(*server));
	if (!server)
		return -ENOMEM;
	server->event = sd_event_ref(event);
	server->poll_fd = -1;
	if (options)
		server->options = *options;
	options_set_defaults(&server->options);
	quota_init(&server->quota);
	if (server->options.connections_max)
		quota_set_connections(&server->quota, server->options.connections_max);
	LIST_INIT(&server->listeners);
	LIST_INIT(&server->connections);
	LIST_INIT(&server->users);
	TAILQ_INIT(&server->stalled);
	rc = varlink_turns_init(server);
	if (rc < 0)
		return rc;
	rc = add_timer(server, on_stall_timer, "varlink-stall", &server->stall_timer);
	if (rc < 0)
		return rc;
	rc = add_timer(server, on_accept_timer, "varlink-accept", &server->accept_timer);
	if (rc < 0)
		return rc;
	rc = add_timer(server, on_trim_timer, "varlink-trim", &server->trim_timer);
	if (rc < 0)
		return rc;
	rc = turn_source_add(server->event, &server->spent_source, on_spent, server);
	if (rc < 0)
		return rc;
	rc = varlink_service_add(server);
	if (rc < 0)
		return rc;
	*ret_server = TAKE_PTR(server);
	return 0;
}

/*
 * Bytes of an answer whose tree takes a millisecond to free, and the number of such trees that
 * wait.
 */
#define LARGE_ANSWER ((size_t)256 * 1024)
#define SPENT_MAX    4

static void free_one_spent(struct varlink_server *server)
{
	(void)json_object_put(server->spent.items[--server->spent.count]);
}

static int on_spent(struct sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct varlink_server *server = userdata;

	(void)fd;
	(void)events;
	free_one_spent(server);
	if (server->spent.count == 0)
		(void)sd_event_source_set_enabled(source, SD_EVENT_OFF);
	return 0;
}

void varlink_server_free_later(struct varlink_server *server, struct json_object *object,
			       size_t length)
{
	if (object && length >= LARGE_ANSWER && server->spent.count < SPENT_MAX &&
	    ARRAY_APPEND(&server->spent, object) == 0)
		(void)sd_event_source_set_enabled(server->spent_source, SD_EVENT_ON);
	else
		(void)json_object_put(object);
}

static void listener_free(struct varlink_listener *listener)
{
	LIST_REMOVE(listener, link);
	(void)foreign_rights_close_listener(listener->fd);
	if (listener->path)
		(void)unlink(listener->path);
	free(listener->path);
	free(listener);
}

struct varlink_server *varlink_server_free(struct varlink_server *server)
{
	if (!server)
		return NULL;
	while (!LIST_EMPTY(&server->listeners))
		listener_free(LIST_FIRST(&server->listeners));
	while (!LIST_EMPTY(&server->connections)) {
		struct varlink_connection *connection = LIST_FIRST(&server->connections);

		assert(!connection->in_turn);
		varlink_connection_free(connection);
	}
	(void)sd_event_source_disable_unref(server->stall_timer);
	(void)sd_event_source_disable_unref(server->accept_timer);
	(void)sd_event_source_disable_unref(server->trim_timer);
	(void)sd_event_source_disable_unref(server->spent_source);
	while (server->spent.count)
		free_one_spent(server);
	ARRAY_FREE(&server->spent);
	varlink_turns_deinit(server);
	for (size_t i = 0; i < server->interfaces.count; i++)
		(void)varlink_idl_free(server->interfaces.items[i]);
	ARRAY_FREE(&server->interfaces);
	ARRAY_FREE(&server->methods);
	(void)sd_event_unref(server->event);
	free(server);
	return NULL;
}

void varlink_server_get_stats(const struct varlink_server *server,
			      struct varlink_server_stats *ret_stats)
{
	*ret_stats = server->stats;
	ret_stats->connection_count = server->quota.held[QUOTA_CONNECTIONS];
	ret_stats->bytes_buffered = server->quota.held[QUOTA_BUFFERED];
	ret_stats->bytes_kept = server->quota.held[QUOTA_KEPT];
}

/* ---- interfaces and methods ---- */

const struct varlink_idl *varlink_server_find_interface(const struct varlink_server *server,
							const char *name, size_t length)
{
	for (size_t i = 0; i < server->interfaces.count; i++) {
		const struct varlink_idl *idl = server->interfaces.items[i];
		const char *known = varlink_idl_name(idl);

		if (strlen(known) == length && memcmp(known, name, length) == 0)
			return idl;
	}
	return NULL;
}

const struct varlink_server_method *varlink_server_find_method(const struct varlink_server *server,
							       const char *name)
{
	for (size_t i = 0; i < server->methods.count; i++)
		if (strcmp(server->methods.items[i].method->name, name) == 0)
			return &server->methods.items[i];
	return NULL;
}

int varlink_server_add_interface(struct varlink_server *server, const char *text, size_t length)
{
	_cleanup_(varlink_idl_freep) struct varlink_idl *idl = NULL;
	struct varlink_problem problem;
	const char *name;
	int rc;

	rc = varlink_idl_parse(text, length, &idl, &problem);
	if (rc == -EINVAL && server->options.log)
		log_error(server->options.log, "interface definition: %s", problem.text);
	if (rc < 0)
		return rc;
	name = varlink_idl_name(idl);
	if (varlink_server_find_interface(server, name, strlen(name)))
		return -EEXIST;
	rc = ARRAY_APPEND(&server->interfaces, idl);
	if (rc < 0)
		return rc;
	(void)TAKE_PTR(idl);
	return 0;
}

int varlink_server_add_interfaces(struct varlink_server *server,
				  const struct varlink_interface_text *table)
{
	int rc;

	for (; table->text; table++) {
		rc = varlink_server_add_interface(server, table->text, table->length);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int varlink_server_add_methods(struct varlink_server *server, const struct varlink_method *methods,
			       size_t count, void *userdata)
{
	for (size_t i = 0; i < count; i++) {
		const char *name = methods[i].name;
		const char *dot = strrchr(name, '.');
		const struct varlink_idl *idl = NULL;
		int rc;

		if (dot)
			idl = varlink_server_find_interface(server, name, (size_t)(dot - name));
		if (!idl || !varlink_idl_find(idl, VARLINK_MEMBER_METHOD, name))
			return -ENOENT;
		if (varlink_server_find_method(server, name))
			return -EEXIST;
		rc = ARRAY_APPEND(&server->methods, (struct varlink_server_method){
							    .method = &methods[i],
							    .userdata = userdata,
						    });
		if (rc < 0)
			return rc;
	}
	return 0;
}

void varlink_server_set_access(struct varlink_server *server, varlink_access_fn access,
			       void *userdata)
{
	server->access = access;
	server->access_userdata = userdata;
}

/* ---- users and their quotas ---- */

struct varlink_user *varlink_server_find_user(struct varlink_server *server, uid_t uid)
{
	struct varlink_user *user;

	LIST_FOREACH(user, &server->users, link)
	if (user->quota.uid == uid)
		return user;
	return NULL;
}

static struct varlink_user *user_find_or_add(struct varlink_server *server, uid_t uid)
{
	struct varlink_user *user = varlink_server_find_user(server, uid);

	if (user)
		return user;
	user = calloc(1, sizeof(*user));
	if (!user)
		return NULL;
	user->quota.uid = uid;
	TAILQ_INIT(&user->ready);
	LIST_INSERT_HEAD(&server->users, user, link);
	return user;
}

static void user_free_if_unused(struct varlink_user *user)
{
	if (user->quota.held[QUOTA_CONNECTIONS] > 0)
		return;
	LIST_REMOVE(user, link);
	free(user);
}

static void set_listening(struct varlink_server *server, bool enabled)
{
	struct varlink_listener *listener;

	LIST_FOREACH(listener, &server->listeners, link)
	(void)varlink_turns_listen(server, listener->fd, enabled, false);
}

/* Returns the memory of ended connections, which the allocator would keep. */
static int on_trim_timer(struct sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	(void)userdata;
	(void)malloc_trim(0);
	return 0;
}

static void trim_soon(struct varlink_server *server)
{
	int enabled = SD_EVENT_OFF;

	(void)sd_event_source_get_enabled(server->trim_timer, &enabled);
	if (enabled != SD_EVENT_OFF)
		return;
	(void)sd_event_source_set_time_relative(server->trim_timer, TRIM_DELAY_USEC);
	(void)sd_event_source_set_enabled(server->trim_timer, SD_EVENT_ONESHOT);
}

void varlink_server_release(struct varlink_server *server, struct varlink_user *user)
{
	int paused = SD_EVENT_OFF;

	quota_give(&server->quota, &user->quota, QUOTA_CONNECTIONS, 1);
	user_free_if_unused(user);
	trim_soon(server);
	(void)sd_event_source_get_enabled(server->accept_timer, &paused);
	if (paused == SD_EVENT_OFF)
		return;
	(void)sd_event_source_set_enabled(server->accept_timer, SD_EVENT_OFF);
	set_listening(server, true);
}

/*
 * The user's connection that has not read, or not ended a message, for the longest time; else the
 * connection with the most bytes.
 */
static struct varlink_connection *worst_of(const struct varlink_server *server,
					   const struct varlink_user *user,
					   const struct varlink_connection *newest)
{
	struct varlink_connection *connection, *worst = NULL;

	TAILQ_FOREACH(connection, &server->stalled, stall_link)
	if (connection != newest && connection->user == user && !connection->doomed)
		return connection;
	LIST_FOREACH(connection, &server->connections, link)
	if (connection->user == user && !connection->doomed &&
	    (!worst || connection->bytes_charged > worst->bytes_charged))
		worst = connection;
	return worst;
}

static const struct varlink_user *greediest_user(const struct varlink_server *server)
{
	const struct varlink_user *user, *greediest = LIST_FIRST(&server->users);

	LIST_FOREACH(user, &server->users, link)
	if (user->quota.held[QUOTA_BUFFERED] > greediest->quota.held[QUOTA_BUFFERED])
		greediest = user;
	return greediest;
}

/* The user who is over the limit, or NULL. A single answer may be as large as answers can be. */
static const struct varlink_user *user_over_limit(const struct varlink_server *server,
						  const struct varlink_connection *newest)
{
	const struct varlink_user *user = newest->user;

	if (quota_user_is_over(&server->quota, &user->quota, QUOTA_BUFFERED) &&
	    user->quota.held[QUOTA_BUFFERED] > newest->bytes_charged)
		return user;
	return quota_is_over(&server->quota, QUOTA_BUFFERED) ? greediest_user(server) : NULL;
}

void varlink_server_limit_buffered(struct varlink_server *server, struct varlink_connection *newest)
{
	const struct varlink_user *user;

	while (!newest->doomed && (user = user_over_limit(server, newest))) {
		struct varlink_connection *worst = worst_of(server, user, newest);

		if (!worst)
			return;
		varlink_connection_drop(worst, "its user has too much buffered");
	}
}

/* ---- connections ---- */

static int set_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return -errno;
	return 0;
}

/* Answers the client's first call, in case the client does not notice the end of the connection. */
static void tell_too_many(const struct varlink_server *server, int fd)
{
	struct varlink_output output;
	const char *data;
	size_t size;

	varlink_output_init(&output, VARLINK_SERVER_STREAM_BYTES_MAX);
	(void)varlink_output_error(&output, server->options.too_many_error, "{}", 2);
	data = varlink_output_peek(&output, &size);
	if (data)
		(void)send(fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
	varlink_output_deinit(&output);
}

static int connection_add(struct varlink_server *server, struct varlink_user *user,
			  const struct varlink_peer *peer, int fd)
{
	int rc;

	if (!quota_take(&server->quota, &user->quota, QUOTA_CONNECTIONS, 1)) {
		server->stats.connections_refused++;
		tell_too_many(server, fd);
		return -EDQUOT;
	}
	rc = varlink_connection_new(server, fd, peer, user);
	if (rc < 0)
		quota_give(&server->quota, &user->quota, QUOTA_CONNECTIONS, 1);
	else
		server->stats.connections_accepted++;
	return rc;
}

int varlink_server_add_connection(struct varlink_server *server, int fd)
{
	struct ucred credentials;
	socklen_t size = sizeof(credentials);
	struct varlink_user *user;
	struct varlink_peer peer;
	int rc;

	foreign_rights_refuse(fd);
	rc = set_nonblocking(fd);
	if (rc < 0)
		return rc;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0)
		return -errno;
	user = user_find_or_add(server, credentials.uid);
	if (!user)
		return -ENOMEM;
	peer = (struct varlink_peer){
		.uid = credentials.uid,
		.gid = credentials.gid,
		.pid = credentials.pid,
	};
	rc = connection_add(server, user, &peer, fd);
	if (rc < 0)
		user_free_if_unused(user);
	return rc;
}

/* ---- listening ---- */

/*
 * A client who can't be let in now (for lack of descriptors or memory, by a security module) leaves
 * the socket ready, and the loop would spin: pauses instead.
 */
static void pause_accepting(struct varlink_server *server)
{
	set_listening(server, false);
	(void)sd_event_source_set_time_relative(server->accept_timer, ACCEPT_RETRY_USEC);
	(void)sd_event_source_set_enabled(server->accept_timer, SD_EVENT_ONESHOT);
}

static int on_accept_timer(struct sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	set_listening(userdata, true);
	return 0;
}

/* Returns false if there is no client, or none can be let in. */
static bool accept_one(struct varlink_server *server, const struct varlink_listener *listener)
{
	const int accepted = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (accepted < 0) {
		const int error = errno;

		if (error == EINTR || error == ECONNABORTED)
			return true;
		if (error != EAGAIN)
			pause_accepting(server);
		return false;
	}
	/* A client over a limit is refused at once: in the queue it would wait for ever. */
	if (varlink_server_add_connection(server, accepted) < 0)
		(void)foreign_rights_close(accepted);
	return true;
}

void varlink_server_accept(struct varlink_server *server)
{
	struct varlink_listener *listener;

	LIST_FOREACH(listener, &server->listeners, link)
	{
		unsigned int left = VARLINK_SERVER_ACCEPTS_PER_TURN_MAX;

		while (left-- > 0 && accept_one(server, listener))
			;
	}
}

static int listener_add(struct varlink_server *server, int fd, const char *path)
{
	struct varlink_listener *listener = calloc(1, sizeof(*listener));
	int rc = 0;

	if (!listener)
		return -ENOMEM;
	listener->fd = fd;
	if (path) {
		listener->path = strdup(path);
		rc = listener->path ? 0 : -ENOMEM;
	}
	if (rc == 0)
		rc = varlink_turns_listen(server, fd, true, true);
	if (rc < 0) {
		free(listener->path);
		free(listener);
		return rc;
	}
	LIST_INSERT_HEAD(&server->listeners, listener, link);
	return 0;
}

int varlink_server_listen_fd(struct varlink_server *server, int fd)
{
	int accepting = 0, rc;
	socklen_t size = sizeof(accepting);

	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepting, &size) < 0)
		return -errno;
	if (!accepting)
		return -EINVAL;
	foreign_rights_refuse(fd);
	/* The creator of the socket may have asked for another queue length. */
	if (listen(fd, LISTEN_BACKLOG) < 0)
		return -errno;
	rc = set_nonblocking(fd);
	if (rc < 0)
		return rc;
	return listener_add(server, fd, NULL);
}

static int make_address(const char *path, struct sockaddr_un *ret_address, socklen_t *ret_size)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const size_t length = strlen(path);

	if (length == 0)
		return -EINVAL;
	if (length >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, length);
	*ret_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + 1);
	if (path[0] == '@') {
		address.sun_path[0] = '\0';
		*ret_size -= 1;
	}
	*ret_address = address;
	return 0;
}

/* Removes the socket of a dead process; any other file stays. */
static int remove_stale(const struct sockaddr_un *address, socklen_t size)
{
	_cleanup_close_ int fd = -1;
	struct stat status;

	if (address->sun_path[0] == '\0')
		return -EADDRINUSE;
	if (lstat(address->sun_path, &status) < 0)
		return -errno;
	if (!S_ISSOCK(status.st_mode))
		return -EADDRINUSE;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)address, size) == 0 || errno != ECONNREFUSED)
		return -EADDRINUSE;
	return unlink(address->sun_path) < 0 ? -errno : 0;
}

/* Makes the file with its mode: a moment later another file may have its name. */
static int bind_with_mode(int fd, const struct sockaddr_un *address, socklen_t size, mode_t mode)
{
	const mode_t before = umask(~mode & 0777);
	const int rc = bind(fd, (const struct sockaddr *)address, size) < 0 ? -errno : 0;

	(void)umask(before);
	return rc;
}

int varlink_server_listen_path(struct varlink_server *server, const char *path, mode_t mode)
{
	_cleanup_close_ int fd = -1;
	struct sockaddr_un address;
	socklen_t size;
	int rc;

	rc = make_address(path, &address, &size);
	if (rc < 0)
		return rc;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	foreign_rights_refuse(fd);
	rc = bind_with_mode(fd, &address, size, mode);
	if (rc == -EADDRINUSE) {
		rc = remove_stale(&address, size);
		if (rc == 0)
			rc = bind_with_mode(fd, &address, size, mode);
	}
	if (rc < 0)
		return rc;
	if (listen(fd, LISTEN_BACKLOG) < 0)
		return -errno;
	rc = listener_add(server, fd, path[0] == '@' ? NULL : path);
	if (rc < 0)
		return rc;
	(void)TAKE_FD(fd);
	return 0;
}

/* ---- stalled connections ---- */

/* The timer may fire early, for a connection that has made progress since: then it is set again. */
void varlink_server_arm_stall_timer(struct varlink_server *server)
{
	const struct varlink_connection *first = TAILQ_FIRST(&server->stalled);
	int enabled = SD_EVENT_OFF;

	(void)sd_event_source_get_enabled(server->stall_timer, &enabled);
	if (!first || enabled != SD_EVENT_OFF)
		return;
	(void)sd_event_source_set_time(server->stall_timer, first->stall_at_usec);
	(void)sd_event_source_set_enabled(server->stall_timer, SD_EVENT_ONESHOT);
}

static int on_stall_timer(struct sd_event_source *source, uint64_t usec, void *userdata)
{
	struct varlink_server *server = userdata;
	struct varlink_connection *first;
	uint64_t now_usec;

	(void)source;
	(void)usec;
	if (sd_event_now(server->event, CLOCK_MONOTONIC, &now_usec) < 0)
		return 0;
	while ((first = TAILQ_FIRST(&server->stalled)) && first->stall_at_usec <= now_usec) {
		varlink_connection_drop(first, first->stall == VARLINK_STALL_INPUT
						       ? "it sent half a message and no more"
						       : "it does not read its answers");
		varlink_connection_free(first);
	}
	varlink_server_arm_stall_timer(server);
	return 0;
}
