/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How many files this process may have open, and what of it is for clients. Effect: raises the
 * limit of this process as far as it may. Called once, when the server is made.
 */
#pragma once

#include <stddef.h>

struct log;

/**
 * descriptors_for_clients() - how many connections this process can have
 * @log: is told when there are few; may be NULL
 *
 * What the daemon needs for itself is not counted: sockets to the helper, the store, what it
 * listens to. So a client more never costs a change its descriptors.
 *
 * Return: at least 1, at most what a daemon wants.
 */
size_t descriptors_for_clients(const struct log *log);
