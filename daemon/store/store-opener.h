/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Opens a store without making the caller wait: a disk may take its time, or hang. Effect.
 */
#pragma once

#include "daemon/store/store.h"

struct store_opener;

/**
 * store_opener_new() - begins store_sqlite_open() on a thread
 *
 * Return: 0 or negative errno.
 */
int store_opener_new(const char *path, const char *host, struct store_opener **ret_opener);

/** store_opener_fd() - readable when the store is open or has failed to open */
int store_opener_fd(const struct store_opener *opener);

/**
 * store_opener_end() - waits for the end of the thread, and frees the opener
 *
 * Return: as store_sqlite_open().
 */
int store_opener_end(struct store_opener *opener, struct store **ret_store, char **problem);
