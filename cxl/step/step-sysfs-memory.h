/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of step-sysfs.c that is about dax devices and memory blocks. Only for step-sysfs.c.
 */
#pragma once

#include <stdint.h>

#include "cxl/step/step-sysfs.h"

/**
 * sysfs_memory_is_online() - is a memory block in [@start, @start + @size) online?
 *
 * Return: 1, 0 or negative errno.
 */
int sysfs_memory_is_online(int root_fd, uint64_t start, uint64_t size);

/** sysfs_dax_settle() - waits a moment for a dax device that the kernel is about to make */
void sysfs_dax_settle(int root_fd, const char *region, uint64_t deadline_ms);

/**
 * sysfs_dax_forget() - removes the name of a region's former dax device from device_dax
 *
 * A dax device that vanishes with its memory device, or whose region cxl destroys, leaves its name
 * among the IDs of device_dax (new_id). The kernel would give the next dax device of that name to
 * device_dax and not to kmem.
 */
void sysfs_dax_forget(int root_fd, const char *region, uint64_t deadline_ms);

/* Read and write one property each, as struct step_ops does; the form of values is not checked. */
int sysfs_read_dax_driver(struct step_sysfs *sysfs, const struct step *step,
			  char value[static STEP_VALUE_MAX]);
int sysfs_read_dax_memory(struct step_sysfs *sysfs, const struct step *step,
			  char value[static STEP_VALUE_MAX]);
int sysfs_read_block(struct step_sysfs *sysfs, const struct step *step,
		     char value[static STEP_VALUE_MAX]);
int sysfs_write_dax_driver(struct step_sysfs *sysfs, const struct step *step, uint64_t deadline_ms);
int sysfs_write_dax_memory(struct step_sysfs *sysfs, const struct step *step, uint64_t deadline_ms);
int sysfs_write_block(struct step_sysfs *sysfs, const struct step *step, uint64_t deadline_ms);
