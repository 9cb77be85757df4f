/* SPDX-License-Identifier: GPL-2.0-only */
/* The names of enum topo_known in records, for topology-json.c and topology-parse.c. */
#pragma once

#include "cxl/topology/topology.h"

struct known_name {
	enum topo_known bit;
	const char *name;
};

#define KNOWN_NAMES_COUNT 5

extern const struct known_name known_names[KNOWN_NAMES_COUNT];
