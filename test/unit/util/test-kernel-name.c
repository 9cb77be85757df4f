// SPDX-License-Identifier: GPL-2.0-only
/* What only the kernel's objects may be called. */
#include "util/kernel-name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* By dev_set_name() in drivers/cxl, drivers/dax, drivers/nvdimm, drivers/base, and cxl(1). */
static void names_of_the_kernel(void **state)
{
	static const char *const names[] = {
		"region0",
		"region17",
		"Region1",
		"REGION1",
		"region00",
		"mem0",
		"decoder0.0",
		"decoder12.3",
		"dax0.0",
		"dax1",
		"dax_region0",
		"port1",
		"endpoint2",
		"root0",
		"dport4",
		"node0",
		"memory32",
		"pmem0",
		"pmem0.1",
		"namespace0.0",
		"btt0.0",
		"pfn1.1",
		"ndbus0",
		"nmem0",
		"cxl_mem.0",
		"cxl_host_bridge.12",
		"0",
		"17",
		"0.0",
		"12.3",
		"0x0",
		"0X1f",
		"all",
		"ALL",
		"root",
		"switch",
		"endpoint",
		"pmem_region0",
		"nvdimm-bridge0",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!kernel_name_is(names[i]))
			fail_msg("%s is free", names[i]);
}

static void names_of_others(void **state)
{
	static const char *const names[] = {
		"memory-1", "memory",	"region-east", "region1-backup",
		"db1",	    "database", "mem",	       "node-a",
		"web.0",    "allow",	"x0",	       "0x",
		"0xg",	    "1g",	"a.b",	       "",
		"roots",    "cxl-1",	"cxl_mem",     "2nd",
		"portal1",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (kernel_name_is(names[i]))
			fail_msg("%s is taken", names[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_the_kernel),
		cmocka_unit_test(names_of_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
