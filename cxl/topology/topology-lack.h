/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a document does not tell of its host. `cxl list` shows what its letters ask for, filters and
 * people cut more of it, and none of that can be seen: absent is not the same as not there. Pure.
 */
#pragma once

#include "cxl/topology/topology.h"

/**
 * topology_add_lack() - notes that something of a part is not told; the part is no longer known
 * @object: the kernel's name, or NULL
 *
 * Return: 0 or -ENOMEM.
 */
int topology_add_lack(struct topology *topology, unsigned int parts, const char *object,
		      const char *format, ...) __attribute__((format(printf, 4, 5)));

/**
 * topology_find_lacks() - takes TOPO_KNOWN_CXL, TOPO_KNOWN_DAX and TOPO_KNOWN_IDLE away from a
 *	snapshot that does not tell all of them, and says what each lacks, by the letter of cxl list
 * @topology: finished
 *
 * Return: 0 or -ENOMEM.
 */
int topology_find_lacks(struct topology *topology);
