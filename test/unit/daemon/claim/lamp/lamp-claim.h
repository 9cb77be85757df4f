/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A made-up kind of claim, in a folder of its own: somebody wants a lamp (test/lib/lamp.h) to be
 * lit. The binding is the memdev that the lit lamp plugs. No file of daemon/ knows this kind.
 *
 *	{"name", "kind": "lamp", "lamp": "lamp0"|"lamp1", "dark" (when true), "drift",
 *	 "serial" (of what was given)}
 */
#pragma once

#include "daemon/claim/claim-kind.h"

extern const struct claim_kind lamp_claims;
