/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who has asked for a change, and by which id of a request. The journal keeps the asker with the
 * change: a client that asks again after the daemon's death gets the answer of the first request.
 * Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct json_object;

struct change_asked {
	uint32_t uid;
	uint32_t pid;
	const char *method;  /* of the interface, in full; NULL: nobody has asked for the change */
	const char *request; /* the id that the client has given to the request, or NULL */
	uint64_t digest;     /* of the parameters of the request */
	bool kept;	     /* the change goes on without a client */
};

/**
 * change_asked_add() - adds the member "asked" to an object; nothing where nobody has asked
 *
 * "asked" is {"uid", "pid", "method", "request_id", "digest", "no_wait"}.
 *
 * Return: 0; non-zero when there is no memory.
 */
int change_asked_add(struct json_object *object, const struct change_asked *asked);

/**
 * change_asked_get() - reads the member "asked"; an object without "asked" says that nobody has
 *	asked
 * @arena: owns the texts
 *
 * Return: 0; -EINVAL; -ENOMEM.
 */
int change_asked_get(struct json_object *object, struct arena *arena,
		     struct change_asked *ret_asked);
