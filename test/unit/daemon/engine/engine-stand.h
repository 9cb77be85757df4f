/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An engine whose changes and performers are the test's: each step waits until the test gives its
 * result. The host is a record, the store is in memory, and the loop is the real loop. Include
 * after cmocka.h.
 */
#pragma once

#include "daemon/claim/claim-table.h"
#include "daemon/engine/engine-internal.h"
#include "test/lib/fake-time.h"

#define ERRAND_STAGES 2
#define ERRAND_STEPS  2
#define ORDERS_MAX    16
#define VALUES_MAX    16
#define HELD_MAX      4

/* Goes between "off" and "on" in the lane "host". */
extern const struct step_kind near_kind;
/* The same behind a wire: in the lane that its object's name begins with, "wire1" of "wire1:a". An
 * order may come so late after its sender's death: */
#define FAR_LATE_MS 40
extern const struct step_kind far_kind;
/* Nobody can see whether such a step was done; in the same lane. From "whole" to "worn". */
extern const struct step_kind wear_kind;
/* Goes between "off" and "on" in the lane "host", and is used if its name says so: "host:used". */
extern const struct step_kind lent_kind;
/* All of them. */
extern const struct step_registry stand_kinds;

struct errand_stage {
	struct lane_set lanes; /* that the stage is expected to need */
	struct step steps[ERRAND_STEPS];
	size_t count;
	const char *awaits;
	unsigned int await_ms;
	const char *reserves; /* one name, or NULL */
	uint64_t not_after_ms;
};

struct told_refusal {
	char code[32], object[64], text[256], hint[128];
};

/* The subject of a change. The test owns the errand, which lives as long as the stand. */
struct errand {
	struct subject subject; /* first */
	struct stand *stand;
	const char *name;
	struct errand_stage stages[ERRAND_STAGES];
	size_t stage_count;
	size_t at;		  /* the stage that is planned next */
	const char *claim;	  /* or NULL */
	struct claim *claim_made; /* goes into the table when a stage is closed, or NULL */
	bool is_used; /* a look at the object, which the first plan took for unused, shows users */
	struct reservation_set reserved; /* the names of the stage as a set */
	struct step_list planned;	 /* the steps of a stage as a list */
	bool makes;			 /* the object has to be there in the end */
	bool destroys;			 /* data */
	bool is_waited_for;		 /* by a client: not kept */
	bool goes_back;			 /* closed stages are taken back by plans */
	bool stays;			 /* ... which are refused */
	struct step back[ERRAND_STEPS];	 /* of such a plan */
	struct step_list planned_back;
	unsigned int plans; /* how often the stage was planned */
	bool has_come;	    /* the awaited object has come */
	bool has_ended;
	enum change_result result;
	int error;
	struct told_refusal refusal; /* the first refusal of a refused change */
	size_t stages_closed;
};

/* A step that was ordered and not answered. */
struct order {
	struct performer *performer;
	struct step step;
	performer_step_fn on_step;
	void *userdata;
};

struct value {
	char object[32], value[8];
};

/* Of a commit that was done and not answered. */
struct held_answer {
	store_commit_fn callback;
	void *userdata;
	int error;
	uint64_t revision;
};

/* How the daemon dies at one of its effects: a commit, or an order that it sends. */
enum death {
	DIES_BEFORE, /* the effect does not happen */
	DIES_AFTER,  /* the effect happens, and nobody hears of the effect */
	DIES_LATE,   /* an order has its effect when the next daemon has begun */
};

/* What is asked for and not answered: who holds an object. */
struct search {
	struct performer *performer;
	performer_record_fn on_holders;
	void *userdata;
};

struct stand {
	struct log log;
	sd_event *event;
	sd_event_source *store_source;
	struct fake_time time; /* of the observer */
	struct observer *observer;
	struct store *store;
	enum store_durability durability; /* of the last commit of the journal */
	unsigned int refuses;		  /* so many commits from now on fail */
	bool holds;			  /* commits are not answered */
	struct held_answer held[HELD_MAX];
	size_t held_count;
	const struct store_ops *store_ops;
	struct store_ops spy;
	struct claim_table claims;
	struct engine *engine;
	struct errand *to_mend; /* the owner's next change, or NULL */
	struct errand *left;	/* what a crash has left, or NULL */
	unsigned int idle;	/* how often nothing was left to do for the owner */
	struct order orders[ORDERS_MAX];
	size_t order_count;
	struct value values[VALUES_MAX];
	size_t value_count;
	char entry[1024];
	size_t entries;		       /* of the journal, as listed last */
	unsigned int effects, dies_at; /* how many there were; at which the daemon dies, or 0 */
	enum death death;
	bool is_dead;
	struct value late;	    /* what an order sets that is late, or "" */
	struct errand recovered[4]; /* what a crash has left, where `left` is NULL */
	size_t recovered_count;
	bool is_mute;	       /* nothing can be read over a wire */
	bool is_deposed;       /* ... since another manager has taken the wire over */
	unsigned int given_up; /* how often a step was to be stopped */
	bool is_silent;	       /* nothing but steps is answered */
	unsigned int released; /* how often a performer was to answer nothing any more */
	bool wire_lists;       /* the wire lists what is on */
	unsigned int lists;    /* how often it was asked to */
	bool searches;	       /* who holds an object can be found out */
	struct search search;
};

/** stand_new() - an engine that has not begun */
struct stand *stand_new(void);

/** stand_restart() - the daemon is dead, and another one comes; its journal is not read yet */
void stand_restart(struct stand *stand);

/** stand_recover() - the journal is read, by a daemon of this boot */
void stand_recover(struct stand *stand, struct errand *left, const char *boot);

/** stand_entry() - the value of the only entry of the journal, valid until the next; or NULL */
const char *stand_entry(struct stand *stand);

/** stand_entries() - how many entries the journal has */
size_t stand_entries(struct stand *stand);

/** stand_store_is_late() - the store has not answered for long, and does not answer */
void stand_store_is_late(struct stand *stand);

/** stand_store_answers() - the store answers again */
void stand_store_answers(struct stand *stand);

/** stand_results() - how many results of changes the store has */
size_t stand_results(struct stand *stand);

/** stand_put_result() - the store has a result by this id */
void stand_put_result(struct stand *stand, const char *name, const char *value);

/** stand_put_as() - an entry is in the journal */
void stand_put_as(struct stand *stand, const char *name, const char *value);

/** stand_put() - the same for the only entry */
void stand_put(struct stand *stand, const char *value);

/** stand_begin() - what a crash has left is known, and clients are served */
void stand_begin(struct stand *stand);

/** stand_begin_with() - the same, with a store that can't be used */
void stand_begin_with(struct stand *stand, const char *problem);

void stand_free(struct stand *stand);

/** stand_spin() - until nobody has anything to do before something else happens */
void stand_spin(struct stand *stand);

/** stand_pass() - real time passes */
void stand_pass(struct stand *stand, unsigned int milliseconds);

/** errand_of() - of one stage that sets one object, and expects its lane only: "host" or
 * "wireN:..."
 */
struct errand errand_of(const char *object);

/** errand_expects() - another lane that its first stage is expected to need */
void errand_expects(struct errand *errand, const char *lane);

/** stand_send() - a user asks for the errand; nobody listens */
struct work *stand_send(struct stand *stand, struct errand *errand, uid_t uid);

/** stand_request() - the same with an id of the request, or NULL */
struct work *stand_request(struct stand *stand, struct errand *errand, uid_t uid, const char *id);

/** stand_is_told() - a change has ended, and @text is in its answer */
void stand_is_told(const struct change_record *record, const char *text);

/** stand_order() - the order to set an object, or NULL */
struct order *stand_order(struct stand *stand, const char *object);

/** stand_do() - the order was carried out, and is answered */
void stand_do(struct stand *stand, const char *object);

/** stand_answer() - whatever came of an order */
void stand_answer(struct stand *stand, const char *object, const struct step_answer *answer);

/** stand_expire() - the deadline of the task at hand passes, which is within @within_ms from now */
void stand_expire(struct stand *stand, struct work *work, uint64_t within_ms);

/** stand_expire_list() - performers are asked again now what they hold */
void stand_expire_list(struct stand *stand);

/** stand_blind() - so many looks from now on fail, as looks that hang do */
void stand_blind(unsigned int looks);

/** stand_find() - the search for those who hold an object ends, without a result */
void stand_find(struct stand *stand);

/** stand_value() - what an object is at */
const char *stand_value(const struct stand *stand, const char *object);
