// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fake kernel as tests use it: start from a snapshot, reads and writes of properties, ordered
 * failures of writes. The effects of attributes are in fake-region.c, fake-decode.c and
 * fake-memory.c.
 */
#include "test/lib/fake-kernel.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/lib/fake-kernel-private.h"

/* ---- start ---- */

static int add_port(struct fake_kernel *kernel, const struct topo_port *topo)
{
	struct fake_port *port = calloc(1, sizeof(*port));

	if (!port)
		return -ENOMEM;
	port->topo = topo;
	port->commit_end = -1;
	port->hdm_end = -1;
	if (ARRAY_APPEND(&kernel->ports, port) < 0) {
		free(port);
		return -ENOMEM;
	}
	return 0;
}

static struct fake_port *find_port(const struct fake_kernel *kernel, const struct topo_port *topo)
{
	for (size_t i = 0; i < kernel->ports.count; i++)
		if (kernel->ports.items[i]->topo == topo)
			return kernel->ports.items[i];
	return NULL;
}

static void seed_root(struct fake_decoder *decoder)
{
	const struct topo_decoder *topo = decoder->topo;

	if (topo->next_region)
		(void)sscanf(topo->next_region, "region%d", &decoder->next_region);
	for (size_t i = 0; i < topo->targets.count; i++) {
		const struct topo_target *target = &topo->targets.items[i];

		if (target->position >= 0 && target->position < TOPO_TARGETS_MAX)
			decoder->targets[target->position] = target->dport;
	}
}

/* Decoders come by index, so all allocations below are known when one is added. */
static void seed_dpa(struct fake_decoder *decoder)
{
	const struct fake_port *port = decoder->port;
	dpa_t end = 0;

	decoder->mode = decoder->topo->mode;
	if (decoder->topo->dpa_size == 0)
		return;
	for (size_t i = 0; i < port->decoders.count; i++)
		if (port->decoders.items[i]->dpa_size)
			end = port->decoders.items[i]->dpa + port->decoders.items[i]->dpa_size;
	decoder->dpa = decoder->topo->dpa_resource;
	decoder->dpa_size = decoder->topo->dpa_size;
	decoder->skip = decoder->dpa > end ? decoder->dpa - end : 0;
	decoder->port->hdm_end = decoder->id;
}

static void seed_decoder(struct fake_decoder *decoder)
{
	const struct topo_decoder *topo = decoder->topo;

	decoder->hpa = topo->resource == TOPO_UNKNOWN ? 0 : topo->resource;
	decoder->size = topo->size;
	decoder->ways = topo->interleave_ways > 0 ? topo->interleave_ways : 1;
	decoder->granularity = topo->interleave_granularity > 0 ? topo->interleave_granularity : 0;
	decoder->locked = topo->locked;
	decoder->position = -1;
	decoder->next_region = -1;
	seed_root(decoder);
	if (decoder->port->topo->kind == TOPO_PORT_ENDPOINT)
		seed_dpa(decoder);
	if (decoder->port->topo->kind != TOPO_PORT_ROOT &&
	    decoder->id < decoder->port->topo->decoders_committed) {
		decoder->enabled = true;
		decoder->port->commit_end = decoder->id;
	}
}

static int add_decoder(struct fake_kernel *kernel, struct fake_port *port,
		       const struct topo_decoder *topo)
{
	struct fake_decoder *decoder = calloc(1, sizeof(*decoder));

	if (!decoder)
		return -ENOMEM;
	decoder->topo = topo;
	decoder->port = port;
	decoder->id = topo->index;
	seed_decoder(decoder);
	if (ARRAY_APPEND(&port->decoders, decoder) < 0) {
		free(decoder);
		return -ENOMEM;
	}
	/* Now the port owns the decoder. */
	return ARRAY_APPEND(&kernel->decoders, decoder);
}

static int add_decoders(struct fake_kernel *kernel, struct fake_port *port)
{
	int rc = 0;

	for (size_t i = 0; i < port->topo->decoders.count && rc == 0; i++)
		rc = add_decoder(kernel, port, port->topo->decoders.items[i]);
	return rc;
}

int fake_port_add(struct fake_kernel *kernel, const struct topo_port *topo,
		  struct fake_port *parent)
{
	int rc = add_port(kernel, topo);

	if (rc < 0)
		return rc;
	kernel->ports.items[kernel->ports.count - 1]->parent = parent;
	return add_decoders(kernel, kernel->ports.items[kernel->ports.count - 1]);
}

static int add_objects(struct fake_kernel *kernel)
{
	const struct topology *start = kernel->start;
	int rc = 0;

	for (size_t i = 0; i < start->ports.count && rc == 0; i++)
		rc = add_port(kernel, start->ports.items[i]);
	for (size_t i = 0; i < kernel->ports.count && rc == 0; i++) {
		struct fake_port *port = kernel->ports.items[i];

		if (port->topo->parent)
			port->parent = find_port(kernel, port->topo->parent);
		rc = add_decoders(kernel, port);
	}
	for (size_t i = 0; i < start->memdevs.count && rc == 0; i++)
		rc = ARRAY_APPEND(&kernel->memdevs,
				  (const struct topo_memdev *)start->memdevs.items[i]);
	for (size_t i = 0; i < start->regions.count && rc == 0; i++)
		rc = fake_region_adopt(kernel, start->regions.items[i]);
	return rc;
}

/* Windows whose next region is not in the snapshot get the lowest free numbers. */
static void number_windows(struct fake_kernel *kernel)
{
	for (size_t i = 0; i < kernel->decoders.count; i++) {
		struct fake_decoder *decoder = kernel->decoders.items[i];

		if (decoder->port->topo->kind == TOPO_PORT_ROOT && decoder->next_region < 0)
			decoder->next_region = fake_region_id_alloc(kernel);
	}
}

struct fake_kernel *fake_kernel_new(const struct topology *start)
{
	struct fake_kernel *kernel = calloc(1, sizeof(*kernel));
	const char *policy = start->auto_online_policy ? start->auto_online_policy : "offline";

	if (!kernel)
		return NULL;
	kernel->start = start;
	kernel->has_state_attribute = true;
	(void)snprintf(kernel->policy, sizeof(kernel->policy), "%s", policy);
	if (add_objects(kernel) < 0)
		return fake_kernel_free(kernel);
	number_windows(kernel);
	return kernel;
}

void fake_port_free(struct fake_port *port)
{
	for (size_t i = 0; i < port->decoders.count; i++)
		free(port->decoders.items[i]);
	for (size_t i = 0; i < port->refs.count; i++) {
		ARRAY_FREE(&port->refs.items[i]->endpoints);
		free(port->refs.items[i]);
	}
	ARRAY_FREE(&port->decoders);
	ARRAY_FREE(&port->refs);
	free(port);
}

struct fake_kernel *fake_kernel_free(struct fake_kernel *kernel)
{
	if (!kernel)
		return NULL;
	for (size_t i = 0; i < kernel->ports.count; i++)
		fake_port_free(kernel->ports.items[i]);
	for (size_t i = 0; i < kernel->regions.count; i++)
		fake_region_free(kernel->regions.items[i]);
	for (size_t i = 0; i < kernel->daxes.count; i++)
		fake_dax_free(kernel->daxes.items[i]);
	for (size_t i = 0; i < kernel->stuck.count; i++)
		fake_dax_free(kernel->stuck.items[i]);
	(void)topology_free(kernel->plugged);
	ARRAY_FREE(&kernel->stuck);
	ARRAY_FREE(&kernel->memdevs);
	ARRAY_FREE(&kernel->ports);
	ARRAY_FREE(&kernel->decoders);
	ARRAY_FREE(&kernel->regions);
	ARRAY_FREE(&kernel->daxes);
	free(kernel);
	return NULL;
}

/* ---- look-ups ---- */

/* The decoder at its place of the start, or at any place after ports have come and gone. */
struct fake_decoder *fake_find_decoder(const struct fake_kernel *kernel, const char *name)
{
	size_t low = 0, high = kernel->start->decoders.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (topo_name_compare(kernel->start->decoders.items[middle]->name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < kernel->decoders.count &&
	    strcmp(kernel->decoders.items[low]->topo->name, name) == 0)
		return kernel->decoders.items[low];
	for (size_t i = 0; i < kernel->decoders.count; i++)
		if (strcmp(kernel->decoders.items[i]->topo->name, name) == 0)
			return kernel->decoders.items[i];
	return NULL;
}

/* The newest objects are looked up most often. */
struct fake_region *fake_find_region(const struct fake_kernel *kernel, const char *name)
{
	for (size_t i = kernel->regions.count; i > 0; i--)
		if (strcmp(kernel->regions.items[i - 1]->name, name) == 0)
			return kernel->regions.items[i - 1];
	return NULL;
}

struct fake_dax *fake_find_dax(const struct fake_kernel *kernel, const char *name)
{
	for (size_t i = kernel->daxes.count; i > 0; i--)
		if (strcmp(kernel->daxes.items[i - 1]->name, name) == 0)
			return kernel->daxes.items[i - 1];
	return NULL;
}

/* Blocks are sorted by index: a terabyte has thousands. */
static struct fake_block *block_of(struct fake_dax *dax, uint64_t index)
{
	size_t low = 0, high = dax->blocks.count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (dax->blocks.items[middle].index == index)
			return &dax->blocks.items[middle];
		if (dax->blocks.items[middle].index < index)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

struct fake_block *fake_find_block(const struct fake_kernel *kernel, uint64_t index)
{
	struct fake_block *block = NULL;

	for (size_t i = 0; i < kernel->daxes.count && !block; i++)
		block = block_of(kernel->daxes.items[i], index);
	for (size_t i = 0; i < kernel->stuck.count && !block; i++)
		block = block_of(kernel->stuck.items[i], index);
	return block;
}

struct fake_port *fake_port_up(const struct fake_port *port)
{
	return port->parent && port->parent->parent ? port->parent : NULL;
}

struct fake_region_ref *fake_region_ref(const struct fake_port *port,
					const struct fake_region *region)
{
	for (size_t i = 0; i < port->refs.count; i++)
		if (port->refs.items[i]->region == region)
			return port->refs.items[i];
	return NULL;
}

static struct fake_block *find_block_by_name(const struct fake_kernel *kernel, const char *name)
{
	uint64_t index;

	if (sscanf(name, "memory%" SCNu64, &index) != 1)
		return NULL;
	return fake_find_block(kernel, index);
}

/* ---- reading ---- */

static const char *dax_driver_name(const struct fake_dax *dax)
{
	switch (dax->driver) {
	case TOPO_DAX_KMEM:
		return "kmem";
	case TOPO_DAX_DEVICE:
		return "device_dax";
	case TOPO_DAX_NONE:
	case TOPO_DAX_OTHER:
		break;
	}
	return "";
}

/* The region of "regionN" and of "regionN/targetM". */
static struct fake_region *find_region_of(const struct fake_kernel *kernel, const struct step *step)
{
	char name[STEP_VALUE_MAX];

	(void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(step->object, "/"), step->object);
	return fake_find_region(kernel, name);
}

static void read_region(const struct fake_region *region, const struct step *step, char *value)
{
	const struct fake_decoder *target = NULL;
	size_t size = STEP_VALUE_MAX;

	if (step->kind == STEP_REGION && region)
		(void)snprintf(value, size, "%s@%s", topo_mode_name(region->type),
			       region->window->topo->name);
	else if (step->kind == STEP_REGION_GRANULARITY)
		(void)snprintf(value, size, "%d", region ? region->granularity : 0);
	else if (step->kind == STEP_REGION_WAYS)
		(void)snprintf(value, size, "%d", region ? region->ways : 0);
	else if (step->kind == STEP_REGION_SIZE)
		(void)snprintf(value, size, "%" PRIu64, region ? region->size : 0);
	else if (host_step_attribute(step) == STEP_REGION_COMMIT)
		(void)snprintf(value, size, "%d", region && region->config >= FAKE_COMMIT);
	else if (step->kind == STEP_REGION_UUID && region)
		(void)snprintf(value, size, "%s", region->uuid);
	else if (step->kind == STEP_REGION_DRIVER && region)
		(void)snprintf(value, size, "%s", region->bound ? "cxl_region" : "");
	else if (step->kind == STEP_REGION_TARGET && region)
		target = region->targets[host_step_position(step)];
	if (target)
		(void)snprintf(value, size, "%s", target->topo->name);
}

static void read_decoder(const struct fake_decoder *decoder, const struct step *step, char *value)
{
	if (step->kind == STEP_DECODER_MODE)
		(void)snprintf(value, STEP_VALUE_MAX, "%s",
			       topo_mode_name(decoder ? decoder->mode : TOPO_MODE_NONE));
	else
		(void)snprintf(value, STEP_VALUE_MAX, "%" PRIu64, decoder ? decoder->dpa_size : 0);
}

int fake_kernel_read(struct fake_kernel *kernel, const struct step *step,
		     char value[static STEP_VALUE_MAX])
{
	const struct fake_block *block;
	const struct fake_dax *dax;

	memset(value, 0, STEP_VALUE_MAX);
	switch (host_step_of(step)) {
	case HOST_DECODER_MODE:
	case HOST_DECODER_DPA:
		read_decoder(fake_find_decoder(kernel, step->object), step, value);
		return 0;
	case HOST_AUTO_ONLINE:
		memcpy(value, kernel->policy, STEP_VALUE_MAX);
		return 0;
	case HOST_DAX_DRIVER:
	case HOST_DAX_MEMORY:
	case HOST_DAX_GUARD:
		dax = fake_find_dax(kernel, step->object);
		if (dax)
			(void)snprintf(value, STEP_VALUE_MAX, "%s",
				       step->kind == STEP_DAX_DRIVER ? dax_driver_name(dax)
								     : fake_dax_memory(dax));
		return 0;
	case HOST_BLOCK:
		block = find_block_by_name(kernel, step->object);
		if (!block)
			return -ENOENT;
		(void)snprintf(value, STEP_VALUE_MAX, "%s", fake_block_state(block));
		return 0;
	case HOST_REGION:
	case HOST_REGION_GRANULARITY:
	case HOST_REGION_WAYS:
	case HOST_REGION_UUID:
	case HOST_REGION_SIZE:
	case HOST_REGION_TARGET:
	case HOST_REGION_COMMIT:
	case HOST_REGION_COMMIT_ANEW:
	case HOST_REGION_DRIVER:
		read_region(find_region_of(kernel, step), step, value);
		return 0;
	case HOST_STEP_COUNT:
		break;
	}
	return -EINVAL;
}

/* ---- writing ---- */

static int create_or_delete(struct fake_kernel *kernel, const char *name, const char *value)
{
	struct fake_region *region = fake_find_region(kernel, name);
	struct fake_decoder *window;
	const char *at = strchr(value, '@');

	if (*value == '\0')
		return region ? fake_region_delete(kernel, region) : -ENOENT;
	window = at ? fake_find_decoder(kernel, at + 1) : NULL;
	if (!window || window->port->topo->kind != TOPO_PORT_ROOT)
		return -ENOENT;
	return fake_region_create(kernel, name,
				  strncmp(value, "ram@", 4) == 0 ? TOPO_MODE_RAM : TOPO_MODE_PMEM,
				  window);
}

static int write_region(struct fake_kernel *kernel, const struct step *step)
{
	struct fake_region *region = find_region_of(kernel, step);
	const char *value = step->to;

	if (step->kind == STEP_REGION)
		return create_or_delete(kernel, step->object, value);
	if (!region)
		return -ENOENT;
	switch (host_step_of(step)) {
	case HOST_REGION_GRANULARITY:
		return fake_region_set_granularity(region, atoi(value));
	case HOST_REGION_WAYS:
		return fake_region_set_ways(region, atoi(value));
	case HOST_REGION_UUID:
		return fake_region_set_uuid(kernel, region, value);
	case HOST_REGION_SIZE:
		return fake_region_set_size(kernel, region, strtoull(value, NULL, 0));
	case HOST_REGION_TARGET:
		return fake_region_set_target(kernel, region, host_step_position(step), value);
	case HOST_REGION_COMMIT:
	case HOST_REGION_COMMIT_ANEW:
		return fake_region_set_commit(kernel, region, strcmp(value, "1") == 0);
	case HOST_REGION_DRIVER:
		if (*value)
			fake_dax_forget(kernel, region);
		return fake_region_set_driver(kernel, region, *value != '\0');
	case HOST_REGION:
	case HOST_DECODER_MODE:
	case HOST_DECODER_DPA:
	case HOST_AUTO_ONLINE:
	case HOST_DAX_DRIVER:
	case HOST_DAX_MEMORY:
	case HOST_DAX_GUARD:
	case HOST_BLOCK:
	case HOST_STEP_COUNT:
		break;
	}
	return -EINVAL;
}

static int write_decoder(struct fake_kernel *kernel, const struct step *step)
{
	struct fake_decoder *decoder = fake_find_decoder(kernel, step->object);

	if (!decoder || decoder->port->topo->kind != TOPO_PORT_ENDPOINT)
		return -ENOENT;
	if (step->kind == STEP_DECODER_MODE)
		return fake_decoder_set_mode(decoder, step->to);
	return fake_decoder_set_dpa(decoder, strtoull(step->to, NULL, 0));
}

static int write_memory(struct fake_kernel *kernel, const struct step *step)
{
	struct fake_block *block;
	struct fake_dax *dax;

	if (step->kind == STEP_AUTO_ONLINE) {
		(void)snprintf(kernel->policy, sizeof(kernel->policy), "%s", step->to);
		return 0;
	}
	if (step->kind == STEP_BLOCK) {
		block = find_block_by_name(kernel, step->object);
		return block ? fake_block_set(block, step->to) : -ENOENT;
	}
	dax = fake_find_dax(kernel, step->object);
	if (!dax)
		return -ENOENT;
	if (step->kind == STEP_DAX_DRIVER)
		return fake_dax_set_driver(kernel, dax, step->to);
	return fake_dax_set_memory(kernel, dax, step->to);
}

static int write_step(struct fake_kernel *kernel, const struct step *step)
{
	int rc = step_check(step);

	if (rc < 0)
		return rc;
	switch (host_step_of(step)) {
	case HOST_DECODER_MODE:
	case HOST_DECODER_DPA:
		return write_decoder(kernel, step);
	case HOST_AUTO_ONLINE:
	case HOST_DAX_DRIVER:
	case HOST_DAX_MEMORY:
	case HOST_DAX_GUARD:
	case HOST_BLOCK:
		return write_memory(kernel, step);
	case HOST_REGION:
	case HOST_REGION_GRANULARITY:
	case HOST_REGION_WAYS:
	case HOST_REGION_UUID:
	case HOST_REGION_SIZE:
	case HOST_REGION_TARGET:
	case HOST_REGION_COMMIT:
	case HOST_REGION_COMMIT_ANEW:
	case HOST_REGION_DRIVER:
		return write_region(kernel, step);
	case HOST_STEP_COUNT:
		break;
	}
	return -EINVAL;
}

int fake_kernel_write(struct fake_kernel *kernel, const struct step_kind *kind, const char *object,
		      const char *value)
{
	/* The kernel does not check the owner of a memory block. */
	const struct step step = { kind, object, kind == STEP_BLOCK ? "region0" : "", value,
				   value };

	return write_step(kernel, &step);
}

/* ---- the seam ---- */

static bool has_online_block(const struct fake_dax *dax)
{
	for (size_t i = 0; i < dax->blocks.count; i++)
		if (dax->blocks.items[i].online)
			return true;
	return false;
}

/* A write that the contract of struct step_ops forbids: it takes away online memory. */
static bool would_stick(const struct fake_kernel *kernel, const struct step *step)
{
	const struct fake_region *region;
	const struct fake_dax *dax;

	/* Most steps add something, and need no search among 1,000 regions. */
	if (step->kind == STEP_DAX_DRIVER) {
		dax = fake_find_dax(kernel, step->object);
		return dax && has_online_block(dax);
	}
	if (*step->to != '\0' && strcmp(step->to, "0") != 0)
		return false;
	region = find_region_of(kernel, step);
	if (!region)
		return false;
	for (size_t i = 0; i < kernel->daxes.count; i++)
		if (kernel->daxes.items[i]->region == region &&
		    has_online_block(kernel->daxes.items[i]))
			return true;
	return false;
}

/* The helper's check of a block's region. Other programs write to any block. */
static int check_block(const struct fake_kernel *kernel, const struct step *step)
{
	const uint64_t size = kernel->start->memory_block_size;
	const struct fake_region *region;
	uint64_t index;

	if (step->kind != STEP_BLOCK || sscanf(step->object, "memory%" SCNu64, &index) != 1 ||
	    !fake_find_block(kernel, index))
		return 0;
	region = fake_find_region(kernel, step->of);
	return region && index * size >= region->hpa &&
			       (index + 1) * size <= region->hpa + region->size
		       ? 0
		       : -ESTALE;
}

/*
 * Writes as struct step_ops demands, whatever the old value is: a block with the value is left
 * alone, and a block that is online in another zone does not change its zone.
 */
static int write_seam(struct fake_kernel *kernel, const struct step *step)
{
	const struct fake_block *block;
	int rc = check_block(kernel, step);

	if (rc < 0)
		return rc;
	if (would_stick(kernel, step))
		return -EBUSY;
	block = step->kind == STEP_BLOCK ? find_block_by_name(kernel, step->object) : NULL;
	if (!block)
		return write_step(kernel, step);
	if (strcmp(fake_block_state(block), step->to) == 0)
		return 0;
	return block->online && strcmp(step->to, "offline") != 0 ? -EBUSY
								 : write_step(kernel, step);
}

static int write_noted(struct fake_kernel *kernel, const struct step *step)
{
	int rc = write_seam(kernel, step);

	if (kernel->on_write)
		kernel->on_write(kernel->on_write_context, step);
	return rc;
}

static int ops_read(void *context, const struct step *step, char value[static STEP_VALUE_MAX])
{
	int rc = step_check(step);

	if (rc == 0)
		rc = check_block(context, step);
	return rc < 0 ? rc : fake_kernel_read(context, step, value);
}

static int ops_write(void *context, const struct step *step, uint64_t deadline_ms)
{
	struct fake_kernel *kernel = context;
	enum fake_failure failure = kernel->failure;
	bool fails = kernel->fail_in > 0 && --kernel->fail_in == 0;
	int rc = 0;

	(void)deadline_ms;
	kernel->writes++;
	if (!fails || failure == FAKE_FAIL_AFTER || failure == FAKE_SILENT_AFTER)
		rc = write_noted(kernel, step);
	if (!fails)
		return rc;
	if (kernel->fail_again > 0) {
		kernel->fail_again--;
		kernel->fail_in = 1;
	}
	kernel->died = failure == FAKE_SILENT_BEFORE || failure == FAKE_SILENT_AFTER;
	return kernel->fail_error;
}

const struct step_ops fake_kernel_ops = { .read = ops_read, .write = ops_write };

int fake_kernel_perform(struct fake_kernel *kernel, const struct step *step)
{
	struct step_result result;

	if (step_has(step, STEP_GUARD))
		return 0;
	return step_perform(&fake_kernel_ops, kernel, step, UINT64_MAX, &result);
}

/* ---- orders and questions of tests ---- */

void fake_kernel_fail_at(struct fake_kernel *kernel, unsigned int n, int error,
			 enum fake_failure failure)
{
	kernel->fail_in = n;
	kernel->fail_error = error;
	kernel->failure = failure;
}

void fake_kernel_fail_again(struct fake_kernel *kernel, unsigned int times)
{
	kernel->fail_again = times;
}

void fake_kernel_on_write(struct fake_kernel *kernel,
			  void (*on_write)(void *context, const struct step *step), void *context)
{
	kernel->on_write = on_write;
	kernel->on_write_context = context;
}

bool fake_kernel_died(struct fake_kernel *kernel)
{
	bool died = kernel->died;

	kernel->died = false;
	return died;
}

unsigned int fake_kernel_writes(const struct fake_kernel *kernel)
{
	return kernel->writes;
}

void fake_kernel_set_state_attribute(struct fake_kernel *kernel, bool exists)
{
	kernel->has_state_attribute = exists;
}

bool fake_kernel_pin_block(struct fake_kernel *kernel, uint64_t index, bool pinned)
{
	struct fake_block *block = fake_find_block(kernel, index);

	if (block)
		block->pinned = pinned;
	return block != NULL;
}

unsigned int fake_kernel_warnings(const struct fake_kernel *kernel)
{
	return kernel->warnings;
}
