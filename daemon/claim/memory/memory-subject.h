/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changes of this host's memory for the engine: the subject (subject.h) around memory-change.h.
 * What is decided is decided there; here records are read, answers made, and the draft is kept from
 * which claims are planned one after another.
 */
#pragma once

#include "daemon/claim/memory/memory-change.h"
#include "daemon/claim/subject.h"

/*
 * The host as our own changes have left it: several claims that are to be made good are planned
 * from one look, each from what the one before it will have left. Pure but for the heap.
 */
struct memory_draft {
	struct topology *topology; /* or NULL */
	bool is_stale;		   /* others have changed the host since */
};

/** memory_draft_forget() - the host is not only as our own changes have left it */
void memory_draft_forget(struct memory_draft *draft);

void memory_draft_deinit(struct memory_draft *draft);

/**
 * memory_subject_new() - what a client asks for
 * @intent: taken over, also on failure
 * @draft: must outlive the subject, as that of the next two
 *
 * Return: NULL without memory.
 */
struct subject *memory_subject_new(struct intent *intent, struct memory_draft *draft);

/**
 * memory_mending_fn - a claim's change has ended
 * @failure: NULL when the claim was made good, otherwise why it was not, in an admin's words
 * @held: another program changes the host, and any other change would wait for it as well
 */
typedef void (*memory_mending_fn)(void *userdata, const char *claim, const char *failure,
				  bool held);

/**
 * memory_mending_new() - a claim that is to be made good
 * @on_end: not called when the claim does not need it any more
 *
 * Return: NULL without memory.
 */
struct subject *memory_mending_new(const char *claim, enum claim_remedy remedy,
				   struct memory_draft *draft, memory_mending_fn on_end,
				   void *userdata);

/**
 * memory_leftover_new() - what a crash has left
 * @region: the kernel's name; copied
 * @claim: whose it is, or NULL; copied
 *
 * Return: NULL without memory.
 */
struct subject *memory_leftover_new(const char *region, const char *claim,
				    struct memory_draft *draft);
