/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs that have devices open, or mapped. Effect: reads /proc. Called by pmem-use.c, with the
 * rights to see all processes.
 *
 * Whoever runs programs has a say in how long a look at them takes: half a million open
 * descriptors, tens of thousands of mappings, a mapping that a server of his own does not end. So
 * each user has time of his own, and the process that was not seen is named.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define PROCESS_ID_MAX 16

struct program_search {
	int proc_fd;	   /* /proc */
	uint64_t until_ms; /* CLOCK_MONOTONIC: the end of the search */
	/* Is told of each device that a process uses. */
	void (*see)(void *context, const char *process, const char *how, bool is_block,
		    dev_t device);
	void *context;
	/* May a process of this user have one of the devices open? */
	bool (*may_open)(void *context, unsigned int uid);
	/* Receives the first process of which not all was seen; "" at first. */
	char unseen[PROCESS_ID_MAX];
	/* ... and the first such process of a user who may have one of the devices open. */
	char suspect[PROCESS_ID_MAX];
};

/**
 * programs_find() - searches the open files of all processes, and mappings
 *
 * Of mappings only the shared ones: all of a dax device are (check_vma(), drivers/dax/device.c),
 * and no data is lost with a private one of a block device.
 *
 * A mapping outlives the descriptor that it was made by. Its name and its inode say nothing of the
 * device behind it; the kernel tells the device to who has CAP_CHECKPOINT_RESTORE.
 *
 * Any process can have its page tables locked for as long as it likes, and a file may be on a
 * server that is away: only a signal that kills ends the wait for them. So a process of its own
 * looks, and is killed when it hangs.
 *
 * Return: 0, also when a process was not seen; -ENOMEM; the errno of /proc or of fork().
 */
int programs_find(struct program_search *search);
