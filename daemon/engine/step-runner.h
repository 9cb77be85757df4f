/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Has the steps of one execution at a time performed by a worker of the helper, in the order that
 * the execution gives (change/step-exec.h), and says when the kernel does not come back. Effect,
 * on the daemon's loop; never blocks.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "change/step-exec.h"
#include "cxl/topology/topology.h"
#include "util/log.h"

struct helper_client;
struct json_object;
struct step_runner;

/* Of whoever has steps performed. May be called from within step_runner_run(). */
struct step_runner_owner {
	/* A step is handed out, or (@late) has not come back for too long. */
	void (*on_step)(void *userdata, const struct step *step, bool late);
	/*
	 * The first step that failed; the way back begins. @seen: the value found, with -EUSERS who
	 * else changes the host, or NULL.
	 */
	void (*on_failure)(void *userdata, const struct step *step, int error, const char *seen);
	/* Who holds the memory that would not go offline: some time after that, or never. */
	void (*on_holders)(void *userdata, struct json_object *holders);
	/* The execution is finished. */
	void (*on_end)(void *userdata);
	void *userdata;
};

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
 * step_runner_run() - performs what is left of an execution
 * @exec: outlives the run; cancelling it is the owner's business
 * @timeout_ms: for memory to go offline, by one step; others have their own, or this if it is less
 * @owner: copied
 */
void step_runner_run(struct step_runner *runner, struct step_exec *exec, uint64_t timeout_ms,
		     const struct step_runner_owner *owner);

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

/** step_runner_release() - lets the worker go; whoever comes next gets a new one */
void step_runner_release(struct step_runner *runner);
