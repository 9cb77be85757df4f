/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Long work in short turns. Effect: an event source.
 *
 * sd-event has sources for that, sd_event_add_defer(), but one of them that stays on is before all
 * others of its priority: it is pending since it was made, and whoever is pending for longest comes
 * first. Nobody would be heard before all of the work is done.
 */
#pragma once

#include <systemd/sd-event.h>

/**
 * turn_source_add() - a source that is off, and whenever it is on has a turn after each of the
 *	others that have something to do
 * @callback: one turn; switches the source off when nothing is left
 *
 * Return: 0 or negative errno.
 */
int turn_source_add(sd_event *event, sd_event_source **ret_source, sd_event_io_handler_t callback,
		    void *userdata);
