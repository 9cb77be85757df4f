// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interleave arithmetic. Pure; calls nothing. Called by the planner.
 */
#include "cxl/plan/interleave.h"

bool interleave_is_power_of_2(int number)
{
	return number > 0 && (number & (number - 1)) == 0;
}

bool interleave_ways_valid(int ways)
{
	if (ways <= 0 || ways > INTERLEAVE_WAYS_MAX)
		return false;
	return interleave_is_power_of_2(ways % 3 ? ways : ways / 3);
}

bool interleave_ways_optional(int ways)
{
	return ways % 3 == 0 || ways > 8;
}

bool interleave_granularity_valid(int granularity)
{
	return granularity >= INTERLEAVE_GRANULARITY_MIN &&
	       granularity <= INTERLEAVE_GRANULARITY_MAX && interleave_is_power_of_2(granularity);
}

int interleave_routing_ways(int window_ways)
{
	return interleave_is_power_of_2(window_ways) ? window_ways : window_ways / 3;
}

bool interleave_decoder_fits(int ways, int granularity)
{
	/* Address bits select the power of two in a multiple of three. */
	int selected = interleave_routing_ways(ways);

	if (granularity > INTERLEAVE_GRANULARITY_MAX)
		return false;
	return selected == 1 || selected * granularity <= 1 << 15;
}

bool interleave_region_ways_fit(int ways, int window_ways)
{
	return window_ways > 0 && ways % window_ways == 0 &&
	       interleave_is_power_of_2(ways / window_ways);
}

int interleave_position(uint64_t hpa_offset, int ways, int granularity)
{
	return (int)(hpa_offset / (uint64_t)granularity % (uint64_t)ways);
}

uint64_t interleave_to_dpa(uint64_t hpa_offset, int ways, int granularity)
{
	uint64_t chunk = (uint64_t)granularity, stripe = chunk * (uint64_t)ways;

	return hpa_offset / stripe * chunk + hpa_offset % chunk;
}

uint64_t interleave_to_hpa(uint64_t dpa_offset, int position, int ways, int granularity)
{
	uint64_t chunk = (uint64_t)granularity;

	return (dpa_offset / chunk * (uint64_t)ways + (uint64_t)position) * chunk +
	       dpa_offset % chunk;
}

uint64_t interleave_xor(uint64_t address, const uint64_t *maps, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t lowest = maps[i] & (~maps[i] + 1);

		if (__builtin_parityll(address & maps[i]))
			address |= lowest;
		else
			address &= ~lowest;
	}
	return address;
}
