// SPDX-License-Identifier: GPL-2.0-only
/*
 * Steps on the running kernel: regions and decoders, and the table of functions for each kind. Dax
 * devices and memory blocks are in step-sysfs-memory.c. Effect, called through step_perform().
 */
#include "cxl/step/step-sysfs.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cxl/step/auto-online.h"
#include "cxl/step/host-step.h"
#include "cxl/step/step-sysfs-memory.h"
#include "cxl/step/sysfs-io.h"
#include "cxl/topology/pmem-use.h"
#include "util/clock.h"
#include "util/folder.h"

#define DEVICES "bus/cxl/devices"
#define DRIVER	"bus/cxl/drivers/cxl_region"

/* A user of data that stays for that long is one. */
#define USER_STAYS_MS 300

/* %pUb of a UUID that was never set */
#define UUID_NULL "00000000-0000-0000-0000-000000000000"

/* The functions of a kind whose steps do more than to write one attribute; as struct step_ops. */
struct effect {
	const struct step_kind *kind;
	int (*read)(struct step_sysfs *sysfs, const struct step *step,
		    char value[static STEP_VALUE_MAX]);
	int (*write)(struct step_sysfs *sysfs, const struct step *step, uint64_t deadline_ms);
};

/* NULL: the kind has one attribute. */
static const struct effect *effect_of(const struct step *step);

int step_sysfs_init(struct step_sysfs *sysfs, const char *root)
{
	int fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	*sysfs = STEP_SYSFS_NULL;
	sysfs->root_fd = fd;
	return 0;
}

static void forget_object(struct step_sysfs *sysfs)
{
	const int fd = TAKE_FD(sysfs->object_fd);

	cleanup_close(&fd);
}

void step_sysfs_deinit(struct step_sysfs *sysfs)
{
	cleanup_close(&sysfs->root_fd);
	forget_object(sysfs);
	*sysfs = STEP_SYSFS_NULL;
}

int step_sysfs_give_back(const struct step_sysfs *sysfs, uint64_t deadline_ms)
{
	return auto_online_put_back(sysfs->root_fd, sysfs->notes_fd, deadline_ms);
}

/* ---- reading ---- */

static int set_value(char value[static STEP_VALUE_MAX], const char *text)
{
	size_t length = strlen(text);

	if (length >= STEP_VALUE_MAX)
		return -EPROTO;
	memcpy(value, text, length + 1);
	return 0;
}

/*
 * The window of a region, by the link to its device, which lies below the window's:
 * ".../root0/decoder0.0/region0". No attribute needs to be read.
 */
static int window_of(int root_fd, const char *region, char window[static SYSFS_VALUE_MAX])
{
	_cleanup_close_ int devices = sysfs_open(root_fd, DEVICES);
	char target[PATH_MAX];
	char *end, *name;
	ssize_t length;

	if (devices < 0)
		return devices;
	length = readlinkat(devices, region, target, sizeof(target) - 1);
	if (length < 0)
		return -errno;
	target[length] = '\0';
	end = strrchr(target, '/');
	if (!end)
		return -EPROTO;
	*end = '\0';
	name = strrchr(target, '/');
	name = name ? name + 1 : target;
	if (strlen(name) >= SYSFS_VALUE_MAX)
		return -EPROTO;
	(void)strcpy(window, name);
	return 0;
}

static int read_region(struct step_sysfs *sysfs, const struct step *step,
		       char value[static STEP_VALUE_MAX])
{
	const char *region = step->object;
	const int root_fd = sysfs->root_fd;
	_cleanup_close_ int directory = sysfs_open(root_fd, DEVICES "/%s", region);
	char mode[SYSFS_VALUE_MAX], window[SYSFS_VALUE_MAX];
	char text[2 * SYSFS_VALUE_MAX + 1];
	int rc;

	if (directory == -ENOENT)
		return set_value(value, "");
	if (directory < 0)
		return directory;
	rc = sysfs_read(directory, "mode", mode);
	if (rc == 0)
		rc = window_of(root_fd, region, window);
	if (rc < 0)
		return rc;
	(void)snprintf(text, sizeof(text), "%s@%s", mode, window);
	return set_value(value, text);
}

/* Opens an object for a read, and for the write that may follow. */
static int open_to_read(struct step_sysfs *sysfs, const char *object)
{
	forget_object(sysfs);
	sysfs->object_fd = sysfs_open(sysfs->root_fd, DEVICES "/%s", object);
	(void)snprintf(sysfs->object, sizeof(sysfs->object), "%s", object);
	return sysfs->object_fd;
}

/* Opens an object for a write: the one that was read, if an object of that name was read last. */
static int open_to_write(struct step_sysfs *sysfs, const char *object)
{
	if (sysfs->object_fd >= 0 && strcmp(sysfs->object, object) == 0)
		return sysfs->object_fd;
	return open_to_read(sysfs, object);
}

/* Reads a text; an object that does not exist has the value @empty, and NULL is no value. */
static int read_text(struct step_sysfs *sysfs, const char *object, const char *attribute,
		     const char *empty, char value[static STEP_VALUE_MAX])
{
	const int directory = open_to_read(sysfs, object);
	char text[SYSFS_VALUE_MAX];
	int rc = directory < 0 ? directory : sysfs_read(directory, attribute, text);

	if (rc == -ENOENT && empty)
		return set_value(value, empty);
	return rc < 0 ? rc : set_value(value, text);
}

static int read_number(struct step_sysfs *sysfs, const char *object, const char *attribute,
		       char value[static STEP_VALUE_MAX])
{
	const int directory = open_to_read(sysfs, object);
	uint64_t number = 0;
	int rc = directory < 0 ? directory : sysfs_read_number(directory, attribute, 0, &number);

	if (rc < 0 && rc != -ENOENT)
		return rc;
	(void)snprintf(value, STEP_VALUE_MAX, "%" PRIu64, number);
	return 0;
}

/* Reads the value of a kind that has one attribute. */
static int read_attribute(struct step_sysfs *sysfs, const struct step *step,
			  char value[static STEP_VALUE_MAX])
{
	const struct host_kind *kind = host_kind_of(step);
	int rc;

	if (kind->form.value == VALUE_NUMBER || kind->form.value == VALUE_COUNT)
		return read_number(sysfs, step->object, kind->attribute, value);
	rc = read_text(sysfs, step->object, kind->attribute, kind->step.nothings[0], value);
	if (rc == 0 && kind->form.value == VALUE_UUID && strcmp(value, UUID_NULL) == 0)
		return set_value(value, "");
	return rc;
}

static int read_driver(struct step_sysfs *sysfs, const struct step *step,
		       char value[static STEP_VALUE_MAX])
{
	_cleanup_close_ int directory = sysfs_open(sysfs->root_fd, DEVICES "/%s", step->object);
	char name[SYSFS_VALUE_MAX];
	int rc = directory < 0 ? directory : sysfs_link_name(directory, "driver", name);

	if (rc == -ENOENT)
		return set_value(value, "");
	return rc < 0 ? rc : set_value(value, name);
}

/* Returns the attribute's name of "regionN/targetM", and the region. */
static const char *target_attribute(const struct step *step, char region[static STEP_VALUE_MAX])
{
	const size_t length = strcspn(step->object, "/");

	(void)snprintf(region, STEP_VALUE_MAX, "%.*s", (int)length, step->object);
	return step->object[length] ? step->object + length + 1 : "";
}

static int read_target(struct step_sysfs *sysfs, const struct step *step,
		       char value[static STEP_VALUE_MAX])
{
	char region[STEP_VALUE_MAX];
	const char *attribute = target_attribute(step, region);

	return read_text(sysfs, region, attribute, "", value);
}

static int read_policy(struct step_sysfs *sysfs, const struct step *step,
		       char value[static STEP_VALUE_MAX])
{
	(void)step;
	return auto_online_read(sysfs->root_fd, value);
}

static int read_value(struct step_sysfs *sysfs, const struct step *step,
		      char value[static STEP_VALUE_MAX])
{
	const struct effect *effect = effect_of(step);

	forget_object(sysfs);
	return effect ? effect->read(sysfs, step, value) : read_attribute(sysfs, step, value);
}

/* A value of the kernel is passed on only if it has a form of host-step.h. */
static int step_sysfs_read(void *context, const struct step *step,
			   char value[static STEP_VALUE_MAX])
{
	struct step_sysfs *sysfs = context;
	struct step seen = *step;
	int rc = step_check(step);

	if (rc == 0)
		rc = read_value(sysfs, step, value);
	if (rc < 0)
		return rc;
	if (host_step_attribute(step) == STEP_DAX_MEMORY && strcmp(value, "mixed") == 0)
		return 0;
	seen.from = value;
	seen.to = value;
	return step_check(&seen) == 0 ? 0 : -EPROTO;
}

/* ---- writing ---- */

static int write_attribute(struct step_sysfs *sysfs, const char *object, const char *attribute,
			   const char *value, uint64_t deadline_ms)
{
	const int directory = open_to_write(sysfs, object);
	char text[STEP_VALUE_MAX + 1];

	if (directory < 0)
		return directory;
	/* uuid_store() requires the newline; store_targetN() takes a lone newline for "none". */
	(void)snprintf(text, sizeof(text), "%s\n", value);
	return sysfs_write(directory, attribute, text, deadline_ms);
}

/* The kernel must still offer the name, or somebody else has taken it. */
static int create_region(int root_fd, const struct step *step, uint64_t deadline_ms)
{
	bool ram = strncmp(step->to, "ram@", strlen("ram@")) == 0;
	const char *window = strchr(step->to, '@') + 1;
	const char *attribute = ram ? "create_ram_region" : "create_pmem_region";
	_cleanup_close_ int directory = sysfs_open(root_fd, DEVICES "/%s", window);
	char offered[SYSFS_VALUE_MAX];
	int rc = directory < 0 ? directory : sysfs_read(directory, attribute, offered);

	if (rc < 0)
		return rc;
	if (strcmp(offered, step->object) != 0)
		return -EBUSY;
	return sysfs_write(directory, attribute, step->object, deadline_ms);
}

static int delete_region(int root_fd, const struct step *step, uint64_t deadline_ms)
{
	_cleanup_close_ int directory = -1;
	char window[SYSFS_VALUE_MAX];
	int rc = window_of(root_fd, step->object, window);

	if (rc < 0)
		return rc;
	directory = sysfs_open(root_fd, DEVICES "/%s", window);
	if (directory < 0)
		return directory;
	return sysfs_write(directory, "delete_region", step->object, deadline_ms);
}

static int write_region(struct step_sysfs *sysfs, const struct step *step, uint64_t deadline_ms)
{
	return *step->to ? create_region(sysfs->root_fd, step, deadline_ms)
			 : delete_region(sysfs->root_fd, step, deadline_ms);
}

/*
 * Each write that ends a region's decoding also releases the region's driver, and with it dax
 * devices and kmem: memory that is online is then stuck until a reboot, and a pulled device kills
 * the host. The kernel does not refuse; this function does. A region that decodes nothing any more,
 * because a memdev was pulled, does not count: its online memory stays, and so does the kernel's
 * resource.
 */
static int check_memory(int root_fd, const char *region, uint64_t deadline_ms)
{
	_cleanup_close_ int directory = sysfs_open(root_fd, DEVICES "/%s", region);
	uint64_t start, size, committed;
	int rc;

	if (directory < 0)
		return directory;
	rc = sysfs_read_number(directory, "commit", 0, &committed);
	if (rc == 0 && committed)
		rc = sysfs_read_number(directory, "size", 0, &size);
	if (rc < 0 || !committed || size == 0)
		return rc;
	rc = sysfs_read_number(directory, "resource", 0, &start);
	if (rc < 0)
		return rc;
	if (sysfs_exists(directory, "driver") != 0)
		sysfs_dax_settle(root_fd, region, deadline_ms);
	rc = sysfs_memory_is_online(root_fd, start, size);
	return rc > 0 ? -EBUSY : rc;
}

struct user_search {
	struct pmem_roots roots;
	uint64_t deadline_ms;
	char user[PMEM_USER_MAX]; /* receives the user; "" while there is none */
};

/* The users of the data that lies in a region, in namespaces. */
static int find_data_user(struct user_search *search, int region)
{
	struct pmem_namespace_list found = { { NULL, 0 } };
	uint64_t start, length;
	int rc = sysfs_read_number(region, "resource", 0, &start);

	if (rc == 0)
		rc = sysfs_read_number(region, "size", 0, &length);
	if (rc == 0)
		rc = pmem_namespaces_read(&search->roots, start, length, search->deadline_ms,
					  &found);
	for (size_t i = 0; rc == 0 && !*search->user && i < found.list.count; i++)
		(void)strcpy(search->user, found.list.items[i].user);
	ARRAY_FREE(&found.list);
	return rc;
}

/* A program has the memory of a dax device for itself only while device_dax has the device. */
static int find_dax_user(struct user_search *search, const char *name)
{
	_cleanup_close_ int dax = sysfs_open(search->roots.sysfs_fd, "bus/dax/devices/%s", name);
	char driver[SYSFS_VALUE_MAX];
	int rc = dax < 0 ? dax : sysfs_link_name(dax, "driver", driver);

	if (rc == -ENOENT || (rc == 0 && strcmp(driver, "device_dax") != 0))
		return 0;
	return rc < 0 ? rc
		      : pmem_dax_user_read(&search->roots, name, search->deadline_ms, search->user);
}

static int find_dax_users(struct user_search *search, const char *region)
{
	_cleanup_close_ int dax_region =
		sysfs_open(search->roots.sysfs_fd, DEVICES "/dax_%s", region);
	_cleanup_folder_ DIR *folder = NULL;
	const char *name;
	int next = 0, rc = dax_region < 0 ? dax_region : folder_open(dax_region, ".", &folder);

	if (rc < 0)
		return rc == -ENOENT ? 0 : rc;
	while (rc == 0 && !*search->user && (next = folder_next(folder, &name)) > 0)
		if (strncmp(name, "dax", strlen("dax")) == 0 && isdigit((unsigned char)name[3]))
			rc = find_dax_user(search, name);
	return rc ? rc : next < 0 ? next : 0;
}

/*
 * An unbind of a pmem region takes the data away from mounted file systems at once and by force
 * (nvdimm_bus_remove() waits for no file system). The planner refuses by the snapshot; this
 * function looks once more, with the rights to see all users. And programs may have the memory of a
 * dax device: they die of its end, or the kernel waits for what they have pinned without an end.
 */
static int find_region_user(struct user_search *search, const char *region)
{
	_cleanup_close_ int directory = sysfs_open(search->roots.sysfs_fd, DEVICES "/%s", region);
	char mode[SYSFS_VALUE_MAX];
	int rc;

	if (directory < 0)
		return directory;
	rc = sysfs_read(directory, "mode", mode);
	if (rc == 0 && strcmp(mode, "pmem") != 0)
		return find_dax_users(search, region);
	/* Before Linux 6.3 there is no mode, and every region is one of pmem. */
	if (rc == 0 || rc == -ENOENT)
		rc = sysfs_exists(directory, "driver");
	return rc <= 0 ? rc : find_data_user(search, directory);
}

static int find_user(int root_fd, const struct step *step, uint64_t deadline_ms,
		     char user[static PMEM_USER_MAX])
{
	_cleanup_close_ int proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int dev_fd = open("/dev", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct user_search search = { .roots = { root_fd, proc_fd, dev_fd },
				      .deadline_ms = deadline_ms };
	char region[STEP_VALUE_MAX];
	int rc;

	*user = '\0';
	/* Who can't look does not say that there is nobody. */
	if (proc_fd < 0 || dev_fd < 0)
		return -ENOENT;
	(void)target_attribute(step, region);
	rc = host_step_of(step) == HOST_DAX_DRIVER ? find_dax_user(&search, step->object)
						   : find_region_user(&search, region);
	(void)strcpy(user, search.user);
	return rc;
}

void step_sysfs_user(const struct step_sysfs *sysfs, const struct step *step, uint64_t deadline_ms,
		     char user[static PMEM_USER_MAX])
{
	(void)find_user(sysfs->root_fd, step, deadline_ms, user);
}

/*
 * udev opens a new device for a moment: who has gone then is no user. The last look begins after
 * that moment, however long the first one takes.
 */
static int check_users(int root_fd, const struct step *step, uint64_t deadline_ms)
{
	const uint64_t until_ms = clock_sooner_ms(deadline_ms, USER_STAYS_MS);
	unsigned int nap_us = CLOCK_NAP_FIRST_US;
	char user[PMEM_USER_MAX];
	bool is_last;
	int rc;

	for (;;) {
		is_last = clock_now_ms() >= until_ms;
		rc = find_user(root_fd, step, deadline_ms, user);
		if (rc < 0 || !*user)
			return rc;
		if (is_last)
			return -EADDRINUSE;
		clock_nap(&nap_us);
	}
}

static int write_driver(struct step_sysfs *sysfs, const struct step *step, uint64_t deadline_ms)
{
	const int root_fd = sysfs->root_fd;
	_cleanup_close_ int region = sysfs_open(root_fd, DEVICES "/%s", step->object);
	_cleanup_close_ int driver = sysfs_open(root_fd, DRIVER);

	if (region < 0)
		return region;
	if (driver == -ENOENT)
		return -ENODEV;
	if (driver < 0)
		return driver;
	if (*step->to)
		sysfs_dax_forget(root_fd, step->object, deadline_ms);
	return sysfs_write(driver, *step->to ? "bind" : "unbind", step->object, deadline_ms);
}

static int write_target(struct step_sysfs *sysfs, const struct step *step, uint64_t deadline_ms)
{
	char region[STEP_VALUE_MAX];
	const char *attribute = target_attribute(step, region);

	return write_attribute(sysfs, region, attribute, step->to, deadline_ms);
}

static bool ends_decoding(const struct step *step)
{
	const struct step_kind *kind = host_step_attribute(step);

	return (kind == STEP_REGION || kind == STEP_REGION_TARGET || kind == STEP_REGION_COMMIT ||
		kind == STEP_REGION_DRIVER) &&
	       step_kind_is_nothing(kind, step->to);
}

/* Does the step take memory away from programs that may have it? */
static bool takes_memory(const struct step *step)
{
	return ends_decoding(step) ||
	       (host_step_of(step) == HOST_DAX_DRIVER && strcmp(step->from, "device_dax") == 0);
}

static int write_policy(struct step_sysfs *sysfs, const struct step *step, uint64_t deadline_ms)
{
	return auto_online_write(sysfs->root_fd, sysfs->notes_fd, step->to, deadline_ms);
}

static int write_value(struct step_sysfs *sysfs, const struct step *step, uint64_t deadline_ms)
{
	const struct effect *effect = effect_of(step);

	if (effect)
		return effect->write(sysfs, step, deadline_ms);
	return write_attribute(sysfs, step->object, host_kind_of(step)->attribute, step->to,
			       deadline_ms);
}

/* ---- the table ---- */

static const struct effect effects[] = {
	{ STEP_REGION, read_region, write_region },
	{ STEP_REGION_TARGET, read_target, write_target },
	{ STEP_REGION_DRIVER, read_driver, write_driver },
	{ STEP_AUTO_ONLINE, read_policy, write_policy },
	{ STEP_DAX_DRIVER, sysfs_read_dax_driver, sysfs_write_dax_driver },
	{ STEP_DAX_MEMORY, sysfs_read_dax_memory, sysfs_write_dax_memory },
	{ STEP_BLOCK, sysfs_read_block, sysfs_write_block },
};

static const struct effect *effect_of(const struct step *step)
{
	const struct step_kind *kind = host_step_attribute(step);

	for (size_t i = 0; i < ARRAY_SIZE(effects); i++)
		if (effects[i].kind == kind)
			return &effects[i];
	return NULL;
}

static int step_sysfs_write(void *context, const struct step *step, uint64_t deadline_ms)
{
	struct step_sysfs *sysfs = context;
	char region[STEP_VALUE_MAX];
	int rc = step_check(step);

	if (rc == 0 && ends_decoding(step)) {
		(void)target_attribute(step, region);
		rc = check_memory(sysfs->root_fd, region, deadline_ms);
	}
	if (rc == 0 && takes_memory(step))
		rc = check_users(sysfs->root_fd, step, deadline_ms);
	return rc < 0 ? rc : write_value(sysfs, step, deadline_ms);
}

const struct step_ops step_ops_sysfs = { .read = step_sysfs_read, .write = step_sysfs_write };
