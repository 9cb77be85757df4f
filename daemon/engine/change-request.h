/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a call that changes something says of the change itself: whether it goes on when nobody
 * listens, and what its client calls it, so that it can ask once more without having it done twice.
 * Pure. Called by daemon/api/method-change.c.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_object;
struct refusal_list;

struct change_request {
	const char *name; /* of the parameters; or NULL */
	bool no_wait;
	uint64_t digest; /* of the method and all other parameters, in whatever order they came */
	size_t bytes;	 /* what the parameters take, of a change that may outlive its calls */
};

#define CHANGE_REQUEST_E_BAD 1

/** change_request_digest() - of one more call's parameters, when several say what is asked for */
uint64_t change_request_digest(uint64_t before, struct json_object *parameters);

/**
 * change_request_from_json() - reads the parameters of a call, checked against the interface
 * @problems: receives what makes no sense about them
 *
 * Return: 0; CHANGE_REQUEST_E_BAD; -ENOMEM.
 */
int change_request_from_json(const char *method, struct json_object *parameters,
			     struct refusal_list *problems, struct change_request *ret_request);
