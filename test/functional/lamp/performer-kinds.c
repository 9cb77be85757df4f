// SPDX-License-Identifier: GPL-2.0-only
/*
 * The performers of a test's daemon: the helper, and a wire that the test answers at.
 */
#include "daemon/performer-kinds.h"

#include "cxl/step/host-step.h"
#include "daemon/helper/helper-performer.h"
#include "test/functional/lamp/wire-performer.h"
#include "test/lib/lamp.h"
#include "util/cleanup.h"

static int make_helper(void *userdata, struct performer **ret_performer)
{
	const struct performer_parts *parts = userdata;

	return helper_performer_new(parts->event, parts->log, parts->helper, ret_performer);
}

static int make_wire(void *userdata, struct performer **ret_performer)
{
	const struct performer_parts *parts = userdata;

	return wire_performer_new(parts->event, ret_performer);
}

static const struct step_kind *const lamp_steps[] = { &lamp_kind };
static const struct step_registry lamp_registry = { lamp_steps, ARRAY_SIZE(lamp_steps) };

static const struct performer_kind kinds[] = {
	{ HOST_PERFORMER, &host_steps, make_helper },
	{ LAMP_PERFORMER, &lamp_registry, make_wire },
};

const struct performer_kinds performer_kinds = { kinds, ARRAY_SIZE(kinds) };
