/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A worker that only reads.
 */
#pragma once

/**
 * reader_role_enter() - keeps the right to read every file, and gives up writing any
 *
 * For the rest of the process's life. Besides being one privilege less this is what makes a look at
 * the host quick: libcxl flushes the kernel's probe queue and then waits for udev before each
 * directory it reads, unless it may not write /sys/bus/cxl/flush. A snapshot shows what is there
 * now; what is still being probed comes with the uevents that probing causes.
 *
 * Return: 0 or negative errno.
 */
int reader_role_enter(void);
