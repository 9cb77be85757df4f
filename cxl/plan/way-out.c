// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hints that can be followed. Pure. Called by the code that refuses.
 */
#include "cxl/plan/way-out.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "cxl/plan/plan.h"
#include "cxl/topology/port-decoder.h"
#include "util/json.h"
#include "util/size.h"
#include "util/word-list.h"

/* Few regions wait for each other; a record may have them in a circle. */
#define ORDER_MAX 16

static const char firmware_hint[] = "undo it in the firmware's setup";

static const struct refusal *find_refusal(const struct plan *plan, const char *code)
{
	for (size_t i = 0; i < plan->refusals.list.count; i++)
		if (strcmp(plan->refusals.list.items[i].code, code) == 0)
			return &plan->refusals.list.items[i];
	return NULL;
}

/*
 * The first region to remove for @region: itself, another one, or NULL if none can be removed.
 * @ret_hint: receives in the last case what can be done instead, or NULL
 */
static const struct topo_region *next_to_go(const struct topology *topology,
					    const struct topo_region *region, const char **ret_hint)
{
	const struct remove_request request = { .region = region->name };
	struct plan plan = PLAN_NULL;
	int rc = plan_remove_region(topology, &request, &plan);
	const struct refusal *order = find_refusal(&plan, "region-order");

	*ret_hint = NULL;
	if (rc == PLAN_E_REFUSED && order) {
		region = order->object ? topology_region(topology, order->object) : NULL;
	} else if (rc && (find_refusal(&plan, "firmware-committed") ||
			  find_refusal(&plan, "region-locked"))) {
		region = NULL;
		*ret_hint = firmware_hint;
	} else if (rc && find_refusal(&plan, "not-understood")) {
		region = NULL;
	}
	plan_deinit(&plan);
	return region;
}

static const struct topo_region *first_to_go(const struct topology *topology,
					     const struct topo_region *region,
					     const char **ret_hint)
{
	*ret_hint = NULL;
	for (int i = 0; region && i < ORDER_MAX; i++) {
		const struct topo_region *next = next_to_go(topology, region, ret_hint);

		if (next == region)
			return region;
		region = next;
	}
	return NULL;
}

const struct topo_region *way_out_first(const struct topology *topology,
					const struct topo_region *region)
{
	const char *hint;

	return first_to_go(topology, region, &hint);
}

const char *way_out_of_region(const struct topology *topology, const struct topo_region *region,
			      char text[static WAY_OUT_MAX])
{
	const char *hint;
	const struct topo_region *first = first_to_go(topology, region, &hint);

	if (!first)
		return hint;
	/* Nobody is asked to give up data to make room for other memory. */
	if (first->type == TOPO_MODE_PMEM)
		return NULL;
	(void)snprintf(text, WAY_OUT_MAX, "`cxlfm remove-memory region:%.100s` first", first->name);
	return text;
}

const char *way_out_of_decoder(const struct topology *topology, const struct topo_decoder *decoder,
			       char text[static WAY_OUT_MAX])
{
	const struct topo_memdev *memdev = decoder->port->memdev;

	if (decoder->region)
		return way_out_of_region(topology, decoder->region, text);
	if (port_decoder_unowned(topology, decoder))
		return firmware_hint;
	if (decoder->region_name || !memdev)
		return NULL;
	(void)snprintf(text, WAY_OUT_MAX, "`cxl free-dpa -d %.60s %.60s` first", decoder->name,
		       memdev->name);
	return text;
}

/* The last decoder in use: the earlier decoders can't be freed before it. */
const char *way_out_of_port(const struct topology *topology, const struct topo_port *port,
			    char text[static WAY_OUT_MAX])
{
	const struct topo_decoder *last = NULL;

	for (size_t i = 0; i < port->decoders.count; i++) {
		const struct topo_decoder *decoder = port->decoders.items[i];

		if (decoder->region || decoder->region_name || decoder->dpa_size > 0 ||
		    port_decoder_unowned(topology, decoder))
			last = decoder;
	}
	return last ? way_out_of_decoder(topology, last, text) : NULL;
}

/* ---- windows ---- */

static const char *state_of(const struct topology *topology, const struct topo_region *region)
{
	for (size_t i = 0; i < region->mappings.count; i++)
		if (region->mappings.items[i].decoder &&
		    port_decoder_unowned(topology, region->mappings.items[i].decoder))
			return "committed by firmware, not active";
	if (!region->committed)
		return "not committed";
	return region->enabled ? "enabled" : "disabled";
}

/* Prefers disabled regions, then large ones, then those that were made last. */
static bool is_rather(const struct topo_region *a, const struct topo_region *b)
{
	if (!b || a->enabled != b->enabled)
		return !b || !a->enabled;
	return a->size >= b->size;
}

const char *way_out_of_window(const struct topology *topology, const struct topo_decoder *window,
			      char text[static WAY_OUT_MAX])
{
	const struct topo_region *best = NULL;

	for (size_t i = 0; i < topology->regions.count; i++) {
		const struct topo_region *region = topology->regions.items[i];

		if (region->window == window && region->size && is_rather(region, best))
			best = region;
	}
	return best ? way_out_of_region(topology, best, text) : NULL;
}

/*
 * Tells whether the decoder lies in the window and in none of its regions, which are named on their
 * own.
 */
static bool lies_alone_in(const struct topology *topology, const struct topo_decoder *window,
			  const struct topo_decoder *decoder)
{
	if (decoder->size == 0 || decoder->resource == TOPO_UNKNOWN ||
	    decoder->resource - window->resource >= window->size)
		return false;
	for (size_t i = 0; i < topology->regions.count; i++) {
		const struct topo_region *region = topology->regions.items[i];

		if (region->window == window && region->resource != TOPO_UNKNOWN &&
		    decoder->resource - region->resource < region->size)
			return false;
	}
	return true;
}

static void add_holder(struct word_list *list, const char *name, uint64_t bytes, const char *state)
{
	char size[SIZE_TEXT_MAX];

	word_list_add(list, "%.40s (%s, %s)", name, size_format(bytes, size), state);
}

size_t way_out_name_holders(const struct topology *topology, const struct topo_decoder *window,
			    char *text, size_t size)
{
	struct word_list list = word_list_begin(text, size);

	for (size_t i = 0; i < topology->regions.count; i++) {
		const struct topo_region *region = topology->regions.items[i];

		if (region->window == window && region->size)
			add_holder(&list, region->name, region->size, state_of(topology, region));
	}
	for (size_t i = 0; i < topology->decoders.count; i++) {
		const struct topo_decoder *decoder = topology->decoders.items[i];

		if (!decoder->region && port_decoder_unowned(topology, decoder) &&
		    lies_alone_in(topology, window, decoder))
			add_holder(&list, decoder->name, decoder->size, "committed by firmware");
	}
	return word_list_end(&list);
}

/* ---- partitions ---- */

static uint64_t get_size(struct json_object *info, const char *key)
{
	uint64_t size;

	return json_get_u64(info, key, &size) == 0 ? size : 0;
}

/* CXL r3.1 8.2.9.9.1.1: an alignment of 0 means that the device can't be partitioned. */
bool way_out_can_partition(const struct topo_memdev *memdev)
{
	struct json_object *info;

	if (!memdev->mailbox || json_get_object(memdev->mailbox, "partition_info", &info) < 0)
		return true;
	return get_size(info, "partition_alignment_size") > 0 &&
	       get_size(info, "total_size") > get_size(info, "volatile_only_size") +
						      get_size(info, "persistent_only_size");
}

const char *way_out_of_partition(const struct topo_memdev *memdev, enum topo_mode mode,
				 char text[static WAY_OUT_MAX])
{
	if (memdev->dynamic_size > 0 || !way_out_can_partition(memdev))
		return NULL;
	(void)snprintf(text, WAY_OUT_MAX,
		       "`cxl disable-memdev %.40s`, `cxl set-partition -t %s %.40s`, and reset the "
		       "device",
		       memdev->name, topo_mode_name(mode), memdev->name);
	return text;
}
