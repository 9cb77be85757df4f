// SPDX-License-Identifier: GPL-2.0-only
/*
 * The use of a memory block's pages, by their flags. Pure. Called by block-holder.c.
 */
#include "cxl/step/block-pages.h"

#include <json-c/json.h>
#include <linux/kernel-page-flags.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/json.h"

/* include/linux/kernel-page-flags.h of Linux: shown to root, but not promised to stay */
#define KPF_RESERVED 32
#define KPF_MLOCKED  33

static const char *const kind_names[PAGE_KIND_COUNT] = {
	[PAGE_FREE] = "free",	      [PAGE_ANONYMOUS] = "anonymous",
	[PAGE_FILE] = "file",	      [PAGE_UNEVICTABLE] = "unevictable",
	[PAGE_HUGETLB] = "hugetlb",   [PAGE_SLAB] = "slab",
	[PAGE_TABLE] = "page_table",  [PAGE_RESERVED] = "reserved",
	[PAGE_POISONED] = "poisoned", [PAGE_OFFLINE] = "offline",
	[PAGE_KERNEL] = "kernel",     [PAGE_ABSENT] = "absent",
};

/* The first flag that is set decides. */
static const struct {
	unsigned int flag;
	enum page_kind kind;
} decisive[] = {
	{ KPF_NOPAGE, PAGE_ABSENT },
	{ KPF_HWPOISON, PAGE_POISONED },
	{ KPF_BUDDY, PAGE_FREE },
	{ KPF_OFFLINE, PAGE_OFFLINE },
	{ KPF_SLAB, PAGE_SLAB },
	{ KPF_PGTABLE, PAGE_TABLE },
	{ KPF_HUGE, PAGE_HUGETLB },
	{ KPF_RESERVED, PAGE_RESERVED },
	{ KPF_UNEVICTABLE, PAGE_UNEVICTABLE },
	{ KPF_MLOCKED, PAGE_UNEVICTABLE },
	{ KPF_ANON, PAGE_ANONYMOUS },
	{ KPF_LRU, PAGE_FILE },
	{ KPF_MMAP, PAGE_FILE },
};

static bool has(uint64_t flags, unsigned int flag)
{
	return (flags >> flag & 1) != 0;
}

static enum page_kind kind_of(uint64_t flags)
{
	for (size_t i = 0; i < ARRAY_SIZE(decisive); i++)
		if (has(flags, decisive[i].flag))
			return decisive[i].kind;
	return PAGE_KERNEL;
}

void block_pages_add(struct block_pages *pages, const uint64_t *flags, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		enum page_kind kind = kind_of(flags[i]);

		/* Most flags are set on the head page only: a tail page is of its head's kind. */
		if (has(flags[i], KPF_COMPOUND_HEAD))
			pages->head = kind;
		else if (has(flags[i], KPF_COMPOUND_TAIL) && kind == PAGE_KERNEL)
			kind = pages->head;
		pages->counts[kind]++;
	}
}

struct json_object *block_pages_to_json(const struct block_pages *pages)
{
	_cleanup_json_ struct json_object *object = json_object_new_object();

	if (!object)
		return NULL;
	for (size_t i = 0; i < PAGE_KIND_COUNT; i++)
		if (pages->counts[i] && json_add_u64(object, kind_names[i], pages->counts[i]) < 0)
			return NULL;
	return TAKE_PTR(object);
}

/* The number behind " @name="; 0 when the line has no such field. */
static uint64_t field(const char *line, const char *name)
{
	char key[32];
	const char *at;

	(void)snprintf(key, sizeof(key), " %s=", name);
	at = strstr(line, key);
	return at ? strtoull(at + strlen(key), NULL, 10) : 0;
}

uint64_t numa_maps_bytes(const char *line, int node)
{
	char name[16];
	uint64_t pages, page_kib = field(line, "kernelpagesize_kB");

	(void)snprintf(name, sizeof(name), "N%d", node);
	pages = field(line, name);
	if (page_kib && pages > UINT64_MAX / 1024 / page_kib)
		return 0;
	return pages * page_kib * 1024;
}
