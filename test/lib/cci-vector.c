// SPDX-License-Identifier: GPL-2.0-only
/*
 * Vectors of fabric/cci/: test/lib/cci-vector.h.
 */
#include "test/lib/cci-vector.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

size_t hex_read(const char *hex, uint8_t *bytes)
{
	size_t size = 0;

	while (*hex) {
		unsigned int byte;

		if (*hex == ' ' || *hex == '\n') {
			hex++;
			continue;
		}
		assert_int_equal(sscanf(hex, "%2x", &byte), 1);
		assert_true(size < HEX_MAX && hex[1]);
		bytes[size++] = (uint8_t)byte;
		hex += 2;
	}
	return size;
}

/* Every shorter payload, in memory of its exact size. */
static void decode_cuts(const struct cci_codec *codec, const uint8_t *bytes, size_t size)
{
	uint8_t *value = malloc(codec->size + 1);

	assert_non_null(value);
	for (size_t cut = 0; cut < size; cut++) {
		uint8_t *exact = malloc(cut ? cut : 1);
		int rc;

		assert_non_null(exact);
		memcpy(exact, bytes, cut);
		memset(value, 0xff, codec->size);
		rc = cci_decode(codec, exact, cut, value);
		assert_true(rc <= 0);
		for (size_t i = 0; rc < 0 && i < codec->size; i++)
			assert_int_equal(value[i], 0);
		free(exact);
	}
	free(value);
}

/* Returns the payload, which stays until the next call. */
static const uint8_t *decode(const struct cci_codec *codec, const char *hex, void *ret_value,
			     size_t *ret_size)
{
	static uint8_t kept[HEX_MAX];

	*ret_size = hex_read(hex, kept);
	assert_int_equal(cci_decode(codec, kept, *ret_size, ret_value), 0);
	decode_cuts(codec, kept, *ret_size);
	return kept;
}

void cci_vector_decode(const struct cci_codec *codec, const char *hex, void *ret_value)
{
	size_t size;

	(void)decode(codec, hex, ret_value, &size);
}

void cci_vector_check(const struct cci_codec *codec, const char *hex, void *ret_value)
{
	size_t size;
	const uint8_t *bytes = decode(codec, hex, ret_value, &size);
	uint8_t encoded[HEX_MAX];

	assert_int_equal(cci_encode(codec, ret_value, encoded, sizeof(encoded)), size);
	assert_memory_equal(encoded, bytes, size);
	for (size_t cut = 0; cut < size; cut++) {
		uint8_t *exact = malloc(cut ? cut : 1);

		assert_non_null(exact);
		assert_int_equal(cci_encode(codec, ret_value, exact, cut), -ENOBUFS);
		free(exact);
	}
}
