/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Clients that are told of changes as they happen. Effect: answers of calls, on the daemon's loop.
 *
 * A look may show thousands of changes at once, for more than a hundred monitors: the changes are
 * told in turns of the loop, with short pauses for monitors that are behind. A monitor is told only
 * of changes that were found after its call.
 */
#pragma once

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "util/log.h"

struct json_object;
struct monitors;
struct varlink_call;

/** monitors_new() - makes an empty list; @log outlives it; 0 or negative errno */
int monitors_new(sd_event *event, const struct log *log, struct monitors **ret_monitors);

/** monitors_free() - drops all monitors without a word; accepts NULL and returns NULL */
struct monitors *monitors_free(struct monitors *monitors);

/** monitors_add() - tells @call of changes from now on, until its client leaves; 0 or -ENOMEM */
int monitors_add(struct monitors *monitors, struct varlink_call *call);

/** monitors_listen() - is there a monitor? Without one no change need be computed */
bool monitors_listen(const struct monitors *monitors);

/**
 * monitors_tell() - tells every monitor of changes
 * @changes: an array of objects, taken over; NULL, for lack of memory, is logged
 */
void monitors_tell(struct monitors *monitors, struct json_object *changes);
