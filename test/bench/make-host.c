// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prints the record of an idle host: make-host BRIDGES MEMDEVS, with MEMDEVS memdevs of 256 MiB at
 * each host bridge, a window over each, and decoders for a region of each memdev.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "cxl/topology/topology-json.h"
#include "test/unit/cxl/plan/plan-host.h"
#include "util/json.h"

int main(int argc, char **argv)
{
	const int bridges = argc == 3 ? atoi(argv[1]) : 0, memdevs = argc == 3 ? atoi(argv[2]) : 0;
	_cleanup_topology_ struct topology *topology = NULL;
	_cleanup_json_ struct json_object *record = NULL;

	if (bridges < 1 || bridges > PLAN_HOST_BRIDGES_MAX || memdevs < 1)
		return 2;
	topology = plan_host_new_flat(bridges, memdevs, UNIT);
	/* Claims know memdevs by serial numbers. */
	for (size_t i = 0; i < topology->memdevs.count; i++)
		topology->memdevs.items[i]->serial = i + 1;
	record = topology_to_json(topology);
	if (!record)
		return EXIT_FAILURE;
	puts(json_object_to_json_string_ext(record, JSON_C_TO_STRING_PLAIN));
	return EXIT_SUCCESS;
}
