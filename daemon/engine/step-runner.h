/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Has steps performed by a worker of the helper, one at a time, and says when the kernel does not
 * come back. Which step comes next, and what an answer means, is decided by change/change.h.
 * Effect, on the daemon's loop; never blocks.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "change/step.h"
#include "cxl/topology/topology.h"
#include "util/log.h"

struct helper_client;
struct json_object;
struct step_runner;

/* What came of a step. Texts are valid during the call only. */
struct step_answer {
	int error;	  /* 0, or the negative errno */
	bool wrote;	  /* it may have had an effect */
	bool died;	  /* who performed it has died, and nobody knows how far it got */
	const char *seen; /* the value found, with -EUSERS who else changes the host; or NULL */
};

typedef void (*step_runner_step_fn)(void *userdata, const struct step_answer *answer);

/* @step has not come back for too long, and is still waited for */
typedef void (*step_runner_late_fn)(void *userdata, const struct step *step);

/* @holders: who holds the memory, or NULL where that could not be found out in time */
typedef void (*step_runner_holders_fn)(void *userdata, struct json_object *holders);

/*
 * @error: 0, or a negative errno when nobody could be asked; then there are no values
 * @values: by step, NULL for what is not there any more; valid during the call only
 */
typedef void (*step_runner_values_fn)(void *userdata, int error, const char *const *values);

/* @proof: the host with the region alone, to be freed; NULL when it could not be read */
typedef void (*step_runner_proof_fn)(void *userdata, struct topology *proof);

/** step_runner_new() - @helper must outlive it; 0 or negative errno */
int step_runner_new(sd_event *event, const struct log *log, struct helper_client *helper,
		    struct step_runner **ret_runner);

struct step_runner *step_runner_free(struct step_runner *runner);

/**
 * step_runner_perform() - has one step performed
 * @step: its texts outlive the answer
 * @timeout_ms: for what is in the way to go by itself; steps that wait for nobody have their own,
 *or this if it is less
 *
 * Return: 0 when @on_step will be called; negative errno.
 */
int step_runner_perform(struct step_runner *runner, const struct step *step, uint64_t timeout_ms,
			step_runner_step_fn on_step, step_runner_late_fn on_late, void *userdata);

/**
 * step_runner_give_up() - the step under way is not waited for any longer, where the kernel can
 * stop
 * @error: what it is said to have failed of
 *
 * Without a step under way nothing happens. A step that is done all the same counts as done.
 */
void step_runner_give_up(struct step_runner *runner, int error);

/**
 * step_runner_read() - what the properties of @steps are now
 *
 * What another daemon's worker is still changing is not read: -EUSERS for @callback, after having
 * waited for some seconds.
 *
 * Return: 0 or negative errno
 */
int step_runner_read(struct step_runner *runner, const struct step_list *steps,
		     step_runner_values_fn callback, void *userdata);

/** step_runner_prove() - what a region looks like now; 0 or negative errno */
int step_runner_prove(struct step_runner *runner, const char *region, step_runner_proof_fn callback,
		      void *userdata);

/**
 * step_runner_diagnose() - who holds a memory block that would not go offline
 *
 * A worker of its own is asked, since that may have to look into every process of the host: steps
 * may be performed meanwhile. The answer comes in bounded time.
 *
 * Return: 0 when @callback will be called; negative errno.
 */
int step_runner_diagnose(struct step_runner *runner, const char *block,
			 step_runner_holders_fn callback, void *userdata);

/** step_runner_release() - lets the worker go; whoever comes next gets a new one */
void step_runner_release(struct step_runner *runner);
