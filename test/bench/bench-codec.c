// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measures the codec: how often in a second of one core a port's state is read and written. Fails
 * below the limit of the product, 5 million.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "fabric/cci/set-physical-switch.h"

#define ROUNDS 5
#define STATES 2000000
#define LIMIT  5e6
#define SECOND 1e9
/* What QEMU's switch says of its first port. */
static const uint8_t sample[] = { 0x00, 0x03, 0x03, 0x00, 0x05, 0x06, 0x10, 0x10,
				  0x3f, 0x06, 0x05, 0x07, 0x00, 0x02, 0x00, 0x03 };

/* The time of this process: others may have the core in between. */
static double now(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / SECOND;
}

/* Returns states a second, or 0 if one of them is not what was written. */
static double measure(void)
{
	uint8_t bytes[sizeof(sample)];
	double begin = now();

	memcpy(bytes, sample, sizeof(bytes));
	for (uint32_t i = 0; i < STATES; i++) {
		struct cci_port_state state;

		*bytes = (uint8_t)i;
		if (cci_port_state_decode(bytes, sizeof(bytes), &state) < 0 ||
		    cci_port_state_encode(&state, bytes, sizeof(bytes)) != sizeof(bytes) ||
		    *bytes != (uint8_t)i)
			return 0;
	}
	return STATES / (now() - begin);
}

int main(void)
{
	double best = 0;

	for (int i = 0; i < ROUNDS; i++) {
		double rate = measure();

		best = rate > best ? rate : best;
	}
	printf("codec: %.1f million port states a second, read and written (at least %.0f)\n",
	       best / 1e6, LIMIT / 1e6);
	return best < LIMIT;
}
