// SPDX-License-Identifier: GPL-2.0-only
/*
 * Small hosts made from a seed.
 */
#include "test/unit/cxl/plan/random-host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "test/unit/cxl/plan/plan-host.h"

#define MEMDEVS_MAX 8

/* splitmix64 */
uint64_t random_next(struct random *random)
{
	uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

int random_below(struct random *random, int limit)
{
	return (int)(random_next(random) % (uint64_t)limit);
}

/* ---- hosts ---- */

struct shape {
	char text[128];
	size_t length;
	int memdevs, memdevs_max;
	struct random *random;
};

static void shape_add(struct shape *shape, char c)
{
	assert_true(shape->length + 1 < sizeof(shape->text));
	shape->text[shape->length++] = c;
	shape->text[shape->length] = '\0';
}

static void shape_port(struct shape *shape, int depth)
{
	int children = 1 + random_below(shape->random, depth == 0 ? 3 : 4);

	shape_add(shape, '[');
	for (int i = 0; i < children; i++) {
		if (depth < 2 && random_below(shape->random, 5) < 2) {
			shape_port(shape, depth + 1);
		} else if (shape->memdevs < shape->memdevs_max) {
			shape_add(shape, 'e');
			shape->memdevs++;
		}
	}
	shape_add(shape, ']');
}

static void random_window(struct random *random, int bridges, struct plan_window *window,
			  char targets[static 8])
{
	static const int granularities[] = { 256, 512, 1024, 4096, 8192, 16384 };
	int order[3] = { 0, 1, 2 }, ways = 1 + random_below(random, bridges);

	for (int i = 0; i < ways; i++) {
		int other = i + random_below(random, bridges - i), target = order[other];

		order[other] = order[i];
		order[i] = target;
		targets[i] = (char)('0' + target);
	}
	targets[ways] = '\0';
	*window = (struct plan_window){
		.targets = targets,
		.size = (uint64_t)(1 + random_below(random, 32)) * UNIT,
		.granularity = ways > 1 ? granularities[random_below(random, 6)] : 256,
		.pmem = random_below(random, 4) == 0,
	};
	window->no_ram = window->pmem && random_below(random, 3) == 0;
}

/* Capacities: scarce and uneven on some hosts, so that they decide; plenty on others. */
static void random_capacities(struct random *random, struct topology *topology, bool scarce)
{
	for (size_t i = 0; i < topology->memdevs.count; i++) {
		struct topo_memdev *memdev = topology->memdevs.items[i];

		memdev->ram_size = (uint64_t)(scarce ? random_below(random, 9) : 16) * UNIT;
		memdev->pmem_size = (uint64_t)(scarce ? random_below(random, 5) : 0) * UNIT;
	}
}

/* Even shapes are rare by chance, and it is there that wide regions have one right order of many.
 */
static int even_shape(struct random *random, struct shape *shape)
{
	static const struct {
		const char *text;
		int bridges;
	} shapes[] = {
		{ "[ee][ee]", 2 },	{ "[[ee][ee]]", 1 },	{ "[[ee]][[ee]]", 2 },
		{ "[[eeee]]", 1 },	{ "[eeee][eeee]", 2 },	{ "[ee][ee][ee]", 3 },
		{ "[[ee]e][ee]", 2 },	{ "[[[ee][ee]]]", 1 },	{ "[[ee][ee]][[ee][ee]]", 2 },
		{ "[[ee][e]][ee]", 2 }, { "[[[ee]e][ee]]", 1 }, { "[eee][e]", 2 },
	};
	int chosen = random_below(random, (int)(sizeof(shapes) / sizeof(shapes[0])));

	(void)snprintf(shape->text, sizeof(shape->text), "%s", shapes[chosen].text);
	return shapes[chosen].bridges;
}

static int random_shape(struct random *random, struct shape *shape)
{
	int bridges = 1 + random_below(random, 3);

	for (int i = 0; i < bridges; i++)
		shape_port(shape, 0);
	return bridges;
}

struct topology *random_host(struct random *random)
{
	bool scarce = random_below(random, 3) == 0;
	struct shape shape = { .random = random, .memdevs_max = scarce ? 5 : MEMDEVS_MAX };
	char targets[PLAN_HOST_WINDOWS_MAX][8];
	struct plan_host host = { .decoders = (scarce ? 1 : 3) + random_below(random, 4) };
	int windows = 1 + random_below(random, 3);
	int bridges =
		random_below(random, 2) ? even_shape(random, &shape) : random_shape(random, &shape);
	struct topology *topology;

	host.shape = shape.text;
	for (int i = 0; i < windows; i++)
		random_window(random, bridges, &host.windows[i], targets[i]);
	topology = plan_host_new(&host);
	random_capacities(random, topology, scarce);
	return topology;
}
