/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How many writes the store has answered, beside the database (PATH-mark). SQLite takes a log that
 * is damaged for one whose end was torn off, and an older copy for the newest: both are states that
 * once were. What was answered later is missed only by who has noted elsewhere how far it went.
 *
 * Of what is durable the number is on the disk before the answer is given. Of what has to outlive
 * only the process it is in the file, and counts as long as the host is up. Effect.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* With the NUL. */
#define BOOT_ID_SIZE 37

struct store_mark {
	int fd;
	char boot[BOOT_ID_SIZE]; /* of this boot; "" when nobody says which */
	bool is_empty;		 /* it has said nothing yet */
	bool is_written[2];	 /* the two places of what is durable */
	unsigned int next;	 /* which of them is written next */
};

#define STORE_MARK_NULL ((struct store_mark){ .fd = -1 })

/**
 * store_mark_open() - opens what was noted
 * @path: of the file
 * @may_create: whether it may be made; an empty one is then on the disk for good
 * @ret_writes: as many the store must have; 0 when the file is empty
 *
 * The file has three places, each of which is whole or worth nothing: one that is damaged, or was
 * torn as it was written, leaves what was noted before.
 *
 * Return: 0; -ENOENT; -EUCLEAN when nothing of it makes sense; other negative errno.
 */
int store_mark_open(const char *path, bool may_create, struct store_mark *mark,
		    uint64_t *ret_writes);

/**
 * store_mark_set() - notes that so many writes are answered
 * @is_durable: they are on the disk
 *
 * Return: 0 or negative errno.
 */
int store_mark_set(struct store_mark *mark, uint64_t writes, bool is_durable);

void store_mark_close(struct store_mark *mark);
