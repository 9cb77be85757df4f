/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The performer of this host's steps (change/performer.h): a worker of the privileged helper, and
 * another worker for each diagnosis. Says when the kernel does not come back. Effect, on the
 * daemon's loop; never blocks.
 */
#pragma once

#include <systemd/sd-event.h>

#include "change/performer.h"
#include "util/log.h"

struct helper_client;

/**
 * helper_performer_new() - a proof is the record of a host with one region alone
 * @helper: must outlive the performer, as @log does
 *
 * Return: 0 or negative errno.
 */
int helper_performer_new(sd_event *event, const struct log *log, struct helper_client *helper,
			 struct performer **ret_performer);
