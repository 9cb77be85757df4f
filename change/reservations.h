/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The objects that changes reserve: claims, memdevs, logical devices. Each object has one name,
 * made of its identity, for every change. A lane is given back between two stages; a reservation
 * lasts from the plan of the stage that needs the object to the end of the change, so that an
 * object that the first stage has brought is still there for the second. No change waits for a
 * reservation: a change that needs an object that another change has reserved is refused. Values.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "util/array.h"

/* A name with its NUL: "claim:" or "memdev:", and the identity. */
#define RESERVATION_MAX 192

struct reservation {
	char name[RESERVATION_MAX];
};

struct reservation_set {
	ARRAY(struct reservation) list;
};

/** reservation_set_add() - 0, also for a name that is there; -EINVAL: empty, or too long; -ENOMEM
 */
int reservation_set_add(struct reservation_set *set, const char *name);

void reservation_set_deinit(struct reservation_set *set);

struct reserved {
	struct reservation reservation;
	const void *holder;
	size_t stage; /* the holder's first stage that needs the object */
};

/* All reservations, with their holders. */
struct reservations {
	ARRAY(struct reserved) list;
};

/** reservations_holder() - another holder than @except of a name; NULL when there is none */
const void *reservations_holder(const struct reservations *reservations, const char *name,
				const void *except);

/**
 * reservations_find() - the first name of a set that another change has reserved
 * @holder: the change that the set belongs to
 *
 * Return: a name of @set; NULL when there is none.
 */
const char *reservations_find(const struct reservations *reservations,
			      const struct reservation_set *set, const void *holder);

/**
 * reservations_take() - reserves all names of @set, or none
 * @holder: any value that stands for the change. Its former reservations for the same stage, which
 * is planned once more, are released in any case
 *
 * Return: 0; -EBUSY when another change has reserved a name; -ENOMEM.
 */
int reservations_take(struct reservations *reservations, const struct reservation_set *set,
		      const void *holder, size_t stage);

/** reservations_of() - adds all reservations of @holder to @set; 0 or -ENOMEM */
int reservations_of(const struct reservations *reservations, const void *holder,
		    struct reservation_set *set);

/** reservations_release() - releases all reservations of @holder; without any, does nothing */
void reservations_release(struct reservations *reservations, const void *holder);

void reservations_deinit(struct reservations *reservations);
