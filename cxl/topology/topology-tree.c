// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host as text for people. Pure; called by the daemon and by the CLI for records.
 *
 * The text is a list of rows, each a label behind the lines of the tree and cells in columns. Rows
 * are collected first, since the width of a column is that of its widest cell.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cxl/topology/free-dpa.h"
#include "cxl/topology/free-hpa.h"
#include "cxl/topology/port-decoder.h"
#include "cxl/topology/topology-list.h"
#include "util/cleanup.h"
#include "util/size.h"

#define CELLS_MAX	8
#define COLUMNS_DEFAULT 100
#define COLUMN_GAP	2

/* Deeper trees than any real one are drawn flat. */
#define DEPTH_MAX 32

/* Rows of one kind share the widths of their columns. */
enum row_kind {
	ROW_PORT,
	ROW_MEMDEV,
	ROW_DECODER,
	ROW_WINDOW,
	ROW_REGION,
	ROW_MEMBERS,
	ROW_DETAIL,
	ROW_KIND_COUNT,
};

struct row {
	enum row_kind kind;
	const char *label;
	const char *cells[CELLS_MAX];
	size_t cell_count;
	int depth;
	bool last; /* among its siblings */
};

struct tree {
	const struct topology *topology;
	struct hpa_map map;
	struct arena arena;
	ARRAY(struct row) rows;
};

static struct row *add_row(struct tree *tree, enum row_kind kind, int depth, bool last,
			   const char *label)
{
	struct row row = { .kind = kind, .label = label, .depth = depth, .last = last };

	if (!label || ARRAY_APPEND(&tree->rows, row))
		return NULL;
	return &tree->rows.items[tree->rows.count - 1];
}

/* A cell without memory stays empty: text for people needs no error path for each cell. */
static void add_cell(struct row *row, const char *text)
{
	if (row && row->cell_count < CELLS_MAX)
		row->cells[row->cell_count++] = text ? text : "";
}

static const char *size_text(struct tree *tree, uint64_t bytes)
{
	char text[SIZE_TEXT_MAX];
	const char *copy = NULL;

	if (bytes != TOPO_UNKNOWN)
		copy = arena_strdup(&tree->arena, size_format(bytes, text));
	return copy ? copy : "?";
}

static const char *address_text(struct tree *tree, uint64_t address)
{
	return address == TOPO_UNKNOWN ? "" : arena_printf(&tree->arena, "at %#" PRIx64, address);
}

static const char *add_partition(struct tree *tree, const char *list, uint64_t size,
				 const char *kind)
{
	if (!list || size == 0)
		return list;
	return arena_printf(&tree->arena, "%s%s%s %s", list, *list ? " + " : "",
			    size_text(tree, size), kind);
}

/* "256M ram", "256M pmem", "256M ram + 1G pmem", "2G dynamic", "none" */
static const char *partitions_text(struct tree *tree, uint64_t ram, uint64_t pmem, uint64_t dynamic)
{
	const char *list = add_partition(tree, "", ram, "ram");

	list = add_partition(tree, list, pmem, "pmem");
	list = add_partition(tree, list, dynamic, "dynamic");
	return list && !*list ? "none" : list;
}

static const char *interleave_text(struct tree *tree, int ways, int granularity)
{
	if (ways == TOPO_UNKNOWN_INT)
		return "";
	if (ways <= 1 || granularity == TOPO_UNKNOWN_INT)
		return arena_printf(&tree->arena, "x%d", ways);
	return arena_printf(&tree->arena, "x%d by %s", ways,
			    size_text(tree, (uint64_t)granularity));
}

/* ---- bridges, switches, memdevs ---- */

/* Extents belong to the region, which names its memdevs; nearly always there is one memdev. */
static uint64_t accepted_of(const struct tree *tree, const struct topo_memdev *memdev)
{
	const struct topology *topology = tree->topology;
	uint64_t accepted = 0;

	for (size_t i = 0; i < topology->regions.count; i++) {
		const struct topo_region *region = topology->regions.items[i];

		for (size_t j = 0; j < region->mappings.count; j++)
			if (region->mappings.items[j].memdev == memdev)
				accepted += region->accepted_size;
	}
	return accepted;
}

static const char *accepted_text(struct tree *tree, const struct topo_memdev *memdev)
{
	uint64_t accepted = accepted_of(tree, memdev);

	if (accepted == 0)
		return "0 accepted";
	return arena_printf(&tree->arena, "%s accepted", size_text(tree, accepted));
}

static const char *none_text(const struct dpa_free *ram, const struct dpa_free *pmem)
{
	if (ram->state == DPA_RESERVED || pmem->state == DPA_RESERVED)
		return "none free, some reserved";
	if (ram->state == DPA_NO_DECODER || pmem->state == DPA_NO_DECODER)
		return ram->size || pmem->size ? "no decoder free" : "all in use";
	return "all in use";
}

static bool is_capacity_known(const struct topo_memdev *memdev)
{
	const struct topo_port *endpoint = memdev->endpoint;

	if (memdev->ram_size == TOPO_UNKNOWN || memdev->pmem_size == TOPO_UNKNOWN)
		return false;
	for (size_t i = 0; i < endpoint->decoders.count; i++)
		if (endpoint->decoders.items[i]->dpa_size == TOPO_UNKNOWN)
			return false;
	return true;
}

/* The capacity that a new region could have of the memdev, as the planner computes it. */
static const char *free_text(struct tree *tree, const struct topo_memdev *memdev)
{
	const struct topo_port *blocked;
	struct dpa_free ram, pmem;
	const char *text;

	if (!memdev->enabled)
		return "disabled";
	/* A partial record does not tell the capacity that the memdev decodes. */
	if (!memdev->endpoint || !is_capacity_known(memdev))
		return "";
	if (memdev->ram_size == 0 && memdev->pmem_size == 0 && memdev->dynamic_size > 0)
		return accepted_text(tree, memdev);
	ram = dpa_next_free(tree->topology, memdev, TOPO_MODE_RAM);
	pmem = dpa_next_free(tree->topology, memdev, TOPO_MODE_PMEM);
	if (dpa_usable(&ram) == 0 && dpa_usable(&pmem) == 0)
		return none_text(&ram, &pmem);
	text = partitions_text(tree, dpa_usable(&ram), dpa_usable(&pmem), 0);
	blocked = port_way_blocked(tree->topology, memdev->endpoint);
	if (!text)
		return NULL;
	return blocked ? arena_printf(&tree->arena, "%s behind %s, which has no decoder free", text,
				      blocked->name)
		       : arena_printf(&tree->arena, "%s free", text);
}

/* Tells whether the decoder holds address space or DPA for no active region. */
static bool is_held(const struct tree *tree, const struct topo_decoder *decoder)
{
	if (decoder->region ? decoder->region->committed : decoder->region_name != NULL)
		return false;
	return decoder->dpa_size > 0 || port_decoder_unowned(tree->topology, decoder);
}

static size_t count_held(const struct tree *tree, const struct topo_port *port)
{
	size_t count = 0;

	for (size_t i = 0; i < port->decoders.count; i++)
		count += is_held(tree, port->decoders.items[i]);
	return count;
}

static const char *held_range_text(struct tree *tree, const struct topo_decoder *decoder)
{
	if (decoder->port->kind != TOPO_PORT_ENDPOINT)
		return arena_printf(&tree->arena, "%s %s", size_text(tree, decoder->size),
				    address_text(tree, decoder->resource));
	return arena_printf(&tree->arena, "%s %s", size_text(tree, decoder->dpa_size),
			    topo_mode_name(decoder->mode));
}

static int add_held_decoder(struct tree *tree, const struct topo_decoder *decoder, int depth,
			    bool last)
{
	struct row *row = add_row(tree, ROW_DECODER, depth, last, decoder->name);

	if (!row)
		return -ENOMEM;
	add_cell(row, held_range_text(tree, decoder));
	add_cell(row, port_decoder_enabled(tree->topology, decoder) ? "committed" : "reserved");
	add_cell(row, decoder->region ? arena_printf(&tree->arena, "%s is not active",
						     decoder->region->name)
				      : "no region");
	return 0;
}

/*
 * Rows for the decoders that hold something no region shows. @more: other rows follow below the
 * port
 */
static int add_held_decoders(struct tree *tree, const struct topo_port *port, int depth, bool more)
{
	size_t left = count_held(tree, port);
	int rc = 0;

	for (size_t i = 0; rc == 0 && left > 0 && i < port->decoders.count; i++)
		if (is_held(tree, port->decoders.items[i]))
			rc = add_held_decoder(tree, port->decoders.items[i], depth,
					      --left == 0 && !more);
	return rc;
}

static int add_memdev(struct tree *tree, const struct topo_memdev *memdev, int depth, bool last)
{
	struct row *row = add_row(tree, ROW_MEMDEV, depth, last, memdev->name);

	if (!row)
		return -ENOMEM;
	add_cell(row,
		 partitions_text(tree, memdev->ram_size, memdev->pmem_size, memdev->dynamic_size));
	add_cell(row, free_text(tree, memdev));
	add_cell(row, memdev->serial == TOPO_UNKNOWN
			      ? ""
			      : arena_printf(&tree->arena, "serial %#" PRIx64, memdev->serial));
	add_cell(row, memdev->host);
	add_cell(row, memdev->numa_node == TOPO_UNKNOWN_INT
			      ? ""
			      : arena_printf(&tree->arena, "near node %d", memdev->numa_node));
	return memdev->endpoint ? add_held_decoders(tree, memdev->endpoint, depth + 1, false) : 0;
}

static const char *port_kind_text(enum topo_port_kind kind)
{
	switch (kind) {
	case TOPO_PORT_ROOT:
		return "bus";
	case TOPO_PORT_HOST_BRIDGE:
		return "host bridge";
	case TOPO_PORT_SWITCH:
		return "switch";
	case TOPO_PORT_ENDPOINT:
		break;
	}
	return "endpoint";
}

static int add_port_row(struct tree *tree, const struct topo_port *port, int depth, bool last)
{
	struct row *row = add_row(tree, ROW_PORT, depth, last, port->name);

	if (!row)
		return -ENOMEM;
	add_cell(row, port_kind_text(port->kind));
	add_cell(row, port->kind == TOPO_PORT_ROOT ? port->provider : port->host);
	add_cell(row, port->parent_dport
			      ? arena_printf(&tree->arena, "below %s", port->parent_dport)
			      : "");
	add_cell(row, port->enabled ? "" : "disabled");
	return 0;
}

static int add_port(struct tree *tree, const struct topo_port *port, int depth, bool last);

/* An endpoint is drawn as its memdev. */
static bool is_memdev(const struct topo_port *port)
{
	return port->kind == TOPO_PORT_ENDPOINT && port->memdev;
}

static int add_children(struct tree *tree, const struct topo_port *parent, int depth)
{
	const struct topology *topology = tree->topology;
	size_t left = 0;
	int rc = 0;

	for (size_t i = 0; i < topology->ports.count; i++)
		left += topology->ports.items[i]->parent == parent;
	if (parent->kind != TOPO_PORT_ROOT)
		rc = add_held_decoders(tree, parent, depth, left > 0);
	for (size_t i = 0; rc == 0 && left > 0 && i < topology->memdevs.count; i++) {
		const struct topo_memdev *memdev = topology->memdevs.items[i];

		if (memdev->endpoint && memdev->endpoint->parent == parent)
			rc = add_memdev(tree, memdev, depth, --left == 0);
	}
	for (size_t i = 0; rc == 0 && left > 0 && i < topology->ports.count; i++) {
		const struct topo_port *port = topology->ports.items[i];

		if (port->parent == parent && !is_memdev(port))
			rc = add_port(tree, port, depth, --left == 0);
	}
	return rc;
}

static int add_port(struct tree *tree, const struct topo_port *port, int depth, bool last)
{
	int rc;

	if (is_memdev(port))
		return add_memdev(tree, port->memdev, depth, last);
	rc = add_port_row(tree, port, depth, last);
	return rc ? rc : add_children(tree, port, depth + 1);
}

static int add_ports(struct tree *tree)
{
	const struct topology *topology = tree->topology;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < topology->ports.count; i++)
		if (!topology->ports.items[i]->parent)
			rc = add_port(tree, topology->ports.items[i], 0, true);
	for (size_t i = 0; rc == 0 && i < topology->memdevs.count; i++)
		if (!topology->memdevs.items[i]->endpoint)
			rc = add_memdev(tree, topology->memdevs.items[i], 0, true);
	return rc;
}

/* ---- windows and regions ---- */

static const char *capabilities_text(const struct topo_decoder *window)
{
	if (window->volatile_capable)
		return window->pmem_capable ? "ram, pmem" : "ram";
	return window->pmem_capable ? "pmem" : "";
}

/* Appends a word to a list in the arena; NULL after a lack of memory. */
static const char *add_word(struct tree *tree, const char *list, const char *word)
{
	if (!list || !word)
		return NULL;
	return *list ? arena_printf(&tree->arena, "%s %s", list, word) : word;
}

static const char *bridges_text(struct tree *tree, const struct topo_decoder *window)
{
	const char *list = "";

	for (size_t i = 0; i < window->targets.count; i++)
		list = add_word(tree, list, window->targets.items[i].dport);
	return list;
}

static const char *members_text(struct tree *tree, const struct topo_region *region)
{
	const char *list = "";

	for (size_t i = 0; i < region->mappings.count; i++) {
		const struct topo_mapping *mapping = &region->mappings.items[i];

		list = add_word(tree, list,
				mapping->memdev_name ? mapping->memdev_name
						     : mapping->decoder_name);
	}
	return list;
}

static const char *region_state_text(struct tree *tree, const struct topo_region *region)
{
	/* Without -T a listing does not tell any member. */
	const bool members_told =
		region->mappings.count > 0 || !(tree->topology->lacking & TOPO_KNOWN_CXL);

	if (!region->committed && members_told && region->interleave_ways > 0 &&
	    region->mappings.count < (size_t)region->interleave_ways)
		return arena_printf(&tree->arena, "not committed, %zu of %d members",
				    region->mappings.count, region->interleave_ways);
	if (!region->committed)
		return "not committed";
	if (!region->enabled)
		return "disabled";
	return region->locked ? "enabled, locked" : "enabled";
}

/* "8 of 8 blocks online, movable" */
static const char *blocks_text(struct tree *tree, const struct topo_dax_device *device)
{
	const char *zone = device->zone == TOPO_ZONE_MOVABLE ? ", movable"
			   : device->zone == TOPO_ZONE_NONE  ? ""
							     : ", not movable";

	if (device->driver != TOPO_DAX_KMEM || device->block_count == TOPO_UNKNOWN_INT)
		return "";
	return arena_printf(&tree->arena, "%d of %d blocks online%s", device->online_block_count,
			    device->block_count, zone);
}

static int add_dax_device(struct tree *tree, const struct topo_dax_device *device, bool last)
{
	struct row *row = add_row(tree, ROW_DETAIL, 2, last, device->name);

	if (!row)
		return -ENOMEM;
	add_cell(row, device->driver == TOPO_DAX_NONE ? "no driver" : topo_dax_mode(device));
	add_cell(row, device->target_node == TOPO_UNKNOWN_INT
			      ? ""
			      : arena_printf(&tree->arena, "node %d", device->target_node));
	add_cell(row, blocks_text(tree, device));
	return 0;
}

static int add_members(struct tree *tree, const struct topo_region *region, bool last)
{
	struct row *row = add_row(tree, ROW_MEMBERS, 2, last, "members");

	if (!row)
		return -ENOMEM;
	add_cell(row, members_text(tree, region));
	return 0;
}

static int add_region(struct tree *tree, const struct topo_region *region, bool last)
{
	size_t devices = region->dax_region ? region->dax_region->devices.count : 0;
	struct row *row = add_row(tree, ROW_REGION, 1, last, region->name);
	int rc;

	if (!row)
		return -ENOMEM;
	add_cell(row, size_text(tree, region->size));
	add_cell(row, address_text(tree, region->resource));
	add_cell(row, topo_region_type(region));
	add_cell(row,
		 interleave_text(tree, region->interleave_ways, region->interleave_granularity));
	add_cell(row, region_state_text(tree, region));
	if (region->linear_cache_size > 0)
		add_cell(row, arena_printf(&tree->arena, "%s of it is DRAM",
					   size_text(tree, region->linear_cache_size)));
	if (region->accepted_size > 0)
		add_cell(row, arena_printf(&tree->arena, "%s accepted",
					   size_text(tree, region->accepted_size)));
	rc = add_members(tree, region, devices == 0);
	for (size_t i = 0; rc == 0 && i < devices; i++)
		rc = add_dax_device(tree, &region->dax_region->devices.items[i], i + 1 == devices);
	return rc;
}

static int add_extent(struct tree *tree, const struct topo_extent *extent, bool last)
{
	struct row *row = add_row(tree, ROW_REGION, 1, last, "free");

	if (!row)
		return -ENOMEM;
	add_cell(row, size_text(tree, extent->size));
	add_cell(row, address_text(tree, extent->start));
	return 0;
}

static int add_window_content(struct tree *tree, const struct topo_decoder *window)
{
	const struct topology *topology = tree->topology;
	struct topo_extent_list extents = { 0 };
	size_t left = 0;
	int rc;

	/* Without the window's addresses the extents are unknown; the other rows are drawn. */
	rc = hpa_map_window(&tree->map, window, &extents);
	if (rc == -ENODATA)
		rc = 0;
	for (size_t i = 0; i < topology->regions.count; i++)
		left += topology->regions.items[i]->window == window;
	left += extents.list.count;
	for (size_t i = 0; rc == 0 && i < topology->regions.count; i++)
		if (topology->regions.items[i]->window == window)
			rc = add_region(tree, topology->regions.items[i], --left == 0);
	for (size_t i = 0; rc == 0 && i < extents.list.count; i++)
		rc = add_extent(tree, &extents.list.items[i], --left == 0);
	ARRAY_FREE(&extents.list);
	return rc;
}

static int add_window(struct tree *tree, const struct topo_decoder *window)
{
	struct row *row = add_row(tree, ROW_WINDOW, 0, true, window->name);

	if (!row)
		return -ENOMEM;
	add_cell(row, size_text(tree, window->size));
	add_cell(row, address_text(tree, window->resource));
	add_cell(row, capabilities_text(window));
	add_cell(row,
		 interleave_text(tree, window->interleave_ways, window->interleave_granularity));
	add_cell(row, bridges_text(tree, window));
	return add_window_content(tree, window);
}

static int add_windows(struct tree *tree)
{
	const struct topology *topology = tree->topology;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < topology->decoders.count; i++)
		if (topology->decoders.items[i]->port->kind == TOPO_PORT_ROOT)
			rc = add_window(tree, topology->decoders.items[i]);
	for (size_t i = 0; rc == 0 && i < topology->regions.count; i++)
		if (!topology->regions.items[i]->window)
			rc = add_region(tree, topology->regions.items[i], true);
	return rc;
}

/* ---- drawing ---- */

struct widths {
	size_t label;
	size_t cells[ROW_KIND_COUNT][CELLS_MAX];
};

struct glyphs {
	const char *pass, *skip, *child, *last; /* of three columns each */
};

static const struct glyphs ascii = { "|  ", "   ", "|- ", "`- " };
static const struct glyphs utf8 = { "│  ", "   ", "├─ ", "└─ " };

#define GLYPH_COLUMNS 3

static struct widths measure(const struct tree *tree)
{
	struct widths widths = { 0 };

	for (size_t i = 0; i < tree->rows.count; i++) {
		const struct row *row = &tree->rows.items[i];
		size_t label = strlen(row->label) + (size_t)row->depth * GLYPH_COLUMNS;

		if (label > widths.label)
			widths.label = label;
		for (size_t j = 0; j < row->cell_count; j++) {
			size_t *width = &widths.cells[row->kind][j];

			if (strlen(row->cells[j]) > *width)
				*width = strlen(row->cells[j]);
		}
	}
	return widths;
}

/* One line. Columns are counted in characters; only glyphs have several bytes. */
struct line {
	FILE *stream;
	size_t column, columns_max, blanks;
};

/* Blanks are written together with the text behind them, so that no line ends in blanks. */
static void put_blanks(struct line *line, size_t count)
{
	line->blanks += count;
}

static void put_text(struct line *line, const char *text)
{
	for (; *text && line->column + line->blanks < line->columns_max; text++) {
		if (*text == ' ') {
			line->blanks++;
			continue;
		}
		for (; line->blanks > 0; line->blanks--, line->column++)
			(void)fputc(' ', line->stream);
		(void)fputc(*text, line->stream);
		line->column++;
	}
}

static void put_glyph(struct line *line, const char *glyph)
{
	if (line->column + GLYPH_COLUMNS > line->columns_max)
		return;
	(void)fputs(glyph, line->stream);
	line->column += GLYPH_COLUMNS;
}

/* @open: for each level, whether more siblings follow */
static void draw_row(struct line *line, const struct row *row, const struct widths *widths,
		     const struct glyphs *glyphs, const bool *open)
{
	size_t used = strlen(row->label) + (size_t)row->depth * GLYPH_COLUMNS;

	for (int level = 1; level < row->depth; level++)
		put_glyph(line, open[level] ? glyphs->pass : glyphs->skip);
	if (row->depth > 0)
		put_glyph(line, row->last ? glyphs->last : glyphs->child);
	put_text(line, row->label);
	put_blanks(line, widths->label - used);
	for (size_t i = 0; i < row->cell_count; i++) {
		if (widths->cells[row->kind][i] == 0)
			continue;
		put_blanks(line, COLUMN_GAP);
		put_text(line, row->cells[i]);
		put_blanks(line, widths->cells[row->kind][i] - strlen(row->cells[i]));
	}
	(void)fputc('\n', line->stream);
}

/* The windows begin a new part, with an empty line before. */
static bool begins_part(const struct tree *tree, size_t index)
{
	enum row_kind kind = tree->rows.items[index].kind;

	if (index == 0 || tree->rows.items[index].depth > 0)
		return false;
	return kind == ROW_WINDOW || kind == ROW_REGION || tree->rows.items[index - 1].depth > 0;
}

static void draw(const struct tree *tree, const struct tree_options *options, FILE *stream)
{
	const struct glyphs *glyphs = options->utf8 ? &utf8 : &ascii;
	const struct widths widths = measure(tree);
	bool open[DEPTH_MAX + 1] = { false };

	for (size_t i = 0; i < tree->rows.count; i++) {
		const struct row *row = &tree->rows.items[i];
		struct line line = {
			.stream = stream,
			.columns_max =
				options->columns > 0 ? (size_t)options->columns : COLUMNS_DEFAULT,
		};

		if (begins_part(tree, i))
			(void)fputc('\n', stream);
		open[row->depth] = !row->last;
		draw_row(&line, row, &widths, glyphs, open);
	}
}

int topology_list_tree(const struct topology *topology, const struct tree_options *options,
		       char **ret_text)
{
	struct tree tree = { .topology = topology, .map = HPA_MAP_NULL, .arena = ARENA_NULL };
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	FILE *stream = NULL;
	int rc = hpa_map_init(&tree.map, topology);

	if (rc == 0)
		rc = add_ports(&tree);
	if (rc == 0)
		rc = add_windows(&tree);
	if (rc == 0)
		stream = open_memstream(&text, &size);
	if (stream) {
		draw(&tree, options, stream);
		rc = ferror(stream) ? -ENOMEM : 0;
		/* open_memstream() delivers the text when the stream is closed. */
		if (fclose(stream) != 0)
			rc = -ENOMEM;
	} else if (rc == 0) {
		rc = -ENOMEM;
	}
	ARRAY_FREE(&tree.rows);
	hpa_map_deinit(&tree.map);
	arena_deinit(&tree.arena);
	if (rc)
		return rc;
	*ret_text = TAKE_PTR(text);
	return 0;
}
