/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fake kernel's own objects, shared by its files: fake-kernel.c (start, dispatch, failures),
 * fake-region.c and fake-decode.c (drivers/cxl/core), fake-memory.c (drivers/dax and memory
 * blocks), fake-hotplug.c (memdevs that come and go) and fake-snapshot.c (the view from outside).
 */
#pragma once

#include "test/lib/fake-kernel.h"

struct fake_decoder;
struct fake_region;

/* An endpoint decoder's interest in a port: the way down from the port (struct cxl_ep). */
struct fake_ep {
	const struct fake_decoder *endpoint;
	const char *dport;	      /* interned by the start snapshot: compare pointers */
	const struct fake_port *next; /* NULL if the next object below is the endpoint */
};

/* A region's interest in a port (struct cxl_region_ref). */
struct fake_region_ref {
	struct fake_region *region;
	struct fake_decoder *decoder;
	int nr_targets, nr_targets_set, nr_eps;
	ARRAY(struct fake_ep) endpoints; /* none at endpoint ports */
};

struct fake_port {
	const struct topo_port *topo;
	struct fake_port *parent;
	int commit_end,
		hdm_end; /* index of the last decoder that is committed, and that has DPA; or -1 */
	ARRAY(struct fake_decoder *) decoders; /* by index */
	ARRAY(struct fake_region_ref *) refs;
};

struct fake_decoder {
	const struct topo_decoder *topo;
	struct fake_port *port;
	int id;
	hpa_t hpa;
	uint64_t size;
	int ways, granularity;
	bool enabled, locked;
	struct fake_region *region;
	const char *targets[TOPO_TARGETS_MAX]; /* dports */
	/* endpoint decoders */
	enum topo_mode mode;
	dpa_t dpa;
	uint64_t dpa_size, skip;
	int position;
	/* root decoders */
	int next_region;
};

enum fake_config {
	FAKE_IDLE,
	FAKE_INTERLEAVE_ACTIVE,
	FAKE_ACTIVE,
	FAKE_COMMIT,
};

struct fake_block {
	uint64_t index;
	bool online, pinned, removable;
	enum topo_zone zone;
};

enum fake_dax_state {
	FAKE_DAX_UNPLUGGED,
	FAKE_DAX_OFFLINE,
	FAKE_DAX_ONLINE,
	FAKE_DAX_ONLINE_KERNEL,
	FAKE_DAX_ONLINE_MOVABLE,
};

struct fake_dax {
	char name[STEP_VALUE_MAX];
	const struct topo_dax_device *topo; /* in the start snapshot, or NULL */
	struct fake_region *region;
	hpa_t hpa;
	uint64_t size, align;
	int target_node;
	enum topo_dax_driver driver;
	enum fake_dax_state state; /* while kmem is bound */
	ARRAY(struct fake_block) blocks;
};

struct fake_region {
	int id;
	char name[STEP_VALUE_MAX];
	struct fake_decoder *window;
	enum topo_mode type;
	char uuid[STEP_VALUE_MAX];
	enum fake_config config;
	bool allocated; /* the region has HPA */
	hpa_t hpa;
	uint64_t size;
	int ways, granularity;
	bool automatic; /* found by auto-discovery, CXL_REGION_F_AUTO */
	bool bound, locked, qos_class_mismatch;
	int nr_targets;
	struct fake_decoder *targets[TOPO_TARGETS_MAX];
	bool dax_region; /* the dax region exists; its devices are in the kernel's list */
	uint64_t dax_available;
};

struct fake_kernel {
	const struct topology *start;
	ARRAY(struct fake_port *) ports;       /* as in the snapshot */
	ARRAY(struct fake_decoder *) decoders; /* as in the snapshot */
	ARRAY(struct fake_region *) regions;
	ARRAY(struct fake_dax *) daxes;
	ARRAY(struct fake_dax *)
	stuck; /* devices of no region, whose memory is stuck until a reboot */
	ARRAY(const struct topo_memdev *) memdevs; /* the plugged ones */
	struct topology *plugged; /* owns the objects that were plugged since the start */
	char policy[STEP_VALUE_MAX];
	uint64_t device_dax_ids; /* dax devices' names among the driver's IDs: a bit for the number
				    of each region */
	bool has_state_attribute;
	unsigned int writes, warnings;
	unsigned int fail_in; /* writes until the one that fails, 0 for none */
	int fail_error;
	enum fake_failure failure;
	unsigned int fail_again; /* writes after that one that fail, too */
	bool died;
	void (*on_write)(void *context, const struct step *step); /* or NULL */
	void *on_write_context;
};

struct fake_decoder *fake_find_decoder(const struct fake_kernel *kernel, const char *name);
struct fake_region *fake_find_region(const struct fake_kernel *kernel, const char *name);
struct fake_dax *fake_find_dax(const struct fake_kernel *kernel, const char *name);
struct fake_block *fake_find_block(const struct fake_kernel *kernel, uint64_t index);

/* The port above, unless it is a root; NULL at the top. */
struct fake_port *fake_port_up(const struct fake_port *port);

struct fake_region_ref *fake_region_ref(const struct fake_port *port,
					const struct fake_region *region);
void fake_region_free(struct fake_region *region);
void fake_dax_free(struct fake_dax *dax);

/* fake-kernel.c */
int fake_port_add(struct fake_kernel *kernel, const struct topo_port *topo,
		  struct fake_port *parent);
void fake_port_free(struct fake_port *port);

int fake_region_id_alloc(const struct fake_kernel *kernel);

/* fake-region.c; each is a store or show of sysfs: 0 or the kernel's errno */
int fake_region_adopt(struct fake_kernel *kernel, const struct topo_region *topo);
int fake_region_create(struct fake_kernel *kernel, const char *name, enum topo_mode type,
		       struct fake_decoder *window);
int fake_region_delete(struct fake_kernel *kernel, struct fake_region *region);
int fake_region_set_ways(struct fake_region *region, int ways);
int fake_region_set_granularity(struct fake_region *region, int granularity);
int fake_region_set_uuid(struct fake_kernel *kernel, struct fake_region *region, const char *uuid);
int fake_region_set_size(struct fake_kernel *kernel, struct fake_region *region, uint64_t size);
int fake_region_set_target(struct fake_kernel *kernel, struct fake_region *region, int position,
			   const char *decoder);
int fake_region_set_commit(struct fake_kernel *kernel, struct fake_region *region, bool commit);
void fake_region_lose(struct fake_kernel *kernel, struct fake_decoder *endpoint);
int fake_region_set_driver(struct fake_kernel *kernel, struct fake_region *region, bool bind);

/* fake-decode.c: decoders and ports */
bool fake_is_power_of_2(int number);
int fake_check_ways(int ways);
int fake_check_granularity(int granularity);
int fake_check_interleave(int ways, int granularity);
bool fake_is_endpoint(const struct fake_decoder *decoder);
bool fake_same_name(const char *a, const char *b);
int fake_decoder_set_mode(struct fake_decoder *decoder, const char *mode);
int fake_decoder_set_dpa(struct fake_decoder *decoder, uint64_t size);
int fake_decoder_commit(struct fake_decoder *decoder);
void fake_decoder_reset(struct fake_decoder *decoder);
int fake_port_attach(struct fake_port *port, struct fake_region *region,
		     struct fake_decoder *endpoint);
void fake_port_detach(struct fake_port *port, struct fake_region *region,
		      struct fake_decoder *endpoint);
int fake_port_adopt(struct fake_port *port, struct fake_region *region,
		    struct fake_decoder *endpoint);
int fake_setup_targets(struct fake_region *region);
void fake_teardown_targets(struct fake_region *region);

/* The most targets that a switch decoder's register holds, CXL r3.1 8.2.4.20.10 */
#define FAKE_TARGETS_MAX 8

#define FAKE_DEPTH_MAX 16

/* The ports from the host bridge down to the one above @endpoint; returns their number. */
size_t fake_path_down(const struct fake_decoder *endpoint,
		      struct fake_port *path[static FAKE_DEPTH_MAX]);

/* fake-memory.c */
int fake_dax_adopt(struct fake_kernel *kernel, struct fake_region *region,
		   const struct topo_dax_device *topo);
void fake_dax_forget(struct fake_kernel *kernel, const struct fake_region *region);
bool fake_region_is_online(const struct fake_kernel *kernel, const struct fake_region *region);
int fake_dax_region_add(struct fake_kernel *kernel, struct fake_region *region);
void fake_dax_region_remove(struct fake_kernel *kernel, struct fake_region *region);
int fake_dax_set_driver(struct fake_kernel *kernel, struct fake_dax *dax, const char *driver);
int fake_dax_set_memory(struct fake_kernel *kernel, struct fake_dax *dax, const char *value);
const struct fake_dax *fake_stuck_in(const struct fake_kernel *kernel, hpa_t hpa, uint64_t size);
const char *fake_dax_memory(const struct fake_dax *dax);
int fake_block_set(struct fake_block *block, const char *state);
const char *fake_block_state(const struct fake_block *block);
