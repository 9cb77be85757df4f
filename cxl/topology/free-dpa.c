// SPDX-License-Identifier: GPL-2.0-only
/*
 * Free device memory of memdevs. Pure. Called by the planner.
 */
#include "cxl/topology/free-dpa.h"

#include "cxl/topology/port-decoder.h"

/* No capacity can be planned with a size that the snapshot does not know. */
static uint64_t known_size(uint64_t size)
{
	return size == TOPO_UNKNOWN ? 0 : size;
}

/*
 * The first DPA behind all allocations: the kernel allocates upward and fills no gaps. Behind one
 * whose size is unknown nothing is known to be free.
 */
static dpa_t allocated_end(const struct topo_port *endpoint)
{
	dpa_t end = 0;

	for (size_t i = 0; i < endpoint->decoders.count; i++) {
		const struct topo_decoder *decoder = endpoint->decoders.items[i];
		dpa_t start = decoder->dpa_resource == TOPO_UNKNOWN ? end : decoder->dpa_resource;

		if (decoder->dpa_size == TOPO_UNKNOWN)
			return TOPO_UNKNOWN;
		if (decoder->dpa_size > 0 && start + decoder->dpa_size > end)
			end = start + decoder->dpa_size;
	}
	return end;
}

/*
 * The kernel counts allocations (hdm_end) and allocates the decoders in that order; a decoder that
 * holds DPA without being committed stops the commit of every later decoder.
 */
static void find_decoder(const struct topology *topology, const struct topo_port *endpoint,
			 struct dpa_free *dpa)
{
	const struct topo_decoder *uncommitted = NULL;
	int used = 0;

	for (size_t i = 0; i < endpoint->decoders.count; i++) {
		const struct topo_decoder *decoder = endpoint->decoders.items[i];

		if (decoder->dpa_size == 0)
			continue;
		used++;
		if (!uncommitted && !port_decoder_enabled(topology, decoder))
			uncommitted = decoder;
	}
	dpa->decoder = port_decoder_at(endpoint, used);
	if (!dpa->decoder) {
		dpa->state = DPA_NO_DECODER;
	} else if (port_decoders_committed(topology, endpoint) != used) {
		dpa->state = DPA_RESERVED;
		if (uncommitted)
			dpa->decoder = uncommitted;
	}
}

struct dpa_free dpa_next_free(const struct topology *topology, const struct topo_memdev *memdev,
			      enum topo_mode mode)
{
	uint64_t ram = known_size(memdev->ram_size), pmem = known_size(memdev->pmem_size);
	struct dpa_free dpa = { .state = DPA_FREE };
	dpa_t begin = mode == TOPO_MODE_RAM ? 0 : ram;
	dpa_t end = mode == TOPO_MODE_RAM ? ram : ram + pmem;
	dpa_t used_end;

	if (begin == end) {
		dpa.state = DPA_NO_PARTITION;
		return dpa;
	}
	/*
	 * An allocation of persistent memory has used up all volatile memory that was free below
	 * it: the skip of its decoder covers that memory. So the end of all allocations is behind
	 * the volatile partition.
	 */
	used_end = allocated_end(memdev->endpoint);
	dpa.start = used_end > begin ? used_end : begin;
	dpa.size = dpa.start < end ? end - dpa.start : 0;
	find_decoder(topology, memdev->endpoint, &dpa);
	return dpa;
}

uint64_t dpa_usable(const struct dpa_free *dpa)
{
	if (dpa->state != DPA_FREE)
		return 0;
	return dpa->size - dpa->size % TOPO_CAPACITY_UNIT;
}
