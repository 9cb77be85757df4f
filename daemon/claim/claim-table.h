/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The claims that the daemon knows; for each claim its conditions, and since when each condition
 * holds. Pure: the store keeps the claims, and the reconciler carries remedies out.
 */
#pragma once

#include <stdint.h>

#include "daemon/claim/claim-remedy.h"

struct json_object;
struct lane_set;

/* A claim's key in the store is this prefix and the claim's name. */
#define CLAIM_PREFIX  "claim/"
#define CLAIM_KEY_MAX (sizeof(CLAIM_PREFIX) + CLAIM_NAME_MAX)

/* How many claims there may be: of all owners; of one owner other than root; for root alone. */
#define CLAIMS_MAX	     4096
#define CLAIMS_OF_A_USER_MAX 1024
#define CLAIMS_OF_ROOT	     1024

struct claim_record {
	struct claim claim;
	uint64_t revision; /* of the claim's entry in the store */
	struct claim_sight sight;
	uint64_t since_ms[CLAIM_CONDITION_COUNT]; /* CLOCK_REALTIME; 0: never observed */
	struct arena arena;			  /* owns the texts of the sight */
	/*
	 * Both are set by the last claim_table_observe(). @changed has a bit (1u << enum
	 * claim_condition) for each condition that began or ceased to hold, or has a new reason.
	 * @is_new: this was the first look at the claim, so that every condition is new.
	 */
	unsigned int changed;
	bool is_new;
	bool is_reserved;     /* a change works on the claim, which is neither judged nor mended */
	uint64_t judged_from; /* the number of the first look by which the claim is judged */
	bool is_stale; /* the claim was put since the look: its states are those of another wish */
	enum claim_remedy remedy;     /* what would mend the claim */
	struct claim_mending mending; /* the attempts so far */
};

struct claim_table {
	ARRAY(struct claim_record *) records; /* by name */
	const struct claim_kinds *kinds;      /* of its claims */
	uint64_t digest; /* of the part of the last look that plans are made from */
	/*
	 * A number that grows when a wish is added, changed or removed: parts of a listing belong
	 * to one state as long as the number stays.
	 */
	uint64_t state;
};

/* An empty table for claims of these kinds. */
#define CLAIM_TABLE_OF(of) ((struct claim_table){ .kinds = (of) })

void claim_table_deinit(struct claim_table *table);

/** claim_table_find() - the record of a name, or NULL */
struct claim_record *claim_table_find(const struct claim_table *table, const char *name);

/**
 * claim_table_names() - may a claim have been given this device?
 * @name: as reservations name the device: a word, a colon, and the identity, which counts here
 *
 * Nobody knows what a claim of an unknown kind was given: such a claim may have any device.
 */
bool claim_table_names(const struct claim_table *table, const char *name);

/**
 * claim_table_has_room() - may this owner have one more claim?
 * @owner: as in a claim, "uid:1000"
 */
bool claim_table_has_room(const struct claim_table *table, const char *owner);

/**
 * claim_table_set() - adds a claim, or replaces the claim of that name
 * @claim: taken over on success
 *
 * A resource belongs to the claim that was given the resource last: another claim that was given
 * the resource before loses it.
 *
 * Return: 0 or -ENOMEM.
 */
int claim_table_set(struct claim_table *table, struct claim *claim, uint64_t revision);

/** claim_table_remove() - forgets a claim, if the table has the claim */
void claim_table_remove(struct claim_table *table, const char *name);

/** claim_table_new_name() - a name that no claim has, after its kind: "memory-1" */
void claim_table_new_name(const struct claim_table *table, const struct claim_kind *kind,
			  char name[static CLAIM_NAME_MAX + 1]);

/**
 * claim_table_observe() - finds the conditions of all claims on a host, and each claim's remedy
 * @real_ms: CLOCK_REALTIME
 * @now_ms: CLOCK_BOOTTIME
 *
 * Return: 0 or -ENOMEM, and then some records are unchanged.
 */
int claim_table_observe(struct claim_table *table, const struct world *world, uint64_t real_ms,
			uint64_t now_ms);

/** claim_table_reserve() - a change works on a claim; without effect when there is no such claim */
void claim_table_reserve(struct claim_table *table, const char *name);

/**
 * claim_table_release() - the change that worked on a claim has ended
 * @look: the number of a look that shows the end; an earlier look shows no drift
 */
void claim_table_release(struct claim_table *table, const char *name, uint64_t look);

/**
 * claim_table_put_off() - no claim is mended before this moment
 * @until_ms: CLOCK_BOOTTIME
 */
void claim_table_put_off(struct claim_table *table, uint64_t until_ms);

/**
 * claim_table_is_due() - is there a claim of another owner to be mended now?
 * @lanes: claims whose changes need none of these lanes do not count
 * @now_ms: CLOCK_BOOTTIME
 * @claimant: the owner whose claims do not count
 * @except: the name of a claim that does not count either
 */
bool claim_table_is_due(const struct claim_table *table, const struct lane_set *lanes,
			uint64_t now_ms, const char *claimant, const char *except);

/* Says whether a change that mends a claim may begin now in these lanes. */
struct claim_gate {
	bool (*is_open)(void *userdata, const struct lane_set *lanes);
	void *userdata;
};

/**
 * claim_table_next() - the claim to be mended next
 * @gate: claims whose lanes are not open are passed over; NULL: all lanes are open
 * @ret_wake_ms: when there is no claim, the time (CLOCK_BOOTTIME) at which there may be a claim;
 *	UINT64_MAX: not before the host changes
 *
 * Return: the record, with its remedy, or NULL.
 */
struct claim_record *claim_table_next(const struct claim_table *table,
				      const struct claim_gate *gate, uint64_t now_ms,
				      uint64_t *ret_wake_ms);

/** claim_record_holds() - is this condition known to hold for the claim's present wish? */
bool claim_record_holds(const struct claim_record *record, enum claim_condition condition);

/**
 * claim_record_add_condition() - adds the state of one condition
 *
 * {"condition", "holds", "reason", "text", "since"}; nothing for a claim that was never observed.
 *
 * Return: 0 or -ENOMEM.
 */
int claim_record_add_condition(const struct claim_record *record, enum claim_condition condition,
			       struct json_object *object);

/** claim_record_to_json() - a claim as claim_table_to_json() has it; NULL when there is no memory
 */
struct json_object *claim_record_to_json(const struct claim_record *record);

/**
 * claim_table_to_json() - the claims as the API shows them
 *
 * An array of claims; each with what the claim was given, as far as that is there, and with
 * "conditions".
 *
 * Return: a new object, or NULL when there is no memory.
 */
struct json_object *claim_table_to_json(const struct claim_table *table);
