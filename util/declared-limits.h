/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How much of a declared state one call holds: as much as cxlfm sends is as much as cxlfmd accepts.
 * varlink-message.h limits the bytes of a call as well.
 */
#pragma once

/* Claims in one call of DiffState. The daemon compares all of them in one turn of its event loop.
 */
#define DECLARED_CLAIMS_MAX 1024
