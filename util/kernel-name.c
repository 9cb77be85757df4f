// SPDX-License-Identifier: GPL-2.0-only
/*
 * The forms of names. Pure.
 */
#include "util/kernel-name.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "util/cleanup.h"

#define DIGITS "0123456789"

/*
 * The beginnings of device names on the buses cxl, dax, nd, memory and node, before the number:
 * dev_set_name() in drivers/cxl/core, drivers/dax, drivers/nvdimm, drivers/base/memory.c and
 * node.c.
 */
static const char *const prefixes[] = {
	"region",   "mem",	   "memory",	    "node", "decoder",	  "port",
	"endpoint", "root",	   "dport",	    "dax",  "dax_region", "cxl",
	"pmem",	    "pmem_region", "namespace",	    "btt",  "pfn",	  "ndbus",
	"nmem",	    "nvdimm",	   "nvdimm-bridge", "cpu",
};

/* Words that filters and verbs accept instead of a name, as cxl(1) does. */
static const char *const words[] = { "all", "root", "switch", "endpoint" };

/* "0", "0.1", "1.2.3" */
static bool is_number(const char *text)
{
	return strspn(text, DIGITS) > 0 && text[strspn(text, DIGITS ".")] == '\0';
}

static bool is_hexadecimal(const char *text)
{
	const char *digits = strncasecmp(text, "0x", 2) == 0 ? text + 2 : "";

	return *digits && digits[strspn(digits, DIGITS "abcdefABCDEF")] == '\0';
}

/* Platform devices, by which a memdev can be named: "cxl_mem.0", "cxl_host_bridge.1" */
static bool is_platform_device(const char *name)
{
	const char *dot = strrchr(name, '.');

	return strncasecmp(name, "cxl_", 4) == 0 && dot && is_number(dot + 1);
}

bool kernel_name_is(const char *name)
{
	if (is_number(name) || is_hexadecimal(name) || is_platform_device(name))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcasecmp(name, words[i]) == 0)
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
		const size_t length = strlen(prefixes[i]);

		if (strncasecmp(name, prefixes[i], length) == 0 && is_number(name + length))
			return true;
	}
	return false;
}
