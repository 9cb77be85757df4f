/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shared by varlink-idl.c (the parser) and varlink-idl-check.c, and included by no other file.
 */
#pragma once

#include "util/arena.h"

struct varlink_idl {
	struct arena arena; /* owns all below */
	char *text;
	const char *name, *comment;
	struct varlink_member *members;
};
