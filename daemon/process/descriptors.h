/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The limit of open files of this process, and the share of it that is for clients. Effect: raises
 * the limit as far as the process may. Called once, when the server is made.
 */
#pragma once

#include <stddef.h>

struct log;

/**
 * descriptors_for_clients() - how many connections this process can have
 * @log: receives a warning when there are few; may be NULL
 *
 * Descriptors that the daemon needs for itself are kept back: for the helper, the store, and the
 * sockets that it listens on. So one more client never takes the descriptors of a change.
 *
 * Return: at least 1, at most the number of connections that a daemon wants.
 */
size_t descriptors_for_clients(const struct log *log);
