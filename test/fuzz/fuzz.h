/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every fuzz target defines: libFuzzer calls it, or replay.c with the files of a folder. It
 * aborts, or a sanitizer does, on what must not be.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
