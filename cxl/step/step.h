/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A step: one property of one kernel object goes from one value to another. Its inverse is the same
 * step with the values swapped. Every effect that cxlfm has on a host is such a step, whatever the
 * verb: a plan is a list of them, the helper performs one at a time and reads it back, the executor
 * undoes them in reverse, and recovery compares the kernel's value with `from` and `to`.
 *
 * Pure: the effect is in step-sysfs.c (the kernel) and test/lib/fake-kernel.c (the model of it).
 *
 * Performing a step is idempotent and safe against others' hands:
 *	value == to	nothing to do
 *	value == from	write, read back
 *	anything else	-ESTALE: somebody changed it; nothing is written
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "util/arena.h"
#include "util/array.h"

struct json_object;

/*
 * The properties, with the kernel attribute behind each (Documentation/ABI/testing/sysfs-bus-cxl,
 * sysfs-bus-dax, sysfs-devices-memory). Values are texts as listed; "" is "none".
 */
enum step_property {
	STEP_REGION,		 /* regionN: "", "ram@decoderX.Y", "pmem@decoderX.Y"
				  * decoderX.Y/create_{ram,pmem}_region, delete_region */
	STEP_REGION_GRANULARITY, /* regionN: bytes; interleave_granularity */
	STEP_REGION_WAYS,	 /* regionN: count; interleave_ways */
	STEP_REGION_UUID,	 /* regionN: "" (the kernel's null UUID), UUID; uuid */
	STEP_REGION_SIZE,	 /* regionN: bytes, "0"; size */
	STEP_REGION_TARGET,	 /* regionN[index]: "", decoderX.Y; target<index> */
	STEP_REGION_COMMIT,	 /* regionN: "0", "1"; commit */
	STEP_REGION_DRIVER,	 /* regionN: "", "cxl_region"; drivers/cxl_region/{bind,unbind} */
	STEP_DECODER_MODE,	 /* decoderX.Y: "none", "ram", "pmem"; mode */
	STEP_DECODER_DPA,	 /* decoderX.Y: bytes, "0"; dpa_size */
	STEP_AUTO_ONLINE,	 /* "memory": offline, online, online_kernel, online_movable;
				  * /sys/devices/system/memory/auto_online_blocks */
	STEP_DAX_DRIVER,	 /* daxN.M: "", "kmem", "device_dax"; drivers of the dax bus */
	STEP_DAX_MEMORY, /* daxN.M: "unplugged", "offline", "online_kernel", "online_movable":
			  * all its memory blocks; "": nothing online, or no kmem at all;
			  * "mixed" is only ever read. `state` of kernel 7.3 where it fits,
			  * memoryN/state otherwise */
	STEP_BLOCK,	 /* memoryN: "offline", "online_kernel", "online_movable"; state and
			  * valid_zones */
	STEP_PROPERTY_COUNT,
};

/*
 * The index of a STEP_REGION_COMMIT that takes a reset back: targets may have come and gone in any
 * order and number before it, and take their places anew first.
 */
#define STEP_COMMIT_ANEW 1

struct step {
	enum step_property property;
	const char *object; /* the kernel's name */
	/*
	 * Of STEP_REGION_TARGET its position; STEP_COMMIT_ANEW; of STEP_BLOCK the number of the
	 * region that it has to be in still; 0 elsewhere.
	 */
	int index;
	const char *from, *to;
};

struct step_list {
	ARRAY(struct step) list;
};

/** step_property_name() - the stable name: "region-target" */
const char *step_property_name(enum step_property property);

/**
 * step_has_inverse() - whether undoing @step is an effect of its own
 *
 * A few attributes cannot be set back (a region's ways, granularity and UUID end with the region,
 * a decoder's mode is without effect once its DPA is freed); their steps have no inverse and the
 * inverse of an earlier step covers them.
 *
 * A step with equal values is an expectation: it only proves that nobody changed the value. The
 * steps that remove a region have some right before the deletion: another region of that name,
 * which somebody has just made, differs in them.
 */
bool step_has_inverse(const struct step *step);

/** step_inverse() - the step that takes @step back; its texts are @step's own */
struct step step_inverse(const struct step *step);

/**
 * step_check() - whether a step is well-formed: names and values of the forms listed above
 *
 * What the helper demands of a step before it touches anything: an object's name can then never
 * lead out of its sysfs directory.
 *
 * Return: 0 or -EINVAL.
 */
int step_check(const struct step *step);

/** step_list_check() - the first of @steps that is not well-formed, or NULL: none of them is begun
 */
const struct step *step_list_check(const struct step_list *steps);

/** step_to_json() - {"property", "object", "index", "from", "to"}; NULL when there is no memory */
struct json_object *step_to_json(const struct step *step);

/**
 * step_from_json() - reads what step_to_json() made; the texts are copied to @arena
 *
 * Return: 0; -EINVAL for anything malformed, including what step_check() refuses; -ENOMEM.
 */
int step_from_json(struct json_object *object, struct arena *arena, struct step *ret_step);

/** step_describe() - one line for people: "region0: size 0 -> 512M"; in @arena */
const char *step_describe(const struct step *step, struct arena *arena);

/** step_to_described_json() - step_to_json() with a member "text" for people, as the API shows
 * steps */
struct json_object *step_to_described_json(const struct step *step);

/** step_append() - appends a step whose texts are copied to @arena; 0 or -ENOMEM */
int step_append(struct step_list *steps, struct arena *arena, enum step_property property,
		const char *object, int index, const char *from, const char *to);
