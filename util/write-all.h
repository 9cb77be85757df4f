/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes until everything is written: write(2) may write less than it was asked to, and may be
 * interrupted. */
#pragma once

#include <stddef.h>

/** write_all() - writes @size bytes; 0, or negative errno: then some of the bytes may be written */
int write_all(int fd, const char *text, size_t size);
