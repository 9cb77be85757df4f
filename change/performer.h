/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The seam to whoever performs steps: the privileged helper of this host; later the wire to a
 * switch, another host's daemon. A performer does one thing at a time, never blocks its caller, and
 * answers once, from the loop and never from within the call. What is asked for and is not there
 * any more, because a worker has died, is answered, too.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "change/step.h"

struct json_object;
struct performer;

/* What came of a step. Texts are valid during the call only. */
struct step_answer {
	int error;	  /* 0, or the negative errno */
	bool wrote;	  /* it may have had an effect */
	bool died;	  /* who performed it has died, and nobody knows how far it got */
	const char *seen; /* the value found, with -EUSERS who else changes the lane; or NULL */
};

typedef void (*performer_step_fn)(void *userdata, const struct step_answer *answer);

/* @step has not come back for too long, and is still waited for */
typedef void (*performer_late_fn)(void *userdata, const struct step *step);

/*
 * @error: 0, or a negative errno when nobody could be asked; then there are no values
 * @values: by step, NULL where there is nothing to be read any more; valid during the call only.
 *	Where one can't be asked for now (a wire that is mute), the whole reading fails: what is
 *	taken for gone would be neither taken back nor named
 */
typedef void (*performer_values_fn)(void *userdata, int error, const char *const *values);

/* @record: valid during the call only; NULL where nothing could be found out */
typedef void (*performer_record_fn)(void *userdata, struct json_object *record);

struct performer_ops {
	/**
	 * perform() - has one step performed (change/step-perform.h has the rule)
	 * @step: its texts outlive the answer
	 * @timeout_ms: for what is in the way to go by itself; steps that wait for nobody have a
	 *	time of their own, or this if it is less
	 *
	 * Return: 0 when @on_step will be called; negative errno.
	 */
	int (*perform)(struct performer *performer, const struct step *step, uint64_t timeout_ms,
		       performer_step_fn on_step, performer_late_fn on_late, void *userdata);

	/**
	 * give_up() - the step under way is not waited for any longer, where it can be stopped
	 * @error: what it is said to have failed of
	 *
	 * Without a step under way nothing happens. A step that is done all the same counts as
	 * done.
	 */
	void (*give_up)(struct performer *performer, int error);

	/**
	 * read() - what the steps are about has which values now
	 * @steps: at least one
	 *
	 * What somebody else is still changing is not read: -EUSERS for @callback, after having
	 * waited for some seconds.
	 *
	 * Return: 0 when @callback will be called; negative errno.
	 */
	int (*read)(struct performer *performer, const struct step_list *steps,
		    performer_values_fn callback, void *userdata);

	/** prove() - what an object looks like now, as a record; as read() */
	int (*prove)(struct performer *performer, const char *object, performer_record_fn callback,
		     void *userdata);

	/**
	 * diagnose() - who holds what a step could not take away
	 *
	 * Answered in bounded time, and beside all else that is asked for.
	 *
	 * Return: 0 when @callback will be called; -EOPNOTSUPP where nobody could tell; negative
	 *	errno.
	 */
	int (*diagnose)(struct performer *performer, const struct step *step,
			performer_record_fn callback, void *userdata);

	/** release() - what is kept for the next question goes; a read or proof under way is not
	 * answered */
	void (*release)(struct performer *performer);

	void (*free)(struct performer *performer);
};

/* The head of each performer. */
struct performer {
	const struct performer_ops *ops;
};

static inline struct performer *performer_free(struct performer *performer)
{
	if (performer)
		performer->ops->free(performer);
	return NULL;
}
