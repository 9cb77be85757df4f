// SPDX-License-Identifier: GPL-2.0-only
/*
 * The known users of a memory block. Effect, called by the helper. block-pages.c counts the pages.
 */
#include "cxl/step/block-holder.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cxl/step/block-pages.h"
#include "cxl/step/host-step.h"
#include "cxl/step/region-memory.h"
#include "cxl/step/sysfs-io.h"
#include "cxl/topology/plain-text.h"
#include "util/array.h"
#include "util/clock.h"
#include "util/folder.h"
#include "util/json.h"

#define PROCESSES_SHOWN_MAX 5
#define FLAGS_AT_ONCE	    4096

/* The page tables of each process are walked: on a big host the walk would take too long. */
#define LOOK_TIMEOUT_MS 3000

/* A path of PATH_MAX whose bytes are all escaped, and room for the pages of each node. */
#define MAPPING_LINE_MAX (4 * PATH_MAX + 16384)

#define MEMORY "devices/system/memory"

struct process {
	int pid;
	uint64_t bytes;
	char name[SYSFS_VALUE_MAX];
};

struct holders {
	int sys, proc; /* directories */
	int block;     /* directory */
	uint64_t index;
	int node;
	struct json_object *json;
};

/* The block's directory has a link nodeN to its node. -1: nobody can tell. */
static int node_of(int block)
{
	_cleanup_folder_ DIR *folder = NULL;
	const char *name;
	int node = -1;

	if (folder_open(block, ".", &folder) < 0)
		return -1;
	while (node < 0 && folder_next(folder, &name) > 0)
		if (sscanf(name, "node%d", &node) != 1)
			node = -1;
	return node;
}

static int add_pages(struct holders *holders)
{
	_cleanup_close_ int memory = sysfs_open(holders->sys, MEMORY);
	_cleanup_close_ int fd = openat(holders->proc, "kpageflags", O_RDONLY | O_CLOEXEC);
	uint64_t page_size = (uint64_t)sysconf(_SC_PAGESIZE), block_size, left, at;
	struct block_pages pages = BLOCK_PAGES_NULL;
	uint64_t flags[FLAGS_AT_ONCE];

	if (memory < 0 || fd < 0 ||
	    sysfs_read_number(memory, "block_size_bytes", 16, &block_size) < 0)
		return 0;
	left = block_size / page_size;
	at = holders->index * left;
	while (left > 0) {
		size_t wanted = left < FLAGS_AT_ONCE ? left : FLAGS_AT_ONCE;
		ssize_t length =
			pread(fd, flags, wanted * sizeof(*flags), (off_t)(at * sizeof(*flags)));
		size_t count = length > 0 ? (size_t)length / sizeof(*flags) : 0;

		if (count == 0)
			return 0;
		block_pages_add(&pages, flags, count);
		at += count;
		left -= count;
	}
	if (json_add_u64(holders->json, "page_size", page_size) < 0)
		return -ENOMEM;
	return json_add(holders->json, "pages", block_pages_to_json(&pages));
}

/*
 * The path of a mapped file may be as long as its owner likes, and stands before the pages: of such
 * a mapping none are counted.
 */
static uint64_t bytes_on_node(int process, int node, uint64_t until_ms)
{
	_cleanup_fclose_ FILE *file = NULL;
	char line[MAPPING_LINE_MAX];
	uint64_t bytes = 0;
	bool is_whole;

	if (plain_open(process, "numa_maps", &file) < 0)
		return 0;
	while (clock_now_ms() < until_ms && plain_line(file, line, sizeof(line), &is_whole) > 0)
		if (is_whole)
			bytes += numa_maps_bytes(line, node);
	return bytes;
}

/* Keeps the biggest processes, the biggest first. */
static void keep(struct process kept[static PROCESSES_SHOWN_MAX], const struct process *process)
{
	size_t at = 0;

	while (at < PROCESSES_SHOWN_MAX && kept[at].bytes >= process->bytes)
		at++;
	if (at == PROCESSES_SHOWN_MAX)
		return;
	memmove(&kept[at + 1], &kept[at], (PROCESSES_SHOWN_MAX - 1 - at) * sizeof(*kept));
	kept[at] = *process;
}

static void look_at(const struct holders *holders, const char *name, uint64_t until_ms,
		    struct process kept[static PROCESSES_SHOWN_MAX])
{
	_cleanup_close_ int directory =
		openat(holders->proc, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct process process = { 0 };

	if (directory < 0 || sscanf(name, "%d", &process.pid) != 1)
		return;
	process.bytes = bytes_on_node(directory, holders->node, until_ms);
	if (process.bytes == 0)
		return;
	if (sysfs_read(directory, "comm", process.name) < 0)
		process.name[0] = '\0';
	/* A process names itself: JSON wants UTF-8, and a terminal no control characters. */
	for (char *c = process.name; *c; c++)
		if (!isascii(*c) || !isprint((unsigned char)*c))
			*c = '?';
	keep(kept, &process);
}

static int add_process(struct json_object *array, const struct process *process)
{
	_cleanup_json_ struct json_object *object = json_object_new_object();

	if (!object || json_add_int(object, "pid", process->pid) ||
	    json_add_string(object, "name", process->name) ||
	    json_add_u64(object, "bytes", process->bytes))
		return -ENOMEM;
	return json_append(array, TAKE_PTR(object));
}

static int add_processes(struct holders *holders)
{
	_cleanup_folder_ DIR *folder = NULL;
	_cleanup_json_ struct json_object *array = json_object_new_array();
	const uint64_t until_ms = clock_now_ms() + LOOK_TIMEOUT_MS;
	struct process kept[PROCESSES_SHOWN_MAX] = { 0 };
	const char *name;
	bool cut = false;
	int next = folder_open(holders->proc, ".", &folder);

	while (folder && !cut && (next = folder_next(folder, &name)) > 0) {
		if (isdigit((unsigned char)*name))
			look_at(holders, name, until_ms, kept);
		cut = clock_now_ms() >= until_ms;
	}
	/* After a cut the biggest process may be missing, so none is named. */
	if (cut || next < 0)
		return 0;
	if (!array)
		return -ENOMEM;
	for (size_t i = 0; i < PROCESSES_SHOWN_MAX && kept[i].bytes; i++)
		if (add_process(array, &kept[i]) < 0)
			return -ENOMEM;
	return json_add(holders->json, "processes", TAKE_PTR(array));
}

static int fill(struct holders *holders, const char *block)
{
	char zones[SYSFS_VALUE_MAX];
	int rc;

	if (json_add_string(holders->json, "block", block) < 0)
		return -ENOMEM;
	if (sysfs_read(holders->block, "valid_zones", zones) == 0 &&
	    json_add_string(holders->json, "zones", zones) < 0)
		return -ENOMEM;
	rc = add_pages(holders);
	if (rc < 0)
		return rc;
	holders->node = node_of(holders->block);
	if (holders->node < 0)
		return 0;
	if (json_add_int(holders->json, "node", holders->node) < 0)
		return -ENOMEM;
	rc = region_has_whole_node(holders->sys, holders->node);
	return rc > 0 ? add_processes(holders) : rc;
}

int block_holders_read_at(const char *sys, const char *proc, const char *block,
			  struct json_object **ret_holders)
{
	const struct step step = { STEP_BLOCK, block, "region0", "offline", "offline" };
	_cleanup_close_ int sys_fd = open(sys, O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int proc_fd = open(proc, O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int block_fd = -1;
	_cleanup_json_ struct json_object *json = json_object_new_object();
	struct holders holders = { .sys = sys_fd, .proc = proc_fd, .json = json };
	int rc;

	if (step_check(&step) < 0 || sscanf(block, "memory%" SCNu64, &holders.index) != 1)
		return -EINVAL;
	if (!json)
		return -ENOMEM;
	if (sys_fd < 0 || proc_fd < 0)
		return -ENOENT;
	block_fd = sysfs_open(sys_fd, MEMORY "/%s", block);
	if (block_fd < 0)
		return block_fd;
	rc = region_has_block(sys_fd, holders.index);
	if (rc <= 0)
		return rc < 0 ? rc : -EPERM;
	holders.block = block_fd;
	rc = fill(&holders, block);
	if (rc < 0)
		return rc;
	*ret_holders = TAKE_PTR(json);
	return 0;
}

int block_holders_read(const char *block, struct json_object **ret_holders)
{
	return block_holders_read_at("/sys", "/proc", block, ret_holders);
}
