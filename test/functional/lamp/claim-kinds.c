// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kinds of claims of a test's daemon: memory, and a kind that the daemon's sources do not know.
 */
#include "daemon/claim-kinds.h"

#include "daemon/claim/memory/memory-kind.h"
#include "test/unit/daemon/claim/lamp/lamp-claim.h"
#include "util/cleanup.h"

static const struct claim_kind *const kinds[] = { &memory_kind, &lamp_claims };

const struct claim_kinds claim_kinds = { kinds, ARRAY_SIZE(kinds) };
