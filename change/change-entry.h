/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The journal's entry of a stage: noted before the stage's first step, and erased after its last
 * step. The entry is enough to take the stage back after a crash. Pure.
 *
 * The entry does not say how far the stage got: the world shows that better (step_exec_take_up()).
 * But for steps that leave no trace, the entry says which of them are done.
 */
#pragma once

#include "change/change-asked.h"
#include "change/lanes.h"
#include "change/reservations.h"
#include "util/arena.h"

struct json_object;

struct change_entry {
	const char *boot; /* ID of the boot in which the names, and values that don't last, count */
	const char *object; /* what the change is about */
	const char *kind;   /* of what the change is about, where there are several; or NULL */
	const char *claim;  /* that the object belongs to, or is to belong to; or NULL */
	bool ends;	    /* ... and that ends with the stage */
	struct lane_set lanes;
	struct reservation_set reservations;
	struct step_list steps;
	ARRAY(size_t)
	receipts;      /* the numbers of the steps, from 0, that are done and can't be seen */
	size_t stages; /* that were closed before this one */
	bool more;     /* a further stage was to follow */
	bool back;     /* the steps take the last closed stage back */
	struct change_asked asked;
	struct arena arena; /* owns every text */
};

#define CHANGE_ENTRY_NULL ((struct change_entry){ .arena = ARENA_NULL })

/**
 * change_entry_to_json() - {"boot", "object", "kind", "claim", "ends", "lanes", "reservations",
 *	"steps", "receipts", "stages", "more", "back", "asked"}; from "kind" on without
 *	what there is none of, but for lanes and steps
 *
 * Return: a new object; NULL when there is no memory.
 */
struct json_object *change_entry_to_json(const struct change_entry *entry);

/**
 * change_entry_from_json() - reads an entry
 * @registry: the kinds of steps that are known
 * @ret_entry: CHANGE_ENTRY_NULL before; to be deinitialised also on failure. The steps and their
 *	receipts are read last, so @ret_entry has the rest where only these make no sense
 *
 * Return: 0; -EINVAL, also for a step of a kind that is not known; -ENOMEM.
 */
int change_entry_from_json(struct json_object *object, const struct step_registry *registry,
			   struct change_entry *ret_entry);

/** change_entry_is_done() - is there a receipt for this step? */
bool change_entry_is_done(const struct change_entry *entry, size_t step);

void change_entry_deinit(struct change_entry *entry);
