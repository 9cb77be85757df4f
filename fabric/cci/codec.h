/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The codec of one payload: a plain struct, and the walk over the fields of the struct that reads
 * or writes them. Typed functions are for those who know the command, and the codec itself for
 * those who have a row of the table (command.h). Pure; calls cursor.h.
 */
#pragma once

#include "fabric/cci/cursor.h"

/**
 * struct cci_codec - how the payload of a request or of a reply becomes a struct, and back
 * @size: bytes of the struct; 0 where there is no payload
 * @walk: passes all fields of the struct at the second argument
 */
struct cci_codec {
	size_t size;
	void (*walk)(struct cci_cursor *cursor, void *value);
};

/** cci_no_payload - the codec of an empty payload. */
extern const struct cci_codec cci_no_payload;

/**
 * cci_encode() - write the payload of a value
 * @value: a struct of the codec's type
 *
 * Return: bytes of the payload, or -ENOBUFS if it does not fit into @size bytes, -E2BIG for more
 * elements than an array of the struct holds, -ERANGE for a value that is too large for its field,
 * -EINVAL for parts that contradict each other.
 */
long cci_encode(const struct cci_codec *codec, const void *value, void *buffer, size_t size);

/**
 * cci_decode() - read the value of a payload
 * @payload: bytes that have to outlive @ret_value, which may borrow from them
 * @ret_value: a struct of the codec's type; fields that the payload lacks are zero
 *
 * Return: 0, -EBADMSG for a payload that ends too early, -E2BIG for more elements than an array of
 * the struct holds, -EINVAL for a value that cannot be. The struct is zero after an error.
 */
int cci_decode(const struct cci_codec *codec, const void *payload, size_t size, void *ret_value);

/*
 * CCI_CODEC(name): declares the codec cci_name_codec of struct cci_name, and the typed functions
 * cci_name_encode() and cci_name_decode(), which are cci_encode() and cci_decode() of that type.
 */
#define CCI_CODEC(name)                                                                            \
	extern const struct cci_codec cci_##name##_codec;                                          \
	__attribute__((unused)) static inline long cci_##name##_encode(                            \
		const struct cci_##name *value, void *buffer, size_t size)                         \
	{                                                                                          \
		return cci_encode(&cci_##name##_codec, value, buffer, size);                       \
	}                                                                                          \
	__attribute__((unused)) static inline int cci_##name##_decode(                             \
		const void *payload, size_t size, struct cci_##name *ret_value)                    \
	{                                                                                          \
		return cci_decode(&cci_##name##_codec, payload, size, ret_value);                  \
	}                                                                                          \
	_Static_assert(sizeof(struct cci_##name) > 0, "a struct")

/*
 * CCI_WALK(name, cursor, value) { ... }: defines the codec that CCI_CODEC(name) declares. The body
 * passes the fields of @value, a struct cci_name *, in the order of the payload.
 */
#define CCI_WALK(name, cursor, value)                                                              \
	static void cci_##name##_walk(struct cci_cursor *cursor, struct cci_##name *value);        \
	static void cci_##name##_walk_any(struct cci_cursor *cursor, void *value)                  \
	{                                                                                          \
		cci_##name##_walk(cursor, value);                                                  \
	}                                                                                          \
	const struct cci_codec cci_##name##_codec = {                                              \
		.size = sizeof(struct cci_##name),                                                 \
		.walk = cci_##name##_walk_any,                                                     \
	};                                                                                         \
	static void cci_##name##_walk(struct cci_cursor *cursor, struct cci_##name *value)

/**
 * struct cci_data - a payload without fields: bytes of a log, of labels, of a feature
 * @bytes: all of the payload
 */
struct cci_data {
	struct cci_bytes bytes;
};
CCI_CODEC(data);
