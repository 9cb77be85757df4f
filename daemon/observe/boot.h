/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ID of this run of the kernel: names such as region0 have a meaning only within it. Effect:
 * reads /proc/sys/kernel/random/boot_id once.
 */
#pragma once

/** boot_id() - the boot ID as a UUID; all calls return the same text */
const char *boot_id(void);
