// SPDX-License-Identifier: GPL-2.0-only
/*
 * Namespaces of persistent memory and their users, as the kernel shows them: drivers/nvdimm
 * (Documentation/ABI/testing/sysfs-bus-nvdimm), /proc/PID/mountinfo, /proc/swaps.
 */
#include "cxl/topology/pmem-use.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "util/cleanup.h"

#define ND_DEVICES "bus/nd/devices"

/* A device through which a namespace is used: a block device, a partition, or a dax device. */
struct node {
	size_t owner; /* index of the namespace */
	char name[PMEM_NAME_MAX];
	unsigned int major, minor;
	bool is_block;
};

struct search {
	const struct pmem_roots *roots;
	unsigned int region; /* the number of the nd region */
	struct pmem_namespace_list *found;
	ARRAY(struct node) nodes;
};

DEFINE_CLEANUP(DIR *, closedir)
#define _cleanup_dir_ _cleanup_(closedirp)

/* ---- files ---- */

static DIR *open_folder(int root_fd, const char *path)
{
	int fd = openat(root_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);

	if (fd >= 0 && !folder)
		(void)close(fd);
	return folder;
}

static const char *next_name(DIR *folder)
{
	const struct dirent *entry;

	do
		entry = readdir(folder);
	while (entry && entry->d_name[0] == '.');
	return entry ? entry->d_name : NULL;
}

static FILE *open_text(int root_fd, const char *path)
{
	int fd = openat(root_fd, path, O_RDONLY | O_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "re");

	if (fd >= 0 && !file)
		(void)close(fd);
	return file;
}

/* Reads the first line, without its line end. */
static bool read_line(int root_fd, const char *path, char *text, size_t size)
{
	_cleanup_fclose_ FILE *file = open_text(root_fd, path);

	if (!file || !fgets(text, (int)size, file))
		return false;
	text[strcspn(text, "\n")] = '\0';
	return true;
}

/* ---- the namespaces ---- */

/* The nd region has the addresses of the CXL region: cxl_pmem_region_probe(), drivers/cxl/pmem.c */
static bool find_region(const struct pmem_roots *roots, uint64_t start, uint64_t size,
			unsigned int *ret_number)
{
	_cleanup_dir_ DIR *folder = open_folder(roots->sysfs_fd, ND_DEVICES);
	const char *name;

	while (folder && (name = next_name(folder))) {
		char path[PATH_MAX], text[32];
		unsigned long long resource;
		unsigned int number;

		(void)snprintf(path, sizeof(path), ND_DEVICES "/%.*s/resource", PMEM_NAME_MAX,
			       name);
		if (sscanf(name, "region%u", &number) == 1 &&
		    read_line(roots->sysfs_fd, path, text, sizeof(text)) &&
		    sscanf(text, "%llx", &resource) == 1 && resource >= start &&
		    resource - start < size) {
			*ret_number = number;
			return true;
		}
	}
	return false;
}

/* Finds or adds the namespace of this name: several devices may belong to one namespace. */
static int add_namespace(struct search *search, const char *name, size_t *ret_index)
{
	struct pmem_namespace added = { .user = "" };

	for (size_t i = 0; i < search->found->list.count; i++)
		if (strcmp(search->found->list.items[i].name, name) == 0) {
			*ret_index = i;
			return 0;
		}
	(void)snprintf(added.name, sizeof(added.name), "%.*s", PMEM_NAME_MAX - 1, name);
	*ret_index = search->found->list.count;
	return ARRAY_APPEND(&search->found->list, added);
}

/* @folder: the folder of the device, with its number in `dev` */
static int add_node(struct search *search, const char *folder, const char *name, size_t owner,
		    bool is_block)
{
	struct pmem_namespace *namespace = &search->found->list.items[owner];
	struct node node = { .owner = owner, .is_block = is_block };
	char path[PATH_MAX], text[32];

	(void)snprintf(path, sizeof(path), "%s/dev", folder);
	if (!read_line(search->roots->sysfs_fd, path, text, sizeof(text)) ||
	    sscanf(text, "%u:%u", &node.major, &node.minor) != 2)
		return 0;
	(void)snprintf(node.name, sizeof(node.name), "%.*s", PMEM_NAME_MAX - 1, name);
	if (!*namespace->device)
		(void)memcpy(namespace->device, node.name, sizeof(node.name));
	return ARRAY_APPEND(&search->nodes, node);
}

/* Notes a device that is built on this device: device mapper, md, bcache. */
static void find_holder(struct search *search, const char *folder, const char *name, size_t owner)
{
	struct pmem_namespace *namespace = &search->found->list.items[owner];
	char path[PATH_MAX];
	_cleanup_dir_ DIR *holders = NULL;
	const char *holder;

	(void)snprintf(path, sizeof(path), "%s/holders", folder);
	holders = open_folder(search->roots->sysfs_fd, path);
	holder = holders ? next_name(holders) : NULL;
	if (holder && !*namespace->user)
		(void)snprintf(namespace->user, sizeof(namespace->user), "%.60s is in use by %.60s",
			       name, holder);
}

static int add_block(struct search *search, const char *folder, const char *name, size_t owner)
{
	_cleanup_dir_ DIR *parts = open_folder(search->roots->sysfs_fd, folder);
	const char *part;
	int rc = add_node(search, folder, name, owner, true);

	find_holder(search, folder, name, owner);
	while (rc == 0 && parts && (part = next_name(parts))) {
		char path[PATH_MAX];

		if (strncmp(part, name, strlen(name)) != 0)
			continue;
		(void)snprintf(path, sizeof(path), "%.3000s/%.255s", folder, part);
		rc = add_node(search, path, part, owner, true);
		find_holder(search, path, part, owner);
	}
	return rc;
}

/* @device: the namespace itself, or its btt, pfn or dax device */
static int add_devices(struct search *search, const char *device, size_t owner)
{
	const bool is_dax = strncmp(device, "dax", 3) == 0;
	char path[PATH_MAX];
	_cleanup_dir_ DIR *folder = NULL;
	const char *name;
	int rc = 0;

	(void)snprintf(path, sizeof(path), ND_DEVICES "/%.64s%s", device, is_dax ? "" : "/block");
	folder = open_folder(search->roots->sysfs_fd, path);
	while (rc == 0 && folder && (name = next_name(folder))) {
		char below[PATH_MAX];

		(void)snprintf(below, sizeof(below), "%.3000s/%.255s", path, name);
		if (!is_dax)
			rc = add_block(search, below, name, owner);
		else if (strncmp(name, "dax", 3) == 0)
			rc = add_node(search, below, name, owner, false);
	}
	return rc;
}

/* Adds a device of the region if the device is a namespace or names a namespace. */
static int add_device(struct search *search, const char *device)
{
	const char *number = device + strcspn(device, "0123456789");
	char path[PATH_MAX], text[PMEM_NAME_MAX];
	const bool is_namespace = strncmp(device, "namespace", strlen("namespace")) == 0;
	unsigned int region, index;
	size_t owner;
	int rc;

	if (sscanf(number, "%u.%u", &region, &index) != 2 || region != search->region)
		return 0;
	(void)snprintf(path, sizeof(path), ND_DEVICES "/%.64s/%s", device,
		       is_namespace ? "size" : "namespace");
	/* A seed: an empty device that a namespace can be made of. */
	if (!read_line(search->roots->sysfs_fd, path, text, sizeof(text)) || !*text ||
	    (is_namespace && strcmp(text, "0") == 0))
		return 0;
	rc = add_namespace(search, is_namespace ? device : text, &owner);
	return rc ? rc : add_devices(search, device, owner);
}

static int find_namespaces(struct search *search)
{
	_cleanup_dir_ DIR *folder = open_folder(search->roots->sysfs_fd, ND_DEVICES);
	const char *name;
	int rc = 0;

	while (rc == 0 && folder && (name = next_name(folder)))
		rc = add_device(search, name);
	return rc;
}

/* ---- their users ---- */

static struct pmem_namespace *owner_of(const struct search *search, const struct node *node)
{
	return &search->found->list.items[node->owner];
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* "/dev/pmem0p1 partition 1048572 0 -2" */
static void find_swap(const struct search *search)
{
	_cleanup_fclose_ FILE *swaps = open_text(search->roots->proc_fd, "swaps");
	char line[PATH_MAX], path[PATH_MAX];

	while (swaps && fgets(line, sizeof(line), swaps)) {
		if (sscanf(line, "%4095s", path) != 1)
			continue;
		for (size_t i = 0; i < search->nodes.count; i++) {
			const struct node *node = &search->nodes.items[i];
			struct pmem_namespace *namespace = owner_of(search, node);

			if (!*namespace->user && strcmp(last_part(path), node->name) == 0)
				(void)snprintf(namespace->user, sizeof(namespace->user),
					       "%s is swap", node->name);
		}
	}
}

/*
 * Compares the number of the device and its name: a file system of several devices has a number of
 * its own.
 */
static bool is_on(const struct node *node, const char *device, const char *source)
{
	char number[32];

	(void)snprintf(number, sizeof(number), "%u:%u", node->major, node->minor);
	return node->is_block &&
	       (strcmp(device, number) == 0 ||
		(strncmp(source, "/dev/", 5) == 0 && strcmp(last_part(source), node->name) == 0));
}

/* "36 35 259:0 / /mnt rw,noatime shared:1 - ext4 /dev/pmem0 rw": proc_pid_mountinfo(5) */
static void find_mounts_in(const struct search *search, const char *process)
{
	char path[64], line[2 * PATH_MAX], device[32], point[PATH_MAX];
	_cleanup_fclose_ FILE *mounts = NULL;

	(void)snprintf(path, sizeof(path), "%.16s/mountinfo", process);
	mounts = open_text(search->roots->proc_fd, path);
	while (mounts && fgets(line, sizeof(line), mounts)) {
		const char *rest = strstr(line, " - ");
		char source[PATH_MAX] = "";

		if (!rest || sscanf(line, "%*s %*s %31s %*s %4095s", device, point) != 2)
			continue;
		(void)sscanf(rest, " - %*s %4095s", source);
		for (size_t i = 0; i < search->nodes.count; i++) {
			const struct node *node = &search->nodes.items[i];
			struct pmem_namespace *namespace = owner_of(search, node);

			if (!*namespace->user && is_on(node, device, source))
				(void)snprintf(
					namespace->user, sizeof(namespace->user),
					"%.20s is mounted on %.100s, as process %.16s sees it",
					node->name, point, process);
		}
	}
}

/* A program that has one of the devices open, or has mapped a file of it. */
static void find_program(const struct search *search, const char *process)
{
	char path[64], name[64] = "?";
	_cleanup_dir_ DIR *fds = NULL;
	const char *fd;

	(void)snprintf(path, sizeof(path), "%.16s/fd", process);
	fds = open_folder(search->roots->proc_fd, path);
	while (fds && (fd = next_name(fds))) {
		struct stat status;

		if (fstatat(dirfd(fds), fd, &status, 0) < 0 ||
		    (!S_ISBLK(status.st_mode) && !S_ISCHR(status.st_mode)))
			continue;
		for (size_t i = 0; i < search->nodes.count; i++) {
			const struct node *node = &search->nodes.items[i];
			struct pmem_namespace *namespace = owner_of(search, node);

			if (*namespace->user || node->is_block != S_ISBLK(status.st_mode) ||
			    status.st_rdev != makedev(node->major, node->minor))
				continue;
			(void)snprintf(path, sizeof(path), "%.16s/comm", process);
			(void)read_line(search->roots->proc_fd, path, name, sizeof(name));
			(void)snprintf(namespace->user, sizeof(namespace->user),
				       "%s is open in process %.16s (%s)", node->name, process,
				       name);
		}
	}
}

/* Process 1 comes first, because an admin sees the mounts that process 1 sees. */
static void find_processes(const struct search *search,
			   void (*find)(const struct search *search, const char *process))
{
	_cleanup_dir_ DIR *folder = open_folder(search->roots->proc_fd, ".");
	const char *name;

	find(search, "1");
	while (folder && (name = next_name(folder)))
		if (isdigit((unsigned char)*name))
			find(search, name);
}

/* Finds users that no file shows: while the kernel uses a device alone, O_EXCL fails. */
static void try_devices(const struct search *search)
{
	for (size_t i = 0; i < search->nodes.count; i++) {
		const struct node *node = &search->nodes.items[i];
		struct pmem_namespace *namespace = owner_of(search, node);
		_cleanup_close_ int fd = -1;

		if (*namespace->user || !node->is_block)
			continue;
		fd = openat(search->roots->dev_fd, node->name,
			    O_RDONLY | O_EXCL | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		if (fd < 0 && errno == EBUSY)
			(void)snprintf(namespace->user, sizeof(namespace->user),
				       "%s is in use by the kernel", node->name);
	}
}

int pmem_namespaces_read(const struct pmem_roots *roots, uint64_t start, uint64_t size,
			 struct pmem_namespace_list *ret_list)
{
	struct search search = { .roots = roots, .found = ret_list };
	int rc;

	if (!find_region(roots, start, size, &search.region))
		return 0;
	rc = find_namespaces(&search);
	if (rc == 0 && search.nodes.count > 0) {
		find_swap(&search);
		find_processes(&search, find_mounts_in);
		if (roots->dev_fd >= 0) {
			find_processes(&search, find_program);
			try_devices(&search);
		}
	}
	ARRAY_FREE(&search.nodes);
	return rc;
}
