/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which facts about its host does a document lack? `cxl list` shows only the objects that its
 * options ask for, filters and people remove more of them, and the document does not tell: an
 * object that is absent from the document may exist on the host. Pure.
 */
#pragma once

#include "cxl/topology/topology.h"

/**
 * topology_add_lack() - notes that a fact of a part is missing; the part is no longer known
 * @object: the name of the object, or NULL
 *
 * Return: 0 or -ENOMEM.
 */
int topology_add_lack(struct topology *topology, unsigned int parts, const char *object,
		      const char *format, ...) __attribute__((format(printf, 4, 5)));

/**
 * topology_find_lacks() - takes TOPO_KNOWN_CXL, TOPO_KNOWN_DAX and TOPO_KNOWN_IDLE away from a
 *	snapshot where it lacks facts of them, and notes the option of cxl list that would tell the
 * facts
 * @topology: finished
 *
 * Return: 0 or -ENOMEM.
 */
int topology_find_lacks(struct topology *topology);
