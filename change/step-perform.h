/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a step is performed: the one rule (read, compare, write, read back), and the seam to the
 * objects: two functions that know the objects and their values.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "change/step.h"

/* Long enough for every value of a step, with its NUL. */
#define STEP_VALUE_MAX 64

struct step_ops {
	/*
	 * Reads the value that @step is about; its from and to are not looked at. May block as a
	 * read of sysfs does, and until the kernel is through with binding a driver.
	 *
	 * An object that is not there reads as the kind's word for nothing. An undo thus finds its
	 * work done when the object is gone. A memory block that is not there is -ENOENT.
	 *
	 * Return: 0 and the value as the kind lists it; -EPROTO when the answer has none of these
	 * forms; -EIO and others as the kernel gave them.
	 */
	int (*read)(void *context, const struct step *step, char value[static STEP_VALUE_MAX]);

	/*
	 * Writes @step->to, whatever the value is now. May block until @deadline_ms
	 * (CLOCK_MONOTONIC), and in the kernel's uninterruptible waits beyond it. The caller keeps
	 * @step. A failure says nothing of whether the effect happened: read to know.
	 *
	 * Return: 0; -ETIMEDOUT at the deadline; -ECANCELED when the client does not wait
	 * for the step any more; -EBUSY also for a write that the kernel would accept but must not
	 * be given (memory would be stuck online until reboot); the kernel's errno.
	 */
	int (*write)(void *context, const struct step *step, uint64_t deadline_ms);
};

/* The result of performing a step. */
struct step_result {
	int error;  /* 0, or the errno as below */
	bool wrote; /* the kernel was asked to change something */
	bool before_known, after_known;
	char before[STEP_VALUE_MAX]; /* the value found */
	char after[STEP_VALUE_MAX];  /* the value left; that of before when nothing was written */
};

#define STEP_RESULT_NULL ((struct step_result){ .error = 0 })

/**
 * step_perform() - performs a step and proves it
 * @step: a step that step_check() accepts
 * @deadline_ms: CLOCK_MONOTONIC; handed to the write
 * @result: what happened, filled in any case
 *
 * Reads the value; does nothing when the value is `to` already; refuses when the value is neither
 * `from` nor a value to start from (struct step_kind, starts_from); writes; reads back. The value
 * that is read back decides: a write that failed but had its effect counts as performed, except for
 * kinds of STEP_WRITE_DECIDES. A step that leaves no trace is written each time, and not read.
 *
 * Return: 0; -ESTALE when somebody else changed the value (nothing was written); -EIO when the
 * kernel took the write but the value is another one; otherwise as the read or the write. The same
 * as @result->error.
 */
int step_perform(const struct step_ops *ops, void *context, const struct step *step,
		 uint64_t deadline_ms, struct step_result *result);
