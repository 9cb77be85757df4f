// SPDX-License-Identifier: GPL-2.0-only
/*
 * A descriptor that is always readable: its source becomes pending again after each turn.
 */
#include "daemon/process/turn-source.h"

#include <errno.h>
#include <sys/eventfd.h>

#include "util/cleanup.h"

int turn_source_add(sd_event *event, sd_event_source **ret_source, sd_event_io_handler_t callback,
		    void *userdata)
{
	_cleanup_close_ int fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
	sd_event_source *source;
	int rc;

	if (fd < 0)
		return -errno;
	rc = sd_event_add_io(event, &source, fd, EPOLLIN, callback, userdata);
	if (rc < 0)
		return rc;
	rc = sd_event_source_set_enabled(source, SD_EVENT_OFF);
	if (rc >= 0)
		rc = sd_event_source_set_io_fd_own(source, 1);
	if (rc < 0) {
		(void)sd_event_source_disable_unref(source);
		return rc;
	}
	(void)TAKE_FD(fd);
	*ret_source = source;
	return 0;
}
