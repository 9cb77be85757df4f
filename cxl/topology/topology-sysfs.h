/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attributes of sysfs. Effect: reads files; the root is
 * a parameter, so a test can give a tree of its own. Called by the readers of topology.
 *
 * Paths are relative to the root. Anything may vanish at any time: to its callers, an attribute
 * that cannot be read is one that does not tell.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "cxl/topology/topology.h"

/* Longer than any attribute that is read here. */
#define SYSFS_VALUE_MAX 4096

struct sysfs {
	int root_fd; /* of "/sys" */
};

/**
 * sysfs_text() - an attribute without its final newline
 * @value: receives the text; "" on failure
 *
 * Return: whether it could be read.
 */
bool sysfs_text(const struct sysfs *sysfs, char value[static SYSFS_VALUE_MAX], const char *format,
		...) __attribute__((format(printf, 3, 4)));

/** sysfs_number() - a numeric attribute in base @base (0: by prefix); @otherwise when not readable
 */
uint64_t sysfs_number(const struct sysfs *sysfs, int base, uint64_t otherwise, const char *format,
		      ...) __attribute__((format(printf, 4, 5)));

/** sysfs_link() - the target of a symbolic link; as sysfs_text() */
bool sysfs_link(const struct sysfs *sysfs, char target[static SYSFS_VALUE_MAX], const char *format,
		...) __attribute__((format(printf, 3, 4)));

/**
 * topology_read_memory() - block size, policy, and the blocks of the dax devices that are memory
 *
 * Return: 0 or -ENOMEM, as for the others.
 */
int topology_read_memory(struct topology *topology, const struct sysfs *sysfs);

/** topology_read_nodes() - NUMA nodes with distances, memory and HMAT figures */
int topology_read_nodes(struct topology *topology, const struct sysfs *sysfs);

/** topology_read_arithmetic() - how windows interleave, out of firmware's CEDT */
int topology_read_arithmetic(struct topology *topology, const struct sysfs *sysfs);
