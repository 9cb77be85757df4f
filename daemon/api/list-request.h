/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parameters of io.cxlfm.Host.List as options of topology-list.h. Pure.
 */
#pragma once

#include <stdbool.h>

#include "cxl/topology/topology-list.h"
#include "util/refusal.h"

struct json_object;

/* The positive result: `show` or `verbose` is invalid. */
#define LIST_REQUEST_E_BAD 1

/**
 * list_request_from_json() - reads `options`, already checked against the interface
 * @problems: receives the faults
 * @ret_options: its texts belong to @parameters
 *
 * Return: 0; LIST_REQUEST_E_BAD; -ENOMEM.
 */
int list_request_from_json(struct json_object *parameters, struct refusal_list *problems,
			   struct list_options *ret_options);

/** list_request_needs_mailbox() - does the listing show answers of mailboxes? */
bool list_request_needs_mailbox(const struct list_options *options);

/** list_request_names_mailbox() - does the request name mailboxes, whose answers must be fresh? */
bool list_request_names_mailbox(const struct list_options *options);
