// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claims on lamps: the lamp's part of a claim, and the conditions.
 */
#include "test/unit/daemon/claim/lamp/lamp-claim.h"

#include <errno.h>
#include <stdio.h>

#include "daemon/claim/claim-field.h"
#include "test/unit/daemon/claim/lamp/lamp-subject.h"
#include "util/json.h"

/* ---- values ---- */

enum lamp_wish {
	LAMP_WISH_LAMP,
	LAMP_WISH_DARK,
};

static const struct claim_wish wishes[] = {
	[LAMP_WISH_LAMP] = { .name = "lamp" },
	[LAMP_WISH_DARK] = { .name = "dark", .changes_in_place = true },
	{ NULL },
};

static const struct lamp_claim nothing = { .number = -1 };

static bool is_same(const struct claim *a, const struct claim *b, size_t wish)
{
	return wish == LAMP_WISH_LAMP ? lamp_claim(a)->number == lamp_claim(b)->number
				      : lamp_claim(a)->dark == lamp_claim(b)->dark;
}

void lamp_claim_give(struct claim *claim, uint64_t serial)
{
	struct lamp_claim *own = lamp_claim(claim);

	own->serial = serial;
	own->member = (struct claim_member){ .serial = serial };
	own->devices = (struct claim_member_list){ &own->member, serial ? 1 : 0 };
}

static int inherit(struct claim *claim, const struct claim *stored)
{
	lamp_claim_give(claim, lamp_claim(stored)->serial);
	return 0;
}

static void release(struct claim *claim)
{
	lamp_claim_give(claim, 0);
}

static void yield(struct claim *claim, const struct claim *later)
{
	if (lamp_claim(claim)->number == lamp_claim(later)->number)
		release(claim);
}

static uint64_t place(const struct claim *claim)
{
	return lamp_claim(claim)->serial ? (uint64_t)lamp_claim(claim)->number : CLAIM_NO_PLACE;
}

static const struct claim_member_list *devices(const struct claim *claim)
{
	return &lamp_claim(claim)->devices;
}

/* ---- as JSON ---- */

static const struct claim_word lamps[] = {
	{ "lamp0", 0 },
	{ "lamp1", 1 },
	{ NULL },
};

static const struct claim_field fields[] = {
	{ "lamp", CLAIM_FIELD_WORD, offsetof(struct lamp_claim, number), .words = lamps },
	{ "dark", CLAIM_FIELD_FLAG, offsetof(struct lamp_claim, dark) },
	{ "serial", CLAIM_FIELD_NUMBER, offsetof(struct lamp_claim, serial), 1, UINT64_MAX - 1 },
	{ NULL },
};

static int check(const struct claim_reader *reader, struct json_object *object)
{
	(void)object;
	if (lamp_claim(reader->claim)->number < 0)
		return CLAIM_REFUSE(reader, "write a \"lamp\"", "the claim names no lamp");
	lamp_claim_give(reader->claim, lamp_claim(reader->claim)->serial);
	return 0;
}

static int add_wish(const struct claim *claim, struct json_object *object)
{
	const struct lamp_claim *own = lamp_claim(claim);

	return json_add_string(object, "lamp", claim_word_of(lamps, own->number)) < 0
		       ? -ENOMEM
		       : claim_add_true(object, "dark", own->dark);
}

static int add_given(const struct claim *claim, struct json_object *object)
{
	const struct lamp_claim *own = lamp_claim(claim);

	return own->serial ? json_add_u64(object, "serial", own->serial) : 0;
}

static const char *given(const struct claim *claim)
{
	return lamp_claim(claim)->serial ? "serial" : NULL;
}

/* ---- conditions ---- */

bool lamp_claim_is_lit(const struct claim *claim, const struct world *world)
{
	char ident[32];

	(void)snprintf(ident, sizeof(ident), "serial:0x%x", lamp_claim(claim)->number + 1);
	return topology_find_memdev(world->topology, ident) != NULL;
}

/* The first fault. */
static struct claim_state find_problem(const struct lamp_claim *own, bool is_lit,
				       struct claim_cure *cure)
{
	*cure = (struct claim_cure){ .remedy = CLAIM_REMEDY_NONE };
	if (is_lit && own->dark) {
		*cure = (struct claim_cure){ .remedy = CLAIM_REMEDY_DISABLE, .is_drift = true };
		return (struct claim_state){ false, "Lit", "it is to be dark" };
	}
	if (is_lit || own->dark)
		return (struct claim_state){ true, "AsBright", NULL };
	*cure = (struct claim_cure){ .remedy = CLAIM_REMEDY_MAKE, .is_drift = own->serial != 0 };
	return own->serial ? (struct claim_state){ false, "WentOut", "it has gone out" }
			   : (struct claim_state){ false, "NotLit", "it was not lit yet" };
}

static int observe(const struct claim *claim, const struct world *world, struct arena *arena,
		   struct claim_sight *ret_sight)
{
	const struct lamp_claim *own = lamp_claim(claim);
	const bool is_lit = lamp_claim_is_lit(claim, world);
	struct claim_state *states = ret_sight->states;

	*ret_sight = (struct claim_sight){ .object = NULL };
	states[CLAIM_PLANNED] = (struct claim_state){ true, "SocketPresent", NULL };
	states[CLAIM_ONLINE] = find_problem(own, is_lit, &ret_sight->cure);
	states[CLAIM_CARVED] = (struct claim_state){ is_lit, "Plugged", NULL };
	states[CLAIM_DEGRADED] = states[CLAIM_LOST] = states[CLAIM_STALLED] =
		(struct claim_state){ .reason = CLAIM_AS_WANTED };
	if (is_lit)
		ret_sight->object = arena_strdup(arena, claim_word_of(lamps, own->number));
	return is_lit && !ret_sight->object ? -ENOMEM : 0;
}

static uint64_t digest(const struct world *world)
{
	return world->topology->memdevs.count;
}

const struct claim_kind lamp_claims = {
	.name = "lamp",
	.object = "shines",
	.device = "bulb",
	.wishes = wishes,
	.size = sizeof(struct lamp_claim),
	.null_part = &nothing,
	.is_same = is_same,
	.inherit = inherit,
	.release = release,
	.yield = yield,
	.place = place,
	.devices = devices,
	.fields = fields,
	.check = check,
	.add_wish = add_wish,
	.add_given = add_given,
	.given = given,
	.observe = observe,
	.digest = digest,
	.lanes = lamp_lanes,
	.ask = lamp_asked_new,
	.mend = lamp_mending_new,
	.take_up = lamp_leftover_new,
};
