// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kinds of steps of the stand, and who performs the steps: the hand on this host, and wires.
 */
#include "test/unit/daemon/engine/engine-hands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/cleanup.h"

/* ---- the kinds of steps ---- */

static const char *const off[] = { "off", NULL };

static bool is_well_formed(const struct step *step)
{
	return *step->object != '\0';
}

static void lane_of_far(const struct step *step, char lane[static LANE_MAX])
{
	(void)snprintf(lane, LANE_MAX, "%.*s", (int)strcspn(step->object, ":"), step->object);
}

const struct step_kind near_kind = {
	.name = "near",
	.performer = "hand",
	.lane = "host",
	.nothings = off,
	.traits = STEP_REVERSIBLE,
	.is_well_formed = is_well_formed,
};

const struct step_kind far_kind = {
	.name = "far",
	.performer = "wire",
	.nothings = off,
	.traits = STEP_REVERSIBLE | STEP_LASTING,
	.late_ms = FAR_LATE_MS,
	.is_well_formed = is_well_formed,
	.lane_of = lane_of_far,
};

const struct step_kind wear_kind = {
	.name = "wear",
	.performer = "wire",
	.nothings = off,
	.traits = STEP_NO_TRACE | STEP_LASTING,
	.is_well_formed = is_well_formed,
	.lane_of = lane_of_far,
};

static bool is_not_lent(const struct world *world, const struct step *step)
{
	return !strstr(step->object, "used");
}

const struct step_kind lent_kind = {
	.name = "lent",
	.performer = "hand",
	.lane = "host",
	.nothings = off,
	.traits = STEP_REVERSIBLE,
	.is_well_formed = is_well_formed,
	.is_unused = is_not_lent,
};

static const struct step_kind *const kinds[] = { &near_kind, &far_kind, &wear_kind, &lent_kind };

const struct step_registry stand_kinds = { kinds, ARRAY_SIZE(kinds) };

bool stand_is_far(const char *object)
{
	return strncmp(object, "wire", strlen("wire")) == 0;
}

/* ---- who performs steps ---- */

struct hand {
	struct performer performer; /* first */
	struct stand *stand;
	sd_event_source *soon; /* what was asked for is answered from the loop */
	performer_values_fn on_values;
	performer_record_fn on_record;
	performer_held_fn on_held;
	const struct step_list *steps;
	void *userdata;
};

const char *stand_value(const struct stand *stand, const char *name)
{
	for (size_t i = 0; i < stand->value_count; i++)
		if (strcmp(stand->values[i].object, name) == 0)
			return stand->values[i].value;
	return "off";
}

static struct value value_of(const char *name, const char *text)
{
	struct value value;

	assert_true(strlen(name) < sizeof(value.object) && strlen(text) < sizeof(value.value));
	(void)snprintf(value.object, sizeof(value.object), "%s", name);
	(void)snprintf(value.value, sizeof(value.value), "%s", text);
	return value;
}

/* The texts are those of a change that may end. */
void stand_set_value(struct stand *stand, const char *name, const char *text)
{
	for (size_t i = 0; i < stand->value_count; i++)
		if (strcmp(stand->values[i].object, name) == 0) {
			stand->values[i] = value_of(name, text);
			return;
		}
	assert_true(stand->value_count < VALUES_MAX);
	stand->values[stand->value_count++] = value_of(name, text);
}

/* Does the daemon die at this effect? From then on nothing has one. */
bool stand_dies(struct stand *stand)
{
	if (stand->is_dead || ++stand->effects != stand->dies_at)
		return false;
	stand->is_dead = true;
	return true;
}

static int hand_perform(struct performer *performer, const struct step *step, uint64_t timeout_ms,
			performer_step_fn on_step, performer_late_fn on_late, void *userdata)
{
	struct stand *stand = ((struct hand *)performer)->stand;

	if (stand_dies(stand)) {
		if (stand->death == DIES_LATE && step->kind->late_ms)
			stand->late = value_of(step->object, step->to);
		else if (stand->death != DIES_BEFORE)
			stand_set_value(stand, step->object, step->to);
	}
	if (stand->is_dead)
		return 0;
	/* A performer does one thing at a time. */
	for (size_t i = 0; i < stand->order_count; i++)
		assert_ptr_not_equal(stand->orders[i].performer, performer);
	assert_true(stand->order_count < ORDERS_MAX);
	stand->orders[stand->order_count++] = (struct order){ performer, *step, on_step, userdata };
	return 0;
}

static void hand_give_up(struct performer *performer, int error)
{
	((struct hand *)performer)->stand->given_up++;
}

static int answer_soon(struct hand *hand)
{
	if (hand->stand->is_silent)
		return 0;
	return sd_event_source_set_enabled(hand->soon, SD_EVENT_ONESHOT) < 0 ? -ENOMEM : 0;
}

static int hand_read(struct performer *performer, const struct step_list *steps,
		     performer_values_fn callback, void *userdata)
{
	struct hand *hand = (struct hand *)performer;

	hand->steps = steps;
	hand->on_values = callback;
	hand->userdata = userdata;
	return answer_soon(hand);
}

static int hand_prove(struct performer *performer, const char *name, performer_record_fn callback,
		      void *userdata)
{
	struct hand *hand = (struct hand *)performer;

	hand->on_record = callback;
	hand->userdata = userdata;
	return answer_soon(hand);
}

static int reading_error(const struct hand *hand)
{
	if (!stand_is_far(hand->steps->list.items[0].object))
		return 0;
	if (hand->stand->is_deposed)
		return PERFORMER_DEPOSED;
	return hand->stand->is_mute ? -EHOSTUNREACH : 0;
}

static void tell_values(struct hand *hand)
{
	const char *values[ERRAND_STEPS];

	for (size_t i = 0; i < hand->steps->list.count; i++)
		values[i] = stand_value(hand->stand, hand->steps->list.items[i].object);
	hand->on_values(hand->userdata, reading_error(hand), values);
}

static int hand_list(struct performer *performer, performer_held_fn callback, void *userdata)
{
	struct hand *hand = (struct hand *)performer;

	hand->stand->lists++;
	hand->on_held = callback;
	hand->userdata = userdata;
	return answer_soon(hand);
}

/* All that is on behind a wire; the first wire's first object brings the memdev of serial 1. */
static void tell_held(struct hand *hand, performer_held_fn on_held)
{
	struct performer_held held[VALUES_MAX];
	char names[VALUES_MAX][RESERVATION_MAX];
	const struct stand *stand = hand->stand;
	size_t count = 0;

	for (const struct value *value = stand->values; value < stand->values + stand->value_count;
	     value++) {
		const char *name = value->object;

		if (!stand_is_far(name) || strcmp(value->value, "on") != 0)
			continue;
		(void)snprintf(names[count], RESERVATION_MAX, "memdev:%.31s",
			       strcmp(name, "wire1:a") == 0 ? "serial:0x1" : name);
		held[count] = (struct performer_held){ names[count],
						       { &far_kind, name, "", "on", "off" } };
		count++;
	}
	on_held(hand->userdata, stand->is_mute ? -EHOSTUNREACH : 0, held, count);
}

static int on_soon(sd_event_source *source, void *userdata)
{
	struct hand *hand = userdata;
	performer_record_fn on_record = hand->on_record;
	performer_held_fn on_held = hand->on_held;

	hand->on_record = NULL;
	hand->on_held = NULL;
	if (on_held)
		tell_held(hand, on_held);
	else if (on_record)
		on_record(hand->userdata, NULL);
	else
		tell_values(hand);
	return 0;
}

static int hand_diagnose(struct performer *performer, const struct step *step,
			 performer_record_fn callback, void *userdata)
{
	struct stand *stand = ((struct hand *)performer)->stand;

	if (!stand->searches)
		return -EOPNOTSUPP;
	assert_null(stand->search.on_holders);
	stand->search = (struct search){ performer, callback, userdata };
	return 0;
}

void stand_find(struct stand *stand)
{
	const struct search search = stand->search;

	stand->search = (struct search){ 0 };
	search.on_holders(search.userdata, NULL);
	stand_spin(stand);
}

static void hand_release(struct performer *performer)
{
	struct stand *stand = ((struct hand *)performer)->stand;

	stand->released++;
	((struct hand *)performer)->on_held = NULL;
	if (stand->search.performer == performer)
		stand->search = (struct search){ 0 };
}

static void hand_free(struct performer *performer)
{
	struct hand *hand = (struct hand *)performer;

	(void)sd_event_source_disable_unref(hand->soon);
	free(hand);
}

static const struct performer_ops hand_ops = {
	.perform = hand_perform,
	.give_up = hand_give_up,
	.read = hand_read,
	.prove = hand_prove,
	.diagnose = hand_diagnose,
	.release = hand_release,
	.free = hand_free,
};

/* A wire whose lamps know who has switched them on. */
static const struct performer_ops listing_ops = {
	.perform = hand_perform,
	.give_up = hand_give_up,
	.read = hand_read,
	.prove = hand_prove,
	.diagnose = hand_diagnose,
	.list = hand_list,
	.release = hand_release,
	.free = hand_free,
};

static int new_of(struct stand *stand, const struct performer_ops *ops,
		  struct performer **ret_performer)
{
	struct hand *hand = calloc(1, sizeof(*hand));

	assert_non_null(hand);
	*hand = (struct hand){ .performer = { ops }, .stand = stand };
	assert_true(sd_event_add_defer(stand->event, &hand->soon, on_soon, hand) >= 0);
	assert_true(sd_event_source_set_enabled(hand->soon, SD_EVENT_OFF) >= 0);
	*ret_performer = &hand->performer;
	return 0;
}

int stand_hand_new(void *userdata, struct performer **ret_performer)
{
	return new_of(userdata, &hand_ops, ret_performer);
}

int stand_wire_new(void *userdata, struct performer **ret_performer)
{
	struct stand *stand = userdata;

	return new_of(stand, stand->wire_lists ? &listing_ops : &hand_ops, ret_performer);
}

struct order *stand_order(struct stand *stand, const char *name)
{
	for (size_t i = 0; i < stand->order_count; i++)
		if (strcmp(stand->orders[i].step.object, name) == 0)
			return &stand->orders[i];
	return NULL;
}

void stand_answer(struct stand *stand, const char *name, const struct step_answer *answer)
{
	struct order *found = stand_order(stand, name), taken;

	assert_non_null(found);
	taken = *found;
	*found = stand->orders[--stand->order_count];
	if (answer->error == 0)
		stand_set_value(stand, taken.step.object, taken.step.to);
	taken.on_step(taken.userdata, answer);
	stand_spin(stand);
}

void stand_do(struct stand *stand, const char *name)
{
	stand_answer(stand, name, &(struct step_answer){ .wrote = true });
}
