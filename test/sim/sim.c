// SPDX-License-Identifier: GPL-2.0-only
/*
 * The program `sim`: runs seeds and prints the results. At the first violation it prints the seed,
 * the last events, and the command that repeats the run.
 */
#include "test/sim/sim.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/sim/sim-admin.h"
#include "test/sim/sim-check.h"
#include "test/sim/sim-client.h"
#include "test/sim/sim-lamp.h"
#include "test/sim/sim-lamp-client.h"
#include "test/sim/sim-uuid.h"
#include "test/sim/sim-world.h"

#define SEEDS_DEFAULT 1
#define STEPS_DEFAULT 200

/* More turns at rest, and more wake-ups, than the daemon's patience allows. */
#define REST_TURNS_MAX	100000
#define REST_ROUNDS_MAX 200

struct options {
	uint64_t seed;
	unsigned long seeds, steps;
	bool trace;
	enum sim_break broken;
	bool lamps;
};

static const char *const break_names[SIM_BREAK_COUNT] = {
	[SIM_BREAK_NOTHING] = "nothing",
	[SIM_BREAK_JOURNAL] = "journal",
	[SIM_BREAK_UNDO] = "undo",
	[SIM_BREAK_ONLINE] = "online",
	[SIM_BREAK_PATIENCE] = "patience",
	[SIM_BREAK_DATA] = "data",
	[SIM_BREAK_CAUSES] = "causes",
	[SIM_BREAK_SETTLE] = "settle",
	[SIM_BREAK_RESERVATION] = "reservation",
	[SIM_BREAK_RECEIPT] = "receipt",
	[SIM_BREAK_DURABLE] = "durable",
	[SIM_BREAK_UNUSED] = "unused",
	[SIM_BREAK_REFUSAL] = "refusal",
	[SIM_BREAK_INVERSES] = "inverses",
	[SIM_BREAK_AWAIT] = "await",
	[SIM_BREAK_LANE] = "lane",
	[SIM_BREAK_DEPOSED] = "deposed",
};

static const char *const count_names[SIM_COUNT_COUNT] = {
	[SIM_SEEDS] = "seeds",
	[SIM_TURNS] = "turns of the daemon",
	[SIM_WRITES] = "writes to the kernel",
	[SIM_CHANGES_DONE] = "changes done",
	[SIM_CHANGES_UNDONE] = "changes taken back",
	[SIM_CHANGES_LEFTOVER] = "changes not taken back entirely",
	[SIM_CHANGES_INCOMPLETE] = "changes that failed with no way back",
	[SIM_REFUSED] = "refusals",
	[SIM_MADE_ANEW] = "changes: an old region gone for a new one",
	[SIM_MENDED] = "attempts to mend a claim",
	[SIM_RECOVERED] = "changes recovered from a crash",
	[SIM_CONVERGED] = "claims at rest as wanted",
	[SIM_STALLED] = "claims at rest stalled",
	[SIM_CLIENT_ADDS] = "clients: add",
	[SIM_CLIENT_REMOVES] = "clients: remove",
	[SIM_CLIENT_DISABLES] = "clients: disable",
	[SIM_CLIENT_ENABLES] = "clients: enable",
	[SIM_CLIENT_SETS_MEMORY] = "clients: set memory",
	[SIM_CLIENT_APPLIES] = "clients: apply",
	[SIM_CLIENT_PAIRS] = "clients: two at once",
	[SIM_CLIENT_LEAVES] = "clients: leave",
	[SIM_CLIENT_ADOPTS] = "clients: adopt",
	[SIM_CLIENT_FORGETS] = "clients: forget",
	[SIM_TIME_PASSES] = "time passes",
	[SIM_CRASHES] = "crashes",
	[SIM_CRASHES_IN_CHANGE] = "crashes in a change",
	[SIM_CRASHES_IN_RECOVERY] = "crashes in a recovery",
	[SIM_REBOOTS] = "reboots",
	[SIM_UNPLUGS] = "unplugs",
	[SIM_PLUGS] = "plugs",
	[SIM_RESETS] = "resets of devices",
	[SIM_ADMIN_DISABLES] = "another admin: disable",
	[SIM_ADMIN_ENABLES] = "another admin: enable",
	[SIM_ADMIN_DESTROYS] = "another admin: destroy",
	[SIM_ADMIN_BLOCKS] = "another admin: memory blocks",
	[SIM_ADMIN_DRIVERS] = "another admin: drivers",
	[SIM_ADMIN_CREATES] = "another admin: create",
	[SIM_ADMIN_REMOVES_FOREIGN] = "another admin: remove what is nobody's",
	[SIM_WRITE_FAILURES] = "writes ordered to fail",
	[SIM_STORE_FAILURES] = "commits ordered to fail",
	[SIM_LATE_COMMITS] = "commits that come too late",
	[SIM_PROOF_FAILURES] = "proofs ordered to fail",
	[SIM_PINS] = "memory blocks pinned or not",
	[SIM_MEMORY_STUCK] = "memory stuck by others",
	[SIM_LAMP_ADDS] = "lamps: clients add memory",
	[SIM_LAMP_REMOVES] = "lamps: clients remove memory",
	[SIM_LAMP_BURNS] = "lamps: clients burn one out",
	[SIM_LAMP_STAGES] = "lamps: stages of the wire closed",
	[SIM_LAMP_STAGES_BACK] = "lamps: stages taken back by a plan",
	[SIM_LAMP_REFUSED_BACK] = "lamps: plans of a way back refused",
	[SIM_LAMP_RECOVERED] = "lamps: stages recovered from a crash",
	[SIM_LAMP_HANDS] = "lamps: switched by another master",
	[SIM_LAMP_FATES] = "lamps: orders ordered to fail",
	[SIM_LAMP_LATE] = "lamps: orders that came late",
	[SIM_LAMP_SLOW] = "lamps: memdevs that came slowly",
	[SIM_LAMP_NOT_COME] = "lamps: memdevs that did not come in time",
	[SIM_LAMP_MUTES] = "lamps: the wire mute or not",
	[SIM_LAMP_TAKEN] = "lamps: the wire taken over, or given back",
	[SIM_LAMP_HANDED_OVER] = "lamps: stages handed over",
	[SIM_LAMP_NIGHTS] = "lamps: nights pass",
	[SIM_LAMP_BESIDE] = "lamps: turns beside a change of memory",
};

/* ---- one seed ---- */

/* When the next thing comes by itself; UINT64_MAX: nothing does. */
static uint64_t due_ms_of(const struct sim *sim)
{
	uint64_t due_ms = sim->daemon.alive ? sim->daemon.wake_ms : UINT64_MAX, lamps_ms;

	for (size_t i = 0; i < sim->daemon.changes.count; i++) {
		const uint64_t change_ms = sim->daemon.changes.items[i]->not_before_ms;

		if (change_ms > sim->now_ms && change_ms < due_ms)
			due_ms = change_ms;
	}
	lamps_ms = sim->lamps ? sim_lamps_due_ms(sim) : UINT64_MAX;
	if (lamps_ms < due_ms)
		due_ms = lamps_ms;
	/* What is overdue comes now: the clock does not go back. */
	return due_ms > sim->now_ms ? due_ms : sim->now_ms;
}

/* The time is so long that every wait ends. */
static void night_passes(struct sim *sim)
{
	const uint64_t due_ms = due_ms_of(sim);

	if (due_ms == UINT64_MAX)
		return;
	sim_count(sim, SIM_LAMP_NIGHTS);
	sim_world_pass(sim, due_ms);
}

static void act(struct sim *sim)
{
	const size_t dice = sim_below(sim, 100);

	if (!sim->daemon.alive && dice < 50)
		sim_daemon_start(sim);
	else if (sim->lamps && sim_chance(sim, 35))
		sim_lamp_client_act(sim);
	else if (sim->lamps && sim_chance(sim, 25))
		sim_lamps_act(sim);
	else if (sim->lamps && sim_chance(sim, 25))
		night_passes(sim);
	else if (dice < 40)
		sim_client_act(sim);
	else if (dice < 60)
		sim_admin_act(sim);
	else
		sim_world_act(sim);
}

/* Runs only the daemon, and moves the clock to the daemon's next timer. */
static void rest(struct sim *sim, bool healed)
{
	unsigned int turns = 0, rounds = 0;
	uint64_t due_ms;

	fake_kernel_fail_at(sim->kernel, 0, 0, FAKE_FAIL_BEFORE);
	sim->store_error = 0;
	sim->proof_fails = false;
	if (sim->lamps)
		sim_lamps_heal(sim);
	SIM_TRACE(sim, "rest");
	if (!sim->daemon.alive)
		sim_daemon_start(sim);
	do {
		while (!*sim->problem && turns++ < REST_TURNS_MAX && sim_daemon_turn(sim))
			;
		due_ms = due_ms_of(sim);
		if (due_ms == UINT64_MAX)
			break;
		sim_world_pass(sim, due_ms);
	} while (!*sim->problem && rounds++ < REST_ROUNDS_MAX && turns < REST_TURNS_MAX);
	if (turns >= REST_TURNS_MAX || rounds >= REST_ROUNDS_MAX)
		sim_violation(sim, "the daemon comes to rest: %u turns, %u rounds", turns, rounds);
	if (!*sim->problem)
		sim_check_rest(sim, healed);
}

static void run(struct sim *sim, unsigned long steps)
{
	sim_world_init(sim);
	sim_daemon_start(sim);
	for (sim->step = 0; sim->step < steps && !*sim->problem; sim->step++)
		if (sim_chance(sim, 20) || !sim_daemon_turn(sim))
			act(sim);
	if (!*sim->problem)
		rest(sim, false);
	if (*sim->problem)
		return;
	sim_world_heal(sim);
	sim->restarted = sim_chance(sim, 75);
	if (sim->restarted && sim_chance(sim, 60))
		sim_world_reboot(sim);
	else if (sim->restarted)
		sim_daemon_crash(sim);
	rest(sim, true);
}

static void tell_violation(const struct sim *sim, const struct options *options)
{
	if (!options->trace)
		sim_trace_print_last(&sim->trace);
	(void)printf("\nseed %" PRIu64 ", step %u: violated: %s\n", sim->seed, sim->step,
		     sim->problem);
	(void)printf("again: sim --seed %" PRIu64 " --steps %lu --trace", sim->seed,
		     options->steps);
	if (options->lamps)
		(void)printf(" --lamps");
	if (options->broken)
		(void)printf(" --break %s", break_names[options->broken]);
	(void)printf("\n");
}

/* Returns whether all invariants held. */
static bool run_seed(const struct options *options, uint64_t seed, unsigned long *counts,
		     uint64_t *hash)
{
	struct sim *sim = calloc(1, sizeof(*sim));
	bool good;

	if (!sim)
		abort();
	sim->seed = seed;
	sim->broken = options->broken;
	sim->random.state = seed;
	sim->lamp_count = options->lamps ? LAMP_COUNT : 0;
	sim->counts = counts;
	sim_trace_init(&sim->trace, options->trace);
	sim_uuid_reset();
	sim_count(sim, SIM_SEEDS);
	run(sim, options->steps);
	good = *sim->problem == '\0';
	*hash = *hash * 31 + sim->trace.hash;
	if (!good)
		tell_violation(sim, options);
	sim_world_deinit(sim);
	free(sim);
	return good;
}

/* ---- the program ---- */

static int usage(void)
{
	(void)fputs("usage: sim [--seed N] [--seeds COUNT] [--steps COUNT] [--trace] [--lamps] "
		    "[--break MISTAKE]\nmistakes:",
		    stderr);
	for (int i = 1; i < SIM_BREAK_COUNT; i++)
		(void)fprintf(stderr, " %s", break_names[i]);
	(void)fputs("\n", stderr);
	return 2;
}

static bool read_break(struct options *options, const char *name)
{
	for (int i = 1; i < SIM_BREAK_COUNT; i++)
		if (strcmp(name, break_names[i]) == 0) {
			options->broken = (enum sim_break)i;
			return true;
		}
	return false;
}

static bool read_options(struct options *options, int argc, char **argv)
{
	static const struct option known[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "seeds", required_argument, NULL, 'n' },
		{ "steps", required_argument, NULL, 'l' },
		{ "trace", no_argument, NULL, 't' },
		{ "lamps", no_argument, NULL, 'L' },
		{ "break", required_argument, NULL, 'b' },
		{ 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) >= 0) {
		if (option == 's')
			options->seed = strtoull(optarg, NULL, 0);
		else if (option == 'n')
			options->seeds = strtoul(optarg, NULL, 0);
		else if (option == 'l')
			options->steps = strtoul(optarg, NULL, 0);
		else if (option == 't')
			options->trace = true;
		else if (option == 'L')
			options->lamps = true;
		else if (option != 'b' || !read_break(options, optarg))
			return false;
	}
	return optind == argc;
}

static void tell_counts(const unsigned long *counts, uint64_t hash, bool lamps)
{
	const int end = lamps ? SIM_COUNT_COUNT : SIM_LAMP_ADDS;

	for (int i = 0; i < end; i++)
		(void)printf("%10lu %s\n", counts[i], count_names[i]);
	(void)printf("trace %016" PRIx64 "\n", hash);
}

int main(int argc, char **argv)
{
	struct options options = { .seed = 1, .seeds = SEEDS_DEFAULT, .steps = STEPS_DEFAULT };
	unsigned long counts[SIM_COUNT_COUNT] = { 0 };
	uint64_t hash = 0;
	bool good = true;

	if (!read_options(&options, argc, argv))
		return usage();
	for (unsigned long i = 0; i < options.seeds && good; i++) {
		good = run_seed(&options, options.seed + i, counts, &hash);
		if ((i + 1) % 1000 == 0)
			(void)fprintf(stderr, "%lu seeds\n", i + 1);
	}
	tell_counts(counts, hash, options.lamps);
	/* With a deliberate mistake, a violation has to be found. */
	if (options.broken)
		return good ? 1 : 0;
	return good ? 0 : 1;
}
