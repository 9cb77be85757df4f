// SPDX-License-Identifier: GPL-2.0-only
/*
 * Gives up the rights that a role does not need: first the user, then the files, then the system
 * calls.
 */
#include "daemon/helper/worker-role.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/helper/worker-cage.h"

/* The overflow group: owns nothing. */
#define NOGROUP 65534

static int set_capabilities(unsigned int permitted, unsigned int effective)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	const struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {
		{ .permitted = permitted, .effective = effective }
	};

	return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}

static int become(uid_t uid, unsigned int capabilities)
{
	/* Capabilities outlive a change of user only after PR_SET_KEEPCAPS, and only once. */
	if (prctl(PR_SET_KEEPCAPS, 1) < 0 || setgroups(0, NULL) < 0 ||
	    setresgid(NOGROUP, NOGROUP, NOGROUP) < 0 || setresuid(uid, uid, uid) < 0)
		return -errno;
	if (prctl(PR_SET_KEEPCAPS, 0) < 0 ||
	    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return -errno;
	return set_capabilities(capabilities, capabilities);
}

int worker_role_enter(enum worker_role role, uid_t uid)
{
	static const char *const read_folders[] = {
		"/sys",
		/* mounts of persistent memory (pmem-use.h) */
		"/proc",
		NULL,
	};
	static const char *const none[] = { NULL };
	const bool reads = role == WORKER_READER;
	int rc;

	(void)prctl(PR_SET_NAME, reads ? "cxlfm-reader" : "cxlfm-parser");
	rc = geteuid() == 0 ? become(uid, reads ? 1u << CAP_DAC_READ_SEARCH : 0) : 0;
	if (rc < 0)
		return rc;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0) < 0)
		return -errno;
	rc = worker_cage_files(reads ? read_folders : none);
	return rc < 0 ? rc : worker_cage_calls();
}
