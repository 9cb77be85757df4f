/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interleave arithmetic: the ways and granularities that hardware can have, and the division of a
 * region's addresses among its devices (CXL r3.1 8.2.4.20.7, 8.2.4.20.13, 9.13.1). Pure; calls
 * nothing. Called by the planner and by code that translates addresses.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INTERLEAVE_WAYS_MAX	   16
#define INTERLEAVE_GRANULARITY_MIN 256
#define INTERLEAVE_GRANULARITY_MAX 16384

/* Targets that one decoder of a host bridge or switch can list: 8 bytes of target list registers.
 */
#define INTERLEAVE_PORT_TARGETS_MAX 8

bool interleave_is_power_of_2(int number);

/** interleave_ways_valid() - 1 2 4 8 16 3 6 12 */
bool interleave_ways_valid(int ways);

/**
 * interleave_ways_optional() - 3 6 12 and 16, which not every decoder can do
 *
 * A capability register tells whether a decoder can (CXL r3.1 8.2.4.20.1); the kernel does not show
 * that register.
 */
bool interleave_ways_optional(int ways);

/** interleave_granularity_valid() - a power of two from 256 to 16384 */
bool interleave_granularity_valid(int granularity);

/**
 * interleave_routing_ways() - the factor between the granularity of a window and that of its host
 * bridges
 *
 * The division by three is done above the host bridge; bits are routed with the power of two that
 * is left (kernel: cxl_port_setup_targets()).
 */
int interleave_routing_ways(int window_ways);

/**
 * interleave_decoder_fits() - can a decoder select among so many ways at this granularity?
 *
 * The address bits that select are 8 to 14 at most (CXL r3.1 8.2.4.20.1, A11to8 and A14to12
 * Interleave Capable; kernel: check_interleave_cap()).
 */
bool interleave_decoder_fits(int ways, int granularity);

/** interleave_region_ways_fit() - may a region of @ways live in a window of @window_ways? */
bool interleave_region_ways_fit(int ways, int window_ways);

/** interleave_position() - the position in the interleave set of the byte at this offset */
int interleave_position(uint64_t hpa_offset, int ways, int granularity);

/** interleave_to_dpa() - from an offset in the region to the offset in the device's share */
uint64_t interleave_to_dpa(uint64_t hpa_offset, int ways, int granularity);

/** interleave_to_hpa() - from an offset in the share of the device at @position to the offset in
 * the region */
uint64_t interleave_to_hpa(uint64_t dpa_offset, int position, int ways, int granularity);

/**
 * interleave_xor() - translates between system and HDM-decoder address in a window of XOR
 * arithmetic
 * @maps: XORMAPs of the CXIMS for the window's granularity, as many as its ways take
 *
 * Its own inverse (CXL r3.1 table 9-22).
 */
uint64_t interleave_xor(uint64_t address, const uint64_t *maps, size_t count);
