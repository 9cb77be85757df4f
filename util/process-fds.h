/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The descriptors that a process was started with. The starter may have closed any of the first
 * three, and then the next file that is opened (a socket, the store) becomes standard output. Or
 * the starter may have left open descriptors that are no business of this process. Called by the
 * main() of each program.
 */
#pragma once

/**
 * process_fds_open_standard() - opens those of the descriptors 0 to 2 that are closed; to be called
 * before any file is opened
 *
 * A descriptor that was closed can still neither be read nor written: its use fails with EBADF.
 *
 * Return: 0 or negative errno.
 */
int process_fds_open_standard(void);

/** process_fds_leave_terminal() - replaces descriptors 0 and 1 by /dev/null; 0 or negative errno */
int process_fds_leave_terminal(void);

/** process_fds_keep_only() - closes all descriptors from 3 on, but for @count of them from @first
 * on */
void process_fds_keep_only(int first, int count);

/**
 * process_fds_end_output() - closes standard output, and tells whether all of it has arrived
 *
 * Return: 0 or negative errno.
 */
int process_fds_end_output(void);
