// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs the walk of a codec over bytes. Pure; calls cursor.h.
 */
#include "fabric/cci/codec.h"

#include <string.h>

static void walk_nothing(struct cci_cursor *cursor, void *value)
{
	(void)cursor;
	(void)value;
}

const struct cci_codec cci_no_payload = { .size = 0, .walk = walk_nothing };

long cci_encode(const struct cci_codec *codec, const void *value, void *buffer, size_t size)
{
	struct cci_cursor cursor = cci_writer(buffer, size);

	/* A walk serves both directions; with a writer it only reads the value. */
	codec->walk(&cursor, (void *)(uintptr_t)value);
	return cci_cursor_end(&cursor);
}

int cci_decode(const struct cci_codec *codec, const void *payload, size_t size, void *ret_value)
{
	struct cci_cursor cursor = cci_reader(payload, size);

	if (codec->size)
		memset(ret_value, 0, codec->size);
	codec->walk(&cursor, ret_value);
	if (cursor.error && codec->size)
		memset(ret_value, 0, codec->size);
	return cursor.error;
}

CCI_WALK(data, cursor, data)
{
	cci_borrow_rest(cursor, &data->bytes);
}
