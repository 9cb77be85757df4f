/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parameters of a call that are about the change itself: whether the change goes on when nobody
 * listens, and the request id, with which a client can ask once more without a second change. Pure.
 * Called by daemon/api/method-change.c.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_object;
struct refusal_list;

struct change_request {
	const char *name; /* the request id, in the parameters; or NULL */
	bool no_wait;
	uint64_t digest; /* of the method and all other parameters, independent of their order */
	size_t bytes;	 /* of the parameters, when the change may outlive its calls */
};

#define CHANGE_REQUEST_E_BAD 1

/** change_request_digest() - adds the parameters of a further call, when several make one request
 */
uint64_t change_request_digest(uint64_t before, struct json_object *parameters);

/**
 * change_request_from_json() - reads the parameters of a call, checked against the interface
 * @problems: receives which parameters make no sense, and why
 *
 * Return: 0; CHANGE_REQUEST_E_BAD; -ENOMEM.
 */
int change_request_from_json(const char *method, struct json_object *parameters,
			     struct refusal_list *problems, struct change_request *ret_request);
