/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claims of this host's memory, as a kind of claim. The objects are regions.
 */
#pragma once

#include "daemon/claim/claim-kind.h"

extern const struct claim_kind memory_kind;
