/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SQLite's way to the disk (an sqlite3_vfs), with a disk that fails when a test says so, and that
 * forgets at an end of power what was not synced. All others of its operations are the default's.
 */
#pragma once

#include <stdbool.h>

enum fault {
	FAULT_ENOSPC,
	FAULT_EIO,
	FAULT_SHORT, /* half of a write's sectors are written; there is no space for the rest */
};

/** fault_vfs_register() - makes it SQLite's default for all databases opened from now on */
void fault_vfs_register(void);

/**
 * fault_vfs_arm() - says which operation is to fail
 * @nth: counted from now on, 1 is the next write, sync, truncate, open or delete (FAULT_SHORT: the
 *	next write); 0 for none
 * @lasting: whether all of its like fail, too, that come after it
 */
void fault_vfs_arm(enum fault fault, unsigned int nth, bool lasting);

/** fault_vfs_pause() - nothing fails, and nothing is counted, until this is called with false */
void fault_vfs_pause(bool paused);

/** fault_vfs_has_struck() - whether an operation has failed since fault_vfs_arm() */
bool fault_vfs_has_struck(void);

/**
 * fault_vfs_power_off() - takes back in a copy what was not synced in the original
 * @keep_seed: 0: nothing that was not synced has reached the disk; otherwise each single write has,
 *	or has not, by chance
 */
void fault_vfs_power_off(const char *path, const char *copy, unsigned int keep_seed);
