// SPDX-License-Identifier: GPL-2.0-only
/*
 * The boot ID.
 */
#include "daemon/observe/boot.h"

#include <systemd/sd-id128.h>

const char *boot_id(void)
{
	static char text[SD_ID128_UUID_STRING_MAX];
	sd_id128_t id = SD_ID128_NULL;

	if (text[0] == '\0') {
		/* Without /proc every start counts as a boot: no name of an earlier one is trusted.
		 */
		if (sd_id128_get_boot(&id) < 0)
			(void)sd_id128_randomize(&id);
		(void)sd_id128_to_uuid_string(id, text);
	}
	return text;
}
