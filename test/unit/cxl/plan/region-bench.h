/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A host with its kernel, on which plans for regions that exist are performed: the snapshot is
 * taken anew after everything that changes it.
 */
#pragma once

#include "cxl/plan/plan.h"
#include "test/lib/fake-kernel.h"

struct bench {
	struct topology *start, *now;
	struct fake_kernel *kernel;
};

/**
 * bench_new() - two memdevs of 1 GiB RAM and 1 GiB pmem each below one window, idle
 * @policy: the value of auto_online_blocks
 */
struct bench bench_new(const char *policy);

/** bench_look() - takes the snapshot anew; the last snapshot is gone */
void bench_look(struct bench *bench);

/** bench_perform() - carries the plan out, deinitialises it, and looks */
void bench_perform(struct bench *bench, struct plan *plan);

/** bench_free() - the end, to which no memory may be stuck online */
void bench_free(struct bench *bench);
