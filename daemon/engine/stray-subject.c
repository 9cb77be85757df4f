// SPDX-License-Identifier: GPL-2.0-only
/* The subject of the change that gives a stray back: one stage of one step. */
#include "daemon/engine/stray-subject.h"

#include <errno.h>
#include <stdlib.h>

#include "change/performer.h"
#include "daemon/claim/claim-table.h"
#include "daemon/claim/subject.h"
#include "util/json.h"

/* As for a claim that is mended: nobody waits for the step. */
#define STEP_TIMEOUT_MS 60000

struct stray {
	struct subject subject; /* first */
	struct step step;
	struct step_list steps; /* the step, as a list */
	struct lane_set lanes;
	struct reservation_set reserves; /* the name of the object */
	struct arena arena;		 /* owns the texts of the step */
};

static const struct stray *of(const struct subject *subject)
{
	return (const struct stray *)subject;
}

static const char *object(const struct subject *subject)
{
	return of(subject)->step.object;
}

static const char *no_claim(const struct subject *subject)
{
	return NULL;
}

static bool always(const struct subject *subject)
{
	return true;
}

static bool never(const struct subject *subject)
{
	return false;
}

static const struct lane_set *lanes(const struct subject *subject)
{
	return &of(subject)->lanes;
}

static const struct topology *no_draft(const struct subject *subject)
{
	return NULL;
}

static const struct topology *looked(struct subject *subject, struct json_object *record)
{
	return NULL;
}

/* In its lanes nobody makes an object any more, so the claims are those that count. */
static int plan(struct subject *subject, const struct subject_view *view, struct change *change,
		struct change_stage *ret_stage)
{
	struct stray *own = (struct stray *)subject;

	subject->is_moot = claim_table_names(view->claims, own->reserves.list.items[0].name);
	own->steps.list.count = !subject->is_moot;
	*ret_stage = (struct change_stage){ .steps = &own->steps, .reserves = &own->reserves };
	return 0;
}

static int store_nothing(struct subject *subject, const struct change *change,
			 const struct claim_table *claims, struct store_change *ret_change)
{
	return 0;
}

static int closed(struct subject *subject, const struct change *change, struct claim_table *claims,
		  uint64_t revision)
{
	return 0;
}

static struct json_object *outcome(const struct subject *subject, const struct change *change,
				   const struct claim_table *claims)
{
	return json_object_new_object();
}

static void ended(struct subject *subject, const struct change *change)
{
}

static void stray_free(struct subject *subject)
{
	struct stray *own = (struct stray *)subject;

	reservation_set_deinit(&own->reserves);
	arena_deinit(&own->arena);
	free(own);
}

/* One stage, of which nothing is proved but the step, and which no client has asked for. */
static const struct subject_ops stray_ops = {
	.object = object,
	.claim = no_claim,
	.needs_claims = always,
	.lanes = lanes,
	.draft = no_draft,
	.looked = looked,
	.plan = plan,
	.destroys = never,
	.close = store_nothing,
	.lasts = never,
	.ends_claim = no_claim,
	.closed = closed,
	.outcome = outcome,
	.ended = ended,
	.free = stray_free,
};

static int copy(struct stray *own, const struct performer_held *held)
{
	struct arena *arena = &own->arena;
	char lane[LANE_MAX];
	int rc;

	own->step = (struct step){
		.kind = held->step.kind,
		.object = arena_strdup(arena, held->step.object),
		.of = arena_strdup(arena, held->step.of),
		.from = arena_strdup(arena, held->step.from),
		.to = arena_strdup(arena, held->step.to),
	};
	if (!own->step.object || !own->step.of || !own->step.from || !own->step.to)
		return -ENOMEM;
	own->steps.list.items = &own->step;
	step_lane(&own->step, lane);
	rc = lane_set_add(&own->lanes, lane);
	return rc ? rc : reservation_set_add(&own->reserves, held->name);
}

struct subject *stray_new(const struct performer_held *held)
{
	struct stray *own = calloc(1, sizeof(*own));

	if (!own)
		return NULL;
	*own = (struct stray){
		.subject = { .ops = &stray_ops, .timeout_ms = STEP_TIMEOUT_MS },
		.arena = ARENA_NULL,
	};
	if (copy(own, held) == 0)
		return &own->subject;
	stray_free(&own->subject);
	return NULL;
}
