/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Several listings of one host as one. Pure; called by topology-text.c.
 */
#pragma once

#include "util/refusal.h"

struct json_object;

/**
 * topology_merge() - joins the outputs of several `cxl list` with different options
 * @documents: an array of documents; the result takes parts of them
 * @refusals: receives the object and the key in which two documents differ
 *
 * Objects of one name become one object with the keys of all. The document with the most levels
 * decides where the object stands.
 *
 * Return: 0; TOPOLOGY_JSON_E_REFUSED; -ENOMEM.
 */
int topology_merge(struct json_object *documents, struct refusal_list *refusals,
		   struct json_object **ret_document);
