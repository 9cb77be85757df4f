// SPDX-License-Identifier: GPL-2.0-only
/*
 * busy-host rename|mount|lock FOLDER: what goes on beside us on a host that is in use.
 *
 *	rename	a file of FOLDER, which becomes nobody's, gets another name, again and again, as
 *		udevd renames its links; by nobody, so that no right can be what it takes
 *	mount	a file system is mounted on FOLDER and taken off again, as services with a namespace
 *		of their own do
 *	lock	FOLDER is locked, by nobody, who need only be able to open it
 *
 * All need root, and go on until they are killed. Of the first two the kernel tells whoever
 * resolves a path meanwhile to try again (openat2(2), RESOLVE_BENEATH), whichever file systems the
 * two are about.
 */

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <unistd.h>

#define NOBODY 65534

static int fail(const char *what)
{
	fprintf(stderr, "busy-host: %s: %s\n", what, strerror(errno));
	return 1;
}

static int become_nobody(void)
{
	if (setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
	    setresuid(NOBODY, NOBODY, NOBODY) < 0)
		return fail("becoming nobody");
	return 0;
}

static int rename_for_ever(const char *folder)
{
	int fd;

	if (chown(folder, NOBODY, NOBODY) < 0 || chdir(folder) < 0)
		return fail(folder);
	if (become_nobody() != 0)
		return 1;
	fd = open("one", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail("one");
	close(fd);
	for (;;)
		if (rename("one", "other") < 0 || rename("other", "one") < 0)
			return fail("rename");
}

static int mount_for_ever(const char *folder)
{
	for (;;) {
		if (mount("none", folder, "tmpfs", 0, NULL) < 0)
			return fail("mount");
		if (umount2(folder, MNT_DETACH) < 0)
			return fail("umount");
	}
}

static int lock_for_ever(const char *path)
{
	int fd;

	if (become_nobody() != 0)
		return 1;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || flock(fd, LOCK_EX) < 0)
		return fail(path);
	for (;;)
		(void)pause();
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "mount") == 0)
		return mount_for_ever(argv[2]);
	if (argc == 3 && strcmp(argv[1], "rename") == 0)
		return rename_for_ever(argv[2]);
	if (argc == 3 && strcmp(argv[1], "lock") == 0)
		return lock_for_ever(argv[2]);
	fprintf(stderr, "usage: busy-host rename|mount|lock FOLDER\n");
	return 2;
}
