/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The place of a store: its folder and its files belong to this process's user, and nobody else can
 * open them. Another user with access could hold up the daemon by a lock, or redirect its writes by
 * a link. Effect.
 */
#pragma once

/**
 * store_place_take() - makes sure that no other user has access to a store
 * @path: of the database, which need not exist
 * @ret_path: the path with links resolved; the caller frees it
 * @problem: as for store_sqlite_open()
 *
 * Modes with rights for others are mended, and the mode of the folder, too, if it is ours. A file
 * of another user, or a link, is refused.
 *
 * Return: 0; errors of store_sqlite_open().
 */
int store_place_take(const char *path, char **ret_path, char **problem);
