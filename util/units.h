/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sizes and addresses in JSON: plain numbers, or texts as `cxl list -u` writes them ("human").
 * Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct json_object;

/* Room for the longest text of units_text(): "16777216.00 TiB", "5119999 bytes" */
#define UNITS_TEXT_MAX 32

/** units_text() - a byte size in one binary unit: "256.00 MiB" from 5,000 KiB on, "4096 bytes" */
const char *units_text(uint64_t bytes, char text[static UNITS_TEXT_MAX]);

/** units_size() - a byte size; human: "256.00 MiB (268.44 MB)" from 5,000 KiB on */
struct json_object *units_size(uint64_t bytes, bool human);

/** units_hex() - an address or an identifier; human: "0x490000000" */
struct json_object *units_hex(uint64_t number, bool human);
