/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The function of every fuzz target, called by libFuzzer, or by replay.c with the files of a
 * folder. The target or a sanitizer aborts on a fault.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
