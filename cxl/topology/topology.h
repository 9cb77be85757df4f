/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host as a value: one snapshot of all CXL objects, dax devices, memory blocks and NUMA nodes
 * of the kernel. A snapshot is built whole (by topology-look.c from the running kernel, by
 * topology-json.c from a record or from the output of `cxl list -vvv`), never patched, compared by
 * topology-diff.c, and freed whole. Its arena and its arrays own all objects and texts. (Only the
 * planner's private copy, see cxl/plan/plan-draft.h, is changed.)
 *
 * Names are the kernel's (mem3, decoder0.1): a name identifies an object within one snapshot only.
 * The serial number of a memdev and its place (host, parent dport) outlive a reboot.
 *
 * Unknown is not zero: a fact that the source of the snapshot did not tell is TOPO_UNKNOWN,
 * TOPO_UNKNOWN_INT, NULL, or absent from topology.known.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/arena.h"
#include "util/array.h"

struct json_object;

typedef uint64_t hpa_t; /* host physical address */
typedef uint64_t dpa_t; /* device physical address */

#define TOPO_UNKNOWN	 UINT64_MAX
#define TOPO_UNKNOWN_INT (-1)

/* The specification's limit of targets of one HDM decoder, CXL r3.1 8.2.4.20.7, x16 */
#define TOPO_TARGETS_MAX 16

/* The unit of every allocation: HPA of a region per way, DPA of a decoder (SZ_256M in the kernel).
 */
#define TOPO_CAPACITY_UNIT (UINT64_C(256) << 20)

enum topo_port_kind {
	TOPO_PORT_ROOT,	       /* a bus: root0, the ACPI0017 device */
	TOPO_PORT_HOST_BRIDGE, /* depth 1: its uport is a host bridge, its dports are root ports */
	TOPO_PORT_SWITCH,   /* its uport is an upstream switch port, its dports downstream ones */
	TOPO_PORT_ENDPOINT, /* a memdev's own port */
};

/* The partition that DPA comes from, and the type of a region. */
enum topo_mode {
	TOPO_MODE_NONE,
	TOPO_MODE_RAM,
	TOPO_MODE_PMEM,
	TOPO_MODE_UNKNOWN, /* not told or not understood: no plan uses it */
};

/* How a window spreads addresses over its targets, CXL r3.1 9.18.1.3 CFMWS Interleave Arithmetic.
 */
enum topo_arithmetic {
	TOPO_ARITHMETIC_UNKNOWN,
	TOPO_ARITHMETIC_MODULO,
	TOPO_ARITHMETIC_XOR,
};

struct topo_dport {
	const char *name;  /* pci0000:0c, 0000:0d:00.0 */
	const char *alias; /* physical or firmware node (ACPI0016:00), or NULL */
	int id;		   /* port number, or the host bridge's UID at the root */
};

/*
 * The object of a document from which an object of the snapshot was read, with all keys and values,
 * also unknown ones; NULL in the snapshot of a running host. Shared, reference counted, immutable.
 */
struct topo_source {
	struct json_object *object;
	size_t place; /* among all objects of the document */
};

struct topo_decoder;
struct topo_memdev;
struct topo_region;
struct topo_dax_region;

struct topo_port {
	const char *name; /* root0, port1, endpoint3 */
	struct topo_source source;
	const char *host;     /* uport: ACPI0017:00, pci0000:0c, 0000:0d:00.0, mem0 */
	const char *provider; /* of a bus: ACPI.CXL, cxl_test; NULL elsewhere */
	enum topo_port_kind kind;
	int depth;		  /* 0 for the root */
	bool enabled;		  /* a driver is bound */
	int decoders_committed;	  /* TOPO_UNKNOWN_INT for a root */
	struct topo_port *parent; /* NULL for a root */
	/* Of a document that does not list every level: the nearest port that is listed above. */
	struct topo_port *above;
	bool implied;		  /* known only by the names of its decoders */
	const char *parent_dport; /* name of the parent's dport above this port, or NULL */
	ARRAY(struct topo_dport) dports;
	ARRAY(struct topo_decoder *) decoders; /* by index */
	struct topo_memdev *memdev;	       /* of an endpoint; NULL when the memdev vanished */
	size_t place;			       /* index in the ports of a finished topology */
};

struct topo_target {
	const char *dport; /* name of a dport of the decoder's port */
	const char *alias;
	int position;
	int id;
};

struct topo_decoder {
	const char *name; /* decoder0.0 */
	struct topo_source source;
	struct topo_port *port;
	int index;	/* the second number of its name: the allocation order */
	hpa_t resource; /* TOPO_UNKNOWN when not programmed or not readable */
	uint64_t size;	/* bytes of HPA, 0 when not programmed */
	int interleave_ways;
	int interleave_granularity; /* bytes, TOPO_UNKNOWN_INT where not told */
	bool locked;		    /* may not be changed until reset */
	struct topo_region *region; /* the region for which it decodes; NULL for root decoders */
	const char *region_name;    /* the name of that region, also of an unknown region */
	ARRAY(struct topo_target) targets; /* by position; none in endpoint decoders */
	int nr_targets;			   /* the length of target_list, as cxl list tells it */

	/* root decoders (windows, CXL r3.1 9.18.1.3 CFMWS) */
	bool pmem_capable, volatile_capable, accelmem_capable;
	int qos_class;				    /* QTG ID, TOPO_UNKNOWN_INT */
	enum topo_arithmetic interleave_arithmetic; /* known from firmware's CEDT only */
	uint64_t max_available_extent;		    /* as the kernel or libcxl computes it */
	const char *next_region; /* the name the kernel will give the next region, or NULL */

	/* endpoint decoders */
	enum topo_mode mode;
	const char *mode_text; /* of a mode that is not understood; NULL otherwise */
	dpa_t dpa_resource;    /* TOPO_UNKNOWN when none is allocated */
	uint64_t dpa_size;     /* 0 when none is allocated */
};

struct topo_memdev {
	const char *name; /* mem0 */
	struct topo_source source;
	struct topo_port *above; /* as that of a port; NULL when its endpoint is listed */
	const char *host;	 /* 0000:0f:00.0, cxl_mem.0 */
	/*
	 * The path of devices to the memdev, "pci0000:0c/0000:0c:00.0/0000:0d:00.0": its place,
	 * which a disabled memdev has as well; NULL when the source does not tell.
	 */
	const char *host_path;
	uint64_t serial;	      /* TOPO_UNKNOWN */
	int numa_node;		      /* of the PCI function, TOPO_UNKNOWN_INT */
	bool enabled;		      /* bound to cxl_mem: it has an endpoint */
	uint64_t ram_size, pmem_size; /* bytes of the partitions; RAM is at DPA 0, pmem follows */
	/* All partitions of dynamic capacity: a fabric manager decides how much may be used. */
	uint64_t dynamic_size;
	int ram_qos_class, pmem_qos_class;
	const char *firmware_version;
	struct topo_port *endpoint; /* NULL while disabled */
	/*
	 * The answers of the device's mailbox, in the form of `cxl list -H -I -A -F -L`:
	 * {"health": {...}, "partition_info": {...}, "alert_config": {...}, "firmware": {...},
	 * "media_errors": [...], "mailbox_error": why the last attempt failed}; NULL when the
	 * mailbox was never asked. Shared, reference counted, immutable.
	 */
	struct json_object *mailbox;
	uint64_t mailbox_time_ms; /* CLOCK_BOOTTIME of the answers, or TOPO_UNKNOWN */
};

struct topo_mapping {
	int position;
	struct topo_decoder *decoder; /* endpoint decoder, NULL when not enumerated */
	struct topo_memdev *memdev;   /* NULL when not enumerated */
	const char *decoder_name, *memdev_name;
};

struct topo_extent {
	hpa_t start;
	uint64_t size;
};

struct topo_extent_list {
	ARRAY(struct topo_extent) list;
};

struct topo_region {
	const char *name; /* region0 */
	struct topo_source source;
	struct topo_decoder *window; /* its root decoder; NULL in documents without it */
	struct topo_port *above;     /* its bus, in documents that tell only that */
	enum topo_mode type;
	const char *type_text; /* of a type that is not understood; NULL otherwise */
	const char *uuid;      /* of pmem regions, or NULL */
	hpa_t resource;
	uint64_t size;
	/*
	 * The part of @size that is DRAM, used as a cache of the memdevs in the second half (Linux
	 * 6.14, extended linear cache). Only firmware can set this up. 0: no cache.
	 */
	uint64_t linear_cache_size;
	uint64_t
		accepted_size; /* dynamic capacity: the sum of the extents that the host accepted */
	int interleave_ways;
	int interleave_granularity;
	bool committed; /* decode_state is commit */
	bool enabled;	/* bound to cxl_region */
	bool locked;	/* a decoder of the region is locked: firmware's, can't be torn down */
	bool qos_class_mismatch;
	ARRAY(struct topo_mapping) mappings; /* by position */
	struct topo_dax_region *dax_region;  /* NULL when there is none */
};

enum topo_zone {
	TOPO_ZONE_NONE,	  /* offline */
	TOPO_ZONE_KERNEL, /* Normal, DMA32...: may hold the kernel's own pages */
	TOPO_ZONE_MOVABLE,
	TOPO_ZONE_SEVERAL, /* the block spans zones: it can't be taken offline */
	TOPO_ZONE_UNKNOWN,
};

struct topo_memory_block {
	uint64_t index; /* N of memoryN: physical address / memory_block_size */
	int node;
	bool online;
	enum topo_zone zone; /* the zone of the block while online */
	bool removable;
};

enum topo_dax_driver {
	TOPO_DAX_NONE,
	TOPO_DAX_KMEM,	 /* "system-ram" */
	TOPO_DAX_DEVICE, /* device_dax, "devdax" */
	TOPO_DAX_OTHER,
};

struct topo_dax_device {
	const char *name; /* dax0.0 */
	uint64_t size, align;
	hpa_t resource; /* start of its first range */
	int target_node;
	enum topo_dax_driver driver;
	const char *mode_text; /* of TOPO_DAX_OTHER: its driver or mode as told, or NULL */
	const char *state;     /* the kmem `state` attribute, NULL where there is none */
	ARRAY(struct topo_memory_block) blocks; /* memory blocks in its ranges, ascending */
	/*
	 * Counts of blocks, which `cxl list` tells without the blocks: of all, of those that are
	 * online, and the zone of all blocks (UNKNOWN: several zones; NONE: one is offline).
	 */
	int block_count, online_block_count; /* TOPO_UNKNOWN_INT */
	enum topo_zone zone;
};

struct topo_dax_region {
	int id; /* N of daxN.M */
	uint64_t size, available_size, align;
	ARRAY(struct topo_dax_device) devices;
};

/* A namespace in a region of pmem, as ndctl(1) makes it. */
struct topo_namespace {
	const char *region; /* name of the CXL region */
	const char *name;   /* namespace0.0 */
	const char *device; /* pmem0, dax0.0; NULL when there is no device */
	const char *user;   /* its user, as "pmem0 is mounted on /srv"; NULL: no user is known */
};

struct topo_distance {
	int node, distance;
};

/* HMAT figures of access class 0 or 1, /sys/devices/system/node/nodeN/accessC/initiators */
struct topo_access {
	uint64_t read_bandwidth, write_bandwidth; /* MiB/s, TOPO_UNKNOWN */
	uint64_t read_latency, write_latency;	  /* ns, TOPO_UNKNOWN */
};

struct topo_node {
	int id;
	bool has_cpus;
	uint64_t memory_total, memory_free; /* bytes */
	ARRAY(struct topo_distance) distances;
	struct topo_access access[2];
};

/* The parts that the source of a snapshot told. A planner that needs another part refuses, and
 * names the part. */
enum topo_known {
	TOPO_KNOWN_CXL = 1 << 0,    /* ports, decoders, memdevs, regions */
	TOPO_KNOWN_DAX = 1 << 1,    /* dax devices with target node and driver */
	TOPO_KNOWN_BLOCKS = 1 << 2, /* memory blocks of dax devices, block size, policy */
	TOPO_KNOWN_NODES = 1 << 3,  /* NUMA nodes */
	TOPO_KNOWN_IDLE = 1 << 4,   /* what is disabled, and decoders that are free: always known,
				       unless a document lacks it */
	TOPO_KNOWN_DATA = 1 << 5,   /* the namespaces of pmem regions, and who uses them */
};

/* The arrays of cxl list for what hangs below nothing, in its order (topology-group.h). */
enum topo_group {
	TOPO_GROUP_DISABLED_MEMDEVS,
	TOPO_GROUP_BUSES,
	TOPO_GROUP_PORTS,
	TOPO_GROUP_ENDPOINTS,
	TOPO_GROUP_MEMDEVS,
	TOPO_GROUP_ROOT_DECODERS,
	TOPO_GROUP_PORT_DECODERS,
	TOPO_GROUP_ENDPOINT_DECODERS,
	TOPO_GROUP_REGIONS,
	TOPO_GROUP_NONE, /* the last: the number of groups */
};

/* An element of a document, in the place of an object, that is not an object of that kind. */
struct topo_stranger {
	enum topo_group group; /* in which it stands */
	struct json_object *value;
};

/* Why a part is not known: a fact that the document lacks. */
struct topo_lack {
	unsigned int parts; /* enum topo_known */
	const char *object; /* or NULL */
	const char *text;
};

struct topology {
	bool is_document;	    /* read from a file: the objects have sources */
	unsigned int known;	    /* enum topo_known */
	const char *kernel;	    /* uname -r, or NULL */
	uint64_t time_ms;	    /* CLOCK_BOOTTIME of the look, TOPO_UNKNOWN in records */
	uint64_t memory_block_size; /* bytes, TOPO_UNKNOWN */
	const char
		*auto_online_policy; /* memory/auto_online_blocks: "offline", "online_movable"... */

	/* Each array holds its kind in the order of the kernel's numbering. */
	ARRAY(struct topo_port *) ports;       /* every kind */
	ARRAY(struct topo_decoder *) decoders; /* every level */
	ARRAY(struct topo_memdev *) memdevs;
	ARRAY(struct topo_region *) regions;
	ARRAY(struct topo_dax_region *) dax_regions; /* those of CXL regions */
	ARRAY(struct topo_node) nodes;
	unsigned int lacking; /* enum topo_known: all parts of the lacks */
	ARRAY(struct topo_lack) lacks;
	ARRAY(struct topo_stranger) strangers;	 /* in the document's order */
	ARRAY(struct topo_namespace) namespaces; /* of regions of pmem, in no order */

	struct arena arena;
};

/** topology_new() - an empty snapshot, to be filled by its builder; NULL when there is no memory */
struct topology *topology_new(void);

/** topology_free() - frees the snapshot and everything in it; accepts NULL */
struct topology *topology_free(struct topology *topology);

static inline void cleanup_topology(struct topology **topology)
{
	(void)topology_free(*topology);
}

#define _cleanup_topology_ __attribute__((cleanup(cleanup_topology)))

/*
 * Builders: each adds one object with the arena's memory and every field unknown, links it to its
 * parent's arrays, and returns it, or NULL when there is no memory. @name is copied.
 */
struct topo_port *topology_add_port(struct topology *topology, enum topo_port_kind kind,
				    const char *name, struct topo_port *parent);
struct topo_decoder *topology_add_decoder(struct topology *topology, struct topo_port *port,
					  const char *name);
struct topo_memdev *topology_add_memdev(struct topology *topology, const char *name);
struct topo_region *topology_add_region(struct topology *topology, struct topo_decoder *window,
					const char *name);
struct topo_dax_region *topology_add_dax_region(struct topology *topology,
						struct topo_region *region);

/** TOPO_DAX_DEVICE_NULL - a dax device of which nothing is known, to be filled and appended */
#define TOPO_DAX_DEVICE_NULL                                                                       \
	((struct topo_dax_device){ .size = TOPO_UNKNOWN,                                           \
				   .align = TOPO_UNKNOWN,                                          \
				   .resource = TOPO_UNKNOWN,                                       \
				   .target_node = TOPO_UNKNOWN_INT,                                \
				   .block_count = TOPO_UNKNOWN_INT,                                \
				   .online_block_count = TOPO_UNKNOWN_INT })

#define TOPO_ACCESS_NULL                                                                           \
	{ .read_bandwidth = TOPO_UNKNOWN,                                                          \
	  .write_bandwidth = TOPO_UNKNOWN,                                                         \
	  .read_latency = TOPO_UNKNOWN,                                                            \
	  .write_latency = TOPO_UNKNOWN }

/** TOPO_NODE_NULL - a NUMA node of which nothing is known, to be filled and appended */
#define TOPO_NODE_NULL                                                                             \
	((struct topo_node){ .id = TOPO_UNKNOWN_INT,                                               \
			     .memory_total = TOPO_UNKNOWN,                                         \
			     .memory_free = TOPO_UNKNOWN,                                          \
			     .access = { TOPO_ACCESS_NULL, TOPO_ACCESS_NULL } })

/**
 * topology_finish() - sorts every array by the kernel's numbering, resolves names to pointers
 *	(decoder to region, mapping to decoder and memdev, endpoint to memdev) and counts blocks
 *
 * Called once by the builder when everything is added.
 */
void topology_finish(struct topology *topology);

/* Look-ups by the kernel's name; NULL when there is none. */
struct topo_port *topology_port(const struct topology *topology, const char *name);
struct topo_decoder *topology_decoder(const struct topology *topology, const char *name);
struct topo_memdev *topology_memdev(const struct topology *topology, const char *name);
struct topo_region *topology_region(const struct topology *topology, const char *name);

/**
 * topology_find_memdev() - the memdev that a user names
 * @ident: name ("mem0"), number ("0"), PCI address ("0000:0f:00.0") or serial ("serial:0x1234")
 *
 * Return: the memdev, or NULL when there is none or when several have that serial number (emulated
 * and early devices all say 0).
 */
struct topo_memdev *topology_find_memdev(const struct topology *topology, const char *ident);

/** topology_count_memdevs() - how many memdevs have the serial number of @ident, "serial:0x1234" */
int topology_count_memdevs(const struct topology *topology, const char *ident);

/**
 * topo_name_compare() - the order of the kernel's numbering: mem2 before mem10, decoder0.1 before
 *	decoder1.0; total for any two texts
 */
int topo_name_compare(const char *a, const char *b);

/** topo_name_number() - the first number in a name: 5 of region5, 0 of a name without a number */
uint64_t topo_name_number(const char *name);

/** topology_root_of() - the bus above @port, or @port if it is a bus */
struct topo_port *topology_root_of(const struct topo_port *port);

/**
 * topology_is_target() - does a window's target lead to @port, a child of the window's root?
 *
 * The name of a target is that of the root's dport above a host bridge, or that of the bridge
 * itself.
 */
bool topology_is_target(const struct topo_target *target, const struct topo_port *port);

/** topology_host_bridge_of() - the depth-1 port above @port, or NULL above a root */
struct topo_port *topology_host_bridge_of(const struct topo_port *port);

const char *topo_mode_name(enum topo_mode mode);      /* "none" "ram" "pmem" "unknown" */
enum topo_mode topo_mode_from_name(const char *name); /* TOPO_MODE_UNKNOWN for others */
const char *topo_arithmetic_name(enum topo_arithmetic arithmetic); /* "modulo" "xor" "unknown" */
const char *topo_zone_name(enum topo_zone zone); /* "movable" "kernel" "none" "several" "unknown" */
const char *topo_dax_mode_name(enum topo_dax_driver driver); /* daxctl's "system-ram" "devdax" */

/* The name of a mode that is understood, else the text that was read. */
const char *topo_decoder_mode(const struct topo_decoder *decoder);
const char *topo_region_type(const struct topo_region *region);
const char *topo_dax_mode(const struct topo_dax_device *device);

/**
 * topo_region_unknown_kind() - the text of a type that is not understood
 *
 * Return: the text of the region's type, else the text of the type of a member's capacity; NULL for
 * a region of RAM or pmem, and when neither text is known.
 */
const char *topo_region_unknown_kind(const struct topo_region *region);
