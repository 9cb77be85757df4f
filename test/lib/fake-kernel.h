/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A model of the Linux 7.3 kernel, as far as steps write attributes: CXL regions and decoders
 * (drivers/cxl/core/region.c, hdm.c), dax devices (drivers/dax), memory blocks. The model handles
 * one write at a time as the kernel does, keeps the state that the kernel keeps, and answers with
 * the kernel's errnos, quirks included. The model is the oracle for the planner and the executor,
 * and shares no code with either.
 *
 * Not modelled: restricted CXL hosts (RCD), the behaviour of regions found by auto-discovery,
 * extended linear caches, poison, durations. Every port has all interleave capabilities of the
 * specification.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "change/step-perform.h"
#include "cxl/step/host-step.h"
#include "cxl/topology/topology.h"

struct fake_kernel;

/* The fate of a write that a test lets fail. */
enum fake_failure {
	FAKE_FAIL_BEFORE,   /* answers the errno, no effect */
	FAKE_FAIL_AFTER,    /* answers the errno, but has its effect */
	FAKE_SILENT_BEFORE, /* the writer dies before the effect: there is no answer */
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

/* The functions of the seam; the context is the kernel. They take no time. */
extern const struct step_ops fake_kernel_ops;

/**
 * fake_kernel_perform() - step_perform() of a step on the way forward, on which guards are skipped
 *
 * Return: as step_perform().
 */
int fake_kernel_perform(struct fake_kernel *kernel, const struct step *step);

/** fake_kernel_read() - the value of a property, as struct step_ops says */
int fake_kernel_read(struct fake_kernel *kernel, const struct step *step,
		     char value[static STEP_VALUE_MAX]);

/** fake_kernel_write() - writes a value whatever the old value is; 0 or the kernel's errno */
int fake_kernel_write(struct fake_kernel *kernel, const struct step_kind *kind, const char *object,
		      const char *value);

/**
 * fake_kernel_fail_at() - lets one write fail
 * @n: the number of the write from now on, 1 is the next; 0 cancels the order
 * @error: the negative errno of the answer; ignored where there is no answer
 */
void fake_kernel_fail_at(struct fake_kernel *kernel, unsigned int n, int error,
			 enum fake_failure failure);

/** fake_kernel_fail_again() - lets @times more writes fail after the first, in the same way */
void fake_kernel_fail_again(struct fake_kernel *kernel, unsigned int times);

/**
 * fake_kernel_on_write() - has a function called for each write that reaches the kernel, failed or
 * not
 *
 * The same writes by the seam (fake_kernel_ops) make the same state of a kernel with the same
 * start.
 */
void fake_kernel_on_write(struct fake_kernel *kernel,
			  void (*on_write)(void *context, const struct step *step), void *context);

/** fake_kernel_died() - did the last write end without an answer? The answer is told once. */
bool fake_kernel_died(struct fake_kernel *kernel);

/** fake_kernel_writes() - how many writes there were so far */
unsigned int fake_kernel_writes(const struct fake_kernel *kernel);

/** fake_kernel_set_state_attribute() - gives kmem the attribute `state` of kernel 7.3 (the
 * default), or not */
void fake_kernel_set_state_attribute(struct fake_kernel *kernel, bool exists);

/**
 * fake_kernel_leave_dax_id() - leaves the ID of a former dax device with device_dax
 * @region: the number of its region, below 64
 */
void fake_kernel_leave_dax_id(struct fake_kernel *kernel, unsigned int region);

/** fake_kernel_pin_block() - pins or unpins pages of a memory block; false when there is no such
 * block */
bool fake_kernel_pin_block(struct fake_kernel *kernel, uint64_t index, bool pinned);

/**
 * fake_kernel_warnings() - counts the warnings that no correct program causes: memory stuck online
 * until reboot
 */
unsigned int fake_kernel_warnings(const struct fake_kernel *kernel);

/**
 * fake_kernel_unplug() - removes a memdev without a warning, as when its slot loses power
 *
 * Measured on Linux 7.3: the region of the memdev is reset, unbound and without its dax device, and
 * keeps its other targets with their DPA. Online memory stays online until reboot, and keeps its
 * addresses reserved even when the region is gone.
 *
 * Return: 0 or -ENODEV.
 */
int fake_kernel_unplug(struct fake_kernel *kernel, const char *memdev);

/**
 * fake_kernel_plug() - adds a memdev, with the lowest free number
 * @device: a memdev of the start snapshot that is not plugged in at the moment
 * @dport: the dport below which the memdev is plugged in
 *
 * Return: 0; -ENODEV when there is no such dport; -EBUSY when another device is there; -ENOMEM.
 */
int fake_kernel_plug(struct fake_kernel *kernel, const struct topo_memdev *device,
		     const char *dport);

/**
 * fake_kernel_recover() - the kernel recovers a memdev from a fatal error: cxl_error_detected(),
 *	cxl_slot_reset() in drivers/cxl/core/ras.c
 *
 * Measured on Linux 7.3: the regions of the memdev lose the memdev as when the memdev is unplugged,
 *and the memdev is there again under its name, with other decoders. With memory of the memdev
 *online the kernel crashes.
 *
 * Return: 0; -ENODEV when there is no such memdev, or the memdev is disabled; -ENOMEM.
 */
int fake_kernel_recover(struct fake_kernel *kernel, const char *memdev);

/**
 * fake_kernel_snapshot() - the host as topology-look.c would see it now
 *
 * Return: a value of its own; NULL when there is no memory.
 */
struct topology *fake_kernel_snapshot(const struct fake_kernel *kernel);

/** fake_kernel_region_snapshot() - the same of one region, its window and its memdevs; as above */
struct topology *fake_kernel_region_snapshot(const struct fake_kernel *kernel, const char *name);

/**
 * fake_kernel_state() - the whole state that has an influence on later writes, one line a fact
 *
 * On two hosts with equal texts the same writes have the same effects. Values that the kernel keeps
 * but never reads again (the last mode, ways and range of a free decoder) are left out.
 *
 * Return: a text to free(); NULL when there is no memory.
 */
char *fake_kernel_state(const struct fake_kernel *kernel);
