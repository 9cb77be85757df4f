/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Several listings of one host as one. Pure; called by topology-text.c.
 */
#pragma once

#include "util/refusal.h"

struct json_object;

/**
 * topology_merge() - joins what `cxl list` printed with different letters
 * @documents: an array of documents, of which parts are taken
 * @refusals: the object that two documents tell differently, and the key
 *
 * Objects of one name are one object with the keys of both. It stands where the document has it
 * that lists the most levels.
 *
 * Return: 0; TOPOLOGY_JSON_E_REFUSED; -ENOMEM.
 */
int topology_merge(struct json_object *documents, struct refusal_list *refusals,
		   struct json_object **ret_document);
