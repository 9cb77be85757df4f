/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The event loop of the daemon, and how long each of its turns keeps everybody else waiting. A turn
 * is what is done between two looks at what else is ready.
 */
#pragma once

#include <systemd/sd-event.h>

#include "util/log.h"

/**
 * turn_meter_loop() - sd_event_loop(), with a debug line for each turn that took a millisecond or
 * more
 *
 * The time is the processor's, not the clock's: what others have the machine do does not count. It
 * is taken only if debug lines are logged.
 *
 * Return: as sd_event_loop().
 */
int turn_meter_loop(sd_event *event, const struct log *log);
