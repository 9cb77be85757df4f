/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All kinds of claims: the only place that names the kinds.
 */
#pragma once

#include "daemon/claim/claim-kind.h"

extern const struct claim_kinds claim_kinds;
