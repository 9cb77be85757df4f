// SPDX-License-Identifier: GPL-2.0-only
/*
 * The meaning of the kernel's refusals. Pure: a table made from the kernel's sources, whose
 * functions are named in it, and a function that fills in the names.
 */
#include "cxl/step/step-explain.h"

#include <errno.h>
#include <string.h>

#include "util/cleanup.h"

/* The direction of a step, where an errno has two meanings. */
enum direction {
	EITHER,
	MAKES, /* to something */
	ENDS,  /* to nothing: "", "0", "offline", "unplugged" */
};

struct explanation {
	const struct step_kind *kind; /* NULL for all */
	enum direction direction;
	int error;
	const char *code;
	const char *text; /* the names in braces are filled in */
	const char *hint;
};

#define STUCK_HINT "take its memory offline first, with `cxlfm offline-memory region:{object}`"
/* Of data in namespaces, and of memory whose dax device a program has. */
#define IN_USE "{object} is in use: {seen}"
#define DATA_HINT                                                                                  \
	"end that use first (umount, swapoff, stop the program, or no longer export the device)"

/* The first explanation that fits the step is used. */
static const struct explanation explanations[] = {
	{ NULL, EITHER, -ESTALE, "changed-meanwhile",
	  "somebody else changed {object} meanwhile: its value is {seen}, not {from}",
	  "look at the object, and try again" },
	{ NULL, EITHER, -EUSERS, "host-locked",
	  "{seen} is changing CXL memory and did not end in time",
	  "wait until it has ended, and try again" },
	{ NULL, EITHER, -ENOLCK, "no-lock",
	  "the helper can't take its lock, /run/cxlfm-helper/lock", "see the log of cxlfmd" },
	{ NULL, EITHER, -EPIPE, "helper-lost", "the helper died while it changed {object}",
	  "see the log of cxlfmd" },
	{ NULL, EITHER, -ECANCELED, "cancelled", "the change was cancelled", NULL },
	{ NULL, EITHER, -ENOMEM, "no-memory", "there was no memory for the change of {object}",
	  NULL },
	/*
	 * No attribute of sysfs returns these errors: cxlfmd, the helper or the host has run out of
	 * files.
	 */
	{ NULL, EITHER, -EMFILE, "no-descriptors",
	  "cxlfmd or its helper has too many files open, and had none left for the change of "
	  "{object}",
	  "give cxlfmd more (LimitNOFILE= of its unit), and try again" },
	{ NULL, EITHER, -ENFILE, "no-descriptors",
	  "too many files are open on this host: there was none left for the change of {object}",
	  "raise the kernel's limit (sysctl fs.file-max), and try again" },

	/* create_region_store(), delete_region_store() */
	{ STEP_REGION, MAKES, -EBUSY, "name-taken",
	  "the kernel does not offer the name {object} any more: somebody else made a region",
	  "try again" },
	{ STEP_REGION, MAKES, -ENOENT, "window-capability",
	  "the window of {to} is gone or takes no regions of this type", NULL },
	{ STEP_REGION, ENDS, -EBUSY, "memory-online",
	  "memory of {object} is online: it would be stuck until reboot", STUCK_HINT },
	{ STEP_REGION, ENDS, -EADDRINUSE, "pmem-in-use", IN_USE, DATA_HINT },

	/* set_interleave_ways(), set_interleave_granularity(), uuid_store() */
	{ STEP_REGION_WAYS, EITHER, -EINVAL, "ways",
	  "the window of {object} does not allow {to} ways", NULL },
	{ STEP_REGION_GRANULARITY, EITHER, -EINVAL, "granularity",
	  "the window of {object} does not allow a granularity of {to}", NULL },
	{ STEP_REGION_UUID, EITHER, -EBUSY, "uuid-taken", "another region has the UUID {to}",
	  "choose another UUID" },

	/* alloc_hpa(), free_hpa() */
	{ STEP_REGION_SIZE, MAKES, -ERANGE, "window-full",
	  "the window of {object} has no free range of {to} bytes",
	  "remove a region of this window, or ask for less" },
	{ STEP_REGION_SIZE, MAKES, -EINVAL, "size-alignment",
	  "{to} bytes are not a multiple of 256 MiB times the ways of {object}", NULL },
	{ STEP_REGION_SIZE, ENDS, -EBUSY, "region-active",
	  "{object} still has its memdevs: its address range cannot be freed", NULL },

	/* cxl_region_attach() and what it calls */
	{ STEP_REGION_TARGET, MAKES, -EBUSY, "decoder-busy",
	  "{to} cannot serve {object}: a port on the way has no free decoder, or decodes a region "
	  "at a higher address",
	  "remove the regions that were made later" },
	{ STEP_REGION_TARGET, MAKES, -ENXIO, "target-order",
	  "{to} cannot be at this position of {object}", NULL },
	{ STEP_REGION_TARGET, MAKES, -EINVAL, "target-mismatch",
	  "{to} does not fit {object}: its size or type is another one, or a port would have a "
	  "number of targets that is not a power of two",
	  NULL },
	{ STEP_REGION_TARGET, MAKES, -ENODEV, "memdev-gone", "{to} is not there any more",
	  "is the device still plugged in?" },
	{ STEP_REGION_TARGET, ENDS, -EBUSY, "memory-online",
	  "memory of {object} is online: it would be stuck until reboot", STUCK_HINT },
	{ STEP_REGION_TARGET, ENDS, -EADDRINUSE, "pmem-in-use", IN_USE, DATA_HINT },

	/* commit_store(), cxl_region_invalidate_memregion(), cxl_decoder_commit() */
	{ STEP_REGION_COMMIT, MAKES, -ENXIO, "cache-flush",
	  "the kernel cannot flush the CPUs' caches, which it must before {object} is decoded "
	  "(\"Failed to synchronize CPU cache state\")",
	  "in a virtual machine hide the hypervisor from the guest (QEMU: -cpu ...,-hypervisor)" },
	{ STEP_REGION_COMMIT, MAKES, -EBUSY, "commit-order",
	  "a decoder of {object} cannot be committed: an earlier decoder is not committed", NULL },
	{ STEP_REGION_COMMIT, MAKES, -EIO, "commit-error",
	  "a device reported an error when {object} was committed",
	  "see the kernel's log and the health of its memdevs" },
	{ STEP_REGION_COMMIT, MAKES, -ETIMEDOUT, "commit-error",
	  "a device did not answer when {object} was committed",
	  "see the kernel's log and the health of its memdevs" },
	{ STEP_REGION_COMMIT, ENDS, -EPERM, "region-locked",
	  "firmware locked the decoders of {object} until the next reset",
	  "change it in the firmware's setup" },
	{ STEP_REGION_COMMIT, ENDS, -EBUSY, "memory-online",
	  "memory of {object} is online: it would be stuck until reboot", STUCK_HINT },
	{ STEP_REGION_COMMIT, ENDS, -EADDRINUSE, "pmem-in-use", IN_USE, DATA_HINT },

	/* cxl_region_probe(), bind_store() */
	{ STEP_REGION_DRIVER, MAKES, -ENODEV, "driver-missing",
	  "the kernel has no driver for CXL regions", "is CONFIG_CXL_REGION set?" },
	{ STEP_REGION_DRIVER, MAKES, -ENXIO, "region-uncommitted", "{object} is not committed",
	  NULL },
	{ STEP_REGION_DRIVER, ENDS, -EBUSY, "memory-online",
	  "memory of {object} is online: it would be stuck until reboot", STUCK_HINT },
	{ STEP_REGION_DRIVER, ENDS, -EADDRINUSE, "pmem-in-use", IN_USE, DATA_HINT },

	/* dpa_size_store(), cxl_dpa_set_part() */
	{ STEP_DECODER_MODE, EITHER, -EINVAL, "partition-missing",
	  "the memdev of {object} has no {to} capacity", NULL },
	{ STEP_DECODER_MODE, EITHER, -EBUSY, "decoder-busy", "{object} is in use", NULL },
	{ STEP_DECODER_DPA, MAKES, -ENOSPC, "memdev-full",
	  "the memdev of {object} has no {to} bytes left behind what is in use", NULL },
	{ STEP_DECODER_DPA, MAKES, -EINVAL, "size-alignment",
	  "{to} bytes are not a multiple of 256 MiB", NULL },
	{ STEP_DECODER_DPA, MAKES, -EBUSY, "decoder-busy",
	  "{object} is in use, or not the next one of its memdev", NULL },
	{ STEP_DECODER_DPA, ENDS, -EBUSY, "decoder-busy",
	  "{object} is in use, or not the last one of its memdev",
	  "free the decoders of this memdev in reverse order" },

	/* dev_dax_kmem_probe(), the dax bus, and what step-sysfs-memory.c refuses */
	{ STEP_DAX_DRIVER, MAKES, -ENODEV, "driver-missing", "the kernel has no driver {to}",
	  "`modprobe {to}`, and try again" },
	{ STEP_DAX_DRIVER, MAKES, -ETIMEDOUT, "dax-missing",
	  "the kernel did not make {object} in time", "`modprobe dax_cxl`, and try again" },
	{ STEP_DAX_DRIVER, MAKES, -EINVAL, "memory-block",
	  "kmem rejects {object}: it has no NUMA node or holds no whole memory block", NULL },
	{ STEP_DAX_DRIVER, EITHER, -EADDRINUSE, "dax-in-use", IN_USE, "stop the program" },
	{ STEP_DAX_DRIVER, EITHER, -EBUSY, "memory-online",
	  "memory of {object} is online: it would be stuck until reboot", STUCK_HINT },

	/* offline_pages(), state_store() of kmem and of memory blocks */
	{ STEP_BLOCK, ENDS, -EBUSY, "memory-busy",
	  "memory block {object} (zone {zone}) holds pages that cannot move",
	  "stop the programs that use them, or reboot; online memory in the movable zone to be "
	  "able to remove "
	  "it" },
	{ STEP_BLOCK, ENDS, -ETIMEDOUT, "memory-timeout",
	  "memory block {object} (zone {zone}) did not go offline in time",
	  "give it more time, or stop what uses its pages" },
	{ STEP_BLOCK, MAKES, -EBUSY, "memory-zone", "memory block {object} is online as {seen}",
	  NULL },
	{ STEP_BLOCK, EITHER, -ENOENT, "memory-gone", "memory block {object} is not there any more",
	  NULL },
	{ STEP_DAX_MEMORY, ENDS, -EBUSY, "memory-busy",
	  "memory of {object} (zone {zone}) holds pages that cannot move",
	  "stop the programs that use them, or reboot; online memory in the movable zone to be "
	  "able to remove "
	  "it" },
	{ STEP_DAX_MEMORY, ENDS, -ETIMEDOUT, "memory-timeout",
	  "memory of {object} (zone {zone}) did not go offline in time",
	  "give it more time, or stop what uses its pages" },
	{ STEP_DAX_MEMORY, MAKES, -EBUSY, "memory-zone",
	  "memory of {object} is online already, as {seen}", "take it offline first" },
	{ STEP_DAX_MEMORY, EITHER, -EOPNOTSUPP, "kernel-too-old",
	  "this kernel cannot take memory of {object} away while kmem has it", NULL },

	{ STEP_DAX_DRIVER, EITHER, -EPERM, "permission", "{object} does not belong to a CXL region",
	  NULL },
	{ STEP_DAX_MEMORY, EITHER, -EPERM, "permission", "{object} does not belong to a CXL region",
	  NULL },
	{ STEP_AUTO_ONLINE, EITHER, -EPERM, "permission",
	  "auto_online_blocks may not be changed: no CXL region has memory to bring online", NULL },

	{ NULL, EITHER, -ETIMEDOUT, "timeout", "{object} did not change in time",
	  "see the kernel's log" },
	{ NULL, EITHER, -ENOENT, "object-gone", "{object} is not there any more",
	  "is the device still plugged in?" },
	{ NULL, EITHER, -EACCES, "permission", "{object} may not be changed", NULL },
	{ NULL, EITHER, -EPERM, "permission", "{object} may not be changed", NULL },
	{ NULL, EITHER, -EIO, "not-effective",
	  "the kernel accepted the write, but {object} did not change", "see the kernel's log" },
};

static enum direction direction_of(const struct step *step)
{
	static const char *const nothing[] = { "", "0", "offline", "unplugged" };

	for (size_t i = 0; i < ARRAY_SIZE(nothing); i++)
		if (strcmp(step->to, nothing[i]) == 0)
			return ENDS;
	return MAKES;
}

static const struct explanation *find(const struct step *step, int error)
{
	const struct step_kind *kind = host_step_attribute(step);
	enum direction direction = direction_of(step);

	for (size_t i = 0; i < ARRAY_SIZE(explanations); i++) {
		const struct explanation *explanation = &explanations[i];

		if (explanation->error == error &&
		    (!explanation->kind || explanation->kind == kind) &&
		    (explanation->direction == EITHER || explanation->direction == direction))
			return explanation;
	}
	return NULL;
}

static const char *zone_of(const char *seen)
{
	if (!seen)
		return "unknown";
	if (strcmp(seen, "online_kernel") == 0)
		return "Normal";
	return strcmp(seen, "online_movable") == 0 ? "Movable" : seen;
}

static const char *or_none(const char *value)
{
	if (!value)
		return "unknown";
	return *value ? value : "none";
}

/* The text for {name}. */
static const char *value_of(const char *name, size_t length, const struct step *step,
			    const char *seen)
{
	const struct {
		const char *name, *value;
	} values[] = {
		{ "object", step->object },  { "from", or_none(step->from) },
		{ "to", or_none(step->to) }, { "seen", or_none(seen) },
		{ "zone", zone_of(seen) },
	};

	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		if (strlen(values[i].name) == length && memcmp(values[i].name, name, length) == 0)
			return values[i].value;
	return "";
}

/* Fills in the {names} of @text. Returns NULL without a @text, or without memory. */
static const char *fill_in(const char *text, const struct step *step, const char *seen,
			   struct arena *arena)
{
	const char *filled = text ? "" : NULL;

	while (text && *text && filled) {
		size_t length = strcspn(text, "{");
		const char *end = strchr(text, '}');

		if (text[length] == '\0' || !end)
			return arena_printf(arena, "%s%s", filled, text);
		filled = arena_printf(
			arena, "%s%.*s%s", filled, (int)length, text,
			value_of(text + length + 1, (size_t)(end - text) - length - 1, step, seen));
		text = end + 1;
	}
	return filled;
}

int step_explain(const struct step *step, int error, const char *seen,
		 struct refusal_list *refusals)
{
	const struct explanation *explanation = find(step, error);
	struct step named = *step;
	const char *text, *hint;

	/* People know the region of "regionN/targetM". */
	named.object = arena_printf(&refusals->arena, "%.*s", (int)strcspn(step->object, "/"),
				    step->object);
	if (!named.object)
		return -ENOMEM;
	if (!explanation) {
		text = step_describe(step, &refusals->arena);
		if (!text)
			return -ENOMEM;
		return refusal_add(refusals, "kernel-refused", named.object, "see the kernel's log",
				   "%s failed: %s", text, strerror(-error));
	}
	text = fill_in(explanation->text, &named, seen, &refusals->arena);
	hint = fill_in(explanation->hint, &named, seen, &refusals->arena);
	if (!text || (explanation->hint && !hint))
		return -ENOMEM;
	return refusal_add(refusals, explanation->code, named.object, hint, "%s", text);
}
