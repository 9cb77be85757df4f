// SPDX-License-Identifier: GPL-2.0-only
/*
 * Users of block devices that are the kernel itself, as each of the kernel's drivers shows them.
 */
#include "cxl/topology/kernel-users.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "cxl/topology/plain-text.h"
#include "util/folder.h"

#define CONFIG	  "kernel/config/"
#define PLACE_MAX 512
/* An attribute of sysfs or configfs is a page at most; two paths are in none. */
#define ATTRIBUTE_MAX 4096
/* A rename elsewhere has the kernel give up a walk that may not wait: openat2(2), EAGAIN. */
#define FOLLOW_ATTEMPTS 3

enum form {
	FORM_PATH,   /* "/dev/disk/by-id/x" */
	FORM_NUMBER, /* "259:1" */
	FORM_HEX,    /* "103:1", the same number in hexadecimal */
	FORM_FILEIO, /* "TCM FILEIO ID: 0        File: /dev/pmem0  Size: ..." */
	FORM_IBLOCK, /* "iBlock device: pmem0 ... \n        Major: 259 Minor: 1  " */
};

/* A kind of users: where the users of the kind are, and which of their files tells the device. */
struct user_kind {
	const char *objects; /* a folder each; "*" stands for any name, or for a part of a name */
	const char *attribute;
	enum form form;
	const char *enable; /* "0" in this file: the object uses nothing yet; NULL without one */
	const char *verb;
};

static const struct user_kind kinds[] = {
	/* loop_configure(), drivers/block/loop.c: has the file for itself while it is set up only
	 */
	{ "block/loop*", "loop/backing_file", FORM_PATH, NULL, "behind" },
	/* nvmet_bdev_ns_enable(), drivers/nvme/target/io-cmd-bdev.c */
	{ CONFIG "nvmet/subsystems/*/namespaces/*", "device_path", FORM_PATH, "enable",
	  "exported by nvmet as" },
	/* fd_configure_device(), drivers/target/target_core_file.c */
	{ CONFIG "target/core/fileio_*/*", "info", FORM_FILEIO, "enable",
	  "exported by the kernel's target as" },
	/* iblock_configure_device(), drivers/target/target_core_iblock.c: with exclusive=0 */
	{ CONFIG "target/core/iblock_*/*", "info", FORM_IBLOCK, "enable",
	  "exported by the kernel's target as" },
	/* fsg_lun_open(), drivers/usb/gadget/function/storage_common.c */
	{ CONFIG "usb_gadget/*/functions/mass_storage.*/lun.*", "file", FORM_PATH, NULL,
	  "exported over USB as" },
	{ "class/udc/*/device/gadget*/lun*", "file", FORM_PATH, NULL, "exported over USB as" },
	/* process_msg_open(), drivers/block/rnbd/rnbd-srv.c; the link leads to the disk */
	{ "class/rnbd-server/ctl/devices/*", "block_dev/dev", FORM_NUMBER, NULL,
	  "exported by rnbd as" },
	/* xen_vbd_create(), drivers/block/xen-blkback/xenbus.c */
	{ "bus/xen-backend/devices/vbd-*", "physical_device", FORM_HEX, NULL,
	  "exported by Xen as" },
	/* o2hb_region_dev_store(), fs/ocfs2/cluster/heartbeat.c; the name of the device */
	{ CONFIG "cluster/*/heartbeat/*", "dev", FORM_PATH, NULL, "a heartbeat of ocfs2," },
};

/* Tells whether an error is none: the object has gone, or is not for this process. */
static bool is_left_out(const struct kernel_user_search *search, int error)
{
	switch (error) {
	case -ENOENT:
	case -ENODEV:
	case -ENXIO:
	case -ENOTDIR:
	/* The kernel can't tell a path that is longer than a page, as any owner of a file may make
	 * one: no reason to see nothing. */
	case -ENAMETOOLONG:
		return true;
	case -EACCES:
	case -EPERM:
		return search->skips_denied;
	default:
		return false;
	}
}

/* ---- from a path to a device ---- */

/*
 * A path may lead to a server that does not answer, also out of /dev/shm, where anybody may make
 * links. What else is in /dev, and what the kernel has open, needs no question to a server. (A link
 * whose time of access is due is not followed with RESOLVE_CACHED; a path that the kernel makes has
 * no links.) The kernel tells paths as the first process sees them: this process may have another
 * /tmp, and no /home.
 */
static int follow(const struct kernel_user_search *search, const char *path)
{
	static const char dev[] = "/dev/";
	const bool is_dev = strncmp(path, dev, strlen(dev)) == 0;
	_cleanup_close_ int root_fd =
		is_dev ? -1 : openat(search->proc_fd, "1/root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	const struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = is_dev	  ? RESOLVE_NO_XDEV
			   : root_fd >= 0 ? RESOLVE_CACHED | RESOLVE_IN_ROOT
					  : RESOLVE_CACHED,
	};
	const int folder = is_dev ? search->dev_fd : root_fd >= 0 ? root_fd : AT_FDCWD;
	long fd = -1;

	for (int i = 0; i < FOLLOW_ATTEMPTS && fd < 0 && (i == 0 || errno == EAGAIN); i++)
		fd = syscall(SYS_openat2, folder, is_dev ? path + strlen(dev) : path, &how,
			     sizeof(how));
	return (int)fd;
}

/*
 * Anybody may have a file that is named like a device, and who is at the seat may set up a loop
 * device on the file (udisks2). Only an admin has files in a folder of devices.
 */
static bool is_place_of_devices(const char *path)
{
	static const char dev[] = "/dev/";
	const char *slash = strrchr(path, '/');

	return !slash || (slash - path >= (ptrdiff_t)strlen("/dev") &&
			  strncmp(slash - strlen("/dev"), dev, strlen(dev)) == 0);
}

/* Returns false for a file that is no device, as far as can be told. */
static bool may_be_device(const struct kernel_user_search *search, const char *path,
			  dev_t *ret_device)
{
	_cleanup_close_ int fd = search->dev_fd >= 0 && *path == '/' ? follow(search, path) : -1;
	struct statx status;

	*ret_device = 0;
	if (fd < 0 || statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE, &status) < 0)
		return search->dev_fd >= 0 || is_place_of_devices(path);
	if (S_ISBLK(status.stx_mode))
		*ret_device = makedev(status.stx_rdev_major, status.stx_rdev_minor);
	return S_ISBLK(status.stx_mode) || is_place_of_devices(path);
}

static void tell(const struct kernel_user_search *search, const char *path, dev_t device,
		 const char *how)
{
	search->see(search->context, &(struct kernel_use){ plain_last_part(path), device, how });
}

/* @mark: what the kernel writes behind the path of a file whose name has gone */
static void tell_path(const struct kernel_user_search *search, char *path, const char *mark,
		      const char *how)
{
	const size_t length = strlen(path), mark_length = strlen(mark);
	dev_t device;

	if (length > mark_length && strcmp(path + length - mark_length, mark) == 0)
		path[length - mark_length] = '\0';
	if (*path && may_be_device(search, path, &device))
		tell(search, path, device, how);
}

/* ---- swap ---- */

/*
 * "/dev/pmem0p1 partition 1048572 0 -2" below a line of titles; without swap in the kernel there is
 * no such file. Blanks within the path are told in octal.
 */
static int find_swap(const struct kernel_user_search *search)
{
	_cleanup_fclose_ FILE *swaps = NULL;
	char line[2 * PATH_MAX], path[PATH_MAX];
	bool is_whole;
	int rc = plain_open(search->proc_fd, "swaps", &swaps);

	if (rc < 0)
		return rc == -ENOENT ? 0 : rc;
	while ((rc = plain_line(swaps, line, sizeof(line), &is_whole)) > 0)
		if (*line == '/' && sscanf(line, "%4095s", path) == 1)
			tell_path(search, path, "\\040(deleted)", "swap");
	return rc;
}

/* ---- objects of the kernel's drivers ---- */

/* Reads all of an attribute; "" when there is none. */
static int read_attribute(const struct kernel_user_search *search, const char *object,
			  const char *attribute, char text[ATTRIBUTE_MAX])
{
	char path[PATH_MAX];
	_cleanup_close_ int fd = -1;
	ssize_t size = 0;
	int rc = 0;

	(void)snprintf(path, sizeof(path), "%.3800s/%s", object, attribute);
	fd = openat(search->sysfs_fd, path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		size = read(fd, text, ATTRIBUTE_MAX - 1);
	if (fd < 0 || size < 0)
		rc = -errno;
	text[rc < 0 ? 0 : size] = '\0';
	return is_left_out(search, rc) ? 0 : rc;
}

static void tell_number(const struct kernel_user_search *search, unsigned int major_number,
			unsigned int minor_number, const char *how)
{
	if (major_number != 0)
		tell(search, "", makedev(major_number, minor_number), how);
}

/* Cuts the path out of what a target tells of a file. */
static char *file_of_target(char *text)
{
	char *file = strstr(text, "File: ");
	char *end = NULL;

	for (char *next = file; next && (next = strstr(next, "  Size: ")); next++)
		end = next;
	if (!end)
		return NULL;
	*end = '\0';
	return file + strlen("File: ");
}

static void tell_attribute(const struct kernel_user_search *search, enum form form, char *text,
			   const char *how)
{
	unsigned int major_number, minor_number;
	char *path = text;

	switch (form) {
	case FORM_NUMBER:
	case FORM_HEX:
		if (sscanf(text, form == FORM_HEX ? "%x:%x" : "%u:%u", &major_number,
			   &minor_number) == 2)
			tell_number(search, major_number, minor_number, how);
		return;
	case FORM_IBLOCK:
		path = strstr(text, "Major: ");
		if (path && sscanf(path, "Major: %u Minor: %u", &major_number, &minor_number) == 2)
			tell_number(search, major_number, minor_number, how);
		return;
	case FORM_FILEIO:
		path = file_of_target(text);
		break;
	case FORM_PATH:
		path[strcspn(path, "\n")] = '\0';
		break;
	}
	if (path)
		tell_path(search, path, " (deleted)", how);
}

/* @place: the names of the object within its path */
static int find_in_object(const struct kernel_user_search *search, const struct user_kind *kind,
			  const char *object, const char *place)
{
	char text[ATTRIBUTE_MAX], how[PLACE_MAX + 64];
	int rc = 0;

	if (kind->enable) {
		rc = read_attribute(search, object, kind->enable, text);
		if (rc == 0 && strcmp(text, "0\n") == 0)
			return 0;
	}
	if (rc == 0)
		rc = read_attribute(search, object, kind->attribute, text);
	if (rc < 0 || !*text)
		return rc;
	(void)snprintf(how, sizeof(how), "%s %s", kind->verb, place);
	tell_attribute(search, kind->form, text, how);
	return 0;
}

/* Follows the rest of @pattern below the folder @above. */
static int find_objects(const struct kernel_user_search *search, const struct user_kind *kind,
			const char *above, const char *pattern, const char *place)
{
	const char *star = strchr(pattern, '*'), *name;
	char path[PATH_MAX], part[NAME_MAX];
	_cleanup_folder_ DIR *folder = NULL;
	const char *begin = star, *end;
	int next = 0, rc;

	if (!star)
		return find_in_object(search, kind, above, place);
	while (begin > pattern && begin[-1] != '/')
		begin--;
	end = star + strcspn(star, "/");
	(void)snprintf(part, sizeof(part), "%.*s", (int)(end - begin), begin);
	(void)snprintf(path, sizeof(path), "%.3000s%.*s", above, (int)(begin - pattern), pattern);
	rc = folder_open(search->sysfs_fd, path, &folder);
	while (rc == 0 && (next = folder_next(folder, &name)) > 0) {
		char below[PATH_MAX], where[PLACE_MAX];

		if (fnmatch(part, name, 0) != 0)
			continue;
		(void)snprintf(below, sizeof(below), "%.3500s%.255s%s", path, name,
			       *end ? "/" : "");
		(void)snprintf(where, sizeof(where), "%.250s%s%.250s", place, *place ? "/" : "",
			       name);
		rc = find_objects(search, kind, below, *end ? end + 1 : end, where);
	}
	rc = rc ? rc : next;
	return is_left_out(search, rc) ? 0 : rc;
}

int kernel_users_find(const struct kernel_user_search *search)
{
	int rc = find_swap(search);

	for (size_t i = 0; rc == 0 && i < ARRAY_SIZE(kinds); i++)
		rc = find_objects(search, &kinds[i], "", kinds[i].objects, "");
	return rc;
}
