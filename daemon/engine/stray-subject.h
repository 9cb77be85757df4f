/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The subject of the change that gives a stray back: an object that a performer holds for this
 * manager, and that no entry of the journal and no claim names. Pure but for the heap. Called by
 * strays.c.
 */
#pragma once

struct performer_held;
struct subject;

/** stray_new() - gives @held back, unless a claim names it by then; copied; NULL without memory */
struct subject *stray_new(const struct performer_held *held);
