/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What monitors are told of claims, in the shape of topology_diff(). Pure.
 *
 *	{"change": "added", "kind": "claim", "name", "to": the claim as ListClaims shows it}
 *	{"change": "removed", "kind": "claim", "name", "from": likewise}
 *	{"change": "changed", "kind": "claim", "name", "condition", "holds", "reason",
 *	 "text", "since"}
 */
#pragma once

#include "daemon/claim/claim-table.h"

/**
 * claim_table_changes() - what the last claim_table_observe() has found out
 * @ret_changes: a new array; one object for each condition that has begun or ceased to hold, or
 *	holds for a new reason
 *
 * Return: 0 or -ENOMEM.
 */
int claim_table_changes(const struct claim_table *table, struct json_object **ret_changes);

/** claim_end_to_json() - tells that a claim ends; a new object, or NULL when there is no memory */
struct json_object *claim_end_to_json(const struct claim_record *record);
