/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The exit codes of cxlfm, documented in every man page (Documentation/man/exit-status.adoc).
 * Stable: scripts decide by them. A larger number is not a worse failure.
 */
#pragma once

enum exit_code {
	EXIT_CODE_DONE = 0,
	EXIT_CODE_FAILED = 1,	     /* and the host is as it was before */
	EXIT_CODE_USAGE = 2,	     /* invalid request; nothing was changed */
	EXIT_CODE_REFUSED = 3,	     /* no plan; nothing was changed */
	EXIT_CODE_BUSY = 4,	     /* the kernel keeps memory in use; the host is as before */
	EXIT_CODE_LEFTOVER = 5,	     /* failed, and not everything could be taken back */
	EXIT_CODE_NO_DAEMON = 6,     /* nobody listens on the socket */
	EXIT_CODE_NOT_PERMITTED = 7, /* the socket is not for this user */
	EXIT_CODE_OTHER_VERSION = 8, /* the peer does not speak our interface */
	EXIT_CODE_UNKNOWN = 9,	     /* nobody was told the answer: the outcome is unknown */
	EXIT_CODE_TIMED_OUT = 10,    /* what was waited for did not come in time */
	EXIT_CODE_NO_CHANGE = 11,    /* no change that is known has this id */
};
