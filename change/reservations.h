/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What changes have to do with: claims, memdevs, logical devices, each by its identity, under one
 * name for whoever sees it. A lane is given back between two stages; a reservation lasts from the
 * plan of the stage that needs it to the end of the change, so that what the first stage has
 * brought is still there for the second. Nobody waits for a reservation: whoever finds one is
 * refused. Values.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "util/array.h"

/* With its NUL: "claim:" or "memdev:", and what it is known by. */
#define RESERVATION_MAX 192

struct reservation {
	char name[RESERVATION_MAX];
};

struct reservation_set {
	ARRAY(struct reservation) list;
};

/** reservation_set_add() - 0, also when it is there; -EINVAL for no name, or one too long; -ENOMEM
 */
int reservation_set_add(struct reservation_set *set, const char *name);

void reservation_set_deinit(struct reservation_set *set);

struct reserved {
	struct reservation reservation;
	const void *holder;
	size_t stage; /* of the holder's, that needs it first */
};

/* Who has reserved what. */
struct reservations {
	ARRAY(struct reserved) list;
};

/** reservations_holder() - who has reserved a name and is not @except; NULL: nobody else */
const void *reservations_holder(const struct reservations *reservations, const char *name,
				const void *except);

/**
 * reservations_find() - the first name of a set that somebody else has reserved
 * @holder: whose set it is
 *
 * Return: of @set; NULL when there is none.
 */
const char *reservations_find(const struct reservations *reservations,
			      const struct reservation_set *set, const void *holder);

/**
 * reservations_take() - all of @set, or none of them
 * @holder: any value that stands for the change; what it had reserved for the same stage, which is
 *	planned once more, it has not any longer, whatever comes of this
 *
 * Return: 0; -EBUSY when somebody else has one; -ENOMEM.
 */
int reservations_take(struct reservations *reservations, const struct reservation_set *set,
		      const void *holder, size_t stage);

/** reservations_of() - adds all that @holder has reserved to @set; 0 or -ENOMEM */
int reservations_of(const struct reservations *reservations, const void *holder,
		    struct reservation_set *set);

/** reservations_release() - whatever @holder has reserved; returns whether there was anything */
bool reservations_release(struct reservations *reservations, const void *holder);

void reservations_deinit(struct reservations *reservations);
