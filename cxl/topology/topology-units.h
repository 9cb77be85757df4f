/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sizes and addresses in JSON: plain numbers, or with -u as `cxl list -u` writes them. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct json_object;

/** units_size() - a byte size; human: "256.00 MiB (268.44 MB)" from 5,000 KiB on */
struct json_object *units_size(uint64_t bytes, bool human);

/** units_hex() - an address or an identifier; human: "0x490000000" */
struct json_object *units_hex(uint64_t number, bool human);
