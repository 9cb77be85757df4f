// SPDX-License-Identifier: GPL-2.0-only
/*
 * Causes of changes that looks show. Pure.
 */
#include "daemon/observe/causes.h"

#include <errno.h>
#include <string.h>

#include "cxl/topology/topology.h"

void causes_deinit(struct causes *causes)
{
	for (size_t i = 0; i < causes->list.count; i++)
		free(causes->list.items[i].path);
	ARRAY_FREE(&causes->list);
}

static bool is_at(const char *path, const struct uevent_news *news)
{
	return path && strlen(path) == news->length && memcmp(path, news->path, news->length) == 0;
}

static const struct topo_memdev *find_memdev(const struct topology *topology,
					     const struct uevent_news *news)
{
	for (size_t i = 0; topology && i < topology->memdevs.count; i++)
		if (is_at(topology->memdevs.items[i]->host_path, news))
			return topology->memdevs.items[i];
	return NULL;
}

/* The entry of the device at this place; if no look shows one, of the last device there. */
static struct cause *find_entry(struct causes *causes, const struct uevent_news *news,
				const struct topo_memdev *memdev)
{
	for (size_t i = causes->list.count; i > 0; i--) {
		struct cause *cause = &causes->list.items[i - 1];

		if (is_at(cause->path, news) &&
		    (!memdev || cause->serial == memdev->serial || cause->serial == TOPO_UNKNOWN))
			return cause;
	}
	return NULL;
}

static void forget_first(struct causes *causes)
{
	free(causes->list.items[0].path);
	causes->list.count--;
	memmove(&causes->list.items[0], &causes->list.items[1],
		causes->list.count * sizeof(struct cause));
}

static struct cause *add_entry(struct causes *causes, const struct uevent_news *news)
{
	struct cause cause = { .serial = TOPO_UNKNOWN, .unbound_ms = UINT64_MAX };

	cause.path = strndup(news->path, news->length);
	if (!cause.path || ARRAY_APPEND(&causes->list, cause) < 0) {
		free(cause.path);
		return NULL;
	}
	if (causes->list.count > CAUSES_MAX)
		forget_first(causes);
	return &causes->list.items[causes->list.count - 1];
}

/* Notes a cause that began with the driver's unbind: kernels do not report each error's begin. */
static void note(struct cause *cause, enum cause_kind kind, uint64_t now_ms, uint64_t look)
{
	const bool known =
		cause->unbound_ms <= now_ms && now_ms - cause->unbound_ms <= CAUSE_SPAN_MS;

	cause->kind = kind;
	cause->begun_ms = known ? cause->unbound_ms : now_ms;
	cause->heard_ms = now_ms;
	cause->look = look;
}

int causes_hear(struct causes *causes, const struct uevent_news *news,
		const struct topology *topology, uint64_t now_ms, uint64_t look)
{
	const struct topo_memdev *memdev = find_memdev(topology, news);
	struct cause *cause = find_entry(causes, news, memdev);

	/* Devices that are no memdevs have errors, too. */
	if (!cause && !memdev && news->kind == UEVENT_ERROR)
		return 0;
	if (!cause)
		cause = add_entry(causes, news);
	if (!cause)
		return -ENOMEM;
	if (memdev)
		cause->serial = memdev->serial;
	switch (news->kind) {
	case UEVENT_UNBOUND:
		cause->unbound_ms = now_ms;
		break;
	case UEVENT_REMOVED:
		note(cause, CAUSE_REMOVED, now_ms, look);
		break;
	case UEVENT_ERROR:
		note(cause, CAUSE_RECOVERED, now_ms, look);
		break;
	}
	return 1;
}

static bool is_about(const struct cause *cause, uint64_t serial, const char *path)
{
	if (serial != TOPO_UNKNOWN)
		return cause->serial == serial;
	return path && strcmp(cause->path, path) == 0;
}

const struct cause *causes_find(const struct causes *causes, uint64_t serial, const char *path)
{
	const struct cause *newest = NULL;

	/* A device that was moved to another slot has an entry for each. */
	for (size_t i = 0; causes && i < causes->list.count; i++) {
		const struct cause *cause = &causes->list.items[i];

		if (cause->kind != CAUSE_UNKNOWN && is_about(cause, serial, path) &&
		    (!newest || cause->look >= newest->look))
			newest = cause;
	}
	return newest;
}
