/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kinds of claims that there are: the only place that names them.
 */
#pragma once

#include "daemon/claim/claim-kind.h"

extern const struct claim_kinds claim_kinds;
