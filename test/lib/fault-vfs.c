// SPDX-License-Identifier: GPL-2.0-only
/*
 * A failing disk below SQLite. Its state belongs to the process, as SQLite's list of VFSs does; a
 * database may be used by another thread than the test's. Called by unit tests.
 */
#include "test/lib/fault-vfs.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "util/cleanup.h"

/* A disk writes whole sectors. */
#define SECTOR_SIZE 512

#define PATH_SIZE 128

/*
 * The bytes that a write or a truncation has replaced, kept until the file is synced. A sync that
 * fails loses writes: the kernel reports the error once, and then takes the lost pages for written.
 */
struct unsynced {
	struct unsynced *before;
	bool is_truncation, is_lost;
	char path[PATH_SIZE];
	off_t size_before;
	off_t offset;
	size_t size;
	unsigned char bytes[];
};

struct fault_file {
	sqlite3_file base; /* the first member */
	char path[PATH_SIZE];
	sqlite3_file *real; /* behind this struct in memory */
};

static struct {
	sqlite3_vfs vfs, *real;
	pthread_mutex_t lock; /* guards the members below */
	enum fault fault;
	unsigned int countdown;
	bool lasting, has_struck, paused;
	struct unsynced *unsynced; /* the last write first */
} disk = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* ---- failures ---- */

void fault_vfs_arm(enum fault fault, unsigned int nth, bool lasting)
{
	(void)pthread_mutex_lock(&disk.lock);
	disk.fault = fault;
	disk.countdown = nth;
	disk.lasting = lasting;
	disk.has_struck = false;
	(void)pthread_mutex_unlock(&disk.lock);
}

void fault_vfs_pause(bool paused)
{
	(void)pthread_mutex_lock(&disk.lock);
	disk.paused = paused;
	(void)pthread_mutex_unlock(&disk.lock);
}

bool fault_vfs_has_struck(void)
{
	bool has_struck;

	(void)pthread_mutex_lock(&disk.lock);
	has_struck = disk.has_struck;
	(void)pthread_mutex_unlock(&disk.lock);
	return has_struck;
}

static bool strikes(bool is_write)
{
	bool strike = false;

	(void)pthread_mutex_lock(&disk.lock);
	if (disk.countdown && !disk.paused && (is_write || disk.fault != FAULT_SHORT)) {
		strike = disk.countdown == 1;
		disk.has_struck = disk.has_struck || strike;
		if (!strike || !disk.lasting)
			disk.countdown--;
	}
	(void)pthread_mutex_unlock(&disk.lock);
	errno = strike ? (disk.fault == FAULT_EIO ? EIO : ENOSPC) : errno;
	return strike;
}

/* ---- lost writes ---- */

static void remember(struct fault_file *file, bool is_truncation, off_t offset, size_t size)
{
	struct unsynced *old = calloc(1, sizeof(*old) + size);
	sqlite3_int64 size_before;

	assert_non_null(old);
	assert_int_equal(file->real->pMethods->xFileSize(file->real, &size_before), SQLITE_OK);
	memcpy(old->path, file->path, sizeof(old->path));
	old->is_truncation = is_truncation;
	old->size_before = (off_t)size_before;
	old->offset = offset;
	old->size = size;
	/* Bytes behind the end of the file read as zeros. */
	if (size)
		(void)file->real->pMethods->xRead(file->real, old->bytes, (int)size, offset);
	(void)pthread_mutex_lock(&disk.lock);
	old->before = disk.unsynced;
	disk.unsynced = old;
	(void)pthread_mutex_unlock(&disk.lock);
}

/* A lost write is saved by another write of the same bytes. */
static bool is_within(const struct unsynced *lost, const struct unsynced *newer)
{
	return strcmp(lost->path, newer->path) == 0 && lost->offset >= newer->offset &&
	       lost->offset + (off_t)lost->size <= newer->offset + (off_t)newer->size;
}

static void forget_lost(const struct unsynced *newer)
{
	struct unsynced *old;

	for (struct unsynced **at = &disk.unsynced; (old = *at);) {
		if (old->is_lost && is_within(old, newer)) {
			*at = old->before;
			free(old);
		} else {
			at = &old->before;
		}
	}
}

/* Forgets the writes of a file that was synced, or (@with_lost) deleted. */
static void forget(const char *path, bool with_lost)
{
	struct unsynced *old;

	(void)pthread_mutex_lock(&disk.lock);
	for (old = disk.unsynced; old && !with_lost; old = old->before)
		if (!old->is_lost && strcmp(old->path, path) == 0)
			forget_lost(old);
	for (struct unsynced **at = &disk.unsynced; (old = *at);) {
		if ((with_lost || !old->is_lost) && strcmp(old->path, path) == 0) {
			*at = old->before;
			free(old);
		} else {
			at = &old->before;
		}
	}
	(void)pthread_mutex_unlock(&disk.lock);
}

static void lose(const char *path)
{
	(void)pthread_mutex_lock(&disk.lock);
	for (struct unsynced *old = disk.unsynced; old; old = old->before)
		if (!old->is_truncation && strcmp(old->path, path) == 0)
			old->is_lost = true;
	(void)pthread_mutex_unlock(&disk.lock);
}

static void take_back(const char *copy, const struct unsynced *old, bool alone)
{
	_cleanup_close_ int fd = open(copy, O_RDWR | O_CLOEXEC);

	if (fd < 0) {
		assert_int_equal(errno, ENOENT);
		return;
	}
	assert_int_equal(pwrite(fd, old->bytes, old->size, old->offset), (ssize_t)old->size);
	if (!alone)
		assert_int_equal(ftruncate(fd, old->size_before), 0);
}

void fault_vfs_power_off(const char *path, const char *copy, unsigned int keep_seed)
{
	unsigned int seed = keep_seed;

	(void)pthread_mutex_lock(&disk.lock);
	for (struct unsynced *old = disk.unsynced; old; old = old->before)
		if (strcmp(old->path, path) == 0 && (!keep_seed || (rand_r(&seed) >> 8) % 2))
			take_back(copy, old, keep_seed || old->is_lost);
	(void)pthread_mutex_unlock(&disk.lock);
}

/* ---- a file's methods ---- */

static struct fault_file *fault_file(sqlite3_file *base)
{
	return (struct fault_file *)base;
}

/* Passes a call to the real file. */
#define REAL(base, method, ...)                                                                    \
	fault_file(base)->real->pMethods->method(fault_file(base)->real __VA_OPT__(, ) __VA_ARGS__)

static int file_close(sqlite3_file *base)
{
	return REAL(base, xClose);
}

static int file_read(sqlite3_file *base, void *bytes, int size, sqlite3_int64 offset)
{
	return REAL(base, xRead, bytes, size, offset);
}

static int file_write(sqlite3_file *base, const void *bytes, int size, sqlite3_int64 offset)
{
	bool strike = strikes(true);

	if (strike && disk.fault != FAULT_SHORT)
		return disk.fault == FAULT_EIO ? SQLITE_IOERR_WRITE : SQLITE_FULL;
	remember(fault_file(base), false, offset, (size_t)size);
	if (!strike)
		return REAL(base, xWrite, bytes, size, offset);
	(void)REAL(base, xWrite, bytes, size / 2 / SECTOR_SIZE * SECTOR_SIZE, offset);
	return SQLITE_FULL;
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 size)
{
	sqlite3_int64 size_before = 0;

	if (strikes(false))
		return SQLITE_IOERR_TRUNCATE;
	(void)REAL(base, xFileSize, &size_before);
	remember(fault_file(base), true, size,
		 size_before > size ? (size_t)(size_before - size) : 0);
	return REAL(base, xTruncate, size);
}

static int file_sync(sqlite3_file *base, int flags)
{
	/* Without the real sync, which takes time and has no effect on the test. */
	if (strikes(false)) {
		lose(fault_file(base)->path);
		return SQLITE_IOERR_FSYNC;
	}
	forget(fault_file(base)->path, false);
	return SQLITE_OK;
}

static int file_size(sqlite3_file *base, sqlite3_int64 *ret_size)
{
	return REAL(base, xFileSize, ret_size);
}

static int file_lock(sqlite3_file *base, int level)
{
	return REAL(base, xLock, level);
}

static int file_unlock(sqlite3_file *base, int level)
{
	return REAL(base, xUnlock, level);
}

static int file_check_lock(sqlite3_file *base, int *ret_locked)
{
	return REAL(base, xCheckReservedLock, ret_locked);
}

static int file_control(sqlite3_file *base, int operation, void *argument)
{
	return REAL(base, xFileControl, operation, argument);
}

static int file_sector_size(sqlite3_file *base)
{
	return REAL(base, xSectorSize);
}

static int file_characteristics(sqlite3_file *base)
{
	return REAL(base, xDeviceCharacteristics);
}

/* Version 1: without shared memory, which a store does not use. */
static const sqlite3_io_methods file_methods = {
	.iVersion = 1,
	.xClose = file_close,
	.xRead = file_read,
	.xWrite = file_write,
	.xTruncate = file_truncate,
	.xSync = file_sync,
	.xFileSize = file_size,
	.xLock = file_lock,
	.xUnlock = file_unlock,
	.xCheckReservedLock = file_check_lock,
	.xFileControl = file_control,
	.xSectorSize = file_sector_size,
	.xDeviceCharacteristics = file_characteristics,
};

/* ---- the VFS ---- */

static int vfs_open(sqlite3_vfs *vfs, sqlite3_filename path, sqlite3_file *base, int flags,
		    int *ret_flags)
{
	struct fault_file *file = fault_file(base);
	int rc;

	base->pMethods = NULL;
	if (strikes(false))
		return SQLITE_CANTOPEN;
	file->real = (sqlite3_file *)(file + 1);
	(void)snprintf(file->path, sizeof(file->path), "%s", path ? path : "");
	rc = disk.real->xOpen(disk.real, path, file->real, flags, ret_flags);
	if (file->real->pMethods)
		base->pMethods = &file_methods;
	return rc;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *path, int sync_folder)
{
	if (strikes(false))
		return SQLITE_IOERR_DELETE;
	forget(path, true);
	return disk.real->xDelete(disk.real, path, sync_folder);
}

void fault_vfs_register(void)
{
	if (disk.real)
		return;
	disk.real = sqlite3_vfs_find(NULL);
	disk.vfs = *disk.real;
	disk.vfs.zName = "fault";
	disk.vfs.szOsFile += (int)sizeof(struct fault_file);
	disk.vfs.xOpen = vfs_open;
	disk.vfs.xDelete = vfs_delete;
	assert_int_equal(sqlite3_vfs_register(&disk.vfs, 1), SQLITE_OK);
}
