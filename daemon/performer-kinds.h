/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kinds of performers that there are: the only place that names them.
 */
#pragma once

#include <systemd/sd-event.h>

#include "daemon/engine/performers.h"
#include "util/log.h"

struct helper_client;

/* What performers of all kinds are made from: `userdata` of make(). */
struct performer_parts {
	sd_event *event;
	const struct log *log;
	struct helper_client *helper;
};

extern const struct performer_kinds performer_kinds;
