/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whoever is told of changes as they happen. Effect: answers of calls, on the daemon's loop.
 *
 * A look may show thousands of changes at once, and each is told to more than a hundred monitors:
 * they are told in turns of the loop, and who is behind is waited for a little. Who began to listen
 * later is not told what had happened before.
 */
#pragma once

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "util/log.h"

struct json_object;
struct monitors;
struct varlink_call;

/** monitors_new() - nobody yet; @log outlives it. 0 or negative errno */
int monitors_new(sd_event *event, const struct log *log, struct monitors **ret_monitors);

/** monitors_free() - nobody is told anything any more; accepts NULL and returns NULL */
struct monitors *monitors_free(struct monitors *monitors);

/** monitors_add() - @call is told from now on, until its client leaves; 0 or -ENOMEM */
int monitors_add(struct monitors *monitors, struct varlink_call *call);

/** monitors_listen() - is there anybody? Otherwise nothing need be made to be told */
bool monitors_listen(const struct monitors *monitors);

/**
 * monitors_tell() - tells every monitor
 * @changes: an array of objects, taken over; NULL when there was no memory for it, which is logged
 */
void monitors_tell(struct monitors *monitors, struct json_object *changes);
