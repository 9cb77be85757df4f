/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The number of writes that the store has answered, in a file beside the database (PATH-mark).
 * SQLite takes a damaged log for one with a torn end, and an older copy for the newest state,
 * because both were valid states once. Only a note outside of the database shows that later writes
 * are missing.
 *
 * For a durable write the number is on the disk before the write is answered. For a write that has
 * to outlive only the process, the number is in the file, and counts as long as the host is up.
 * Effect.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* With the NUL. */
#define BOOT_ID_SIZE 37

struct store_mark {
	int fd;
	char boot[BOOT_ID_SIZE]; /* the ID of this boot; "" if it is unknown */
	bool is_empty;		 /* the file is new */
	bool is_written[2];	 /* the two places for durable writes */
	unsigned int next;	 /* the place of the two that is written next */
};

#define STORE_MARK_NULL ((struct store_mark){ .fd = -1 })

/**
 * store_mark_open() - opens the mark and reads it
 * @path: of the file
 * @may_create: the file may be made; then its folder is synced, too
 * @ret_writes: the number of writes that the store must have; 0 for an empty file
 *
 * The file has three places, each of which is whole or ignored: a place that is damaged, or was
 * torn during a write, leaves the earlier number in another place.
 *
 * Return: 0; -ENOENT; -EUCLEAN when no place is valid; other negative errno.
 */
int store_mark_open(const char *path, bool may_create, struct store_mark *mark,
		    uint64_t *ret_writes);

/**
 * store_mark_set() - notes the number of answered writes
 * @is_durable: the writes are on the disk
 *
 * Return: 0 or negative errno.
 */
int store_mark_set(struct store_mark *mark, uint64_t writes, bool is_durable);

void store_mark_close(struct store_mark *mark);
