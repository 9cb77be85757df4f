/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changes of lamps, of several stages and two performers: lamps are lit over the wire, one after
 * the other, and memory is made of their memdevs; or the memory is removed, and the lamps
 * are put out. The part of a daemon with a wire, beside the part for changes of memory
 * (sim-change.c). Called by sim-change.c and sim-daemon.c.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "change/change.h"
#include "change/reservations.h"
#include "test/lib/lamp.h"

struct sim;
struct sim_change;
struct memory_request;

enum sim_lamp_verb {
	SIM_LAMP_NOTHING, /* the change has nothing to do with lamps */
	SIM_LAMP_ADD,	  /* light the lamps, then make memory */
	SIM_LAMP_REMOVE,  /* remove memory, then put the lamps out */
	SIM_LAMP_BURN,	  /* put the first lamp out, burn that lamp out, light the lamp again */
	SIM_LAMP_LEFT,	  /* take back or finish a stage that a crash has cut short */
};

#define SIM_LAMP_STEPS_MAX 3

struct sim_lamp_change {
	enum sim_lamp_verb verb;
	size_t lamps[LAMP_COUNT], count; /* in this order */
	bool has_memory;		 /* there is a stage of this host's memory */
	struct reservation_set reserves; /* the memdevs of the lamps */
	bool is_lit[LAMP_COUNT];	 /* as the look has shown the lamps */
	struct step steps[SIM_LAMP_STEPS_MAX], back;
	struct step_list list, back_list;
	bool receipts[SIM_LAMP_STEPS_MAX];
	bool is_deposed;	 /* another manager has the wire: the change may order no more */
	bool waits;		 /* until not_before_ms of the change */
	uint64_t await_until_ms; /* the deadline of the await; 0: there is no await */
	unsigned int burns;	 /* of the first lamp, before the stage */
};

/** sim_lamp_submit() - a client asks for a change; @request: for the memory, taken over; or NULL */
void sim_lamp_submit(struct sim *sim, enum sim_lamp_verb verb, const size_t *lamps, size_t count,
		     struct memory_request *request);

/** sim_lamp_take_up() - reads from the entry (left) which lamps the change is about */
void sim_lamp_take_up(struct sim_change *change);

/** sim_lamp_task() - performs the task at hand of a change of lamps; false for other changes */
bool sim_lamp_task(struct sim *sim, struct sim_change *change);

/** sim_lamp_next() - the lanes of the stage after the present stage; NULL: there is none */
const struct lane_set *sim_lamp_next(const struct sim_change *change);

/** sim_lamp_awaken() - a memdev has come: changes that await a memdev look */
void sim_lamp_awaken(struct sim *sim);

/** sim_lamp_check_awaited() - checks that memory is planned only when all its memdevs have come */
void sim_lamp_check_awaited(struct sim *sim, const struct sim_change *change);

/** sim_lamp_again() - an entry that could not be read is taken up later, in the same lanes */
void sim_lamp_again(struct sim *sim, struct sim_change *change);

/** sim_lamp_ended() - checks the lamps against the result of the change */
void sim_lamp_ended(struct sim *sim, const struct sim_change *change);

/** sim_lamp_die() - the daemon is about to die: orders on the wire may go on */
void sim_lamp_die(struct sim *sim);

/** sim_lamp_is_being_ordered() - may an order be sent for the lamp, that nobody looks before? */
bool sim_lamp_is_being_ordered(const struct sim *sim, size_t lamp);

/** sim_lamp_is_reserved() - whether a change other than @except has to do with a lamp */
bool sim_lamp_is_reserved(const struct sim *sim, size_t lamp, const struct sim_change *except);
