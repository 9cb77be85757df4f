/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names by their form alone: which ones belong to the kernel's objects, or are words of the command
 * line's for them, so that nothing else may be called so. Pure. Called by cli/ for what a user
 * names and by daemon/claim/ for what a claim may be called.
 */
#pragma once

#include <stdbool.h>

/**
 * kernel_name_is() - has @name the form of a kernel object's name, or of another word for such?
 *
 * "region0", "dax0.0", "decoder0.1", "mem3", "memory32", "node1", "cxl_mem.0", ..., a number such
 * as "0", "0.1" or "0x10", "all", "root": in any letter case, and whether there is such an object
 * or not. "memory-1" and "region-east" are none.
 */
bool kernel_name_is(const char *name);
