/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which run of the kernel this is: what a name such as region0 means ends with it. Effect: reads
 * /proc/sys/kernel/random/boot_id once.
 */
#pragma once

/** boot_id() - the boot ID as a UUID; the same text in each call */
const char *boot_id(void);
