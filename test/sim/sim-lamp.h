/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lamps of a simulated host (test/lib/lamp.h): the wire, the orders that get lost or come too
 * late, the other master, and what must always hold. Only hosts of `sim --lamps` have lamps.
 */
#pragma once

#include "test/lib/lamp.h"
#include "test/sim/sim.h"

/* The fate of the next order. */
enum sim_order_fate {
	SIM_ORDER_IS_CARRIED_OUT,
	SIM_ORDER_FAILS,
	SIM_ORDER_FAILS_AFTER, /* when it has had its effect */
	SIM_ORDER_DIES,	       /* with its sender; without an effect */
	SIM_ORDER_DIES_AFTER,
	SIM_ORDER_DIES_LATE, /* the effect comes later */
	SIM_ORDER_FATES,
};

struct sim_lamps {
	struct lamps lamps;
	struct sim_device devices[LAMP_COUNT]; /* the memdevs that hang from them */
	enum sim_order_fate fate;
	uint64_t late_until_ms; /* what is late has come by then */
	uint64_t mute_until_ms;
	uint64_t coming_until_ms; /* the memdevs that are coming have come by then */
	bool daemon_dies;	  /* with the order that it has sent */
	/* Another master has switched it, or a change has told that it could not take it back: it
	 * need not be as is stored. */
	bool is_disputed[LAMP_COUNT];
	/* The entry of the change that has a receipt for having destroyed what was in it. */
	char receipts[LAMP_COUNT][JOURNAL_KEY_MAX];
	bool is_stored[LAMP_COUNT]; /* what the last look at the store has shown */
};

/* The name of a lamp, and the memdev that it plugs. */
extern const char *const sim_lamp_names[LAMP_COUNT], *const sim_lamp_memdevs[LAMP_COUNT];

/** sim_lamp_key() - where the store has that a lamp is to be lit */
const char *sim_lamp_key(size_t lamp);

/** sim_lamp_of() - the number of the lamp that a step is about */
size_t sim_lamp_of(const struct step *step);

/** sim_lamps_new() - hangs lamps from the wire, all off; before the first boot */
void sim_lamps_new(struct sim *sim);

void sim_lamps_free(struct sim *sim);

/** sim_lamps_boot() - a fresh kernel finds what is lit */
void sim_lamps_boot(struct sim *sim);

/** sim_lamps_act() - something happens to lamps, or to their wire */
void sim_lamps_act(struct sim *sim);

/** sim_lamps_set_mute() - the wire answers nobody for a while, or answers again */
void sim_lamps_set_mute(struct sim *sim, bool is_mute);

/** sim_lamps_heal() - no order that is sent from now on gets lost; a mute wire answers in time */
void sim_lamps_heal(struct sim *sim);

/** sim_lamps_pass() - the time has passed: what was to come by now comes */
void sim_lamps_pass(struct sim *sim);

/** sim_lamps_due_ms() - when the next thing comes by itself; UINT64_MAX: nothing does */
uint64_t sim_lamps_due_ms(const struct sim *sim);

/** sim_lamps_perform() - has an order carried out; @ret_died: its sender has died */
int sim_lamps_perform(struct sim *sim, const struct step *step, struct step_result *result,
		      bool *ret_died);

/** sim_lamps_leave_order() - who has sent the order has died while it was being carried out */
void sim_lamps_leave_order(struct sim *sim, const struct step *step);

/** sim_lamps_may_be_used() - may an admin, who knows no reservations, use a memdev right now? */
bool sim_lamps_may_be_used(const struct sim *sim, uint64_t serial);

/** sim_lamps_check() - a lamp that no change but @ended has to do with is as the store has it */
void sim_lamps_check(struct sim *sim, size_t lamp, const struct sim_change *ended);
