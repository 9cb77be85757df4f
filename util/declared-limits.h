/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Of a declared state on its way: what cxlfm sends at once is what cxlfmd takes at once. A call is
 * bounded by varlink-message.h besides.
 */
#pragma once

/* Claims in one call of DiffState: comparing them is one turn of the loop. */
#define DECLARED_CLAIMS_MAX 1024
