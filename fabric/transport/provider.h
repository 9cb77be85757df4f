/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The seam to a transport: who sends the messages of one endpoint and brings those that come back.
 * A provider never blocks its caller, and knows neither commands nor time: what is sent when, what
 * answers what, and how long to wait is decided by requests.c.
 */
#pragma once

#include <stdbool.h>

#include "fabric/transport/wire-message.h"

struct provider;

struct provider_ops {
	/**
	 * poll() - what the caller waits for, before it calls receive()
	 * @ret_events: as in poll(2)
	 *
	 * Return: a descriptor that belongs to the provider. It may be another one after each call
	 * of receive().
	 */
	int (*poll)(const struct provider *provider, short *ret_events);

	/** is_linked() - is there a connection? Changes with calls of receive() only. */
	bool (*is_linked)(const struct provider *provider);

	/**
	 * send() - one message
	 *
	 * Return: 0; -EMSGSIZE for a message that the transport has no room for, of which nothing
	 * was sent; any other negative errno: the connection is lost, and nobody knows whether the
	 * message came.
	 */
	int (*send)(struct provider *provider, const struct wire_message *message);

	/**
	 * receive() - the next message that has come
	 * @ret_message: valid until the next call
	 *
	 * Bounded work: an endpoint that sends for ever takes one call's time, and no more.
	 *
	 * Return: 1; 0 when there is none now; a negative errno: the connection is lost. A provider
	 * that connects is to be freed then; one that listens waits for the next connection.
	 */
	int (*receive)(struct provider *provider, struct wire_message *ret_message);

	void (*free)(struct provider *provider);
};

/* The head of each provider. */
struct provider {
	const struct provider_ops *ops;
};

static inline struct provider *provider_free(struct provider *provider)
{
	if (provider)
		provider->ops->free(provider);
	return NULL;
}
