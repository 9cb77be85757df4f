/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The helper's processes: the first process touches nothing of the host, receives sockets from
 * cxlfmd and forks a worker for each, with a limit for their number and their pace. A worker may
 * hang in a kernel write, die in a library or be killed: that ends one request, and the next
 * request gets a new worker.
 */
#pragma once

#include "daemon/helper/helper-serve.h"
#include "util/log.h"

/**
 * helper_workers_run() - forks workers until the daemon closes its end
 * @world: carries out requests in the workers; its context is a struct helper_host
 *
 * Returns in the first process only: a worker ends with its session.
 *
 * Return: an exit status.
 */
int helper_workers_run(int control_fd, const struct helper_world *world, const struct log *log);
