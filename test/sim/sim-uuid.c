// SPDX-License-Identifier: GPL-2.0-only
/*
 * UUIDs that are the same in every run: they replace libuuid's for
 * daemon/claim/memory/memory-request.c
 * (-Wl,--wrap). The wrapped function has no context, so it keeps the count of the process itself.
 */
#include "test/sim/sim-uuid.h"

#include <string.h>

#include <uuid/uuid.h>

/* The linker calls this by name. */
void __wrap_uuid_generate(uuid_t uuid);

static uint64_t last;

void sim_uuid_reset(void)
{
	last = 0;
}

void __wrap_uuid_generate(uuid_t uuid)
{
	last++;
	memset(uuid, 0x11, sizeof(uuid_t));
	memcpy(uuid, &last, sizeof(last));
}
