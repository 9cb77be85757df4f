// SPDX-License-Identifier: GPL-2.0-only
/*
 * The objects that a list request names. Pure; called by topology-list.c.
 *
 * A filter is split into sorted words once, and each object looks up the few words that can name
 * it: the cost of a listing is in proportion to the request plus the host, and not to their
 * product.
 */
#include "cxl/topology/topology-filter.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/cleanup.h"

#define SEPARATORS " ,\t\n"

static bool next_word(const char **filter, struct filter_word *word)
{
	*filter += strspn(*filter, SEPARATORS);
	word->text = *filter;
	word->length = strcspn(*filter, SEPARATORS);
	*filter += word->length;
	return word->length > 0;
}

static int compare_words(const void *a, const void *b)
{
	const struct filter_word *one = a, *other = b;

	if (one->length != other->length)
		return one->length < other->length ? -1 : 1;
	return memcmp(one->text, other->text, one->length);
}

size_t filter_count_words(const char *filter)
{
	struct filter_word word;
	size_t count = 0;

	while (filter && next_word(&filter, &word))
		count++;
	return count;
}

int filter_names_init(struct filter_names *names, const char *filter)
{
	struct filter_word word;
	int rc = 0;

	names->given = filter != NULL;
	while (filter && rc == 0 && next_word(&filter, &word))
		rc = ARRAY_APPEND(&names->words, word);
	if (names->words.count)
		qsort(names->words.items, names->words.count, sizeof(word), compare_words);
	return rc;
}

void filter_names_deinit(struct filter_names *names)
{
	ARRAY_FREE(&names->words);
}

static bool has_word(const struct filter_names *names, const char *text, size_t length)
{
	const struct filter_word wanted = { text, length };

	return names->words.count && bsearch(&wanted, names->words.items, names->words.count,
					     sizeof(wanted), compare_words);
}

static bool has(const struct filter_names *names, const char *text)
{
	return text && has_word(names, text, strlen(text));
}

static const char *number_in(const char *name)
{
	return name + strcspn(name, "0123456789");
}

/*
 * "3" and "<prefix>3" name the object "<anything>3"; decoders have two numbers, "0.1". An object
 * whose name is longer than the kernel's names can be is named by its number alone.
 */
static bool has_number_of(const struct filter_names *names, const char *prefix, const char *name)
{
	const char *number = number_in(name);
	char prefixed[96];
	int length;

	if (has(names, number))
		return true;
	length = snprintf(prefixed, sizeof(prefixed), "%s%s", prefix, number);
	return length < (int)sizeof(prefixed) && has_word(names, prefixed, (size_t)length);
}

bool filter_bus(const struct topo_port *root, const struct filter_names *names)
{
	return !names->given || has(names, "all") || has_number_of(names, "root", root->name) ||
	       has(names, root->provider);
}

static bool has_class_of(const struct filter_names *names, enum topo_port_kind kind)
{
	switch (kind) {
	case TOPO_PORT_ROOT:
		return has(names, "root");
	case TOPO_PORT_HOST_BRIDGE:
	case TOPO_PORT_SWITCH:
		return has(names, "switch");
	case TOPO_PORT_ENDPOINT:
		return has(names, "endpoint");
	}
	return false;
}

bool filter_port(const struct topo_port *port, const struct filter_names *names)
{
	return !names->given || has(names, "all") || has_class_of(names, port->kind) ||
	       has_number_of(names, "port", port->name) || has(names, port->name) ||
	       has(names, port->host);
}

bool filter_endpoint(const struct topo_port *port, const struct filter_names *names)
{
	return !names->given || has(names, "all") || has_number_of(names, "endpoint", port->name) ||
	       has(names, port->host);
}

bool filter_decoder(const struct topo_decoder *decoder, const struct filter_names *names)
{
	return !names->given || has(names, "all") || has_class_of(names, decoder->port->kind) ||
	       has_number_of(names, "decoder", decoder->name);
}

bool filter_region(const struct topo_region *region, const struct filter_names *names)
{
	return !names->given || has(names, "all") || has_number_of(names, "region", region->name);
}

bool filter_memdev(const struct topo_memdev *memdev, const struct filter_names *names)
{
	return !names->given || has(names, "all") || has_number_of(names, "mem", memdev->name) ||
	       has(names, memdev->host);
}

/* ---- serial numbers ---- */

static bool read_serial(const struct filter_word *word, uint64_t *ret_serial)
{
	char text[32], *end;

	if (word->length >= sizeof(text) || !isdigit((unsigned char)word->text[0]))
		return false;
	memcpy(text, word->text, word->length);
	text[word->length] = '\0';
	errno = 0;
	*ret_serial = strtoull(text, &end, 0);
	return *end == '\0' && errno == 0;
}

static int compare_serials(const void *a, const void *b)
{
	const uint64_t one = *(const uint64_t *)a, other = *(const uint64_t *)b;

	return one < other ? -1 : one > other;
}

int filter_serials_init(struct filter_serials *serials, const char *filter)
{
	struct filter_word word;
	uint64_t serial;
	int rc = 0;

	serials->given = filter != NULL;
	while (filter && rc == 0 && next_word(&filter, &word))
		if (read_serial(&word, &serial))
			rc = ARRAY_APPEND(&serials->numbers, serial);
	if (serials->numbers.count)
		qsort(serials->numbers.items, serials->numbers.count, sizeof(serial),
		      compare_serials);
	return rc;
}

void filter_serials_deinit(struct filter_serials *serials)
{
	ARRAY_FREE(&serials->numbers);
}

bool filter_serial(const struct topo_memdev *memdev, const struct filter_serials *serials)
{
	return !serials->given ||
	       (serials->numbers.count &&
		bsearch(&memdev->serial, serials->numbers.items, serials->numbers.count,
			sizeof(uint64_t), compare_serials));
}

/* @word holds no separator, so a word of the filter contains @word wherever the filter does. */
bool filter_mentions(const char *filter, const char *word)
{
	return filter && strstr(filter, word);
}

/* ---- what lies below what ---- */

/* The devices of the path "pci0000:0c/0000:0c:00.0/...", one at a time. */
static bool next_device(const char **path, struct filter_word *device)
{
	*path += strspn(*path, "/");
	device->text = *path;
	device->length = strcspn(*path, "/");
	*path += device->length;
	return device->length > 0;
}

/*
 * The dport of @parent that @port hangs from. The kernel gives a host bridge none of its own: it is
 * at once the root's dport and its port's uport.
 */
static const char *dport_of(const struct topo_port *port)
{
	return port->parent_dport ? port->parent_dport : port->host;
}

static int compare_ways(const void *a, const void *b)
{
	const struct filter_way *one = a, *other = b;

	if (one->port != other->port)
		return (uintptr_t)one->port < (uintptr_t)other->port ? -1 : 1;
	return compare_words(&one->name, &other->name);
}

static int add_way(struct filter_ways *ways, const struct topo_port *port,
		   const struct filter_word *name)
{
	return ARRAY_APPEND(&ways->list, (struct filter_way){ .port = port, .name = *name });
}

static int add_named_way(struct filter_ways *ways, const struct topo_port *port, const char *text)
{
	const struct filter_word name = { text, text ? strlen(text) : 0 };

	return name.length ? add_way(ways, port, &name) : 0;
}

/* A disabled memdev hangs from no port; only its host_path tells its place. */
int filter_ways_add_memdev(struct filter_ways *ways, const struct topo_memdev *memdev)
{
	const char *path = memdev->host_path;
	const struct topo_port *child = path ? NULL : memdev->endpoint;
	struct filter_word device;
	int rc = 0;

	while (path && rc == 0 && next_device(&path, &device))
		rc = add_way(ways, NULL, &device);
	for (; child && child->parent && rc == 0; child = child->parent)
		rc = add_named_way(ways, child->parent, dport_of(child));
	return rc;
}

int filter_ways_add_decoder(struct filter_ways *ways, const struct topo_decoder *decoder)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < decoder->targets.count; i++) {
		const struct topo_target *target = &decoder->targets.items[i];
		const struct topo_port *const ports[] = { NULL, decoder->port };

		for (size_t j = 0; rc == 0 && j < ARRAY_SIZE(ports); j++) {
			rc = add_named_way(ways, ports[j], target->dport);
			if (rc == 0)
				rc = add_named_way(ways, ports[j], target->alias);
		}
	}
	return rc;
}

void filter_ways_finish(struct filter_ways *ways)
{
	if (ways->list.count)
		qsort(ways->list.items, ways->list.count, sizeof(struct filter_way), compare_ways);
}

void filter_ways_deinit(struct filter_ways *ways)
{
	ARRAY_FREE(&ways->list);
}

static bool has_way(const struct filter_ways *ways, const struct topo_port *port,
		    const struct filter_word *name)
{
	const struct filter_way wanted = { .port = port, .name = *name };

	return ways->list.count && name->length &&
	       bsearch(&wanted, ways->list.items, ways->list.count, sizeof(wanted), compare_ways);
}

static bool has_named_way(const struct filter_ways *ways, const struct topo_port *port,
			  const char *text)
{
	const struct filter_word name = { text, text ? strlen(text) : 0 };

	return has_way(ways, NULL, &name) || has_way(ways, port, &name);
}

bool filter_ways_lead_through(const struct filter_ways *ways, const struct topo_port *port,
			      const char *name, const char *alias)
{
	return has_named_way(ways, port, name) || has_named_way(ways, port, alias);
}

bool filter_ways_lead_to(const struct filter_ways *ways, const struct topo_memdev *memdev)
{
	const char *path = memdev->host_path;
	const struct topo_port *child = path ? NULL : memdev->endpoint;
	struct filter_word device;

	while (path && next_device(&path, &device))
		if (has_way(ways, NULL, &device))
			return true;
	for (; child && child->parent; child = child->parent) {
		const char *dport = dport_of(child);
		const struct filter_word name = { dport, dport ? strlen(dport) : 0 };

		if (has_way(ways, child->parent, &name))
			return true;
	}
	return false;
}
