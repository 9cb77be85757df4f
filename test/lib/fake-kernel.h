/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A model of what the Linux 7.3 kernel does with the attributes that steps write: CXL regions and
 * decoders (drivers/cxl/core/region.c, hdm.c), dax devices (drivers/dax), memory blocks. It goes
 * one write at a time as the kernel does, keeps the state that the kernel keeps, and answers with
 * the kernel's errnos, quirks included: it is the oracle for the planner and the executor and
 * shares no code with either.
 *
 * Not modelled: restricted CXL hosts (RCD), regions found by auto-discovery beyond their being
 * there, extended linear caches, poison, the time anything takes. Every port is taken to have all
 * interleave capabilities of the specification.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "change/step-perform.h"
#include "cxl/step/host-step.h"
#include "cxl/topology/topology.h"

struct fake_kernel;

/* What happens to a write that was chosen to fail. */
enum fake_failure {
	FAKE_FAIL_BEFORE,   /* answers the errno, no effect */
	FAKE_FAIL_AFTER,    /* answers the errno, but the effect is there */
	FAKE_SILENT_BEFORE, /* whoever wrote dies before the effect: the answer must not be used */
	FAKE_SILENT_AFTER,  /* the same after the effect */
};

/**
 * fake_kernel_new() - a kernel in the state that a snapshot shows
 * @start: outlives the kernel; its decoders, regions and dax devices are taken over
 *
 * Return: the kernel; NULL when there is no memory.
 */
struct fake_kernel *fake_kernel_new(const struct topology *start);

/** fake_kernel_free() - frees the kernel; accepts NULL; returns NULL */
struct fake_kernel *fake_kernel_free(struct fake_kernel *kernel);

static inline void cleanup_fake_kernel(struct fake_kernel **kernel)
{
	(void)fake_kernel_free(*kernel);
}

#define _cleanup_fake_kernel_ __attribute__((cleanup(cleanup_fake_kernel)))

/* The seam's functions; the context is the kernel. Neither takes any time. */
extern const struct step_ops fake_kernel_ops;

/**
 * fake_kernel_perform() - step_perform() of a step forward: of a guard nothing
 *
 * Return: as step_perform().
 */
int fake_kernel_perform(struct fake_kernel *kernel, const struct step *step);

/** fake_kernel_read() - the value of a property, as struct step_ops says */
int fake_kernel_read(struct fake_kernel *kernel, const struct step *step,
		     char value[static STEP_VALUE_MAX]);

/** fake_kernel_write() - writes a value whatever it is now; 0 or the kernel's errno */
int fake_kernel_write(struct fake_kernel *kernel, const struct step_kind *kind, const char *object,
		      const char *value);

/**
 * fake_kernel_fail_at() - lets one write fail
 * @n: which one from now on, the next is 1; 0 takes the order back
 * @error: the negative errno it answers; of no meaning where there is no answer
 */
void fake_kernel_fail_at(struct fake_kernel *kernel, unsigned int n, int error,
			 enum fake_failure failure);

/** fake_kernel_fail_again() - @times writes in a row fail as was ordered, after the first */
void fake_kernel_fail_again(struct fake_kernel *kernel, unsigned int times);

/**
 * fake_kernel_on_write() - has each write noted that reaches the kernel, whatever came of it
 *
 * The same writes by the seam (fake_kernel_ops) make the same state of a kernel with the same
 * start.
 */
void fake_kernel_on_write(struct fake_kernel *kernel,
			  void (*on_write)(void *context, const struct step *step), void *context);

/** fake_kernel_died() - did the last write end without an answer? Asking forgets it. */
bool fake_kernel_died(struct fake_kernel *kernel);

/** fake_kernel_writes() - how many writes there were so far */
unsigned int fake_kernel_writes(const struct fake_kernel *kernel);

/** fake_kernel_set_state_attribute() - does kmem have `state` as kernel 7.3 has? (yes at first) */
void fake_kernel_set_state_attribute(struct fake_kernel *kernel, bool exists);

/**
 * fake_kernel_leave_dax_id() - device_dax has the ID of a dax device that has gone
 * @region: the number of its region, below 64
 */
void fake_kernel_leave_dax_id(struct fake_kernel *kernel, unsigned int region);

/** fake_kernel_pin_block() - pages of a memory block can (not) be moved; false when unknown */
bool fake_kernel_pin_block(struct fake_kernel *kernel, uint64_t index, bool pinned);

/**
 * fake_kernel_warnings() - how often the kernel would have said something that nobody may cause:
 *	memory stuck online until reboot
 */
unsigned int fake_kernel_warnings(const struct fake_kernel *kernel);

/**
 * fake_kernel_unplug() - a memdev goes without a word, as when its slot loses power
 *
 * Measured on Linux 7.3: a region that it was a target of is reset, unbound and has lost its dax
 * device, and keeps its other targets with their DPA. Memory that was online stays so until reboot,
 * and keeps its addresses reserved when the region is gone.
 *
 * Return: 0 or -ENODEV.
 */
int fake_kernel_unplug(struct fake_kernel *kernel, const char *memdev);

/**
 * fake_kernel_plug() - a memdev comes: under the lowest number that is free
 * @device: what it is, of the start snapshot; it is not there now
 * @dport: where
 *
 * Return: 0; -ENODEV when there is no such dport; -EBUSY when something is there; -ENOMEM.
 */
int fake_kernel_plug(struct fake_kernel *kernel, const struct topo_memdev *device,
		     const char *dport);

/**
 * fake_kernel_recover() - the kernel recovers a memdev from a fatal error: cxl_error_detected(),
 *	cxl_slot_reset() in drivers/cxl/core/ras.c
 *
 * Measured on Linux 7.3: its regions lose it as when it is unplugged, and it is there again under
 * its name, with other decoders. With memory of it online the kernel does not live through it.
 *
 * Return: 0; -ENODEV when there is none, or it is disabled; -ENOMEM.
 */
int fake_kernel_recover(struct fake_kernel *kernel, const char *memdev);

/**
 * fake_kernel_snapshot() - the host as topology-libcxl.c would see it now
 *
 * Return: a value of its own; NULL when there is no memory.
 */
struct topology *fake_kernel_snapshot(const struct fake_kernel *kernel);

/** fake_kernel_region_snapshot() - the same of one region, its window and its memdevs; as above */
struct topology *fake_kernel_region_snapshot(const struct fake_kernel *kernel, const char *name);

/**
 * fake_kernel_state() - everything that makes a difference for what can be done next, one line each
 *
 * Two equal texts are two hosts on which the same writes have the same effects. What the kernel
 * keeps but never looks at again (a free decoder's last mode, ways and range) is not in it.
 *
 * Return: a text to free(); NULL when there is no memory.
 */
char *fake_kernel_state(const struct fake_kernel *kernel);
