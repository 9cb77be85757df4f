/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the output of commands as people paste it into a file: one document or several, with
 * prompts and error messages between their lines, with line ends and byte order marks of another
 * system. Pure; called by the daemon for --snapshot.
 */
#pragma once

#include <stddef.h>

#include "cxl/topology/topology-json.h"

/**
 * topology_from_text() - reads a record, or the output of one or several `cxl list`
 * @text: @length bytes; lines that are not JSON are overwritten with blanks
 * @notices: as for topology_from_json(); "skipped-lines" for lines that are not JSON. For a text
 * without any document, "not-json" with the line and the cause
 * @ret_document: all documents as one; the topology keeps parts of it
 *
 * Return: 0; TOPOLOGY_JSON_E_REFUSED; -ENOMEM; the error of json_parse_text() for a text that is
 * too large.
 */
int topology_from_text(char *text, size_t length, struct refusal_list *notices,
		       struct json_object **ret_document, struct topology **ret_topology);
