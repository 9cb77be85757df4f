/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A kind of claim: memory of this host; later an LD that is bound to this host, a share of an
 * accelerator. Claims of all kinds are stored, listed, looked at, mended, changed and ended by the
 * same code, which knows no kind by its name: the code asks the functions of this struct for what a
 * kind alone knows. A kind is a folder of its own and a line of the registry
 * (daemon/claim-kinds.c).
 *
 * All functions but those of changes are pure.
 */
#pragma once

#include "daemon/claim/claim-state.h"
#include "daemon/claim/claim.h"
#include "daemon/observe/world.h"

struct change_entry;
struct claim_asking;
struct lane_set;
struct world_draft;
struct claim_field;
struct claim_reader;
struct subject;

/* One thing that a claim can want, such as a size; two claims want the same of that or not. */
struct claim_wish {
	const char *name; /* its member in JSON; of bytes: "size", or with "_size" at the end, by
			   * which cxlfm knows that people write 512M */
	bool changes_in_place; /* when the wish changes, what the claim was given stays */
};

/* What the claim was given has no place that is known. */
#define CLAIM_NO_PLACE UINT64_MAX

/**
 * claim_mending_fn - the change that was to mend a claim has ended
 * @failure: NULL when the claim was mended, otherwise why it was not, in an admin's words
 * @held: another program changes the host, and any other change would wait for it as well
 */
typedef void (*claim_mending_fn)(void *userdata, const char *claim, const char *failure, bool held);

struct claim_kind {
	/* The value of the member "kind"; a new claim is called "NAME-1". */
	const char *name;
	/* The member "kind" is left out: all claims were of this kind before there were others. */
	bool is_unnamed;
	/* The member in JSON that shows the kernel's name for what the claim was given. */
	const char *object;
	/* The word for a device of this kind: "memdev". */
	const char *device;
	/* At most 30 wishes, whose bits are those of claim_differences(); a wish without a name
	 * ends the array. */
	const struct claim_wish *wishes;

	/* ---- the kind's part of a claim ---- */

	size_t size;	       /* of claim->own */
	const void *null_part; /* @size bytes: a part that says nothing */

	/** deinit() - frees what does not lie in the claim's arena; or NULL */
	void (*deinit)(struct claim *claim);

	/** is_same() - do two claims want the same of this wish? (index of `wishes`) */
	bool (*is_same)(const struct claim *a, const struct claim *b, size_t wish);

	/**
	 * inherit() - takes over what @stored was given
	 *
	 * Return: 0 or -ENOMEM, and then @claim is as before.
	 */
	int (*inherit)(struct claim *claim, const struct claim *stored);

	/** release() - what the claim was given was taken down: the claim waits for another */
	void (*release)(struct claim *claim);

	/** yield() - @claim gives up what @later was given since: a resource has one claim */
	void (*yield)(struct claim *claim, const struct claim *later);

	/**
	 * place() - the place of what the claim was given; CLAIM_NO_PLACE when that is nothing
	 *
	 * Claims are taken down from the highest place on, and made from the lowest place on.
	 */
	uint64_t (*place)(const struct claim *claim);

	/** devices() - the devices of what the claim was given: an error or a removal of such a
	 * device is no drift */
	const struct claim_member_list *(*devices)(const struct claim *claim);

	/* ---- as JSON ---- */

	const struct claim_field *fields; /* the kind's members, wanted and given */

	/**
	 * check() - after all members were read: sets what follows from members, or refuses members
	 *
	 * Return: as claim_from_json().
	 */
	int (*check)(const struct claim_reader *reader, struct json_object *object);

	/** add_wish() - adds what is wanted; 0 or -ENOMEM */
	int (*add_wish)(const struct claim *claim, struct json_object *object);

	/** add_given() - adds what the claim was given, if anything; 0 or -ENOMEM */
	int (*add_given)(const struct claim *claim, struct json_object *object);

	/** given() - the member that tells what the claim was given; NULL when that is nothing */
	const char *(*given)(const struct claim *claim);

	/* ---- and the world ---- */

	/**
	 * observe() - how a claim stands
	 * @arena: receives texts
	 * @ret_sight: CLAIM_STALLED does not hold: the claim's keeper decides that condition
	 *
	 * Return: 0 or -ENOMEM.
	 */
	int (*observe)(const struct claim *claim, const struct world *world, struct arena *arena,
		       struct claim_sight *ret_sight);

	/** digest() - a number for the part of the world that plans are made from and that others
	 * change */
	uint64_t (*digest)(const struct world *world);

	/* ---- changes: each is a subject (subject.h) to be owned by the caller, or NULL ---- */

	/** lanes() - the lanes that changes which mend this claim begin in; valid as long as
	 * the claim */
	const struct lane_set *(*lanes)(const struct claim *claim);

	/** ask() - the change that a client asks for; @asking is taken over, also on failure */
	struct subject *(*ask)(struct claim_asking *asking, struct world_draft *draft);

	/**
	 * mend() - mends a claim
	 * @on_end: not called when the claim has become good meanwhile
	 */
	struct subject *(*mend)(const char *claim, enum claim_remedy remedy,
				struct world_draft *draft, claim_mending_fn on_end, void *userdata);

	/**
	 * take_up() - ends a change that a crash has left
	 * @left: names the object, and the claim that the object belongs to; copied
	 */
	struct subject *(*take_up)(const struct change_entry *left, struct world_draft *draft);
};

/* The kinds of claims. A claim that names no kind is of the first. */
struct claim_kinds {
	const struct claim_kind *const *items;
	size_t count;
};

/** claim_kind_find() - the kind of a name; NULL when there is none */
const struct claim_kind *claim_kind_find(const struct claim_kinds *kinds, const char *name);
