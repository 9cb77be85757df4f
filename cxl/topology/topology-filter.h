/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Does an object match the filters of a listing? Pure; called by topology-list.c.
 *
 * A filter is a text of the user: names separated by blanks or commas. An object matches if the
 * object has one of the names. A filter that is NULL matches everything. A number has to be a whole
 * word: "0000:0d:00.0" is a PCI address and does not match object 0.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "cxl/topology/topology.h"
#include "util/array.h"

/* A name within a filter or a path; not terminated. */
struct filter_word {
	const char *text;
	size_t length;
};

/* The words of a filter, sorted. */
struct filter_names {
	bool given; /* the filter was not NULL */
	ARRAY(struct filter_word) words;
};

/** filter_count_words() - how many names are in a filter; 0 for NULL */
size_t filter_count_words(const char *filter);

/**
 * filter_names_init() - splits a filter into words
 * @names: all zero before; the caller deinitialises it, also after a failure. The words point into
 * the filter
 *
 * Return: 0 or -ENOMEM.
 */
int filter_names_init(struct filter_names *names, const char *filter);
void filter_names_deinit(struct filter_names *names);

bool filter_bus(const struct topo_port *root, const struct filter_names *names);
bool filter_port(const struct topo_port *port, const struct filter_names *names);
bool filter_endpoint(const struct topo_port *port, const struct filter_names *names);
bool filter_decoder(const struct topo_decoder *decoder, const struct filter_names *names);
bool filter_region(const struct topo_region *region, const struct filter_names *names);
bool filter_memdev(const struct topo_memdev *memdev, const struct filter_names *names);

/* The serial numbers of a filter, sorted. A word that is not a serial number matches nothing. */
struct filter_serials {
	bool given;
	ARRAY(uint64_t) numbers;
};

/** filter_serials_init() - as filter_names_init() */
int filter_serials_init(struct filter_serials *serials, const char *filter);
void filter_serials_deinit(struct filter_serials *serials);

bool filter_serial(const struct topo_memdev *memdev, const struct filter_serials *serials);

/** filter_mentions() - does one of the names contain @word? false for NULL */
bool filter_mentions(const char *filter, const char *word);

/*
 * Ways through the tree: names of devices above memdevs, or of dports that decoders target. A name
 * with a port is a dport of that port; a name without a port is a device at any place.
 */
struct filter_way {
	const struct topo_port *port;
	struct filter_word name;
};

struct filter_ways {
	ARRAY(struct filter_way) list;
};

/** filter_ways_add_memdev() - the ways that lead to @memdev; 0 or -ENOMEM */
int filter_ways_add_memdev(struct filter_ways *ways, const struct topo_memdev *memdev);

/** filter_ways_add_decoder() - the ways that begin with the targets of @decoder */
int filter_ways_add_decoder(struct filter_ways *ways, const struct topo_decoder *decoder);

/** filter_ways_finish() - ends the adding of ways; the functions below need it */
void filter_ways_finish(struct filter_ways *ways);
void filter_ways_deinit(struct filter_ways *ways);

/**
 * filter_ways_lead_through() - does one of the ways to memdevs go through the dport @name of @port?
 * @alias: the dport's other name, or NULL
 */
bool filter_ways_lead_through(const struct filter_ways *ways, const struct topo_port *port,
			      const char *name, const char *alias);

/** filter_ways_lead_to() - does one of the ways that decoders target lead to @memdev? */
bool filter_ways_lead_to(const struct filter_ways *ways, const struct topo_memdev *memdev);
