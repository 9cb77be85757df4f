/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The differences between two snapshots, for monitors. Pure; called by the daemon.
 */
#pragma once

#include "cxl/topology/topology.h"

struct json_object;

/**
 * topology_diff() - the changes from one snapshot to the next
 * @ret_changes: an array, empty when nothing changed, of
 *	{"change": "added", "kind": K, "name": N, "to": {the object as listed}}
 *	{"change": "removed", "kind": K, "name": N, "from": {the object as listed}}
 *	{"change": "changed", "kind": K, "name": N, "keys": {KEY: {"from": V, "to": V}}}
 *	with K "memory" (policy and block size), "bus", "port", "endpoint", "memdev", "decoder",
 *	"region", "dax" or "node".  An unknown value is absent. Memory blocks are told in runs, with
 *	their dax device.
 *
 * A memdev with the same name and another serial number or place is another memdev: the former
 * memdev is removed, the other memdev added. The free memory of nodes is not compared, since it
 * always changes.
 *
 * Return: 0 or -ENOMEM.
 */
int topology_diff(const struct topology *before, const struct topology *after,
		  struct json_object **ret_changes);
