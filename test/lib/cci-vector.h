/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bytes of other programs, written in hexadecimal, against our codecs. Called by the tests of
 * fabric/cci/; fails by cmocka's assertions.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "fabric/cci/codec.h"

/* A payload or message of tests is not longer. */
#define HEX_MAX 8192

/** hex_read() - the bytes of a text such as "01 0aff"; @bytes holds HEX_MAX. Return: their number.
 */
size_t hex_read(const char *hex, uint8_t *bytes);

/**
 * cci_vector_decode() - decode the bytes of another program
 * @ret_value: the value, which may borrow from bytes that stay until the next call
 *
 * Asserts that the payload decodes, and that every shorter payload does or does not, without a
 * byte read behind its end (which a sanitizer notices), and leaves zero where it does not.
 */
void cci_vector_decode(const struct cci_codec *codec, const char *hex, void *ret_value);

/**
 * cci_vector_check() - the same, and asserts that the value encodes into the same bytes, and into
 * no shorter buffer
 */
void cci_vector_check(const struct cci_codec *codec, const char *hex, void *ret_value);
