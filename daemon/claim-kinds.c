// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kinds of claims that there are. A claim that names none is of the first.
 */
#include "daemon/claim-kinds.h"

#include "daemon/claim/memory/memory-kind.h"
#include "util/cleanup.h"

static const struct claim_kind *const kinds[] = {
	&memory_kind,
};

const struct claim_kinds claim_kinds = { kinds, ARRAY_SIZE(kinds) };
