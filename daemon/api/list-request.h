/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parameters of io.cxlfm.Host.List in the terms of topology-list.h. Pure.
 */
#pragma once

#include <stdbool.h>

#include "cxl/topology/topology-list.h"
#include "util/refusal.h"

struct json_object;

/* The positive outcome: `show` or `verbose` make no sense. */
#define LIST_REQUEST_E_BAD 1

/**
 * list_request_from_json() - reads `options`, already checked against the interface
 * @problems: receives what is wrong
 * @ret_options: its texts are the parameters'
 *
 * Return: 0; LIST_REQUEST_E_BAD; -ENOMEM.
 */
int list_request_from_json(struct json_object *parameters, struct refusal_list *problems,
			   struct list_options *ret_options);

/** list_request_needs_mailbox() - whether the listing shows what only mailboxes tell */
bool list_request_needs_mailbox(const struct list_options *options);

/** list_request_names_mailbox() - whether it asks for that by name: then it is to be fresh */
bool list_request_names_mailbox(const struct list_options *options);
