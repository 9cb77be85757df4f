/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A claim: what its owner wants to have, for as long as the claim is there. A claim says what is
 * wanted (the wish) and what the claim was given (the binding). Both name devices by what survives
 * a reboot: serial numbers, places in the PCI tree, UUIDs, addresses; never by mem3 or region0.
 * This file has what claims of every kind have; wish and binding are the kind's own part
 * (claim-kind.h).
 *
 * Pure. Values: a claim is read, compared, and written anew; nobody patches the texts of a claim
 * that others may hold.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "change/reservations.h"
#include "util/arena.h"
#include "util/array.h"
#include "util/refusal.h"

struct claim_kind;
struct claim_kinds;
struct json_object;

/* "[a-z0-9]", then up to 62 of "[a-z0-9._-]": a name becomes part of a key, a path, a metric. */
#define CLAIM_NAME_MAX 63

/* What the daemon does when another program or a person changes what the claim was given. */
enum claim_drift {
	CLAIM_DRIFT_MEND,  /* the daemon mends the claim */
	CLAIM_DRIFT_LEAVE, /* the daemon tells of the drift, and leaves the drift to an admin */
};

/* One device, by its serial number, else by its place. */
struct claim_member {
	uint64_t serial;  /* 0 or UINT64_MAX: the device has no serial number of use */
	const char *path; /* the device's place, where the serial number does not tell; or NULL */
};

/* ARRAY(struct claim_member) with a name of its own: wishes and bindings share its code. */
struct claim_member_list {
	struct claim_member *items;
	size_t count;
};

struct claim {
	const struct claim_kind *kind;
	const char *name;
	const char
		*owner; /* who asked for the claim: "root", "uid:1000", an orchestrator's words */
	enum claim_drift drift;
	bool adopted;	    /* others made what the claim was given */
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
 * claim_check_name() - may a new claim have this name?
 *
 * The kernel's names for objects, and the words of our verbs for objects, are no names for claims:
 * an admin who says region1 would mean one thing and be given another. An older cxlfm took such
 * names. A stored claim may have such a name, and is read; a new claim may not.
 *
 * @problems: receives why not; code "bad-claim"
 *
 * Return: 0; CLAIM_E_BAD; -ENOMEM.
 */
int claim_check_name(const char *name, struct refusal_list *problems);

/**
 * claim_check_wish() - does a claim that somebody asks for say only what is wanted?
 * @problems: receives code "bad-claim" for an owner, for "adopted", and for what was given: only a
 *	change that was carried out writes these
 *
 * Return: 0; CLAIM_E_BAD; -ENOMEM.
 */
int claim_check_wish(const struct claim *claim, struct refusal_list *problems);

/** claim_member_has_serial() - does the device have a serial number of use? */
bool claim_member_has_serial(const struct claim_member *member);

/**
 * claim_member_ident() - the identity of a device, as steps and reservations have it: "serial:0x1"
 *
 * Return: false for a device without an identity.
 */
bool claim_member_ident(const struct claim_member *member, char ident[static RESERVATION_MAX]);

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
 * claim_inherit() - takes over what no wish says: owner, adopted, and the binding
 * @stored: the claim of the same kind before its wish changed
 *
 * Return: 0 or -ENOMEM, and then @claim is as it was.
 */
int claim_inherit(struct claim *claim, const struct claim *stored);

/* The positive result of functions that read or resolve a claim; the refusals say why. */
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
 * claim_check_kind() - is the claim of the kind that the request is about?
 * @problems: receives that the claim is of another kind; code "claim-exists"
 *
 * What a claim of one kind was given is of no use to a claim of another, so a claim stays of its
 * kind.
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
 * claim_wish_to_json() - the claim without its binding, without "owner" and "adopted"
 *
 * Return: a new object, or NULL when there is no memory.
 */
struct json_object *claim_wish_to_json(const struct claim *claim);

/**
 * claim_from_json() - reads a claim; a member that no claim of its kind has is refused by name
 *
 * "name" is needed. A claim without "kind" is of the first of @kinds; the drift of a claim without
 * "drift" is mended. A member that is null counts as absent.
 *
 * @problems: receives what is wrong; codes "bad-claim"
 * @ret_claim: CLAIM_NULL before; to be deinitialised also on failure
 *
 * Return: 0; CLAIM_E_BAD; -ENOMEM.
 */
int claim_from_json(const struct claim_kinds *kinds, struct json_object *object,
		    struct refusal_list *problems, struct claim *ret_claim);

/* ---- what two wishes differ in ---- */

/* A difference is a bit for each of the kind's wishes (struct claim_kind), or one of these. */
#define CLAIM_DIFFERS_IN_DRIFT (1u << 31)
#define CLAIM_DIFFERS_IN_KIND  (1u << 30)

/** claim_differences() - a bit for each wish that is not the same in both claims */
unsigned int claim_differences(const struct claim *a, const struct claim *b);

/** claim_is_same_wish() - whether two claims want the same, whatever their names and bindings */
bool claim_is_same_wish(const struct claim *a, const struct claim *b);

enum claim_change {
	CLAIM_CHANGE_NONE,
	CLAIM_CHANGE_IN_PLACE, /* what the claim was given stays */
	CLAIM_CHANGE_REMAKE,   /* the claim has to be given something else */
};

/** claim_change_kind() - how the claim gets from one wish to the other */
enum claim_change claim_change_kind(const struct claim *from, const struct claim *to);
