/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the subject (daemon/claim/subject.h) of a made-up change says where it has nothing to say:
 * the change is planned from looks, need not survive a power cut, and leaves claims as they are
 * when a later stage fails. Include in tests.
 */
#pragma once

#include "daemon/claim/subject.h"

static inline const struct topology *plain_draft(const struct subject *subject)
{
	return NULL;
}

static inline const struct topology *plain_looked(struct subject *subject,
						  struct json_object *record)
{
	return NULL;
}

static inline bool plain_lasts(const struct subject *subject)
{
	return false;
}

static inline int plain_give_back(struct subject *subject, const struct claim_table *claims,
				  struct store_change *ret_change)
{
	return 0;
}

static inline int plain_given_back(struct subject *subject, int error, struct claim_table *claims,
				   uint64_t revision)
{
	return error;
}

static inline void plain_explain_no_return(const struct subject *subject, struct change *change)
{
}

static inline int plain_explain_return(const struct subject *subject, struct refusal_list *reasons)
{
	return 0;
}
