/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All changes that the daemon knows by their ids: those that wait, those under way, and those that
 * have ended lately, with their results. Model, and the rules of who may ask for how many and who
 * may cancel which; what is kept for users is charged to them (daemon/process/quota.h). Pure but
 * for the heap: the clock and the boot ID are parameters. Called by the parts of the engine and
 * by daemon/api/method-changes.c.
 *
 * An id is a word for the run of the daemon, a dash and a number: "7h2k9qd-12". The word is the
 * moment of the daemon's start since the boot, moved by the boot ID: so no id comes twice within a
 * boot, and one of an earlier run, or of another boot, is known for that.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "daemon/process/quota.h"
#include "util/array.h"

struct json_object;
struct refusal_list;
struct varlink_call;

/* The word, a dash, a number of 64 bits, and the end. */
#define CHANGE_WORD_LENGTH 7
#define CHANGE_ID_MAX	   (CHANGE_WORD_LENGTH + 1 + 20 + 1)

/* Of a request: what a client calls it by itself. */
#define CHANGE_REQUEST_MAX 65
#define CHANGE_METHOD_MAX  48
#define CHANGE_OBJECT_MAX  96
/* Of why a change has failed, in bytes; all of that is in its answer. */
#define CHANGE_REASON_MAX 512

enum change_origin {
	CHANGE_OF_CLIENT,
	CHANGE_OF_CLAIM,    /* a claim is made good */
	CHANGE_OF_RECOVERY, /* what a crash has left is taken up */
};

enum change_state {
	CHANGE_IS_WAITING,
	CHANGE_IS_RUNNING,
	CHANGE_IS_ENDED,
};

/* How a change has ended: an answer, which is made once and given to whoever asks. */
struct change_answer {
	const char *error; /* the name of an error of the interface, which is not copied; or NULL */
	int system_error;  /* a negative errno instead of a text, or 0 */
	char *text;	   /* of the parameters, JSON; owned */
	size_t length;
	char *reason; /* the beginning of why it failed, in an admin's words; or NULL; owned */
};

#define CHANGE_ANSWER_NULL ((struct change_answer){ .text = NULL })

struct change_record;

/* What can be asked of whoever carries a change out. */
struct change_work_ops {
	/* Somebody comes to listen: he is told how far it is. */
	void (*tell)(void *work, struct varlink_call *call);
	/* Nobody wants it any more. */
	void (*give_up)(void *work);
	/* Can what was done be taken back as it is now, and the rest be given up? */
	bool (*may_turn_back)(const void *work);
	/* Does it wait for the store at this moment? */
	bool (*waits_for_store)(const void *work);
	/* The store does not answer: whoever listens is told, and the change goes on without them.
	 */
	void (*answer_late)(void *work);
};

/* Where a change is that is made of others: the one at hand. */
struct change_part {
	const char *claim; /* NULL where there is none; the work's */
	size_t number, count;
};

struct change_record {
	char id[CHANGE_ID_MAX];
	enum change_origin origin;

	/* Of a client's: who has asked, for what */
	uid_t uid;
	pid_t pid;
	char method[CHANGE_METHOD_MAX];	  /* in full: "io.cxlfm.Host.CreateRegion" */
	char request[CHANGE_REQUEST_MAX]; /* or "" */
	uint64_t digest;		  /* of the parameters: see change-request.h */
	bool dry_run;

	/* Is it wanted? See change_is_wanted(). */
	bool kept;	/* whoever listens or not */
	bool cancelled; /* by the next two */
	uid_t cancelled_by;
	pid_t cancelled_by_pid;
	ARRAY(struct varlink_call *) listeners; /* referenced; daemon/engine/change-listeners.c */
	const struct change_work_ops *ops;	/* of the work */
	void *work;				/* of whoever carries it out, until it has ended */
	struct change_record *part_of;		/* the change that this one is made for, or NULL */
	struct change_part part;		/* of a change that is made of others */

	enum change_state state;
	uint64_t since_ms;		/* of the state, by the clock of whoever calls */
	char object[CHANGE_OBJECT_MAX]; /* of one that has ended: what it was about, or "" */
	struct change_answer result;	/* likewise */
	size_t bytes;			/* that its user is charged for */
};

struct change_register {
	char word[CHANGE_WORD_LENGTH + 1];
	uint64_t last;			       /* number that was given */
	ARRAY(struct change_record *) records; /* in the order of their ids */
	struct quota quota;
	ARRAY(struct quota_user) users; /* who hold something */
};

/**
 * change_register_init() - of a run of the daemon; there are no changes
 * @boot_id: a UUID
 * @boot_ms: since the boot, when the daemon was started
 */
void change_register_init(struct change_register *changes, const char *boot_id, uint64_t boot_ms);

/* Listeners have to have left. */
void change_register_deinit(struct change_register *changes);

/* What a new change is, and what its user is charged for. */
struct change_requester {
	enum change_origin origin;
	uid_t uid;
	pid_t pid;
	const char *method;  /* or NULL */
	const char *request; /* or NULL */
	uint64_t digest;
	bool dry_run;
	bool kept;
	struct change_record *part_of; /* which is charged for it, and outlives it; or NULL */
	size_t bytes; /* of its parameters, where they may outlive the calls that listen */
};

/**
 * change_register_add() - gives a change its id; it waits
 * @now_ms: of any clock that only goes forward
 * @ret_record: owned by the register
 *
 * A client's change is charged to its user until it has ended.
 *
 * Return: 0; -EDQUOT when the user has as many as he may; -ENOMEM.
 */
int change_register_add(struct change_register *changes, const struct change_requester *of,
			uint64_t now_ms, struct change_record **ret_record);

/** change_register_find() - NULL when none has this id */
struct change_record *change_register_find(const struct change_register *changes, const char *id);

/** change_register_explain() - why none has this id, to be said behind it */
const char *change_register_explain(const struct change_register *changes, const char *id);

/** change_register_find_request() - by what a user has called it; NULL when there is none */
struct change_record *change_register_find_request(const struct change_register *changes, uid_t uid,
						   const char *request);

/** change_record_begin() - its turn has come */
void change_record_begin(struct change_record *record, uint64_t now_ms);

/**
 * change_register_end() - it has ended
 * @record: must not be used any more: it may be gone
 * @object: what it was about, or NULL
 * @result: taken over
 * @keep: whether anybody may want to know
 *
 * Results are kept within bounds, for each user and in all. Room is made by the same user's oldest
 * one, else by the oldest one of whoever has most.
 */
void change_register_end(struct change_register *changes, struct change_record *record,
			 const char *object, struct change_answer *result, bool keep,
			 uint64_t now_ms);

/**
 * change_record_check_cancel() - may this user have it cancelled?
 * @problems: receives why not
 *
 * Users cancel their own changes, root those of all users. A change that makes a claim good is
 * nobody's: as long as there is the claim it would come again.
 *
 * Return: 0; 1 when not; -ENOMEM.
 */
int change_record_check_cancel(const struct change_record *record, uid_t uid,
			       struct refusal_list *problems);

/** change_answer_set() - makes the answer's text of @parameters; without memory it says so */
void change_answer_set(struct change_answer *result, const char *error,
		       struct json_object *parameters);

/** change_answer_set_text() - of a reply whose parameters are text already; taken over; or NULL */
void change_answer_set_text(struct change_answer *result, char *text);

/** change_answer_is_set() - has anybody said how it has ended? */
bool change_answer_is_set(const struct change_answer *result);

void change_answer_deinit(struct change_answer *result);
