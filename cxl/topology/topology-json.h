/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Snapshots as JSON. A record holds everything that a snapshot knows; what `cxl list -vvv` prints
 *is read as well, and what it does not tell stays unknown.
 *
 *	{"cxlfm_record": 1, "kernel": "7.3.4", "known": ["cxl", "dax", "blocks", "nodes"],
 *	 "memory": {"block_size": N, "auto_online_blocks": "offline"},
 *	 "nodes": [{"node": 0, "has_cpus": true, "memory_total": N, "memory_free": N,
 *		    "distances": {"0": 10}, "access0": {"read_bandwidth": N, ...}}],
 *	 "list": [what `cxlfm list -vvv` prints]}
 *
 * Pure. The times of a snapshot are not recorded: they mean nothing on another day.
 */
#pragma once

#include "cxl/topology/topology.h"
#include "util/refusal.h"

struct json_object;

#define TOPOLOGY_RECORD_VERSION 1

/* The longest text of a record; all are printable ASCII. */
#define TOPOLOGY_TEXT_MAX 255

/* The document is no topology, or one that would have to be guessed at; the refusals say why. */
#define TOPOLOGY_JSON_E_REFUSED 1

/** topology_to_json() - a record of the snapshot; NULL when there is no memory */
struct json_object *topology_to_json(const struct topology *topology);

/**
 * topology_from_json() - reads a record, or what `cxl list` printed
 * @json: any JSON value, from anywhere
 * @refusals: REFUSAL_LIST_NULL or a list to append to. On success it gets the notices: codes
 *	"unknown-..." for what the document does not tell, "odd-number" for numbers that cannot be
 *	and were taken as unknown
 *
 * Return: 0; TOPOLOGY_JSON_E_REFUSED; -ENOMEM.
 */
int topology_from_json(struct json_object *json, struct refusal_list *refusals,
		       struct topology **ret_topology);

/**
 * topology_from_document() - the same of what came from elsewhere: what it lists is shown as it was
 *	written, known to us or not, and nothing else
 * @json: is kept, in parts, and is not to be changed any more
 */
int topology_from_document(struct json_object *json, struct refusal_list *refusals,
			   struct topology **ret_topology);
