/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Byte sizes as people write and read sizes. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIZE_KIB (UINT64_C(1) << 10)
#define SIZE_MIB (UINT64_C(1) << 20)
#define SIZE_GIB (UINT64_C(1) << 30)

/* Room for the longest text of size_format(). */
#define SIZE_TEXT_MAX 32

/**
 * size_parse() - reads a byte size
 * @text: decimal, octal (0...) or hexadecimal (0x...) digits with an optional suffix k, M, G, T, P
 *	(binary; "KiB" and the like are accepted too)
 * @ret_bytes: the size
 *
 * Zero is a size: the caller decides whether zero makes sense.
 *
 * Return: 0; -EINVAL when @text is not a size or is negative; -ERANGE when the size does not fit
 * into 64 bits.
 */
int size_parse(const char *text, uint64_t *ret_bytes);

/**
 * size_format() - writes a size in the largest binary unit that divides it ("512M", "4G", "1000")
 * @bytes: the size
 * @text: receives the text
 *
 * size_parse() reads the same number from that text.
 *
 * Return: @text.
 */
const char *size_format(uint64_t bytes, char text[static SIZE_TEXT_MAX]);

/**
 * size_is_member() - whether a member of a claim is a byte size: "size", or a name with "_size" at
 * its end
 *
 * cxlfm knows no kind of claim, and tells by the name which numbers people write and read as 512M.
 */
bool size_is_member(const char *name);
