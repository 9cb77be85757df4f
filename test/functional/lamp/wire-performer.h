/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A performer whose other end is a test's: orders go as lines of JSON over a Unix socket, whose
 * path is in the variable CXLFM_TEST_WIRE. The other end applies the rule of change/step-perform.h.
 *
 *	{"order": "perform", "step": {...}}	{"error": 0, "wrote": true, "seen": "on"}
 *	{"order": "read", "steps": [...]}	{"error": 0, "values": ["on"]}
 *	{"order": "prove"}			{"error": 0}
 */
#pragma once

#include <systemd/sd-event.h>

#include "change/performer.h"

/** wire_performer_new() - 0 or negative errno */
int wire_performer_new(sd_event *event, struct performer **ret_performer);
