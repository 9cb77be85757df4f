// SPDX-License-Identifier: GPL-2.0-only
/*
 * Gives up writing. Effect on the process only.
 */
#include "daemon/helper/reader-role.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The overflow user: owns nothing. */
#define NOBODY 65534

int reader_role_enter(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	const unsigned int keep = 1u << CAP_DAC_READ_SEARCH;

	(void)prctl(PR_SET_NAME, "cxlfm-reader");
	/* Who is not root has nothing to give up. */
	if (geteuid() != 0)
		return 0;
	/* Leaving user 0 clears the effective capabilities over files; one of them comes back. */
	(void)setfsuid(NOBODY);
	if (syscall(SYS_capget, &header, data) < 0)
		return -errno;
	data[0].effective = data[0].permitted & keep;
	data[0].permitted &= keep;
	data[1].effective = data[1].permitted = 0;
	return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}
