// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hints that are followed: what stands between backquotes in the hint of a refusal, or what its
 * words say, is run on the model of the kernel, and then what was refused is planned and performed,
 * or the command itself is. test-hints.py runs this program, and sees by the texts of what was
 * refused that every place in the planner that gives a hint was come to.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cxl/plan/plan.h"
#include "test/unit/cxl/plan/oracle.h"
#include "test/unit/cxl/plan/plan-host.h"
#include "util/size.h"

#define WORDS_MAX 32
#define UUID	  "5b0d7c1a-3c4e-4a52-9d3c-1f2e3d4c5b6a"

/* How often a hint may lead to a refusal with another hint. */
#define HINTS_MAX 8

static const struct plan_host host = {
	.shape = "[ee][ee]",
	.windows = { { "0", .size = 8 * GIB, .pmem = true },
		     { "1", .size = 8 * GIB },
		     { "0", .size = 2 * GIB } },
	.ram_size = 4 * GIB,
	.pmem_size = GIB,
};

/* What following a hint comes to. */
enum way {
	WAY_CLEARS,  /* the commands take away what was in the way */
	WAY_INSTEAD, /* the command is what can be done instead */
	WAY_SHOWS,   /* the command shows what there is */
	WAY_WORDS,   /* what the words say can be done instead: the scene has it as a command */
};

struct bench {
	struct topology
		*start; /* what devices are is changed here, by other things than the kernel */
	struct fake_kernel *kernel;
};

/* ---- commands ---- */

struct words {
	char text[512];
	const char *list[WORDS_MAX];
	size_t count;
};

static void split(const char *command, struct words *words)
{
	char *save = NULL;

	(void)snprintf(words->text, sizeof(words->text), "%s", command);
	words->count = 0;
	for (char *word = strtok_r(words->text, " ", &save); word;
	     word = strtok_r(NULL, " ", &save)) {
		assert_in_range(words->count, 0, WORDS_MAX - 1);
		words->list[words->count++] = word;
	}
}

static bool is(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/* The options that request_command() writes, and the memdevs behind them. */
static void read_request(const struct words *words, struct region_request *request,
			 const char *memdevs[static WORDS_MAX])
{
	size_t i = 2;

	*request = REGION_REQUEST_NULL;
	request->fresh_uuid = "01234567-89ab-cdef-0123-456789abcdef";
	if (is(words->list[1], "add-memory")) {
		request->goal = PLAN_GOAL_SYSTEM_RAM;
		assert_int_equal(size_parse(words->list[i++], &request->size_bytes), 0);
	}
	for (; i < words->count; i++) {
		const char *word = words->list[i];

		if (sscanf(word, "--near-node=%d", &request->near_node) == 1)
			continue;
		if (word[0] != '-') {
			memdevs[request->memdev_count++] = word;
			continue;
		}
		assert_in_range(i + 1, 1, words->count - 1);
		i++;
		if (is(word, "-s"))
			assert_int_equal(size_parse(words->list[i], &request->size_bytes), 0);
		else if (is(word, "-t"))
			request->type = topo_mode_from_name(words->list[i]);
		else if (is(word, "-d"))
			request->window = words->list[i];
		else if (is(word, "-b"))
			request->bus = words->list[i];
		else if (is(word, "-w"))
			request->ways = atoi(words->list[i]);
		else if (is(word, "-g"))
			request->granularity = atoi(words->list[i]);
		else if (is(word, "-U"))
			request->uuid = words->list[i];
		else
			fail_msg("no option %s", word);
	}
	request->memdevs = memdevs;
	request->memdevs_ordered = is(words->list[1], "create-region");
}

/* As the command line has it. */
static const char *region_word(const char *word)
{
	const char *prefix = "region:";

	return strncmp(word, prefix, strlen(prefix)) == 0 ? word + strlen(prefix) : word;
}

/* One of ours: its plan. */
static int ask(const struct topology *now, const char *command, struct plan *plan)
{
	const char *memdevs[WORDS_MAX];
	struct region_request request;
	struct remove_request removal = { 0 };
	struct words words;
	const char *verb, *last;

	split(command, &words);
	assert_string_equal(words.list[0], "cxlfm");
	verb = words.list[1];
	last = region_word(words.list[words.count - 1]);
	if (is(verb, "add-memory") || is(verb, "create-region")) {
		read_request(&words, &request, memdevs);
		return plan_create_region(now, &request, plan);
	}
	if (is(verb, "enable-region"))
		return plan_enable_region(now, last, PLAN_GOAL_SYSTEM_RAM, TOPO_ZONE_MOVABLE, plan);
	if (is(verb, "online-memory"))
		return plan_online_memory(now, last, TOPO_ZONE_MOVABLE, plan);
	for (size_t i = 2; i < words.count; i++)
		if (is(words.list[i], "--force"))
			removal.force = true;
		else
			removal.region = region_word(words.list[i]);
	removal.keep_region = is(verb, "disable-region");
	assert_true(is(verb, "remove-memory") || removal.keep_region);
	return plan_remove_region(now, &removal, plan);
}

static void offline_all(struct bench *bench, const char *dax)
{
	_cleanup_topology_ struct topology *now = fake_kernel_snapshot(bench->kernel);
	const struct topo_dax_device *device = &now->dax_regions.items[0]->devices.items[0];
	char name[32];

	assert_string_equal(device->name, dax);
	for (size_t i = 0; i < device->blocks.count; i++) {
		if (!device->blocks.items[i].online)
			continue;
		(void)snprintf(name, sizeof(name), "memory%llu",
			       (unsigned long long)device->blocks.items[i].index);
		assert_int_equal(fake_kernel_write(bench->kernel, STEP_BLOCK, name, "offline"), 0);
	}
}

/* Others' programs, by what they do to the kernel or the device. */
static bool run_other(struct bench *bench, const char *command)
{
	struct words words;
	const char *verb, *last;

	split(command, &words);
	verb = words.list[1];
	last = words.list[words.count - 1];
	if (is(verb, "free-dpa"))
		return fake_kernel_write(bench->kernel, STEP_DECODER_DPA, words.list[3], "0") == 0;
	if (is(verb, "offline-memory")) {
		offline_all(bench, last);
		return true;
	}
	if (is(verb, "reconfigure-device"))
		return fake_kernel_write(bench->kernel, STEP_DAX_DRIVER, last, "") == 0 &&
		       fake_kernel_write(bench->kernel, STEP_DAX_DRIVER, last, "kmem") == 0;
	/* The program that had the device has ended. */
	if (is(verb, "unbind"))
		return fake_kernel_write(bench->kernel, STEP_DAX_DRIVER, last, "") == 0;
	if (is(verb, "enable-memdev") || is(verb, "disable-memdev")) {
		topology_memdev(bench->start, last)->enabled = is(verb, "enable-memdev");
		return true;
	}
	if (is(verb, "set-partition")) {
		struct topo_memdev *memdev = topology_memdev(bench->start, last);

		/* All of it, and the device is reset. */
		assert_string_equal(words.list[3], "ram");
		memdev->ram_size += memdev->pmem_size;
		memdev->pmem_size = 0;
		memdev->enabled = true;
		return true;
	}
	fail_msg("nobody knows \"%s\"", command);
	return false;
}

static bool run(struct bench *bench, const char *command)
{
	_cleanup_topology_ struct topology *now = fake_kernel_snapshot(bench->kernel);
	struct plan plan = PLAN_NULL;
	bool done;

	if (strncmp(command, "cxlfm ", strlen("cxlfm ")) != 0)
		return run_other(bench, command);
	done = ask(now, command, &plan) == 0;
	for (size_t i = 0; !done && i < plan.refusals.list.count; i++)
		print_error("%s: %s (%s)\n", command, plan.refusals.list.items[i].text,
			    plan.refusals.list.items[i].hint ?: "-");
	done = done && oracle_performs(bench->kernel, &plan.steps);
	plan_deinit(&plan);
	return done;
}

/* ---- scenes ---- */

/* A careless hand's leftovers, as steps of the kernel. */
static void set(struct bench *bench, const struct step_kind *kind, const char *object,
		const char *value)
{
	assert_int_equal(fake_kernel_write(bench->kernel, kind, object, value), 0);
}

static void reserve(struct bench *bench)
{
	set(bench, STEP_DECODER_MODE, "decoder2.0", "ram");
	set(bench, STEP_DECODER_DPA, "decoder2.0", "268435456");
}

static void reserve_behind(struct bench *bench)
{
	assert_true(run(bench, "cxlfm add-memory 1G -d decoder0.0 mem0"));
	set(bench, STEP_DECODER_MODE, "decoder2.1", "ram");
	set(bench, STEP_DECODER_DPA, "decoder2.1", "268435456");
}

static void uncommit(struct bench *bench)
{
	assert_true(run(bench, "cxlfm create-region -t ram -s 1G -d decoder0.0 mem0"));
	assert_true(run(bench, "cxlfm disable-region region0"));
	set(bench, STEP_REGION_COMMIT, "region0", "0");
}

static void disable_memdevs(struct bench *bench)
{
	for (size_t i = 0; i < bench->start->memdevs.count; i++)
		bench->start->memdevs.items[i]->enabled = false;
}

static void fill_decoders(struct bench *bench)
{
	for (int i = 0; i < 4; i++)
		assert_true(run(bench, "cxlfm add-memory 256M -d decoder0.0 mem0"));
}

static void disable(struct bench *bench)
{
	assert_true(run(bench, "cxlfm add-memory 1G -d decoder0.0 mem0"));
	assert_true(run(bench, "cxlfm disable-region region0"));
}

static void make_devdax(struct bench *bench)
{
	assert_true(run(bench, "cxlfm create-region -t ram -s 1G -d decoder0.0 mem0"));
	set(bench, STEP_DAX_DRIVER, "dax0.0", "");
	set(bench, STEP_DAX_DRIVER, "dax0.0", "device_dax");
}

static void make_pmem(struct bench *bench)
{
	assert_true(run(bench, "cxlfm create-region -t pmem -s 1G mem0"));
}

static void two_regions(struct bench *bench)
{
	assert_true(run(bench, "cxlfm add-memory 1G -d decoder0.0 mem0"));
	assert_true(run(bench, "cxlfm add-memory 1G -d decoder0.0 mem0"));
}

static void fill_window(struct bench *bench)
{
	assert_true(run(bench, "cxlfm add-memory 4G -d decoder0.0 mem0"));
	assert_true(run(bench, "cxlfm add-memory 4G -d decoder0.0 mem1"));
}

/* Others take a region from below another one. */
static void fragment(struct bench *bench)
{
	assert_true(run(bench, "cxlfm create-region -t ram -s 3G -d decoder0.0 mem0"));
	assert_true(run(bench, "cxlfm create-region -t ram -s 2G -d decoder0.0 mem1"));
	set(bench, STEP_REGION_COMMIT, "region0", "0");
	set(bench, STEP_REGION, "region0", "");
	set(bench, STEP_DECODER_DPA, "decoder2.0", "0");
}

/* The range of the region was System RAM before the driver came: cxl_region_probe() makes no dax
 * region. */
static void firmware_memory(struct bench *bench)
{
	struct topology *now;

	assert_true(run(bench, "cxlfm create-region -t ram -s 1G -d decoder0.0 mem0"));
	now = fake_kernel_snapshot(bench->kernel);
	topology_region(now, "region0")->dax_region = NULL;
	(void)fake_kernel_free(bench->kernel);
	(void)topology_free(bench->start);
	bench->start = now;
	bench->kernel = fake_kernel_new(now);
	assert_non_null(bench->kernel);
}

static void only_pmem(struct bench *bench)
{
	struct topo_memdev *memdev = topology_memdev(bench->start, "mem2");

	memdev->ram_size = 0;
	memdev->pmem_size = 4 * GIB;
}

static void begin_with(struct bench *bench, const struct plan_host *other)
{
	(void)fake_kernel_free(bench->kernel);
	(void)topology_free(bench->start);
	bench->start = plan_host_new(other);
	bench->kernel = fake_kernel_new(bench->start);
	assert_non_null(bench->kernel);
}

/* One window over both bridges. */
static void two_bridges(struct bench *bench)
{
	begin_with(bench, &(struct plan_host){ .shape = "[ee][ee]", .windows = { { "01" } } });
}

static void uneven_switches(struct bench *bench)
{
	begin_with(bench, &(struct plan_host){ .shape = "[[eee][e]]", .windows = { { "0" } } });
}

static void many_memdevs(struct bench *bench)
{
	begin_with(bench, &(struct plan_host){ .shape = "[eeeeeeee][eeeeeeee]",
					       .windows = { { "01", .granularity = 8192 } },
					       .decoders = 8 });
}

static void large_blocks(struct bench *bench)
{
	bench->start->memory_block_size = GIB;
	(void)fake_kernel_free(bench->kernel);
	bench->kernel = fake_kernel_new(bench->start);
	assert_non_null(bench->kernel);
}

/* Nowhere in the window a memory block can begin any more. */
static void uneven_space(struct bench *bench)
{
	large_blocks(bench);
	assert_true(run(bench, "cxlfm create-region -t ram -s 256M -d decoder0.2 mem0"));
}

static void pmem_of_a_uuid(struct bench *bench)
{
	assert_true(run(bench, "cxlfm create-region -t pmem -s 256M -U " UUID " mem0"));
}

static void fill_one_of_two(struct bench *bench)
{
	assert_true(run(bench, "cxlfm add-memory 4G -d decoder0.1 mem2"));
}

static void same_serials(struct bench *bench)
{
	for (size_t i = 0; i < bench->start->memdevs.count; i++)
		bench->start->memdevs.items[i]->serial = 7;
}

/* Below the region nothing comes to its port any more. */
static void high_region(struct bench *bench)
{
	assert_true(run(bench, "cxlfm add-memory 1G -d decoder0.2 mem1"));
}

/* Four terabytes, of which every other block is offline. */
static void offline_every_other_block(struct bench *bench)
{
	const struct plan_host large = { .shape = "[e]",
					 .windows = { { "0", .size = 4096 * GIB } },
					 .ram_size = 4096 * GIB };
	char name[32];

	begin_with(bench, &large);
	assert_true(run(bench, "cxlfm add-memory 4T"));
	for (int i = 32; i < 32 + 32768; i += 2) {
		(void)snprintf(name, sizeof(name), "memory%d", i);
		set(bench, STEP_BLOCK, name, "offline");
	}
}

static const struct scene {
	const char *code;
	enum way way;
	void (*past)(struct bench *bench);
	const char *asked;
	const char *then; /* of WAY_WORDS */
} scenes[] = {
	{ "ambiguous-memdev", WAY_SHOWS, same_serials, "cxlfm add-memory 1G serial:7" },
	{ "decoder-out-of-order", WAY_CLEARS, fragment,
	  "cxlfm add-memory 256M -d decoder0.0 mem0" },
	{ "decoder-reserved", WAY_CLEARS, uncommit, "cxlfm add-memory 1G -d decoder0.0 mem1" },
	{ "dpa-reserved", WAY_CLEARS, reserve, "cxlfm add-memory 1G mem0" },
	{ "dpa-reserved", WAY_CLEARS, uncommit, "cxlfm add-memory 1G mem0" },
	{ "dpa-too-small", WAY_CLEARS, fill_window, "cxlfm add-memory 4G -d decoder0.0 mem1" },
	{ "hpa-order", WAY_CLEARS, high_region, "cxlfm add-memory 1G -d decoder0.0 mem0" },
	{ "less-fits", WAY_INSTEAD, NULL, "cxlfm add-memory 12G" },
	{ "less-fits", WAY_INSTEAD, NULL, "cxlfm add-memory 6G -w 1" },
	{ "less-fits", WAY_INSTEAD, NULL, "cxlfm create-region -t pmem -s 4G" },
	{ "less-fits", WAY_INSTEAD, fill_decoders, "cxlfm add-memory 16G" },
	{ "less-fits", WAY_INSTEAD, reserve_behind, "cxlfm add-memory 6G mem1" },
	{ "memdev-disabled", WAY_CLEARS, disable_memdevs, "cxlfm add-memory 1G mem3" },
	{ "memdev-disabled", WAY_CLEARS, disable_memdevs, "cxlfm add-memory 1G" },
	{ "memory-fragmented", WAY_CLEARS, offline_every_other_block,
	  "cxlfm remove-memory region0" },
	{ "no-capacity", WAY_CLEARS, only_pmem, "cxlfm add-memory 4G mem2" },
	{ "no-dax-device", WAY_INSTEAD, firmware_memory, "cxlfm remove-memory region0" },
	{ "no-free-decoder", WAY_CLEARS, fill_decoders, "cxlfm add-memory 256M mem0" },
	{ "no-free-decoder", WAY_CLEARS, fill_decoders, "cxlfm add-memory 256M mem1" },
	{ "not-system-ram", WAY_CLEARS, make_devdax, "cxlfm online-memory region0" },
	{ "pmem-data", WAY_INSTEAD, make_pmem, "cxlfm remove-memory region0" },
	{ "pmem-not-memory", WAY_INSTEAD, NULL, "cxlfm add-memory 1G -t pmem" },
	{ "region-disabled", WAY_CLEARS, disable, "cxlfm online-memory region0" },
	{ "region-not-committed", WAY_INSTEAD, uncommit, "cxlfm enable-region region0" },
	{ "region-not-committed", WAY_INSTEAD, uncommit, "cxlfm online-memory region0" },
	{ "region-order", WAY_CLEARS, two_regions, "cxlfm remove-memory region0" },
	{ "region-order", WAY_CLEARS, reserve_behind, "cxlfm remove-memory region0" },
	{ "target-order", WAY_INSTEAD, two_bridges, "cxlfm create-region -t ram mem2 mem0" },
	{ "target-order", WAY_INSTEAD, two_bridges, "cxlfm create-region -t ram -s 1G mem2 mem0" },
	{ "unknown-bus", WAY_SHOWS, NULL, "cxlfm create-region -t ram -s 1G -b root9" },
	{ "unknown-memdev", WAY_SHOWS, NULL, "cxlfm add-memory 1G mem9" },
	{ "unknown-node", WAY_SHOWS, two_bridges, "cxlfm add-memory 1G --near-node=9" },
	{ "unknown-region", WAY_SHOWS, NULL, "cxlfm remove-memory region9" },
	{ "unknown-window", WAY_SHOWS, NULL, "cxlfm add-memory 1G -d decoder9.9" },
	{ "window-fragmented", WAY_CLEARS, fragment, "cxlfm add-memory 4G -d decoder0.0 mem0" },
	{ "window-too-small", WAY_CLEARS, fill_window, "cxlfm add-memory 4G -d decoder0.0" },
	{ "dpa-too-small", WAY_CLEARS, fill_one_of_two, "cxlfm add-memory 2G -d decoder0.1 -w 2" },

	{ "duplicate-uuid", WAY_WORDS, pmem_of_a_uuid,
	  "cxlfm create-region -t pmem -s 256M -U " UUID " mem1",
	  "cxlfm create-region -t pmem -s 256M mem1" },
	{ "dpa-too-small", WAY_WORDS, NULL, "cxlfm add-memory 6G mem1",
	  "cxlfm add-memory 4G mem1" },
	{ "granularity-invalid", WAY_WORDS, NULL, "cxlfm create-region -t ram -s 1G -g 300",
	  "cxlfm create-region -t ram -s 1G -g 512" },
	{ "granularity-too-coarse", WAY_WORDS, many_memdevs,
	  "cxlfm create-region -t ram -s 4G -w 8", "cxlfm create-region -t ram -s 4G -w 2" },
	{ "memdev-outside-window", WAY_WORDS, NULL, "cxlfm add-memory 1G -d decoder0.0 mem2",
	  "cxlfm add-memory 1G mem2" },
	{ "memory-block", WAY_CLEARS, uneven_space, "cxlfm add-memory 1G -d decoder0.2 mem0" },
	{ "memory-block", WAY_WORDS, large_blocks, "cxlfm add-memory 512M", "cxlfm add-memory 1G" },
	{ "size-not-multiple", WAY_WORDS, NULL, "cxlfm add-memory 300M", "cxlfm add-memory 512M" },
	{ "size-not-multiple", WAY_WORDS, NULL, "cxlfm add-memory 1000000001",
	  "cxlfm add-memory 1G" },
	{ "too-few-memdevs", WAY_WORDS, NULL, "cxlfm add-memory 1G -d decoder0.0 -w 4",
	  "cxlfm add-memory 1G -d decoder0.0 -w 2" },
	{ "type-invalid", WAY_WORDS, NULL, "cxlfm create-region -t mixed -s 1G",
	  "cxlfm create-region -t ram -s 1G" },
	{ "uneven-ports", WAY_WORDS, uneven_switches, "cxlfm create-region -t ram -w 4",
	  "cxlfm create-region -t ram -w 2 mem0 mem3" },
	{ "uneven-ports", WAY_WORDS, uneven_switches,
	  "cxlfm create-region -t ram mem0 mem1 mem2 mem3",
	  "cxlfm create-region -t ram mem0 mem3" },
	{ "ways-invalid", WAY_WORDS, NULL, "cxlfm create-region -t ram -w 5",
	  "cxlfm create-region -t ram -w 2" },
	{ "ways-invalid", WAY_WORDS, many_memdevs,
	  "cxlfm create-region -t ram mem0 mem1 mem2 mem8 mem9",
	  "cxlfm create-region -t ram mem0 mem8" },
	{ "ways-invalid", WAY_WORDS, many_memdevs,
	  "cxlfm create-region -t ram mem0 mem1 mem2 mem3 mem4 mem5 mem6 mem7 mem8 mem9 mem10 "
	  "mem11 "
	  "mem12 mem13 mem14 mem15 mem0",
	  "cxlfm create-region -t ram mem0 mem8" },
	{ "ways-mismatch", WAY_WORDS, NULL, "cxlfm create-region -t ram -w 2 mem0",
	  "cxlfm create-region -t ram -w 2" },
	{ "window-granularity", WAY_WORDS, two_bridges, "cxlfm create-region -t ram -w 2 -g 512",
	  "cxlfm create-region -t ram -w 2" },
};

/* ---- following ---- */

static const struct refusal *find_refusal(const struct plan *plan, const char *code)
{
	for (size_t i = 0; i < plan->refusals.list.count; i++)
		if (is(plan->refusals.list.items[i].code, code))
			return &plan->refusals.list.items[i];
	return NULL;
}

/* Runs what is between backquotes; returns how many commands there were. */
static int follow(struct bench *bench, const char *hint, enum way way)
{
	int count = 0;

	for (const char *at = strchr(hint, '`'); at; at = strchr(at, '`')) {
		const char *end = strchr(at + 1, '`');
		char command[512];

		assert_non_null(end);
		(void)snprintf(command, sizeof(command), "%.*s", (int)(end - at - 1), at + 1);
		if (way == WAY_SHOWS)
			assert_true(strstr(command, " list ") || is(command, "numactl -H"));
		else if (!run(bench, command))
			fail_msg("\"%s\" can't be followed", command);
		count++;
		at = end + 1;
	}
	return count;
}

/* Until it is planned, the first refusal with a command is followed. */
static void insist(struct bench *bench, const struct scene *scene)
{
	for (int i = 0; i < HINTS_MAX; i++) {
		_cleanup_topology_ struct topology *now = fake_kernel_snapshot(bench->kernel);
		struct plan plan = PLAN_NULL;
		const struct refusal *refusal = NULL;
		int rc = ask(now, scene->asked, &plan);

		for (size_t j = 0; !refusal && j < plan.refusals.list.count; j++)
			if (plan.refusals.list.items[j].hint &&
			    strchr(plan.refusals.list.items[j].hint, '`') &&
			    !is(plan.refusals.list.items[j].code, "less-fits"))
				refusal = &plan.refusals.list.items[j];
		if (rc == PLAN_E_REFUSED && !refusal)
			fail_msg("%s: no way out of \"%s\"", scene->code,
				 plan.refusals.list.items[0].text);
		if (rc == PLAN_E_REFUSED)
			(void)follow(bench, refusal->hint, WAY_CLEARS);
		else
			assert_true(oracle_performs(bench->kernel, &plan.steps));
		plan_deinit(&plan);
		if (rc == 0)
			return;
	}
	fail_msg("%s: hints lead nowhere", scene->code);
}

static void play(const struct scene *scene)
{
	struct bench bench = { .start = plan_host_new(&host) };
	_cleanup_topology_ struct topology *now = NULL;
	struct plan plan = PLAN_NULL;
	const struct refusal *refusal;

	bench.kernel = fake_kernel_new(bench.start);
	if (scene->past)
		scene->past(&bench);
	now = fake_kernel_snapshot(bench.kernel);
	assert_int_equal(ask(now, scene->asked, &plan), PLAN_E_REFUSED);
	refusal = find_refusal(&plan, scene->code);
	if (!refusal || !refusal->hint)
		fail_msg("%s: %s is refused by %s: %s (%s)", scene->code, scene->asked,
			 plan.refusals.list.items[0].code, plan.refusals.list.items[0].text,
			 refusal ? "no hint" : plan.refusals.list.items[0].hint);
	print_message("%s: %s\n", refusal->code, refusal->text);
	if (scene->way == WAY_WORDS)
		assert_true(run(&bench, scene->then));
	else
		assert_true(follow(&bench, refusal->hint, scene->way) > 0);
	if (scene->way == WAY_CLEARS)
		insist(&bench, scene);
	plan_deinit(&plan);
	assert_int_equal(fake_kernel_warnings(bench.kernel), 0);
	(void)fake_kernel_free(bench.kernel);
	(void)topology_free(bench.start);
}

static void test_hints_are_followed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++)
		play(&scenes[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hints_are_followed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
