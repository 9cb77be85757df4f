/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changes of this host's memory for the engine: the subject (subject.h) around memory-change.h,
 * which decides. The subject reads records, makes answers, and keeps the draft from which claims
 * are planned one after another.
 */
#pragma once

#include "daemon/observe/world-draft.h"
#include "daemon/claim/memory/memory-change.h"
#include "daemon/claim/subject.h"

/**
 * memory_subject_new() - the subject of a client's request
 * @request: taken over, also on failure
 * @draft: must outlive the subject, as the draft of the next three functions must
 *
 * Return: NULL without memory.
 */
struct subject *memory_subject_new(struct memory_request *request, struct world_draft *draft);

/**
 * memory_asked_new() - the subject of a request about a claim, by a client or by an apply
 * @asking: taken over, also on failure
 *
 * Return: NULL without memory.
 */
struct subject *memory_asked_new(struct claim_asking *asking, struct world_draft *draft);

/**
 * memory_mending_new() - the subject of a change that mends a claim
 * @on_end: not called when the claim has become good meanwhile
 *
 * Return: NULL without memory.
 */
struct subject *memory_mending_new(const char *claim, enum claim_remedy remedy,
				   struct world_draft *draft, claim_mending_fn on_end,
				   void *userdata);

/**
 * memory_leftover_new() - the subject of an entry that a crash has left
 * @left: names the region and the region's claim; copied
 *
 * Return: NULL without memory.
 */
struct subject *memory_leftover_new(const struct change_entry *left, struct world_draft *draft);
