// SPDX-License-Identifier: GPL-2.0-only
/* Sets of reservations, and the holder of each reservation. Pure. */
#include "change/reservations.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool has(const struct reservation_set *set, const char *name)
{
	for (size_t i = 0; i < set->list.count; i++)
		if (strcmp(set->list.items[i].name, name) == 0)
			return true;
	return false;
}

int reservation_set_add(struct reservation_set *set, const char *name)
{
	struct reservation added;

	if (*name == '\0' || strlen(name) >= sizeof(added.name))
		return -EINVAL;
	if (has(set, name))
		return 0;
	(void)snprintf(added.name, sizeof(added.name), "%s", name);
	return ARRAY_APPEND(&set->list, added);
}

void reservation_set_deinit(struct reservation_set *set)
{
	ARRAY_FREE(&set->list);
}

const void *reservations_holder(const struct reservations *reservations, const char *name,
				const void *except)
{
	for (size_t i = 0; i < reservations->list.count; i++) {
		const struct reserved *reserved = &reservations->list.items[i];

		if (reserved->holder != except && strcmp(reserved->reservation.name, name) == 0)
			return reserved->holder;
	}
	return NULL;
}

const char *reservations_find(const struct reservations *reservations,
			      const struct reservation_set *set, const void *holder)
{
	for (size_t i = 0; i < set->list.count; i++)
		if (reservations_holder(reservations, set->list.items[i].name, holder))
			return set->list.items[i].name;
	return NULL;
}

/* Keeps the first @count reservations. */
static void keep(struct reservations *reservations, size_t count)
{
	reservations->list.count = count;
	if (count == 0)
		ARRAY_FREE(&reservations->list);
}

static void release_stage(struct reservations *reservations, const void *holder, size_t stage)
{
	size_t kept = 0;

	for (size_t i = 0; i < reservations->list.count; i++) {
		const struct reserved *reserved = &reservations->list.items[i];

		if (reserved->holder != holder || reserved->stage != stage)
			reservations->list.items[kept++] = *reserved;
	}
	keep(reservations, kept);
}

static bool has_reserved(const struct reservations *reservations, const char *name,
			 const void *holder)
{
	for (size_t i = 0; i < reservations->list.count; i++)
		if (reservations->list.items[i].holder == holder &&
		    strcmp(reservations->list.items[i].reservation.name, name) == 0)
			return true;
	return false;
}

int reservations_take(struct reservations *reservations, const struct reservation_set *set,
		      const void *holder, size_t stage)
{
	size_t before;
	int rc = 0;

	release_stage(reservations, holder, stage);
	before = reservations->list.count;
	if (reservations_find(reservations, set, holder))
		return -EBUSY;
	for (size_t i = 0; rc == 0 && i < set->list.count; i++) {
		const struct reserved taken = { set->list.items[i], holder, stage };

		if (!has_reserved(reservations, taken.reservation.name, holder))
			rc = ARRAY_APPEND(&reservations->list, taken);
	}
	if (rc < 0)
		keep(reservations, before);
	return rc;
}

int reservations_of(const struct reservations *reservations, const void *holder,
		    struct reservation_set *set)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < reservations->list.count; i++)
		if (reservations->list.items[i].holder == holder)
			rc = reservation_set_add(set, reservations->list.items[i].reservation.name);
	return rc;
}

void reservations_release(struct reservations *reservations, const void *holder)
{
	size_t kept = 0;

	for (size_t i = 0; i < reservations->list.count; i++)
		if (reservations->list.items[i].holder != holder)
			reservations->list.items[kept++] = reservations->list.items[i];
	keep(reservations, kept);
}

void reservations_deinit(struct reservations *reservations)
{
	ARRAY_FREE(&reservations->list);
}
