// SPDX-License-Identifier: GPL-2.0-only
/*
 * The poisoned media of a memdev. Effect; called by topology-mailbox.c.
 *
 * The kernel has no file to read a poison list from: writing to trigger_poison_list makes it ask
 * the device and emit one cxl_poison event per record. They are caught in a trace instance of our
 * own, which nobody else's tracing sees or disturbs, and which goes with its events at the end.
 */
#include "cxl/topology/topology-poison.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cxl/topology/poison-trace.h"
#include "util/cleanup.h"

/* The specification allows a list of any length; what is above 4 MiB of text is cut. */
#define TRACE_SIZE_MAX ((size_t)4 << 20)
#define TRACE_CHUNK    ((size_t)16 << 10)

#define INSTANCES "/sys/kernel/tracing/instances"

static bool write_text(int directory, const char *path, const char *text)
{
	_cleanup_close_ int fd = openat(directory, path, O_WRONLY | O_CLOEXEC);
	size_t length = strlen(text);

	return fd >= 0 && write(fd, text, length) == (ssize_t)length;
}

static bool enable_events(int instance, const char *value)
{
	return write_text(instance, "events/cxl/cxl_poison/enable", value);
}

/* NULL when there is no memory; "" when it cannot be read. */
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

static int read_with(int instance, const char *trigger, const char *memdev,
		     struct json_object **ret_errors)
{
	_cleanup_free_ char *text = NULL;
	struct json_object *errors;
	int rc;

	if (!enable_events(instance, "1") || !write_text(AT_FDCWD, trigger, "1\n") ||
	    !enable_events(instance, "0"))
		return 0;
	text = read_trace(instance);
	if (!text)
		return -ENOMEM;
	rc = poison_trace_parse(text, memdev, &errors);
	if (rc)
		return rc;
	/* As cxl: no list rather than an empty one. */
	if (json_object_array_length(errors) == 0) {
		(void)json_object_put(errors);
		errors = NULL;
	}
	*ret_errors = errors;
	return 0;
}

int topology_read_poison(const char *memdev, struct json_object **ret_errors)
{
	char trigger[PATH_MAX], path[PATH_MAX];
	int instance, rc = 0;

	*ret_errors = NULL;
	(void)snprintf(trigger, sizeof(trigger), "/sys/bus/cxl/devices/%s/trigger_poison_list",
		       memdev);
	if (access(trigger, W_OK) < 0)
		return 0;
	(void)snprintf(path, sizeof(path), INSTANCES "/cxlfm-%s-%ld", memdev, (long)getpid());
	if (mkdir(path, 0700) < 0)
		return 0;
	instance = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (instance >= 0) {
		rc = read_with(instance, trigger, memdev, ret_errors);
		/* An instance in use cannot be removed. */
		(void)close(instance);
	}
	(void)rmdir(path);
	return rc;
}
