/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading what people paste: one document or several, with the prompt above them, with what went to
 * standard error between their lines, with the line ends and the mark of another system. Pure;
 * called by the daemon for --snapshot.
 */
#pragma once

#include <stddef.h>

#include "cxl/topology/topology-json.h"

/**
 * topology_from_text() - reads a record, or what `cxl list` printed once or several times
 * @text: @length bytes; lines that are no JSON become blanks in it
 * @notices: as for topology_from_json(); "skipped-lines" for those that are no JSON. Without a
 *	document in it, "not-json" with the line and the cause
 * @ret_document: what was read as one document, of which the topology keeps parts
 *
 * Return: 0; TOPOLOGY_JSON_E_REFUSED; -ENOMEM; what json_parse_text() returns for a text that is
 * too large.
 */
int topology_from_text(char *text, size_t length, struct refusal_list *notices,
		       struct json_object **ret_document, struct topology **ret_topology);
