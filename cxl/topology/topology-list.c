// SPDX-License-Identifier: GPL-2.0-only
/*
 * The listing of a snapshot. Pure; topology-select.c chooses the objects, topology-object.c makes
 * each object, and this file places them by the rules of cxl list, which were found by running it.
 *
 * An object hangs below the nearest listed object above it, in an array named after both
 * ("decoders:port1"). An object with no listed object above it comes to the top, in one array per
 * kind; if there are several kinds, each array gets an object around it ({"memdevs": [...]}).
 */
#include "cxl/topology/topology-list.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cxl/topology/topology-group.h"
#include "cxl/topology/topology-object.h"
#include "cxl/topology/topology-select.h"
#include "cxl/topology/topology-show.h"
#include "util/json.h"

/*
 * The arrays that objects are put into; a child's places are its parent's, unless the child is
 * listed.
 */
struct places {
	struct json_object *ports, *endpoints, *memdevs, *regions;
	struct json_object *root_decoders, *port_decoders, *endpoint_decoders;
};

struct walk {
	const struct topology *topology;
	struct list_options options;
	struct object_options object;
	struct dport_filter dports;
	struct selection selection;
};

static bool dport_passes(const void *context, const struct topo_port *port, const char *name,
			 const char *alias)
{
	return select_dport(context, port, name, alias);
}

/* ---- placing ---- */

/* Makes a new array for the children of a listed object, or keeps the place of the parent. */
static int open_place(bool wanted, struct json_object **place)
{
	if (!wanted)
		return 0;
	*place = json_object_new_array();
	return *place ? 0 : -ENOMEM;
}

/*
 * Appends the elements that a document had at this place and that could not be read. A value that
 * was no list is appended inside a list of its own: a bare element might be read as an object.
 */
static int append_unread(struct json_object *array, struct json_object *unread)
{
	struct json_object *own;
	int rc;

	if (json_object_is_type(unread, json_type_array))
		return json_append_all(array, unread);
	own = json_object_new_array();
	rc = json_append(array, own);
	return rc ? rc : json_append_shared(own, unread);
}

/* Ends the use of the array: puts it into @object, unless the array is empty. */
static int close_place(struct json_object *object, const char *kind, const char *name,
		       struct json_object *array, struct json_object *outer)
{
	struct json_object *unread;
	bool is_told, is_list;
	char key[96];
	int rc = 0;

	if (!array || array == outer)
		return 0;
	(void)snprintf(key, sizeof(key), "%s:%s", kind, name);
	is_told = json_object_object_get_ex(object, key, &unread);
	is_list = is_told && json_object_is_type(unread, json_type_array);
	if (is_list || (is_told && json_object_array_length(array) > 0))
		rc = append_unread(array, unread);
	if (rc == 0 && json_object_array_length(array) > 0)
		return json_add(object, key, array);
	if (is_list)
		json_object_object_del(object, key);
	(void)json_object_put(array);
	return rc;
}

static int compare_by_address(const void *a, const void *b)
{
	const struct topo_region *const *region_a = a, *const *region_b = b;

	if ((*region_a)->resource == (*region_b)->resource)
		return topo_name_compare((*region_a)->name, (*region_b)->name);
	return (*region_a)->resource < (*region_b)->resource ? -1 : 1;
}

/*
 * Walks the regions of a window; without a window, the regions of which only the port @above is
 * known.
 */
static int walk_regions(const struct walk *walk, const struct topo_decoder *window,
			const struct topo_port *above, struct json_object *place)
{
	_cleanup_free_ const struct topo_region **regions = NULL;
	size_t count = 0;
	int rc = 0;

	regions = calloc(walk->topology->regions.count + 1, sizeof(struct topo_region *));
	if (!regions)
		return -ENOMEM;
	for (size_t i = 0; i < walk->topology->regions.count; i++) {
		const struct topo_region *region = walk->topology->regions.items[i];

		if (region->window == window && (window || region->above == above) &&
		    select_region(&walk->selection, region))
			regions[count++] = region;
	}
	qsort(regions, count, sizeof(struct topo_region *), compare_by_address);
	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = json_append(place, object_region(walk->topology, regions[i], &walk->object));
	return rc;
}

/* Takes a document's word for the decoder's state, whatever the other values say. */
static bool is_idle(const struct topo_decoder *decoder)
{
	const char *state;

	if (!decoder->source.object)
		return decoder->size == 0;
	return json_get_string(decoder->source.object, "state", &state) == 0 &&
	       strcmp(state, "disabled") == 0;
}

static int walk_decoder(const struct walk *walk, const struct topo_decoder *decoder,
			struct json_object *decoders, struct json_object *regions)
{
	struct json_object *place = regions, *object = NULL;
	int rc = 0;

	if (walk->options.decoders && select_decoder(&walk->selection, decoder)) {
		if (!walk->options.idle && is_idle(decoder))
			return 0;
		object = object_decoder(walk->topology, decoder, &walk->object, &walk->dports);
		rc = json_append(decoders, object);
	}
	if (rc || !walk->options.regions || decoder->port->kind != TOPO_PORT_ROOT)
		return rc;
	rc = open_place(object != NULL, &place);
	if (rc == 0)
		rc = walk_regions(walk, decoder, NULL, place);
	if (object && place) {
		int closed = close_place(object, "regions", decoder->name, place, regions);

		rc = rc ? rc : closed;
	}
	return rc;
}

static int walk_decoders(const struct walk *walk, const struct topo_port *port,
			 struct json_object *decoders, struct json_object *regions)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < port->decoders.count; i++)
		rc = walk_decoder(walk, port->decoders.items[i], decoders, regions);
	return rc;
}

static bool endpoint_memdev_passes(const struct walk *walk, const struct topo_port *endpoint)
{
	const struct topo_memdev *memdev = endpoint->memdev;

	return memdev && select_memdev_by_decoders(&walk->selection, memdev) &&
	       (walk->options.idle || memdev->enabled);
}

/* An endpoint holds its one memdev as a member, not in an array. */
static int place_memdev(const struct walk *walk, const struct topo_memdev *memdev,
			struct json_object *endpoint, const struct places *places)
{
	struct json_object *object = object_memdev(memdev, &walk->object);

	return endpoint ? json_add(endpoint, "memdev", object)
			: json_append(places->memdevs, object);
}

static int walk_orphans(const struct walk *walk, const struct topo_port *above,
			const struct places *places);

/* Lists the endpoint's own decoders, and decoders of other ports that a document has below it. */
static int walk_endpoint_decoders(const struct walk *walk, const struct topo_port *endpoint,
				  const struct places *places, struct json_object *decoders)
{
	struct places inner = *places;
	int rc = walk_decoders(walk, endpoint, decoders, NULL);

	inner.port_decoders = decoders;
	inner.endpoint_decoders = decoders;
	return rc ? rc : walk_orphans(walk, endpoint, &inner);
}

static int walk_endpoint(const struct walk *walk, const struct topo_port *endpoint,
			 const struct places *places)
{
	struct json_object *object = NULL, *decoders = places->endpoint_decoders;
	int rc = 0;

	if (walk->options.endpoints && !endpoint->implied) {
		object = object_endpoint(endpoint, &walk->object);
		rc = json_append(places->endpoints, object);
	}
	if (rc == 0 && walk->options.memdevs && endpoint->memdev) {
		/* The decoders of a memdev are listed only with the memdev. */
		if (!endpoint_memdev_passes(walk, endpoint)) {
			if (object && !json_object_object_get(object, "memdev"))
				json_object_object_del(object, "memdev");
			return 0;
		}
		rc = place_memdev(walk, endpoint->memdev, object, places);
	}
	if (rc || !walk->options.decoders)
		return rc;
	rc = open_place(object != NULL, &decoders);
	if (rc)
		return rc;
	rc = walk_endpoint_decoders(walk, endpoint, places, decoders);
	if (object) {
		int closed = close_place(object, "decoders", endpoint->name, decoders,
					 places->endpoint_decoders);

		rc = rc ? rc : closed;
	}
	return rc;
}

static int walk_endpoints(const struct walk *walk, const struct topo_port *port,
			  const struct places *places)
{
	const struct topology *topology = walk->topology;
	int rc = 0;

	if (!walk->options.endpoints && !walk->options.memdevs && !walk->options.decoders)
		return 0;
	for (size_t i = 0; rc == 0 && i < topology->ports.count; i++) {
		const struct topo_port *endpoint = topology->ports.items[i];

		if (endpoint->kind == TOPO_PORT_ENDPOINT && endpoint->parent == port &&
		    select_endpoint(&walk->selection, endpoint))
			rc = walk_endpoint(walk, endpoint, places);
	}
	return rc;
}

/* Opens arrays for the children of a listed port or bus; all its decoders share one array. */
static int open_places(const struct walk *walk, bool ports, bool regions, struct places *places)
{
	int rc = open_place(ports, &places->ports);

	if (rc == 0)
		rc = open_place(walk->options.endpoints, &places->endpoints);
	if (rc == 0)
		rc = open_place(walk->options.memdevs, &places->memdevs);
	if (rc == 0)
		rc = open_place(regions, &places->regions);
	if (rc == 0 && walk->options.decoders) {
		rc = open_place(true, &places->root_decoders);
		places->port_decoders = places->root_decoders;
		places->endpoint_decoders = places->root_decoders;
	}
	return rc;
}

static int close_places(struct json_object *object, const char *name, const struct places *inner,
			const struct places *outer)
{
	int ports = close_place(object, "ports", name, inner->ports, outer->ports);
	int endpoints = close_place(object, "endpoints", name, inner->endpoints, outer->endpoints);
	int decoders =
		close_place(object, "decoders", name, inner->root_decoders, outer->root_decoders);
	int regions = close_place(object, "regions", name, inner->regions, outer->regions);
	int memdevs = close_place(object, "memdevs", name, inner->memdevs, outer->memdevs);

	return ports || endpoints || decoders || regions || memdevs ? -ENOMEM : 0;
}

static int walk_child_ports(const struct walk *walk, const struct topo_port *parent,
			    const struct places *places);

static int walk_child_port(const struct walk *walk, const struct topo_port *port,
			   const struct places *places)
{
	struct places inner = *places;
	struct json_object *object = NULL;
	int rc = 0;

	if (!select_port_by_memdevs(&walk->selection, port))
		return 0;
	if (select_port(&walk->selection, port) && select_port_by_bus(&walk->selection, port)) {
		if (!walk->options.idle && !port->enabled)
			return 0;
		if (walk->options.ports && !port->implied) {
			object = object_port(port, &walk->object, &walk->dports);
			rc = json_append(places->ports, object);
			if (rc)
				return rc;
			rc = open_places(walk, true, false, &inner);
		}
	}
	if (rc == 0)
		rc = walk_endpoints(walk, port, &inner);
	if (rc == 0)
		rc = walk_decoders(walk, port, inner.port_decoders, NULL);
	if (rc == 0)
		rc = walk_child_ports(walk, port, &inner);
	if (rc == 0)
		rc = walk_orphans(walk, port, &inner);
	if (object) {
		int closed = close_places(object, port->name, &inner, places);

		rc = rc ? rc : closed;
	}
	return rc;
}

static int walk_child_ports(const struct walk *walk, const struct topo_port *parent,
			    const struct places *places)
{
	const struct topology *topology = walk->topology;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < topology->ports.count; i++) {
		const struct topo_port *port = topology->ports.items[i];

		if (port->parent == parent && port->kind != TOPO_PORT_ENDPOINT)
			rc = walk_child_port(walk, port, places);
	}
	return rc;
}

static int walk_bus(const struct walk *walk, const struct topo_port *root,
		    struct json_object *buses, const struct places *places)
{
	struct places inner = *places;
	struct json_object *object = NULL;
	int rc = 0;

	if (!select_port_by_memdevs(&walk->selection, root))
		return 0;
	if (walk->options.buses && !root->implied && filter_bus(root, &walk->selection.bus) &&
	    select_port(&walk->selection, root)) {
		object = object_bus(root, &walk->object, &walk->dports);
		rc = json_append(buses, object);
		if (rc)
			return rc;
		rc = open_places(walk, walk->options.ports, walk->options.regions, &inner);
	}
	if (rc == 0)
		rc = walk_decoders(walk, root, inner.root_decoders, inner.regions);
	if (rc == 0)
		rc = walk_endpoints(walk, root, &inner);
	if (rc == 0)
		rc = walk_child_ports(walk, root, &inner);
	if (rc == 0)
		rc = walk_orphans(walk, root, &inner);
	if (object) {
		int closed = close_places(object, root->name, &inner, places);

		rc = rc ? rc : closed;
	}
	return rc;
}

/*
 * Walks the objects of a document below @above (or below nothing) whose parent the document does
 * not tell.
 */
static int walk_orphans(const struct walk *walk, const struct topo_port *above,
			const struct places *places)
{
	const struct topology *topology = walk->topology;
	bool regions = walk->options.regions && (!above || above->kind == TOPO_PORT_ROOT);
	int rc = 0;

	/* A snapshot of a host has no such objects. */
	if (above && !topology->is_document)
		return 0;
	if (regions)
		rc = walk_regions(walk, NULL, above, places->regions);

	for (size_t i = 0; rc == 0 && i < topology->ports.count; i++) {
		const struct topo_port *port = topology->ports.items[i];

		if (port->parent || port->above != above || port->kind == TOPO_PORT_ROOT)
			continue;
		if (port->kind != TOPO_PORT_ENDPOINT)
			rc = walk_child_port(walk, port, places);
		else if (select_endpoint(&walk->selection, port))
			rc = walk_endpoint(walk, port, places);
	}
	for (size_t i = 0; rc == 0 && i < topology->memdevs.count; i++) {
		const struct topo_memdev *memdev = topology->memdevs.items[i];

		if (walk->options.memdevs && memdev->enabled && !memdev->endpoint &&
		    memdev->above == above && select_memdev(&walk->selection, memdev) &&
		    select_memdev_by_decoders(&walk->selection, memdev))
			rc = json_append(places->memdevs, object_memdev(memdev, &walk->object));
	}
	return rc;
}

static int walk_disabled_memdevs(const struct walk *walk, struct json_object *place)
{
	int rc = 0;

	if (!walk->options.memdevs || !walk->options.idle)
		return 0;
	for (size_t i = 0; rc == 0 && i < walk->topology->memdevs.count; i++) {
		const struct topo_memdev *memdev = walk->topology->memdevs.items[i];

		if (!memdev->enabled && select_memdev(&walk->selection, memdev))
			rc = json_append(place, object_memdev(memdev, &walk->object));
	}
	return rc;
}

static bool group_asked(const struct walk *walk, enum topo_group group)
{
	switch (group) {
	case TOPO_GROUP_DISABLED_MEMDEVS:
	case TOPO_GROUP_MEMDEVS:
		return walk->options.memdevs;
	case TOPO_GROUP_BUSES:
		return walk->options.buses;
	case TOPO_GROUP_PORTS:
		return walk->options.ports;
	case TOPO_GROUP_ENDPOINTS:
		return walk->options.endpoints;
	case TOPO_GROUP_ROOT_DECODERS:
	case TOPO_GROUP_PORT_DECODERS:
	case TOPO_GROUP_ENDPOINT_DECODERS:
		return walk->options.decoders;
	case TOPO_GROUP_REGIONS:
		return walk->options.regions;
	case TOPO_GROUP_NONE:
		break;
	}
	return true;
}

/* Appends the strangers of a group; TOPO_GROUP_NONE stands for those without a group. */
static int append_strangers(const struct walk *walk, enum topo_group group,
			    struct json_object *place)
{
	const struct topology *topology = walk->topology;

	if (!group_asked(walk, group))
		return 0;
	for (size_t i = 0; i < topology->strangers.count; i++) {
		const struct topo_stranger *stranger = &topology->strangers.items[i];

		if (stranger->group == group && json_append_shared(place, stranger->value) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int walk_everything(const struct walk *walk, struct json_object *groups[TOPO_GROUP_NONE])
{
	const struct places places = {
		.ports = groups[TOPO_GROUP_PORTS],
		.endpoints = groups[TOPO_GROUP_ENDPOINTS],
		.memdevs = groups[TOPO_GROUP_MEMDEVS],
		.regions = groups[TOPO_GROUP_REGIONS],
		.root_decoders = groups[TOPO_GROUP_ROOT_DECODERS],
		.port_decoders = groups[TOPO_GROUP_PORT_DECODERS],
		.endpoint_decoders = groups[TOPO_GROUP_ENDPOINT_DECODERS],
	};
	const struct topology *topology = walk->topology;
	int rc = walk_disabled_memdevs(walk, groups[TOPO_GROUP_DISABLED_MEMDEVS]);

	for (size_t i = 0; rc == 0 && i < topology->ports.count; i++)
		if (topology->ports.items[i]->kind == TOPO_PORT_ROOT)
			rc = walk_bus(walk, topology->ports.items[i], groups[TOPO_GROUP_BUSES],
				      &places);
	if (rc == 0)
		rc = walk_orphans(walk, NULL, &places);
	for (enum topo_group group = 0; rc == 0 && group < TOPO_GROUP_NONE; group++) {
		rc = append_strangers(walk, group, groups[group]);
		if (rc == 0 && topology->is_document)
			rc = show_in_order(topology, topology_group_kind(group), groups[group]);
	}
	return rc;
}

/* Tells whether each element of a group says by itself to which group the element belongs. */
static bool can_be_nameless(enum topo_group group, struct json_object *array)
{
	for (size_t i = 0; i < json_object_array_length(array); i++)
		if (topology_group_of_object(json_object_array_get_idx(array, i)) != group)
			return false;
	return true;
}

static int join_named(struct json_object *groups[TOPO_GROUP_NONE], struct json_object *list)
{
	int rc = 0;

	for (enum topo_group group = 0; rc == 0 && group < TOPO_GROUP_NONE; group++) {
		struct json_object *named;

		if (json_object_array_length(groups[group]) == 0)
			continue;
		named = json_object_new_object();
		rc = json_append(list, named);
		if (rc == 0)
			rc = json_add(named, topology_group_name(group),
				      json_object_get(groups[group]));
	}
	return rc;
}

/*
 * The objects of a single group become the listing itself; several groups keep their names. So does
 * a single group of a document that would not be read as the same group without its name.
 */
static int join_groups(const struct topology *topology, struct json_object *groups[TOPO_GROUP_NONE],
		       struct json_object *list)
{
	enum topo_group only = TOPO_GROUP_NONE;
	int filled = 0;

	for (enum topo_group group = 0; group < TOPO_GROUP_NONE; group++)
		if (json_object_array_length(groups[group]) > 0) {
			only = group;
			filled++;
		}
	if (filled == 1 && (!topology->is_document || can_be_nameless(only, groups[only])))
		return json_append_all(list, groups[only]);
	return join_named(groups, list);
}

/* Fills in the defaults of cxl list, in the order of cxl list. */
static struct list_options effective_options(const struct list_options *given)
{
	struct list_options options = *given;
	bool lettered = options.memdevs || options.buses || options.ports || options.endpoints ||
			options.decoders || options.regions;

	if (!lettered) {
		options.memdevs = options.memdev || options.serial;
		options.buses = options.bus;
		options.ports = options.port;
		options.endpoints = options.endpoint;
		options.decoders = options.decoder;
		options.regions = options.region;
		options.single = true;
		lettered = options.memdevs || options.buses || options.ports || options.endpoints ||
			   options.decoders || options.regions;
	}
	if (!lettered)
		options.regions = options.memdevs = true;
	if (options.verbose >= 3) {
		options.health = options.partition = options.firmware = true;
		options.alert_config = options.media_errors = options.dax = true;
	}
	if (options.verbose >= 2)
		options.idle = true;
	if (options.verbose >= 1) {
		options.buses = options.ports = options.endpoints = true;
		options.decoders = options.targets = options.regions = true;
	}
	if (options.ports && filter_mentions(options.port, "root"))
		options.buses = true;
	if (options.ports && filter_mentions(options.port, "endpoint"))
		options.endpoints = true;
	return options;
}

static struct walk walk_of(const struct topology *topology, const struct list_options *given)
{
	struct walk walk = { .topology = topology, .options = effective_options(given) };
	const struct list_options *options = &walk.options;

	walk.object = (struct object_options){
		.human = options->human,
		.targets = options->targets,
		.dax = options->dax,
		.ports = options->ports,
		.endpoints = options->endpoints,
		.memdevs = options->memdevs,
		.decoders = options->decoders,
		.regions = options->regions,
		.idle = options->idle,
		.health = options->health,
		.partition = options->partition,
		.alert_config = options->alert_config,
		.firmware = options->firmware,
		.media_errors = options->media_errors,
		.now_ms = options->now_ms,
	};
	return walk;
}

int topology_list(const struct topology *topology, const struct list_options *options,
		  struct json_object **ret_list)
{
	_cleanup_json_ struct json_object *list = json_object_new_array();
	struct json_object *groups[TOPO_GROUP_NONE] = { NULL };
	struct walk walk = walk_of(topology, options);
	int rc = list ? 0 : -ENOMEM;

	if (options->single && !options->port)
		return -EINVAL;
	walk.dports = (struct dport_filter){ .passes = dport_passes, .context = &walk.selection };
	for (int i = 0; rc == 0 && i < TOPO_GROUP_NONE; i++)
		rc = open_place(true, &groups[i]);
	if (rc == 0)
		rc = selection_init(&walk.selection, topology, &walk.options);
	if (rc == 0)
		rc = walk_everything(&walk, groups);
	if (rc == 0)
		rc = join_groups(topology, groups, list);
	if (rc == 0)
		rc = append_strangers(&walk, TOPO_GROUP_NONE, list);
	for (int i = 0; i < TOPO_GROUP_NONE; i++)
		(void)json_object_put(groups[i]);
	selection_deinit(&walk.selection);
	if (rc)
		return rc;
	if (options->human && json_object_array_length(list) == 1)
		*ret_list = json_object_get(json_object_array_get_idx(list, 0));
	else
		*ret_list = TAKE_PTR(list);
	return 0;
}

int topology_list_mailboxes(const struct topology *topology, const struct list_options *options,
			    const struct topo_memdev ***ret_memdevs, size_t *ret_count)
{
	_cleanup_free_ const struct topo_memdev **memdevs = NULL;
	struct walk walk = walk_of(topology, options);
	/* A region shows the media errors of its memdevs, whether they are listed or not. */
	const bool all = walk.options.regions && walk.options.media_errors;
	size_t count = 0;
	int rc;

	memdevs = calloc(topology->memdevs.count + 1, sizeof(struct topo_memdev *));
	rc = memdevs ? selection_init(&walk.selection, topology, &walk.options) : -ENOMEM;
	for (size_t i = 0; rc == 0 && i < topology->memdevs.count; i++)
		if (all || select_memdev(&walk.selection, topology->memdevs.items[i]))
			memdevs[count++] = topology->memdevs.items[i];
	selection_deinit(&walk.selection);
	if (rc < 0)
		return rc;
	*ret_memdevs = TAKE_PTR(memdevs);
	*ret_count = count;
	return 0;
}
