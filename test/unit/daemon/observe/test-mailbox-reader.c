// SPDX-License-Identifier: GPL-2.0-only
/* The order in which mailboxes are read, and mailboxes that hang. */
#include "daemon/observe/mailbox-reader.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "cxl/topology/topology-json.h"
#include "test/unit/daemon/observe/watch-post.h"
#include "util/cleanup.h"
#include "util/json.h"

#define MEMDEVS 7

struct bench {
	struct watch_post *post;
	struct mailbox_reader *reader;
};

static struct bench bench_new(void)
{
	struct bench bench = { .post = watch_post_new() };
	const struct timekeeper keeper = fake_time_keeper(&bench.post->time);

	show(bench.post, MEMDEVS);
	assert_int_equal(mailbox_reader_new(&keeper, &bench.post->log, bench.post->observer,
					    bench.post->helper, &bench.reader),
			 0);
	return bench;
}

static void bench_free(struct bench *bench)
{
	(void)mailbox_reader_free(bench->reader);
	watch_post_free(bench->post);
}

static void on_ready(void *userdata)
{
	++*(unsigned int *)userdata;
}

/* Asks for the first so many memdevs; returns whether there is something to wait for. */
static bool ask_for(struct bench *bench, size_t count, bool fresh, unsigned int *called)
{
	const struct topology *topology = observer_snapshot(bench->post->observer)->topology;
	const unsigned int before = *called;
	int rc = mailbox_reader_ask(bench->reader,
				    (const struct topo_memdev *const *)topology->memdevs.items,
				    count, fresh, on_ready, called);

	assert_in_range(rc, 0, 1);
	/* Never from within. */
	assert_int_equal(*called, before);
	spin(bench->post);
	return rc == 0;
}

/* The worker that reads a memdev's mailbox, or NULL. */
static struct worker *find_read(const struct bench *bench, int memdev)
{
	struct watch_post *post = bench->post;
	char name[16];

	(void)snprintf(name, sizeof(name), "mem%d", memdev);
	for (size_t i = 0; i < post->worker_count; i++)
		if (post->workers[i].asked && post->workers[i].verb == HELPER_MAILBOX &&
		    strcmp(post->workers[i].object, name) == 0)
			return &post->workers[i];
	return NULL;
}

static size_t count_reads(const struct bench *bench)
{
	size_t count = 0;

	for (int i = 0; i < MEMDEVS; i++)
		count += find_read(bench, i) != NULL;
	return count;
}

static void tell(struct bench *bench, int memdev, const char *health)
{
	_cleanup_json_ struct json_object *data = json_object_new_object();
	struct worker *worker = find_read(bench, memdev);

	if (!worker)
		fail_msg("nobody reads mem%d", memdev);
	assert_int_equal(json_add_string(data, "health", health), 0);
	answer(bench->post, worker, data, 0);
}

/* A member of what is kept of a memdev, or NULL. */
static const char *kept(const struct bench *bench, int memdev, const char *key)
{
	const struct topology *topology = observer_snapshot(bench->post->observer)->topology;
	const struct topo_memdev *item = topology->memdevs.items[memdev];
	const char *text = NULL;

	if (item->mailbox)
		(void)json_get_string(item->mailbox, key, &text);
	return text;
}

static void what_is_asked_for_is_read_and_kept(void **state)
{
	struct bench bench = bench_new();
	const struct topo_memdev *memdev;
	unsigned int called = 0;

	assert_true(ask_for(&bench, 1, false, &called));
	pass(bench.post, 700);
	tell(&bench, 0, "good");
	assert_int_equal(called, 1);
	assert_string_equal(kept(&bench, 0, "health"), "good");
	/* The time of the values is the time at which the read was begun. */
	memdev = observer_snapshot(bench.post->observer)->topology->memdevs.items[0];
	assert_int_equal(memdev->mailbox_time_ms, bench.post->time.now_ms - 700);
	/* The value goes on to the next snapshot, and need not be read for that snapshot. */
	observer_set_busy(bench.post->observer, false);
	pass(bench.post, 100);
	show(bench.post, MEMDEVS);
	assert_string_equal(kept(&bench, 0, "health"), "good");
	assert_false(ask_for(&bench, 1, false, &called));
	assert_int_equal(count_reads(&bench), 0);
	bench_free(&bench);
}

static void four_are_read_at_a_time(void **state)
{
	struct bench bench = bench_new();
	unsigned int called = 0;

	assert_true(ask_for(&bench, 6, true, &called));
	for (int i = 0; i < 4; i++)
		assert_non_null(find_read(&bench, i));
	assert_int_equal(count_reads(&bench), 4);
	tell(&bench, 2, "good");
	assert_non_null(find_read(&bench, 4));
	assert_int_equal(count_reads(&bench), 4);
	for (int i = 0; i < 6; i++) {
		assert_int_equal(called, 0);
		if (i != 2)
			tell(&bench, i, "good");
	}
	assert_int_equal(called, 1);
	assert_int_equal(count_reads(&bench), 0);
	bench_free(&bench);
}

/* Clients take turns: a client who asks for one memdev does not wait for a client who asks for all.
 */
static void who_asks_for_little_does_not_wait_for_much(void **state)
{
	struct bench bench = bench_new();
	const struct topology *topology = observer_snapshot(bench.post->observer)->topology;
	const struct topo_memdev *last = topology->memdevs.items[6];
	unsigned int much = 0, little = 0;

	assert_true(ask_for(&bench, 6, true, &much));
	assert_int_equal(mailbox_reader_ask(bench.reader, &last, 1, true, on_ready, &little), 0);
	spin(bench.post);
	tell(&bench, 0, "good");
	tell(&bench, 1, "good");
	assert_non_null(find_read(&bench, 6));
	tell(&bench, 6, "good");
	assert_int_equal(little, 1);
	assert_int_equal(much, 0);
	bench_free(&bench);
}

static void one_that_hangs_holds_up_no_other(void **state)
{
	struct bench bench = bench_new();
	unsigned int called = 0, again = 0;

	/* As many as are read at a time. */
	assert_true(ask_for(&bench, 6, true, &called));
	tell(&bench, 3, "good");
	pass(bench.post, MAILBOX_DEADLINE_MS - 1);
	assert_int_equal(count_reads(&bench), 4);
	assert_null(kept(&bench, 0, "mailbox_error"));
	pass(bench.post, 1);
	/* Four have hung; the fifth was begun together with them, and the last one has room now. */
	assert_string_equal(kept(&bench, 0, "mailbox_error"), "no answer within 10 s");
	assert_non_null(find_read(&bench, 5));
	tell(&bench, 5, "good");
	assert_int_equal(called, 1);
	assert_string_equal(kept(&bench, 5, "health"), "good");
	/* The mailbox that hangs is left alone until its answer. */
	assert_false(ask_for(&bench, 1, true, &again));
	assert_int_equal(count_reads(&bench), 4);
	tell(&bench, 0, "late");
	assert_string_equal(kept(&bench, 0, "health"), "late");
	assert_null(kept(&bench, 0, "mailbox_error"));
	bench_free(&bench);
}

/* The values that the mailbox told before stay, with their age, and beside the values the reason
 * why there is nothing newer. */
static void what_fails_is_told_beside_what_was(void **state)
{
	struct bench bench = bench_new();
	unsigned int called = 0;

	assert_true(ask_for(&bench, 1, true, &called));
	tell(&bench, 0, "good");
	pass(bench.post, 2000);
	assert_true(ask_for(&bench, 1, true, &called));
	answer(bench.post, find_read(&bench, 0), NULL, -EIO);
	assert_int_equal(called, 2);
	assert_string_equal(kept(&bench, 0, "health"), "good");
	assert_string_equal(kept(&bench, 0, "mailbox_error"), strerror(EIO));
	/* A worker that dies is a failure, too. */
	pass(bench.post, 2000);
	assert_true(ask_for(&bench, 1, true, &called));
	die(bench.post, find_read(&bench, 0));
	assert_int_equal(called, 3);
	assert_string_equal(kept(&bench, 0, "mailbox_error"), strerror(EPIPE));
	/* A client who is content with old values does not have the mailbox tried again, for a
	 * minute. */
	assert_false(ask_for(&bench, 1, false, &called));
	assert_int_equal(count_reads(&bench), 0);
	pass(bench.post, 60001);
	assert_true(ask_for(&bench, 1, false, &called));
	tell(&bench, 0, "good again");
	assert_null(kept(&bench, 0, "mailbox_error"));
	bench_free(&bench);
}

/* A client who has just changed something is not to be told what was before. */
static void a_read_begun_before_the_question_is_not_fresh(void **state)
{
	struct bench bench = bench_new();
	unsigned int first = 0, second = 0;

	assert_true(ask_for(&bench, 1, true, &first));
	pass(bench.post, 100);
	assert_true(ask_for(&bench, 1, true, &second));
	tell(&bench, 0, "before");
	assert_int_equal(first, 1);
	assert_int_equal(second, 0);
	tell(&bench, 0, "after");
	assert_int_equal(second, 1);
	assert_string_equal(kept(&bench, 0, "health"), "after");
	bench_free(&bench);
}

/* A crowd has no more than so many reads of its own: values that are younger than a second serve
 * the crowd. */
static void a_crowd_shares_what_is_young(void **state)
{
	struct bench bench = bench_new();
	unsigned int called = 0, reads = 0;

	for (int i = 0; i < 200; i++) {
		if (ask_for(&bench, 1, true, &called)) {
			tell(&bench, 0, "good");
			reads++;
		}
		pass(bench.post, 1);
	}
	/* 64 early ones at once, the first one, which was not early, and 16 more in each second */
	assert_in_range(reads, 65, 65 + 200 * 16 / 1000 + 1);
	pass(bench.post, MAILBOX_FRESH_MS + 1);
	assert_true(ask_for(&bench, 1, true, &called));
	bench_free(&bench);
}

static void what_is_old_is_read_again_behind_the_answer(void **state)
{
	struct bench bench = bench_new();
	unsigned int called = 0;

	assert_true(ask_for(&bench, 1, false, &called));
	tell(&bench, 0, "good");
	pass(bench.post, 60001);
	/* The old values are the answer; and however many clients ask, the mailbox is read once. */
	assert_false(ask_for(&bench, 1, false, &called));
	assert_false(ask_for(&bench, 1, false, &called));
	assert_int_equal(count_reads(&bench), 1);
	tell(&bench, 0, "better");
	assert_int_equal(called, 1);
	assert_string_equal(kept(&bench, 0, "health"), "better");
	assert_int_equal(count_reads(&bench), 0);
	bench_free(&bench);
}

static void who_has_left_is_not_called(void **state)
{
	struct bench bench = bench_new();
	unsigned int stays = 0, leaves = 0;

	assert_true(ask_for(&bench, 2, true, &leaves));
	assert_true(ask_for(&bench, 1, false, &stays));
	mailbox_reader_forget(bench.reader, &leaves);
	tell(&bench, 0, "good");
	tell(&bench, 1, "good");
	assert_int_equal(leaves, 0);
	assert_int_equal(stays, 1);
	bench_free(&bench);
}

/* The name is another device's by the time of the answer. */
static void what_another_device_told_is_not_kept(void **state)
{
	struct bench bench = bench_new();
	_cleanup_json_ struct json_object *record = NULL;
	struct topology *topology = observer_snapshot(bench.post->observer)->topology;
	unsigned int called = 0;

	assert_true(ask_for(&bench, 1, true, &called));
	topology->memdevs.items[0]->serial += 100;
	record = topology_to_json(topology);
	topology->memdevs.items[0]->serial -= 100;
	observer_set_busy(bench.post->observer, false);
	pass(bench.post, 100);
	answer(bench.post, reader(bench.post), record, 0);
	tell(&bench, 0, "somebody else's");
	assert_int_equal(called, 1);
	assert_null(kept(&bench, 0, "health"));
	/* Of that one nothing is known. */
	assert_true(ask_for(&bench, 1, false, &called));
	bench_free(&bench);
}

/* Many devices have no serial number, which the kernel shows as 0. */
static void devices_without_serials_are_told_apart(void **state)
{
	struct bench bench = bench_new();
	struct topology *topology = observer_snapshot(bench.post->observer)->topology;
	_cleanup_json_ struct json_object *record = NULL;
	unsigned int called = 0;

	for (size_t i = 0; i < topology->memdevs.count; i++)
		topology->memdevs.items[i]->serial = 0;
	record = topology_to_json(topology);
	observer_set_busy(bench.post->observer, false);
	pass(bench.post, 100);
	answer(bench.post, reader(bench.post), record, 0);
	assert_true(ask_for(&bench, 2, true, &called));
	answer(bench.post, find_read(&bench, 0), NULL, -EIO);
	tell(&bench, 1, "good");
	assert_int_equal(called, 1);
	assert_null(kept(&bench, 0, "health"));
	assert_string_equal(kept(&bench, 0, "mailbox_error"), strerror(EIO));
	assert_string_equal(kept(&bench, 1, "health"), "good");
	assert_null(kept(&bench, 1, "mailbox_error"));
	bench_free(&bench);
}

static void who_can_not_be_asked_is_told_from_the_loop(void **state)
{
	struct bench bench = bench_new();
	unsigned int called = 0;

	/* The helper is gone: no worker can be started. */
	cleanup_close(&bench.post->control_fd);
	assert_true(ask_for(&bench, 2, true, &called));
	assert_int_equal(called, 0);
	pass(bench.post, 0);
	assert_int_equal(called, 1);
	assert_non_null(kept(&bench, 0, "mailbox_error"));
	assert_non_null(kept(&bench, 1, "mailbox_error"));
	bench_free(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_asked_for_is_read_and_kept),
		cmocka_unit_test(four_are_read_at_a_time),
		cmocka_unit_test(who_asks_for_little_does_not_wait_for_much),
		cmocka_unit_test(one_that_hangs_holds_up_no_other),
		cmocka_unit_test(what_fails_is_told_beside_what_was),
		cmocka_unit_test(a_read_begun_before_the_question_is_not_fresh),
		cmocka_unit_test(a_crowd_shares_what_is_young),
		cmocka_unit_test(what_is_old_is_read_again_behind_the_answer),
		cmocka_unit_test(who_has_left_is_not_called),
		cmocka_unit_test(what_another_device_told_is_not_kept),
		cmocka_unit_test(devices_without_serials_are_told_apart),
		cmocka_unit_test(who_can_not_be_asked_is_told_from_the_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
