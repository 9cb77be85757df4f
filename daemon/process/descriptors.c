// SPDX-License-Identifier: GPL-2.0-only
/*
 * The limit on open files: see descriptors.h.
 */
#include "daemon/process/descriptors.h"

#include <sys/resource.h>

#include "daemon/process/quota.h"
#include "util/log.h"

/* Some 25 for the daemon itself; the rest is for more helper workers, and for SQLite. */
#define OF_OUR_OWN 64
/* Connections that are accepted only to be refused with a reason. */
#define IN_PASSING 4

size_t descriptors_for_clients(const struct log *log)
{
	const size_t beside = OF_OUR_OWN + IN_PASSING;
	struct rlimit limit;
	struct quota quota;
	size_t wanted, there;

	quota_init(&quota);
	wanted = quota.limits[QUOTA_CONNECTIONS].total;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return 1;
	if (limit.rlim_cur < wanted + beside && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur =
			limit.rlim_max < wanted + beside ? limit.rlim_max : wanted + beside;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
		(void)getrlimit(RLIMIT_NOFILE, &limit);
	}
	there = limit.rlim_cur > beside ? (size_t)limit.rlim_cur - beside : 1;
	if (there >= wanted)
		return wanted;
	if (log)
		log_warning(log,
			    "the limit on open files is %zu: cxlfmd takes %zu connections, not %zu",
			    (size_t)limit.rlim_cur, there, wanted);
	return there;
}
