// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lamps in the simulated world.
 */
#include "test/sim/sim-lamp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "test/sim/sim-admin.h"
#include "test/sim/sim-check.h"
#include "test/sim/sim-lamp-change.h"
#include "test/sim/sim-world.h"
#include "util/cleanup.h"

#define MUTE_MS	 60000
#define TAKEN_MS 20000

const char *const sim_lamp_names[LAMP_COUNT] = { "lamp0", "lamp1" };

/* As fake_host_new() numbers them. */
const char *const sim_lamp_memdevs[LAMP_COUNT] = { "serial:0x1", "serial:0x2" };

const char *sim_lamp_key(size_t lamp)
{
	return lamp == 0 ? "lamp/0" : "lamp/1";
}

size_t sim_lamp_of(const struct step *step)
{
	return strcmp(step->object, sim_lamp_names[0]) == 0 ? 0 : 1;
}

/* ---- what comes of an order ---- */

/* The world before something happens to lamps. */
struct before {
	struct topology *topology;
	struct lamp lamps[LAMP_COUNT];
};

static struct before look(const struct sim *sim)
{
	struct before before = { .topology = fake_kernel_snapshot(sim->kernel) };

	if (!before.topology)
		abort();
	memcpy(before.lamps, sim->lamps->lamps.lamps, sizeof(before.lamps));
	return before;
}

static void see_burn(struct sim *sim, size_t lamp, const struct lamp *before)
{
	if (sim->lamps->lamps.lamps[lamp].burns == before->burns)
		return;
	SIM_TRACE(sim, "%s burns out", sim_lamp_names[lamp]);
	if (before->is_lit && !sim->lamps->is_disputed[lamp])
		sim_violation(sim, "what is plugged is not destroyed: %s is lit",
			      sim_lamp_names[lamp]);
}

static bool see_switch(struct sim *sim, size_t lamp, const struct before *before)
{
	const bool is_lit = sim->lamps->lamps.lamps[lamp].is_lit;

	if (is_lit == before->lamps[lamp].is_lit)
		return false;
	SIM_TRACE(sim, "%s is %s", sim_lamp_names[lamp], is_lit ? "lit" : "put out");
	if (!is_lit && !before->lamps[lamp].is_coming)
		sim_world_tell(sim, &sim->lamps->devices[lamp], UEVENT_REMOVED, before->topology);
	return true;
}

static void tell_all(struct sim *sim)
{
	sim_world_forget_foreign(sim);
	sim_check_nature(sim);
	sim_check_world(sim);
	sim_daemon_uevent(sim);
}

static void see(struct sim *sim, struct before *before)
{
	bool changed = false;

	for (size_t i = 0; i < LAMP_COUNT; i++) {
		see_burn(sim, i, &before->lamps[i]);
		changed = see_switch(sim, i, before) || changed;
	}
	if (sim->lamps->lamps.host_has_died)
		sim_violation(sim, "the host lives: a lamp is put out under online memory");
	before->topology = topology_free(before->topology);
	if (changed)
		tell_all(sim);
}

/* An order outlives the change whose texts it was made of. */
static struct step order_of(const struct step *step)
{
	static const char *const values[] = { "off", "on", "whole", "burned" };
	const size_t lamp = sim_lamp_of(step);
	struct step order = { step->kind, sim_lamp_names[lamp], sim_lamp_memdevs[lamp], "", "" };

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		if (strcmp(step->from, values[i]) == 0)
			order.from = values[i];
		if (strcmp(step->to, values[i]) == 0)
			order.to = values[i];
	}
	return order;
}

/* The sender of an order dies; the daemon may die, too. */
static void let_sender_die(struct sim *sim, bool is_late)
{
	struct sim_lamps *lamps = sim->lamps;

	if (is_late)
		lamps->late_until_ms = sim->now_ms + LAMP_LATE_MS;
	lamps->daemon_dies = sim_chance(sim, 60);
	SIM_TRACE(sim, "the sender of an order dies%s%s", is_late ? ", and the order is late" : "",
		  lamps->daemon_dies ? ", and so does the daemon" : "");
}

/* Some memdevs come sooner than a change awaits them, some later. */
static void let_come_slowly(struct sim *sim)
{
	struct sim_lamps *lamps = sim->lamps;

	lamps->lamps.comes_slowly = sim_chance(sim, 30);
	if (lamps->lamps.comes_slowly)
		lamps->coming_until_ms = sim->now_ms + (sim_chance(sim, 70) ? 20000 : 90000);
}

int sim_lamps_perform(struct sim *sim, const struct step *step, struct step_result *result,
		      bool *ret_died)
{
	struct sim_lamps *lamps = sim->lamps;
	const enum sim_order_fate fate = lamps->fate;
	const struct step order = order_of(step);
	struct before before = look(sim);

	lamps->fate = SIM_ORDER_IS_CARRIED_OUT;
	*result = STEP_RESULT_NULL;
	*ret_died = fate >= SIM_ORDER_DIES;
	lamps->lamps.is_slow = fate == SIM_ORDER_DIES_LATE;
	let_come_slowly(sim);
	if (fate != SIM_ORDER_FAILS && fate != SIM_ORDER_DIES)
		(void)step_perform(&lamps_ops, &lamps->lamps, &order, UINT64_MAX, result);
	if (*ret_died) {
		let_sender_die(sim, fate == SIM_ORDER_DIES_LATE && !lamps->lamps.is_slow);
		result->error = -EPIPE;
	}
	if (!*ret_died && fate != SIM_ORDER_IS_CARRIED_OUT)
		result->error = -EIO;
	lamps->lamps.is_slow = false;
	see(sim, &before);
	return result->error;
}

void sim_lamps_leave_order(struct sim *sim, const struct step *step)
{
	if (!sim_chance(sim, 50))
		return;
	sim->lamps->lamps.late = order_of(step);
	sim->lamps->late_until_ms = sim->now_ms + LAMP_LATE_MS;
	SIM_TRACE(sim, "the order of %s goes on", step->object);
}

static bool is_coming(const struct sim_lamps *lamps)
{
	for (size_t i = 0; i < LAMP_COUNT; i++)
		if (lamps->lamps.lamps[i].is_coming)
			return true;
	return false;
}

static void let_come(struct sim *sim)
{
	SIM_TRACE(sim, "the kernel finds what lamps have plugged");
	sim_count(sim, SIM_LAMP_SLOW);
	lamps_bring(&sim->lamps->lamps);
	tell_all(sim);
}

static void let_late_come(struct sim *sim)
{
	struct before before = look(sim);

	SIM_TRACE(sim, "what was late comes");
	sim_count(sim, SIM_LAMP_LATE);
	lamps_settle(&sim->lamps->lamps);
	see(sim, &before);
}

/* ---- the wire ---- */

void sim_lamps_set_mute(struct sim *sim, bool is_mute)
{
	struct sim_lamps *lamps = sim->lamps;

	if (is_mute == lamps->lamps.is_mute)
		return;
	lamps->lamps.is_mute = is_mute;
	lamps->mute_until_ms = sim->now_ms + MUTE_MS;
	SIM_TRACE(sim, "the wire %s", is_mute ? "is mute" : "answers");
}

void sim_lamps_set_taken(struct sim *sim, bool is_taken)
{
	struct sim_lamps *lamps = sim->lamps;

	if (is_taken == lamps->is_taken)
		return;
	lamps->is_taken = is_taken;
	lamps->taken_until_ms = sim->now_ms + TAKEN_MS;
	SIM_TRACE(sim, "another manager %s the wire", is_taken ? "takes" : "gives back");
}

void sim_lamps_heal(struct sim *sim)
{
	sim->lamps->fate = SIM_ORDER_IS_CARRIED_OUT;
	sim_lamps_set_taken(sim, false);
}

void sim_lamps_pass(struct sim *sim)
{
	const struct sim_lamps *lamps = sim->lamps;

	if (lamps->lamps.late.kind && sim->now_ms >= lamps->late_until_ms)
		let_late_come(sim);
	if (is_coming(lamps) && sim->now_ms >= lamps->coming_until_ms)
		let_come(sim);
	if (lamps->lamps.is_mute && sim->now_ms >= lamps->mute_until_ms)
		sim_lamps_set_mute(sim, false);
	if (lamps->is_taken && sim->now_ms >= lamps->taken_until_ms)
		sim_lamps_set_taken(sim, false);
}

uint64_t sim_lamps_due_ms(const struct sim *sim)
{
	const struct sim_lamps *lamps = sim->lamps;
	uint64_t due_ms = UINT64_MAX;

	if (lamps->lamps.late.kind)
		due_ms = lamps->late_until_ms;
	if (is_coming(lamps) && lamps->coming_until_ms < due_ms)
		due_ms = lamps->coming_until_ms;
	if (lamps->lamps.is_mute && lamps->mute_until_ms < due_ms)
		due_ms = lamps->mute_until_ms;
	if (lamps->is_taken && lamps->taken_until_ms < due_ms)
		due_ms = lamps->taken_until_ms;
	return due_ms;
}

/* ---- the other master ---- */

/* The other master does not hurt the host, and knows nothing of anybody's changes. */
static void switch_by_hand(struct sim *sim)
{
	const size_t lamp = sim_below(sim, LAMP_COUNT);
	const bool is_lit = sim->lamps->lamps.lamps[lamp].is_lit;
	struct before before;

	if (lamps_keep_alive(&sim->lamps->lamps, lamp))
		return;
	SIM_TRACE(sim, "another master switches %s", sim_lamp_names[lamp]);
	sim_count(sim, SIM_LAMP_HANDS);
	sim->lamps->is_disputed[lamp] = true;
	before = look(sim);
	lamps_switch(&sim->lamps->lamps, lamp, !is_lit);
	see(sim, &before);
}

static void choose_fate(struct sim *sim)
{
	sim->lamps->fate = (enum sim_order_fate)(1 + sim_below(sim, SIM_ORDER_FATES - 1));
	SIM_TRACE(sim, "the next order on the wire ends in way %d", (int)sim->lamps->fate);
	sim_count(sim, SIM_LAMP_FATES);
}

void sim_lamps_act(struct sim *sim)
{
	const size_t dice = sim_below(sim, 100);

	if (dice < 30 && sim->lamps->lamps.late.kind) {
		let_late_come(sim);
	} else if (dice < 45) {
		sim_admin_use(sim, sim->lamps->devices[sim_below(sim, LAMP_COUNT)].topo->serial);
	} else if (dice < 70) {
		choose_fate(sim);
	} else if (dice < 85) {
		sim_count(sim, SIM_LAMP_MUTES);
		sim_lamps_set_mute(sim, !sim->lamps->lamps.is_mute);
	} else if (dice < 90) {
		sim_count(sim, SIM_LAMP_TAKEN);
		sim_lamps_set_taken(sim, !sim->lamps->is_taken);
	} else {
		switch_by_hand(sim);
	}
}

bool sim_lamps_may_be_used(const struct sim *sim, uint64_t serial)
{
	for (size_t i = 0; i < LAMP_COUNT; i++)
		if (sim->lamps->devices[i].topo->serial == serial &&
		    (sim->lamps->lamps.late.kind || sim_lamp_is_being_ordered(sim, i)))
			return false;
	return true;
}

/* ---- power ---- */

void sim_lamps_new(struct sim *sim)
{
	sim->lamps = calloc(1, sizeof(*sim->lamps));
	if (!sim->lamps)
		abort();
	for (size_t i = 0; i < LAMP_COUNT; i++) {
		sim->lamps->devices[i] =
			(struct sim_device){ .topo = sim->start->memdevs.items[i], .slot = -1 };
		sim->lamps->lamps.lamps[i].device = sim->start->memdevs.items[i];
	}
}

void sim_lamps_boot(struct sim *sim)
{
	lamps_reboot(&sim->lamps->lamps, sim->kernel);
	if (sim->lamps->lamps.late.kind)
		sim->lamps->late_until_ms = sim->now_ms + LAMP_LATE_MS;
	sim->lamps->mute_until_ms = sim->now_ms + MUTE_MS;
}

void sim_lamps_free(struct sim *sim)
{
	free(sim->lamps);
	sim->lamps = NULL;
}

/* ---- what must always hold ---- */

static void on_stored(void *userdata, int error, const struct store_entry *entries, size_t count)
{
	struct sim_lamps *lamps = userdata;

	(void)error;
	for (size_t i = 0; i < LAMP_COUNT; i++)
		lamps->is_stored[i] = false;
	for (size_t i = 0; i < count; i++)
		lamps->is_stored[strcmp(entries[i].key, sim_lamp_key(0)) == 0 ? 0 : 1] = true;
}

void sim_lamps_check(struct sim *sim, size_t lamp, const struct sim_change *ended)
{
	struct sim_lamps *lamps = sim->lamps;
	const bool is_lit = lamps->lamps.lamps[lamp].is_lit;

	if (lamps->lamps.late.kind || sim_lamp_is_reserved(sim, lamp, ended))
		return;
	if (sim->store->ops->list(sim->store, "lamp/", on_stored, lamps) < 0)
		abort();
	sim->store->ops->dispatch(sim->store);
	/* An entry that could not be erased is taken up by the next start, which may take back what
	 * agrees with the store by now. */
	if (is_lit == lamps->is_stored[lamp])
		lamps->is_disputed[lamp] =
			lamps->is_disputed[lamp] && sim->daemon.debts.entries.count > 0;
	else if (!lamps->is_disputed[lamp])
		sim_violation(sim, "a lamp is as is stored: %s is %s", sim_lamp_names[lamp],
			      is_lit ? "lit" : "out");
}
