/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files of text whose lines others may make as long as they like, and the paths in them. Effect:
 * reads files. For pmem-use.c, kernel-users.c and device-programs.c.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

/**
 * plain_open() - opens a file below a directory
 *
 * Return: 0 or negative errno.
 */
int plain_open(int root_fd, const char *path, FILE **ret_file);

/**
 * plain_line() - reads the next line, without its line end, and skips what does not fit
 * @size: of @line
 * @ret_is_whole: whether all of the line did fit
 *
 * Return: 1; 0 at the end; negative errno.
 */
int plain_line(FILE *file, char *line, size_t size, bool *ret_is_whole);

/**
 * plain_first_line() - reads the first line of a file below a directory; "" of an empty file
 *
 * Return: 0 or negative errno.
 */
int plain_first_line(int root_fd, const char *path, char *line, size_t size);

/** plain_last_part() - the name at the end of a path */
const char *plain_last_part(const char *path);
