// SPDX-License-Identifier: GPL-2.0-only
/*
 * Landlock for files (Documentation/userspace-api/landlock.rst), a seccomp filter for system calls.
 */
#include "daemon/helper/worker-cage.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "util/cleanup.h"

/* ---- files ---- */

/* All access rights that this version of Landlock can deny. */
static uint64_t accesses_of(long version)
{
	if (version >= 5)
		return (UINT64_C(1) << 16) - 1; /* ioctl on devices */
	if (version >= 3)
		return (UINT64_C(1) << 15) - 1;		      /* truncate */
	return (UINT64_C(1) << (version >= 2 ? 14 : 13)) - 1; /* 2: rename to another folder */
}

static int allow_reading(int rules, const char *folder)
{
	_cleanup_close_ int fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	const struct landlock_path_beneath_attr beneath = {
		.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
		.parent_fd = fd,
	};

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	return syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) < 0
		       ? -errno
		       : 0;
}

int worker_cage_files(const char *const *folders)
{
	struct landlock_ruleset_attr attributes = { 0 };
	_cleanup_close_ int rules = -1;
	long version =
		syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	int rc = 0;

	if (version < 0)
		return errno == ENOSYS || errno == EOPNOTSUPP ? 0 : -errno;
	attributes.handled_access_fs = accesses_of(version);
	rules = (int)syscall(SYS_landlock_create_ruleset, &attributes,
			     sizeof(attributes.handled_access_fs), 0);
	if (rules < 0)
		return -errno;
	for (; rc == 0 && *folders; folders++)
		rc = allow_reading(rules, *folders);
	if (rc == 0 && syscall(SYS_landlock_restrict_self, rules, 0) < 0)
		rc = -errno;
	return rc;
}

/* ---- system calls ---- */

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCHITECTURE AUDIT_ARCH_RISCV64
#else
#error "name the architecture as the kernel's audit does"
#endif

#define LOAD(field)                                                                                \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, field))
#define ANSWER(answer) BPF_STMT(BPF_RET | BPF_K, (answer))
/* Skips the next instruction unless it is @number. */
#define ALLOW(number) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1), ANSWER(SECCOMP_RET_ALLOW)

static const struct sock_filter filter[] = {
	LOAD(arch),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
	ANSWER(SECCOMP_RET_KILL_PROCESS),
	LOAD(nr),
	/* reading */
	ALLOW(SYS_openat),
	ALLOW(SYS_openat2),
	ALLOW(SYS_read),
	ALLOW(SYS_pread64),
	ALLOW(SYS_readv),
	ALLOW(SYS_lseek),
	ALLOW(SYS_close),
	ALLOW(SYS_fstat),
	ALLOW(SYS_newfstatat),
	ALLOW(SYS_statx),
	ALLOW(SYS_fstatfs),
	ALLOW(SYS_readlinkat),
	ALLOW(SYS_faccessat),
	ALLOW(SYS_faccessat2),
	ALLOW(SYS_getdents64),
	ALLOW(SYS_fcntl),
	ALLOW(SYS_getcwd),
#ifdef __x86_64__
	ALLOW(SYS_open),
	ALLOW(SYS_stat),
	ALLOW(SYS_lstat),
	ALLOW(SYS_access),
	ALLOW(SYS_readlink),
#endif
	/* answering, and logging to standard error */
	ALLOW(SYS_recvmsg),
	ALLOW(SYS_sendmsg),
	ALLOW(SYS_memfd_create),
	ALLOW(SYS_write),
	ALLOW(SYS_writev),
	/* memory, time, and the needs of the C library */
	ALLOW(SYS_brk),
	ALLOW(SYS_mmap),
	ALLOW(SYS_mremap),
	ALLOW(SYS_munmap),
	ALLOW(SYS_mprotect),
	ALLOW(SYS_madvise),
	ALLOW(SYS_futex),
	ALLOW(SYS_getrandom),
	ALLOW(SYS_clock_gettime),
	ALLOW(SYS_clock_nanosleep),
	ALLOW(SYS_nanosleep),
	ALLOW(SYS_sched_yield),
	ALLOW(SYS_sched_getaffinity),
	ALLOW(SYS_sysinfo),
	ALLOW(SYS_uname),
	ALLOW(SYS_getpid),
	ALLOW(SYS_gettid),
	ALLOW(SYS_getuid),
	ALLOW(SYS_geteuid),
	ALLOW(SYS_getgid),
	ALLOW(SYS_getegid),
	ALLOW(SYS_rt_sigaction),
	ALLOW(SYS_rt_sigprocmask),
	ALLOW(SYS_rt_sigreturn),
	ALLOW(SYS_sigaltstack),
	ALLOW(SYS_restart_syscall),
	ALLOW(SYS_exit),
	ALLOW(SYS_exit_group),
	ANSWER(SECCOMP_RET_ERRNO | EPERM),
};

int worker_cage_calls(void)
{
	const struct sock_fprog program = { .len = ARRAY_SIZE(filter),
					    .filter = (struct sock_filter *)filter };

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) < 0 ? -errno : 0;
}
