/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shared by the files that read records: topology-parse.c (the tree), topology-parse-object.c
 * (memdevs, decoders, regions), topology-parse-record.c (parts that only records have). Pure.
 */
#pragma once

#include "cxl/topology/topology-value.h"
#include "cxl/topology/topology.h"
#include "util/array.h"

/* A decoder that is listed apart from its port. The port is found or made when everything is read.
 */
struct flat_decoder {
	struct json_object *object;
	enum topo_port_kind kind;
	struct topo_port *above; /* the port below which the decoder is listed */
	struct topo_source source;
};

struct window_name {
	struct topo_region *region;
	const char *window;
};

struct parse {
	struct topology *topology;
	struct value_reader reader; /* for the document; has no object */
	ARRAY(struct flat_decoder) flat_decoders;
	ARRAY(struct window_name) window_names;
	size_t block_count, source_count;
	struct value_losses losses;
	size_t told_lacks; /* lacks of the topology that the notices of losses have told */
	bool is_record;
	bool keep_sources; /* keep the objects of the document, to show the objects as they were
			      written */
};

/* Reads one object of an array; @parent is the port around it where there is one. */
typedef int (*parse_item)(struct parse *parse, struct value_reader *reader, void *parent);

/** parse_each() - reads the objects of an array; elements of other types count as unknown */
int parse_each(struct parse *parse, const struct value_reader *around, struct json_object *array,
	       parse_item item, void *parent);

/** parse_named() - reads those objects of an array whose names have the form of that kind */
int parse_named(struct parse *parse, const struct value_reader *around, struct json_object *array,
		const struct kind_name *kind, parse_item item, void *parent);

/** parse_source() - keeps an object of a document, if the parser keeps objects */
struct topo_source parse_source(struct parse *parse, const struct value_reader *reader);
int parse_enabled(const struct value_reader *reader, bool *enabled);

int parse_memdev(struct parse *parse, struct value_reader *reader, void *above);
int parse_decoder(struct parse *parse, struct value_reader *reader, void *container);
int parse_root_decoder(struct parse *parse, struct value_reader *reader, void *parent);
int parse_port_decoder(struct parse *parse, struct value_reader *reader, void *parent);
int parse_endpoint_decoder(struct parse *parse, struct value_reader *reader, void *parent);

/* @window: a struct topo_decoder; or @bus, a struct topo_port; or NULL when listed apart */
int parse_region(struct parse *parse, struct value_reader *reader, void *window);
int parse_region_of_bus(struct parse *parse, struct value_reader *reader, void *bus);

int parse_dax_region(struct parse *parse, const struct value_reader *reader,
		     struct topo_region *region);

/** parse_flat_decoders() - gives decoders that are listed apart to their ports */
int parse_flat_decoders(struct parse *parse);
void parse_free_flat_decoders(struct parse *parse);

/** parse_windows_of_regions() - finds the windows of regions that are listed apart; to be called
 * after topology_finish() */
void parse_windows_of_regions(struct parse *parse);

/** parse_record() - reads the parts of a record beside its listing */
int parse_record(struct parse *parse, struct json_object *record);
