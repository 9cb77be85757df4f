// SPDX-License-Identifier: GPL-2.0-only
/*
 * The provider over real sockets: a test plays the other end, in one thread.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "fabric/transport/packet.h"
#include "fabric/transport/tcp-provider.h"
#include "test/unit/fabric/transport/cse-bytes.h"

#define PATIENCE_MS 10000

/* The other end listens on a free port of this host. */
struct other_end {
	int listener;
	int fd;
	struct provider *provider;
};

static struct endpoint_name name_of(const char *dialect, uint16_t port)
{
	struct endpoint_name name;
	const char *problem;
	char text[64];

	(void)snprintf(text, sizeof(text), "%s:127.0.0.1:%u", dialect, port);
	assert_int_equal(endpoint_name_parse(text, &name, &problem), 0);
	return name;
}

static uint16_t port_of(int fd)
{
	/* The port stands at the same place for both families. */
	struct sockaddr_in6 address;
	socklen_t size = sizeof(address);

	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	return ntohs(address.sin6_port);
}

static int listener(void)
{
	const struct sockaddr_in address = { .sin_family = AF_INET,
					     .sin_addr = { htonl(INADDR_LOOPBACK) } };
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

/* Waits until the provider has something to do, and lets it. */
static int receive(struct provider *provider, struct wire_message *ret_message)
{
	struct pollfd state = { .fd = -1 };

	state.fd = provider->ops->poll(provider, &state.events);
	assert_int_equal(poll(&state, 1, PATIENCE_MS), 1);
	return provider->ops->receive(provider, ret_message);
}

static int receive_until(struct provider *provider, struct wire_message *ret_message)
{
	int rc;

	while ((rc = receive(provider, ret_message)) == 0)
		;
	return rc;
}

static int set_up(void **state)
{
	static struct other_end other;
	struct endpoint_name name;
	struct wire_message message;

	other = (struct other_end){ .listener = listener() };
	name = name_of("cse", port_of(other.listener));
	assert_int_equal(tcp_provider_new(&name, &other.provider), 0);
	assert_false(other.provider->ops->is_linked(other.provider));
	other.fd = accept(other.listener, NULL, NULL);
	assert_true(other.fd >= 0);
	assert_int_equal(receive(other.provider, &message), 0);
	assert_true(other.provider->ops->is_linked(other.provider));
	*state = &other;
	return 0;
}

static int tear_down(void **state)
{
	struct other_end *other = *state;

	provider_free(other->provider);
	if (other->fd >= 0)
		(void)close(other->fd);
	(void)close(other->listener);
	return 0;
}

static void write_all_of(struct other_end *other, const uint8_t *bytes, size_t size)
{
	assert_int_equal(send(other->fd, bytes, size, MSG_NOSIGNAL), size);
}

static void sends_and_receives(void **state)
{
	static const uint8_t request[] = { 0x00, 0x07, 0x00, 0x01, 0x52, 0x00,
					   0x00, 0x00, 0x00, 0x00, 0x00, 0x00 };
	const struct wire_message sent = { .type = PACKET_TYPE_FM_API,
					   .bytes = request,
					   .size = sizeof(request) };
	struct other_end *other = *state;
	struct wire_message message;
	uint8_t packet[CSE_PACKET_SIZE + 1];

	assert_int_equal(other->provider->ops->send(other->provider, &sent), 0);
	assert_int_equal(recv(other->fd, packet, sizeof(packet), 0), CSE_PACKET_SIZE);
	assert_memory_equal(packet, "\x01\x00\x00\xc8\x07", 5);
	assert_memory_equal(packet + 5, request, sizeof(request));
	write_all_of(other, cse_bind, sizeof(cse_bind));
	assert_int_equal(receive_until(other->provider, &message), 1);
	assert_memory_equal(message.bytes, cse_bind + 5, CSE_PACKET_SIZE - 5);
}

/* At every byte of a message: the message does not come, and the end is told once. */
static void a_connection_that_is_cut_within_a_packet(void **state)
{
	for (size_t at = 0; at < sizeof(cse_identify_switch); at++) {
		struct other_end *other;
		struct wire_message message;

		(void)set_up(state);
		other = *state;
		if (at)
			write_all_of(other, &cse_identify_switch[0][0], at);
		(void)close(other->fd);
		other->fd = -1;
		assert_int_equal(receive_until(other->provider, &message), -ECONNRESET);
		assert_false(other->provider->ops->is_linked(other->provider));
		assert_int_equal(other->provider->ops->receive(other->provider, &message),
				 -ENOTCONN);
		(void)tear_down(state);
	}
}

static void nobody_listens(void **state)
{
	const int fd = listener();
	const struct endpoint_name name = name_of("tcp", port_of(fd));
	struct provider *provider;
	struct wire_message message;

	(void)state;
	(void)close(fd);
	assert_int_equal(tcp_provider_new(&name, &provider), 0);
	assert_int_equal(receive_until(provider, &message), -ECONNREFUSED);
	assert_false(provider->ops->is_linked(provider));
	provider_free(provider);
}

/* A peer that never reads costs its own connection, and no time. */
static void a_peer_that_does_not_read(void **state)
{
	static const uint8_t bytes[4000];
	const struct wire_message message = { .type = PACKET_TYPE_CCI,
					      .bytes = bytes,
					      .size = sizeof(bytes) };
	struct other_end *other = *state;
	int rc = 0;

	for (unsigned int i = 0; i < 100000 && rc == 0; i++)
		rc = other->provider->ops->send(other->provider, &message);
	assert_true(rc == -EAGAIN || rc == -ENOBUFS);
	assert_false(other->provider->ops->is_linked(other->provider));
	assert_int_equal(other->provider->ops->send(other->provider, &message), -ENOTCONN);
}

/* opencis' switch connects to us, and connects again after its connection was lost. */
static void a_switch_connects_to_us(void **state)
{
	static const uint8_t reply[] = { 0x04, 0x01, 0x00, 0x00, 0x01, 0x08, 0x00, 0x00,
					 0x00, 0x00, 0x00, 0x80, 0x01, 0x00, 0x00, 0x00 };
	const int free_port = listener();
	const uint16_t port = port_of(free_port);
	const struct endpoint_name name = name_of("opencis", port);
	const struct sockaddr_in address = { .sin_family = AF_INET,
					     .sin_port = htons(port),
					     .sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct wire_message message = { .bytes = reply + 4, .size = 12 };
	uint8_t frame[32];
	struct provider *provider;

	(void)state;
	(void)close(free_port);
	assert_int_equal(tcp_provider_new(&name, &provider), 0);
	assert_int_equal(provider->ops->send(provider, &message), -ENOTCONN);
	for (unsigned int i = 0; i < 2; i++) {
		const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)),
				 0);
		assert_int_equal(receive(provider, &message), 0);
		assert_true(provider->ops->is_linked(provider));
		assert_int_equal(send(fd, reply, sizeof(reply), 0), sizeof(reply));
		assert_int_equal(receive_until(provider, &message), 1);
		assert_memory_equal(message.bytes, reply + 4, 12);
		assert_int_equal(provider->ops->send(provider, &message), 0);
		assert_int_equal(recv(fd, frame, sizeof(frame), 0), sizeof(reply));
		assert_memory_equal(frame, reply, sizeof(reply));
		(void)close(fd);
		assert_int_equal(receive_until(provider, &message), -ECONNRESET);
		assert_false(provider->ops->is_linked(provider));
	}
	provider_free(provider);
}

/* In brackets, and over a socket of its own family. */
static void connects_to_an_ipv6_address(void **state)
{
	const struct sockaddr_in6 address = { .sin6_family = AF_INET6,
					      .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	const int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct endpoint_name name;
	struct provider *provider;
	struct wire_message message;
	const char *problem;
	char text[64];

	(void)state;
	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		skip();
	assert_int_equal(listen(fd, 1), 0);
	(void)snprintf(text, sizeof(text), "tcp:[::1]:%u", port_of(fd));
	assert_int_equal(endpoint_name_parse(text, &name, &problem), 0);
	assert_int_equal(tcp_provider_new(&name, &provider), 0);
	assert_int_equal(receive(provider, &message), 0);
	assert_true(provider->ops->is_linked(provider));
	provider_free(provider);
	(void)close(fd);
}

static void an_address_in_use_is_told(void **state)
{
	const int fd = listener();
	const struct endpoint_name taken = name_of("opencis", port_of(fd));
	const struct endpoint_name other = { .kind = ENDPOINT_MEMDEV, .place = "mem0" };
	struct provider *provider = NULL;

	(void)state;
	assert_int_equal(tcp_provider_new(&taken, &provider), -EADDRINUSE);
	assert_int_equal(tcp_provider_new(&other, &provider), -EINVAL);
	assert_null(provider);
	(void)close(fd);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(sends_and_receives),
		cmocka_unit_test(a_connection_that_is_cut_within_a_packet),
		cmocka_unit_test(nobody_listens),
		TEST(a_peer_that_does_not_read),
		cmocka_unit_test(a_switch_connects_to_us),
		cmocka_unit_test(connects_to_an_ipv6_address),
		cmocka_unit_test(an_address_in_use_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
