// SPDX-License-Identifier: GPL-2.0-only
/*
 * The invariants. Read from the fake kernel itself where a snapshot after each write would cost
 * more than the rest of the simulation.
 */
#include "test/sim/sim-check.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cxl/topology/memory-blocks.h"
#include "daemon/claim/memory/memory-plan.h"
#include "daemon/claim-kinds.h"
#include "daemon/claim/claim-store.h"
#include "daemon/claim/memory/memory-match.h"
#include "test/lib/fake-kernel-private.h"
#include "test/sim/sim-lamp.h"
#include "test/sim/sim-world.h"
#include "test/sim/sim.h"
#include "util/cleanup.h"
#include "util/json.h"

void sim_violation(struct sim *sim, const char *format, ...)
{
	va_list arguments;

	if (*sim->problem)
		return;
	va_start(arguments, format);
	(void)vsnprintf(sim->problem, sizeof(sim->problem), format, arguments);
	va_end(arguments);
	SIM_TRACE(sim, "VIOLATION: %s", sim->problem);
}

void sim_check_deinit(struct sim *sim)
{
	free(sim->cut.before);
	sim->cut = (struct sim_cut){ 0 };
	ARRAY_FREE(&sim->shadows);
}

/* ---- the host ---- */

static void check_dpa(struct sim *sim, const struct fake_port *port)
{
	for (size_t i = 0; i < port->decoders.count; i++)
		for (size_t j = i + 1; j < port->decoders.count; j++) {
			const struct fake_decoder *a = port->decoders.items[i];
			const struct fake_decoder *b = port->decoders.items[j];

			if (a->dpa_size && b->dpa_size && a->dpa < b->dpa + b->dpa_size &&
			    b->dpa < a->dpa + a->dpa_size)
				sim_violation(sim, "device memory has one user: %s, %s",
					      a->topo->name, b->topo->name);
		}
}

static bool is_target(const struct fake_region *region, const struct fake_decoder *decoder)
{
	for (int i = 0; i < region->ways; i++)
		if (region->targets[i] == decoder)
			return true;
	return false;
}

static void check_pair(struct sim *sim, const struct fake_region *a, const struct fake_region *b)
{
	if (a->allocated && b->allocated && a->hpa < b->hpa + b->size && b->hpa < a->hpa + a->size)
		sim_violation(sim, "addresses have one user: %s, %s", a->name, b->name);
	for (int i = 0; i < a->ways; i++)
		if (a->targets[i] && is_target(b, a->targets[i]))
			sim_violation(sim, "a decoder has one region: %s, %s", a->name, b->name);
}

static void check_host(struct sim *sim)
{
	const struct fake_kernel *kernel = sim->kernel;

	for (size_t i = 0; i < kernel->ports.count; i++)
		if (kernel->ports.items[i]->hdm_end > 0)
			check_dpa(sim, kernel->ports.items[i]);
	for (size_t i = 0; i < kernel->regions.count; i++)
		for (size_t j = i + 1; j < kernel->regions.count; j++)
			check_pair(sim, kernel->regions.items[i], kernel->regions.items[j]);
}

static bool is_block_of(const struct sim *sim, const struct sim_foreign *foreign,
			const struct step *step)
{
	const struct memory_blocks blocks =
		memory_blocks_in(foreign->hpa, foreign->size, sim->start->memory_block_size);
	uint64_t index;

	return step->kind == STEP_BLOCK && sscanf(step->object, "memory%" SCNu64, &index) == 1 &&
	       index >= blocks.first && index < blocks.end;
}

/* The kernel changes no decoder that is in a region. */
static bool has_lost_memory(const struct sim *sim, const struct sim_foreign *foreign,
			    const struct step *step)
{
	const struct fake_decoder *decoder = fake_find_decoder(sim->kernel, foreign->decoder);

	return strcmp(step->object, foreign->decoder) == 0 && decoder && !decoder->dpa_size;
}

static void check_foreign(struct sim *sim, const struct step *step)
{
	for (size_t i = 0; i < sim->foreign.count; i++) {
		const struct sim_foreign *foreign = &sim->foreign.items[i];

		/* The rest of a region may be removed by anybody who makes room. */
		if (foreign->empty || foreign->twin || !foreign->region[0])
			continue;
		if (strcmp(step->object, foreign->region) == 0 ||
		    has_lost_memory(sim, foreign, step) ||
		    strcmp(step->object, foreign->dax) == 0 || is_block_of(sim, foreign, step))
			sim_violation(sim, "what is nobody's claim is not touched: %s of %s, '%s'",
				      step->kind->name, step->object, step->to);
	}
}

void sim_check_write(struct sim *sim, const struct step *step)
{
	sim_count(sim, SIM_WRITES);
	if (fake_kernel_warnings(sim->kernel) != sim->warnings)
		sim_violation(sim, "memory that is online is not taken away: %s of %s",
			      step->kind->name, step->object);
	check_foreign(sim, step);
	check_host(sim);
	/* A later region of this name is another one. */
	if (step->kind == STEP_REGION && *step->to == '\0')
		sim_world_forget_foreign(sim);
}

void sim_check_world(struct sim *sim)
{
	const unsigned int warnings = fake_kernel_warnings(sim->kernel);

	if (warnings != sim->warnings)
		sim_count(sim, SIM_MEMORY_STUCK);
	sim->warnings = warnings;
	sim->disturbances++;
	check_host(sim);
}

/* ---- the causer of changes ---- */

static struct sim_shadow *find_shadow(struct sim *sim, const char *name)
{
	for (size_t i = 0; i < sim->shadows.count; i++)
		if (strcmp(sim->shadows.items[i].name, name) == 0)
			return &sim->shadows.items[i];
	return NULL;
}

void sim_check_hands(struct sim *sim)
{
	for (size_t i = 0; i < sim->shadows.count; i++)
		sim->shadows.items[i].hands = true;
}

void sim_check_nature(struct sim *sim)
{
	for (size_t i = 0; i < sim->shadows.count; i++)
		sim->shadows.items[i].nature = true;
}

/* ---- causes ---- */

bool sim_check_has_member(const struct claim *claim, uint64_t serial)
{
	for (size_t i = 0; i < memory_claim(claim)->binding.members.count; i++)
		if (memory_claim(claim)->binding.members.items[i].serial == serial)
			return true;
	return false;
}

void sim_check_strike(struct sim *sim, struct sim_device *device)
{
	device->struck = sim->daemon.alive;
	device->struck_ms = sim->now_ms;
	device->struck_look = sim->daemon.look;
}

static void forget_cause(struct sim_shadow *shadow)
{
	shadow->seen_look = 0;
	shadow->until_ms = UINT64_MAX;
	shadow->excused = false;
	shadow->is_ill = false;
	shadow->mended_look = 0;
}

static bool has_struck(const struct sim_device *device, const struct sim_shadow *shadow,
		       const struct claim_record *record)
{
	return device->struck && sim_check_has_member(&record->claim, device->topo->serial) &&
	       (device->struck_look >= shadow->before_look ||
		(device->struck_ms >= shadow->from_ms &&
		 device->struck_look >= shadow->mended_look)) &&
	       device->struck_ms <= shadow->until_ms;
}

static bool is_struck(const struct sim *sim, const struct sim_shadow *shadow,
		      const struct claim_record *record)
{
	for (size_t i = 0; i < sim->device_count; i++)
		if (has_struck(&sim->devices[i], shadow, record))
			return true;
	for (size_t i = 0; i < sim->lamp_count; i++)
		if (has_struck(&sim->lamps->devices[i], shadow, record))
			return true;
	return false;
}

void sim_check_anew(struct sim *sim, const char *claim)
{
	struct sim_shadow *shadow = find_shadow(sim, claim);

	if (!shadow)
		return;
	forget_cause(shadow);
	shadow->attempts = 0;
	/* The client's change has taken the memory, whatever another admin did to the memory
	 * meanwhile. */
	shadow->nature = true;
}

/* Documentation/design/looks-and-drift.adoc */
static bool is_somebodys_doing(const struct claim_state *online)
{
	static const char *const nobodys[] = { "NotBound",	"Rebooted",	  "Released",
					       "DeviceMissing", "DeviceDisabled", "OtherShape",
					       "MemoryUnknown" };

	for (size_t i = 0; i < ARRAY_SIZE(nobodys); i++)
		if (claim_state_is(online, nobodys[i]))
			return false;
	return !online->holds;
}

/* The kernel reports the cause of a broken region sooner or later. */
static void see_begin(struct sim_shadow *shadow, uint64_t now_ms, bool is_left)
{
	const uint64_t lead_ms = is_left ? CLAIM_CAUSE_LEAD_MS : 0;

	shadow->until_ms = now_ms + lead_ms;
	shadow->from_ms = UINT64_MAX;
	if (is_left && shadow->seen_look)
		shadow->from_ms = shadow->seen_ms > lead_ms ? shadow->seen_ms - lead_ms : 0;
}

/*
 * Finds whether a device's event excuses the claim: the change was then nobody's will, so the claim
 * must not be left alone, and failed attempts do not count.
 */
static void see_cause(struct sim *sim, struct sim_shadow *shadow, const struct claim_record *record)
{
	const struct claim_state *stalled = &record->sight.states[CLAIM_STALLED];
	const bool well = record->sight.states[CLAIM_ONLINE].holds;

	if (!is_somebodys_doing(&record->sight.states[CLAIM_ONLINE])) {
		shadow->until_ms = UINT64_MAX;
	} else if (shadow->until_ms == UINT64_MAX) {
		see_begin(shadow, sim->now_ms,
			  claim_state_is(&record->sight.states[CLAIM_ONLINE], "Uncommitted"));
		shadow->before_look = shadow->seen_look ?: sim->daemon.look;
	} else if (!claim_state_is(&record->sight.states[CLAIM_ONLINE], "Uncommitted")) {
		/* The region was being taken down. */
		shadow->until_ms = shadow->until_ms < sim->now_ms ? shadow->until_ms : sim->now_ms;
		shadow->from_ms = UINT64_MAX;
	}
	shadow->seen_look = sim->daemon.look;
	shadow->seen_ms = sim->now_ms;
	if (well && shadow->is_ill)
		shadow->mended_look = sim->daemon.look;
	shadow->is_ill = !well;
	shadow->excused = shadow->excused && !well;
	if (!shadow->excused && shadow->until_ms != UINT64_MAX && is_struck(sim, shadow, record)) {
		shadow->excused = true;
		shadow->attempts = 0;
	}
	if (shadow->excused && stalled->holds && claim_state_is(stalled, CLAIM_LEFT_ALONE) &&
	    memory_claim(&record->claim)->type == TOPO_MODE_RAM)
		sim_violation(sim, "what a device took is mended: %s is left alone", shadow->name);
}

/* ---- patience ---- */

static void forget_gone(struct sim *sim)
{
	size_t kept = 0;

	for (size_t i = 0; i < sim->shadows.count; i++)
		if (claim_table_find(&sim->daemon.claims, sim->shadows.items[i].name))
			sim->shadows.items[kept++] = sim->shadows.items[i];
	sim->shadows.count = kept;
	if (kept == 0)
		ARRAY_FREE(&sim->shadows);
}

static struct sim_shadow *shadow_of(struct sim *sim, const struct claim_record *record)
{
	struct sim_shadow *shadow = find_shadow(sim, record->claim.name);
	struct sim_shadow fresh = { .planned = true, .nature = true, .until_ms = UINT64_MAX };

	if (shadow)
		return shadow;
	(void)snprintf(fresh.name, sizeof(fresh.name), "%s", record->claim.name);
	if (ARRAY_APPEND(&sim->shadows, fresh) < 0)
		abort();
	return &sim->shadows.items[sim->shadows.count - 1];
}

static void see(struct sim *sim, struct sim_shadow *shadow, const struct claim_record *record,
		bool changed)
{
	const bool well = record->sight.states[CLAIM_ONLINE].holds;
	const bool planned = record->sight.states[CLAIM_PLANNED].holds;

	if (well) {
		shadow->hands = false;
		shadow->nature = false;
		if (!shadow->well_since_ms)
			shadow->well_since_ms = sim->now_ms;
	} else {
		if (shadow->well_since_ms && sim->now_ms - shadow->well_since_ms >= CLAIM_WELL_MS)
			shadow->attempts = 0;
		shadow->well_since_ms = 0;
	}
	if (planned && !shadow->planned)
		shadow->attempts = 0;
	/* Taking down the rest of a region is half of an attempt. */
	if (!shadow->released && !memory_claim(&record->claim)->binding.boot && shadow->attempts)
		shadow->attempts--;
	shadow->released = !memory_claim(&record->claim)->binding.boot;
	/* A changed host is worth one more attempt. */
	if (changed && shadow->attempts >= CLAIM_ATTEMPTS_MAX)
		shadow->attempts = CLAIM_ATTEMPTS_MAX - 1;
	shadow->planned = planned;
	see_cause(sim, shadow, record);
}

void sim_check_look(struct sim *sim, const struct topology *topology)
{
	const struct claim_table *claims = &sim->daemon.claims;

	const bool changed = sim->writes_seen != sim->counts[SIM_WRITES] ||
			     sim->disturbances_seen != sim->disturbances;

	(void)topology;
	sim->disturbances_seen = sim->disturbances;
	sim->writes_seen = sim->counts[SIM_WRITES];
	forget_gone(sim);
	for (size_t i = 0; i < claims->records.count; i++)
		see(sim, shadow_of(sim, claims->records.items[i]), claims->records.items[i],
		    changed);
}

static uint64_t delay_after(unsigned int attempts)
{
	uint64_t delay = CLAIM_DELAY_MS;

	for (unsigned int i = 1; i < attempts && delay < CLAIM_DELAY_MAX_MS; i++)
		delay *= 2;
	return delay < CLAIM_DELAY_MAX_MS ? delay : CLAIM_DELAY_MAX_MS;
}

void sim_check_attempt(struct sim *sim, const struct claim_record *record)
{
	struct sim_shadow *shadow = shadow_of(sim, record);

	if (shadow->attempts && sim->now_ms - shadow->tried_ms < delay_after(shadow->attempts))
		sim_violation(sim,
			      "attempts take longer and longer: %s, again after %" PRIu64 " ms",
			      shadow->name, sim->now_ms - shadow->tried_ms);
	if (++shadow->attempts > CLAIM_ATTEMPTS_MAX)
		sim_violation(sim, "attempts end: %s was tried %u times", shadow->name,
			      shadow->attempts);
	shadow->tried_ms = sim->now_ms;
}

/* ---- changes ---- */

/*
 * A pmem region that decodes is removed only with a client's consent to the loss of its data;
 * without that consent the region may be disabled.
 */
static void check_data(struct sim *sim, const struct sim_change *change)
{
	const struct plan *plan = &change->memory.plan;
	bool decodes = false;

	for (size_t i = 0; i < plan->steps.list.count; i++)
		decodes = decodes || (plan->steps.list.items[i].kind == STEP_REGION_COMMIT &&
				      strcmp(plan->steps.list.items[i].to, "0") == 0);
	if (plan->type == TOPO_MODE_PMEM && plan_takes_data(plan) &&
	    (decodes ? !change->forced : !change->client && !plan_removes_region(plan)))
		sim_violation(sim, "data is not taken away unasked: change %u of %s",
			      change->number, plan->region);
}

void sim_check_begin(struct sim *sim, struct sim_change *change)
{
	const struct claim_record *record = NULL;
	struct sim_shadow *shadow = find_shadow(sim, change->memory.effect.name);

	check_data(sim, change);
	change->before = fake_kernel_state(sim->kernel);
	/* A failure that was ordered and has not happened yet may happen in this change. */
	change->failures = sim->failures - (sim->kernel->fail_in > 0);
	if (change->client && shadow)
		shadow->nature = true;
	if (*change->memory.mended)
		record = claim_table_find(&sim->daemon.claims, change->memory.mended);
	shadow = record ? find_shadow(sim, change->memory.mended) : NULL;
	if (shadow && record->claim.drift == CLAIM_DRIFT_LEAVE && shadow->hands && !shadow->nature)
		sim_violation(sim, "what another admin did is left: %s", change->memory.mended);
}

static void on_claims(void *userdata, int error)
{
	(void)userdata;
	(void)error;
}

static void check_claim(struct sim *sim, const struct claim_record *known,
			struct claim_record *stored)
{
	_cleanup_json_ struct json_object *a = claim_to_json(&known->claim);
	_cleanup_json_ struct json_object *b = NULL;

	/* Another claim had the addresses of this claim meanwhile: see claim_table_set(). */
	if (memory_claim(&known->claim)->binding.resource == TOPO_UNKNOWN)
		memory_claim(&stored->claim)->binding.resource = TOPO_UNKNOWN;
	b = claim_to_json(&stored->claim);

	if (known->revision != stored->revision)
		sim_violation(sim,
			      "what is stored is known: %s is of revision %" PRIu64
			      ", and known of %" PRIu64,
			      stored->claim.name, stored->revision, known->revision);
	else if (strcmp(json_object_to_json_string_ext(a, JSON_C_TO_STRING_PLAIN),
			json_object_to_json_string_ext(b, JSON_C_TO_STRING_PLAIN)) != 0)
		sim_violation(sim, "what is stored is known: %s is %s", stored->claim.name,
			      json_object_to_json_string_ext(b, JSON_C_TO_STRING_PLAIN));
}

/* A daemon that starts now would know the same claims. */
static void check_stored(struct sim *sim)
{
	static const struct log quiet_log = { LOG_LEVEL_ERROR, "sim" };
	const struct claim_table *claims = &sim->daemon.claims;
	struct claim_table stored = CLAIM_TABLE_OF(&claim_kinds);

	if (claim_store_load(sim->store, &stored, &quiet_log, on_claims, NULL) < 0)
		abort();
	sim->store->ops->dispatch(sim->store);
	if (stored.records.count != claims->records.count)
		sim_violation(sim, "what is known is stored: %zu claims of %zu",
			      stored.records.count, claims->records.count);
	for (size_t i = 0; i < claims->records.count && i < stored.records.count; i++)
		check_claim(sim, claims->records.items[i], stored.records.items[i]);
	claim_table_deinit(&stored);
}

static bool is_line_of(const char *line, const char *kind)
{
	return strncmp(line, kind, strlen(kind)) == 0;
}

static bool is_essential(const char *line)
{
	const char *dpa = strstr(line, " dpa ");

	if (is_line_of(line, "decoder"))
		return dpa && dpa < line + strcspn(line, "\n");
	return is_line_of(line, "policy") || is_line_of(line, "region") ||
	       is_line_of(line, "dax") || is_line_of(line, "stuck");
}

/*
 * The lines of a state that make a difference: not the decoders of bridges and switches, which the
 * kernel picks, nor its counts of their users.
 */
static char *essence_of(const char *state)
{
	char *essence = NULL;
	size_t size;
	FILE *out = open_memstream(&essence, &size);

	if (!out)
		abort();
	for (const char *line = state; *line; line += strcspn(line, "\n") + 1)
		if (is_essential(line))
			(void)fprintf(out, "%.*s\n", (int)strcspn(line, "\n"), line);
	if (fclose(out) != 0)
		abort();
	return essence;
}

static void trace_text(struct sim *sim, const char *title, const char *text)
{
	SIM_TRACE(sim, "%s:", title);
	for (size_t at = 0; text[at]; at += text[at] == '\n') {
		const size_t length = strcspn(&text[at], "\n");

		SIM_TRACE(sim, "  %.*s", (int)length, &text[at]);
		at += length;
	}
}

/* Checks that the host is as before a change that was taken back. */
static void check_taken_back(struct sim *sim, const char *before, const char *what)
{
	_cleanup_free_ char *now = fake_kernel_state(sim->kernel);
	_cleanup_free_ char *was = NULL, *is = NULL;

	if (strcmp(before, now) == 0)
		return;
	was = essence_of(before);
	is = essence_of(now);
	if (strcmp(was, is) == 0)
		return;
	trace_text(sim, "before", was);
	trace_text(sim, "now", is);
	sim_violation(sim, "what is taken back leaves the host as it was: %s", what);
}

static const char *line_of(const char *state, const char *region)
{
	char start[SIM_NAME_MAX];
	const char *line;

	(void)snprintf(start, sizeof(start), "\n%.24s ", region);
	line = strstr(state, start);
	return line ? line + 1 : NULL;
}

/*
 * Tells whether a region has moved: the kernel allocates the lowest free address, so a region that
 * was taken down in vain would come back below its old place, where the claim does not know the
 * region.
 */
static bool has_moved(const struct sim *sim, const char *before)
{
	for (size_t i = 0; i < sim->kernel->regions.count; i++) {
		const struct fake_region *region = sim->kernel->regions.items[i];
		const char *line = line_of(before, region->name), *found;
		char now[2 * SIM_NAME_MAX];

		(void)snprintf(now, sizeof(now), " hpa %#" PRIx64 "+", region->hpa);
		found = line ? strstr(line, now) : NULL;
		if (line && (!found || found > line + strcspn(line, "\n")))
			return true;
	}
	return false;
}

/* "config 3" is FAKE_COMMIT. */
static bool was_dead(const char *before, const char *region)
{
	const char *line = region ? line_of(before, region) : NULL;
	const char *committed = line ? strstr(line, " config 3 ") : NULL;

	return line && (!committed || committed > line + strcspn(line, "\n"));
}

static bool has_hole(const struct fake_port *port)
{
	for (int id = 0; id < port->commit_end; id++)
		if (!port->decoders.items[id]->enabled)
			return true;
	return false;
}

/*
 * Tells whether the kernel refuses to commit behind something: a decoder that is not committed
 * below a committed one; DPA without a region, as a removal in the wrong order leaves it; or a
 * region that has lost a memdev.
 */
static bool is_blocked(const struct sim *sim, const char *region)
{
	for (size_t i = 0; i < sim->foreign.count; i++)
		if (!sim->foreign.items[i].region[0])
			return true;
	for (size_t i = 0; i < sim->kernel->ports.count; i++)
		if (has_hole(sim->kernel->ports.items[i]))
			return true;
	for (size_t i = 0; i < sim->kernel->regions.count; i++) {
		const struct fake_region *other = sim->kernel->regions.items[i];

		if (other->config < FAKE_COMMIT && other->nr_targets > 0 &&
		    strcmp(other->name, region) != 0)
			return true;
	}
	return false;
}

/*
 * A change may fail to put a region back that was broken before, or that is blocked by other
 * leftovers: the kernel commits nothing behind a decoder that is not committed.
 */
static void check_leftover(struct sim *sim, const char *before, const char *region, bool disturbed)
{
	if (!disturbed && was_dead(before, region))
		return;
	if (!disturbed && !is_blocked(sim, region)) {
		check_taken_back(sim, before, "a change with something left over");
		sim_violation(sim, "a change can be taken back when nobody interferes");
	}
	sim->tainted = true;
	sim_check_nature(sim);
}

static void check_outcome(struct sim *sim, const struct sim_change *change,
			  const struct sim_cut *cut)
{
	const char *region = change->left.object ?: change->memory.plan.region;
	const bool disturbed = cut->disturbances != sim->disturbances;
	const bool failures = cut->failures != sim->failures;

	if (step_exec_outcome(&change->life.exec) == STEP_EXEC_DONE)
		return;
	if (step_exec_outcome(&change->life.exec) == STEP_EXEC_INCOMPLETE) {
		sim->tainted = sim->tainted || change->life.exec.leftover.count;
		sim_check_nature(sim);
		return;
	}
	if (!disturbed && has_moved(sim, cut->before))
		sim_violation(sim, "a region that is taken back is where it was");
	if (step_exec_outcome(&change->life.exec) == STEP_EXEC_LEFTOVER) {
		check_leftover(sim, cut->before, region, disturbed || failures);
	} else if (!disturbed) {
		check_taken_back(sim, cut->before, "a change");
	}
}

static void drop_foreign(struct sim *sim, size_t index)
{
	sim->foreign.items[index] = sim->foreign.items[--sim->foreign.count];
	if (sim->foreign.count == 0)
		ARRAY_FREE(&sim->foreign);
}

/* Another admin's region belongs to a claim now. */
static void take_over(struct sim *sim, const char *region)
{
	for (size_t i = sim->foreign.count; i > 0; i--)
		if (strcmp(sim->foreign.items[i - 1].region, region) == 0)
			drop_foreign(sim, i - 1);
}

/* The claim was forgotten and its region stays: from here on the region is nobody's. */
static void let_go(struct sim *sim, const struct fake_region *region)
{
	struct sim_foreign foreign = { .hpa = region->hpa, .size = region->size };

	(void)snprintf(foreign.region, sizeof(foreign.region), "%.31s", region->name);
	(void)snprintf(foreign.dax, sizeof(foreign.dax), "dax%d.0", region->id);
	for (int i = 0; i < region->ways && !foreign.decoder[0]; i++)
		if (region->targets[i])
			(void)snprintf(foreign.decoder, sizeof(foreign.decoder), "%s",
				       region->targets[i]->topo->name);
	foreign.empty = region->nr_targets == 0;
	if (ARRAY_APPEND(&sim->foreign, foreign) < 0)
		abort();
}

static void check_owner(struct sim *sim, const struct sim_change *change)
{
	const struct fake_region *region = NULL;

	if (step_exec_outcome(&change->life.exec) != STEP_EXEC_DONE)
		return;
	if (change->memory.request.kind == MEMORY_FORGET_CLAIM && change->memory.plan.region)
		region = fake_find_region(sim->kernel, change->memory.plan.region);
	if (region)
		let_go(sim, region);
	if (change->memory.request.kind == MEMORY_ADOPT_REGION)
		take_over(sim, change->memory.plan.region);
}

void sim_check_changed(struct sim *sim, const struct sim_change *change)
{
	const struct sim_cut own = { .before = change->before,
				     .disturbances = change->disturbances,
				     .failures = change->failures };
	struct sim_cut *cut = &sim->cut;

	check_stored(sim);
	if (!change->left.object) {
		check_owner(sim, change);
		check_outcome(sim, change, &own);
		return;
	}
	/* A look may have shown the undone steps already. */
	sim_check_nature(sim);
	if (cut->before)
		check_outcome(sim, change, cut);
	free(cut->before);
	*cut = (struct sim_cut){ 0 };
}

/* ---- twins ---- */

static bool is_identity(const struct step *step)
{
	return step->kind == STEP_REGION_SIZE || step->kind == STEP_REGION_TARGET;
}

/* Is a value of this step, old or new, the region's? */
static bool fits(const struct step *step, const struct sim_foreign *foreign)
{
	if (step->kind == STEP_REGION_SIZE)
		return strtoull(step->to, NULL, 0) == foreign->size ||
		       strtoull(step->from, NULL, 0) == foreign->size;
	return strcmp(step->to, foreign->decoder) == 0 || strcmp(step->from, foreign->decoder) == 0;
}

/*
 * Could the interrupted change have left exactly this region? Steps without identity fit any
 * region.
 */
static bool is_left_by(const struct change_entry *left, const struct sim_foreign *foreign)
{
	if (!left->object || strcmp(left->object, foreign->region) != 0)
		return false;
	for (size_t i = 0; i < left->steps.list.count; i++)
		if (is_identity(&left->steps.list.items[i]) &&
		    !fits(&left->steps.list.items[i], foreign))
			return false;
	return true;
}

static bool is_left(const struct sim *sim, const struct sim_foreign *foreign)
{
	for (size_t i = 0; i < sim->daemon.changes.count; i++)
		if (is_left_by(&sim->daemon.changes.items[i]->left, foreign))
			return true;
	return false;
}

static bool is_claimed(const struct sim *sim, const struct topology *topology, const char *region)
{
	const struct world world = sim_world(sim, topology);

	return memory_record_of_region(&sim->daemon.claims, &world, region);
}

void sim_check_twins(struct sim *sim)
{
	_cleanup_topology_ struct topology *topology =
		sim->foreign.count ? fake_kernel_snapshot(sim->kernel) : NULL;

	for (size_t i = 0; i < sim->foreign.count; i++) {
		struct sim_foreign *foreign = &sim->foreign.items[i];

		foreign->twin = foreign->twin || is_claimed(sim, topology, foreign->region) ||
				is_left(sim, foreign);
	}
}

/* ---- crashes ---- */

void sim_check_crash(struct sim *sim)
{
	struct sim_change *first = sim_daemon_host_change(sim);

	/* A claim whose old region has gone is given another one. */
	if (first && first->life.stages)
		sim_check_nature(sim);
	if (!first || !first->life.begun || first->left.object)
		return;
	free(sim->cut.before);
	sim->cut = (struct sim_cut){ .before = first->before,
				     .noted = first->life.noted,
				     .disturbances = first->disturbances,
				     .failures = first->failures };
	first->before = NULL;
	sim_check_nature(sim);
}

void sim_check_start(struct sim *sim)
{
	struct sim_cut *cut = &sim->cut;

	for (size_t i = 0; i < sim->shadows.count; i++) {
		sim->shadows.items[i].attempts = 0;
		sim->shadows.items[i].planned = true;
		sim->shadows.items[i].well_since_ms = 0;
		forget_cause(&sim->shadows.items[i]);
	}
	for (size_t i = 0; i < sim->device_count; i++)
		sim->devices[i].struck = false;
	for (size_t i = 0; i < sim->lamp_count; i++)
		sim->lamps->devices[i].struck = false;
	check_stored(sim);
	sim_check_twins(sim);
	if (!cut->before || cut->noted)
		return;
	/* The change was not noted, so the change was not begun. */
	if (cut->disturbances == sim->disturbances)
		check_taken_back(sim, cut->before, "nothing");
	free(cut->before);
	*cut = (struct sim_cut){ 0 };
}

void sim_check_reboot(struct sim *sim)
{
	free(sim->cut.before);
	sim->cut = (struct sim_cut){ 0 };
	sim->tainted = false;
	sim->warnings = 0;
	sim->disturbances++;
	sim_check_nature(sim);
}

/* ---- at rest ---- */

/* Entries of what a reboot has undone do no harm: the next start may drop them. */
static void on_left(void *userdata, int error, const struct store_entry *entries, size_t count)
{
	struct sim *sim = userdata;

	(void)error;
	for (size_t i = 0; i < count; i++)
		if (strstr(entries[i].value, sim->boot) || strstr(entries[i].value, LAMP_LANE))
			sim_violation(sim, "the journal is empty at rest: %s", entries[i].key);
}

static bool is_foreign(const struct sim *sim, const char *region)
{
	for (size_t i = 0; i < sim->foreign.count; i++)
		if (strcmp(sim->foreign.items[i].region, region) == 0)
			return true;
	return false;
}

static bool is_others_decoder(const struct sim *sim, const char *decoder)
{
	for (size_t i = 0; i < sim->foreign.count; i++)
		if (strcmp(sim->foreign.items[i].decoder, decoder) == 0)
			return true;
	return false;
}

static void check_leaks(struct sim *sim, const struct topology *topology)
{
	for (size_t i = 0; i < topology->regions.count; i++) {
		const char *name = topology->regions.items[i]->name;

		if (!is_foreign(sim, name) && !is_claimed(sim, topology, name))
			sim_violation(sim, "a region belongs to somebody: %s", name);
	}
	for (size_t i = 0; i < topology->decoders.count; i++) {
		const struct topo_decoder *decoder = topology->decoders.items[i];

		if (decoder->port->kind == TOPO_PORT_ENDPOINT && decoder->dpa_size > 0 &&
		    !decoder->region && !is_others_decoder(sim, decoder->name))
			sim_violation(sim, "device memory belongs to a region: %s", decoder->name);
	}
}

/* The remedy for a claim that was never tried. */
static enum claim_remedy remedy_of(const struct claim_record *record)
{
	const struct claim_mending mending = { 0 };
	struct claim_sight sight = record->sight;
	struct arena arena = ARENA_NULL;
	enum claim_remedy remedy;

	if (claim_remedy_choose(&record->claim, &mending, &arena, &sight, &remedy) < 0)
		abort();
	arena_deinit(&arena);
	/* The device that the claim waits for may be there. */
	return remedy == CLAIM_REMEDY_NONE && !record->sight.object ? CLAIM_REMEDY_MAKE : remedy;
}

/* Asks the planner whether the claim could be mended: the daemon should have asked, too. */
static bool could_be_mended(struct sim *sim, const struct claim_record *record,
			    const struct topology *topology)
{
	const enum claim_remedy remedy = remedy_of(record);
	const struct world world = sim_world(sim, topology);
	struct memory_request request = MEMORY_REQUEST_NULL;
	struct plan plan = PLAN_NULL;
	struct claim_effect effect = CLAIM_EFFECT_NULL;
	int rc;

	if (remedy == CLAIM_REMEDY_NONE)
		return false;
	request.kind = MEMORY_CREATE_REGION;
	rc = memory_plan_remedy(record, remedy, &world, &request, &plan, &effect);
	if (rc > 0 && plan.refusals.list.count)
		SIM_TRACE(sim, "%s: %s", record->claim.name, plan.refusals.list.items[0].text);
	claim_effect_deinit(&effect);
	plan_deinit(&plan);
	memory_request_deinit(&request);
	return rc == 0;
}

static void check_stalled(struct sim *sim, const struct claim_record *record,
			  const struct topology *topology, bool healed)
{
	const struct claim_state *stalled = &record->sight.states[CLAIM_STALLED];
	const struct claim_state *online = &record->sight.states[CLAIM_ONLINE];

	SIM_TRACE(sim, "%s: %s: %s", record->claim.name, online->reason,
		  stalled->text ? stalled->text : "nothing is known");
	if (!stalled->holds || !stalled->text)
		sim_violation(sim, "who is not well at rest says why: %s is %s", record->claim.name,
			      online->reason);
	if (!healed || sim->tainted || sim->kernel->stuck.count ||
	    claim_state_is(stalled, CLAIM_LEFT_ALONE))
		return;
	/* No event tells that pages can be moved again, or that writes succeed again. */
	if (claim_state_is(stalled, CLAIM_GAVE_UP) && record->sight.object && !sim->restarted)
		return;
	if (could_be_mended(sim, record, topology))
		sim_violation(sim, "with nothing in its way a claim is well: %s is %s, %s",
			      record->claim.name, online->reason, stalled->reason);
}

void sim_check_rest(struct sim *sim, bool healed)
{
	_cleanup_topology_ struct topology *topology = fake_kernel_snapshot(sim->kernel);
	const struct claim_table *claims = &sim->daemon.claims;

	if (!topology)
		abort();
	if (sim->store->ops->list(sim->store, JOURNAL_PREFIX, on_left, sim) < 0)
		abort();
	sim->store->ops->dispatch(sim->store);
	check_stored(sim);
	if (!sim->tainted)
		check_leaks(sim, topology);
	for (size_t i = 0; i < sim->lamp_count; i++)
		sim_lamps_check(sim, i, NULL);
	for (size_t i = 0; i < claims->records.count; i++) {
		const struct claim_record *record = claims->records.items[i];

		sim_count(sim,
			  record->sight.states[CLAIM_ONLINE].holds ? SIM_CONVERGED : SIM_STALLED);
		if (!record->sight.states[CLAIM_ONLINE].holds)
			check_stalled(sim, record, topology, healed);
	}
}
