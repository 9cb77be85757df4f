/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A kind of claim: memory of this host; later an LD that is bound to this host, a share of an
 * accelerator. Claims of all kinds are stored, listed, looked at, mended, changed and ended by the
 * same code, which knows no kind by its name: whatever it has to know of one, it asks here. A kind
 * is a folder of its own and a line of the registry (daemon/claim-kinds.c).
 *
 * All functions but those of changes are pure.
 */
#pragma once

#include "daemon/claim/claim-state.h"
#include "daemon/claim/claim.h"
#include "daemon/observe/world.h"

struct claim_asking;
struct world_draft;
struct claim_field;
struct claim_reader;
struct subject;

/* Something that is wanted: two claims may want the same or not. */
struct claim_wish {
	const char *name;      /* its member in JSON */
	bool changes_in_place; /* what was given stays when it changes */
};

/* Of what was given nobody says where it is. */
#define CLAIM_NO_PLACE UINT64_MAX

/**
 * claim_mending_fn - a claim's change has ended
 * @failure: NULL when the claim was made good, otherwise why it was not, in an admin's words
 * @held: another program changes the host, and any other change would wait for it as well
 */
typedef void (*claim_mending_fn)(void *userdata, const char *claim, const char *failure, bool held);

struct claim_kind {
	/* As "kind" says it; a new claim is called "NAME-1". */
	const char *name;
	/* "kind" is left out: claims were of this kind before there were others. */
	bool is_unnamed;
	/* The member in JSON that shows the kernel's name for what was given. */
	const char *object;
	/* What its devices are called: "memdev". */
	const char *device;
	/* At most 30, whose bits are those of claim_differences(); one without a name ends them. */
	const struct claim_wish *wishes;

	/* ---- its part of a claim ---- */

	size_t size;	       /* of claim->own */
	const void *null_part; /* so many bytes: a part that says nothing */

	/** deinit() - frees what does not lie in the claim's arena; or NULL */
	void (*deinit)(struct claim *claim);

	/** is_same() - do two claims want the same in this? (index of `wishes`) */
	bool (*is_same)(const struct claim *a, const struct claim *b, size_t wish);

	/** inherit() - takes over what @stored was given; 0 or -ENOMEM, and then nothing is */
	int (*inherit)(struct claim *claim, const struct claim *stored);

	/** release() - what the claim was given was taken down, so that it is given another */
	void (*release)(struct claim *claim);

	/** yield() - gives up what @later was given after @claim: it can be only one's */
	void (*yield)(struct claim *claim, const struct claim *later);

	/**
	 * place() - where what was given is: it is taken down from the highest place on, and made
	 *	from the lowest on; CLAIM_NO_PLACE of nothing
	 */
	uint64_t (*place)(const struct claim *claim);

	/** devices() - those of what was given, whose errors and removals are nobody's drift */
	const struct claim_member_list *(*devices)(const struct claim *claim);

	/* ---- as JSON ---- */

	const struct claim_field *fields; /* its own members, of what is wanted and given */

	/**
	 * check() - after all members were read: sets what follows from them, or refuses them
	 *
	 * Return: as claim_from_json().
	 */
	int (*check)(const struct claim_reader *reader, struct json_object *object);

	/** add_wish() - adds what is wanted; 0 or -ENOMEM */
	int (*add_wish)(const struct claim *claim, struct json_object *object);

	/** add_given() - adds what was given, where there is something; 0 or -ENOMEM */
	int (*add_given)(const struct claim *claim, struct json_object *object);

	/** given() - the member that tells what was given; NULL where nothing was */
	const char *(*given)(const struct claim *claim);

	/* ---- and the world ---- */

	/**
	 * observe() - how a claim stands
	 * @arena: receives texts
	 * @ret_sight: of CLAIM_STALLED its keeper knows better: it does not hold
	 *
	 * Return: 0 or -ENOMEM.
	 */
	int (*observe)(const struct claim *claim, const struct world *world, struct arena *arena,
		       struct claim_sight *ret_sight);

	/** digest() - a number for what plans are made from, as far as others change it */
	uint64_t (*digest)(const struct world *world);

	/* ---- changes: each is a subject (subject.h) to be owned by the caller, or NULL ---- */

	/** ask() - what somebody asks for; @asking is taken over, also on failure */
	struct subject *(*ask)(struct claim_asking *asking, struct world_draft *draft);

	/**
	 * mend() - makes a claim good
	 * @on_end: not called when the claim does not need it any more
	 */
	struct subject *(*mend)(const char *claim, enum claim_remedy remedy,
				struct world_draft *draft, claim_mending_fn on_end, void *userdata);

	/**
	 * take_up() - ends what a crash has left
	 * @object: as the journal has it; copied
	 * @claim: whose it is, or NULL; copied
	 */
	struct subject *(*take_up)(const char *object, const char *claim,
				   struct world_draft *draft);
};

/* Which kinds there are. A claim that names none is of the first. */
struct claim_kinds {
	const struct claim_kind *const *items;
	size_t count;
};
