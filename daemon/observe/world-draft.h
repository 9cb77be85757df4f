/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host as our own changes will have left it: several claims that are to be mended are
 * planned from one look, each from the host that the change of the claim before will leave. Pure
 * but for the heap.
 */
#pragma once

#include <stdbool.h>

struct topology;

struct world_draft {
	struct topology *topology; /* or NULL */
	bool is_stale;		   /* others have changed the host since the look */
};

/** world_draft_forget() - others have changed the host: the next plan begins with a look */
void world_draft_forget(struct world_draft *draft);

void world_draft_deinit(struct world_draft *draft);
