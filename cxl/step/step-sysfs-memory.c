// SPDX-License-Identifier: GPL-2.0-only
/*
 * Steps on the running kernel: dax devices and their memory blocks. Effect, called by step-sysfs.c.
 *
 * kmem must never lose a device while a memory block of the device is online: the kernel only warns
 * ("stuck online until reboot") and crashes later. So every way out of kmem looks at the blocks
 * first, and refuses.
 */
#include "cxl/step/step-sysfs-memory.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cxl/step/region-memory.h"
#include "cxl/step/sysfs-io.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/clock.h"

#define DAX_DRIVERS "bus/dax/drivers"
#define MEMORY	    "devices/system/memory"

/* Time for a new device to appear by itself: with its driver loaded, and without */
#define SETTLE_DEVICE_MS 5000
#define SETTLE_DRIVER_MS 500

/* Time for kmem to probe devices while it is loaded: it may online all of their memory */
#define SETTLE_PROBE_MS 60000

/* ---- memory blocks ---- */

/* "offline", "online_kernel" or "online_movable"; a block between two states counts as online */
static int read_block_at(int directory, const char **ret_value)
{
	char state[SYSFS_VALUE_MAX], zone[SYSFS_VALUE_MAX];
	int rc = sysfs_read(directory, "state", state);

	if (rc < 0)
		return rc;
	if (strcmp(state, "offline") == 0) {
		*ret_value = "offline";
		return 0;
	}
	/* valid_zones of an online block is its one zone: valid_zones_show() */
	rc = sysfs_read(directory, "valid_zones", zone);
	if (rc < 0)
		return rc;
	*ret_value = strcmp(zone, "Movable") == 0 ? "online_movable" : "online_kernel";
	return 0;
}

static int open_block(int root_fd, uint64_t index)
{
	return sysfs_open(root_fd, MEMORY "/memory%" PRIu64, index);
}

int sysfs_memory_is_online(int root_fd, uint64_t start, uint64_t size)
{
	struct memory_blocks blocks;
	int rc = region_blocks_in(root_fd, start, size, &blocks);

	/* A kernel without memory hotplug has no such directory, and no memory of a region. */
	if (rc < 0)
		return rc == -ENOENT ? 0 : rc;
	for (uint64_t index = blocks.first; index < blocks.end; index++) {
		_cleanup_close_ int directory = open_block(root_fd, index);
		const char *value;

		if (directory == -ENOENT)
			continue;
		if (directory < 0)
			return directory;
		rc = read_block_at(directory, &value);
		if (rc < 0 && rc != -ENOENT)
			return rc;
		if (rc == 0 && strcmp(value, "offline") != 0)
			return 1;
	}
	return 0;
}

/* The region of the step may be gone by now, and another region may have its addresses. */
static int check_region(int root_fd, const struct step *step)
{
	struct memory_blocks blocks;
	uint64_t index;
	int rc = region_blocks(root_fd, step->of, &blocks);

	if (rc < 0)
		return rc == -ENOENT ? -ESTALE : rc;
	if (sscanf(step->object, "memory%" SCNu64, &index) != 1)
		return -EINVAL;
	return index >= blocks.first && index < blocks.end ? 0 : -ESTALE;
}

static int open_block_of(int root_fd, const struct step *step)
{
	int directory = sysfs_open(root_fd, MEMORY "/%s", step->object);
	int rc = directory < 0 ? 0 : check_region(root_fd, step);

	if (rc == 0)
		return directory;
	(void)close(directory);
	return rc;
}

int sysfs_read_block(struct step_sysfs *sysfs, const struct step *step,
		     char value[static STEP_VALUE_MAX])
{
	_cleanup_close_ int directory = open_block_of(sysfs->root_fd, step);
	const char *text;
	int rc = directory < 0 ? directory : read_block_at(directory, &text);

	if (rc < 0)
		return rc;
	(void)snprintf(value, STEP_VALUE_MAX, "%s", text);
	return 0;
}

/* An online block changes its zone only by way of offline, which is a step of its own. */
static int write_block_at(int directory, const char *value, uint64_t deadline_ms)
{
	const char *now;
	int rc = read_block_at(directory, &now);

	if (rc < 0)
		return rc;
	if (strcmp(now, value) == 0)
		return 0;
	if (strcmp(now, "offline") != 0 && strcmp(value, "offline") != 0)
		return -EBUSY;
	return sysfs_write(directory, "state", value, deadline_ms);
}

int sysfs_write_block(struct step_sysfs *sysfs, const struct step *step, uint64_t deadline_ms)
{
	_cleanup_close_ int directory = open_block_of(sysfs->root_fd, step);

	return directory < 0 ? directory : write_block_at(directory, step->to, deadline_ms);
}

/* ---- the memory blocks of a dax device ---- */

typedef int (*block_function)(int directory, void *context);

/* Calls @function for each existing block, in either order, until @function returns not 0. */
static int each_block(int root_fd, const struct memory_blocks *blocks, bool backward,
		      block_function function, void *context)
{
	uint64_t count = blocks->end - blocks->first;

	for (uint64_t i = 0; i < count; i++) {
		uint64_t index = backward ? blocks->end - 1 - i : blocks->first + i;
		_cleanup_close_ int directory = open_block(root_fd, index);
		int rc;

		if (directory == -ENOENT)
			continue;
		rc = directory < 0 ? directory : function(directory, context);
		if (rc)
			return rc;
	}
	return 0;
}

/* The range @index of the device: its mappingN, or the whole of a device without mappings. */
static int range_of(int dax, unsigned int index, uint64_t *ret_start, uint64_t *ret_size)
{
	char name[STEP_VALUE_MAX];
	uint64_t end;
	int rc;

	(void)snprintf(name, sizeof(name), "mapping%u/start", index);
	rc = sysfs_read_number(dax, name, 0, ret_start);
	if (rc == 0) {
		(void)snprintf(name, sizeof(name), "mapping%u/end", index);
		rc = sysfs_read_number(dax, name, 0, &end);
		if (rc == 0 && end < *ret_start)
			return -EPROTO;
		if (rc == 0)
			*ret_size = end - *ret_start + 1;
		return rc;
	}
	if (rc != -ENOENT || index > 0)
		return rc;
	rc = sysfs_read_number(dax, "resource", 0, ret_start);
	return rc < 0 ? rc : sysfs_read_number(dax, "size", 0, ret_size);
}

static int each_block_of_dax(int root_fd, int dax, bool backward, block_function function,
			     void *context)
{
	for (unsigned int i = 0;; i++) {
		struct memory_blocks blocks;
		uint64_t start, size;
		int rc = range_of(dax, i, &start, &size);

		if (rc == -ENOENT && i > 0)
			return 0;
		if (rc == 0)
			rc = region_blocks_in(root_fd, start, size, &blocks);
		if (rc == 0)
			rc = each_block(root_fd, &blocks, backward, function, context);
		if (rc)
			return rc;
	}
}

struct summary {
	size_t count;
	const char *value;
	bool mixed, online;
};

static int summarise(int directory, void *context)
{
	struct summary *summary = context;
	const char *value;
	int rc = read_block_at(directory, &value);

	/* The block has gone since. */
	if (rc < 0)
		return rc == -ENOENT ? 0 : rc;
	summary->online = summary->online || strcmp(value, "offline") != 0;
	if (summary->count++ == 0)
		summary->value = value;
	else if (strcmp(summary->value, value) != 0)
		summary->mixed = true;
	return 0;
}

static int read_summary(int root_fd, int dax, struct summary *ret_summary)
{
	struct summary summary = { 0 };
	int rc = each_block_of_dax(root_fd, dax, false, summarise, &summary);

	if (rc == 0)
		*ret_summary = summary;
	return rc;
}

/* ---- waiting for events of the kernel ---- */

/* Opens the dax region of the bound CXL region; -ENOENT when the region is not bound. */
static int open_dax_region(int root_fd, const char *name)
{
	const char *number = name + strlen("dax");

	return sysfs_open(root_fd, "bus/cxl/devices/dax_region%.*s", (int)strcspn(number, "."),
			  number);
}

/* Returns 0 when the device may come; -ENOENT when it can't; other negative errno. */
static int check_coming(int root_fd, const char *name)
{
	_cleanup_close_ int region = open_dax_region(root_fd, name);

	return region < 0 ? region : 0;
}

/*
 * Waits for a device that the kernel makes asynchronously after its region's driver was bound:
 * cxl_dax_region's driver is PROBE_PREFER_ASYNCHRONOUS. Returns a directory, -ENOENT when no device
 * will come, or -ETIMEDOUT.
 */
static int wait_for_dax(int root_fd, const char *name, uint64_t deadline_ms)
{
	unsigned int microseconds = CLOCK_NAP_FIRST_US;

	for (;;) {
		int directory = region_open_dax(root_fd, name);

		if (directory != -ENOENT)
			return directory;
		directory = check_coming(root_fd, name);
		if (directory < 0)
			return directory;
		if (clock_now_ms() >= deadline_ms)
			return -ETIMEDOUT;
		clock_nap(&microseconds);
	}
}

static int write_driver(int root_fd, const char *driver, const char *attribute, const char *name,
			uint64_t deadline_ms)
{
	_cleanup_close_ int directory = sysfs_open(root_fd, DAX_DRIVERS "/%s", driver);

	return directory < 0 ? directory : sysfs_write(directory, attribute, name, deadline_ms);
}

/*
 * cxl_dax_region adds its device, and the bus binds the device to kmem, under dax_region_rwsem (in
 * older kernels under the lock of its own device): a read of the available size returns after both
 * (devm_create_dev_dax()). If udev loads kmem for the device, kmem binds the device before the
 * module is live. The link to the driver exists before the probe ends.
 */
static void wait_for_first_probe(int root_fd, const char *name)
{
	const uint64_t until_ms = clock_now_ms() + SETTLE_PROBE_MS;
	_cleanup_close_ int region = open_dax_region(root_fd, name);
	_cleanup_close_ int module = sysfs_open(root_fd, "module/kmem");
	unsigned int nap_us = CLOCK_NAP_FIRST_US;
	char text[SYSFS_VALUE_MAX];

	if (region >= 0)
		(void)sysfs_read(region, "dax_region/available_size", text);
	while (module >= 0 && sysfs_read(module, "initstate", text) == 0 &&
	       strcmp(text, "coming") == 0 && clock_now_ms() < until_ms)
		clock_nap(&nap_us);
}

/*
 * Reads the driver, "" for none. A new device may be about to get a driver: an answer of "none"
 * would let an undo miss the memory that the driver brings online.
 */
static int read_driver_at(int root_fd, int dax, const char *name,
			  char driver[static SYSFS_VALUE_MAX])
{
	int rc;

	wait_for_first_probe(root_fd, name);
	rc = sysfs_link_name(dax, "driver", driver);
	if (rc == -ENOENT) {
		driver[0] = '\0';
		rc = 0;
	}
	return rc;
}

/* Tells whether the driver that makes the device is loaded and has not got its region yet. */
static bool is_about_to_come(int root_fd, const char *name)
{
	_cleanup_close_ int region = open_dax_region(root_fd, name);
	_cleanup_close_ int driver = sysfs_open(root_fd, "bus/cxl/drivers/cxl_dax_region");

	return region >= 0 && driver >= 0 && sysfs_exists(region, "driver") <= 0;
}

/* Opens the directory of a dax device; waits for a device whose region was bound a moment ago. */
static int open_settled(int root_fd, const char *name, uint64_t deadline_ms)
{
	uint64_t limit = is_about_to_come(root_fd, name) ? SETTLE_DEVICE_MS : SETTLE_DRIVER_MS;
	int dax = wait_for_dax(root_fd, name, clock_sooner_ms(deadline_ms, limit));

	return dax == -ETIMEDOUT ? -ENOENT : dax;
}

void sysfs_dax_settle(int root_fd, const char *region, uint64_t deadline_ms)
{
	_cleanup_close_ int dax = -1;
	char name[STEP_VALUE_MAX], driver[SYSFS_VALUE_MAX];

	(void)snprintf(name, sizeof(name), "dax%s.0", region + strlen("region"));
	dax = open_settled(root_fd, name, deadline_ms);
	if (dax >= 0)
		(void)read_driver_at(root_fd, dax, name, driver);
}

/* Opens the device at once, or waits for one that may be about to come. */
static int open_dax(int root_fd, const char *name)
{
	int directory = region_open_dax(root_fd, name);

	return directory == -ENOENT ? open_settled(root_fd, name, UINT64_MAX) : directory;
}

/* ---- the driver of a dax device ---- */

int sysfs_read_dax_driver(struct step_sysfs *sysfs, const struct step *step,
			  char value[static STEP_VALUE_MAX])
{
	_cleanup_close_ int directory = open_dax(sysfs->root_fd, step->object);
	char driver[SYSFS_VALUE_MAX];
	int rc;

	value[0] = '\0';
	if (directory < 0)
		return directory == -ENOENT ? 0 : directory;
	rc = read_driver_at(sysfs->root_fd, directory, step->object, driver);
	if (rc < 0)
		return rc;
	if (strlen(driver) >= STEP_VALUE_MAX)
		return -EPROTO;
	(void)strcpy(value, driver);
	return 0;
}

/* Checks that remove_memory() has removed every block: kmem may leave blocks behind. */
static int check_gone(int root_fd, int dax)
{
	struct summary summary = { 0 };
	int rc = read_summary(root_fd, dax, &summary);

	return rc == 0 && summary.count > 0 ? -EBUSY : rc;
}

static int leave_kmem(int root_fd, int dax, const char *name, uint64_t deadline_ms)
{
	struct summary summary = { 0 };
	int rc = read_summary(root_fd, dax, &summary);

	if (rc == 0 && summary.online)
		return -EBUSY;
	if (rc == 0)
		rc = write_driver(root_fd, "kmem", "unbind", name, deadline_ms);
	return rc < 0 ? rc : check_gone(root_fd, dax);
}

/* Also removes the name from the driver's IDs: the next device of that name would be bound, too. */
static int leave_device_dax(int root_fd, const char *name, uint64_t deadline_ms)
{
	int rc = write_driver(root_fd, "device_dax", "unbind", name, deadline_ms);

	return rc < 0 ? rc : write_driver(root_fd, "device_dax", "remove_id", name, deadline_ms);
}

void sysfs_dax_forget(int root_fd, const char *region, uint64_t deadline_ms)
{
	char name[STEP_VALUE_MAX];
	_cleanup_close_ int dax = -1;

	/*
	 * A region has one dax device, of its own number: cxl_dax_region_probe() in
	 * drivers/dax/cxl.c.
	 */
	if (snprintf(name, sizeof(name), "dax%s.0", region + strlen("region")) >= (int)sizeof(name))
		return;
	/* A device of that name belongs to another dax region: this region has no device yet. */
	dax = sysfs_open(root_fd, "bus/dax/devices/%s", name);
	if (dax == -ENOENT)
		(void)write_driver(root_fd, "device_dax", "remove_id", name, deadline_ms);
}

static int leave_driver(int root_fd, int dax, const char *name, uint64_t deadline_ms)
{
	char driver[SYSFS_VALUE_MAX];
	int rc = read_driver_at(root_fd, dax, name, driver);

	if (rc < 0 || driver[0] == '\0')
		return rc;
	if (strcmp(driver, "kmem") == 0)
		return leave_kmem(root_fd, dax, name, deadline_ms);
	if (strcmp(driver, "device_dax") == 0)
		return leave_device_dax(root_fd, name, deadline_ms);
	return -EBUSY;
}

/* kmem matches a device of a CXL region by its type: dax_match_type(). Others need an ID. */
static int enter_kmem(int root_fd, int dax, const char *name, uint64_t deadline_ms)
{
	char driver[SYSFS_VALUE_MAX];
	int rc = write_driver(root_fd, "kmem", "bind", name, deadline_ms);

	if (rc == -ENODEV)
		rc = write_driver(root_fd, "kmem", "new_id", name, deadline_ms);
	if (rc == -EBUSY && read_driver_at(root_fd, dax, name, driver) == 0 &&
	    strcmp(driver, "kmem") == 0)
		return 0;
	return rc;
}

/* A new ID makes the driver probe matching devices at once: do_id_store(). */
static int enter_device_dax(int root_fd, const char *name, uint64_t deadline_ms)
{
	return write_driver(root_fd, "device_dax", "new_id", name, deadline_ms);
}

int sysfs_write_dax_driver(struct step_sysfs *sysfs, const struct step *step, uint64_t deadline_ms)
{
	const int root_fd = sysfs->root_fd;
	_cleanup_close_ int dax = -1;
	int rc = 0;

	if (*step->to) {
		_cleanup_close_ int driver = sysfs_open(root_fd, DAX_DRIVERS "/%s", step->to);

		if (driver < 0)
			return driver == -ENOENT ? -ENODEV : driver;
		dax = wait_for_dax(root_fd, step->object, deadline_ms);
	} else {
		dax = region_open_dax(root_fd, step->object);
	}
	if (dax < 0)
		return dax;
	/* A device without a driver: the kernel may be about to bind it to kmem by itself. */
	if (strcmp(step->to, "kmem") != 0 || *step->from)
		rc = leave_driver(root_fd, dax, step->object, deadline_ms);
	if (rc < 0 || *step->to == '\0')
		return rc;
	if (strcmp(step->to, "kmem") == 0)
		return enter_kmem(root_fd, dax, step->object, deadline_ms);
	return enter_device_dax(root_fd, step->object, deadline_ms);
}

/* ---- the memory of a dax device ---- */

static bool is_unplugged(int dax)
{
	char state[SYSFS_VALUE_MAX];

	return sysfs_read(dax, "state", state) == 0 && strcmp(state, "unplugged") == 0;
}

static int read_memory_at(int root_fd, int dax, const char **ret_value)
{
	struct summary summary = { 0 };
	int rc;

	if (is_unplugged(dax)) {
		*ret_value = "unplugged";
		return 0;
	}
	rc = read_summary(root_fd, dax, &summary);
	if (rc < 0)
		return rc;
	*ret_value = summary.count == 0 ? "unplugged" : summary.mixed ? "mixed" : summary.value;
	return 0;
}

int sysfs_read_dax_memory(struct step_sysfs *sysfs, const struct step *step,
			  char value[static STEP_VALUE_MAX])
{
	const int root_fd = sysfs->root_fd;
	_cleanup_close_ int directory = open_dax(root_fd, step->object);
	char driver[SYSFS_VALUE_MAX];
	const char *text = "";
	int rc;

	value[0] = '\0';
	if (directory < 0)
		return directory == -ENOENT ? 0 : directory;
	rc = read_driver_at(root_fd, directory, step->object, driver);
	if (rc == 0 && strcmp(driver, "kmem") == 0)
		rc = read_memory_at(root_fd, directory, &text);
	/* The device has gone since. */
	if (rc == -ENOENT)
		return 0;
	if (rc == 0)
		(void)snprintf(value, STEP_VALUE_MAX, "%s", text);
	return rc;
}

struct change {
	const char *value;
	uint64_t deadline_ms;
};

static int change_block(int directory, void *context)
{
	const struct change *change = context;

	return write_block_at(directory, change->value, change->deadline_ms);
}

/* Only a bind to kmem adds blocks that stay offline, and only under the policy "offline". */
static int plug_offline(int root_fd, int dax, const char *name, uint64_t deadline_ms)
{
	_cleanup_close_ int memory = sysfs_open(root_fd, MEMORY);
	char policy[SYSFS_VALUE_MAX];
	int rc = memory < 0 ? memory : sysfs_read(memory, "auto_online_blocks", policy);

	if (rc == 0 && strcmp(policy, "offline") != 0)
		return -EBUSY;
	if (rc == 0)
		rc = leave_kmem(root_fd, dax, name, deadline_ms);
	return rc < 0 ? rc : enter_kmem(root_fd, dax, name, deadline_ms);
}

int sysfs_write_dax_memory(struct step_sysfs *sysfs, const struct step *step, uint64_t deadline_ms)
{
	const int root_fd = sysfs->root_fd;
	_cleanup_close_ int dax = region_open_dax(root_fd, step->object);
	struct change change = { .value = *step->to ? step->to : "offline",
				 .deadline_ms = deadline_ms };
	bool offline = strcmp(change.value, "offline") == 0;

	if (dax < 0)
		return dax;
	if (strcmp(step->to, "unplugged") == 0) {
		int there = sysfs_exists(dax, "state");

		if (there <= 0)
			return there < 0 ? there : -EOPNOTSUPP;
		return sysfs_write(dax, "state", step->to, deadline_ms);
	}
	if (!is_unplugged(dax))
		return each_block_of_dax(root_fd, dax, offline, change_block, &change);
	if (offline)
		return plug_offline(root_fd, dax, step->object, deadline_ms);
	return sysfs_write(dax, "state", step->to, deadline_ms);
}
