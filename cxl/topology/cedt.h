/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ACPI's CXL Early Discovery Table, in which firmware describes the windows. Pure: makes values of
 * bytes.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "cxl/topology/topology.h"

/* A CXL Fixed Memory Window Structure, CXL r3.1 9.18.1.3 */
struct cedt_window {
	hpa_t base;
	uint64_t size;
	enum topo_arithmetic arithmetic;
};

struct cedt_window_list {
	ARRAY(struct cedt_window) list;
};

/**
 * cedt_parse() - the windows in a table
 * @table: @size bytes, as in /sys/firmware/acpi/tables/CEDT
 * @ret_windows: in the order of the table; free the list with ARRAY_FREE()
 *
 * Structures of other types are skipped.
 *
 * Return: 0; -EPROTO when @table is not a CEDT or is cut short; -ENOMEM.
 */
int cedt_parse(const uint8_t *table, size_t size, struct cedt_window_list *ret_windows);
