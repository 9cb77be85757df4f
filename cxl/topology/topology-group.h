/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The arrays that `cxl list` makes of the objects that hang below nothing it lists, one for each
 * kind of object. Pure: who reads a document and who writes one have these rules in common, so
 * that what is written is read as it was.
 */
#pragma once

#include "cxl/topology/topology-value.h"

/** topology_group_name() - the key of the group's array, "root decoders"; static */
const char *topology_group_name(enum topo_group group);

/** topology_group_kind() - the form of the names of the group's objects; static */
const struct kind_name *topology_group_kind(enum topo_group group);

/** topology_group_of_key() - the group whose array has that key; TOPO_GROUP_NONE: it is no such key
 */
enum topo_group topology_group_of_key(const char *key);

/**
 * topology_group_of_object() - the group of an element of a document by what it says of itself,
 * whatever it stands in
 *
 * Return: TOPO_GROUP_NONE for what is no object that is known here.
 */
enum topo_group topology_group_of_object(struct json_object *value);
