// SPDX-License-Identifier: GPL-2.0-only
/*
 * What failed steps are explained with, and what pages of a memory block are counted as.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <json-c/json.h>
#include <linux/kernel-page-flags.h>

#include "cxl/step/block-holder.h"
#include "cxl/step/block-pages.h"
#include "cxl/step/step-explain.h"
#include "test/lib/temp-tree.h"
#include "test/lib/wrap-folder.h"
#include "util/json.h"

#define FLAG(number) (UINT64_C(1) << (number))

static void assert_explained(const struct step *step, int error, const char *seen, const char *code,
			     const char *text)
{
	struct refusal_list refusals = REFUSAL_LIST_NULL;

	assert_int_equal(step_explain(step, error, seen, &refusals), 0);
	assert_int_equal(refusals.list.count, 1);
	assert_string_equal(refusals.list.items[0].code, code);
	assert_string_equal(refusals.list.items[0].object, step->object);
	assert_string_equal(refusals.list.items[0].text, text);
	refusal_list_deinit(&refusals);
}

static void test_explain(void **state)
{
	const struct step block = { STEP_BLOCK, "memory40", "region0", "online_kernel", "offline" };
	const struct step commit = { STEP_REGION_COMMIT, "region0", "", "0", "1" };
	const struct step size = { STEP_REGION_SIZE, "region0", "", "0", "536870912" };
	const struct step inverse = step_inverse(&size);
	const struct step unbind = { STEP_REGION_DRIVER, "region0", "", "cxl_region", "" };

	(void)state;
	assert_explained(&block, -EBUSY, "online_kernel", "memory-busy",
			 "memory block memory40 (zone Normal) holds pages that cannot move");
	assert_explained(&block, -EBUSY, NULL, "memory-busy",
			 "memory block memory40 (zone unknown) holds pages that cannot move");
	assert_explained(
		&commit, -ENXIO, "0", "cache-flush",
		"the kernel cannot flush the CPUs' caches, which it must before region0 is "
		"decoded (\"Failed to synchronize CPU cache state\")");
	assert_explained(&size, -ERANGE, "0", "window-full",
			 "the window of region0 has no free range of 536870912 bytes");
	assert_explained(&size, -ESTALE, "268435456", "changed-meanwhile",
			 "somebody else changed region0 meanwhile: its value is 268435456, not 0");
	assert_explained(&inverse, -EBUSY, "536870912", "region-active",
			 "region0 still has its memdevs: its address range cannot be freed");
	assert_explained(&commit, -EMFILE, NULL, "no-descriptors",
			 "cxlfmd or its helper has too many files open, and had none left for the "
			 "change of region0");
	/* A region of memory has no data, but may have programs. */
	assert_explained(&unbind, -EADDRINUSE, "dax0.0 is mapped in process 42 (database)",
			 "pmem-in-use",
			 "region0 is in use: dax0.0 is mapped in process 42 (database)");
	assert_explained(&size, -EDOM, "0", "kernel-refused",
			 "region0: size 0 -> 512M failed: Numerical argument out of domain");
}

static void test_every_step_is_explained(void **state)
{
	(void)state;
	for (size_t kind = 0; kind < host_steps.count; kind++)
		for (int error = 1; error < 134; error++) {
			const struct step step = { host_steps.kinds[kind], "object0", "", "", "x" };
			struct refusal_list refusals = REFUSAL_LIST_NULL;

			assert_int_equal(step_explain(&step, -error, NULL, &refusals), 0);
			assert_null(strchr(refusals.list.items[0].text, '{'));
			refusal_list_deinit(&refusals);
		}
}

static void test_page_kinds(void **state)
{
	static const uint64_t flags[] = {
		FLAG(KPF_BUDDY),
		FLAG(KPF_SLAB) | FLAG(KPF_COMPOUND_HEAD),
		FLAG(KPF_COMPOUND_TAIL),
		FLAG(KPF_PGTABLE) | FLAG(KPF_MMAP),
		FLAG(KPF_ANON) | FLAG(KPF_LRU) | FLAG(KPF_MMAP),
		FLAG(KPF_ANON) | FLAG(KPF_LRU) | FLAG(KPF_UNEVICTABLE),
		FLAG(KPF_LRU) | FLAG(KPF_MMAP),
		FLAG(KPF_HUGE) | FLAG(KPF_COMPOUND_HEAD),
		FLAG(KPF_HUGE) | FLAG(KPF_COMPOUND_TAIL),
		FLAG(32),
		0,
		FLAG(KPF_NOPAGE),
	};
	struct block_pages pages = BLOCK_PAGES_NULL;

	(void)state;
	block_pages_add(&pages, flags, ARRAY_SIZE(flags));
	assert_int_equal(pages.counts[PAGE_FREE], 1);
	assert_int_equal(pages.counts[PAGE_SLAB], 2);
	assert_int_equal(pages.counts[PAGE_TABLE], 1);
	assert_int_equal(pages.counts[PAGE_ANONYMOUS], 1);
	assert_int_equal(pages.counts[PAGE_UNEVICTABLE], 1);
	assert_int_equal(pages.counts[PAGE_FILE], 1);
	assert_int_equal(pages.counts[PAGE_HUGETLB], 2);
	assert_int_equal(pages.counts[PAGE_RESERVED], 1);
	assert_int_equal(pages.counts[PAGE_KERNEL], 1);
	assert_int_equal(pages.counts[PAGE_ABSENT], 1);
}

static void test_numa_maps(void **state)
{
	(void)state;
	assert_int_equal(numa_maps_bytes("7f00 default anon=33 dirty=33 N0=3 N1=30 "
					 "kernelpagesize_kB=4\n",
					 1),
			 30 * 4096);
	assert_int_equal(
		numa_maps_bytes("7f00 bind:1 file=/x huge N11=2 kernelpagesize_kB=2048", 11),
		4 * 1024 * 1024);
	assert_int_equal(numa_maps_bytes("7f00 default N11=2 kernelpagesize_kB=4", 1), 0);
	assert_int_equal(numa_maps_bytes("", 0), 0);
	assert_int_equal(numa_maps_bytes("x N0=18446744073709551615 kernelpagesize_kB=4", 0), 0);
}

static void add_process(const char *root, int pid, const char *name, unsigned int pages)
{
	char path[64], text[128];

	(void)snprintf(path, sizeof(path), "proc/%d/comm", pid);
	(void)snprintf(text, sizeof(text), "%s\n", name);
	temp_tree_file(root, path, text);
	(void)snprintf(path, sizeof(path), "proc/%d/numa_maps", pid);
	(void)snprintf(text, sizeof(text), "7f00 default N1=%u kernelpagesize_kB=4\n", pages);
	temp_tree_file(root, path, text);
}

static void test_holders(void **state)
{
	_cleanup_json_ struct json_object *holders = NULL;
	_cleanup_free_ char *maps = NULL;
	char *root = temp_tree_new();
	char sys[64], proc[64];

	(void)state;
	(void)snprintf(sys, sizeof(sys), "%s/sys", root);
	(void)snprintf(proc, sizeof(proc), "%s/proc", root);
	temp_tree_file(root, "sys/devices/system/memory/block_size_bytes", "8000000\n");
	temp_tree_file(root, "sys/devices/system/memory/memory40/valid_zones", "Normal\n");
	temp_tree_file(root, "sys/devices/system/memory/memory42/valid_zones", "Normal\n");
	/* A region of two blocks of 128 MiB. */
	temp_tree_file(root, "sys/bus/cxl/devices/region0/resource", "0x140000000\n");
	temp_tree_file(root, "sys/bus/cxl/devices/region0/size", "0x10000000\n");
	temp_tree_file(root, "sys/devices/system/node/node1/memory40", "");
	temp_tree_link(root, "sys/devices/system/memory/memory40/node1", "../../node/node1");
	for (int i = 0; i < 7; i++)
		add_process(root, 100 + i, i == 3 ? "a\001b\xff" : "worker", (unsigned int)(i + 1));
	add_process(root, 200, "elsewhere", 0);
	/* A path of many folders: that line is not read to its end, and the lines behind are. */
	assert_true(asprintf(&maps,
			     "7f00 default file=/%0400000d N1=99999 kernelpagesize_kB=4\n"
			     "7f01 default N1=8 kernelpagesize_kB=4\n",
			     0) > 0);
	temp_tree_file(root, "proc/107/numa_maps", maps);
	temp_tree_file(root, "proc/107/comm", "deep\n");
	assert_int_equal(block_holders_read_at(sys, proc, "memory40", &holders), 0);
	assert_string_equal(
		json_object_to_json_string_ext(holders, JSON_C_TO_STRING_PLAIN),
		"{\"block\":\"memory40\",\"zones\":\"Normal\",\"node\":1,\"processes\":["
		"{\"pid\":107,\"name\":\"deep\",\"bytes\":32768},"
		"{\"pid\":106,\"name\":\"worker\",\"bytes\":28672},"
		"{\"pid\":105,\"name\":\"worker\",\"bytes\":24576},"
		"{\"pid\":104,\"name\":\"worker\",\"bytes\":20480},"
		"{\"pid\":103,\"name\":\"a?b?\",\"bytes\":16384}]}");
	/* Where memory is short, nobody says that the block is none of a region. */
	wrap_folder = FOLDER_IS_NOT_OPENED;
	assert_int_equal(block_holders_read_at(sys, proc, "memory40", &holders), -ENOMEM);
	wrap_folder = FOLDER_IS_READ_BY_HALF;
	assert_int_equal(block_holders_read_at(sys, proc, "memory40", &holders), -EIO);
	wrap_folder = FOLDER_IS_READ;
	assert_int_equal(block_holders_read_at(sys, proc, "memory41", &holders), -ENOENT);
	/* Memory of others: of a block nothing, of a node's processes nothing. */
	assert_int_equal(block_holders_read_at(sys, proc, "memory42", &holders), -EPERM);
	temp_tree_file(root, "sys/devices/system/node/node1/memory42", "");
	(void)json_object_put(holders);
	assert_int_equal(block_holders_read_at(sys, proc, "memory40", &holders), 0);
	assert_string_equal(json_object_to_json_string_ext(holders, JSON_C_TO_STRING_PLAIN),
			    "{\"block\":\"memory40\",\"zones\":\"Normal\",\"node\":1}");
	assert_int_equal(block_holders_read_at(sys, proc, "../memory40", &holders), -EINVAL);
	assert_int_equal(block_holders_read_at(sys, proc, "memory", &holders), -EINVAL);
	temp_tree_free(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_explain),	   cmocka_unit_test(test_every_step_is_explained),
		cmocka_unit_test(test_page_kinds), cmocka_unit_test(test_numa_maps),
		cmocka_unit_test(test_holders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
