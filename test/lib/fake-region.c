// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fake kernel's regions: the effects of writes to their attributes in
 * drivers/cxl/core/region.c, in its order and with its errnos. Called by fake-kernel.c.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "test/lib/fake-kernel-private.h"
#include "util/cleanup.h"
#include "util/size.h"

#define HPA_ALIGN (256 * SIZE_MIB)

/* ---- a region's life (region.c) ---- */

void fake_region_free(struct fake_region *region)
{
	free(region);
}

static void take_id(bool *taken, size_t count, int id)
{
	if ((size_t)id < count)
		taken[id] = true;
}

/* memregion_alloc(): the lowest number that neither a region nor a window's next region has */
int fake_region_id_alloc(const struct fake_kernel *kernel)
{
	const size_t count = kernel->regions.count + kernel->decoders.count;
	_cleanup_free_ bool *taken = calloc(count + 1, sizeof(*taken));
	int id = 0;

	if (!taken)
		return -1;
	for (size_t i = 0; i < kernel->regions.count; i++)
		take_id(taken, count, kernel->regions.items[i]->id);
	for (size_t i = 0; i < kernel->ports.count; i++) {
		const struct fake_port *port = kernel->ports.items[i];

		for (size_t j = 0; port->topo->kind == TOPO_PORT_ROOT && j < port->decoders.count;
		     j++)
			take_id(taken, count, port->decoders.items[j]->next_region);
	}
	while (taken[id])
		id++;
	return id;
}

static struct fake_region *region_add(struct fake_kernel *kernel, int id)
{
	struct fake_region *region = calloc(1, sizeof(*region));

	if (!region)
		return NULL;
	region->id = id;
	(void)snprintf(region->name, sizeof(region->name), "region%d", id);
	if (ARRAY_APPEND(&kernel->regions, region) < 0) {
		free(region);
		return NULL;
	}
	return region;
}

/* create_region_store(), __create_region() */
int fake_region_create(struct fake_kernel *kernel, const char *name, enum topo_mode type,
		       struct fake_decoder *window)
{
	const struct topo_decoder *topo = window->topo;
	struct fake_region *region;
	int id;

	/* cxl_root_decoder_visible() hides the attribute */
	if (!(type == TOPO_MODE_RAM ? topo->volatile_capable : topo->pmem_capable))
		return -ENOENT;
	if (sscanf(name, "region%d", &id) != 1)
		return -EINVAL;
	if (id != window->next_region)
		return -EBUSY;
	region = region_add(kernel, id);
	if (!region)
		return -ENOMEM;
	window->next_region = fake_region_id_alloc(kernel);
	region->window = window;
	region->type = type;
	region->locked = window->locked;
	return 0;
}

/* ---- attach and detach ---- */

/* cxl_region_validate_position() */
static int validate_position(const struct fake_region *region, const struct fake_decoder *endpoint,
			     int position)
{
	if (region->targets[position])
		return -EBUSY;
	for (int i = 0; i < region->ways; i++)
		if (region->targets[i] &&
		    region->targets[i]->port->topo->memdev == endpoint->port->topo->memdev)
			return -EBUSY;
	return 0;
}

/* The checks of cxl_region_attach() before it changes anything. */
static int check_attach(const struct fake_region *region, const struct fake_decoder *endpoint)
{
	int rc = fake_check_interleave(region->ways, region->granularity);

	if (rc < 0)
		return rc;
	if (endpoint->mode != TOPO_MODE_RAM && endpoint->mode != TOPO_MODE_PMEM)
		return -ENODEV;
	if (endpoint->mode != region->type)
		return -EINVAL;
	if (region->config > FAKE_INTERLEAVE_ACTIVE)
		return -EBUSY;
	if (region->config < FAKE_INTERLEAVE_ACTIVE)
		return -ENXIO;
	if (region->nr_targets >= region->ways)
		return -EINVAL;
	return 0;
}

static const struct fake_port *host_bridge(const struct fake_decoder *endpoint)
{
	const struct fake_port *port = endpoint->port;

	while (fake_port_up(port))
		port = fake_port_up(port);
	return port;
}

/* The dport of the window's root that leads to the endpoint; NULL when none does. */
static const char *root_dport(const struct fake_region *region, const struct fake_decoder *endpoint)
{
	const struct fake_port *bridge = host_bridge(endpoint);

	if (bridge->parent != region->window->port)
		return NULL;
	/* cxl list does not tell this dport: a root's dports are the host bridges themselves. */
	return bridge->topo->parent_dport ? bridge->topo->parent_dport : bridge->topo->host;
}

static int check_capacity(const struct fake_region *region, const struct fake_decoder *endpoint)
{
	if (endpoint->dpa_size == 0)
		return -ENXIO;
	return endpoint->dpa_size * (uint64_t)region->ways == region->size ? 0 : -EINVAL;
}

/* cxl_region_attach_position() */
static int attach_position(struct fake_region *region, struct fake_decoder *endpoint, int position)
{
	int window_position = position % region->window->ways;
	int rc = 0;

	if (!fake_same_name(root_dport(region, endpoint), region->window->targets[window_position]))
		return -ENXIO;
	for (struct fake_port *port = endpoint->port; port && rc == 0; port = fake_port_up(port))
		rc = fake_port_attach(port, region, endpoint);
	if (rc < 0)
		for (struct fake_port *port = endpoint->port; port; port = fake_port_up(port))
			fake_port_detach(port, region, endpoint);
	return rc;
}

/* cxl_region_attach(): a last target that does not fit stays in its place */
static int region_attach(struct fake_region *region, struct fake_decoder *endpoint, int position)
{
	int rc = check_attach(region, endpoint);

	if (rc < 0)
		return rc;
	if (!root_dport(region, endpoint))
		return -ENXIO;
	rc = check_capacity(region, endpoint);
	/* cxl_region_attach_auto() takes no position, and the decoder only in its original place */
	if (rc == 0 && region->automatic)
		rc = -EINVAL;
	if (rc == 0)
		rc = validate_position(region, endpoint, position);
	if (rc == 0)
		rc = attach_position(region, endpoint, position);
	if (rc < 0)
		return rc;
	region->targets[position] = endpoint;
	endpoint->position = position;
	region->nr_targets++;
	if (region->nr_targets == region->ways) {
		rc = fake_setup_targets(region);
		if (rc < 0)
			return rc;
		region->config = FAKE_ACTIVE;
	}
	endpoint->ways = region->ways;
	endpoint->granularity = region->granularity;
	endpoint->hpa = region->hpa;
	endpoint->size = region->size;
	return 0;
}

/* cxl_region_decode_reset() */
static void region_decode_reset(struct fake_region *region, int count)
{
	if (region->locked)
		return;
	for (int i = count - 1; i >= 0; i--) {
		struct fake_port *path[FAKE_DEPTH_MAX];
		size_t length = fake_path_down(region->targets[i], path);

		for (size_t j = 0; j < length; j++)
			fake_decoder_reset(fake_region_ref(path[j], region)->decoder);
		fake_decoder_reset(region->targets[i]);
	}
}

/* device_release_driver() of the region: the dax region goes with the driver */
static void region_release_driver(struct fake_kernel *kernel, struct fake_region *region)
{
	if (!region->bound)
		return;
	region->bound = false;
	fake_dax_region_remove(kernel, region);
}

/* __cxl_decoder_detach() by position, and the release of the driver behind it */
static void region_detach(struct fake_kernel *kernel, struct fake_region *region, int position)
{
	struct fake_decoder *endpoint = region->targets[position];

	if (!endpoint)
		return;
	if (region->config > FAKE_ACTIVE) {
		region_decode_reset(region, region->ways);
		region->config = FAKE_ACTIVE;
	}
	for (struct fake_port *port = endpoint->port; port; port = fake_port_up(port))
		fake_port_detach(port, region, endpoint);
	if (region->config == FAKE_ACTIVE) {
		region->config = FAKE_INTERLEAVE_ACTIVE;
		fake_teardown_targets(region);
	}
	region->targets[position] = NULL;
	region->nr_targets--;
	endpoint->position = -1;
	endpoint->hpa = 0;
	endpoint->size = 0;
	region_release_driver(kernel, region);
}

/* cxl_decoder_detach() of a decoder that is about to go */
void fake_region_lose(struct fake_kernel *kernel, struct fake_decoder *endpoint)
{
	region_detach(kernel, endpoint->region, endpoint->position);
}

/* store_targetN() */
int fake_region_set_target(struct fake_kernel *kernel, struct fake_region *region, int position,
			   const char *decoder)
{
	struct fake_decoder *endpoint;

	/* cxl_region_target_visible() */
	if (position >= region->ways)
		return -ENOENT;
	if (*decoder == '\0') {
		region_detach(kernel, region, position);
		return 0;
	}
	endpoint = fake_find_decoder(kernel, decoder);
	if (!endpoint)
		return -ENODEV;
	if (!fake_is_endpoint(endpoint))
		return -EINVAL;
	return region_attach(region, endpoint, position);
}

/* ---- the other attributes of a region ---- */

/* set_interleave_ways() */
int fake_region_set_ways(struct fake_region *region, int ways)
{
	int window_ways = region->window->ways;

	if (fake_check_ways(ways) < 0)
		return -EINVAL;
	if (ways % window_ways != 0 || !fake_is_power_of_2(ways / window_ways))
		return -EINVAL;
	if (region->config >= FAKE_INTERLEAVE_ACTIVE)
		return -EBUSY;
	region->ways = ways;
	return 0;
}

/* set_interleave_granularity() */
int fake_region_set_granularity(struct fake_region *region, int granularity)
{
	const struct fake_decoder *window = region->window;

	if (fake_check_granularity(granularity) < 0)
		return -EINVAL;
	if (window->ways > 1 && granularity != window->granularity)
		return -EINVAL;
	if (region->config >= FAKE_INTERLEAVE_ACTIVE)
		return -EBUSY;
	region->granularity = granularity;
	return 0;
}

/* uuid_store(); the attribute of a ram region cannot be written */
int fake_region_set_uuid(struct fake_kernel *kernel, struct fake_region *region, const char *uuid)
{
	if (region->type != TOPO_MODE_PMEM)
		return -EACCES;
	if (strlen(uuid) != 36)
		return -EINVAL;
	if (strcasecmp(region->uuid, uuid) == 0)
		return 0;
	if (region->config >= FAKE_ACTIVE)
		return -EBUSY;
	for (size_t i = 0; i < kernel->regions.count; i++)
		if (strcasecmp(kernel->regions.items[i]->uuid, uuid) == 0)
			return -EBUSY;
	(void)snprintf(region->uuid, sizeof(region->uuid), "%s", uuid);
	return 0;
}

/*
 * The end of the region or of the stuck memory that has some of [hpa, hpa + size); @hpa when
 * neither has.
 */
static hpa_t hpa_taken_to(const struct fake_kernel *kernel, hpa_t hpa, uint64_t size)
{
	const struct fake_dax *stuck = fake_stuck_in(kernel, hpa, size);

	for (size_t i = 0; i < kernel->regions.count; i++) {
		const struct fake_region *region = kernel->regions.items[i];

		if (region->allocated && region->hpa < hpa + size &&
		    region->hpa + region->size > hpa)
			return region->hpa + region->size;
	}
	return stuck ? stuck->hpa + stuck->size : hpa;
}

static hpa_t hpa_align(hpa_t hpa)
{
	return (hpa + HPA_ALIGN - 1) / HPA_ALIGN * HPA_ALIGN;
}

/* alloc_free_mem_region(): the first gap of the window, from the bottom, in steps of 256 MiB */
static int hpa_alloc(const struct fake_kernel *kernel, const struct fake_decoder *window,
		     uint64_t size, hpa_t *ret_hpa)
{
	hpa_t end = window->hpa + window->size;
	hpa_t hpa = hpa_align(window->hpa);

	while (hpa < end && size <= end - hpa) {
		const hpa_t taken_to = hpa_taken_to(kernel, hpa, size);

		if (taken_to == hpa) {
			*ret_hpa = hpa;
			return 0;
		}
		hpa = hpa_align(taken_to);
	}
	return -ERANGE;
}

/* alloc_hpa(), free_hpa() */
int fake_region_set_size(struct fake_kernel *kernel, struct fake_region *region, uint64_t size)
{
	int rc;

	if (size == 0) {
		if (!region->allocated)
			return 0;
		if (region->config >= FAKE_ACTIVE)
			return -EBUSY;
		region->allocated = false;
		region->hpa = 0;
		region->size = 0;
		region->config = FAKE_IDLE;
		return 0;
	}
	if (region->allocated)
		return region->size == size ? 0 : -EBUSY;
	if (region->config >= FAKE_INTERLEAVE_ACTIVE)
		return -EBUSY;
	if (region->ways == 0 || region->granularity == 0 ||
	    (region->type == TOPO_MODE_PMEM && region->uuid[0] == '\0'))
		return -ENXIO;
	if (size % (256 * SIZE_MIB * (uint64_t)region->ways) != 0)
		return -EINVAL;
	rc = hpa_alloc(kernel, region->window, size, &region->hpa);
	if (rc < 0)
		return rc;
	region->allocated = true;
	region->size = size;
	region->config = FAKE_INTERLEAVE_ACTIVE;
	return 0;
}

/* cxl_region_decode_commit(): from the bottom up for each target; undone when one port refuses */
static int region_decode_commit(struct fake_region *region)
{
	for (int i = 0; i < region->nr_targets; i++) {
		struct fake_decoder *endpoint = region->targets[i];
		struct fake_port *port, *path[FAKE_DEPTH_MAX];
		size_t length;
		int rc = 0;

		for (port = endpoint->port; port; port = fake_port_up(port)) {
			rc = fake_decoder_commit(fake_region_ref(port, region)->decoder);
			if (rc < 0)
				break;
		}
		if (rc == 0)
			continue;
		length = fake_path_down(endpoint, path);
		for (size_t j = 0; j < length; j++)
			fake_decoder_reset(fake_region_ref(path[j], region)->decoder);
		fake_decoder_reset(endpoint);
		region_decode_reset(region, i);
		return rc;
	}
	return 0;
}

/* commit_store() */
int fake_region_set_commit(struct fake_kernel *kernel, struct fake_region *region, bool commit)
{
	int rc;

	if (commit) {
		if (region->config >= FAKE_COMMIT)
			return 0;
		if (region->config < FAKE_ACTIVE)
			return -ENXIO;
		rc = region_decode_commit(region);
		if (rc == 0)
			region->config = FAKE_COMMIT;
		return rc;
	}
	if (region->locked)
		return -EPERM;
	region_release_driver(kernel, region);
	if (region->config >= FAKE_COMMIT) {
		region_decode_reset(region, region->ways);
		region->config = FAKE_ACTIVE;
	}
	return 0;
}

/* bind_store() and unbind_store() of drivers/base/bus.c, cxl_region_probe() */
int fake_region_set_driver(struct fake_kernel *kernel, struct fake_region *region, bool bind)
{
	if (!bind) {
		if (!region->bound)
			return -ENODEV;
		region_release_driver(kernel, region);
		return 0;
	}
	if (region->bound)
		return -EBUSY;
	if (region->config < FAKE_COMMIT)
		return -ENXIO;
	region->bound = true;
	return region->type == TOPO_MODE_RAM ? fake_dax_region_add(kernel, region) : 0;
}

/* unregister_region(), cxl_region_release(): a lower number becomes the window's next one */
int fake_region_delete(struct fake_kernel *kernel, struct fake_region *region)
{
	region_release_driver(kernel, region);
	for (int i = 0; i < region->ways; i++)
		region_detach(kernel, region, i);
	if (region->id < region->window->next_region)
		region->window->next_region = region->id;
	for (size_t i = 0; i < kernel->regions.count; i++)
		if (kernel->regions.items[i] == region) {
			kernel->regions.items[i] = kernel->regions.items[--kernel->regions.count];
			break;
		}
	fake_region_free(region);
	return 0;
}

/* ---- start from a snapshot ---- */

/* Regions of others are committed only when they are complete. */
static bool is_automatic(const struct fake_kernel *kernel, const struct topo_region *topo)
{
	bool automatic = false;

	for (size_t i = 0; !topo->committed && i < topo->mappings.count && !automatic; i++) {
		const struct fake_decoder *endpoint =
			fake_find_decoder(kernel, topo->mappings.items[i].decoder_name);

		automatic = endpoint && endpoint->id == endpoint->port->commit_end;
	}
	return automatic;
}

static int adopt_target(struct fake_kernel *kernel, struct fake_region *region,
			const struct topo_mapping *mapping)
{
	struct fake_decoder *endpoint = NULL;

	if (mapping->decoder)
		endpoint = fake_find_decoder(kernel, mapping->decoder->name);
	if (!endpoint || mapping->position < 0 || mapping->position >= TOPO_TARGETS_MAX)
		return -EINVAL;
	region->targets[mapping->position] = endpoint;
	endpoint->position = mapping->position;
	region->nr_targets++;
	/* cxl_region_attach_auto() asks the ports when all targets are known. */
	if (region->automatic)
		return 0;
	for (struct fake_port *port = endpoint->port; port; port = fake_port_up(port)) {
		int rc = fake_port_adopt(port, region, endpoint);

		if (rc < 0)
			return rc;
	}
	return 0;
}

static void adopt_config(struct fake_region *region, const struct topo_region *topo)
{
	region->allocated = topo->size != TOPO_UNKNOWN && topo->size > 0;
	if (region->allocated) {
		region->hpa = topo->resource;
		region->size = topo->size;
		region->config = FAKE_INTERLEAVE_ACTIVE;
	}
	if (region->ways > 0 && region->nr_targets == region->ways) {
		region->config = topo->committed ? FAKE_COMMIT : FAKE_ACTIVE;
		for (int i = 0; i < region->ways; i++)
			for (struct fake_port *port = fake_port_up(region->targets[i]->port); port;
			     port = fake_port_up(port)) {
				struct fake_region_ref *ref = fake_region_ref(port, region);

				ref->nr_targets_set = ref->nr_targets;
			}
	}
	region->bound = topo->enabled;
}

int fake_region_adopt(struct fake_kernel *kernel, const struct topo_region *topo)
{
	struct fake_region *region;
	int id, rc = 0;

	if (!topo->window || sscanf(topo->name, "region%d", &id) != 1)
		return -EINVAL;
	region = region_add(kernel, id);
	if (!region)
		return -ENOMEM;
	region->window = fake_find_decoder(kernel, topo->window->name);
	region->type = topo->type;
	region->ways = topo->interleave_ways > 0 ? topo->interleave_ways : 0;
	region->granularity = topo->interleave_granularity > 0 ? topo->interleave_granularity : 0;
	region->locked = topo->locked;
	region->qos_class_mismatch = topo->qos_class_mismatch;
	region->automatic = is_automatic(kernel, topo);
	if (topo->uuid)
		(void)snprintf(region->uuid, sizeof(region->uuid), "%s", topo->uuid);
	for (size_t i = 0; i < topo->mappings.count && rc == 0; i++)
		rc = adopt_target(kernel, region, &topo->mappings.items[i]);
	if (rc < 0)
		return rc;
	adopt_config(region, topo);
	if (topo->dax_region) {
		region->dax_region = true;
		region->dax_available = topo->dax_region->available_size;
	}
	for (size_t i = 0; topo->dax_region && i < topo->dax_region->devices.count && rc == 0; i++)
		rc = fake_dax_adopt(kernel, region, &topo->dax_region->devices.items[i]);
	return rc;
}
