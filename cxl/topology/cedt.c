// SPDX-License-Identifier: GPL-2.0-only
/*
 * ACPI's CXL Early Discovery Table. Pure; called by topology-cedt.c.
 *
 * CXL r3.1 9.18.1: an ACPI table header of 36 bytes, then structures that each begin with a type
 * byte, a reserved byte and their length in 16 bits. All little-endian.
 */
#include "cxl/topology/cedt.h"

#include <errno.h>
#include <string.h>

#define HEADER_SIZE   36
#define LENGTH_OFFSET 4
#define STRUCTURE_MIN 4
#define TYPE_CFMWS    1

/* CFMWS, up to the list of targets */
#define CFMWS_BASE	 8
#define CFMWS_SIZE	 16
#define CFMWS_ARITHMETIC 25
#define CFMWS_FIXED_SIZE 36

static uint64_t little_endian(const uint8_t *bytes, size_t count)
{
	uint64_t number = 0;

	while (count-- > 0)
		number = number << 8 | bytes[count];
	return number;
}

static enum topo_arithmetic arithmetic_of(uint8_t code)
{
	switch (code) {
	case 0:
		return TOPO_ARITHMETIC_MODULO;
	case 1:
		return TOPO_ARITHMETIC_XOR;
	default:
		return TOPO_ARITHMETIC_UNKNOWN;
	}
}

static int append_window(struct cedt_window_list *windows, const uint8_t *structure, size_t length)
{
	if (length < CFMWS_FIXED_SIZE)
		return -EPROTO;
	return ARRAY_APPEND(&windows->list,
			    (struct cedt_window){
				    .base = little_endian(structure + CFMWS_BASE, 8),
				    .size = little_endian(structure + CFMWS_SIZE, 8),
				    .arithmetic = arithmetic_of(structure[CFMWS_ARITHMETIC]),
			    });
}

int cedt_parse(const uint8_t *table, size_t size, struct cedt_window_list *ret_windows)
{
	struct cedt_window_list windows = { 0 };
	size_t length, offset = HEADER_SIZE;
	int rc = 0;

	if (size < HEADER_SIZE || memcmp(table, "CEDT", 4) != 0)
		return -EPROTO;
	length = little_endian(table + LENGTH_OFFSET, 4);
	if (length > size || length < HEADER_SIZE)
		return -EPROTO;
	while (rc == 0 && offset < length) {
		size_t left = length - offset, structure;

		structure = left < STRUCTURE_MIN ? 0 : little_endian(table + offset + 2, 2);
		if (structure < STRUCTURE_MIN || structure > left)
			rc = -EPROTO;
		else if (table[offset] == TYPE_CFMWS)
			rc = append_window(&windows, table + offset, structure);
		offset += structure;
	}
	if (rc) {
		ARRAY_FREE(&windows.list);
		return rc;
	}
	*ret_windows = windows;
	return 0;
}
