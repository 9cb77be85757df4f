// SPDX-License-Identifier: GPL-2.0-only
/*
 * A conversation with each fault at each of its messages: a reading, a bind, and two readings more.
 * The bind is never done twice and never told for done when it is not; each reading gets its own
 * reply or none; and what has met no fault succeeds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "fabric/cci/command.h"
#include "test/lib/small-switch.h"
#include "util/cleanup.h"

/* More than the messages of a conversation that meets no fault, and of any: where nobody knows what
 * came of a bind, it is read back for a minute. */
#define MESSAGES	 24
#define MESSAGES_LONGEST 64

static struct support_entry entries[] = {
	{ 0x0002, 0 },
	{ 0x0401, 0 },
	{ 0x5200, 0 },
	{ 0x5201, CCI_EFFECT_CONFIG | CCI_EFFECT_BACKGROUND },
};
static const struct support support = { { entries, ARRAY_SIZE(entries) } };

/* One conversation. */
struct talk {
	struct small_switch small_switch;
	struct loopback loopback;
	struct requests requests;
	struct endpoint_row row;
};

static void fails(const struct talk *talk, const char *what)
{
	fail_msg("%s: fault %d at message %zu, delay %lu, bit %u", what, (int)talk->loopback.fault,
		 talk->loopback.fault_at, (unsigned long)talk->loopback.delay_ms,
		 talk->loopback.bit);
}

static void wait_for_link(struct talk *talk)
{
	if (talk->loopback.now_ms < talk->loopback.linked_at_ms)
		talk->loopback.now_ms = talk->loopback.linked_at_ms;
	requests_linked(&talk->requests);
}

static struct request reading(const char *nonce)
{
	return (struct request){ .opcode = 0x0401, .payload = { (const uint8_t *)nonce, 1 } };
}

/* Returns whether the reading has succeeded; its reply is its own. */
static bool has_read(struct talk *talk, const struct request *request)
{
	if (request->result != REQUEST_DONE)
		return false;
	if (request->reply.size != 1 || request->reply.data[0] != request->payload.data[0])
		fails(talk, "the reply of another reading");
	return true;
}

static struct request binding(void)
{
	return (struct request){ .opcode = 0x5201,
				 .proof = { .opcode = 0x5200, .judge = small_switch_judge } };
}

/* Returns whether the bind has ended as it should; what is told of it is true. */
static bool has_bound(struct talk *talk, const struct request *request)
{
	const enum small_switch_state state =
		small_switch_state(&talk->small_switch, talk->loopback.now_ms);

	if (talk->small_switch.binds > 1)
		fails(talk, "bound twice");
	if (request->result == REQUEST_DONE && state != SMALL_SWITCH_BOUND)
		fails(talk, "told for done, and is not");
	if (request->result != REQUEST_DONE && talk->small_switch.binds &&
	    !talk->small_switch.does_nothing && !request->may_follow)
		fails(talk, "done, and told that it will not be");
	/* A switch that does nothing is found out, whatever else goes wrong. */
	return (request->result == REQUEST_DONE) != talk->small_switch.does_nothing;
}

static bool has_succeeded(struct talk *talk, const struct request *request)
{
	return request->opcode == 0x5201 ? has_bound(talk, request) : has_read(talk, request);
}

/* One request after the other. */
static unsigned int one_by_one(struct talk *talk, struct request *list, size_t count)
{
	unsigned int succeeded = 0;

	for (size_t i = 0; i < count; i++) {
		wait_for_link(talk);
		assert_int_equal(requests_add(&talk->requests, &list[i]), 0);
		assert_ptr_equal(loopback_next(&talk->loopback, &talk->requests), &list[i]);
		succeeded += has_succeeded(talk, &list[i]);
	}
	return succeeded;
}

static unsigned int all_at_once(struct talk *talk, struct request *list, size_t count)
{
	unsigned int succeeded = 0;

	wait_for_link(talk);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(requests_add(&talk->requests, &list[i]), 0);
	for (size_t i = 0; i < count; i++)
		succeeded += has_succeeded(talk, loopback_next(&talk->loopback, &talk->requests));
	return succeeded;
}

static bool cuts_connection(enum loopback_fault fault)
{
	return fault == LOOPBACK_CUT_BEFORE || fault == LOOPBACK_CUT_AFTER;
}

/* Returns the number of messages. */
static size_t converse(struct talk *talk, unsigned int depth)
{
	struct request list[] = { reading("1"), binding(), reading("2"), reading("3") };
	/* A cut ends all that had no effect yet. */
	const enum loopback_fault fault = talk->loopback.fault;
	const bool is_cut = depth > 1 && cuts_connection(fault);
	const unsigned int wanted = fault == LOOPBACK_NO_FAULT ? 4 : is_cut ? 0 : 3;
	unsigned int succeeded;
	size_t sent;

	talk->row = endpoint_row_ours;
	talk->row.depth = depth;
	requests_init(&talk->requests, &talk->row, &support);
	succeeded = depth > 1 ? all_at_once(talk, list, ARRAY_SIZE(list))
			      : one_by_one(talk, list, ARRAY_SIZE(list));
	/* One fault meets one message: at most one request fails for it. */
	if (succeeded < wanted)
		fails(talk, "more than one request has failed");
	sent = talk->loopback.sent;
	requests_deinit(&talk->requests);
	provider_free(&talk->loopback.provider);
	return sent;
}

/* A fault among messages one by one and side by side, and with a switch that does nothing. */
static void with_fault(struct loopback fault, unsigned int deepest)
{
	for (unsigned int depth = 1; depth <= deepest; depth += 7)
		for (unsigned int does_nothing = 0; does_nothing < 2; does_nothing++) {
			struct talk talk = { .small_switch = { .does_nothing = does_nothing } };

			loopback_init(&talk.loopback, small_switch_answer, &talk.small_switch);
			talk.loopback.fault = fault.fault;
			talk.loopback.fault_at = fault.fault_at;
			talk.loopback.delay_ms = fault.delay_ms;
			talk.loopback.bit = fault.bit;
			assert_in_range(converse(&talk, depth), 1, MESSAGES_LONGEST);
		}
}

static void without_a_fault(void **state)
{
	(void)state;
	with_fault((struct loopback){ .fault = LOOPBACK_NO_FAULT }, 8);
}

static void fault_at_each_message(enum loopback_fault fault, uint64_t delay_ms)
{
	for (size_t at = 0; at < MESSAGES; at++)
		with_fault(
			(struct loopback){
				.fault = fault, .fault_at = at, .delay_ms = delay_ms, .bit = 12 },
			8);
}

static void each_fault_at_each_message(void **state)
{
	static const uint64_t delays[] = { 1, 5, 1990, 2500, 59990, 61000 };

	(void)state;
	for (enum loopback_fault fault = LOOPBACK_LOSE_REQUEST; fault < LOOPBACK_FAULTS; fault++)
		fault_at_each_message(fault, delays[0]);
	for (size_t i = 1; i < ARRAY_SIZE(delays); i++) {
		fault_at_each_message(LOOPBACK_DELAY, delays[i]);
		fault_at_each_message(LOOPBACK_DUPLICATE, delays[i]);
	}
}

/*
 * Each bit of category, tag, opcode and length: none makes a reply of what is none. A tag that has
 * become the tag of another reading under way can't be told from the right one: that is why the
 * rule is one message at a time.
 */
static void each_bit_of_a_header_at_each_message(void **state)
{
	(void)state;
	for (unsigned int bit = 0; bit < 8 * 8; bit++)
		for (size_t at = 0; at < MESSAGES; at++)
			with_fault((struct loopback){ .fault = LOOPBACK_FLIP,
						      .fault_at = at,
						      .bit = bit },
				   bit / 8 == 1 ? 1 : 8);
}

#define TEST(function) cmocka_unit_test(function)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_a_fault),
		TEST(each_fault_at_each_message),
		TEST(each_bit_of_a_header_at_each_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
