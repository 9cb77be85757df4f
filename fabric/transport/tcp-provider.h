/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The provider of endpoints behind TCP, in any of the three dialects. Effect: sockets.
 *
 * cse answers one connection at a time, and about one connection in a hundred not at all, the less
 * the sooner it follows another: a caller keeps its connection, and lets TCP_PROVIDER_CSE_REST_MS
 * pass between two.
 */
#pragma once

#include "fabric/transport/endpoint-name.h"
#include "fabric/transport/provider.h"

#define TCP_PROVIDER_CSE_REST_MS 300

/**
 * tcp_provider_new() - begins to connect, or to listen
 * @name: ENDPOINT_TCP or ENDPOINT_CSE: where the endpoint listens; ENDPOINT_OPENCIS: where we do
 * @ret_provider: to be freed with provider_free()
 *
 * Return: 0; -EINVAL for another kind of endpoint; -ENOMEM, or the negative errno of a socket that
 * can't be had. Whether somebody is there shows receive().
 */
int tcp_provider_new(const struct endpoint_name *name, struct provider **ret_provider);
