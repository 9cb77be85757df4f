/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Long work in short turns. Effect: an event source.
 *
 * A source of sd_event_add_defer() would not do. Such a source, while it is on, comes before all
 * others of its priority: sd-event serves the source that is pending for the longest time, and a
 * defer source is pending from its creation. No client would be served before all of the work is
 * done.
 */
#pragma once

#include <systemd/sd-event.h>

/**
 * turn_source_add() - makes a source, switched off. While it is on it gets a turn after each
 * pending source has had one
 * @callback: does one turn of work; switches the source off when no work is left
 *
 * Return: 0 or negative errno.
 */
int turn_source_add(sd_event *event, sd_event_source **ret_source, sd_event_io_handler_t callback,
		    void *userdata);
