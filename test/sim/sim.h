/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The simulation: one host, one daemon, everybody else, and a virtual clock, all of it drawn from
 * one seed. The kernel is test/lib/fake-kernel.h, the store the one that ends with the process;
 * what decides is the daemon's own code (daemon/claim, cxl/plan, cxl/step), and sim-daemon.c does
 * between them, a small turn at a time, what daemon/engine/, reconciler.c and manager.c do
 * on their loop. Between any two turns the world may act (sim-world.c, sim-admin.c, sim-client.c),
 * and after each what must hold is asserted (sim-check.c).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/claim/claim-table.h"
#include "daemon/store/store.h"
#include "test/lib/fake-host.h"
#include "test/lib/fake-kernel.h"
#include "test/sim/sim-daemon.h"
#include "test/sim/sim-random.h"
#include "test/sim/sim-trace.h"

#define SIM_DEVICES_MAX 8
#define SIM_NAME_MAX	32
#define SIM_BOOT_MAX	40

/* Mistakes that can be made on purpose: the simulation has to notice. */
enum sim_break {
	SIM_BREAK_NOTHING,
	SIM_BREAK_JOURNAL,  /* a change is not noted before it is begun */
	SIM_BREAK_UNDO,	    /* what a crash has left is forgotten instead of taken back */
	SIM_BREAK_ONLINE,   /* memory is taken away without being taken offline */
	SIM_BREAK_PATIENCE, /* an attempt that failed is repeated at once */
	SIM_BREAK_DATA,	    /* a client need not say that data may go */
	SIM_BREAK_CAUSES,   /* what was heard of devices is forgotten */
	SIM_BREAK_COUNT,
};

/* Kinds of what happened, counted over all seeds. */
enum sim_count {
	SIM_SEEDS,
	SIM_TURNS,
	SIM_WRITES,
	SIM_CHANGES_DONE,
	SIM_CHANGES_UNDONE,
	SIM_CHANGES_LEFTOVER,
	SIM_CHANGES_INCOMPLETE,
	SIM_REFUSED,
	SIM_MADE_ANEW,
	SIM_MENDED,
	SIM_RECOVERED,
	SIM_CONVERGED, /* claims that are as wanted at the end */
	SIM_STALLED,   /* claims that are not */
	SIM_CLIENT_ADDS,
	SIM_CLIENT_REMOVES,
	SIM_CLIENT_DISABLES,
	SIM_CLIENT_ENABLES,
	SIM_CLIENT_SETS_MEMORY,
	SIM_CLIENT_APPLIES,
	SIM_CLIENT_PAIRS,
	SIM_CLIENT_LEAVES,
	SIM_CLIENT_ADOPTS,
	SIM_CLIENT_FORGETS,
	SIM_TIME_PASSES,
	SIM_CRASHES,
	SIM_CRASHES_IN_CHANGE,
	SIM_CRASHES_IN_RECOVERY,
	SIM_REBOOTS,
	SIM_UNPLUGS,
	SIM_PLUGS,
	SIM_RESETS,
	SIM_ADMIN_DISABLES,
	SIM_ADMIN_ENABLES,
	SIM_ADMIN_DESTROYS,
	SIM_ADMIN_BLOCKS,
	SIM_ADMIN_DRIVERS,
	SIM_ADMIN_CREATES,
	SIM_ADMIN_REMOVES_FOREIGN,
	SIM_WRITE_FAILURES,
	SIM_STORE_FAILURES,
	SIM_LATE_COMMITS,
	SIM_PROOF_FAILURES,
	SIM_PINS,
	SIM_MEMORY_STUCK,
	SIM_COUNT_COUNT,
};

/* A memdev of the world, whether it is plugged or in a drawer. */
struct sim_device {
	const struct topo_memdev *topo; /* of the start snapshot */
	int slot;			/* -1: in a drawer */
	/* When it was reset or taken out the last time; as the daemon has heard, in this life of
	 * it. */
	bool struck;
	uint64_t struck_ms, struck_look;
};

/* A region that is nobody's claim. */
struct sim_foreign {
	char region[SIM_NAME_MAX], decoder[SIM_NAME_MAX], dax[SIM_NAME_MAX];
	hpa_t hpa;
	uint64_t size;
	bool twin;  /* it can't be told from a claim's: sim_check_twins() */
	bool empty; /* a name and addresses without a memdev: nobody can tell whose it was */
};

/* What the checks know of a claim by themselves. */
struct sim_shadow {
	char name[CLAIM_NAME_MAX + 1];
	bool hands;		/* another admin changed something since it was well */
	bool nature;		/* ... and something else has, too */
	unsigned int attempts;	/* in a row */
	uint64_t seen_look;	/* the last one, 0: none */
	uint64_t before_look;	/* the last one that did not show somebody's doing */
	uint64_t seen_ms;	/* when that was */
	uint64_t from_ms;	/* what came before is no excuse, but for looks */
	uint64_t spent_ms;	/* what came until then has had its effect */
	uint64_t until_ms;	/* what came later is no excuse, UINT64_MAX: none is needed */
	bool excused;		/* and that has come of what befell a device of it */
	uint64_t tried_ms;	/* the last one */
	bool released;		/* as of the look before: its region was taken down */
	bool planned;		/* as of the look before */
	uint64_t well_since_ms; /* or 0 */
};

/* What the last crash has left to be taken back. */
struct sim_cut {
	char *before; /* the host before it, or NULL: nothing was cut short */
	bool noted;
	unsigned int disturbances, failures;
};

struct sim {
	uint64_t seed;
	enum sim_break broken;
	struct sim_random random;
	struct sim_trace trace;
	unsigned long *counts; /* SIM_COUNT_COUNT of them */
	unsigned int step;

	/* the world */
	struct topology *start;
	struct fake_kernel *kernel;
	struct sim_device devices[SIM_DEVICES_MAX];
	size_t device_count; /* and as many slots, at the places of the start snapshot */
	char boot[SIM_BOOT_MAX];
	unsigned int boots;
	uint64_t now_ms;  /* CLOCK_BOOTTIME */
	uint64_t real_ms; /* CLOCK_REALTIME */
	struct store *store;
	int store_error;  /* of the next commit, or 0 */
	bool proof_fails; /* the next one */
	ARRAY(struct sim_foreign) foreign;
	bool restarted;			/* the daemon was, since all is well again */
	unsigned int disturbances;	/* what was not our doing, so far */
	unsigned int disturbances_seen; /* ... by the daemon */
	unsigned long writes_seen;	/* of SIM_WRITES, at the daemon's last look */

	struct sim_daemon daemon;

	/* checks */
	ARRAY(struct sim_shadow) shadows;
	unsigned int warnings; /* of the kernel, that others have caused */
	struct sim_cut cut;    /* the change that a crash cut short */
	unsigned int failures; /* of writes, ordered so far */
	bool tainted;	   /* something could not be taken back, and has told so, in this boot */
	char problem[512]; /* the first violation, or "" */
};

#define SIM_TRACE(sim, ...) sim_trace_line(&(sim)->trace, (sim)->now_ms, __VA_ARGS__)

static inline void sim_count(struct sim *sim, enum sim_count what)
{
	sim->counts[what]++;
}

static inline size_t sim_below(struct sim *sim, size_t count)
{
	return sim_random_below(&sim->random, count);
}

static inline bool sim_chance(struct sim *sim, unsigned int percent)
{
	return sim_random_chance(&sim->random, percent);
}

static inline struct world sim_world(const struct sim *sim, const struct topology *topology)
{
	return (struct world){
		.topology = topology,
		.boot = sim->boot,
		.causes = sim->broken == SIM_BREAK_CAUSES ? NULL : &sim->daemon.causes,
		.look = sim->daemon.look,
	};
}

/** sim_violation() - something that must hold does not; the first one is kept */
void sim_violation(struct sim *sim, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** sim_commit() - to the store, at once; fails when the world says so */
int sim_commit(struct sim *sim, const struct store_change *changes, size_t count,
	       uint64_t *ret_revision);
