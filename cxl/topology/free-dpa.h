/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The next decoder of a memdev, and the device memory that this decoder would get. The kernel gives
 * out both strictly in order: decoders by number, DPA upwards in the partition (__cxl_dpa_alloc(),
 * __cxl_dpa_reserve(), cxl_decoder_commit() in drivers/cxl/core/hdm.c). Pure. Called by the
 * planner.
 */
#pragma once

#include <stdint.h>

#include "cxl/topology/topology.h"

enum dpa_state {
	DPA_FREE,
	DPA_NO_PARTITION, /* the device has no memory of this kind */
	DPA_NO_DECODER,	  /* all decoders of the device are taken */
	DPA_RESERVED, /* a decoder holds DPA and is not committed: no later decoder can be committed
		       */
};

struct dpa_free {
	enum dpa_state state;
	const struct topo_decoder
		*decoder; /* the next decoder; with DPA_RESERVED the decoder in the way */
	dpa_t start;
	uint64_t size; /* bytes to the end of the partition, 0 when all are used */
};

/** dpa_next_free() - the decoder and DPA of the next allocation in the partition of @mode */
struct dpa_free dpa_next_free(const struct topology *topology, const struct topo_memdev *memdev,
			      enum topo_mode mode);

/** dpa_usable() - the part of the free DPA that decoders can use: a multiple of 256 MiB */
uint64_t dpa_usable(const struct dpa_free *dpa);
