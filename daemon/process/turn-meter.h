/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The event loop of the daemon, with a measurement of its turns: while a turn runs, all others
 * wait. A turn is the work between two polls of the loop.
 */
#pragma once

#include <systemd/sd-event.h>

#include "util/log.h"

/**
 * turn_meter_loop() - sd_event_loop(), with a debug line for each turn that took a millisecond or
 * more
 *
 * The time is CPU time of the process, so other work of the machine does not count. Without debug
 * lines in the log nothing is measured.
 *
 * Return: as sd_event_loop().
 */
int turn_meter_loop(sd_event *event, const struct log *log);
