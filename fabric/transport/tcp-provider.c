// SPDX-License-Identifier: GPL-2.0-only
/*
 * CCI messages over TCP. Effect.
 */
#include "fabric/transport/tcp-provider.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fabric/transport/stream.h"
#include "util/cleanup.h"

/* The largest request has 65 packets, and each is a segment that costs the kernel a kilobyte or so:
 * a peer who does not take that many at once does not read at all. */
#define SEND_BUFFER 262144

/**
 * struct tcp_provider - one endpoint
 * @framing: the dialect
 * @listener: waits for the endpoint to connect; or -1
 * @fd: the connection, or the attempt; or -1
 * @connecting: the attempt has not ended
 * @stream: of the connection
 */
struct tcp_provider {
	struct provider provider;
	enum framing framing;
	int listener;
	int fd;
	bool connecting;
	struct stream stream;
};

static const struct tcp_provider *of(const struct provider *provider)
{
	return (const struct tcp_provider *)provider;
}

static void drop_connection(struct tcp_provider *tcp)
{
	if (tcp->fd >= 0)
		(void)close(TAKE_FD(tcp->fd));
	stream_deinit(&tcp->stream);
}

/* ---- connections ---- */

static int take_connection(struct tcp_provider *tcp, int fd)
{
	const int on = 1, room = SEND_BUFFER;
	int rc;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	rc = stream_init(&tcp->stream, tcp->framing);
	if (rc < 0)
		(void)close(fd);
	else
		tcp->fd = fd;
	return rc;
}

static int accept_connection(struct tcp_provider *tcp)
{
	const int fd = accept4(tcp->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd >= 0)
		return take_connection(tcp, fd);
	return errno == EAGAIN || errno == EINTR || errno == ECONNABORTED ? 0 : -errno;
}

/* Has the attempt ended, and how? */
static int look_at_attempt(struct tcp_provider *tcp)
{
	struct pollfd state = { .fd = tcp->fd, .events = POLLOUT };
	socklen_t size = sizeof(int);
	int error = 0;

	if (poll(&state, 1, 0) <= 0)
		return 0;
	if (getsockopt(tcp->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
		return -errno;
	tcp->connecting = error != 0;
	return -error;
}

/* ---- the provider ---- */

static int tcp_poll(const struct provider *provider, short *ret_events)
{
	const struct tcp_provider *tcp = of(provider);

	*ret_events = tcp->connecting ? POLLOUT : POLLIN;
	return tcp->fd >= 0 ? tcp->fd : tcp->listener;
}

static bool tcp_is_linked(const struct provider *provider)
{
	return of(provider)->fd >= 0 && !of(provider)->connecting;
}

/* A peer whose receive buffer is full, and ours too, does not read. */
static int write_frame(void *userdata, const uint8_t *frame, size_t size)
{
	const struct tcp_provider *tcp = userdata;
	const ssize_t sent = send(tcp->fd, frame, size, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (sent < 0)
		return errno == EMSGSIZE ? -EIO : -errno;
	return (size_t)sent == size ? 0 : -ENOBUFS;
}

static int tcp_send(struct provider *provider, const struct wire_message *message)
{
	struct tcp_provider *tcp = (struct tcp_provider *)provider;
	int rc;

	if (!tcp_is_linked(provider))
		return -ENOTCONN;
	rc = stream_write(&tcp->stream, message, write_frame, tcp);
	if (rc < 0 && rc != -EMSGSIZE)
		drop_connection(tcp);
	return rc;
}

/* One read, and the first message of what has come. */
static int read_some(struct tcp_provider *tcp, struct wire_message *ret_message)
{
	size_t room;
	uint8_t *space = stream_space(&tcp->stream, &room);
	const ssize_t got = recv(tcp->fd, space, room, MSG_DONTWAIT);

	if (got == 0)
		return -ECONNRESET;
	if (got < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	stream_came(&tcp->stream, (size_t)got);
	return stream_next(&tcp->stream, ret_message);
}

static int tcp_receive(struct provider *provider, struct wire_message *ret_message)
{
	struct tcp_provider *tcp = (struct tcp_provider *)provider;
	int rc;

	if (tcp->fd < 0)
		return tcp->listener < 0 ? -ENOTCONN : accept_connection(tcp);
	if (tcp->connecting) {
		rc = look_at_attempt(tcp);
	} else {
		rc = stream_next(&tcp->stream, ret_message);
		if (rc == 0)
			rc = read_some(tcp, ret_message);
	}
	if (rc < 0)
		drop_connection(tcp);
	return rc;
}

static void tcp_free(struct provider *provider)
{
	struct tcp_provider *tcp = (struct tcp_provider *)provider;

	drop_connection(tcp);
	if (tcp->listener >= 0)
		(void)close(tcp->listener);
	free(tcp);
}

static const struct provider_ops tcp_ops = {
	.poll = tcp_poll,
	.is_linked = tcp_is_linked,
	.send = tcp_send,
	.receive = tcp_receive,
	.free = tcp_free,
};

/* ---- a new one ---- */

static socklen_t address_of(const struct endpoint_name *name, struct sockaddr_storage *ret_address)
{
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)ret_address;
	struct sockaddr_in *four = (struct sockaddr_in *)ret_address;

	*ret_address = (struct sockaddr_storage){ 0 };
	if (inet_pton(AF_INET, name->place, &four->sin_addr) == 1) {
		four->sin_family = AF_INET;
		four->sin_port = htons(name->port);
		return sizeof(*four);
	}
	six->sin6_family = AF_INET6;
	six->sin6_port = htons(name->port);
	(void)inet_pton(AF_INET6, name->place, &six->sin6_addr);
	return sizeof(*six);
}

static int begin_to_listen(struct tcp_provider *tcp, int fd, const struct sockaddr *address,
			   socklen_t size)
{
	const int on = 1;

	tcp->listener = fd;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, address, size) < 0 || listen(fd, 1) < 0)
		return -errno;
	return 0;
}

static int begin_to_connect(struct tcp_provider *tcp, int fd, const struct sockaddr *address,
			    socklen_t size)
{
	int rc = take_connection(tcp, fd);

	if (rc < 0)
		return rc;
	tcp->connecting = true;
	return connect(fd, address, size) < 0 && errno != EINPROGRESS ? -errno : 0;
}

int tcp_provider_new(const struct endpoint_name *name, struct provider **ret_provider)
{
	struct sockaddr_storage address;
	const socklen_t size = address_of(name, &address);
	struct tcp_provider *tcp;
	int fd, rc;

	if (name->kind != ENDPOINT_TCP && name->kind != ENDPOINT_CSE &&
	    name->kind != ENDPOINT_OPENCIS)
		return -EINVAL;
	fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	tcp = calloc(1, sizeof(*tcp));
	if (!tcp) {
		(void)close(fd);
		return -ENOMEM;
	}
	tcp->provider.ops = &tcp_ops;
	tcp->framing = name->kind == ENDPOINT_TCP   ? FRAMING_OURS
		       : name->kind == ENDPOINT_CSE ? FRAMING_CSE
						    : FRAMING_OPENCIS;
	tcp->listener = tcp->fd = -1;
	rc = name->kind == ENDPOINT_OPENCIS
		     ? begin_to_listen(tcp, fd, (struct sockaddr *)&address, size)
		     : begin_to_connect(tcp, fd, (struct sockaddr *)&address, size);
	if (rc < 0) {
		tcp_free(&tcp->provider);
		return rc;
	}
	*ret_provider = &tcp->provider;
	return 0;
}
