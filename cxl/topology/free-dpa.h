/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which decoder of a memdev comes next and what device memory it would get. The kernel gives out
 * both strictly in order: decoders by number, DPA upwards in the partition (__cxl_dpa_alloc(),
 * __cxl_dpa_reserve(), cxl_decoder_commit() in drivers/cxl/core/hdm.c). Pure. Called by the
 * planner.
 */
#pragma once

#include <stdint.h>

#include "cxl/topology/topology.h"

enum dpa_state {
	DPA_FREE,
	DPA_NO_PARTITION, /* the device has no memory of this kind */
	DPA_NO_DECODER,	  /* all its decoders are taken */
	DPA_RESERVED, /* a decoder holds DPA and is not committed: the next one never could be */
};

struct dpa_free {
	enum dpa_state state;
	const struct topo_decoder *decoder; /* the next one; of DPA_RESERVED the one in the way */
	dpa_t start;
	uint64_t size; /* to the end of the partition, 0 when all is used */
};

/** dpa_next_free() - what the next allocation in the partition of @mode can get */
struct dpa_free dpa_next_free(const struct topology *topology, const struct topo_memdev *memdev,
			      enum topo_mode mode);

/** dpa_usable() - as much of it as decoders can take: a multiple of 256 MiB */
uint64_t dpa_usable(const struct dpa_free *dpa);
