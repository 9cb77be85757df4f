/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A directory of a test's own, filled with files and links: a sysfs that is only paper. Every
 * function fails the test when the function cannot do its work.
 */
#pragma once

#include <stddef.h>

/** temp_tree_new() - an empty directory below TMPDIR, or /tmp; for temp_tree_free() */
char *temp_tree_new(void);

/** temp_tree_free() - removes the directory with everything in it */
void temp_tree_free(char *root);

/** temp_tree_file() - a file with @text, and the directories above it; replaces what is there */
void temp_tree_file(const char *root, const char *path, const char *text);

/** temp_tree_link() - a symbolic link, and the directories above it; replaces what is there */
void temp_tree_link(const char *root, const char *path, const char *target);

/** temp_tree_remove() - removes a file or a link */
void temp_tree_remove(const char *root, const char *path);

/** temp_tree_read() - a file's whole text, to be freed */
char *temp_tree_read(const char *root, const char *path);
