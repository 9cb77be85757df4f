/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All changes that the daemon knows by their ids: those that wait, those under way, and those that
 * have ended lately, with their results. Model, and two rules: how many changes a user may ask for,
 * and which changes a user may cancel. Changes and results are charged to their user
 * (daemon/process/quota.h). Pure but for the heap: the clock and the boot ID are parameters. Called
 * by the parts of the engine and by daemon/api/method-changes.c.
 *
 * An id is a word for the run of the daemon, a dash and a number: "7h2k9qd-12". The word is the
 * moment of the daemon's start since the boot, moved by the boot ID: so no id comes twice within a
 * boot, and the register tells an id of an earlier run, or of another boot, from its own ids.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "change/change-asked.h"
#include "daemon/process/quota.h"
#include "util/array.h"

struct json_object;
struct refusal_list;
struct varlink_call;

/* The word, a dash, a number of 64 bits, and the end. */
#define CHANGE_WORD_LENGTH 7
#define CHANGE_ID_MAX	   (CHANGE_WORD_LENGTH + 1 + 20 + 1)

/* Of a request id, which the client chooses. */
#define CHANGE_REQUEST_MAX 65
#define CHANGE_METHOD_MAX  48
#define CHANGE_OBJECT_MAX  96
/* Bytes that are kept of the reason for a failure; the answer has the whole reason. */
#define CHANGE_REASON_MAX 512

enum change_origin {
	CHANGE_OF_CLIENT,
	CHANGE_OF_CLAIM,    /* a claim is mended */
	CHANGE_OF_RECOVERY, /* an entry that a crash has left is taken up */
};

enum change_state {
	CHANGE_IS_WAITING,
	CHANGE_IS_RUNNING,
	CHANGE_IS_ENDED,
};

/* How a change has ended: an answer, which is made once and given to every client who asks. */
struct change_answer {
	const char *error; /* the name of an error of the interface, which is not copied; or NULL */
	int system_error;  /* a negative errno instead of a text, or 0 */
	char *text;	   /* of the parameters, JSON; owned */
	size_t length;
	char *reason; /* the beginning of the reason for a failure, in an admin's words; or NULL;
			 owned */
};

#define CHANGE_ANSWER_NULL ((struct change_answer){ .text = NULL })

struct change_record;

/* What the register asks of the work that carries a change out. */
struct change_work_ops {
	/* A client begins to listen: tells the client how far the change is. */
	void (*tell)(void *work, struct varlink_call *call);
	/* Nobody wants the change any more. */
	void (*give_up)(void *work);
	/* Can the steps so far be taken back, and the rest be given up? */
	bool (*may_turn_back)(const void *work);
	/* Does the change wait for the store at this moment? */
	bool (*waits_for_store)(const void *work);
	/* The store does not answer: tells the listeners, and goes on without them. */
	void (*answer_late)(void *work);
	/* Where the change may not go on for long: answers the listeners that are told no news.
	 * NULL where there is no such change. */
	void (*answer_left)(void *work);
};

/* How far a change is that is made of other changes: the part at hand. */
struct change_part {
	const char *claim; /* of the part; NULL where there is none; owned by the work */
	size_t number, count;
};

struct change_record {
	char id[CHANGE_ID_MAX];
	enum change_origin origin;

	/* Of a client's change: who has asked, for what */
	uid_t uid;
	pid_t pid;
	char method[CHANGE_METHOD_MAX];	  /* in full: "io.cxlfm.Host.CreateRegion" */
	char request[CHANGE_REQUEST_MAX]; /* or "" */
	uint64_t digest;		  /* of the parameters: see change-request.h */
	bool dry_run;

	/* Is the change wanted? See change_is_wanted(). */
	bool kept;	/* wanted without listeners, too */
	bool cancelled; /* by the user and the process of the next two members */
	uid_t cancelled_by;
	pid_t cancelled_by_pid;
	bool parted; /* the store did not answer: the change was given up, and its listeners told
		      */
	ARRAY(struct varlink_call *) listeners; /* referenced; daemon/engine/change-listeners.c */
	const struct change_work_ops *ops;	/* of the work */
	void *work;				/* that carries the change out, until the end */
	struct change_record *part_of;		/* the change that this one is made for, or NULL */
	struct change_part part;		/* of a change that is made of others */

	enum change_state state;
	uint64_t since_ms;		/* of the state, by the clock of the caller */
	char object[CHANGE_OBJECT_MAX]; /* of a change that has ended: its object, or "" */
	struct change_answer result;	/* of a change that has ended */
	bool is_stored;			/* the store has the result */
	bool is_to_store;		/* ... or another result, which this one is to replace */
	size_t bytes;			/* that the user is charged for */
};

/* The result of this change was dropped, and the store still has the result. */
typedef void (*change_dropped_fn)(void *userdata, const char *id);

struct change_register {
	change_dropped_fn on_dropped;
	void *userdata; /* of on_dropped() */
	char word[CHANGE_WORD_LENGTH + 1];
	uint64_t last;			       /* number that was given */
	ARRAY(struct change_record *) records; /* in the order of their ids */
	struct quota quota;
	ARRAY(struct quota_user) users; /* who are charged for something */
};

/**
 * change_register_init() - an empty register for a run of the daemon
 * @boot_id: a UUID
 * @boot_ms: the time of the daemon's start since the boot
 */
void change_register_init(struct change_register *changes, const char *boot_id, uint64_t boot_ms);

/** change_register_on_dropped() - @on_dropped: called for each dropped result that the store has
 */
void change_register_on_dropped(struct change_register *changes, change_dropped_fn on_dropped,
				void *userdata);

/* Listeners have to have left. */
void change_register_deinit(struct change_register *changes);

/* A new change, and the bytes that its user is charged for. */
struct change_requester {
	enum change_origin origin;
	const char *id;	   /* that an earlier run has given to the change; NULL: the next one */
	bool was_taken_on; /* by an earlier run: the change is charged, and never refused */
	uid_t uid;
	pid_t pid;
	const char *method;  /* or NULL */
	const char *request; /* or NULL */
	uint64_t digest;
	bool dry_run;
	bool kept;
	struct change_record
		*part_of; /* which is charged for the change and outlives it; or NULL */
	size_t bytes;	  /* of the parameters, where they may outlive the calls that listen */
};

/** change_record_asked() - who has asked for the change; nobody for a part of another change */
struct change_asked change_record_asked(const struct change_record *record);

/**
 * change_requester_of() - the requester of a change of an earlier run
 * @asked: as the store has it; the texts outlive the requester
 * @id: that the store has for the change; not used where nobody can have been told the id
 */
struct change_requester change_requester_of(const struct change_asked *asked, const char *id,
					    enum change_origin origin);

/**
 * change_register_add() - gives a change its id; the change waits
 * @now_ms: of any clock that only goes forward
 * @ret_record: owned by the register
 *
 * A client's change is charged to its user until it has ended. A change that an earlier run has
 * given an id takes the place of the result with this id. What an earlier run has taken on was
 * within the bounds then, and may be beyond them now: clients may have asked for other changes
 * before the store could be read. The user gets no more then until enough has ended.
 *
 * Return: 0; -EDQUOT when the user has as many as he may; -ENOMEM.
 */
int change_register_add(struct change_register *changes, const struct change_requester *of,
			uint64_t now_ms, struct change_record **ret_record);

/**
 * change_register_restore() - adds the result of a change of an earlier run, from the store
 * @of: the client who asked for the change, and the change's id
 * @object: of the change, or NULL
 * @result: taken over
 * @since_ms: the end of the change, by the clock of the caller
 *
 * A result that is known already, and a result that there is no room for, is dropped.
 *
 * Return: 0 or -ENOMEM.
 */
int change_register_restore(struct change_register *changes, const struct change_requester *of,
			    const char *object, struct change_answer *result, uint64_t since_ms);

/** change_id_is_valid() - does the text have the form of a change's id? */
bool change_id_is_valid(const char *id);

/** change_register_find() - the change with this id, or NULL */
struct change_record *change_register_find(const struct change_register *changes, const char *id);

/** change_register_explain() - why no change has this id: a text to be put behind the id */
const char *change_register_explain(const struct change_register *changes, const char *id);

/** change_register_find_request() - the change with this request id of a user, or NULL */
struct change_record *change_register_find_request(const struct change_register *changes, uid_t uid,
						   const char *request);

/** change_record_begin() - the turn of the change has come */
void change_record_begin(struct change_record *record, uint64_t now_ms);

/**
 * change_register_end() - a change has ended
 * @record: must not be used any more: the record may be gone
 * @object: of the change, or NULL
 * @result: taken over
 * @keep: may anybody ask for the result later?
 *
 * Results are kept within bounds, for each user and in all. The oldest result of the same user
 * makes room, otherwise the oldest result of the user who has most.
 */
void change_register_end(struct change_register *changes, struct change_record *record,
			 const char *object, struct change_answer *result, bool keep,
			 uint64_t now_ms);

/**
 * change_record_check_cancel() - may this user cancel the change?
 * @problems: receives why not
 *
 * Users cancel their own changes, root those of all users. Nobody cancels a change that mends a
 * claim: the change would come again as long as there is the claim.
 *
 * Return: 0; 1 when not; -ENOMEM.
 */
int change_record_check_cancel(const struct change_record *record, uid_t uid,
			       struct refusal_list *problems);

/** change_answer_set() - makes the answer's text of @parameters; without memory the answer says so
 */
void change_answer_set(struct change_answer *result, const char *error,
		       struct json_object *parameters);

/** change_answer_set_text() - an answer whose parameters are text already; taken over; or NULL */
void change_answer_set_text(struct change_answer *result, char *text);

/** change_answer_is_set() - is there an answer? */
bool change_answer_is_set(const struct change_answer *result);

void change_answer_deinit(struct change_answer *result);
