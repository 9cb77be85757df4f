/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lamps of a simulated host (test/lib/lamp.h): the wire, the orders that get lost or come too
 * late, the other master, and the invariants. Only hosts of `sim --lamps` have lamps.
 */
#pragma once

#include "test/lib/lamp.h"
#include "test/sim/sim.h"

/* The fate of the next order. */
enum sim_order_fate {
	SIM_ORDER_IS_CARRIED_OUT,
	SIM_ORDER_FAILS,
	SIM_ORDER_FAILS_AFTER, /* after the order has had its effect */
	SIM_ORDER_DIES,	       /* with its sender; without an effect */
	SIM_ORDER_DIES_AFTER,
	SIM_ORDER_DIES_LATE, /* the effect comes later */
	SIM_ORDER_FATES,
};

struct sim_lamps {
	struct lamps lamps;
	struct sim_device devices[LAMP_COUNT]; /* the memdevs that hang from the lamps */
	enum sim_order_fate fate;
	uint64_t late_until_ms; /* all late orders have come by then */
	uint64_t mute_until_ms;
	bool is_taken; /* another manager has the wire, and takes no orders of this host */
	uint64_t taken_until_ms;
	uint64_t coming_until_ms; /* the memdevs that are coming have come by then */
	bool daemon_dies;	  /* together with its last order */
	/* Another master has switched the lamp, or a change has told that the lamp could not be
	 * taken back: the lamp need not be as the store has it. */
	bool is_disputed[LAMP_COUNT];
	/* The entry of the change that has a receipt for burning the lamp out. */
	char receipts[LAMP_COUNT][JOURNAL_KEY_MAX];
	bool is_stored[LAMP_COUNT]; /* at the last look at the store */
};

/* The name of a lamp, and the memdev that the lamp plugs. */
extern const char *const sim_lamp_names[LAMP_COUNT], *const sim_lamp_memdevs[LAMP_COUNT];

/** sim_lamp_key() - where the store has that a lamp is to be lit */
const char *sim_lamp_key(size_t lamp);

/** sim_lamp_of() - the number of the lamp that a step is about */
size_t sim_lamp_of(const struct step *step);

/** sim_lamps_new() - hangs lamps from the wire, all off; before the first boot */
void sim_lamps_new(struct sim *sim);

void sim_lamps_free(struct sim *sim);

/** sim_lamps_boot() - a fresh kernel finds the memdevs of lit lamps */
void sim_lamps_boot(struct sim *sim);

/** sim_lamps_act() - something happens to lamps, or to their wire */
void sim_lamps_act(struct sim *sim);

/** sim_lamps_set_mute() - the wire answers nobody for a while, or answers again */
void sim_lamps_set_mute(struct sim *sim, bool is_mute);

/** sim_lamps_set_taken() - another manager takes the wire over for a while, or gives the wire back
 */
void sim_lamps_set_taken(struct sim *sim, bool is_taken);

/** sim_lamps_heal() - no order that is sent from now on gets lost; a mute wire answers in time */
void sim_lamps_heal(struct sim *sim);

/** sim_lamps_pass() - the time has passed: orders and memdevs that are due come */
void sim_lamps_pass(struct sim *sim);

/** sim_lamps_due_ms() - when the next thing comes by itself; UINT64_MAX: nothing does */
uint64_t sim_lamps_due_ms(const struct sim *sim);

/** sim_lamps_perform() - has an order carried out; @ret_died: its sender has died */
int sim_lamps_perform(struct sim *sim, const struct step *step, struct step_result *result,
		      bool *ret_died);

/** sim_lamps_leave_order() - the sender of the order has died while the order is under way */
void sim_lamps_leave_order(struct sim *sim, const struct step *step);

/** sim_lamps_may_be_used() - may an admin, who knows no reservations, use a memdev right now? */
bool sim_lamps_may_be_used(const struct sim *sim, uint64_t serial);

/** sim_lamps_check() - a lamp of no change but @ended is as the store has the lamp */
void sim_lamps_check(struct sim *sim, size_t lamp, const struct sim_change *ended);
