/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attributes of sysfs. Effect: reads files; the root is a parameter, so a test can give a tree of
 * its own. Called by the readers of topology.
 *
 * Paths are relative to the root. Any file may vanish at any time: the value of an attribute that
 * does not exist, or that only root may read, is unknown. Any other failure is noted: without
 * descriptors or memory, a host would look as if it had no CXL.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "cxl/topology/topology-look.h"
#include "util/folder.h"

/* Longer than any attribute that is read here. */
#define SYSFS_VALUE_MAX 4096

struct sysfs_failure {
	int error; /* negative errno; 0: there was no failure */
	char file[TOPOLOGY_FILE_MAX];
};

struct sysfs {
	int root_fd; /* of "/sys", or of a folder below it */
	struct sysfs_failure
		*failure; /* receives the first failure; NULL: nobody asks for failures */
};

/** sysfs_below() - a folder, whose failures are noted with the failures of @above */
static inline struct sysfs sysfs_below(const struct sysfs *above, int fd)
{
	return (struct sysfs){ .root_fd = fd, .failure = above->failure };
}

/** sysfs_open_folder() - a descriptor; -1 when there is no such folder, or after a failure */
int sysfs_open_folder(const struct sysfs *above, const char *path);

/**
 * sysfs_folder() - opens a folder for its names
 *
 * Return: the folder; NULL when there is no such folder, or after a failure.
 */
DIR *sysfs_folder(const struct sysfs *above, const char *path);

/** sysfs_open_attribute() - opens a file; a file that only root may read counts as absent */
int sysfs_open_attribute(const struct sysfs *sysfs, const char *path);

/** sysfs_failed() - notes that a file below @sysfs can't be read, unless it has vanished */
void sysfs_failed(const struct sysfs *sysfs, const char *path, int error);

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
