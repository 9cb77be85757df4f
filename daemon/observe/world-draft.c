// SPDX-License-Identifier: GPL-2.0-only
/*
 * The draft that several claims are planned from. Pure but for the heap.
 */
#include "daemon/observe/world-draft.h"

#include "cxl/topology/topology.h"

void world_draft_forget(struct world_draft *draft)
{
	draft->is_stale = true;
}

void world_draft_deinit(struct world_draft *draft)
{
	draft->topology = topology_free(draft->topology);
}
