/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What clients may make the daemon hold, and who holds how much of it. Model: counts, and the rules
 * by which more is given; whoever makes an object for a client takes of the quota, and gives back
 * with the object. Called by daemon/varlink, in which the users are.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum quota_kind {
	QUOTA_CONNECTIONS,
	QUOTA_BUFFERED,	    /* bytes that were received and not handled, or answered and not read */
	QUOTA_KEPT,	    /* bytes of the parameters of calls that are not answered yet */
	QUOTA_MONITORS,	    /* each costs a reply for each change of the host */
	QUOTA_WAITS,	    /* each costs a look at its claims after each look at the host */
	QUOTA_CHANGES,	    /* that wait, or are under way */
	QUOTA_RESULTS,	    /* of changes that have ended */
	QUOTA_RESULT_BYTES, /* ... and parameters that may outlive their calls */
	QUOTA_KIND_COUNT,
};

/*
 * Of one kind. Root, who has to get in whatever others do, may have half of all; some of it is his
 * alone.
 */
struct quota_limit {
	size_t total;
	size_t of_a_user; /* at most: see quota_has_room() */
	size_t of_root;	  /* of the total */
};

struct quota {
	struct quota_limit limits[QUOTA_KIND_COUNT];
	size_t held[QUOTA_KIND_COUNT]; /* by all */
};

struct quota_user {
	uid_t uid;
	size_t held[QUOTA_KIND_COUNT];
};

/** quota_init() - the limits of a daemon; nobody holds anything */
void quota_init(struct quota *quota);

/**
 * quota_set_connections() - for a process that can't have as many connections as it would
 * @total: shares are made smaller with it
 */
void quota_set_connections(struct quota *quota, size_t total);

/**
 * quota_has_room() - may this user have so much more?
 *
 * Nobody gets more than is left for others, so that some are left however many users take what they
 * can: each at most half of what those before him have left.
 */
bool quota_has_room(const struct quota *quota, const struct quota_user *user, enum quota_kind kind,
		    size_t amount);

/**
 * quota_take() - quota_has_room() and quota_charge() in one
 *
 * Return: whether it was given.
 */
bool quota_take(struct quota *quota, struct quota_user *user, enum quota_kind kind, size_t amount);

/** quota_charge() - notes what a user holds, whatever the limits are: see quota_is_over() */
void quota_charge(struct quota *quota, struct quota_user *user, enum quota_kind kind,
		  size_t amount);

/** quota_give() - gives back; never more than was taken */
void quota_give(struct quota *quota, struct quota_user *user, enum quota_kind kind, size_t amount);

/** quota_user_is_over() - does this user hold more than he may? */
bool quota_user_is_over(const struct quota *quota, const struct quota_user *user,
			enum quota_kind kind);

/** quota_is_over() - do all together? */
bool quota_is_over(const struct quota *quota, enum quota_kind kind);
