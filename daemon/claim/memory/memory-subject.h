/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changes of this host's memory for the engine: the subject (subject.h) around memory-change.h.
 * What is decided is decided there; here records are read, answers made, and the draft is kept from
 * which claims are planned one after another.
 */
#pragma once

#include "daemon/observe/world-draft.h"
#include "daemon/claim/memory/memory-change.h"
#include "daemon/claim/subject.h"

/**
 * memory_subject_new() - what a client asks for
 * @request: taken over, also on failure
 * @draft: must outlive the subject, as that of the next three
 *
 * Return: NULL without memory.
 */
struct subject *memory_subject_new(struct memory_request *request, struct world_draft *draft);

/**
 * memory_asked_new() - what somebody asks for about a claim, which may be a client
 * @asking: taken over, also on failure
 *
 * Return: NULL without memory.
 */
struct subject *memory_asked_new(struct claim_asking *asking, struct world_draft *draft);

/**
 * memory_mending_new() - a claim that is to be made good
 * @on_end: not called when the claim does not need it any more
 *
 * Return: NULL without memory.
 */
struct subject *memory_mending_new(const char *claim, enum claim_remedy remedy,
				   struct world_draft *draft, claim_mending_fn on_end,
				   void *userdata);

/**
 * memory_leftover_new() - what a crash has left
 * @region: the kernel's name; copied
 * @claim: whose it is, or NULL; copied
 *
 * Return: NULL without memory.
 */
struct subject *memory_leftover_new(const char *region, const char *claim,
				    struct world_draft *draft);
