// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kinds of performers that there are. A step whose kind names no performer is the first one's.
 */
#include "daemon/performer-kinds.h"

#include "cxl/step/host-step.h"
#include "daemon/helper/helper-performer.h"
#include "util/cleanup.h"

static int make_helper(void *userdata, struct performer **ret_performer)
{
	const struct performer_parts *parts = userdata;

	return helper_performer_new(parts->event, parts->log, parts->helper, ret_performer);
}

static const struct performer_kind kinds[] = {
	{ HOST_PERFORMER, &host_steps, make_helper },
};

const struct performer_kinds performer_kinds = { kinds, ARRAY_SIZE(kinds) };
