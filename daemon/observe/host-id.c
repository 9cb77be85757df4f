// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's ID.
 */
#include "daemon/observe/host-id.h"

#include <errno.h>
#include <systemd/sd-id128.h>

_Static_assert(HOST_ID_SIZE == SD_ID128_STRING_MAX, "an ID as text");

/* The application ID of cxlfm alone. Another value would make every host a new host. */
static const sd_id128_t application =
	SD_ID128_MAKE(22, bc, 0d, 30, b6, 82, 4e, 85, af, 0f, f1, 5a, b8, b2, 69, ac);

int host_id(char id[static HOST_ID_SIZE])
{
	sd_id128_t found;
	int rc = sd_id128_get_machine_app_specific(application, &found);

	if (rc < 0)
		return rc;
	(void)sd_id128_to_string(found, id);
	return 0;
}

int host_id_read(const char *text, char id[static HOST_ID_SIZE])
{
	sd_id128_t read;

	if (sd_id128_from_string(text, &read) < 0 || sd_id128_is_null(read))
		return -EINVAL;
	(void)sd_id128_to_string(read, id);
	return 0;
}
