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

/* More than the messages of a conversation that meets no fault. */
#define MESSAGES 24

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

static enum request_result run(struct talk *talk, struct request *request)
{
	wait_for_link(talk);
	assert_int_equal(requests_add(&talk->requests, request), 0);
	loopback_run(&talk->loopback, &talk->requests, request);
	return request->result;
}

/* Returns whether the reading succeeded; its reply is its own. */
static bool reads(struct talk *talk, const char *nonce)
{
	struct request request = { .opcode = 0x0401, .payload = { (const uint8_t *)nonce, 1 } };

	if (run(talk, &request) != REQUEST_DONE)
		return false;
	if (request.reply.size != 1 || request.reply.data[0] != (uint8_t)nonce[0])
		fails(talk, "the reply of another reading");
	return true;
}

static bool binds(struct talk *talk)
{
	struct request request = { .opcode = 0x5201,
				   .proof = { .opcode = 0x5200, .judge = small_switch_judge } };
	const enum request_result result = run(talk, &request);
	const enum small_switch_state state =
		small_switch_state(&talk->small_switch, talk->loopback.now_ms);

	if (talk->small_switch.binds > 1)
		fails(talk, "bound twice");
	if (result == REQUEST_DONE && state != SMALL_SWITCH_BOUND)
		fails(talk, "told for done, and is not");
	if (result != REQUEST_DONE && talk->small_switch.binds &&
	    !talk->small_switch.does_nothing && !request.may_follow)
		fails(talk, "done, and told that it will not be");
	return result == REQUEST_DONE;
}

/* Returns the number of messages. */
static size_t converse(struct talk *talk)
{
	const bool faulty = talk->loopback.fault != LOOPBACK_NO_FAULT;
	unsigned int succeeded = 0;
	size_t sent;

	talk->row = endpoint_row_ours;
	talk->row.depth = 1;
	requests_init(&talk->requests, &talk->row, &support);
	succeeded += reads(talk, "1");
	/* A switch that does nothing is found out, whatever else goes wrong. */
	succeeded += binds(talk) != talk->small_switch.does_nothing;
	succeeded += reads(talk, "2");
	succeeded += reads(talk, "3");
	/* One fault meets one message: at most one request fails for it. */
	if (succeeded < (faulty ? 3 : 4))
		fails(talk, "more than one request has failed");
	sent = talk->loopback.sent;
	requests_deinit(&talk->requests);
	provider_free(&talk->loopback.provider);
	return sent;
}

static size_t with_fault(enum loopback_fault fault, size_t at, uint64_t delay_ms, unsigned int bit,
			 bool does_nothing)
{
	struct talk talk = { .small_switch = { .does_nothing = does_nothing } };

	loopback_init(&talk.loopback, small_switch_answer, &talk.small_switch);
	talk.loopback.fault = fault;
	talk.loopback.fault_at = at;
	talk.loopback.delay_ms = delay_ms;
	talk.loopback.bit = bit;
	return converse(&talk);
}

static void each_fault_at_each_message(void **state)
{
	static const uint64_t delays[] = { 1, 1990, 2500, 59990, 61000 };

	(void)state;
	assert_in_range(with_fault(LOOPBACK_NO_FAULT, 0, 0, 0, false), 7, MESSAGES);
	for (enum loopback_fault fault = LOOPBACK_LOSE_REQUEST; fault < LOOPBACK_FAULTS; fault++)
		for (size_t at = 0; at < MESSAGES; at++)
			for (size_t i = 0; i < ARRAY_SIZE(delays); i++) {
				(void)with_fault(fault, at, delays[i], 12, false);
				(void)with_fault(fault, at, delays[i], 12, true);
			}
}

/* Each bit of category, tag, opcode and length: none makes a reply of what is none. */
static void each_bit_of_a_header_at_each_message(void **state)
{
	(void)state;
	for (unsigned int bit = 0; bit < 8 * 8; bit++)
		for (size_t at = 0; at < MESSAGES; at++)
			(void)with_fault(LOOPBACK_FLIP, at, 0, bit, false);
}

#define TEST(function) cmocka_unit_test(function)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_fault_at_each_message),
		TEST(each_bit_of_a_header_at_each_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
