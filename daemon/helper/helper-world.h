/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The running host behind the seam of helper-serve.h: sysfs, libcxl, mailboxes. Blocks; runs in a
 * worker of the helper only.
 */
#pragma once

#include "daemon/helper/helper-serve.h"

/* Its context is a struct step_sysfs. */
extern const struct helper_world helper_world_host;
