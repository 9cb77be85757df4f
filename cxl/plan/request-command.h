/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A request as the command that makes it, for hints. Pure. Called by region-plan.c and candidate.c.
 */
#pragma once

#include "cxl/plan/plan.h"

#define REQUEST_COMMAND_MAX 512

/**
 * request_command() - writes the command line, between backquotes, for the same request with
 * another window and size; 0: the largest possible size
 */
void request_command(const struct region_request *request, const char *window, uint64_t size_bytes,
		     char text[static REQUEST_COMMAND_MAX]);
