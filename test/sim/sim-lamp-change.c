// SPDX-License-Identifier: GPL-2.0-only
/*
 * The driver of the stages of lamps: plans them, and performs their tasks (change/change.h).
 */
#include "test/sim/sim-lamp-change.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "change/performer.h"
#include "change/step-list.h"
#include "test/lib/fake-kernel-private.h"
#include "test/sim/sim-change.h"
#include "test/sim/sim-lamp.h"
#include "test/sim/sim.h"
#include "util/json.h"

/* To burn a lamp out takes long, and to bring a memdev. */
#define BURN_MS	 (3 * UINT64_C(3600000))
#define AWAIT_MS 60000
/* daemon/engine/work-left.c */
#define RETRY_MS 500

static const struct lane_set wire = { .names = { LAMP_LANE }, .count = 1 };

/* ---- stages ---- */

/* The stage under way, or the one that is being taken back. */
static size_t stage_of(const struct sim_change *change)
{
	return change->life.stages - (change->life.goes_back ? 1 : 0);
}

static bool is_of_lamps(const struct sim_lamp_change *lamp, size_t stage)
{
	if (lamp->verb == SIM_LAMP_ADD)
		return stage < lamp->count;
	return lamp->verb != SIM_LAMP_REMOVE || !lamp->has_memory || stage > 0;
}

static size_t lamp_of(const struct sim_lamp_change *lamp, size_t stage)
{
	const size_t removed = lamp->verb == SIM_LAMP_REMOVE && lamp->has_memory;

	return lamp->lamps[stage - removed];
}

static size_t count_stages(const struct sim_lamp_change *lamp)
{
	return lamp->verb == SIM_LAMP_BURN || lamp->verb == SIM_LAMP_LEFT
		       ? 1
		       : lamp->count + lamp->has_memory;
}

const struct lane_set *sim_lamp_next(const struct sim_change *change)
{
	const size_t next = change->life.stages + 1;

	if (change->life.goes_back || step_exec_outcome(&change->life.exec) != STEP_EXEC_DONE ||
	    next >= count_stages(&change->lamp))
		return NULL;
	return is_of_lamps(&change->lamp, next) ? &wire : &memory_lanes;
}

/* ---- reservations ---- */

static bool has_lamp(const struct sim_lamp_change *change, size_t lamp)
{
	for (size_t i = 0; i < change->count; i++)
		if (change->lamps[i] == lamp)
			return true;
	return false;
}

static void name_lamp(size_t lamp, char name[static RESERVATION_MAX])
{
	(void)snprintf(name, RESERVATION_MAX, "memdev:%s", sim_lamp_memdevs[lamp]);
}

bool sim_lamp_is_reserved(const struct sim *sim, size_t lamp, const struct sim_change *except)
{
	char name[RESERVATION_MAX];

	name_lamp(lamp, name);
	return reservations_holder(&sim->daemon.reservations, name, except);
}

bool sim_lamp_is_being_ordered(const struct sim *sim, size_t lamp)
{
	for (size_t i = 0; i < sim->daemon.changes.count; i++) {
		const struct sim_change *change = sim->daemon.changes.items[i];

		if (change->life.task == CHANGE_STEP && change->lamp.verb &&
		    is_of_lamps(&change->lamp, stage_of(change)) && has_lamp(&change->lamp, lamp))
			return true;
	}
	return false;
}

static void name_lamps(struct sim_lamp_change *lamp)
{
	char name[RESERVATION_MAX];

	for (size_t i = 0; i < lamp->count; i++) {
		name_lamp(lamp->lamps[i], name);
		if (reservation_set_add(&lamp->reserves, name) < 0)
			abort();
	}
}

/* ---- the plan of a stage ---- */

static int read_lamp(struct sim *sim, size_t lamp, bool *ret_lit)
{
	const struct step step = { &lamp_kind, sim_lamp_names[lamp], "", "off", "on" };
	char value[STEP_VALUE_MAX];
	int rc = lamps_ops.read(&sim->lamps->lamps, &step, value);

	*ret_lit = rc == 0 && strcmp(value, "on") == 0;
	return rc;
}

static void look(struct sim *sim, struct sim_change *change)
{
	int rc = 0;

	(void)topology_free(change->snapshot);
	change->snapshot = sim_daemon_look(sim);
	change->topology = change->snapshot;
	for (size_t i = 0; rc == 0 && i < LAMP_COUNT; i++)
		rc = read_lamp(sim, i, &change->lamp.is_lit[i]);
	change_looked(&change->life, rc);
}

static struct step step_to(size_t lamp, bool is_lit)
{
	static const char *const values[] = { "off", "on" };

	return (struct step){ &lamp_kind, sim_lamp_names[lamp], sim_lamp_memdevs[lamp],
			      values[!is_lit], values[is_lit] };
}

static int refuse(struct sim_change *change, size_t lamp, const char *why)
{
	(void)refusal_add(&change->life.refusals, "lamp", sim_lamp_names[lamp], "look at the lamp",
			  "%s is %s", sim_lamp_names[lamp], why);
	return CHANGE_E_REFUSED;
}

static bool is_in_use(const struct sim *sim, const struct sim_change *change, size_t lamp)
{
	const struct world world = sim_world(sim, change->topology);
	const struct step step = step_to(lamp, false);

	return !lamp_kind.is_unused(&world, &step);
}

static int plan_switch(const struct sim *sim, struct sim_change *change, size_t lamp, bool is_lit,
		       struct step *step, size_t *ret_count)
{
	*ret_count = 0;
	*step = step_to(lamp, is_lit);
	if (is_lit && change->lamp.is_lit[lamp])
		return refuse(change, lamp, "lit already");
	if (!is_lit && is_in_use(sim, change, lamp))
		return refuse(change, lamp, "in use");
	*ret_count = change->lamp.is_lit[lamp] != is_lit;
	return 0;
}

static int plan_burn(const struct sim *sim, struct sim_change *change)
{
	struct sim_lamp_change *lamp = &change->lamp;
	const size_t burned = lamp->lamps[0];
	size_t count = 0;

	if (is_in_use(sim, change, burned))
		return refuse(change, burned, "in use");
	if (lamp->is_lit[burned])
		lamp->steps[count++] = step_to(burned, false);
	lamp->steps[count++] = (struct step){ &burnout_kind, sim_lamp_names[burned],
					      sim_lamp_memdevs[burned], "whole", "burned" };
	if (lamp->is_lit[burned])
		lamp->steps[count++] = step_to(burned, true);
	lamp->list.list.count = count;
	lamp->burns = sim->lamps->lamps.lamps[burned].burns;
	return 0;
}

static int plan_stage(const struct sim *sim, struct sim_change *change)
{
	struct sim_lamp_change *lamp = &change->lamp;
	const size_t stage = stage_of(change);

	lamp->list.list.items = lamp->steps;
	memset(lamp->receipts, 0, sizeof(lamp->receipts));
	lamp->await_until_ms = 0;
	if (lamp->verb == SIM_LAMP_BURN)
		return plan_burn(sim, change);
	return plan_switch(sim, change, lamp_of(lamp, stage), lamp->verb == SIM_LAMP_ADD,
			   &lamp->steps[0], &lamp->list.list.count);
}

/* The steps of the stage that has failed are still told about. */
static int plan_way_back(struct sim *sim, struct sim_change *change)
{
	struct sim_lamp_change *lamp = &change->lamp;
	int rc;

	lamp->back_list.list.items = &lamp->back;
	rc = plan_switch(sim, change, lamp_of(lamp, stage_of(change)), lamp->verb != SIM_LAMP_ADD,
			 &lamp->back, &lamp->back_list.list.count);
	if (rc > 0)
		sim_count(sim, SIM_LAMP_REFUSED_BACK);
	if (rc > 0 && sim->broken == SIM_BREAK_REFUSAL)
		return 0;
	return rc;
}

static void plan(struct sim *sim, struct sim_change *change)
{
	struct sim_lamp_change *lamp = &change->lamp;
	const bool back = change->life.goes_back;
	struct change_stage stage = {
		.steps = back ? &lamp->back_list : &lamp->list,
		.awaits = lamp->verb == SIM_LAMP_ADD && !back
				  ? sim_lamp_memdevs[lamp_of(lamp, stage_of(change))]
				  : NULL,
		.await_ms = AWAIT_MS,
	};
	int rc = back ? plan_way_back(sim, change) : plan_stage(sim, change);

	name_lamps(lamp);
	stage.reserves = &lamp->reserves;
	if (rc == 0)
		rc = sim_change_reserve(sim, change, &stage);
	if (rc == 0)
		SIM_TRACE(sim, "change %u: stage %zu has %zu steps on the wire%s", change->number,
			  change->life.stages, stage.steps->list.count, back ? ", back" : "");
	change_planned(&change->life, rc, &stage);
}

/* ---- the note ---- */

static int write_note(struct sim *sim, struct sim_change *change)
{
	const struct step_list *steps = change->life.stage.steps;
	const struct sim_lamp_change *lamp = &change->lamp;
	size_t receipts[SIM_LAMP_STEPS_MAX];
	struct change_entry entry = { .boot = sim->boot,
				      .object = steps->list.items[0].object,
				      .lanes = change->life.lanes,
				      .steps = *steps,
				      .receipts.items = receipts };
	const bool lasts = step_list_lasts(steps) && sim->broken != SIM_BREAK_DURABLE;
	_cleanup_json_ struct json_object *object = NULL;

	for (size_t i = 0; i < SIM_LAMP_STEPS_MAX; i++)
		if (lamp->receipts[i])
			receipts[entry.receipts.count++] = i;
	if (reservations_of(&sim->daemon.reservations, change, &entry.reservations) < 0)
		abort();
	object = change_entry_to_json(&entry);
	reservation_set_deinit(&entry.reservations);
	return sim_change_note(sim, change, object, lasts ? STORE_DURABLE : STORE_QUICK);
}

static void note(struct sim *sim, struct sim_change *change)
{
	sim_change_name(sim, change);
	change_noted(&change->life, write_note(sim, change));
}

static void receipt(struct sim *sim, struct sim_change *change)
{
	char *of = sim->lamps->receipts[change->lamp.lamps[0]];
	int rc = 0;

	change->lamp.receipts[change->life.exec.at] = true;
	if (sim->broken != SIM_BREAK_RECEIPT)
		rc = write_note(sim, change);
	if (rc == 0)
		(void)snprintf(of, JOURNAL_KEY_MAX, "%s", change->key);
	change_receipted(&change->life, rc);
}

/* ---- the steps ---- */

/* Returns false for as long as there is something to wait for. */
static bool has_waited(const struct sim *sim, struct sim_change *change, uint64_t span_ms)
{
	struct sim_lamp_change *lamp = &change->lamp;

	if (!lamp->waits)
		change->not_before_ms = sim->now_ms + span_ms;
	lamp->waits = !lamp->waits;
	return !lamp->waits;
}

/* What the machine is told of another manager; the mistake is to take that for any failure. */
static int deposed(const struct sim *sim)
{
	return sim->broken == SIM_BREAK_DEPOSED ? -EIO : PERFORMER_DEPOSED;
}

static int order(struct sim *sim, struct sim_change *change, const struct step *given,
		 struct step_result *result, bool *ret_died)
{
	if (change->lamp.is_deposed)
		sim_violation(sim, "who was deposed orders no more: change %u, %s", change->number,
			      given->object);
	if (!sim->lamps->is_taken)
		return sim_lamps_perform(sim, given, result, ret_died);
	change->lamp.is_deposed = true;
	*result = (struct step_result){ .wrote = false };
	*ret_died = false;
	return deposed(sim);
}

static void step(struct sim *sim, struct sim_change *change)
{
	const struct step given = change_step(&change->life);
	struct step_result result;
	bool died;
	int error;

	if (given.kind == &burnout_kind &&
	    strcmp(sim->lamps->receipts[change->lamp.lamps[0]], change->key) == 0)
		sim_violation(sim, "what was destroyed is not destroyed again: %s", given.object);
	if (given.kind == &burnout_kind && !has_waited(sim, change, BURN_MS))
		return;
	error = order(sim, change, &given, &result, &died);
	(void)change_performed(&change->life, error, result.wrote, died);
	SIM_TRACE(sim, "change %u: %s %s '%s' -> '%s': %d%s%s%s", change->number, given.kind->name,
		  given.object, given.from, given.to, error, result.wrote ? "" : ", not written",
		  died ? ", its sender has died" : "",
		  change->life.retried ? ", to be tried again" : "");
}

/* The look is begun right before the step; a mistake is to go by the one of the plan. */
static void ask(struct sim *sim, struct sim_change *change)
{
	const bool looks = sim->broken != SIM_BREAK_UNUSED || !change->topology;
	_cleanup_topology_ struct topology *topology =
		looks ? fake_kernel_snapshot(sim->kernel) : NULL;
	const struct world world = sim_world(sim, looks ? topology : change->topology);

	(void)change_asked(&change->life, 0, &world);
}

static void settle(struct sim *sim, struct sim_change *change)
{
	if (sim->broken == SIM_BREAK_SETTLE || has_waited(sim, change, change->life.settle_ms))
		change_settled(&change->life);
}

static void read_values(struct sim *sim, struct sim_change *change)
{
	const struct step_list *steps = change->life.stage.steps;
	char texts[SIM_LAMP_STEPS_MAX][STEP_VALUE_MAX];
	const char *values[SIM_LAMP_STEPS_MAX];
	int rc = sim->lamps->is_taken ? deposed(sim) : 0;

	for (size_t i = 0; rc == 0 && i < steps->list.count; i++) {
		const struct step *step = &steps->list.items[i];

		values[i] = texts[i];
		if (step->kind == &burnout_kind)
			values[i] = change->lamp.receipts[i] ? step->to : step->from;
		else
			rc = lamps_ops.read(&sim->lamps->lamps, step, texts[i]);
	}
	change_read(&change->life, rc, values);
	SIM_TRACE(sim, "change %u: lamps were cut short: %d", change->number, rc);
}

/* ---- the end of a stage ---- */

/* A change tells the client what could not be taken back. */
static void tell_leftover(struct sim *sim, const struct sim_change *change)
{
	const enum step_exec_outcome outcome = step_exec_outcome(&change->life.exec);

	if (outcome != STEP_EXEC_LEFTOVER && outcome != STEP_EXEC_INCOMPLETE &&
	    !change->life.handed_over)
		return;
	for (size_t i = 0; i < change->lamp.count; i++)
		sim->lamps->is_disputed[change->lamp.lamps[i]] = true;
	SIM_TRACE(sim, "change %u: something of the wire is left over", change->number);
}

static void check_burn(struct sim *sim, const struct sim_change *change)
{
	const struct sim_lamp_change *lamp = &change->lamp;
	const enum step_exec_outcome outcome = step_exec_outcome(&change->life.exec);
	const bool burned = lamp->verb == SIM_LAMP_BURN &&
			    sim->lamps->lamps.lamps[lamp->lamps[0]].burns > lamp->burns;

	if (lamp->verb == SIM_LAMP_BURN &&
	    (outcome == STEP_EXEC_DONE ? !burned : outcome == STEP_EXEC_UNDONE && burned))
		sim_violation(sim, "what is destroyed is told: change %u, outcome %d",
			      change->number, (int)outcome);
}

static bool sets_wish(const struct sim_change *change)
{
	return (change->lamp.verb == SIM_LAMP_ADD || change->lamp.verb == SIM_LAMP_REMOVE) &&
	       step_exec_outcome(&change->life.exec) == STEP_EXEC_DONE;
}

static void close_stage(struct sim *sim, struct sim_change *change)
{
	const struct sim_lamp_change *lamp = &change->lamp;
	const bool lights = (lamp->verb == SIM_LAMP_ADD) != change->life.goes_back;
	struct store_change changes[2];
	uint64_t revision;
	size_t count = 0;
	int rc = 0;

	if (change->life.noted)
		changes[count++] =
			(struct store_change){ .key = change->key, .expected_revision = STORE_ANY };
	if (sets_wish(change))
		changes[count++] =
			(struct store_change){ .key = sim_lamp_key(lamp_of(lamp, stage_of(change))),
					       .value = lights ? "{}" : NULL,
					       .expected_revision = STORE_ANY };
	sim_count(sim, change->life.handed_over ? SIM_LAMP_HANDED_OVER
		       : change->life.goes_back ? SIM_LAMP_STAGES_BACK
		       : change->life.taken_up	? SIM_LAMP_RECOVERED
						: SIM_LAMP_STAGES);
	check_burn(sim, change);
	tell_leftover(sim, change);
	if (count)
		rc = sim_commit(sim, changes, count, STORE_DURABLE, &revision);
	SIM_TRACE(sim, "change %u: stage %zu is closed: %d", change->number, change->life.stages,
		  rc);
	if (change->life.noted)
		change->owes = rc < 0;
	change_closed(&change->life, rc, sim_lamp_next(change));
}

static void await(struct sim *sim, struct sim_change *change)
{
	_cleanup_topology_ struct topology *topology = fake_kernel_snapshot(sim->kernel);
	struct sim_lamp_change *lamp = &change->lamp;

	if (sim->broken == SIM_BREAK_AWAIT ||
	    (topology && topology_find_memdev(topology, change->life.awaits))) {
		change_awaited(&change->life, 0);
		return;
	}
	if (!lamp->await_until_ms)
		lamp->await_until_ms = sim->now_ms + change->life.await_ms;
	change->not_before_ms = lamp->await_until_ms;
	if (sim->now_ms < lamp->await_until_ms)
		return;
	SIM_TRACE(sim, "change %u: %s does not come", change->number, change->life.awaits);
	sim_count(sim, SIM_LAMP_NOT_COME);
	change_awaited(&change->life, -ETIMEDOUT);
}

void sim_lamp_awaken(struct sim *sim)
{
	for (size_t i = 0; i < sim->daemon.changes.count; i++)
		if (sim->daemon.changes.items[i]->life.task == CHANGE_AWAIT)
			sim->daemon.changes.items[i]->not_before_ms = 0;
}

void sim_lamp_check_awaited(struct sim *sim, const struct sim_change *change)
{
	const struct sim_lamp_change *lamp = &change->lamp;

	for (size_t i = 0; lamp->verb == SIM_LAMP_ADD && i < lamp->count; i++)
		if (!sim->lamps->is_disputed[lamp->lamps[i]] &&
		    !topology_find_memdev(change->topology, sim_lamp_memdevs[lamp->lamps[i]]))
			sim_violation(sim, "a stage begins when what it needs has come: %s",
				      sim_lamp_memdevs[lamp->lamps[i]]);
}

/* ---- the way back ---- */

/* A mistake: by the inverses, instead of by a plan. */
static void undo_by_inverses(struct sim *sim, struct sim_change *change)
{
	for (size_t i = change->life.stages; i > 0 && is_of_lamps(&change->lamp, i - 1); i--) {
		const size_t lamp = lamp_of(&change->lamp, i - 1);
		const bool lights = change->lamp.verb == SIM_LAMP_REMOVE;
		const struct step inverse = step_to(lamp, lights);
		const struct store_change put = { .key = sim_lamp_key(lamp),
						  .value = lights ? "{}" : NULL,
						  .expected_revision = STORE_ANY };
		struct step_result result;
		uint64_t revision;
		bool died;

		(void)sim_lamps_perform(sim, &inverse, &result, &died);
		(void)sim_commit(sim, &put, 1, STORE_DURABLE, &revision);
	}
	change_returned(&change->life);
}

/* Memory that was removed, as its owner wanted, stays so. */
static void give_back(struct sim *sim, struct sim_change *change)
{
	sim_change_owe(sim, change);
	SIM_TRACE(sim, "change %u: %zu stages are to be taken back", change->number,
		  change->life.stages);
	if (!is_of_lamps(&change->lamp, change->life.stages - 1))
		change_returned(&change->life);
	else if (sim->broken == SIM_BREAK_INVERSES)
		undo_by_inverses(sim, change);
	else
		change_go_back(&change->life, &wire);
}

/* ---- from the request to the end ---- */

void sim_lamp_submit(struct sim *sim, enum sim_lamp_verb verb, const size_t *lamps, size_t count,
		     struct memory_request *request)
{
	struct sim_change *change = sim_daemon_new_change(sim);
	struct sim_lamp_change *lamp = &change->lamp;

	lamp->verb = verb;
	lamp->count = count;
	memcpy(lamp->lamps, lamps, count * sizeof(*lamps));
	lamp->has_memory = request != NULL;
	if (request) {
		change->memory.request = *request;
		*request = MEMORY_REQUEST_NULL;
		change->forced = change->memory.request.remove.force;
	}
	change->client = true;
	change->life.lanes = is_of_lamps(lamp, 0) ? wire : memory_lanes;
	SIM_TRACE(sim, "change %u: asked for, of %zu lamps%s", change->number, count,
		  request ? " and memory" : "");
	sim_daemon_begin_next(sim);
}

void sim_lamp_take_up(struct sim_change *change)
{
	const struct step_list *steps = &change->left.steps;
	struct sim_lamp_change *lamp = &change->lamp;

	lamp->verb = SIM_LAMP_LEFT;
	lamp->count = 1;
	lamp->lamps[0] = sim_lamp_of(&steps->list.items[0]);
	for (size_t i = 0; i < steps->list.count; i++)
		lamp->receipts[i] = change_entry_is_done(&change->left, i);
	change_init(&change->life, &change->left.lanes);
	change->life.notes = true;
	change_take_up(&change->life, steps);
}

void sim_lamp_again(struct sim *sim, struct sim_change *change)
{
	SIM_TRACE(sim, "change %u: the wire does not answer", change->number);
	change_deinit(&change->life);
	sim_lamp_take_up(change);
	change->not_before_ms = sim->now_ms + RETRY_MS;
}

void sim_lamp_ended(struct sim *sim, const struct sim_change *change)
{
	for (size_t i = 0; i < change->lamp.count; i++)
		sim_lamps_check(sim, change->lamp.lamps[i], change);
}

/* The order of the change may go on on the wire, and the wire may be mute when the next daemon
 * takes the change up. */
static void die_in_change(struct sim *sim, const struct sim_change *change)
{
	if (!change->life.begun || !is_of_lamps(&change->lamp, stage_of(change)))
		return;
	if (change->life.task == CHANGE_STEP && change->lamp.waits) {
		const struct step at_hand = step_exec_at_hand(&change->life.exec);

		sim_lamps_leave_order(sim, &at_hand);
	}
	if (sim_chance(sim, 25))
		sim_lamps_set_mute(sim, true);
}

void sim_lamp_die(struct sim *sim)
{
	for (size_t i = 0; i < sim->daemon.changes.count; i++)
		if (sim->daemon.changes.items[i]->lamp.verb)
			die_in_change(sim, sim->daemon.changes.items[i]);
}

/* ---- tasks ---- */

bool sim_lamp_task(struct sim *sim, struct sim_change *change)
{
	static void (*const tasks[CHANGE_END])(struct sim *, struct sim_change *) = {
		[CHANGE_LOOK] = look,	      [CHANGE_PLAN] = plan,
		[CHANGE_NOTE] = note,	      [CHANGE_SETTLE] = settle,
		[CHANGE_READ] = read_values,  [CHANGE_ASK] = ask,
		[CHANGE_STEP] = step,	      [CHANGE_RECEIPT] = receipt,
		[CHANGE_CLOSE] = close_stage, [CHANGE_RETURN] = give_back,
		[CHANGE_AWAIT] = await,
	};
	const enum change_task task = change->life.task;

	if (!change->lamp.verb || (task != CHANGE_RETURN && task != CHANGE_AWAIT &&
				   !is_of_lamps(&change->lamp, stage_of(change))))
		return false;
	if (sim_daemon_host_change(sim))
		sim_count(sim, SIM_LAMP_BESIDE);
	tasks[task](sim, change);
	return true;
}
