/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Limits for objects that the daemon holds for clients, and a count for each user. Model: the
 * counts, and the rules by which a user may have more. Code that makes an object for a client takes
 * of the quota, and gives back when it frees the object. Called by daemon/varlink, which knows the
 * users.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum quota_kind {
	QUOTA_CONNECTIONS,
	QUOTA_BUFFERED,	    /* bytes received and not handled yet, or answered and not read yet */
	QUOTA_KEPT,	    /* bytes of parameters of calls that are not answered yet */
	QUOTA_MONITORS,	    /* each costs a reply for each change of the host */
	QUOTA_WAITS,	    /* each costs a look at its claims after each look at the host */
	QUOTA_CHANGES,	    /* changes that wait or are under way */
	QUOTA_RESULTS,	    /* of changes that have ended */
	QUOTA_RESULT_BYTES, /* ... and parameters that may outlive their calls */
	QUOTA_KIND_COUNT,
};

/*
 * The limits of one kind. Root must get served whatever others do: root may have half of all, and a
 * part of all is for root alone.
 */
struct quota_limit {
	size_t total;
	size_t of_a_user; /* the most of one user: see quota_has_room() */
	size_t of_root;	  /* the part of the total for root alone */
};

struct quota {
	struct quota_limit limits[QUOTA_KIND_COUNT];
	size_t held[QUOTA_KIND_COUNT]; /* by all */
};

struct quota_user {
	uid_t uid;
	size_t held[QUOTA_KIND_COUNT];
};

/** quota_init() - the limits of a daemon, and counts of 0 */
void quota_init(struct quota *quota);

/**
 * quota_set_connections() - sets a smaller total, for a process with few descriptors
 * @total: the number of connections; the share of a user shrinks with it
 */
void quota_set_connections(struct quota *quota, size_t total);

/**
 * quota_has_room() - may this user have so much more?
 *
 * A user never gets more than is left for others. So something is left however many users take as
 * much as they can: each gets at most half of what the users before have left.
 */
bool quota_has_room(const struct quota *quota, const struct quota_user *user, enum quota_kind kind,
		    size_t amount);

/**
 * quota_take() - quota_has_room() and quota_charge() in one
 *
 * Return: true if there was room.
 */
bool quota_take(struct quota *quota, struct quota_user *user, enum quota_kind kind, size_t amount);

/** quota_charge() - counts for a user without looking at the limits: see quota_is_over() */
void quota_charge(struct quota *quota, struct quota_user *user, enum quota_kind kind,
		  size_t amount);

/** quota_give() - gives back a part of what a user took, or all of it */
void quota_give(struct quota *quota, struct quota_user *user, enum quota_kind kind, size_t amount);

/** quota_user_is_over() - does this user hold more than the limit of a user? */
bool quota_user_is_over(const struct quota *quota, const struct quota_user *user,
			enum quota_kind kind);

/** quota_is_over() - do all users together hold more than the total? */
bool quota_is_over(const struct quota *quota, enum quota_kind kind);
