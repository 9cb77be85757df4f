/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Snapshots as JSON. A record holds everything that a snapshot knows. The output of `cxl list -vvv`
 * is read as well; facts that the output does not tell stay unknown.
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

/* The length of the longest text in a record; all texts are printable ASCII. */
#define TOPOLOGY_TEXT_MAX 255

/* The document is not a topology, or can't be understood without guessing; the refusals say why. */
#define TOPOLOGY_JSON_E_REFUSED 1

/** topology_to_json() - a record of the snapshot; NULL when there is no memory */
struct json_object *topology_to_json(const struct topology *topology);

/**
 * topology_from_json() - reads a record, or the output of `cxl list`
 * @json: any JSON value, from any source
 * @refusals: REFUSAL_LIST_NULL or a list to append to. On success the list receives notices: codes
 *	"unknown-..." for facts that the document does not tell, "odd-number" for impossible
 * numbers, which are taken as unknown
 *
 * Return: 0; TOPOLOGY_JSON_E_REFUSED; -ENOMEM.
 */
int topology_from_json(struct json_object *json, struct refusal_list *refusals,
		       struct topology **ret_topology);

/**
 * topology_from_document() - the same for a document of another program or machine: listings show
 * its objects as they were written, with unknown keys and values, and without any additions
 * @json: the topology keeps parts of it, so it must not change any more
 */
int topology_from_document(struct json_object *json, struct refusal_list *refusals,
			   struct topology **ret_topology);
