/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The exit codes of cxlfm, documented in every man page (Documentation/man/exit-status.adoc).
 * They are stable: scripts decide by them. A larger number is not a worse failure.
 */
#pragma once

enum exit_code {
	EXIT_CODE_DONE = 0,
	EXIT_CODE_FAILED = 1,	     /* failed; the host is as before */
	EXIT_CODE_USAGE = 2,	     /* invalid request; nothing was changed */
	EXIT_CODE_REFUSED = 3,	     /* refused by the planner; nothing was changed */
	EXIT_CODE_BUSY = 4,	     /* memory stays in use; the host is as before */
	EXIT_CODE_LEFTOVER = 5,	     /* failed; not everything could be taken back */
	EXIT_CODE_NO_DAEMON = 6,     /* cxlfmd does not listen on the socket */
	EXIT_CODE_NOT_PERMITTED = 7, /* the socket is not for this user */
	EXIT_CODE_OTHER_VERSION = 8, /* the peer does not know this interface */
	EXIT_CODE_UNKNOWN = 9,	     /* the answer did not arrive: the outcome is unknown */
	EXIT_CODE_TIMED_OUT = 10,    /* the condition did not hold in time */
	EXIT_CODE_NO_CHANGE = 11,    /* no known change has this id */
	EXIT_CODE_PARTLY = 12,	     /* some of several changes are made, and some failed */
};
