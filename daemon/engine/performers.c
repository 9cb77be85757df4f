// SPDX-License-Identifier: GPL-2.0-only
/*
 * The performer of each change's steps.
 */
#include "daemon/engine/performers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct performer_kind *find_kind(const struct performers *performers, const char *name)
{
	for (size_t i = 0; i < performers->kinds.count; i++)
		if (!name || strcmp(performers->kinds.items[i].name, name) == 0)
			return &performers->kinds.items[i];
	return NULL;
}

static struct performer_slot *find_idle(struct performers *performers,
					const struct performer_kind *kind)
{
	for (size_t i = 0; i < performers->slots.count; i++) {
		struct performer_slot *slot = &performers->slots.items[i];

		if (slot->kind == kind && !slot->is_taken)
			return slot;
	}
	return NULL;
}

static int add(struct performers *performers, const struct performer_kind *kind,
	       struct performer_slot **ret_slot)
{
	struct performer_slot slot = { .kind = kind };
	int rc = kind->make(performers->userdata, &slot.performer);

	if (rc < 0)
		return rc;
	rc = ARRAY_APPEND(&performers->slots, slot);
	if (rc < 0) {
		(void)performer_free(slot.performer);
		return rc;
	}
	*ret_slot = &performers->slots.items[performers->slots.count - 1];
	return 0;
}

int performers_take(struct performers *performers, const char *name,
		    struct performer **ret_performer)
{
	const struct performer_kind *kind = find_kind(performers, name);
	struct performer_slot *slot = kind ? find_idle(performers, kind) : NULL;
	int rc = kind ? 0 : -EOPNOTSUPP;

	if (rc == 0 && !slot)
		rc = add(performers, kind, &slot);
	if (rc < 0)
		return rc;
	slot->is_taken = true;
	*ret_performer = slot->performer;
	return 0;
}

void performers_give_back(struct performers *performers, struct performer *performer)
{
	for (size_t i = 0; i < performers->slots.count; i++)
		if (performers->slots.items[i].performer == performer)
			performers->slots.items[i].is_taken = false;
}

void performers_rest(struct performers *performers)
{
	size_t kept = 0;

	for (size_t i = 0; i < performers->slots.count; i++) {
		struct performer_slot *slot = &performers->slots.items[i];
		bool is_first = true;

		for (size_t j = 0; j < kept; j++)
			if (performers->slots.items[j].kind == slot->kind)
				is_first = false;
		if (!slot->is_taken)
			slot->performer->ops->release(slot->performer);
		if (slot->is_taken || is_first)
			performers->slots.items[kept++] = *slot;
		else
			(void)performer_free(slot->performer);
	}
	performers->slots.count = kept;
}

int performer_kinds_steps(const struct performer_kinds *kinds, struct step_registry *ret_steps)
{
	const struct step_kind **all;
	size_t count = 0;

	for (size_t i = 0; i < kinds->count; i++)
		count += kinds->items[i].steps->count;
	all = calloc(count, sizeof(const struct step_kind *));
	if (!all)
		return -ENOMEM;
	*ret_steps = (struct step_registry){ all, count };
	for (size_t i = 0; i < kinds->count; i++) {
		const struct step_registry *steps = kinds->items[i].steps;

		memcpy(all, steps->kinds, steps->count * sizeof(const struct step_kind *));
		all += steps->count;
	}
	return 0;
}

void performers_deinit(struct performers *performers)
{
	for (size_t i = 0; i < performers->slots.count; i++)
		(void)performer_free(performers->slots.items[i].performer);
	ARRAY_FREE(&performers->slots);
}
