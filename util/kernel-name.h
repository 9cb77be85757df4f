/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which names are reserved for objects of the kernel, or for the words that the command line has
 * for them, by the form of the name alone. Pure. Called by cli/ to tell a kernel object from a
 * claim, and by daemon/claim/ to check the name of a claim.
 */
#pragma once

#include <stdbool.h>

/**
 * kernel_name_is() - does @name have the form of a kernel object's name, or of a word for objects?
 *
 * True for "region0", "dax0.0", "decoder0.1", "mem3", "memory32", "node1", "cxl_mem.0" and the
 * like, for a number such as "0", "0.1" or "0x10", and for "all" and "root": in any letter case,
 * whether the object exists or not. False for "memory-1" and "region-east".
 */
bool kernel_name_is(const char *name);
