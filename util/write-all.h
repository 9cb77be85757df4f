/* SPDX-License-Identifier: GPL-2.0-only */
/* Writing until everything is written: write(2) may take less, and may be interrupted. */
#pragma once

#include <stddef.h>

/** write_all() - writes @size bytes; 0 or negative errno, when some of them may be written */
int write_all(int fd, const char *text, size_t size);
