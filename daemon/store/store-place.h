/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a store is: its folder and its files are this process's user's, and nobody else can open
 * them. Whoever could would hold up the daemon by a lock, or have it write somewhere else by a
 * link. Effect.
 */
#pragma once

/**
 * store_place_take() - sees to it that nobody else can get at a store
 * @path: of the database, which need not be there
 * @ret_path: the same without links in it, to be freed
 * @problem: as store_sqlite_open() has it
 *
 * Modes that let others in are mended, that of the folder, too, if it is ours. What belongs to
 * somebody else, or is a link, is refused.
 *
 * Return: 0; errors as store_sqlite_open() has them.
 */
int store_place_take(const char *path, char **ret_path, char **problem);
