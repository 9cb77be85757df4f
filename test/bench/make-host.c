// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prints the record of an idle host: make-host BRIDGES MEMDEVS, with so many memdevs of 256 MiB at
 * each host bridge, a window over each, and decoders for a region of each memdev.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cxl/topology/topology-json.h"
#include "test/unit/cxl/plan/plan-host.h"
#include "util/json.h"

#define BRIDGES_MAX 36

static void write_shape(char *shape, int bridges, int memdevs)
{
	for (int i = 0; i < bridges; i++) {
		*shape++ = '[';
		memset(shape, 'e', (size_t)memdevs);
		shape += memdevs;
		*shape++ = ']';
	}
	*shape = '\0';
}

static struct topology *make_host(int bridges, int memdevs)
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
	static char targets[BRIDGES_MAX][2];
	struct plan_host host = { .ram_size = UNIT, .decoders = memdevs };
	char *shape = malloc((size_t)bridges * ((size_t)memdevs + 2) + 1);
	struct topology *topology;

	assert_non_null(shape);
	write_shape(shape, bridges, memdevs);
	host.shape = shape;
	for (int i = 0; i < bridges; i++) {
		targets[i][0] = digits[i];
		host.windows[i].targets = targets[i];
		host.windows[i].size = (uint64_t)memdevs * UNIT;
	}
	topology = plan_host_new(&host);
	free(shape);
	return topology;
}

int main(int argc, char **argv)
{
	const int bridges = argc == 3 ? atoi(argv[1]) : 0, memdevs = argc == 3 ? atoi(argv[2]) : 0;
	_cleanup_topology_ struct topology *topology = NULL;
	_cleanup_json_ struct json_object *record = NULL;

	if (bridges < 1 || bridges > BRIDGES_MAX || memdevs < 1)
		return 2;
	topology = make_host(bridges, memdevs);
	/* Claims are about serial numbers. */
	for (size_t i = 0; i < topology->memdevs.count; i++)
		topology->memdevs.items[i]->serial = i + 1;
	record = topology_to_json(topology);
	if (!record)
		return EXIT_FAILURE;
	puts(json_object_to_json_string_ext(record, JSON_C_TO_STRING_PLAIN));
	return EXIT_SUCCESS;
}
