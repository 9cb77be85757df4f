/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The order of memdevs that the kernel would accept, found out by trying: every order is written
 * into a fake kernel, target by target, until the kernel commits one. All writes are taken back.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "test/lib/fake-kernel.h"

struct oracle_try {
	const char *window;
	enum topo_mode mode;
	int granularity;
	uint64_t share; /* bytes of each memdev */
	const struct topo_memdev *memdevs[8];
	int count;
	bool ordered; /* only the order given */
};

/** oracle_accepts() - is there an order in which this kernel takes these memdevs? */
bool oracle_accepts(struct fake_kernel *kernel, const struct oracle_try *try);

/** oracle_performs() - performs all steps; false when one fails, with its text on standard error */
bool oracle_performs(struct fake_kernel *kernel, const struct step_list *steps);
