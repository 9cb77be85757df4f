// SPDX-License-Identifier: GPL-2.0-only
/*
 * The driver of a change in the simulation: performs each task of the machine (change/change.h) at
 * once, on the model of the kernel and the store that ends with the process.
 */
#include "test/sim/sim-change.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "change/step-perform.h"
#include "daemon/engine/journal.h"
#include "test/sim/sim-check.h"
#include "test/sim/sim-lamp-change.h"
#include "test/sim/sim.h"
#include "util/cleanup.h"
#include "util/json.h"

#define OWNER "uid:1000"

void sim_change_free(struct sim_change *change)
{
	change_deinit(&change->life);
	memory_change_deinit(&change->memory);
	change_entry_deinit(&change->left);
	(void)topology_free(change->snapshot);
	reservation_set_deinit(&change->lamp.reserves);
	free(change->before);
	free(change);
}

/* ---- the plan ---- */

static void look(struct sim *sim, struct sim_change *change)
{
	change->topology = NULL;
	(void)topology_free(change->snapshot);
	change->snapshot = sim_daemon_look(sim);
	if (change->memory.remedy == CLAIM_REMEDY_MAKE) {
		(void)topology_free(sim->daemon.draft);
		sim->daemon.draft = fake_kernel_snapshot(sim->kernel);
		sim->daemon.draft_is_stale = false;
	}
	change->topology = sim_daemon_draft(sim, change) ?: change->snapshot;
	change->disturbances = sim->disturbances_seen;
	change_looked(&change->life, 0);
}

static void check_attempt(struct sim *sim, const struct sim_change *change)
{
	const struct claim_record *record =
		claim_table_find(&sim->daemon.claims, change->memory.mended);

	if (record && record->remedy == change->memory.remedy && !change->life.is_fresh)
		sim_check_attempt(sim, record);
}

static void tell_begin(struct sim *sim, struct sim_change *change)
{
	const struct plan *plan = &change->memory.plan;

	SIM_TRACE(sim, "change %u: %zu steps for %s%s", change->number, plan->steps.list.count,
		  plan->region ? plan->region : "nothing",
		  *change->memory.mended ? ", to mend a claim" : "");
	sim_check_begin(sim, change);
}

int sim_change_reserve(struct sim *sim, struct sim_change *change, const struct change_stage *stage)
{
	struct reservations *reservations = &sim->daemon.reservations;
	const char *name;
	int rc;

	rc = reservations_take(reservations, stage->reserves, change, change->life.stages);
	if (rc == 0)
		return 0;
	name = reservations_find(reservations, stage->reserves, change);
	if (!name || refusal_add(&change->life.refusals, "reserved", name, "try again later",
				 "another change has to do with %s", name) < 0)
		abort();
	return CHANGE_E_FORBIDDEN;
}

static void plan(struct sim *sim, struct sim_change *change)
{
	struct subject_view view = {
		.claims = &sim->daemon.claims,
		.world = sim_world(sim, change->topology),
		.owner = change->client ? OWNER : NULL,
	};
	struct change_stage stage;
	int rc;

	if (*change->memory.mended)
		check_attempt(sim, change);
	sim_lamp_check_awaited(sim, change);
	if (sim->broken != SIM_BREAK_RESERVATION)
		view.world.reservations = &sim->daemon.reservations;
	view.world.holder = change;
	rc = memory_change_plan(&change->memory, &view, &change->life, &stage);
	if (rc == 0 && sim->broken != SIM_BREAK_RESERVATION)
		rc = sim_change_reserve(sim, change, &stage);
	/* The simulation has no users of data but the clients, whose request tells that. */
	stage.inquires = false;
	change_planned(&change->life, rc, &stage);
	if (change->life.begun)
		tell_begin(sim, change);
}

/* ---- the steps ---- */

void sim_change_owe(struct sim *sim, struct sim_change *change)
{
	if (change->owes && journal_debts_add(&sim->daemon.debts, change->key, change->lasts) < 0)
		abort();
	change->owes = false;
}

void sim_change_name(struct sim *sim, struct sim_change *change)
{
	(void)snprintf(change->key, sizeof(change->key), JOURNAL_PREFIX "%u", ++sim->entries);
}

int sim_change_note(struct sim *sim, struct sim_change *change, struct json_object *entry,
		    enum store_durability durability)
{
	struct store_change changes[STORE_CHANGES_MAX] = {
		{ .key = change->key, .expected_revision = STORE_ANY },
	};
	uint64_t revision, debt;
	size_t count;
	int rc;

	changes[0].value = json_object_to_json_string_ext(entry, JSON_C_TO_STRING_PLAIN);
	change->lasts = durability == STORE_DURABLE;
	count = 1 + journal_debts_pay(&sim->daemon.debts, &changes[1], ARRAY_SIZE(changes) - 1,
				      &durability, &debt);
	rc = sim_commit(sim, changes, count, durability, &revision);
	if (rc == 0)
		journal_debts_settle(&sim->daemon.debts, debt);
	SIM_TRACE(sim, "change %u: noted: %d", change->number, rc);
	return rc;
}

static void note(struct sim *sim, struct sim_change *change)
{
	struct change_entry entry = { .boot = sim->boot,
				      .object = change->memory.plan.region,
				      .claim = *change->memory.effect.name
						       ? change->memory.effect.name
						       : NULL,
				      .ends = change->memory.effect.kind == CLAIM_ENDS,
				      .lanes = change->life.lanes,
				      .steps = change->memory.plan.steps };
	_cleanup_json_ struct json_object *object = NULL;
	int rc = 0;

	if (reservations_of(&sim->daemon.reservations, change, &entry.reservations) < 0)
		abort();
	object = change_entry_to_json(&entry);
	reservation_set_deinit(&entry.reservations);
	if (sim->broken != SIM_BREAK_JOURNAL) {
		sim_change_name(sim, change);
		rc = sim_change_note(sim, change, object, STORE_QUICK);
	}
	change_noted(&change->life, rc);
	change->life.noted = change->life.noted && sim->broken != SIM_BREAK_JOURNAL;
}

static void read_values(struct sim *sim, struct sim_change *change)
{
	const struct step_list *steps = &change->left.steps;
	char(*texts)[STEP_VALUE_MAX] = calloc(steps->list.count, sizeof(*texts));
	const char **values = calloc(steps->list.count, sizeof(*values));

	if (!texts || !values)
		abort();
	for (size_t i = 0; i < steps->list.count; i++)
		if (fake_kernel_ops.read(sim->kernel, &steps->list.items[i], texts[i]) == 0)
			values[i] = texts[i];
	change_read(&change->life, 0, values);
	SIM_TRACE(sim, "change %u: %s was cut short after %zu of %zu steps", change->number,
		  change->left.object, change->life.exec.performed, steps->list.count);
	free(texts);
	free((void *)values);
}

static int perform(struct sim *sim, const struct step *step, struct step_result *result)
{
	int rc;

	if (sim->broken != SIM_BREAK_ONLINE)
		return step_perform(&fake_kernel_ops, sim->kernel, step, UINT64_MAX, result);
	*result = STEP_RESULT_NULL;
	result->wrote = true;
	if (step->kind == STEP_BLOCK || host_step_attribute(step) == STEP_DAX_MEMORY)
		return 0;
	rc = fake_kernel_write(sim->kernel, step->kind, step->object, step->to);
	sim_check_write(sim, step);
	return rc;
}

static void step(struct sim *sim, struct sim_change *change)
{
	const struct step given = change_step(&change->life);
	struct step_result result;
	int error = perform(sim, &given, &result);
	const bool died = fake_kernel_died(sim->kernel);
	bool first;

	if (died)
		error = -EPIPE;
	first = change_performed(&change->life, error, result.wrote, died);
	SIM_TRACE(sim, "change %u: %s %s '%s' -> '%s': %d%s%s", change->number, given.kind->name,
		  given.object, given.from, given.to, error,
		  died || result.wrote ? "" : ", not written",
		  change->life.retried ? ", to be tried again" : "");
	if (!first)
		return;
	SIM_TRACE(sim, "change %u: fails: %s", change->number, strerror(-error));
	(void)step_explain_failure(&given, error, result.before_known ? result.before : NULL,
				   &change->life.refusals);
}

static void prove(struct sim *sim, struct sim_change *change)
{
	const struct world world = sim_world(sim, change->topology);
	struct topology *proof = sim->proof_fails ? NULL : fake_kernel_snapshot(sim->kernel);
	const int seen = memory_change_prove(&change->memory, &world, proof);

	sim->proof_fails = false;
	if (seen < 0)
		abort();
	if (!seen)
		SIM_TRACE(sim, "change %u: not proved", change->number);
	change_proved(&change->life, seen > 0);
	(void)topology_free(proof);
}

/* ---- the claims ---- */

static void begin_next_stage(struct sim *sim, struct sim_change *change)
{
	SIM_TRACE(sim, "change %u: the old region has gone", change->number);
	sim_check_changed(sim, change);
	sim_count(sim, SIM_MADE_ANEW);
	free(change->before);
	change->before = NULL;
	sim->daemon.unsettled = true;
}

/* The next stage is one of lamps, or there is no next stage. */
static void end_memory_stage(struct sim *sim, struct sim_change *change)
{
	sim_check_changed(sim, change);
	free(change->before);
	change->before = NULL;
	sim->daemon.unsettled = true;
}

static void close_stage(struct sim *sim, struct sim_change *change)
{
	struct claim_table *claims = &sim->daemon.claims;
	struct store_change changes[2];
	uint64_t revision = 0;
	const struct lane_set *next;
	bool goes_on = false;
	size_t count = 0;
	int rc;

	if (change->life.noted)
		changes[count++] =
			(struct store_change){ .key = change->key, .expected_revision = STORE_ANY };
	rc = memory_change_close(&change->memory, &change->life, claims, &changes[count]);
	if (rc < 0)
		abort();
	count += (size_t)rc;
	rc = 0;
	if (count)
		rc = sim_commit(sim, changes, count, change->client ? STORE_DURABLE : STORE_QUICK,
				&revision);
	SIM_TRACE(sim, "change %u: settled: %d", change->number, rc);
	if (change->life.noted)
		change->owes = rc < 0;
	goes_on = rc == 0 && !memory_change_is_last(&change->memory) &&
		  step_exec_outcome(&change->life.exec) == STEP_EXEC_DONE;
	if (rc == 0 && memory_change_closed(&change->memory, &change->life, claims, revision) < 0)
		abort();
	if (goes_on) {
		sim_check_anew(sim, change->memory.former.name);
		begin_next_stage(sim, change);
	}
	if (change->lamp.verb && (rc == 0 || !change_is_settled(&change->life)))
		end_memory_stage(sim, change);
	next = change->lamp.verb ? sim_lamp_next(change) : goes_on ? &memory_lanes : NULL;
	change_closed(&change->life, rc, next);
	if (change->life.task == CHANGE_LOOK)
		sim_daemon_settle_down(&sim->daemon);
}

static void give_back(struct sim *sim, struct sim_change *change)
{
	struct claim_table *claims = &sim->daemon.claims;
	struct store_change put;
	uint64_t revision = 0;
	int rc;

	if (memory_change_return(&change->memory, claims, &put) != 1)
		abort();
	SIM_TRACE(sim, "change %u: %s becomes what it was", change->number,
		  change->memory.former.name);
	rc = sim_commit(sim, &put, 1, STORE_DURABLE, &revision);
	if (memory_change_returned(&change->memory, rc, claims, revision) == -ENOMEM)
		abort();
	sim_check_anew(sim, change->memory.former.name);
	sim->daemon.unsettled = true;
	change_returned(&change->life);
}

/* ---- the end ---- */

static void tell_refusal(struct sim *sim, const struct sim_change *change)
{
	const struct refusal_list *refusals = &change->life.refusals;

	sim_count(sim, SIM_REFUSED);
	SIM_TRACE(sim, "change %u: refused: %s", change->number,
		  refusals->list.count ? refusals->list.items[0].text : "no reason");
	if (refusals->list.count == 0)
		sim_violation(sim, "a refusal says why: change %u", change->number);
}

static void tell_outcome(struct sim *sim, const struct sim_change *change)
{
	static const enum sim_count counts[] = { [STEP_EXEC_RUNNING] = SIM_TURNS,
						 [STEP_EXEC_DONE] = SIM_CHANGES_DONE,
						 [STEP_EXEC_UNDONE] = SIM_CHANGES_UNDONE,
						 [STEP_EXEC_LEFTOVER] = SIM_CHANGES_LEFTOVER,
						 [STEP_EXEC_INCOMPLETE] = SIM_CHANGES_INCOMPLETE };
	const enum step_exec_outcome outcome = step_exec_outcome(&change->life.exec);

	sim_count(sim, change->life.taken_up ? SIM_RECOVERED : counts[outcome]);
	SIM_TRACE(sim, "change %u: ends with outcome %d", change->number, (int)outcome);
	if (!change->lamp.verb)
		sim_check_changed(sim, change);
}

static void tell_surprise(struct sim *sim, const struct sim_change *change)
{
	sim_violation(sim, "change %u ends with result %d", change->number,
		      (int)change->life.result);
}

static void end(struct sim *sim, struct sim_change *change)
{
	switch (change->life.result) {
	case CHANGE_DONE:
	case CHANGE_FAILED:
	case CHANGE_HANDED_OVER:
		tell_outcome(sim, change);
		break;
	case CHANGE_REFUSED:
		tell_refusal(sim, change);
		break;
	case CHANGE_NOT_PLANNED:
	case CHANGE_NOT_STORED:
		SIM_TRACE(sim, "change %u: %s", change->number, strerror(-change->life.error));
		break;
	case CHANGE_UNWANTED:
		break;
	case CHANGE_NOT_SEEN:
		/* A wire may be mute; the kernel is not. */
		if (!change->lamp.verb)
			tell_surprise(sim, change);
		break;
	case CHANGE_TOLD:
	case CHANGE_NOT_LIVE:
	case CHANGE_NOT_TAKEN_UP:
	case CHANGE_NOT_CLOSED:
		tell_surprise(sim, change);
	}
	if (change->lamp.verb)
		sim_lamp_ended(sim, change);
	sim_daemon_end(sim, change);
}

static void check_lanes(struct sim *sim, const struct sim_change *change)
{
	const struct lane_set *lanes = &change->life.lanes;

	if (change->life.task == CHANGE_STEP &&
	    lanes_holder(&sim->daemon.lanes, lanes, NULL) != change)
		sim_violation(sim, "who writes holds the lanes: change %u", change->number);
}

bool sim_change_turn(struct sim *sim, struct sim_change *change)
{
	static void (*const tasks[])(struct sim *, struct sim_change *) = {
		[CHANGE_LOOK] = look,	      [CHANGE_PLAN] = plan,	   [CHANGE_NOTE] = note,
		[CHANGE_READ] = read_values,  [CHANGE_STEP] = step,	   [CHANGE_PROVE] = prove,
		[CHANGE_CLOSE] = close_stage, [CHANGE_RETURN] = give_back,
	};

	check_lanes(sim, change);
	if (!sim_lamp_task(sim, change))
		tasks[change->life.task](sim, change);
	if (change->life.task != CHANGE_END)
		return true;
	if (change->lamp.verb && change->life.result == CHANGE_NOT_TAKEN_UP) {
		sim_lamp_again(sim, change);
		return true;
	}
	if (change->life.result == CHANGE_NOT_CLOSED) {
		change_close_again(&change->life);
		return true;
	}
	end(sim, change);
	return false;
}
