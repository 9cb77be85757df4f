/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claims as `cxlfm list --claims -u` prints them. Called by cmd-list.c and, for a size alone,
 * state-diff.c.
 */
#pragma once

#include <stdint.h>

struct json_object;

/**
 * claims_humanize() - a copy of claims with texts for people in place of numbers
 * @claims: what ListClaims answers; sizes are bytes, times are seconds since the epoch
 *
 * Sizes, addresses and serial numbers look as in `cxl list -u`; times are local date and time. All
 * else, also what is not known here, stays as it is.
 *
 * Return: a new array, or NULL when there is no memory.
 */
struct json_object *claims_humanize(struct json_object *claims);

/* Long enough for every text that claim_size_format() makes. */
#define CLAIM_SIZE_TEXT_MAX 32

/**
 * claim_size_format() - writes a size in a binary unit, rounded ("512.00 MiB"); a small one in
 * bytes
 *
 * Return: @text.
 */
const char *claim_size_format(uint64_t bytes, char text[static CLAIM_SIZE_TEXT_MAX]);
