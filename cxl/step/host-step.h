/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kinds of steps on this host, each with the attribute that it writes
 * (Documentation/ABI/testing/sysfs-bus-cxl, sysfs-bus-dax, sysfs-devices-memory). "" means "none".
 *
 * step-sysfs.c performs steps on the kernel, test/lib/fake-kernel.c on a model of the kernel.
 *
 * Every kind here leaves a trace (the attribute shows the step done), is undone by a reboot, takes
 * effect before its worker can die, and has its users guarded by the helper. So no kind has
 * STEP_NO_TRACE, STEP_LASTING, late_ms or is_unused: test/lib/lamp.h has kinds with these.
 */
#pragma once

#include "change/step.h"

enum host_step {
	HOST_REGION,		 /* regionN: "", "ram@decoderX.Y", "pmem@decoderX.Y"
				  * decoderX.Y/create_{ram,pmem}_region, delete_region */
	HOST_REGION_GRANULARITY, /* regionN: bytes; interleave_granularity */
	HOST_REGION_WAYS,	 /* regionN: count; interleave_ways */
	HOST_REGION_UUID,	 /* regionN: "" (the kernel's null UUID), UUID; uuid */
	HOST_REGION_SIZE,	 /* regionN: bytes, "0"; size */
	HOST_REGION_TARGET,	 /* regionN/targetM: "", decoderX.Y */
	HOST_REGION_COMMIT,	 /* regionN: "0", "1"; commit */
	HOST_REGION_COMMIT_ANEW, /* regionN: "0", "1"; commit, where a reset is taken back: targets
				  * may have come and gone before in any order and number, and all
				  * targets take their places anew before the commit */
	HOST_REGION_DRIVER,	 /* regionN: "", "cxl_region"; drivers/cxl_region/{bind,unbind} */
	HOST_DECODER_MODE,	 /* decoderX.Y: "none", "ram", "pmem"; mode */
	HOST_DECODER_DPA,	 /* decoderX.Y: bytes, "0"; dpa_size */
	HOST_AUTO_ONLINE,	 /* "memory": offline, online, online_kernel, online_movable;
				  * /sys/devices/system/memory/auto_online_blocks */
	HOST_DAX_DRIVER,	 /* daxN.M: "", "kmem", "device_dax"; drivers of the dax bus */
	HOST_DAX_MEMORY, /* daxN.M: "unplugged", "offline", "online_kernel", "online_movable":
			  * all its memory blocks; "": nothing online, or no kmem at all;
			  * "mixed" is only ever read. `state` of kernel 7.3 where it fits,
			  * memoryN/state otherwise */
	HOST_DAX_GUARD,	 /* daxN.M: "" as above: binding a region may bring its memory online, as
			  * the kernel's policy says, without a step of ours. So the memory goes
			  * offline before the binding is taken back */
	HOST_BLOCK,	 /* memoryN of regionN: "offline", "online_kernel", "online_movable";
			  * state and valid_zones */
	HOST_STEP_COUNT,
};

/* The privileged helper of this host: daemon/helper/helper-performer.h. */
#define HOST_PERFORMER "helper"

/*
 * One change of CXL memory at a time: decoders and DPA are stacks, and each worker that changes the
 * host holds one lock (daemon/helper/host-lock.h).
 */
#define HOST_LANE "host"

/* The forms of values. "" is a value only where the form says so. */
enum host_value_form {
	VALUE_WORD,    /* one of the kind's words */
	VALUE_NUMBER,  /* 64 bits, decimal, without leading zeros */
	VALUE_COUNT,   /* VALUE_NUMBER up to INT_MAX */
	VALUE_UUID,    /* "" or a UUID that is not null */
	VALUE_DECODER, /* "" or decoderX.Y */
	VALUE_REGION,  /* "", ram@decoderX.Y or pmem@decoderX.Y */
};

/* The forms of names: a prefix, and behind it ... */
enum host_name_form {
	NAME_FIXED,    /* nothing */
	NAME_NUMBERED, /* a number */
	NAME_DOTTED,   /* number, dot, number */
	NAME_TARGET,   /* number, "/target", a position */
};

struct host_form {
	const char *prefix;
	enum host_name_form name;
	enum host_value_form value;
	const char *of; /* the prefix of the name in the step's `of`; NULL: `of` is empty */
	const char *const *words; /* ended by NULL; for VALUE_WORD */
};

/*
 * A kind of step on this host. A kind whose steps write one attribute of a device of the CXL bus is
 * this struct, in a file of its own or here, and a row of the list in host-step.c; a kind whose
 * steps do more has a row of the list in step-sysfs.c as well, which only the helper links.
 */
struct host_kind {
	struct step_kind step; /* first: what change/ asks */
	struct host_form form; /* for host_step_is_well_formed() */
	/*
	 * The attribute below the object's folder in bus/cxl/devices that shows the value, and is
	 * written. Of an object that is not there, a number is 0 and another value the first that
	 * means "not there"; without such a value the step fails. NULL: step-sysfs.c has the kind's
	 * functions.
	 */
	const char *attribute;
};

extern const struct host_kind host_kinds[HOST_STEP_COUNT];

/* The kinds of this host. */
extern const struct step_registry host_steps;

#define STEP_REGION		(&host_kinds[HOST_REGION].step)
#define STEP_REGION_GRANULARITY (&host_kinds[HOST_REGION_GRANULARITY].step)
#define STEP_REGION_WAYS	(&host_kinds[HOST_REGION_WAYS].step)
#define STEP_REGION_UUID	(&host_kinds[HOST_REGION_UUID].step)
#define STEP_REGION_SIZE	(&host_kinds[HOST_REGION_SIZE].step)
#define STEP_REGION_TARGET	(&host_kinds[HOST_REGION_TARGET].step)
#define STEP_REGION_COMMIT	(&host_kinds[HOST_REGION_COMMIT].step)
#define STEP_REGION_COMMIT_ANEW (&host_kinds[HOST_REGION_COMMIT_ANEW].step)
#define STEP_REGION_DRIVER	(&host_kinds[HOST_REGION_DRIVER].step)
#define STEP_DECODER_MODE	(&host_kinds[HOST_DECODER_MODE].step)
#define STEP_DECODER_DPA	(&host_kinds[HOST_DECODER_DPA].step)
#define STEP_AUTO_ONLINE	(&host_kinds[HOST_AUTO_ONLINE].step)
#define STEP_DAX_DRIVER		(&host_kinds[HOST_DAX_DRIVER].step)
#define STEP_DAX_MEMORY		(&host_kinds[HOST_DAX_MEMORY].step)
#define STEP_DAX_GUARD		(&host_kinds[HOST_DAX_GUARD].step)
#define STEP_BLOCK		(&host_kinds[HOST_BLOCK].step)

/** host_step_of() - the kind of a step; HOST_STEP_COUNT for a step of any other kind */
enum host_step host_step_of(const struct step *step);

/** host_kind_of() - the kind of a step that is of a kind in `host_steps` */
const struct host_kind *host_kind_of(const struct step *step);

/** host_step_is_well_formed() - whether a step has the form of its kind; for struct step_kind */
bool host_step_is_well_formed(const struct step *step);

/**
 * host_step_attribute() - the kind that stands for the attribute which a step reads and writes
 *
 * Several kinds can have one attribute, and differ only in how they are performed or taken back. A
 * question about the attribute asks this kind.
 */
const struct step_kind *host_step_attribute(const struct step *step);

/** host_step_position() - of a STEP_REGION_TARGET: the position in its region, "regionN/targetM" */
int host_step_position(const struct step *step);

/* "regionN/targetM" */
#define HOST_TARGET_NAME_MAX 40

/** host_step_target_name() - the object of a STEP_REGION_TARGET */
void host_step_target_name(const char *region, int position,
			   char name[static HOST_TARGET_NAME_MAX]);
