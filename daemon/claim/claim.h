/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A claim: what somebody wants to have, for as long as the claim is there. It says what is wanted
 * and what it was given, both by what survives a reboot: serial numbers, places in the PCI tree,
 * UUIDs, addresses; never by mem3 or region0. Here is what claims of every kind have; what is
 * wanted and given is the kind's own part (claim-kind.h).
 *
 * Pure. Values: a claim is read, compared, and written anew; nobody patches the texts of one that
 * others may hold.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/arena.h"
#include "util/array.h"
#include "util/refusal.h"

struct claim_kind;
struct claim_kinds;
struct json_object;

/* "[a-z0-9]", then up to 62 of "[a-z0-9._-]": it becomes part of a key, a path, a metric. */
#define CLAIM_NAME_MAX 63

/* What is done when somebody else changes what the claim was given. */
enum claim_drift {
	CLAIM_DRIFT_MEND,  /* it is made good again */
	CLAIM_DRIFT_LEAVE, /* it is told, and left to an admin */
};

/* One device, by what it says of itself, else by where it is. */
struct claim_member {
	uint64_t serial;  /* 0 or UINT64_MAX: it says nothing of use */
	const char *path; /* its place, where the serial does not tell; or NULL */
};

/* ARRAY(struct claim_member) with a name of its own: claims and what they were given share its
 * code. */
struct claim_member_list {
	struct claim_member *items;
	size_t count;
};

struct claim {
	const struct claim_kind *kind;
	const char *name;
	const char *owner; /* who asked for it: "root", "uid:1000", an orchestrator's own words */
	enum claim_drift drift;
	bool adopted;	    /* what it was given was made by others */
	void *own;	    /* the kind's part */
	struct arena arena; /* owns every text, and `own` */
};

#define CLAIM_NULL ((struct claim){ .arena = ARENA_NULL })

/**
 * claim_init() - a claim that says nothing yet
 * @claim: CLAIM_NULL before; to be deinitialised also on failure
 *
 * Return: 0 or -ENOMEM.
 */
int claim_init(struct claim *claim, const struct claim_kind *kind);

void claim_deinit(struct claim *claim);

/** claim_name_is_valid() - as described at CLAIM_NAME_MAX */
bool claim_name_is_valid(const char *name);

/**
 * claim_check_name() - may somebody call a claim so from now on?
 *
 * What the kernel calls its objects, and the words of our verbs for them, are no names for claims:
 * whoever says region1 would mean one thing and be given another. An older cxlfm took them, so
 * that a claim that is stored may have one: it is read, but not made.
 *
 * @problems: receives why not; code "bad-claim"
 *
 * Return: 0; CLAIM_E_BAD; -ENOMEM.
 */
int claim_check_name(const char *name, struct refusal_list *problems);

/** claim_member_has_serial() - does its serial number say anything of use? */
bool claim_member_has_serial(const struct claim_member *member);

/** claim_member_is_same() - do both mean the same device: by serial number, else by place? */
bool claim_member_is_same(const struct claim_member *a, const struct claim_member *b);

/**
 * claim_members_are_same() - do both lists mean the same devices?
 * @ordered: at the same positions
 */
bool claim_members_are_same(const struct claim_member_list *a, const struct claim_member_list *b,
			    bool ordered);

/**
 * claim_copy() - a claim that says the same
 * @ret_claim: CLAIM_NULL before; to be deinitialised also on failure
 *
 * Return: 0 or -ENOMEM.
 */
int claim_copy(const struct claim *claim, struct claim *ret_claim);

/**
 * claim_inherit() - takes over what no wish says: owner, adopted, and what was given
 * @stored: the claim of the same kind as it was before its wish changed
 *
 * Return: 0 or -ENOMEM, and then @claim is as it was.
 */
int claim_inherit(struct claim *claim, const struct claim *stored);

/* The positive outcome of what reads or resolves a claim; the refusals say why. */
#define CLAIM_E_BAD 1

/**
 * claim_refuse() - adds a refusal about a claim
 * @name: of the claim, or NULL
 *
 * Return: CLAIM_E_BAD or -ENOMEM.
 */
int claim_refuse(struct refusal_list *problems, const char *code, const char *name,
		 const char *hint, const char *format, ...) __attribute__((format(printf, 5, 6)));

/**
 * claim_check_kind() - is a claim that is there of the kind that somebody means by its name?
 * @problems: receives that it is not; code "claim-exists"
 *
 * What a claim of one kind was given is of no use to one of another, so a claim stays of its kind.
 *
 * Return: 0; CLAIM_E_BAD; -ENOMEM.
 */
int claim_check_kind(const struct claim *claim, const struct claim_kind *kind,
		     struct refusal_list *problems);

/**
 * claim_to_json() - the claim as the store keeps it and the API shows it
 *
 * {"name", "kind" (of other kinds than the first), what the kind wants, "drift": "mend"|"leave",
 *  "owner", "adopted" (when true), what the kind was given}
 *
 * Return: a new object, or NULL when there is no memory.
 */
struct json_object *claim_to_json(const struct claim *claim);

/**
 * claim_wish_to_json() - the claim without what it was given: no owner, adopted, or the like
 *
 * Return: a new object, or NULL when there is no memory.
 */
struct json_object *claim_wish_to_json(const struct claim *claim);

/**
 * claim_from_json() - reads a claim; members that neither it nor its kind knows are refused by name
 *
 * "name" is needed. Without "kind" it is of the first of @kinds, without "drift" mended. A member
 * that is null is as absent.
 *
 * @problems: receives what is wrong; codes "bad-claim"
 * @ret_claim: CLAIM_NULL before; to be deinitialised also on failure
 *
 * Return: 0; CLAIM_E_BAD; -ENOMEM.
 */
int claim_from_json(const struct claim_kinds *kinds, struct json_object *object,
		    struct refusal_list *problems, struct claim *ret_claim);

/* ---- what two wishes differ in ---- */

/* A bit for each of the kind's wishes (struct claim_kind), and these. */
#define CLAIM_DIFFERS_IN_DRIFT (1u << 31)
#define CLAIM_DIFFERS_IN_KIND  (1u << 30)

/** claim_differences() - a bit for each that is not the same in both */
unsigned int claim_differences(const struct claim *a, const struct claim *b);

/** claim_is_same_wish() - whether two claims want the same, whatever their names and bindings */
bool claim_is_same_wish(const struct claim *a, const struct claim *b);

enum claim_change {
	CLAIM_CHANGE_NONE,
	CLAIM_CHANGE_IN_PLACE, /* what it was given stays */
	CLAIM_CHANGE_REMAKE,   /* it has to be given something else */
};

/** claim_change_kind() - what it takes to get from one wish to the other */
enum claim_change claim_change_kind(const struct claim *from, const struct claim *to);
