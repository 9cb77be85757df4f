// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random UUIDs that are the same in every run: what daemon/claim/intent.c asks libuuid for comes
 * from here (-Wl,--wrap). The function that is wrapped has no context, so the count of a process is
 * kept in it.
 */
#include "test/sim/sim-uuid.h"

#include <string.h>

#include <uuid/uuid.h>

/* A name that only the linker calls. */
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
