/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The seam to performers of steps: the privileged helper of this host; later the wire to a switch,
 * another host's daemon. A performer does one thing at a time, never blocks its caller, and answers
 * each request once, from the loop and never from within the call. A request whose worker has died
 * is answered, too.
 */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "change/step.h"

struct json_object;
struct performer;

/* The negative errno of a step, or of a reading, whose lane another manager has taken over: the
 * performer did not send the order, and the change orders nothing more. */
#define PERFORMER_DEPOSED (-EREMCHG)

/* The result of a step. Texts are valid during the call only. */
struct step_answer {
	int error;	  /* 0, or the negative errno */
	bool wrote;	  /* the step may have had an effect */
	bool died;	  /* the performer has died, and nobody knows how far the step got */
	const char *seen; /* the value found; with -EUSERS who else changes the lane; or NULL */
};

typedef void (*performer_step_fn)(void *userdata, const struct step_answer *answer);

/* @step takes longer than it may; the performer still waits for the step. */
typedef void (*performer_late_fn)(void *userdata, const struct step *step);

/*
 * @error: 0, or a negative errno when the values could not be read; then there are no values
 * @values: one for each step, NULL where the object is not there any more; valid during the call
 *	only. When one value can't be read now (a wire that is mute), the whole reading fails: an
 *	object that is taken for gone would be neither taken back nor named
 */
typedef void (*performer_values_fn)(void *userdata, int error, const char *const *values);

/* @record: valid during the call only; NULL when the performer could find out nothing */
typedef void (*performer_record_fn)(void *userdata, struct json_object *record);

/* An object that a performer holds for this manager, whatever daemon has asked for the object. */
struct performer_held {
	const char *name; /* by identity, as reservations name the object: "memdev:serial:0x1" */
	struct step step; /* gives the object back: from the present value to nothing */
};

/* @error: 0, or a negative errno when the performer could not say what it holds; @held: valid
 * during the call only */
typedef void (*performer_held_fn)(void *userdata, int error, const struct performer_held *held,
				  size_t count);

struct performer_ops {
	/**
	 * perform() - has one step performed (change/step-perform.h has the rule)
	 * @step: its texts outlive the answer
	 * @timeout_ms: the time for an obstacle to go by itself; steps that wait for nobody have a
	 *	time of their own, or @timeout_ms if that is less
	 *
	 * Return: 0 when @on_step will be called; negative errno.
	 */
	int (*perform)(struct performer *performer, const struct step *step, uint64_t timeout_ms,
		       performer_step_fn on_step, performer_late_fn on_late, void *userdata);

	/**
	 * give_up() - stops the step under way, where the step can be stopped
	 * @error: the error of the step that is stopped
	 *
	 * Without a step under way nothing happens. A step that is done all the same counts as
	 * done.
	 */
	void (*give_up)(struct performer *performer, int error);

	/**
	 * read() - reads the present value for each step
	 * @steps: at least one
	 *
	 * The performer waits some seconds for another program that still changes these values, and
	 * then calls @callback with -EUSERS.
	 *
	 * Return: 0 when @callback will be called; negative errno.
	 */
	int (*read)(struct performer *performer, const struct step_list *steps,
		    performer_values_fn callback, void *userdata);

	/** prove() - looks at an object now, and gives a record; as read() */
	int (*prove)(struct performer *performer, const char *object, performer_record_fn callback,
		     void *userdata);

	/**
	 * diagnose() - finds the holders of an object that a step could not take away
	 *
	 * Answered in bounded time, and beside all other requests.
	 *
	 * Return: 0 when @callback will be called; -EOPNOTSUPP when the performer can't tell;
	 *	negative errno.
	 */
	int (*diagnose)(struct performer *performer, const struct step *step,
			performer_record_fn callback, void *userdata);

	/**
	 * list() - lists the objects that are held for this manager, and by no other manager; as
	 * read()
	 *
	 * NULL where nothing is held that outlives daemon and performer, or where the performer
	 * gives such an object back by itself: so the helper does with the borrowed policy.
	 */
	int (*list)(struct performer *performer, performer_held_fn callback, void *userdata);

	/** release() - ends the session that is kept for the next request; a read, a proof, a list
	 * or a search for holders under way is not answered */
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
