/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A sysfs of plain files with a region of two targets, its dax device and its memory blocks, for
 * tests of steps on the host (cxl/step/step-sysfs.h). Include after cmocka.h.
 */
#pragma once

#include "cxl/step/host-step.h"
#include "cxl/step/step-sysfs.h"
#include "test/lib/temp-tree.h"

#define WINDOW	"devices/platform/root0/decoder0.0"
#define REGION	WINDOW "/region0"
#define DECODER "devices/platform/port1/endpoint3/decoder3.0"
#define DAX	REGION "/dax_region0/dax0.0"
#define MEMORY	"devices/system/memory"
#define UUID	"5d1f1e5c-72a2-4f4e-9f7a-0a1b2c3d4e5f"

struct world {
	char *root;
	struct step_sysfs sysfs;
};

int sysfs_world_setup(void **state);
int sysfs_world_teardown(void **state);

/** read_step() - reads the value of a step that may go from anything to anything */
int read_step(struct world *world, const struct step_kind *kind, const char *object,
	      const char *any, char value[static STEP_VALUE_MAX]);

void assert_value(struct world *world, const struct step_kind *kind, const char *object,
		  const char *expected);

/** write_step() - performs a step within a minute */
int write_step(struct world *world, const struct step_kind *kind, const char *object,
	       const char *from, const char *to);

void assert_file(struct world *world, const char *path, const char *expected);
