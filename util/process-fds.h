/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The descriptors that a process was started with. Whoever starts it may have closed any of the
 * first three, and then the next thing that is opened (a socket, the store) becomes standard
 * output; or may have left some open that are none of its business. Called by the three main().
 */
#pragma once

/**
 * process_fds_open_standard() - sees that the descriptors 0 to 2 are there; before anything is
 * opened
 *
 * Those that were closed can neither be read nor written: whoever uses one gets EBADF, as before.
 *
 * Return: 0 or negative errno.
 */
int process_fds_open_standard(void);

/** process_fds_leave_terminal() - makes /dev/null of 0 and 1, for who needs neither; 0 or negative
 * errno */
int process_fds_leave_terminal(void);

/** process_fds_keep_only() - closes all from 3 on but the @count ones that begin with @first */
void process_fds_keep_only(int first, int count);

/**
 * process_fds_end_output() - sees that all that was printed has arrived; nothing can be printed
 * after it
 *
 * Return: 0 or negative errno.
 */
int process_fds_end_output(void);
