// SPDX-License-Identifier: GPL-2.0-only
/*
 * When the observer looks, how old what it answers may be, and what becomes of a look that fails,
 * hangs, or whose reader dies. Documentation/design/looks-and-drift.adoc
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/observe/causes.h"
#include "test/unit/daemon/observe/watch-post.h"
#include "util/json.h"

#define MEMDEV_ADDED                                                                               \
	"add@/devices/pci0000:40/0000:40:00.0/"                                                    \
	"mem4\0ACTION=add\0SUBSYSTEM=cxl\0DEVTYPE=cxl_memdev\0"
#define REGION_ADDED                                                                               \
	"add@/devices/platform/ACPI0017:00/root0/decoder0.0/region0\0ACTION=add\0SUBSYSTEM=cxl\0"  \
	"DEVTYPE=cxl_region\0"
#define FUNCTION_ADDED                                                                             \
	"add@/devices/pci0000:0c/0000:0d:00.0\0ACTION=add\0SUBSYSTEM=pci\0"                        \
	"MODALIAS=pci:v00008086d00000D93\0"

int __wrap_inotify_add_watch(int fd, const char *path, uint32_t mask);

/* The errno of all watches; 0: the watches are set. */
static int watch_error;

int __wrap_inotify_add_watch(int fd, const char *path, uint32_t mask)
{
	(void)fd, (void)path, (void)mask;
	errno = watch_error;
	return watch_error ? -1 : 1;
}

/* An observer that has seen a host with two memdevs, and heard of nothing since. */
static struct watch_post *at_rest(void)
{
	struct watch_post *post = watch_post_new();

	show(post, 2);
	assert_int_equal(post->snapshots, 1);
	assert_false(looks(post));
	return post;
}

static void nobody_looks_without_a_reason(void **state)
{
	struct watch_post *post = at_rest();

	pass(post, 24 * 3600 * 1000);
	assert_false(looks(post));
	uevent(post, "add@/devices/usb\0ACTION=add\0SUBSYSTEM=usb\0");
	spin(post);
	assert_false(looks(post));
	watch_post_free(post);
}

static void what_is_current_is_answered_from_what_is_there(void **state)
{
	struct watch_post *post = at_rest();
	struct asker asker = { 0 };

	ask(post, OBSERVER_CURRENT, &asker);
	assert_int_equal(asker.called, 1);
	assert_int_equal(asker.error, 0);
	assert_int_equal(asker.topology->memdevs.count, 2);
	assert_false(looks(post));
	watch_post_free(post);
}

/* An observer that reaches the limit of watches hears of no writes, and looks for each question,
 * until the limit is raised. */
static void what_can_not_be_watched_is_looked_at(void **state)
{
	struct asker first = { 0 }, second = { 0 }, third = { 0 }, last = { 0 };
	struct watch_post *post;

	watch_error = ENOSPC;
	post = at_rest();
	ask(post, OBSERVER_CURRENT, &first);
	assert_int_equal(first.called, 0);
	show(post, 3);
	assert_int_equal(first.called, 1);
	assert_int_equal(first.topology->memdevs.count, 3);
	assert_false(looks(post));
	watch_error = 0;
	ask(post, OBSERVER_CURRENT, &second);
	show(post, 3);
	assert_int_equal(second.called, 1);
	/* Somebody may have written between that look and the watches on the objects that the look
	 * has found. */
	show(post, 3);
	ask(post, OBSERVER_CURRENT, &third);
	assert_int_equal(third.called, 1);
	/* What is gone again is no matter. */
	watch_error = ENOENT;
	uevent(post, MEMDEV_ADDED);
	ask(post, OBSERVER_CURRENT, &last);
	show(post, 4);
	assert_int_equal(last.called, 1);
	assert_int_equal(observer_is_stale(post->observer), false);
	watch_error = 0;
	watch_post_free(post);
}

/* What had happened before the question is in the answer, though nobody had heard of it yet. */
static void what_was_not_heard_yet_counts(void **state)
{
	struct watch_post *post = at_rest();
	struct asker asker = { 0 };

	uevent(post, MEMDEV_ADDED);
	assert_int_equal(observer_is_stale(post->observer), true);
	ask(post, OBSERVER_CURRENT, &asker);
	assert_int_equal(asker.called, 0);
	show(post, 3);
	assert_int_equal(asker.called, 1);
	assert_int_equal(asker.topology->memdevs.count, 3);
	watch_post_free(post);
}

static void a_look_begun_before_a_uevent_is_not_fresh(void **state)
{
	struct watch_post *post = at_rest();
	struct asker before = { 0 }, after = { 0 };

	uevent(post, MEMDEV_ADDED);
	ask(post, OBSERVER_CURRENT, &before);
	uevent(post, MEMDEV_ADDED);
	ask(post, OBSERVER_CURRENT, &after);
	show(post, 3);
	assert_int_equal(before.called, 1);
	assert_int_equal(after.called, 0);
	/* One more, and not one for each that was heard. */
	show(post, 4);
	assert_int_equal(after.called, 1);
	assert_int_equal(after.topology->memdevs.count, 4);
	assert_false(looks(post));
	watch_post_free(post);
}

/* An observer that has lost events looks, although steps of ours may have caused the events. */
static void what_was_lost_may_have_been_anything(void **state)
{
	struct watch_post *post = at_rest();
	struct asker asker = { 0 };

	observer_set_busy(post->observer, true);
	lose_uevents(post);
	ask(post, OBSERVER_CURRENT, &asker);
	show(post, 3);
	assert_int_equal(asker.called, 1);
	assert_int_equal(asker.topology->memdevs.count, 3);
	watch_post_free(post);
}

static void what_is_fresh_was_begun_after_the_question(void **state)
{
	struct watch_post *post = at_rest();
	struct asker first = { 0 }, second = { 0 };

	ask(post, OBSERVER_FRESH, &first);
	assert_int_equal(first.called, 0);
	/* The one under way was begun before this question. */
	ask(post, OBSERVER_FRESH, &second);
	show(post, 2);
	assert_int_equal(first.called, 1);
	assert_int_equal(second.called, 0);
	show(post, 2);
	assert_int_equal(second.called, 1);
	watch_post_free(post);
}

static void who_asks_together_shares_a_look(void **state)
{
	struct watch_post *post = at_rest();
	struct asker askers[3] = { 0 };

	uevent(post, MEMDEV_ADDED);
	for (int i = 0; i < 3; i++)
		ask(post, OBSERVER_CURRENT, &askers[i]);
	show(post, 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(askers[i].called, 1);
	assert_false(looks(post));
	watch_post_free(post);
}

/* The first event is looked at at once, and those behind it 100 ms after each look. */
static void a_storm_is_looked_at_now_and_then(void **state)
{
	struct watch_post *post = at_rest();
	struct asker asker = { 0 };

	pass(post, 100);
	for (int i = 0; i < 5; i++) {
		uevent(post, MEMDEV_ADDED);
		spin(post);
		assert_true(looks(post));
		uevent(post, MEMDEV_ADDED);
		spin(post);
		show(post, 3);
		assert_false(looks(post));
		pass(post, 50);
		uevent(post, REGION_ADDED);
		pass(post, 49);
		assert_false(looks(post));
		pass(post, 1);
		assert_true(looks(post));
		show(post, 3);
		pass(post, 100);
		assert_false(looks(post));
	}
	/* Who asks waits for no rest. */
	uevent(post, MEMDEV_ADDED);
	spin(post);
	show(post, 3);
	uevent(post, MEMDEV_ADDED);
	spin(post);
	assert_false(looks(post));
	assert_true(observer_is_stale(post->observer));
	ask(post, OBSERVER_CURRENT, &asker);
	show(post, 4);
	assert_int_equal(asker.called, 1);
	assert_int_equal(asker.topology->memdevs.count, 4);
	pass(post, 1000);
	assert_false(looks(post));
	watch_post_free(post);
}

static void who_has_left_is_not_called(void **state)
{
	struct watch_post *post = at_rest();
	struct asker stays = { 0 }, leaves = { 0 };

	ask(post, OBSERVER_FRESH, &leaves);
	ask(post, OBSERVER_FRESH, &stays);
	observer_forget(post->observer, &leaves);
	show(post, 2);
	show(post, 2);
	assert_int_equal(leaves.called, 0);
	assert_int_equal(stays.called, 1);
	watch_post_free(post);
}

/* ---- what fails ---- */

static void a_look_that_hangs_is_waited_for_no_longer_than_that(void **state)
{
	struct watch_post *post = at_rest();
	struct asker waits = { 0 }, late = { 0 };
	char text[OBSERVER_ERROR_MAX];
	uint64_t age_ms;

	pass(post, 5000);
	ask(post, OBSERVER_FRESH, &waits);
	pass(post, 9999);
	assert_int_equal(waits.called, 0);
	pass(post, 1);
	assert_int_equal(waits.called, 1);
	assert_int_equal(waits.error, -ETIMEDOUT);
	/* What is there is told with its age, and nobody waits for what nobody knows the end of. */
	assert_true(observer_failure(post->observer, &age_ms, text));
	assert_string_equal(text, "a look has not ended within 10 s");
	assert_int_equal(age_ms, 15000);
	assert_false(observer_is_stale(post->observer));
	/* The late look ends, and is as good as any look. */
	ask(post, OBSERVER_CURRENT, &late);
	show(post, 3);
	assert_false(observer_failure(post->observer, &age_ms, text));
	assert_int_equal(observer_snapshot(post->observer)->topology->memdevs.count, 3);
	show(post, 3);
	assert_int_equal(late.called, 1);
	assert_int_equal(late.error, 0);
	watch_post_free(post);
}

/* Nobody knows when the look after one that hangs begins. */
static void who_waits_behind_a_look_that_hangs_waits_no_longer_either(void **state)
{
	struct watch_post *post = at_rest();
	struct asker first = { 0 }, behind = { 0 }, later = { 0 }, alone = { 0 }, last = { 0 };

	ask(post, OBSERVER_FRESH, &first);
	pass(post, 4000);
	ask(post, OBSERVER_FRESH, &behind);
	pass(post, 6000);
	assert_int_equal(first.error, -ETIMEDOUT);
	pass(post, 3999);
	ask(post, OBSERVER_CURRENT, &later);
	assert_int_equal(behind.called, 0);
	pass(post, 1);
	assert_int_equal(behind.called, 1);
	assert_int_equal(behind.error, -ETIMEDOUT);
	pass(post, 9998);
	assert_int_equal(later.called, 0);
	pass(post, 1);
	assert_int_equal(later.called, 1);
	assert_int_equal(later.error, -ETIMEDOUT);
	pass(post, 20000);
	ask(post, OBSERVER_FRESH, &alone);
	pass(post, 10000);
	assert_int_equal(alone.called, 1);
	assert_int_equal(alone.error, -ETIMEDOUT);
	/* Each was told once, and the next one is answered by the next look. */
	ask(post, OBSERVER_FRESH, &last);
	show(post, 3);
	show(post, 3);
	assert_int_equal(last.called, 1);
	assert_int_equal(last.error, 0);
	pass(post, 20000);
	assert_int_equal(first.called + behind.called + later.called + alone.called, 4);
	assert_int_equal(last.called, 1);
	watch_post_free(post);
}

/* Ever more rarely, without anybody asking: 1 s, 2 s, 4 s, and never more than a minute. */
static void a_look_that_fails_heals_by_itself(void **state)
{
	static const uint64_t waits_ms[] = { 1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000 };
	struct watch_post *post = at_rest();
	struct asker asker = { 0 };
	char text[OBSERVER_ERROR_MAX];
	uint64_t age_ms;

	ask(post, OBSERVER_FRESH, &asker);
	answer(post, reader(post), NULL, -EIO);
	assert_int_equal(asker.error, -EIO);
	for (size_t i = 0; i < sizeof(waits_ms) / sizeof(waits_ms[0]); i++) {
		pass(post, waits_ms[i] - 1);
		assert_false(looks(post));
		pass(post, 1);
		answer(post, reader(post), NULL, -EIO);
		assert_true(observer_failure(post->observer, &age_ms, text));
		assert_string_equal(text, "Input/output error");
	}
	pass(post, 60000);
	show(post, 2);
	assert_false(observer_failure(post->observer, &age_ms, text));
	pass(post, 3600000);
	assert_false(looks(post));
	/* The delay begins anew with a second. */
	asker = (struct asker){ 0 };
	ask(post, OBSERVER_FRESH, &asker);
	answer(post, reader(post), NULL, -EIO);
	pass(post, 1000);
	assert_true(looks(post));
	watch_post_free(post);
}

static void who_asks_does_not_wait_for_the_next_attempt(void **state)
{
	struct watch_post *post = at_rest();
	struct asker asker = { 0 };

	ask(post, OBSERVER_FRESH, &asker);
	answer(post, reader(post), NULL, -EIO);
	asker = (struct asker){ 0 };
	ask(post, OBSERVER_CURRENT, &asker);
	show(post, 3);
	assert_int_equal(asker.error, 0);
	assert_int_equal(asker.topology->memdevs.count, 3);
	/* And then there is nothing to try again. */
	pass(post, 3600000);
	assert_false(looks(post));
	watch_post_free(post);
}

static void a_record_that_makes_no_sense_is_a_failure(void **state)
{
	_cleanup_json_ struct json_object *nonsense = json_object_new_string("nonsense");
	struct watch_post *post = at_rest();
	struct asker asker = { 0 };

	ask(post, OBSERVER_FRESH, &asker);
	answer(post, reader(post), nonsense, 0);
	assert_int_equal(asker.called, 1);
	assert_true(asker.error < 0);
	assert_int_equal(observer_snapshot(post->observer)->topology->memdevs.count, 2);
	asker = (struct asker){ 0 };
	ask(post, OBSERVER_FRESH, &asker);
	answer(post, reader(post), NULL, 0);
	assert_int_equal(asker.error, -EPROTO);
	watch_post_free(post);
}

static void a_reader_that_dies_is_replaced(void **state)
{
	struct watch_post *post = at_rest();
	struct asker asker = { 0 };

	/* Idle: the next look has another one. */
	assert_int_equal(post->worker_count, 1);
	die(post, &post->workers[0]);
	ask(post, OBSERVER_FRESH, &asker);
	assert_int_equal(post->worker_count, 2);
	/* A worker that dies in a look: the observer looks again, and nobody is told. */
	die(post, reader(post));
	assert_int_equal(asker.called, 0);
	show(post, 3);
	assert_int_equal(asker.called, 1);
	assert_int_equal(asker.error, 0);
	/* Two workers die in a row: the host may be the reason. */
	asker = (struct asker){ 0 };
	ask(post, OBSERVER_FRESH, &asker);
	die(post, reader(post));
	die(post, reader(post));
	assert_int_equal(asker.called, 1);
	assert_int_equal(asker.error, -EPIPE);
	pass(post, 1000);
	show(post, 4);
	assert_int_equal(observer_snapshot(post->observer)->topology->memdevs.count, 4);
	watch_post_free(post);
}

/* ---- our own changes ---- */

static void what_our_steps_make_is_looked_at_afterwards(void **state)
{
	struct watch_post *post = at_rest();

	observer_set_busy(post->observer, true);
	uevent(post, REGION_ADDED);
	write_attribute(post);
	spin(post);
	assert_false(looks(post));
	/* But not what is nobody's step. */
	pass(post, 100);
	uevent(post, MEMDEV_ADDED);
	spin(post);
	show(post, 3);
	observer_set_busy(post->observer, false);
	assert_true(observer_is_behind(post->observer));
	/* The client who waited for our change is answered first. */
	pass(post, 99);
	assert_false(looks(post));
	pass(post, 1);
	show(post, 3);
	assert_false(observer_is_behind(post->observer));
	/* From here on such events are somebody else's. */
	pass(post, 100);
	uevent(post, REGION_ADDED);
	spin(post);
	show(post, 3);
	pass(post, 100);
	write_attribute(post);
	spin(post);
	show(post, 3);
	watch_post_free(post);
}

/* A look shows all that has happened before its begin, also what nobody has listened to. */
static void our_own_writes_are_one_look(void **state)
{
	struct watch_post *post = at_rest();

	pass(post, 100);
	observer_set_busy(post->observer, true);
	write_attribute(post);
	spin(post);
	write_attribute(post);
	observer_set_busy(post->observer, false);
	/* The client of the change is answered first. */
	spin(post);
	assert_false(looks(post));
	pass(post, 100);
	show(post, 2);
	assert_false(looks(post));
	watch_post_free(post);
}

/* To list what was just changed takes no longer than a look. */
static void who_asks_after_our_change_does_not_wait(void **state)
{
	struct watch_post *post = at_rest();
	struct asker asker = { 0 };

	observer_set_busy(post->observer, true);
	write_attribute(post);
	observer_set_busy(post->observer, false);
	ask(post, OBSERVER_CURRENT, &asker);
	show(post, 3);
	assert_int_equal(asker.called, 1);
	assert_false(observer_is_behind(post->observer));
	watch_post_free(post);
}

/* A look that was begun before our change has ended does not show all of the change. */
static void a_look_from_before_is_behind(void **state)
{
	struct watch_post *post = at_rest();

	observer_set_busy(post->observer, true);
	pass(post, 100);
	uevent(post, MEMDEV_ADDED);
	spin(post);
	observer_set_busy(post->observer, false);
	show(post, 3);
	assert_true(observer_is_behind(post->observer));
	show(post, 3);
	assert_false(observer_is_behind(post->observer));
	watch_post_free(post);
}

/* ---- udev ---- */

static void a_driver_that_udev_loads_is_waited_for(void **state)
{
	struct watch_post *post = at_rest();
	struct asker asker = { 0 };

	post->udev_has_events = true;
	uevent(post, FUNCTION_ADDED);
	ask(post, OBSERVER_CURRENT, &asker);
	pass(post, 4000);
	assert_int_equal(asker.called, 0);
	uevent(post, MEMDEV_ADDED);
	spin(post);
	show(post, 3);
	assert_int_equal(asker.called, 0);
	post->udev_has_events = false;
	pass(post, 10);
	assert_int_equal(asker.called, 1);
	assert_int_equal(asker.topology->memdevs.count, 3);
	watch_post_free(post);
}

static void udev_is_not_waited_for_without_end(void **state)
{
	struct watch_post *post = at_rest();
	struct asker asker = { 0 };

	post->udev_has_events = true;
	uevent(post, FUNCTION_ADDED);
	ask(post, OBSERVER_CURRENT, &asker);
	pass(post, 4990);
	assert_int_equal(asker.called, 0);
	pass(post, 10);
	assert_int_equal(asker.called, 1);
	watch_post_free(post);
}

/* ---- causes ---- */

#define HOST_PATH "0000:11:00.0" /* of the first memdev of a fake host */

static void what_befalls_a_device_is_in_the_world(void **state)
{
	struct watch_post *post = at_rest();
	const struct topology *seen = observer_snapshot(post->observer)->topology;
	struct world world = observer_world(post->observer, seen);
	const struct cause *cause;

	assert_string_equal(seen->memdevs.items[0]->host_path, HOST_PATH);
	assert_string_equal(world.boot, "boot");
	assert_ptr_equal(world.topology, seen);
	assert_int_equal(world.look, 1);
	assert_null(causes_find(world.causes, seen->memdevs.items[0]->serial, NULL));
	pass(post, 100);
	uevent(post, "unbind@/devices/" HOST_PATH "/mem0\0SUBSYSTEM=cxl\0DEVTYPE=cxl_memdev\0");
	spin(post);
	pass(post, 50);
	uevent(post, "change@/devices/" HOST_PATH "\0SUBSYSTEM=pci\0"
		     "ERROR_EVENT=SUCCESSFUL_RECOVERY\0");
	spin(post);
	/* The look under way was begun before the last event: there is another look. */
	show(post, 2);
	pass(post, 100);
	show(post, 2);
	world = observer_world(post->observer, observer_snapshot(post->observer)->topology);
	cause = causes_find(world.causes, world.topology->memdevs.items[0]->serial, NULL);
	assert_non_null(cause);
	assert_int_equal(cause->begun_ms, post->time.now_ms - 150);
	assert_int_equal(cause->look, 2);
	assert_int_equal(world.look, 3);
	/* Errors of others are no reason to look. */
	uevent(post, "change@/devices/pci0000:00/0000:00:1f.6\0SUBSYSTEM=pci\0"
		     "ERROR_EVENT=BEGIN_RECOVERY\0");
	spin(post);
	assert_false(looks(post));
	watch_post_free(post);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_looks_without_a_reason),
		cmocka_unit_test(what_is_current_is_answered_from_what_is_there),
		cmocka_unit_test(what_can_not_be_watched_is_looked_at),
		cmocka_unit_test(what_was_not_heard_yet_counts),
		cmocka_unit_test(a_look_begun_before_a_uevent_is_not_fresh),
		cmocka_unit_test(what_was_lost_may_have_been_anything),
		cmocka_unit_test(what_is_fresh_was_begun_after_the_question),
		cmocka_unit_test(who_asks_together_shares_a_look),
		cmocka_unit_test(a_storm_is_looked_at_now_and_then),
		cmocka_unit_test(who_has_left_is_not_called),
		cmocka_unit_test(a_look_that_hangs_is_waited_for_no_longer_than_that),
		cmocka_unit_test(who_waits_behind_a_look_that_hangs_waits_no_longer_either),
		cmocka_unit_test(a_look_that_fails_heals_by_itself),
		cmocka_unit_test(who_asks_does_not_wait_for_the_next_attempt),
		cmocka_unit_test(a_record_that_makes_no_sense_is_a_failure),
		cmocka_unit_test(a_reader_that_dies_is_replaced),
		cmocka_unit_test(what_our_steps_make_is_looked_at_afterwards),
		cmocka_unit_test(our_own_writes_are_one_look),
		cmocka_unit_test(who_asks_after_our_change_does_not_wait),
		cmocka_unit_test(a_look_from_before_is_behind),
		cmocka_unit_test(a_driver_that_udev_loads_is_waited_for),
		cmocka_unit_test(udev_is_not_waited_for_without_end),
		cmocka_unit_test(what_befalls_a_device_is_in_the_world),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
