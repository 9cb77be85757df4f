// SPDX-License-Identifier: GPL-2.0-only
/*
 * The poisoned media of a memdev. Effect; called by topology-mailbox.c. poison-trace.c parses the
 * text.
 *
 * The kernel has no file with a poison list: a write to trigger_poison_list makes the kernel ask
 * the device and emit one cxl_poison event per record. The events are caught in a trace instance of
 * our own, which no other tracing sees or disturbs, and which is removed with its events at the
 * end.
 */
#include "cxl/topology/topology-poison.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/folder.h"

/* The specification allows a list of any length; text beyond 4 MiB is cut. */
#define TRACE_SIZE_MAX ((size_t)4 << 20)
#define TRACE_CHUNK    ((size_t)16 << 10)

#define INSTANCES "/sys/kernel/tracing/instances"
#define PREFIX	  "cxlfm-"

#define MAKE_ATTEMPTS 8

static bool write_text(int directory, const char *path, const char *text)
{
	_cleanup_close_ int fd = openat(directory, path, O_WRONLY | O_CLOEXEC);
	size_t length = strlen(text);
	ssize_t written;

	if (fd < 0)
		return false;
	/* The CXL core waits for its locks interruptibly. */
	do
		written = write(fd, text, length);
	while (written < 0 && errno == EINTR);
	return written == (ssize_t)length;
}

static bool enable_events(int instance, const char *value)
{
	return write_text(instance, "events/cxl/cxl_poison/enable", value);
}

/* Returns NULL without memory, and "" when the trace can't be read. */
static char *read_trace(int instance)
{
	_cleanup_close_ int fd = openat(instance, "trace", O_RDONLY | O_CLOEXEC);
	_cleanup_free_ char *text = malloc(1);
	size_t size = 0, room = 1;
	ssize_t got = fd < 0 ? 0 : 1;

	if (!text)
		return NULL;
	while (got > 0 && size < TRACE_SIZE_MAX) {
		if (room - size < TRACE_CHUNK + 1) {
			char *larger = realloc(text, room * 2 + TRACE_CHUNK);

			if (!larger)
				return NULL;
			text = larger;
			room = room * 2 + TRACE_CHUNK;
		}
		got = read(fd, text + size, TRACE_CHUNK);
		size += got > 0 ? (size_t)got : 0;
	}
	text[size] = '\0';
	return TAKE_PTR(text);
}

static int read_with(int instance, const char *trigger, char **ret_text)
{
	char *text;

	if (!enable_events(instance, "1") || !write_text(AT_FDCWD, trigger, "1\n") ||
	    !enable_events(instance, "0"))
		return 0;
	text = read_trace(instance);
	if (!text)
		return -ENOMEM;
	*ret_text = text;
	return 0;
}

/* Removes the instances that no process has open; the kernel refuses the others with EBUSY. */
void topology_poison_remove_left(const char *instances)
{
	_cleanup_folder_ DIR *folder = NULL;
	const char *name;

	if (folder_open(AT_FDCWD, instances, &folder) < 0)
		return;
	while (folder_next(folder, &name) > 0)
		if (strncmp(name, PREFIX, strlen(PREFIX)) == 0)
			(void)unlinkat(dirfd(folder), name, AT_REMOVEDIR);
}

/*
 * Makes an instance of our own. *ret_user keeps the instance in use: until *ret_user is open,
 * another worker may take the instance for a left one.
 */
static int make_instance(const char *path, int *ret_user)
{
	int instance = -1;

	for (int i = 0; instance < 0 && i < MAKE_ATTEMPTS; i++) {
		if (mkdir(path, 0700) < 0 && errno != EEXIST)
			return -errno;
		instance = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
		*ret_user =
			instance < 0 ? -1 : openat(instance, "tracing_on", O_RDONLY | O_CLOEXEC);
		if (instance >= 0 && *ret_user < 0) {
			(void)close(instance);
			instance = -1;
		}
	}
	return instance < 0 ? -ENOENT : instance;
}

int topology_take_poison(const char *memdev, char **ret_text)
{
	char trigger[PATH_MAX], path[PATH_MAX];
	int instance, user = -1, rc;

	*ret_text = NULL;
	(void)snprintf(trigger, sizeof(trigger), "/sys/bus/cxl/devices/%s/trigger_poison_list",
		       memdev);
	if (access(trigger, W_OK) < 0)
		return 0;
	/* A worker that was killed has left its instance, which takes memory of the kernel. */
	topology_poison_remove_left(INSTANCES);
	(void)snprintf(path, sizeof(path), INSTANCES "/" PREFIX "%s-%ld", memdev, (long)getpid());
	instance = make_instance(path, &user);
	if (instance < 0)
		return 0;
	rc = read_with(instance, trigger, ret_text);
	(void)close(instance);
	(void)close(user);
	(void)rmdir(path);
	return rc;
}
