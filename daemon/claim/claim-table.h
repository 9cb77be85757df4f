/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The claims that the daemon knows, with how each one stands and since when. Pure: what is stored
 * is the store's business, and doing what is to be done about a claim the reconciler's.
 */
#pragma once

#include <stdint.h>

#include "daemon/claim/claim-remedy.h"

struct json_object;

/* A claim's key in the store is this and its name. */
#define CLAIM_PREFIX  "claim/"
#define CLAIM_KEY_MAX (sizeof(CLAIM_PREFIX) + CLAIM_NAME_MAX)

/* How many claims there may be; of one owner other than root; and how many only root may have. */
#define CLAIMS_MAX	     4096
#define CLAIMS_OF_A_USER_MAX 1024
#define CLAIMS_OF_ROOT	     1024

struct claim_record {
	struct claim claim;
	uint64_t revision; /* of its entry in the store */
	struct claim_sight sight;
	uint64_t since_ms[CLAIM_CONDITION_COUNT]; /* CLOCK_REALTIME; 0: never observed */
	struct arena arena;			  /* owns the texts of the sight */
	/*
	 * By the last claim_table_observe(): a bit (1u << enum claim_condition) for each of which
	 * something is new, whether it holds or why; and whether all is, because it was the first.
	 */
	unsigned int changed;
	bool is_new;
	bool is_reserved;     /* a change has to do with it: it is neither judged nor made good */
	uint64_t judged_from; /* the number of the look that it is judged by at the earliest */
	bool is_stale; /* the claim was put since then: its states are those of another wish */
	enum claim_remedy remedy;     /* what would make it good */
	struct claim_mending mending; /* what was tried */
};

struct claim_table {
	ARRAY(struct claim_record *) records; /* by name */
	const struct claim_kinds *kinds;      /* of its claims */
	uint64_t digest; /* what the last look showed of what plans are made from */
	/*
	 * The wishes of all, as a number that grows with each that is new, another one or gone:
	 * what is told in parts is of one state as long as it stays.
	 */
	uint64_t state;
};

/* An empty table, of claims of these kinds. */
#define CLAIM_TABLE_OF(of) ((struct claim_table){ .kinds = (of) })

void claim_table_deinit(struct claim_table *table);

/** claim_table_find() - the record of a name, or NULL */
struct claim_record *claim_table_find(const struct claim_table *table, const char *name);

/**
 * claim_table_has_room() - may this owner have one more claim?
 * @owner: as in a claim, "uid:1000"
 */
bool claim_table_has_room(const struct claim_table *table, const char *owner);

/**
 * claim_table_set() - adds a claim, or puts another one in the place of that name
 * @claim: taken over on success
 *
 * What was given last is that claim's alone: another claim that was given some of it before no
 * longer has it.
 *
 * Return: 0 or -ENOMEM.
 */
int claim_table_set(struct claim_table *table, struct claim *claim, uint64_t revision);

/** claim_table_remove() - forgets a claim, if it is there */
void claim_table_remove(struct claim_table *table, const char *name);

/** claim_table_new_name() - a name that no claim has, after its kind: "memory-1" */
void claim_table_new_name(const struct claim_table *table, const struct claim_kind *kind,
			  char name[static CLAIM_NAME_MAX + 1]);

/**
 * claim_table_observe() - how all claims stand on a host, and what is to be done about each
 * @real_ms: CLOCK_REALTIME
 * @now_ms: CLOCK_BOOTTIME
 *
 * Return: 0 or -ENOMEM, and then some are as they were.
 */
int claim_table_observe(struct claim_table *table, const struct world *world, uint64_t real_ms,
			uint64_t now_ms);

/** claim_table_reserve() - a change has to do with a claim, if it is there */
void claim_table_reserve(struct claim_table *table, const char *name);

/**
 * claim_table_release() - the change has ended
 * @look: the number of a look that shows the end; what an earlier one shows is no drift
 */
void claim_table_release(struct claim_table *table, const char *name, uint64_t look);

/**
 * claim_table_put_off() - nothing is tried for any claim before this moment
 * @until_ms: CLOCK_BOOTTIME
 */
void claim_table_put_off(struct claim_table *table, uint64_t until_ms);

/**
 * claim_table_is_due() - is there a claim to be made good now, for somebody else?
 * @now_ms: CLOCK_BOOTTIME
 * @claimant: whose claims do not count
 * @except: the name of one that does not either
 */
bool claim_table_is_due(const struct claim_table *table, uint64_t now_ms, const char *claimant,
			const char *except);

/**
 * claim_table_next() - the claim to be made good next
 * @ret_wake_ms: when there is none, the time (CLOCK_BOOTTIME) at which there may be one;
 *	UINT64_MAX for not before the host changes
 *
 * Return: the record, with its remedy, or NULL.
 */
struct claim_record *claim_table_next(const struct claim_table *table, uint64_t now_ms,
				      uint64_t *ret_wake_ms);

/** claim_record_holds() - is this condition known to hold for the claim as it is now? */
bool claim_record_holds(const struct claim_record *record, enum claim_condition condition);

/**
 * claim_record_add_condition() - adds how it stands with one condition
 *
 * {"condition", "holds", "reason", "text", "since"}; not of a claim that was never observed.
 *
 * Return: 0 or -ENOMEM.
 */
int claim_record_add_condition(const struct claim_record *record, enum claim_condition condition,
			       struct json_object *object);

/** claim_record_to_json() - one of claim_table_to_json(); NULL when there is no memory */
struct json_object *claim_record_to_json(const struct claim_record *record);

/**
 * claim_table_to_json() - [the claims with what they were given, if it is there, and "conditions"],
 * as the API shows them
 *
 * Return: a new object, or NULL when there is no memory.
 */
struct json_object *claim_table_to_json(const struct claim_table *table);
