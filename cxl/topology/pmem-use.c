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
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "util/cleanup.h"
#include "util/clock.h"
#include "util/text.h"

#define ND_DEVICES "bus/nd/devices"

/*
 * Anybody can have a hundred thousand mounts in a namespace of his own, and half a million open
 * descriptors in each process. What is not found in time stays nameless: the kernel tells whether
 * something uses a block device alone, mounts among them (try_devices()).
 */
#define MOUNTS_TIMEOUT_MS 1000
/* The time for the processes of one user but root: who has crowds of descriptors hides his own. */
#define USER_TIMEOUT_MS	    500
#define PROGRAMS_TIMEOUT_MS 5000

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
	ARRAY(unsigned int) views; /* the first mount of each list of mounts that was read */
	uint64_t until_ms;	   /* CLOCK_MONOTONIC */
	bool was_cut;		   /* the search for programs has not seen all of them */
};

struct process {
	unsigned int uid;
	char id[16];
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
static int find_region(const struct pmem_roots *roots, uint64_t start, uint64_t size,
		       unsigned int *ret_number)
{
	_cleanup_dir_ DIR *folder = open_folder(roots->sysfs_fd, ND_DEVICES);
	const char *name;

	/* A host whose namespaces can't be seen is no host without namespaces. */
	if (!folder)
		return errno == ENOENT ? 0 : -errno;
	while ((name = next_name(folder))) {
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
			return 1;
		}
	}
	return 0;
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

/* Says who has the device, in words that are harmless wherever they are shown. */
__attribute__((format(printf, 2, 3))) static void set_user(struct pmem_namespace *namespace,
							   const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(namespace->user, sizeof(namespace->user), format, arguments);
	va_end(arguments);
	text_clean_line(namespace->user);
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
		set_user(namespace, "%.60s is in use by %.60s", name, holder);
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
	int rc = folder ? 0 : -errno;

	while (rc == 0 && (name = next_name(folder)))
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
				set_user(namespace, "%s is swap", node->name);
		}
	}
}

/*
 * Tells whether file systems of this type lie on devices. Others have a source of any text, and
 * anybody may mount some of them in a namespace of his own: proc_filesystems(5).
 */
static bool needs_device(const struct search *search, const char *type)
{
	_cleanup_fclose_ FILE *types = open_text(search->roots->proc_fd, "filesystems");
	const size_t length = strcspn(type, ".");
	char line[128], name[64];

	while (types && fgets(line, sizeof(line), types))
		if (sscanf(line, "nodev %63s", name) == 1 && strlen(name) == length &&
		    strncmp(name, type, length) == 0)
			return false;
	return true;
}

struct mount {
	unsigned int id;
	char device[32], point[PATH_MAX], type[64], source[PATH_MAX];
};

/* "36 35 259:0 / /mnt rw,noatime shared:1 - ext4 /dev/pmem0 rw": proc_pid_mountinfo(5) */
static bool parse_mount(const char *line, struct mount *mount)
{
	const char *rest = strstr(line, " - ");

	return rest &&
	       sscanf(line, "%u %*s %31s %*s %4095s", &mount->id, mount->device, mount->point) ==
		       3 &&
	       sscanf(rest, " - %63s %4095s", mount->type, mount->source) == 2;
}

/*
 * Compares the number of the device and its name: a file system of several devices has a number of
 * its own.
 */
static bool is_on(const struct search *search, const struct node *node, const struct mount *mount)
{
	char number[32];

	(void)snprintf(number, sizeof(number), "%u:%u", node->major, node->minor);
	return node->is_block && (strcmp(mount->device, number) == 0 ||
				  (strncmp(mount->source, "/dev/", 5) == 0 &&
				   strcmp(last_part(mount->source), node->name) == 0 &&
				   needs_device(search, mount->type)));
}

static void find_mount(const struct search *search, const struct mount *mount, const char *process)
{
	for (size_t i = 0; i < search->nodes.count; i++) {
		const struct node *node = &search->nodes.items[i];
		struct pmem_namespace *namespace = owner_of(search, node);

		if (!*namespace->user && is_on(search, node, mount))
			set_user(namespace, "%.20s is mounted on %.100s, as process %.16s sees it",
				 node->name, mount->point, process);
	}
}

/* A mount's number is unique: a list that begins with the same mount is the same list. */
static int note_view(struct search *search, unsigned int id, bool *ret_known)
{
	*ret_known = false;
	for (size_t i = 0; i < search->views.count; i++)
		if (search->views.items[i] == id) {
			*ret_known = true;
			return 0;
		}
	return ARRAY_APPEND(&search->views, id);
}

static int find_mounts_in(struct search *search, const char *process)
{
	char path[64];
	_cleanup_fclose_ FILE *mounts = NULL;
	_cleanup_free_ char *line = NULL;
	bool known = false, first = true;
	struct mount mount;
	size_t size = 0;
	int rc = 0;

	(void)snprintf(path, sizeof(path), "%.16s/mountinfo", process);
	mounts = open_text(search->roots->proc_fd, path);
	/* A line has no limit: each mount option may have a page. */
	while (mounts && rc == 0 && !known && getline(&line, &size, mounts) >= 0 &&
	       clock_now_ms() < search->until_ms) {
		if (!parse_mount(line, &mount))
			continue;
		if (first)
			rc = note_view(search, mount.id, &known);
		first = false;
		if (!known)
			find_mount(search, &mount, process);
	}
	return rc;
}

/* Process 1 comes first, because an admin sees the mounts that process 1 sees. */
static int find_mounts(struct search *search)
{
	_cleanup_dir_ DIR *folder = open_folder(search->roots->proc_fd, ".");
	const char *name;
	int rc;

	search->until_ms = clock_now_ms() + MOUNTS_TIMEOUT_MS;
	rc = find_mounts_in(search, "1");
	while (rc == 0 && folder && (name = next_name(folder)))
		if (isdigit((unsigned char)*name))
			rc = find_mounts_in(search, name);
	return rc;
}

/* The kind and the number of an open file; no server of a file system is asked for them. */
static bool read_open_file(int folder, const char *fd, bool *ret_is_block, dev_t *ret_device)
{
	struct statx status;

	if (statx(folder, fd, AT_STATX_DONT_SYNC, STATX_TYPE, &status) < 0 ||
	    (!S_ISBLK(status.stx_mode) && !S_ISCHR(status.stx_mode)))
		return false;
	*ret_is_block = S_ISBLK(status.stx_mode);
	*ret_device = makedev(status.stx_rdev_major, status.stx_rdev_minor);
	return true;
}

static void note_program(const struct search *search, const char *process, bool is_block,
			 dev_t device)
{
	for (size_t i = 0; i < search->nodes.count; i++) {
		const struct node *node = &search->nodes.items[i];
		struct pmem_namespace *namespace = owner_of(search, node);
		char path[64], name[64] = "?";

		if (*namespace->user || node->is_block != is_block ||
		    device != makedev(node->major, node->minor))
			continue;
		(void)snprintf(path, sizeof(path), "%.16s/comm", process);
		(void)read_line(search->roots->proc_fd, path, name, sizeof(name));
		set_user(namespace, "%s is open in process %.16s (%s)", node->name, process, name);
	}
}

/* A program that has one of the devices open. */
static void find_program(struct search *search, const char *process)
{
	char path[64];
	_cleanup_dir_ DIR *fds = NULL;
	const char *fd;
	bool is_block;
	dev_t device;

	(void)snprintf(path, sizeof(path), "%.16s/fd", process);
	fds = open_folder(search->roots->proc_fd, path);
	if (!fds) {
		/* A process that has ended uses nothing. */
		search->was_cut = search->was_cut || (errno != ENOENT && errno != ESRCH);
		return;
	}
	while ((fd = next_name(fds))) {
		if (clock_now_ms() >= search->until_ms) {
			search->was_cut = true;
			return;
		}
		if (read_open_file(dirfd(fds), fd, &is_block, &device))
			note_program(search, process, is_block, device);
	}
}

/* The real user: the owner of the folder is root for a process that has said so. */
static unsigned int user_of(const struct search *search, const char *process)
{
	char path[64], line[128];
	_cleanup_fclose_ FILE *status = NULL;
	unsigned int uid;

	(void)snprintf(path, sizeof(path), "%.16s/status", process);
	status = open_text(search->roots->proc_fd, path);
	while (status && fgets(line, sizeof(line), status))
		if (sscanf(line, "Uid: %u", &uid) == 1)
			return uid;
	return 0;
}

static int compare_users(const void *a, const void *b)
{
	const unsigned int left = ((const struct process *)a)->uid;
	const unsigned int right = ((const struct process *)b)->uid;

	return (left > right) - (left < right);
}

/* Each user has time of his own, root all that it takes. */
static void find_programs_of(struct search *search, const struct process *processes, size_t count)
{
	const uint64_t all_ms = clock_now_ms() + PROGRAMS_TIMEOUT_MS;

	for (size_t i = 0; i < count; i++) {
		const bool is_first = i == 0 || processes[i].uid != processes[i - 1].uid;

		if (processes[i].uid == 0)
			search->until_ms = UINT64_MAX;
		else if (is_first)
			search->until_ms = clock_now_ms() + USER_TIMEOUT_MS;
		if (processes[i].uid != 0 && search->until_ms > all_ms)
			search->until_ms = all_ms;
		find_program(search, processes[i].id);
	}
}

static int find_programs(struct search *search)
{
	_cleanup_dir_ DIR *folder = open_folder(search->roots->proc_fd, ".");
	ARRAY(struct process) processes = { NULL, 0 };
	const char *name;
	int rc = folder ? 0 : -errno;

	while (rc == 0 && (name = next_name(folder))) {
		struct process process;

		if (!isdigit((unsigned char)*name))
			continue;
		(void)snprintf(process.id, sizeof(process.id), "%.15s", name);
		process.uid = user_of(search, name);
		rc = ARRAY_APPEND(&processes, process);
	}
	if (rc == 0 && processes.count > 0) {
		qsort(processes.items, processes.count, sizeof(struct process), compare_users);
		find_programs_of(search, processes.items, processes.count);
	}
	ARRAY_FREE(&processes);
	return rc;
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
			set_user(namespace, "%s is in use by the kernel", node->name);
	}
}

/*
 * The kernel tells whether a block device is in use. Of a dax device only programs tell: where some
 * programs were not seen, the device counts as used.
 */
static void suspect_unseen(const struct search *search)
{
	for (size_t i = 0; search->was_cut && i < search->nodes.count; i++) {
		const struct node *node = &search->nodes.items[i];
		struct pmem_namespace *namespace = owner_of(search, node);

		if (!node->is_block && !*namespace->user)
			set_user(namespace,
				 "%s may be open in a program: not all programs could be searched",
				 node->name);
	}
}

int pmem_namespaces_read(const struct pmem_roots *roots, uint64_t start, uint64_t size,
			 struct pmem_namespace_list *ret_list)
{
	struct search search = { .roots = roots, .found = ret_list };
	int rc = find_region(roots, start, size, &search.region);

	if (rc <= 0)
		return rc;
	rc = find_namespaces(&search);
	if (rc == 0 && search.nodes.count > 0) {
		find_swap(&search);
		rc = find_mounts(&search);
	}
	if (rc == 0 && search.nodes.count > 0 && roots->dev_fd >= 0) {
		rc = find_programs(&search);
		try_devices(&search);
		suspect_unseen(&search);
	}
	ARRAY_FREE(&search.nodes);
	ARRAY_FREE(&search.views);
	return rc;
}
