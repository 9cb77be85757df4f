// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fake kernel's decoders: allocation of DPA (drivers/cxl/core/hdm.c), the choice of a port's
 * decoder for a region and its programming (cxl_port_attach_region(), cxl_port_setup_targets() of
 * region.c). Called by fake-region.c and fake-kernel.c.
 */
#include <errno.h>
#include <string.h>

#include "test/lib/fake-kernel-private.h"
#include "util/size.h"

/* Granularity and ways that a decoder's register can hold: granularity_to_eig(), ways_to_eiw() */
#define GRANULARITY_MIN 256
#define GRANULARITY_MAX (16 * 1024)
#define WAYS_MAX	16

#define DPA_ALIGN (256 * SIZE_MIB)

/* Address bits that take part in target selection: parse_hdm_decoder_caps() with both flags */
#define INTERLEAVE_BIT_MIN 8
#define INTERLEAVE_BIT_MAX 14

bool fake_is_power_of_2(int number)
{
	return number > 0 && (number & (number - 1)) == 0;
}

static unsigned int log2_of(int number)
{
	unsigned int log = 0;

	while (number >>= 1)
		log++;
	return log;
}

int fake_check_ways(int ways)
{
	if (ways > WAYS_MAX || ways < 1)
		return -EINVAL;
	if (fake_is_power_of_2(ways))
		return 0;
	return ways % 3 == 0 && fake_is_power_of_2(ways / 3) ? 0 : -EINVAL;
}

int fake_check_granularity(int granularity)
{
	if (granularity < GRANULARITY_MIN || granularity > GRANULARITY_MAX)
		return -EINVAL;
	return fake_is_power_of_2(granularity) ? 0 : -EINVAL;
}

/* check_interleave_cap() with every capability: only the address bits can be too high */
int fake_check_interleave(int ways, int granularity)
{
	unsigned int bits, low = log2_of(granularity);

	if (fake_check_ways(ways) < 0)
		return -ENXIO;
	/* Three ways are selected by division: only the power of two in them takes address bits. */
	bits = log2_of(fake_is_power_of_2(ways) ? ways : ways / 3);
	if (bits == 0)
		return 0;
	return low >= INTERLEAVE_BIT_MIN && low + bits - 1 <= INTERLEAVE_BIT_MAX ? 0 : -ENXIO;
}

/* ---- decoders (hdm.c) ---- */

bool fake_is_endpoint(const struct fake_decoder *decoder)
{
	return decoder->port->topo->kind == TOPO_PORT_ENDPOINT;
}

/* cxl_port_commit_reap() and the rest of cxl_decoder_reset() */
void fake_decoder_reset(struct fake_decoder *decoder)
{
	struct fake_port *port = decoder->port;

	if (!decoder->enabled || decoder->locked)
		return;
	if (port->commit_end == decoder->id) {
		port->commit_end--;
		for (int id = decoder->id - 1; id >= 0; id--)
			if (port->commit_end == id && !port->decoders.items[id]->enabled)
				port->commit_end--;
	}
	decoder->enabled = false;
}

/* cxl_decoder_commit() */
int fake_decoder_commit(struct fake_decoder *decoder)
{
	if (decoder->enabled)
		return 0;
	if (decoder->port->commit_end + 1 != decoder->id)
		return -EBUSY;
	decoder->port->commit_end++;
	decoder->enabled = true;
	return 0;
}

/* cxl_dpa_set_part(); the kernel makes no partition of size 0 */
int fake_decoder_set_mode(struct fake_decoder *decoder, const char *mode)
{
	const struct topo_memdev *memdev = decoder->port->topo->memdev;
	bool ram = strcmp(mode, "ram") == 0;

	if (!ram && strcmp(mode, "pmem") != 0)
		return -EINVAL;
	if (decoder->enabled)
		return -EBUSY;
	if (!memdev || (ram ? memdev->ram_size : memdev->pmem_size) == 0)
		return -EINVAL;
	decoder->mode = ram ? TOPO_MODE_RAM : TOPO_MODE_PMEM;
	return 0;
}

/* cxl_dpa_free() */
static int dpa_free(struct fake_decoder *decoder)
{
	if (decoder->dpa_size == 0)
		return 0;
	if (decoder->region || decoder->enabled || decoder->id != decoder->port->hdm_end)
		return -EBUSY;
	decoder->dpa_size = 0;
	decoder->dpa = 0;
	decoder->skip = 0;
	decoder->port->hdm_end--;
	return 0;
}

/* The end of the last allocation or skip in [start, end); start when there is none. */
static dpa_t partition_used(const struct fake_port *port, dpa_t start, dpa_t end)
{
	dpa_t used = start;

	for (size_t i = 0; i < port->decoders.count; i++) {
		const struct fake_decoder *decoder = port->decoders.items[i];
		dpa_t low = decoder->dpa - decoder->skip;
		dpa_t high = decoder->dpa + decoder->dpa_size;

		if (decoder->dpa_size == 0 || high <= start || low >= end)
			continue;
		if (high > end)
			high = end;
		if (high > used)
			used = high;
	}
	return used;
}

/* __cxl_dpa_alloc(): allocates behind the partition's allocations, and skips all free DPA below */
static int dpa_alloc(struct fake_decoder *decoder, uint64_t size)
{
	struct fake_port *port = decoder->port;
	const struct topo_memdev *memdev = port->topo->memdev;
	dpa_t start, end, base, skip = 0;

	if (decoder->region || decoder->enabled)
		return -EBUSY;
	if (!memdev || (decoder->mode != TOPO_MODE_RAM && decoder->mode != TOPO_MODE_PMEM))
		return -EBUSY;
	start = decoder->mode == TOPO_MODE_RAM ? 0 : memdev->ram_size;
	end = start + (decoder->mode == TOPO_MODE_RAM ? memdev->ram_size : memdev->pmem_size);
	base = partition_used(port, start, end);
	if (decoder->mode == TOPO_MODE_PMEM)
		skip = start - partition_used(port, 0, start);
	if (size > end - base)
		return -ENOSPC;
	if (port->hdm_end + 1 != decoder->id)
		return -EBUSY;
	decoder->dpa = base;
	decoder->dpa_size = size;
	decoder->skip = skip;
	port->hdm_end++;
	return 0;
}

/* dpa_size_store() */
int fake_decoder_set_dpa(struct fake_decoder *decoder, uint64_t size)
{
	int rc;

	if (size % DPA_ALIGN != 0)
		return -EINVAL;
	rc = dpa_free(decoder);
	if (rc < 0 || size == 0)
		return rc;
	return dpa_alloc(decoder, size);
}

/* ---- ports: their dports and decoders (port.c, cxl_port_attach_region()) ---- */

/* The result of cxl_ep_load() at @port for the memdev of @endpoint. */
static struct fake_ep ep_load(const struct fake_port *port, const struct fake_decoder *endpoint)
{
	const struct fake_port *child = endpoint->port;
	struct fake_ep ep = { .endpoint = endpoint };

	while (child->parent != port)
		child = child->parent;
	ep.dport = child->topo->parent_dport;
	ep.next = child == endpoint->port ? NULL : child;
	return ep;
}

bool fake_same_name(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

/* match_free_decoder(): the decoder behind the last committed one, if it is free and in order */
static struct fake_decoder *pick_decoder(const struct fake_port *port)
{
	struct fake_decoder *decoder;
	size_t id = (size_t)(port->commit_end + 1);

	if (id >= port->decoders.count)
		return NULL;
	decoder = port->decoders.items[id];
	if (decoder->region)
		return NULL;
	for (size_t i = 0; i < id; i++)
		if (!port->decoders.items[i]->enabled)
			return NULL;
	return decoder;
}

static void ref_free(struct fake_port *port, struct fake_region_ref *ref)
{
	if (ref->decoder && ref->decoder->region == ref->region)
		ref->decoder->region = NULL;
	for (size_t i = 0; i < port->refs.count; i++)
		if (port->refs.items[i] == ref) {
			port->refs.items[i] = port->refs.items[--port->refs.count];
			break;
		}
	ARRAY_FREE(&ref->endpoints);
	free(ref);
}

static struct fake_region_ref *ref_new(struct fake_port *port, struct fake_region *region)
{
	struct fake_region_ref *ref = calloc(1, sizeof(*ref));

	if (!ref)
		return NULL;
	ref->region = region;
	if (ARRAY_APPEND(&port->refs, ref) < 0) {
		free(ref);
		return NULL;
	}
	return ref;
}

/* alloc_region_ref(): decoders of a port are committed in the order of their addresses */
static bool order_allows(const struct fake_port *port, const struct fake_region *region)
{
	for (size_t i = 0; i < port->refs.count; i++) {
		const struct fake_region *other = port->refs.items[i]->region;

		if (other->allocated && other->hpa >= region->hpa)
			return false;
	}
	return true;
}

static int ref_add_endpoint(struct fake_port *port, struct fake_region_ref *ref,
			    struct fake_decoder *endpoint)
{
	if (port != endpoint->port) {
		int rc = ARRAY_APPEND(&ref->endpoints, ep_load(port, endpoint));

		if (rc < 0)
			return rc;
	}
	ref->nr_eps++;
	if (!ref->decoder->region)
		ref->decoder->region = ref->region;
	return 0;
}

/* Does another endpoint use the dport of @ep, by the kernel's comparison? */
static bool next_is_shared(const struct fake_region_ref *ref, const struct fake_ep *ep)
{
	for (size_t i = 0; i < ref->endpoints.count; i++) {
		const struct fake_ep *other = &ref->endpoints.items[i];

		if (other->endpoint != ep->endpoint && other->next == ep->next)
			return true;
	}
	return false;
}

static int ref_open(struct fake_port *port, struct fake_region *region,
		    struct fake_decoder *endpoint, struct fake_region_ref **ret_ref)
{
	struct fake_decoder *decoder = port == endpoint->port ? endpoint : pick_decoder(port);
	struct fake_region_ref *ref;

	if (!decoder || !order_allows(port, region))
		return -EBUSY;
	/* cxl_rr_assign_decoder() */
	if (decoder->region)
		return -EBUSY;
	ref = ref_new(port, region);
	if (!ref)
		return -ENOMEM;
	ref->decoder = decoder;
	ref->nr_targets = 1;
	*ret_ref = ref;
	return 0;
}

/* cxl_port_attach_region() */
int fake_port_attach(struct fake_port *port, struct fake_region *region,
		     struct fake_decoder *endpoint)
{
	struct fake_region_ref *ref = fake_region_ref(port, region);
	bool more = true;
	int rc;

	if (ref) {
		struct fake_ep ep = ep_load(port, endpoint);

		more = !ep.next || !next_is_shared(ref, &ep);
		if (more)
			ref->nr_targets++;
	} else {
		rc = ref_open(port, region, endpoint, &ref);
		if (rc < 0)
			return rc;
	}
	if (!fake_is_endpoint(ref->decoder) && ref->nr_targets > FAKE_TARGETS_MAX)
		rc = -ENXIO;
	else
		rc = ref_add_endpoint(port, ref, endpoint);
	if (rc < 0) {
		if (more)
			ref->nr_targets--;
		if (ref->nr_eps == 0)
			ref_free(port, ref);
		return rc;
	}
	region->locked = region->locked || ref->decoder->locked;
	return 0;
}

/*
 * cxl_port_detach_region(). At a port right above endpoints every `next` is NULL, so the kernel
 * takes the dport for shared and does not count it off while other endpoints remain.
 */
void fake_port_detach(struct fake_port *port, struct fake_region *region,
		      struct fake_decoder *endpoint)
{
	struct fake_region_ref *ref = fake_region_ref(port, region);

	if (!ref)
		return;
	if (ref->decoder == endpoint)
		ref->nr_eps--;
	for (size_t i = 0; i < ref->endpoints.count; i++) {
		struct fake_ep ep = ref->endpoints.items[i];

		if (ep.endpoint != endpoint)
			continue;
		ref->endpoints.items[i] = ref->endpoints.items[--ref->endpoints.count];
		ref->nr_eps--;
		if (!next_is_shared(ref, &ep))
			ref->nr_targets--;
		break;
	}
	if (ref->nr_eps == 0)
		ref_free(port, ref);
}

/* ---- programming targets, top down ---- */

/* check_last_peer() */
static int check_last_peer(const struct fake_port *port, const struct fake_region *region,
			   const struct fake_decoder *endpoint, const struct fake_ep *ep,
			   int distance)
{
	struct fake_ep peer;

	if (endpoint->position < distance)
		return -ENXIO;
	peer = ep_load(port, region->targets[endpoint->position - distance]);
	return fake_same_name(ep->dport, peer.dport) ? 0 : -ENXIO;
}

/* The number of positions between two endpoints of the same dport of @port. */
static int peer_distance(const struct fake_port *port, const struct fake_region *region)
{
	int distance = region->window->ways;

	for (; port; port = fake_port_up(port))
		distance *= fake_region_ref(port, region)->nr_targets;
	return distance;
}

static void parent_interleave(const struct fake_port *port, const struct fake_region *region,
			      int *ret_ways, int *ret_granularity)
{
	const struct fake_port *up = fake_port_up(port);

	if (up) {
		const struct fake_decoder *decoder = fake_region_ref(up, region)->decoder;

		*ret_ways = decoder->ways;
		*ret_granularity = decoder->granularity;
		return;
	}
	*ret_granularity = region->granularity;
	*ret_ways = region->window->ways;
	if (!fake_is_power_of_2(*ret_ways))
		*ret_ways /= 3;
}

static int program_decoder(struct fake_port *port, struct fake_region *region,
			   struct fake_region_ref *ref)
{
	int parent_ways, parent_granularity, granularity, ways = ref->nr_targets;
	int rc;

	parent_interleave(port, region, &parent_ways, &parent_granularity);
	rc = fake_check_granularity(parent_granularity);
	if (rc == 0)
		rc = fake_check_ways(parent_ways);
	if (rc == 0)
		rc = fake_check_ways(ways);
	granularity = parent_granularity * parent_ways;
	if (rc == 0)
		rc = fake_check_granularity(granularity);
	if (rc < 0)
		return rc;
	if (ways > FAKE_TARGETS_MAX)
		return -ENXIO;
	rc = fake_check_interleave(ways, granularity);
	if (rc < 0)
		return rc;
	ref->decoder->ways = ways;
	ref->decoder->granularity = granularity;
	ref->decoder->hpa = region->hpa;
	ref->decoder->size = region->size;
	return 0;
}

/* cxl_port_setup_targets() */
static int port_setup_targets(struct fake_port *port, struct fake_region *region,
			      struct fake_decoder *endpoint)
{
	struct fake_region_ref *ref = fake_region_ref(port, region);
	struct fake_ep ep = ep_load(port, endpoint);
	int rc;

	if (!fake_is_power_of_2(ref->nr_targets))
		return -EINVAL;
	for (int i = 0; i < ref->nr_targets_set; i++)
		if (fake_same_name(ep.dport, ref->decoder->targets[i]))
			return check_last_peer(port, region, endpoint, &ep,
					       peer_distance(port, region));
	if (ref->nr_targets_set == 0) {
		rc = program_decoder(port, region, ref);
		if (rc < 0)
			return rc;
	}
	if (ref->nr_targets_set == ref->nr_targets)
		return -ENXIO;
	ref->decoder->targets[ref->nr_targets_set++] = ep.dport;
	return 0;
}

size_t fake_path_down(const struct fake_decoder *endpoint,
		      struct fake_port *path[static FAKE_DEPTH_MAX])
{
	size_t count = 0;

	for (struct fake_port *port = fake_port_up(endpoint->port); port && count < FAKE_DEPTH_MAX;
	     port = fake_port_up(port))
		path[count++] = port;
	for (size_t i = 0; i < count / 2; i++) {
		struct fake_port *low = path[i];

		path[i] = path[count - 1 - i];
		path[count - 1 - i] = low;
	}
	return count;
}

/* cxl_region_teardown_targets(): a decoder without a reference keeps its stale range */
void fake_teardown_targets(struct fake_region *region)
{
	for (int i = 0; i < region->nr_targets; i++) {
		struct fake_port *path[FAKE_DEPTH_MAX];
		size_t count = fake_path_down(region->targets[i], path);

		for (size_t j = 0; j < count; j++) {
			struct fake_region_ref *ref = fake_region_ref(path[j], region);

			if (!ref)
				continue;
			ref->nr_targets_set = 0;
			ref->decoder->hpa = 0;
			ref->decoder->size = 0;
		}
	}
}

/* cxl_region_setup_targets() */
int fake_setup_targets(struct fake_region *region)
{
	for (int i = 0; i < region->nr_targets; i++) {
		struct fake_port *path[FAKE_DEPTH_MAX];
		size_t count = fake_path_down(region->targets[i], path);

		for (size_t j = 0; j < count; j++) {
			int rc = port_setup_targets(path[j], region, region->targets[i]);

			if (rc < 0) {
				fake_teardown_targets(region);
				return rc;
			}
		}
	}
	return 0;
}

/* ---- start from a snapshot ---- */

int fake_port_adopt(struct fake_port *port, struct fake_region *region,
		    struct fake_decoder *endpoint)
{
	struct fake_region_ref *ref = fake_region_ref(port, region);
	struct fake_ep ep;

	if (!ref) {
		ref = ref_new(port, region);
		if (!ref)
			return -ENOMEM;
		ref->decoder = port == endpoint->port ? endpoint : NULL;
		for (size_t i = 0; i < port->decoders.count && !ref->decoder; i++)
			if (fake_same_name(port->decoders.items[i]->topo->region_name,
					   region->name))
				ref->decoder = port->decoders.items[i];
		if (!ref->decoder)
			return -EINVAL;
		ref->nr_targets = 1;
	} else {
		ep = ep_load(port, endpoint);
		if (!ep.next || !next_is_shared(ref, &ep))
			ref->nr_targets++;
	}
	region->locked = region->locked || ref->decoder->locked;
	return ref_add_endpoint(port, ref, endpoint);
}
