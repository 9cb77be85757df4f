/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A disk for SQLite (an sqlite3_vfs) that fails when a test orders it, and that loses at a power
 * failure all writes that were not synced. All other operations are those of the default VFS.
 */
#pragma once

#include <stdbool.h>

enum fault {
	FAULT_ENOSPC,
	FAULT_EIO,
	FAULT_SHORT, /* half of a write's sectors are written; there is no space for the rest */
};

/** fault_vfs_register() - makes this VFS the default for all databases that are opened from now on
 */
void fault_vfs_register(void);

/**
 * fault_vfs_arm() - orders an operation to fail
 * @nth: counted from now on, 1 is the next write, sync, truncate, open or delete (FAULT_SHORT: the
 *	next write); 0 for none
 * @lasting: let all later operations of the same kind fail, too
 */
void fault_vfs_arm(enum fault fault, unsigned int nth, bool lasting);

/** fault_vfs_pause() - with true, no operation fails or counts until the next call with false */
void fault_vfs_pause(bool paused);

/** fault_vfs_has_struck() - has an operation failed since fault_vfs_arm()? */
bool fault_vfs_has_struck(void);

/**
 * fault_vfs_power_off() - removes from a copy the writes that were not synced in the original
 * @keep_seed: 0: all unsynced writes are lost; otherwise each is lost or kept, by chance from this
 * seed
 */
void fault_vfs_power_off(const char *path, const char *copy, unsigned int keep_seed);
