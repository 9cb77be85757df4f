// SPDX-License-Identifier: GPL-2.0-only
/* Causes of devices, and the identity of each device. */
#include "daemon/observe/causes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "cxl/topology/topology.h"

#define HERE  "pci0000:40/0000:40:01.0/0000:48:00.0"
#define THERE "pci0000:40/0000:40:01.0/0000:49:00.0"

static int hear(struct causes *causes, enum uevent_kind kind, const char *path,
		const struct topology *topology, uint64_t now_ms, uint64_t look)
{
	/* A message goes on behind the path. */
	char message[256];
	struct uevent_news news = { .kind = kind, .length = strlen(path) };

	(void)snprintf(message, sizeof(message), "%s/mem4", path);
	news.path = message;
	return causes_hear(causes, &news, topology, now_ms, look);
}

static struct topology *host_with(const char *path, uint64_t serial)
{
	struct topology *topology = topology_new();
	struct topo_memdev *memdev = topology ? topology_add_memdev(topology, "mem4") : NULL;

	assert_non_null(memdev);
	memdev->host_path = path;
	memdev->serial = serial;
	return topology;
}

/* In the order of Linux 7.3: the driver is let go, the recovery begins, the recovery ends. */
static void a_recovery_begins_with_the_driver(void **state)
{
	_cleanup_topology_ struct topology *host = host_with(HERE, 50);
	struct causes causes = CAUSES_NULL;
	const struct cause *cause;

	assert_int_equal(hear(&causes, UEVENT_UNBOUND, HERE, host, 1000, 3), 1);
	assert_null(causes_find(&causes, 50, NULL));
	assert_int_equal(hear(&causes, UEVENT_ERROR, HERE, host, 1002, 4), 1);
	assert_int_equal(hear(&causes, UEVENT_ERROR, HERE, host, 61002, 5), 1);
	cause = causes_find(&causes, 50, NULL);
	assert_non_null(cause);
	assert_int_equal(cause->kind, CAUSE_RECOVERED);
	assert_int_equal(cause->begun_ms, 1000);
	assert_int_equal(cause->look, 5);
	assert_string_equal(cause->path, HERE);
	causes_deinit(&causes);
}

/* An admin's disable-memdev of long ago is no part of the recovery. */
static void what_was_unbound_long_ago_is_no_begin(void **state)
{
	_cleanup_topology_ struct topology *host = host_with(HERE, 50);
	struct causes causes = CAUSES_NULL;

	(void)hear(&causes, UEVENT_UNBOUND, HERE, host, 1000, 1);
	(void)hear(&causes, UEVENT_ERROR, HERE, host, 1001 + CAUSE_SPAN_MS, 2);
	assert_int_equal(causes_find(&causes, 50, NULL)->begun_ms, 1001 + CAUSE_SPAN_MS);
	causes_deinit(&causes);
}

/* The device that was at the place at that time is meant: a device that is put in later is another
 * one. */
static void who_was_there_is_meant(void **state)
{
	_cleanup_topology_ struct topology *before = host_with(HERE, 50);
	_cleanup_topology_ struct topology *after = host_with(HERE, 51);
	struct causes causes = CAUSES_NULL;

	(void)hear(&causes, UEVENT_REMOVED, HERE, before, 1000, 1);
	assert_int_equal(causes_find(&causes, 50, NULL)->kind, CAUSE_REMOVED);
	assert_null(causes_find(&causes, 51, NULL));
	/* Where the serial number does not tell, the place does. */
	assert_non_null(causes_find(&causes, TOPO_UNKNOWN, HERE));
	assert_null(causes_find(&causes, TOPO_UNKNOWN, THERE));
	assert_null(causes_find(&causes, TOPO_UNKNOWN, NULL));
	/* An event of the next device takes nothing from the cause of the device before. */
	(void)hear(&causes, UEVENT_ERROR, HERE, after, 2000, 2);
	assert_int_equal(causes_find(&causes, 50, NULL)->kind, CAUSE_REMOVED);
	assert_int_equal(causes_find(&causes, 51, NULL)->kind, CAUSE_RECOVERED);
	assert_int_equal(causes_find(&causes, TOPO_UNKNOWN, HERE)->kind, CAUSE_RECOVERED);
	causes_deinit(&causes);
}

/* Taken out of one slot, put into another one, and reset there: or the other way round. */
static void the_newest_counts_wherever_it_was(void **state)
{
	static const char *const slots[][2] = { { HERE, THERE }, { THERE, HERE } };

	for (size_t i = 0; i < 2; i++) {
		_cleanup_topology_ struct topology *before = host_with(slots[i][0], 50);
		_cleanup_topology_ struct topology *after = host_with(slots[i][1], 50);
		struct causes causes = CAUSES_NULL;

		(void)hear(&causes, UEVENT_REMOVED, HERE, NULL, 500, 1);
		(void)hear(&causes, UEVENT_REMOVED, slots[i][0], before, 1000, 2);
		(void)hear(&causes, UEVENT_ERROR, slots[i][1], after, 2000, 3);
		assert_int_equal(causes_find(&causes, 50, NULL)->kind, CAUSE_RECOVERED);
		assert_int_equal(causes_find(&causes, 50, NULL)->look, 3);
		causes_deinit(&causes);
	}
}

static void errors_of_others_are_not_ours(void **state)
{
	_cleanup_topology_ struct topology *host = host_with(HERE, 50);
	struct causes causes = CAUSES_NULL;

	assert_int_equal(hear(&causes, UEVENT_ERROR, THERE, host, 1000, 1), 0);
	assert_int_equal(hear(&causes, UEVENT_ERROR, THERE, NULL, 1000, 1), 0);
	assert_int_equal(hear(&causes, UEVENT_ERROR, HERE "0", host, 1000, 1), 0);
	assert_int_equal(causes.list.count, 0);
	assert_null(causes_find(NULL, 50, HERE));
}

/* Whatever comes and goes: what is kept has a limit, and the newest is kept. */
static void what_is_kept_has_a_limit(void **state)
{
	struct causes causes = CAUSES_NULL;
	char path[64];

	for (int i = 0; i < CAUSES_MAX + 2; i++) {
		(void)snprintf(path, sizeof(path), "pci%d/x", i);
		assert_int_equal(hear(&causes, UEVENT_REMOVED, path, NULL, 1000, 1), 1);
	}
	assert_int_equal(causes.list.count, CAUSES_MAX);
	assert_non_null(causes_find(&causes, TOPO_UNKNOWN, path));
	assert_null(causes_find(&causes, TOPO_UNKNOWN, "pci1/x"));
	assert_non_null(causes_find(&causes, TOPO_UNKNOWN, "pci2/x"));
	causes_deinit(&causes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_recovery_begins_with_the_driver),
		cmocka_unit_test(what_was_unbound_long_ago_is_no_begin),
		cmocka_unit_test(who_was_there_is_meant),
		cmocka_unit_test(the_newest_counts_wherever_it_was),
		cmocka_unit_test(errors_of_others_are_not_ours),
		cmocka_unit_test(what_is_kept_has_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
