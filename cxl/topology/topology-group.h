/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The arrays that `cxl list` makes of objects whose parent is not listed: an array for each kind of
 * object. Pure: the reader and the writer of documents have these rules in common, so that a
 * document that was written is read with the same groups.
 */
#pragma once

#include "cxl/topology/topology-value.h"

/** topology_group_name() - the key of the group's array, "root decoders"; static */
const char *topology_group_name(enum topo_group group);

/** topology_group_kind() - the form of the names of the group's objects; static */
const struct kind_name *topology_group_kind(enum topo_group group);

/** topology_group_of_key() - the group whose array has that key; TOPO_GROUP_NONE: there is none */
enum topo_group topology_group_of_key(const char *key);

/**
 * topology_group_of_object() - the group of an element of a document by the members of the element,
 * whatever array the element stands in
 *
 * Return: TOPO_GROUP_NONE for an element that is not an object of a known kind.
 */
enum topo_group topology_group_of_object(struct json_object *value);
