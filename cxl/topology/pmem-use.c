// SPDX-License-Identifier: GPL-2.0-only
/*
 * Namespaces of persistent memory and their users, as the kernel shows them: drivers/nvdimm
 * (Documentation/ABI/testing/sysfs-bus-nvdimm), /proc/PID/mountinfo.
 */
#include "cxl/topology/pmem-use.h"

#include <ctype.h>
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

#include "cxl/topology/device-programs.h"
#include "cxl/topology/kernel-users.h"
#include "cxl/topology/plain-text.h"
#include "util/clock.h"
#include "util/folder.h"
#include "util/text.h"

#define ND_DEVICES "bus/nd/devices"

/*
 * Anybody can have a hundred thousand mounts in a namespace of his own. What is not found in time
 * is asked of the kernel, which tells whether something uses a block device alone, mounts among
 * them (try_devices()).
 */
#define MOUNTS_TIMEOUT_MS 1000

/* A line that is longer hides its end: two paths and the options of a mount fit. */
#define MOUNT_LINE_MAX ((size_t)64 << 10)

/* Stands for the end of a text that has no room, or of a mount point that leaves none. */
#define MORE	  "..."
#define POINT_MAX 120

/* A device through which a namespace is used: a block device, a partition, or a dax device. */
struct node {
	size_t owner; /* index of the namespace */
	char name[PMEM_NAME_MAX];
	unsigned int major, minor;
	bool is_block;
	int asked; /* what the kernel has answered whether it uses the block device alone: 0 is no
		    */
};

struct search {
	const struct pmem_roots *roots;
	unsigned int region; /* the number of the nd region */
	struct pmem_namespace_list *found;
	ARRAY(struct node) nodes;
	ARRAY(unsigned int) views;	/* the first mount of each list of mounts that was read */
	bool saw_dax;			/* a program uses a dax device, of whatever region */
	bool has_others;		/* there are block devices of other regions */
	struct program_search programs; /* its result: the processes that were not seen */
};

/* Tells whether a file can't be read because its object has gone, or has none. */
static bool has_gone(int error)
{
	return error == -ENOENT || error == -ENODEV || error == -ENXIO || error == -ENOTDIR ||
	       error == -ESRCH;
}

/* Opens a folder; NULL with 0 when there is none. */
static int open_folder(int root_fd, const char *path, DIR **ret_folder)
{
	int rc = folder_open(root_fd, path, ret_folder);

	return has_gone(rc) ? 0 : rc;
}

/* Reads a line of sysfs; "" when there is no such file. */
static int read_attribute(const struct search *search, const char *path, char *text, size_t size)
{
	int rc = plain_first_line(search->roots->sysfs_fd, path, text, size);

	return has_gone(rc) ? 0 : rc;
}

/* ---- the namespaces ---- */

/*
 * The nd region has the addresses of the CXL region: cxl_pmem_region_probe(), drivers/cxl/pmem.c.
 * Returns 1 when @name is that region.
 */
static int is_the_region(struct search *search, const char *name, uint64_t start, uint64_t size)
{
	char path[PATH_MAX], text[32];
	unsigned long long resource;
	int rc;

	if (sscanf(name, "region%u", &search->region) != 1)
		return 0;
	(void)snprintf(path, sizeof(path), ND_DEVICES "/%.*s/resource", PMEM_NAME_MAX, name);
	rc = read_attribute(search, path, text, sizeof(text));
	/* Only root may read it; who isn't root takes nothing away. */
	if (rc == -EACCES && search->roots->dev_fd < 0)
		return 0;
	return rc < 0 ? rc
		      : sscanf(text, "%llx", &resource) == 1 && resource >= start &&
				resource - start < size;
}

static int find_region(struct search *search, uint64_t start, uint64_t size)
{
	_cleanup_folder_ DIR *folder = NULL;
	const char *name;
	int next = 0, rc = open_folder(search->roots->sysfs_fd, ND_DEVICES, &folder);

	while (rc == 0 && folder && (next = folder_next(folder, &name)) > 0)
		rc = is_the_region(search, name, start, size);
	return rc ? rc : next;
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
	int rc;

	(void)snprintf(path, sizeof(path), "%s/dev", folder);
	rc = read_attribute(search, path, text, sizeof(text));
	if (rc < 0 || sscanf(text, "%u:%u", &node.major, &node.minor) != 2)
		return rc;
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
	int length;

	va_start(arguments, format);
	length = vsnprintf(namespace->user, sizeof(namespace->user), format, arguments);
	va_end(arguments);
	if (length >= PMEM_USER_MAX)
		(void)strcpy(namespace->user + PMEM_USER_MAX - sizeof(MORE), MORE);
	text_clean_line(namespace->user);
}

/* Notes a device that is built on this device: device mapper, md, bcache. */
static int find_holder(struct search *search, const char *folder, const char *name, size_t owner)
{
	struct pmem_namespace *namespace = &search->found->list.items[owner];
	char path[PATH_MAX];
	_cleanup_folder_ DIR *holders = NULL;
	const char *holder;
	int rc;

	(void)snprintf(path, sizeof(path), "%s/holders", folder);
	rc = open_folder(search->roots->sysfs_fd, path, &holders);
	if (rc == 0 && holders)
		rc = folder_next(holders, &holder);
	if (rc > 0 && !*namespace->user)
		set_user(namespace, "%s is in use by %s", name, holder);
	return rc < 0 ? rc : 0;
}

static int add_part(struct search *search, const char *folder, const char *name, size_t owner)
{
	int rc = add_node(search, folder, name, owner, true);

	return rc ? rc : find_holder(search, folder, name, owner);
}

static int add_block(struct search *search, const char *folder, const char *name, size_t owner)
{
	_cleanup_folder_ DIR *parts = NULL;
	const char *part;
	int next = 0, rc = add_part(search, folder, name, owner);

	if (rc == 0)
		rc = open_folder(search->roots->sysfs_fd, folder, &parts);
	while (rc == 0 && parts && (next = folder_next(parts, &part)) > 0) {
		char path[PATH_MAX];

		if (strncmp(part, name, strlen(name)) != 0)
			continue;
		(void)snprintf(path, sizeof(path), "%.3000s/%.255s", folder, part);
		rc = add_part(search, path, part, owner);
	}
	return rc ? rc : next;
}

/* @device: the namespace itself, or its btt, pfn or dax device */
static int add_devices(struct search *search, const char *device, size_t owner)
{
	const bool is_dax = strncmp(device, "dax", 3) == 0;
	char path[PATH_MAX];
	_cleanup_folder_ DIR *folder = NULL;
	const char *name;
	int next = 0, rc;

	(void)snprintf(path, sizeof(path), ND_DEVICES "/%.64s%s", device, is_dax ? "" : "/block");
	rc = open_folder(search->roots->sysfs_fd, path, &folder);
	while (rc == 0 && folder && (next = folder_next(folder, &name)) > 0) {
		char below[PATH_MAX];

		(void)snprintf(below, sizeof(below), "%.3000s/%.255s", path, name);
		if (!is_dax)
			rc = add_block(search, below, name, owner);
		else if (strncmp(name, "dax", 3) == 0)
			rc = add_node(search, below, name, owner, false);
	}
	return rc ? rc : next;
}

static int note_other(struct search *search, const char *device)
{
	char path[PATH_MAX];
	_cleanup_folder_ DIR *folder = NULL;
	int rc;

	(void)snprintf(path, sizeof(path), ND_DEVICES "/%.64s/block", device);
	rc = open_folder(search->roots->sysfs_fd, path, &folder);
	search->has_others = search->has_others || folder;
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

	if (sscanf(number, "%u.%u", &region, &index) != 2)
		return 0;
	if (region != search->region)
		return note_other(search, device);
	(void)snprintf(path, sizeof(path), ND_DEVICES "/%.64s/%s", device,
		       is_namespace ? "size" : "namespace");
	rc = read_attribute(search, path, text, sizeof(text));
	/* A seed: an empty device that a namespace can be made of. */
	if (rc < 0 || !*text || (is_namespace && strcmp(text, "0") == 0))
		return rc;
	rc = add_namespace(search, is_namespace ? device : text, &owner);
	return rc ? rc : add_devices(search, device, owner);
}

static int find_namespaces(struct search *search)
{
	_cleanup_folder_ DIR *folder = NULL;
	const char *name;
	int next = 0, rc = folder_open(search->roots->sysfs_fd, ND_DEVICES, &folder);

	while (rc == 0 && (next = folder_next(folder, &name)) > 0)
		rc = add_device(search, name);
	return rc ? rc : next;
}

/* ---- their users ---- */

static struct pmem_namespace *owner_of(const struct search *search, const struct node *node)
{
	return &search->found->list.items[node->owner];
}

/* The name alone counts, too: a path may be one of a /dev that this process does not see. */
static bool is_used(const struct node *node, const struct kernel_use *use)
{
	return node->is_block && (strcmp(use->name, node->name) == 0 ||
				  use->device == makedev(node->major, node->minor));
}

static void note_kernel_use(void *context, const struct kernel_use *use)
{
	const struct search *search = context;

	for (size_t i = 0; i < search->nodes.count; i++) {
		const struct node *node = &search->nodes.items[i];

		if (!*owner_of(search, node)->user && is_used(node, use))
			set_user(owner_of(search, node), "%s is %s", node->name, use->how);
	}
}

static int find_kernel_users(struct search *search)
{
	return kernel_users_find(&(struct kernel_user_search){
		.sysfs_fd = search->roots->sysfs_fd,
		.proc_fd = search->roots->proc_fd,
		.dev_fd = search->roots->dev_fd,
		.skips_denied = search->roots->dev_fd < 0,
		.see = note_kernel_use,
		.context = search,
	});
}

/*
 * Tells whether file systems of this type lie on devices. Others have a source of any text, and
 * anybody may mount some of them in a namespace of his own: proc_filesystems(5).
 */
static bool needs_device(const struct search *search, const char *type)
{
	_cleanup_fclose_ FILE *types = NULL;
	const size_t length = strcspn(type, ".");
	char line[128], name[64];

	if (plain_open(search->roots->proc_fd, "filesystems", &types) < 0)
		return true;
	while (fgets(line, sizeof(line), types))
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
				   strcmp(plain_last_part(mount->source), node->name) == 0 &&
				   needs_device(search, mount->type)));
}

static void find_mount(const struct search *search, const struct mount *mount, const char *process)
{
	for (size_t i = 0; i < search->nodes.count; i++) {
		const struct node *node = &search->nodes.items[i];
		struct pmem_namespace *namespace = owner_of(search, node);

		if (!*namespace->user && is_on(search, node, mount))
			set_user(namespace, "%s is mounted on %.*s%s, as process %.16s sees it",
				 node->name, POINT_MAX, mount->point,
				 strlen(mount->point) > POINT_MAX ? MORE : "", process);
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

/* Returns -ETIMEDOUT, -EMSGSIZE, or the errno of the list, when not all of it was seen. */
static int find_mounts_in(struct search *search, const char *process, char *line, uint64_t until_ms)
{
	char path[64];
	_cleanup_fclose_ FILE *mounts = NULL;
	bool known = false, first = true, is_whole;
	struct mount mount;
	int rc, next = 0;

	(void)snprintf(path, sizeof(path), "%.16s/mountinfo", process);
	rc = plain_open(search->roots->proc_fd, path, &mounts);
	while (rc == 0 && !known &&
	       (next = plain_line(mounts, line, MOUNT_LINE_MAX, &is_whole)) > 0) {
		if (clock_now_ms() >= until_ms)
			return -ETIMEDOUT;
		if (!parse_mount(line, &mount)) {
			rc = is_whole ? 0 : -EMSGSIZE;
			continue;
		}
		if (first)
			rc = note_view(search, mount.id, &known);
		first = false;
		if (!known)
			find_mount(search, &mount, process);
	}
	return rc ? rc : next < 0 ? next : 0;
}

/* A process that has ended, or has no mounts any more (EINVAL), uses nothing. */
static bool is_left_out(int error)
{
	return has_gone(error) || error == -EINVAL;
}

/*
 * Process 1 comes first, because an admin sees the mounts that process 1 sees. Returns 0, also when
 * not all mounts were seen: *ret_unseen names a process whose mounts were not.
 */
static int find_mounts(struct search *search, uint64_t until_ms, char ret_unseen[PROCESS_ID_MAX])
{
	_cleanup_folder_ DIR *folder = NULL;
	_cleanup_free_ char *line = malloc(MOUNT_LINE_MAX);
	const char *name = "1";
	int next, rc = line ? folder_open(search->roots->proc_fd, ".", &folder) : -ENOMEM;

	*ret_unseen = '\0';
	for (next = rc == 0; next > 0; next = folder_next(folder, &name)) {
		if (!isdigit((unsigned char)*name))
			continue;
		rc = find_mounts_in(search, name, line, until_ms);
		if (rc == -ENOMEM)
			return rc;
		if (rc < 0 && !is_left_out(rc) && !*ret_unseen)
			(void)snprintf(ret_unseen, PROCESS_ID_MAX, "%.15s", name);
		rc = 0;
	}
	return rc ? rc : next;
}

static void name_process(const struct search *search, const char *process, char name[64])
{
	char path[64];

	(void)snprintf(path, sizeof(path), "%.16s/comm", process);
	if (plain_first_line(search->roots->proc_fd, path, name, 64) < 0 || !*name)
		(void)snprintf(name, 64, "?");
}

static void note_program(void *context, const char *process, const char *how, bool is_block,
			 dev_t device)
{
	struct search *search = context;

	for (size_t i = 0; i < search->nodes.count; i++) {
		const struct node *node = &search->nodes.items[i];
		struct pmem_namespace *namespace = owner_of(search, node);
		char name[64];

		if (node->is_block != is_block || node->major != major(device))
			continue;
		search->saw_dax = search->saw_dax || !is_block;
		if (*namespace->user || node->minor != minor(device))
			continue;
		name_process(search, process, name);
		set_user(namespace, "%s is %s in process %.16s (%s)", node->name, how, process,
			 name);
	}
}

/* Finds users that no file shows: while the kernel uses a device alone, O_EXCL fails. */
static void try_devices(struct search *search)
{
	for (size_t i = 0; i < search->nodes.count; i++) {
		struct node *node = &search->nodes.items[i];
		struct pmem_namespace *namespace = owner_of(search, node);
		_cleanup_close_ int fd = -1;

		if (*namespace->user || !node->is_block)
			continue;
		fd = openat(search->roots->dev_fd, node->name,
			    O_RDONLY | O_EXCL | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		node->asked = fd < 0 ? -errno : 0;
		if (node->asked == -EBUSY)
			set_user(namespace, "%s is in use by the kernel", node->name);
	}
}

static bool has_unused(const struct search *search, bool is_block)
{
	for (size_t i = 0; i < search->nodes.count; i++)
		if (search->nodes.items[i].is_block == is_block &&
		    !*owner_of(search, &search->nodes.items[i])->user)
			return true;
	return false;
}

/*
 * Each open file of a dax device holds the driver (dax_fops in drivers/dax/device.c): those behind
 * mappings, too, and those that no process shows, on their way through a socket or in io_uring.
 * Returns their number, -1 when it is not known: the driver is no module.
 */
static int count_dax_files(const struct search *search, long *ret_count)
{
	char text[32];
	int rc = read_attribute(search, "module/device_dax/refcnt", text, sizeof(text));

	*ret_count = rc == 0 && *text ? strtol(text, NULL, 10) : -1;
	return rc;
}

static void suspect_process(const struct search *search, const struct node *node,
			    const char *undone, const char *process)
{
	char name[64];

	name_process(search, process, name);
	set_user(owner_of(search, node), "%s perhaps: can't %s process %s (%s)", node->name, undone,
		 process, name);
}

/*
 * Of a dax device only programs tell: where a program was not seen, or shows nothing of what the
 * driver knows, the device counts as used.
 */
static void suspect_dax(const struct search *search, long dax_files)
{
	for (size_t i = 0; i < search->nodes.count; i++) {
		const struct node *node = &search->nodes.items[i];
		struct pmem_namespace *namespace = owner_of(search, node);

		if (node->is_block || *namespace->user)
			continue;
		if (*search->programs.unseen)
			suspect_process(search, node, "search", search->programs.unseen);
		else if (dax_files > 0 && !search->saw_dax)
			set_user(namespace, "%s perhaps: open, but in no process that shows it",
				 node->name);
	}
}

static bool may_open(void *context, unsigned int uid)
{
	const struct search *search = context;
	struct stat status;

	for (size_t i = 0; uid != 0 && i < search->nodes.count; i++)
		if (fstatat(search->roots->dev_fd, search->nodes.items[i].name, &status, 0) == 0 &&
		    (status.st_uid == uid || (status.st_mode & (S_IROTH | S_IWOTH))))
			return true;
	return uid == 0;
}

/* Returns 0, also when not all programs were seen. */
static int find_programs(struct search *search, uint64_t until_ms)
{
	long dax_files = 0;
	int rc = has_unused(search, false) ? count_dax_files(search, &dax_files) : 0;

	if (rc < 0 || (dax_files == 0 && !has_unused(search, true)))
		return rc;
	search->programs = (struct program_search){
		.proc_fd = search->roots->proc_fd,
		.until_ms = until_ms,
		.see = note_program,
		.may_open = may_open,
		.context = search,
	};
	rc = programs_find(&search->programs);
	if (rc == 0 && dax_files != 0)
		suspect_dax(search, dax_files);
	return rc;
}

/*
 * A program that was not seen may have a block device open together with others, which the kernel
 * does not tell; nor does it tell of a device that can't be opened. A stranger who can't open the
 * device has no say, however well he hides his processes.
 */
static void suspect_blocks(const struct search *search, const char *unseen)
{
	for (size_t i = 0; i < search->nodes.count; i++) {
		const struct node *node = &search->nodes.items[i];
		struct pmem_namespace *namespace = owner_of(search, node);

		if (!node->is_block || *namespace->user)
			continue;
		if (*search->programs.suspect)
			suspect_process(search, node, "search", search->programs.suspect);
		else if (node->asked != 0 && *unseen)
			suspect_process(search, node, "read mounts of", unseen);
		else if (node->asked != 0 && !has_gone(node->asked))
			set_user(namespace, "%s perhaps: can't be opened (%s)", node->name,
				 strerror(-node->asked));
	}
}

/* ---- who shows himself nowhere ---- */

static int count_names(const struct search *search, const char *path, long *ret_count)
{
	_cleanup_folder_ DIR *folder = NULL;
	const char *name;
	int next = 0, rc = open_folder(search->roots->sysfs_fd, path, &folder);

	*ret_count = 0;
	while (rc == 0 && folder && (next = folder_next(folder, &name)) > 0)
		++*ret_count;
	return rc ? rc : next;
}

/* Adds the references to a driver but those of other modules. A driver may be no module. */
static int add_references(const struct search *search, const char *module, long *count)
{
	char path[PATH_MAX], text[32];
	long modules;
	int rc;

	(void)snprintf(path, sizeof(path), "module/%s/holders", module);
	rc = count_names(search, path, &modules);
	(void)snprintf(path, sizeof(path), "module/%s/refcnt", module);
	if (rc == 0)
		rc = read_attribute(search, path, text, sizeof(text));
	if (rc == 0 && *text)
		*count += strtol(text, NULL, 10) - modules;
	return rc;
}

/*
 * Whoever opens a block device holds its driver (bdev_open() in block/bdev.c): drivers that are not
 * known here, and who has a descriptor that is in no process.
 */
static int count_block_files(const struct search *search, long *ret_count)
{
	int rc;

	*ret_count = 0;
	rc = add_references(search, "nd_pmem", ret_count);
	return rc ? rc : add_references(search, "nd_btt", ret_count);
}

static void suspect_all(const struct search *search)
{
	for (size_t i = 0; i < search->nodes.count; i++)
		if (search->nodes.items[i].is_block &&
		    *owner_of(search, &search->nodes.items[i])->user)
			return;
	for (size_t i = 0; i < search->nodes.count; i++)
		if (search->nodes.items[i].is_block)
			set_user(owner_of(search, &search->nodes.items[i]),
				 "%s perhaps: open, but by nobody who shows it",
				 search->nodes.items[i].name);
}

/* Asks those who have the devices; the drivers do not tell which of their devices is open. */
static int find_hidden_users(struct search *search, uint64_t until_ms, const char *unseen)
{
	long before, after = 0;
	int rc = count_block_files(search, &before);

	if (rc == 0)
		rc = find_programs(search, until_ms);
	try_devices(search);
	suspect_blocks(search, unseen);
	/* A device that udev has looked at meanwhile is open no more. */
	if (rc == 0 && before > 0 && !search->has_others)
		rc = count_block_files(search, &after);
	if (after > 0)
		suspect_all(search);
	return rc;
}

int pmem_namespaces_read(const struct pmem_roots *roots, uint64_t start, uint64_t size,
			 uint64_t until_ms, struct pmem_namespace_list *ret_list)
{
	struct search search = { .roots = roots, .found = ret_list };
	char unseen[PROCESS_ID_MAX];
	int rc = find_region(&search, start, size);

	if (rc > 0)
		rc = find_namespaces(&search);
	if (rc == 0 && search.nodes.count > 0)
		rc = find_kernel_users(&search);
	if (rc == 0 && search.nodes.count > 0)
		rc = find_mounts(&search, clock_sooner_ms(until_ms, MOUNTS_TIMEOUT_MS), unseen);
	if (rc == 0 && search.nodes.count > 0 && roots->dev_fd >= 0)
		rc = find_hidden_users(&search, until_ms, unseen);
	ARRAY_FREE(&search.nodes);
	ARRAY_FREE(&search.views);
	return rc;
}

int pmem_dax_user_read(const struct pmem_roots *roots, const char *name, uint64_t until_ms,
		       char user[static PMEM_USER_MAX])
{
	struct pmem_namespace_list found = { { NULL, 0 } };
	struct search search = { .roots = roots, .found = &found };
	char folder[PATH_MAX];
	size_t owner;
	int rc = add_namespace(&search, name, &owner);

	(void)snprintf(folder, sizeof(folder), "bus/dax/devices/%.*s", PMEM_NAME_MAX, name);
	if (rc == 0)
		rc = add_node(&search, folder, name, owner, false);
	if (rc == 0 && search.nodes.count > 0)
		rc = find_programs(&search, until_ms);
	(void)snprintf(user, PMEM_USER_MAX, "%s", rc == 0 ? found.list.items[owner].user : "");
	ARRAY_FREE(&search.nodes);
	ARRAY_FREE(&found.list);
	return rc;
}
