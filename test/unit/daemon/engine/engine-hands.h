/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What engine-stand.c and engine-hands.c share: the values of objects behind performers, and
 * performers for the engine. Tests include engine-stand.h.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "test/unit/daemon/engine/engine-stand.h"

/** stand_is_far() - is the object behind a wire? */
bool stand_is_far(const char *object);

/** stand_set_value() - the object has this value from now on; both texts are copied */
void stand_set_value(struct stand *stand, const char *name, const char *text);

/** stand_dies() - does the daemon die at this effect? From then on nothing has one. */
bool stand_dies(struct stand *stand);

/* The new() of a struct performer_kind; @userdata: the stand. */
int stand_hand_new(void *userdata, struct performer **ret_performer);
int stand_wire_new(void *userdata, struct performer **ret_performer);
