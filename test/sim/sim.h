/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The simulation: one host, one daemon, clients, another admin, and a virtual clock, all drawn from
 * one seed. The kernel is test/lib/fake-kernel.h, the store is the one that ends with the process.
 * The daemon's own code decides (daemon/claim, cxl/plan, cxl/step), and sim-daemon.c does, in small
 * turns, the work that daemon/engine/, reconciler.c and manager.c do on their loop. Between any two
 * turns the world may act (sim-world.c, sim-admin.c, sim-client.c), and sim-check.c asserts the
 * invariants after each.
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

/* Deliberate mistakes, which the simulation has to find. */
enum sim_break {
	SIM_BREAK_NOTHING,
	SIM_BREAK_JOURNAL, /* a change begins without a note in the journal */
	SIM_BREAK_UNDO, /* the steps of an interrupted change are forgotten instead of taken back */
	SIM_BREAK_ONLINE,   /* memory is removed without being taken offline */
	SIM_BREAK_PATIENCE, /* a failed attempt is repeated at once */
	SIM_BREAK_DATA,	    /* a client need not consent to the loss of data */
	SIM_BREAK_CAUSES,   /* events of devices are forgotten */
	/* On hosts with lamps. */
	SIM_BREAK_SETTLE,      /* values are trusted while an order may still come */
	SIM_BREAK_RESERVATION, /* a memdev that a change has to do with is given to another change
				*/
	SIM_BREAK_RECEIPT,     /* that something was destroyed is not noted */
	SIM_BREAK_DURABLE,     /* the note of lasting steps does not survive a power cut */
	SIM_BREAK_UNUSED,      /* an object is taken away without a look for users */
	SIM_BREAK_REFUSAL,     /* the way back goes on after a refusal */
	SIM_BREAK_INVERSES,    /* a closed stage is taken back without a plan */
	SIM_BREAK_AWAIT,       /* the next stage begins before its memdevs have come */
	SIM_BREAK_LANE,	       /* a change begins while another change holds its lane */
	SIM_BREAK_DEPOSED,     /* a change whose lane another manager has goes back all the same */
	SIM_BREAK_COUNT,
};

/* Kinds of events, counted over all seeds. */
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
	SIM_STALLED,   /* claims that are not as wanted at the end */
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
	/* Of hosts with lamps. */
	SIM_LAMP_ADDS,
	SIM_LAMP_REMOVES,
	SIM_LAMP_BURNS,
	SIM_LAMP_STAGES,
	SIM_LAMP_STAGES_BACK,
	SIM_LAMP_REFUSED_BACK,
	SIM_LAMP_RECOVERED,
	SIM_LAMP_HANDS,
	SIM_LAMP_FATES,
	SIM_LAMP_LATE,
	SIM_LAMP_SLOW,
	SIM_LAMP_NOT_COME,
	SIM_LAMP_MUTES,
	SIM_LAMP_TAKEN,
	SIM_LAMP_HANDED_OVER,
	SIM_LAMP_NIGHTS,
	SIM_LAMP_BESIDE,
	SIM_COUNT_COUNT,
};

/* A memdev of the world, plugged or in a drawer. */
struct sim_device {
	const struct topo_memdev *topo; /* of the start snapshot */
	int slot;			/* -1: in a drawer */
	/* The time of the last reset or removal, as far as the running daemon has heard of the
	 * event. */
	bool struck;
	uint64_t struck_ms, struck_look;
};

/* A region that belongs to no claim. */
struct sim_foreign {
	char region[SIM_NAME_MAX], decoder[SIM_NAME_MAX], dax[SIM_NAME_MAX];
	hpa_t hpa;
	uint64_t size;
	bool twin;  /* can't be told from a claim's region: see sim_check_twins() */
	bool empty; /* a name and addresses without a memdev: its owner is unknown */
};

/* An entry of the store before a commit, which a power cut may restore. */
struct sim_loss {
	bool begins; /* the first entry of its commit */
	char *key, *value;
};

/* The checks' own knowledge of a claim. */
struct sim_shadow {
	char name[CLAIM_NAME_MAX + 1];
	bool hands;		/* another admin has changed something since the claim was well */
	bool nature;		/* ... and an event has, too */
	bool is_ill;		/* at the last look */
	unsigned int attempts;	/* failed attempts in a row */
	uint64_t seen_look;	/* the last look, 0: none */
	uint64_t before_look;	/* the last look without somebody's doing */
	uint64_t seen_ms;	/* the time of that look */
	uint64_t from_ms;	/* earlier events are no excuse, except to looks */
	uint64_t mended_look;	/* events before that look have had their effect */
	uint64_t until_ms;	/* later events are no excuse; UINT64_MAX: none is needed */
	bool excused;		/* an event of its device has caused the present state */
	uint64_t tried_ms;	/* the time of the last attempt */
	bool released;		/* at the last look: its region was taken down */
	bool planned;		/* at the last look: it was planned */
	uint64_t well_since_ms; /* or 0 */
};

/* The change that the last crash has interrupted. */
struct sim_cut {
	char *before; /* the host before the change that was cut short; NULL: none was */
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
	size_t device_count; /* also the number of slots, at the places of the start snapshot */
	char boot[SIM_BOOT_MAX];
	unsigned int boots;
	uint64_t now_ms;  /* CLOCK_BOOTTIME */
	uint64_t real_ms; /* CLOCK_REALTIME */
	struct store *store;
	ARRAY(struct sim_loss) losses;
	size_t lamp_count;	 /* 0: the host has none */
	struct sim_lamps *lamps; /* or NULL */
	int store_error;	 /* of the next commit, or 0 */
	bool proof_fails;	 /* the next proof fails */
	unsigned int entries;	 /* of the journal, so far */
	ARRAY(struct sim_foreign) foreign;
	bool restarted;			/* the daemon was restarted since the last failure */
	unsigned int disturbances;	/* changes of the host by others, so far */
	unsigned int disturbances_seen; /* the disturbances that the daemon has seen */
	unsigned long writes_seen;	/* SIM_WRITES at the daemon's last look */

	struct sim_daemon daemon;

	/* checks */
	ARRAY(struct sim_shadow) shadows;
	unsigned int warnings; /* of the kernel, caused by others */
	struct sim_cut cut;    /* the change that a crash has interrupted */
	unsigned int failures; /* of writes, ordered so far */
	bool tainted;	       /* in this boot, a change could not be taken back, and has said so */
	char problem[512];     /* the first violation, or "" */
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

/** sim_violation() - an invariant is violated; the first violation is kept */
void sim_violation(struct sim *sim, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** sim_commit() - commits to the store at once; fails if the world orders that */
int sim_commit(struct sim *sim, const struct store_change *changes, size_t count,
	       enum store_durability durability, uint64_t *ret_revision);
