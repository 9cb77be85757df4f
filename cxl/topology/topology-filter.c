// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which objects a list request names. Pure; called by topology-list.c.
 */
#include "cxl/topology/topology-filter.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SEPARATORS " ,\t\n"

/* A name out of a filter; not terminated. */
struct word {
	const char *text;
	size_t length;
};

static bool next_word(const char **filter, struct word *word)
{
	*filter += strspn(*filter, SEPARATORS);
	word->text = *filter;
	word->length = strcspn(*filter, SEPARATORS);
	*filter += word->length;
	return word->length > 0;
}

static bool word_is(const struct word *word, const char *text)
{
	return text && strlen(text) == word->length && memcmp(text, word->text, word->length) == 0;
}

static const char *number_in(const char *name)
{
	return name + strcspn(name, "0123456789");
}

/* "3" and "<prefix>3" name the object "<anything>3"; decoders have two numbers, "0.1". */
static bool word_is_number_of(const struct word *word, const char *prefix, const char *name)
{
	struct word number = *word;
	size_t length = strlen(prefix);

	if (number.length > length && memcmp(number.text, prefix, length) == 0) {
		number.text += length;
		number.length -= length;
	}
	return word_is(&number, number_in(name));
}

bool filter_bus(const struct topo_port *root, const char *filter)
{
	struct word word;

	if (!filter)
		return true;
	while (next_word(&filter, &word))
		if (word_is(&word, "all") || word_is_number_of(&word, "root", root->name) ||
		    word_is(&word, root->provider))
			return true;
	return false;
}

static bool word_is_class_of(const struct word *word, enum topo_port_kind kind)
{
	switch (kind) {
	case TOPO_PORT_ROOT:
		return word_is(word, "root");
	case TOPO_PORT_HOST_BRIDGE:
	case TOPO_PORT_SWITCH:
		return word_is(word, "switch");
	case TOPO_PORT_ENDPOINT:
		return word_is(word, "endpoint");
	}
	return false;
}

bool filter_port(const struct topo_port *port, const char *filter)
{
	struct word word;

	if (!filter)
		return true;
	while (next_word(&filter, &word))
		if (word_is(&word, "all") || word_is_class_of(&word, port->kind) ||
		    word_is_number_of(&word, "port", port->name) || word_is(&word, port->name) ||
		    word_is(&word, port->host))
			return true;
	return false;
}

bool filter_endpoint(const struct topo_port *port, const char *filter)
{
	struct word word;

	if (!filter)
		return true;
	while (next_word(&filter, &word))
		if (word_is(&word, "all") || word_is_number_of(&word, "endpoint", port->name) ||
		    word_is(&word, port->host))
			return true;
	return false;
}

bool filter_decoder(const struct topo_decoder *decoder, const char *filter)
{
	struct word word;

	if (!filter)
		return true;
	while (next_word(&filter, &word))
		if (word_is(&word, "all") || word_is_class_of(&word, decoder->port->kind) ||
		    word_is_number_of(&word, "decoder", decoder->name))
			return true;
	return false;
}

bool filter_region(const struct topo_region *region, const char *filter)
{
	struct word word;

	if (!filter)
		return true;
	while (next_word(&filter, &word))
		if (word_is(&word, "all") || word_is_number_of(&word, "region", region->name))
			return true;
	return false;
}

static bool word_is_serial(const struct word *word, uint64_t serial)
{
	char text[32];
	uint64_t number;
	char *end;

	if (word->length >= sizeof(text) || !isdigit((unsigned char)word->text[0]))
		return false;
	memcpy(text, word->text, word->length);
	text[word->length] = '\0';
	errno = 0;
	number = strtoull(text, &end, 0);
	return *end == '\0' && errno == 0 && number == serial;
}

static bool filter_serial(const struct topo_memdev *memdev, const char *serials)
{
	struct word word;

	if (!serials)
		return true;
	while (next_word(&serials, &word))
		if (word_is_serial(&word, memdev->serial))
			return true;
	return false;
}

bool filter_memdev(const struct topo_memdev *memdev, const char *names, const char *serials)
{
	struct word word;

	if (!filter_serial(memdev, serials))
		return false;
	if (!names)
		return true;
	while (next_word(&names, &word))
		if (word_is(&word, "all") || word_is_number_of(&word, "mem", memdev->name) ||
		    word_is(&word, memdev->host))
			return true;
	return false;
}

bool filter_mentions(const char *filter, const char *word)
{
	struct word name;
	size_t length = strlen(word);

	if (!filter)
		return false;
	while (next_word(&filter, &name))
		for (size_t i = 0; i + length <= name.length; i++)
			if (memcmp(name.text + i, word, length) == 0)
				return true;
	return false;
}

/* Whether @name is one of the devices of the path "pci0000:0c/0000:0c:00.0/...". */
static bool path_has(const char *path, const char *name)
{
	size_t length;

	if (!name || !*name)
		return false;
	length = strlen(name);
	for (; *path; path += *path == '/') {
		size_t part = strcspn(path, "/");

		if (part == length && memcmp(path, name, length) == 0)
			return true;
		path += part;
	}
	return false;
}

/*
 * The dport of @parent that @port hangs from. The kernel gives a host bridge none of its own: it is
 * at once the root's dport and its port's uport.
 */
static const char *dport_of(const struct topo_port *port)
{
	return port->parent_dport ? port->parent_dport : port->host;
}

static bool names_match(const char *dport, const char *name, const char *alias)
{
	return dport && (strcmp(dport, name) == 0 || (alias && strcmp(dport, alias) == 0));
}

bool filter_dport_leads_to(const struct topo_port *port, const char *name, const char *alias,
			   const struct topo_memdev *memdev)
{
	if (memdev->host_path)
		return path_has(memdev->host_path, name) || path_has(memdev->host_path, alias);
	for (const struct topo_port *child = memdev->endpoint; child; child = child->parent)
		if (child->parent == port)
			return names_match(dport_of(child), name, alias);
	return false;
}

bool filter_port_hosts(const struct topo_port *port, const struct topo_memdev *memdev)
{
	const struct topo_port *above = memdev->enabled ? memdev->endpoint : NULL;

	while (above && above != port)
		above = above->parent;
	return above != NULL;
}
