// SPDX-License-Identifier: GPL-2.0-only
/* The claims and memdevs that changes of memory reserve, and that others have reserved. */
#include "daemon/claim/memory/memory-reserve.h"

#include <errno.h>
#include <stdio.h>

#include "cxl/step/host-step.h"
#include "daemon/claim/memory/memory-match.h"

void memory_reserve_name(const struct topology *topology, const struct topo_memdev *memdev,
			 char name[static RESERVATION_MAX])
{
	const struct claim_member member = memory_member_of(topology, memdev);
	char ident[RESERVATION_MAX];

	if (!claim_member_ident(&member, ident))
		(void)snprintf(ident, sizeof(ident), "%s", memdev->name);
	(void)snprintf(name, RESERVATION_MAX, "memdev:%.*s",
		       RESERVATION_MAX - (int)sizeof("memdev:"), ident);
}

/* The endpoint decoder that a step takes from a memdev, or gives back to the memdev; or NULL. */
static const char *decoder_of(const struct step *step)
{
	if (step->kind == STEP_DECODER_DPA)
		return step->object;
	if (step->kind == STEP_REGION_TARGET)
		return *step->to ? step->to : step->from;
	return NULL;
}

static int add_memdev(const struct topology *topology, const char *name,
		      struct reservation_set *set)
{
	const struct topo_decoder *decoder = topology_decoder(topology, name);
	char reserved[RESERVATION_MAX];

	if (!decoder || !decoder->port->memdev)
		return 0;
	memory_reserve_name(topology, decoder->port->memdev, reserved);
	return reservation_set_add(set, reserved);
}

static int add_claim(const char *claim, struct reservation_set *set)
{
	char name[RESERVATION_MAX];

	(void)snprintf(name, sizeof(name), "claim:%s", claim);
	return reservation_set_add(set, name);
}

int memory_reserve(const struct plan *plan, const char *claim, const struct topology *topology,
		   struct reservation_set *set)
{
	int rc = claim ? add_claim(claim, set) : 0;

	for (size_t i = 0; rc == 0 && i < plan->steps.list.count; i++) {
		const char *decoder = decoder_of(&plan->steps.list.items[i]);

		if (decoder)
			rc = add_memdev(topology, decoder, set);
	}
	return rc;
}

int memory_find_reserved(const struct world *world, struct arena *arena,
			 const struct topo_memdev *const **ret_memdevs, size_t *ret_count)
{
	const struct topology *topology = world->topology;
	const struct topo_memdev **memdevs = NULL;
	char name[RESERVATION_MAX];
	size_t count = 0;

	*ret_memdevs = NULL;
	*ret_count = 0;
	if (!world_has_reservations(world) || topology->memdevs.count == 0)
		return 0;
	memdevs = arena_alloc(arena, topology->memdevs.count * sizeof(struct topo_memdev *));
	if (!memdevs)
		return -ENOMEM;
	for (size_t i = 0; i < topology->memdevs.count; i++) {
		memory_reserve_name(topology, topology->memdevs.items[i], name);
		if (world_is_reserved(world, name))
			memdevs[count++] = topology->memdevs.items[i];
	}
	*ret_memdevs = memdevs;
	*ret_count = count;
	return 0;
}
