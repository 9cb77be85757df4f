/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claims as `cxlfm list --claims -u` prints them. Called by cmd-list.c.
 */
#pragma once

struct json_object;

/**
 * claims_humanize() - a copy of claims with texts for people in place of numbers
 * @claims: what ListClaims answers; sizes are bytes, times are seconds since the epoch
 *
 * Sizes, addresses and serial numbers look as in `cxl list -u`; times are local date and time. All
 * other members, also those that this version does not know, stay the same.
 *
 * Return: a new array, or NULL when there is no memory.
 */
struct json_object *claims_humanize(struct json_object *claims);
