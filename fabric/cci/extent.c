// SPDX-License-Identifier: GPL-2.0-only
/*
 * The walks of fabric/cci/extent.h. Pure; calls cursor.h.
 */
#include "fabric/cci/extent.h"

CCI_WALK(extent, cursor, extent)
{
	cci_u64(cursor, &extent->start);
	cci_u64(cursor, &extent->length);
	cci_array(cursor, extent->tag, sizeof(extent->tag));
	cci_u16(cursor, &extent->sequence);
	cci_reserved(cursor, 6);
}

CCI_WALK(dc_counters, cursor, counters)
{
	cci_u32(cursor, &counters->extents);
	cci_u32(cursor, &counters->extents_free);
	cci_u32(cursor, &counters->tags);
	cci_u32(cursor, &counters->tags_free);
}
