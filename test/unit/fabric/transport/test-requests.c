// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine of requests, rule by rule: what is sent when, what it waits for, and how a request
 * ends.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "fabric/cci/command.h"
#include "fabric/cci/return-code.h"
#include "fabric/transport/packet.h"
#include "test/lib/small-switch.h"
#include "test/unit/fabric/transport/cse-bytes.h"
#include "util/cleanup.h"

static struct support_entry entries[] = {
	{ 0x0002, 0 },
	{ 0x0401, 0 },
	{ 0x5200, 0 },
	{ 0x5201, CCI_EFFECT_CONFIG | CCI_EFFECT_BACKGROUND },
};

static struct fixture {
	struct small_switch small_switch;
	struct loopback loopback;
	struct requests requests;
	struct support support;
	struct endpoint_row row;
} fixture;

static int set_up(void **state)
{
	fixture.small_switch = (struct small_switch){ 0 };
	fixture.support.list.items = entries;
	fixture.support.list.count = ARRAY_SIZE(entries);
	fixture.row = endpoint_row_ours;
	fixture.row.depth = 1;
	loopback_init(&fixture.loopback, small_switch_answer, &fixture.small_switch);
	requests_init(&fixture.requests, &fixture.row, &fixture.support);
	requests_linked(&fixture.requests);
	*state = &fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	requests_deinit(&f->requests);
	provider_free(&f->loopback.provider);
	return 0;
}

static struct request reading(const uint8_t *nonce)
{
	return (struct request){ .opcode = 0x0401, .payload = { nonce, 1 } };
}

static struct request binding(void)
{
	return (struct request){ .opcode = 0x5201,
				 .proof = { .opcode = 0x5200, .judge = small_switch_judge } };
}

static enum request_result run(struct fixture *f, struct request *request)
{
	assert_int_equal(requests_add(&f->requests, request), 0);
	loopback_run(&f->loopback, &f->requests, request);
	return request->result;
}

/* ---- what may be sent ---- */

static void sends_nothing_that_is_not_supported(void **state)
{
	struct fixture *f = *state;
	struct request request = binding();
	struct support none = { { NULL, 0 } };

	for (unsigned int opcode = 0; opcode < 0x10000; opcode++) {
		request.opcode = (uint16_t)opcode;
		if (!support_find(&f->support, (uint16_t)opcode))
			assert_int_equal(requests_add(&f->requests, &request), -EOPNOTSUPP);
	}
	/* Neither a read-back, nor a tunnel to who supports it, nor through who has no tunnel. */
	request = binding();
	request.proof.opcode = 0x5101;
	assert_int_equal(requests_add(&f->requests, &request), -EOPNOTSUPP);
	request = binding();
	request.tunnel.hops = 1;
	request.support = &none;
	assert_int_equal(requests_add(&f->requests, &request), -EOPNOTSUPP);
	request.support = &f->support;
	assert_int_equal(requests_add(&f->requests, &request), -EOPNOTSUPP);
	assert_int_equal(requests_next(&f->requests, 0), REQUESTS_WAIT);
	assert_int_equal(f->loopback.sent, 0);
}

static void refuses_what_it_cannot_do(void **state)
{
	struct fixture *f = *state;
	struct request request = { .opcode = 0x0401, .payload = { NULL, 4097 } };

	assert_int_equal(requests_add(&f->requests, &request), -EMSGSIZE);
	request = binding();
	request.proof.payload.size = 4097;
	assert_int_equal(requests_add(&f->requests, &request), -EMSGSIZE);
	/* opencis' frames tell one port, and no LD behind it. */
	f->row = endpoint_row_opencis;
	request = reading((const uint8_t *)"t");
	request.support = &f->support;
	request.tunnel.hops = 2;
	assert_int_equal(requests_add(&f->requests, &request), -EINVAL);
	request.tunnel.hops = 1;
	assert_int_equal(requests_add(&f->requests, &request), 0);
	requests_lost(&f->requests, 0);
	assert_int_equal(requests_add(&f->requests, &request), -ENOTCONN);
}

/* ---- reading ---- */

static void reads(void **state)
{
	struct fixture *f = *state;
	struct request request = reading((const uint8_t *)"x");

	assert_int_equal(run(f, &request), REQUEST_DONE);
	assert_int_equal(request.reply.size, 1);
	assert_memory_equal(request.reply.data, "x", 1);
	assert_int_equal(f->loopback.sent, 1);
}

/* The deadline of a reading is two seconds, and the next reading gets its own reply. */
static void a_late_reply_answers_nothing(void **state)
{
	struct fixture *f = *state;
	const uint64_t begin = f->loopback.now_ms;
	struct request one = reading((const uint8_t *)"1"), two = reading((const uint8_t *)"2");

	f->loopback.fault = LOOPBACK_DELAY;
	f->loopback.delay_ms = 1999;
	assert_int_equal(run(f, &one), REQUEST_SILENT);
	assert_int_equal(f->loopback.now_ms, begin + 2000);
	assert_false(one.may_follow);
	assert_int_equal(run(f, &two), REQUEST_DONE);
	assert_memory_equal(two.reply.data, "2", 1);
	assert_int_equal(f->requests.counts.late, 1);
}

/* RETRY is paced, up to the deadline. */
static void retry_has_an_end(void **state)
{
	struct fixture *f = *state;
	const uint64_t begin = f->loopback.now_ms;
	struct request request = binding();

	f->small_switch.says_busy = UINT32_MAX;
	f->small_switch.busy_code = CCI_RETRY;
	assert_int_equal(run(f, &request), REQUEST_BUSY);
	assert_int_equal(f->loopback.now_ms, begin + 60000);
	assert_int_equal(f->small_switch.binds, 0);
	assert_false(request.may_follow);
	/* 20, 40, ... 1280 ms and then 2 s between tries of two messages. */
	assert_in_range(f->loopback.sent, 40, 100);
}

/* ---- effects ---- */

static void binds_and_reads_back(void **state)
{
	struct fixture *f = *state;
	struct request request = binding();

	assert_int_equal(run(f, &request), REQUEST_DONE);
	assert_int_equal(f->small_switch.binds, 1);
	assert_int_equal(request.percent, 40);
	assert_int_equal(small_switch_state(&f->small_switch, f->loopback.now_ms),
			 SMALL_SWITCH_BOUND);
}

static void binds_without_a_background_operation(void **state)
{
	struct fixture *f = *state;
	struct request request = binding();

	f->small_switch.is_quick = true;
	assert_int_equal(run(f, &request), REQUEST_DONE);
	/* Status, bind, read-back. */
	assert_int_equal(f->loopback.sent, 3);
}

static void tries_again_after_busy(void **state)
{
	struct fixture *f = *state;
	struct request request = binding();

	f->small_switch.says_busy = 5;
	f->small_switch.busy_code = CCI_BUSY;
	assert_int_equal(run(f, &request), REQUEST_DONE);
	assert_int_equal(f->small_switch.binds, 1);
}

/* Nothing is begun while somebody else's operation is running. */
static void waits_for_the_operation_of_somebody_else(void **state)
{
	struct fixture *f = *state;
	struct request request = binding();

	f->small_switch.busy_until_ms = f->loopback.now_ms + 10000;
	assert_int_equal(run(f, &request), REQUEST_DONE);
	assert_true(f->loopback.now_ms > f->small_switch.busy_until_ms);
	assert_int_equal(request.busy_with, 0x5202);
}

static void does_not_wait_for_ever(void **state)
{
	struct fixture *f = *state;
	const uint64_t begin = f->loopback.now_ms;
	struct request request = binding();

	f->small_switch.busy_until_ms = UINT64_MAX;
	assert_int_equal(run(f, &request), REQUEST_BUSY);
	assert_int_equal(f->loopback.now_ms, begin + 60000);
	assert_int_equal(f->small_switch.binds, 0);
}

static void tells_why_it_was_refused(void **state)
{
	struct fixture *f = *state;
	struct request request = binding();

	f->small_switch.refuses = CCI_INVALID_INPUT;
	assert_int_equal(run(f, &request), REQUEST_REFUSED);
	assert_int_equal(request.return_code, CCI_INVALID_INPUT);
}

/* opencis' own manager calls that a success. */
static void the_status_tells_of_a_failed_operation(void **state)
{
	struct fixture *f = *state;
	struct request request = binding();

	f->small_switch.fails = CCI_INTERNAL_ERROR;
	assert_int_equal(run(f, &request), REQUEST_REFUSED);
	assert_int_equal(request.return_code, CCI_INTERNAL_ERROR);
}

static void the_read_back_decides(void **state)
{
	struct fixture *f = *state;
	struct request request = binding();

	f->small_switch.does_nothing = true;
	assert_int_equal(run(f, &request), REQUEST_NOT_SHOWN);
}

/* A status of another opcode says nothing of ours. */
static void the_read_back_decides_where_the_status_knows_nothing(void **state)
{
	struct fixture *f = *state;
	struct request request = binding();

	f->small_switch.forgets = true;
	assert_int_equal(run(f, &request), REQUEST_DONE);
}

static void what_does_not_come_is_overdue(void **state)
{
	struct fixture *f = *state;
	struct request request = binding();

	f->small_switch.forgets = true;
	f->small_switch.does_nothing = true;
	assert_int_equal(run(f, &request), REQUEST_OVERDUE);
	assert_true(request.may_follow);
}

/* What was begun can't be read back: nobody is told that it failed. */
static void a_switch_that_falls_silent(void **state)
{
	struct fixture *f = *state;
	const uint64_t begin = f->loopback.now_ms;
	struct request request = binding(), read = reading((const uint8_t *)"s");

	f->small_switch.falls_silent = true;
	assert_int_equal(run(f, &request), REQUEST_UNKNOWN);
	assert_true(request.may_follow);
	/* The deadline, and the time of three replies for the read-back. */
	assert_in_range(f->loopback.now_ms - begin, 60000, 68000);
	assert_int_equal(run(f, &read), REQUEST_SILENT);
	assert_false(read.may_follow);
}

/* The connection was cut: a vPPB that is shown free may be bound a moment later. */
static void a_first_read_back_is_not_the_last(void **state)
{
	struct fixture *f = *state;
	struct request request = binding();

	f->small_switch.shows_late = true;
	f->loopback.fault = LOOPBACK_CUT_AFTER;
	f->loopback.fault_at = 1;
	assert_int_equal(run(f, &request), REQUEST_DONE);
	assert_int_equal(f->small_switch.binds, 1);
}

/* A connection that never comes again does not hold up a request. */
static void without_a_connection_nobody_waits_for_ever(void **state)
{
	struct fixture *f = *state;
	/* Background Operation Status with tag 0: none was begun. */
	static const uint8_t status[] = { 0x01, 0x00, 0x00, 0x02, 0x00, 0x08, 0x00,
					  0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
					  0x00, 0x00, 0x00, 0x00, 0x00, 0x00 };
	const struct wire_message no_operation = { .type = PACKET_TYPE_CCI,
						   .bytes = status,
						   .size = sizeof(status) };
	const uint64_t begin = f->loopback.now_ms;
	struct request request = binding();

	assert_int_equal(requests_add(&f->requests, &request), 0);
	/* The status before, its reply, and the bind. */
	assert_int_equal(requests_next(&f->requests, begin), REQUESTS_SEND);
	assert_false(requests_received(&f->requests, &no_operation, begin + 2));
	assert_int_equal(requests_next(&f->requests, begin + 2), REQUESTS_SEND);
	requests_lost(&f->requests, begin + 3);
	assert_int_equal(requests_next(&f->requests, begin + 3), REQUESTS_WAIT);
	assert_int_equal(f->requests.until_ms, begin + 60000);
	assert_int_equal(requests_next(&f->requests, begin + 60000), REQUESTS_END);
	assert_int_equal(request.result, REQUEST_UNKNOWN);
	assert_true(request.may_follow);
}

/* One command with effects at a time; what only reads goes on between its messages. */
static void one_effect_at_a_time(void **state)
{
	struct fixture *f = *state;
	struct request one = binding(), two = binding(), read = reading((const uint8_t *)"r");

	assert_int_equal(requests_add(&f->requests, &one), 0);
	assert_int_equal(requests_add(&f->requests, &two), 0);
	assert_int_equal(requests_add(&f->requests, &read), 0);
	loopback_run(&f->loopback, &f->requests, &read);
	assert_int_equal(read.result, REQUEST_DONE);
	assert_int_equal(two.phase, REQUEST_QUEUED);
	assert_int_not_equal(one.phase, REQUEST_ENDED);
	loopback_run(&f->loopback, &f->requests, &one);
	assert_int_equal(two.phase, REQUEST_QUEUED);
	loopback_run(&f->loopback, &f->requests, &two);
	assert_int_equal(two.result, REQUEST_DONE);
	assert_int_equal(f->small_switch.binds, 2);
}

/* ---- depth ---- */

/* Sends what may be sent, without a reply, and returns the number of messages. */
static size_t sent_at_once(struct fixture *f)
{
	size_t count = 0;

	while (requests_next(&f->requests, f->loopback.now_ms) == REQUESTS_SEND) {
		requests_sent(&f->requests, 0, f->loopback.now_ms);
		count++;
	}
	return count;
}

static void as_many_as_the_row_says(void **state)
{
	struct fixture *f = *state;
	struct request requests[5];

	for (size_t i = 0; i < ARRAY_SIZE(requests); i++) {
		requests[i] = reading((const uint8_t *)"d");
		assert_int_equal(requests_add(&f->requests, &requests[i]), 0);
	}
	assert_int_equal(sent_at_once(f), 1);
	f->row.depth = 4;
	assert_int_equal(sent_at_once(f), 3);
}

/* Replies in the wrong order find their own requests. */
static void replies_may_come_in_any_order(void **state)
{
	struct fixture *f = *state;
	struct request one = reading((const uint8_t *)"1"), two = reading((const uint8_t *)"2");

	f->row.depth = 2;
	f->loopback.fault = LOOPBACK_DELAY;
	f->loopback.delay_ms = 500;
	assert_int_equal(requests_add(&f->requests, &one), 0);
	assert_int_equal(requests_add(&f->requests, &two), 0);
	loopback_run(&f->loopback, &f->requests, &two);
	assert_memory_equal(two.reply.data, "2", 1);
	assert_false(one.phase == REQUEST_ENDED);
	loopback_run(&f->loopback, &f->requests, &one);
	assert_memory_equal(one.reply.data, "1", 1);
}

static void a_message_that_finds_no_room_is_not_sent(void **state)
{
	struct fixture *f = *state;
	struct request request = reading((const uint8_t *)"n");

	assert_int_equal(requests_add(&f->requests, &request), 0);
	assert_int_equal(requests_next(&f->requests, 0), REQUESTS_SEND);
	requests_sent(&f->requests, -EMSGSIZE, 0);
	assert_int_equal(requests_next(&f->requests, 0), REQUESTS_END);
	assert_int_equal(request.result, REQUEST_NOT_SENT);
}

static void tells_of_events(void **state)
{
	/* opencis: switch update, C001h. */
	static const uint8_t event[] = { 0x00, 0x00, 0x00, 0x01, 0xc0, 0x03, 0x00, 0x00,
					 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x02 };
	const struct wire_message message = { .type = PACKET_TYPE_FM_API,
					      .bytes = event,
					      .size = sizeof(event) };
	struct fixture *f = *state;
	struct request request = reading((const uint8_t *)"e");

	assert_true(requests_received(&f->requests, &message, 0));
	assert_int_equal(requests_add(&f->requests, &request), 0);
	assert_int_equal(sent_at_once(f), 1);
	assert_true(requests_received(&f->requests, &message, 0));
	assert_true(request.waits);
	assert_int_equal(f->requests.counts.events, 2);
}

/* ---- an endpoint that is no friend ---- */

static void has_log(struct fixture *f, struct support_entry *log, size_t count)
{
	f->support.list.items = log;
	f->support.list.count = count;
}

/* A log that tells of no effects does not make a reading of a bind. */
static void the_table_knows_effects_that_the_log_hides(void **state)
{
	struct support_entry log[] = { { 0x0002, 0 }, { 0x0401, 0 }, { 0x5200, 0 }, { 0x5201, 0 } };
	struct fixture *f = *state;
	struct request one = binding(), two = binding();

	has_log(f, log, ARRAY_SIZE(log));
	f->small_switch.falls_silent = true;
	assert_int_equal(requests_add(&f->requests, &one), 0);
	assert_int_equal(requests_add(&f->requests, &two), 0);
	loopback_run(&f->loopback, &f->requests, &one);
	assert_int_equal(two.phase, REQUEST_QUEUED);
	assert_true(one.may_follow);
}

/*
 * Bits 7 to 9 of an entry tell how a command may be sent and which other bits mean something (the
 * kernel has them in include/uapi/cxl/features.h): a reading has them, and stays one.
 */
static void a_bit_that_tells_of_no_effect_is_none(void **state)
{
	struct support_entry log[] = {
		{ 0x0002, 0 },
		{ 0x0401,
		  CCI_EFFECT_SECONDARY_MAILBOX | CCI_EFFECT_ABORTABLE | CCI_EFFECT_RESETS_VALID },
		{ 0x5200, 0 },
		{ 0x5201, CCI_EFFECT_CONFIG | CCI_EFFECT_BACKGROUND },
	};
	struct fixture *f = *state;
	struct request bind = binding(), read = reading((const uint8_t *)"r");

	has_log(f, log, ARRAY_SIZE(log));
	assert_int_equal(requests_add(&f->requests, &bind), 0);
	assert_int_equal(requests_add(&f->requests, &read), 0);
	loopback_run(&f->loopback, &f->requests, &read);
	assert_int_equal(read.result, REQUEST_DONE);
	assert_int_not_equal(bind.phase, REQUEST_ENDED);
}

/* What a reply to Tunnel Management Command with return code @code leads to. */
static enum request_result fails_in_tunnel(struct fixture *f, struct request *request, uint8_t code)
{
	uint8_t bytes[] = {
		0x01, 0x00, 0x00, 0x00, 0x53, 0x00, 0x00, 0x00, code, 0x00, 0x00, 0x00
	};
	const struct wire_message message = { .type = PACKET_TYPE_FM_API,
					      .bytes = bytes,
					      .size = sizeof(bytes) };

	request->support = &f->support;
	request->tunnel.hops = 1;
	assert_int_equal(requests_add(&f->requests, request), 0);
	assert_int_equal(requests_next(&f->requests, 0), REQUESTS_SEND);
	requests_sent(&f->requests, 0, 0);
	bytes[1] = f->requests.message.bytes[1];
	assert_false(requests_received(&f->requests, &message, 1));
	return requests_next(&f->requests, 1) == REQUESTS_END ? request->result : REQUEST_BUSY;
}

/* A switch that has a temporary error of its own does not know what became of the message within.
 */
static void a_command_lost_in_a_tunnel_is_not_sent_again(void **state)
{
	struct support_entry log[] = { { 0x0401, 0 },
				       { 0x5300, 0 },
				       { 0x5402, CCI_EFFECT_CONFIG } };
	struct fixture *f = *state;
	struct request effects = { .opcode = 0x5402 }, again = effects, refused = effects;
	struct request read = reading((const uint8_t *)"t");

	has_log(f, log, ARRAY_SIZE(log));
	assert_int_equal(fails_in_tunnel(f, &effects, CCI_RETRY), REQUEST_UNKNOWN);
	assert_true(effects.may_follow);
	assert_int_equal(fails_in_tunnel(f, &again, CCI_INTERNAL_ERROR), REQUEST_UNKNOWN);
	/* A port without an MLD behind it, and a switch that is busy: nothing went through. */
	assert_int_equal(fails_in_tunnel(f, &refused, CCI_INVALID_INPUT), REQUEST_REFUSED);
	assert_false(refused.may_follow);
	assert_int_equal(fails_in_tunnel(f, &read, CCI_RETRY), REQUEST_BUSY);
	assert_int_equal(read.phase, REQUEST_COMMAND);
}

/* Request Abort Background Operation is of no use once the operation has ended. */
static void an_operation_can_be_aborted_while_it_runs(void **state)
{
	struct support_entry log[] = {
		{ 0x0002, 0 },
		{ 0x0005, CCI_EFFECT_CONFIG },
		{ 0x5200, 0 },
		{ 0x5201, CCI_EFFECT_CONFIG | CCI_EFFECT_BACKGROUND },
	};
	struct fixture *f = *state;
	struct request bind = binding(), abort = { .opcode = 0x0005 };

	has_log(f, log, ARRAY_SIZE(log));
	assert_int_equal(requests_add(&f->requests, &bind), 0);
	assert_int_equal(requests_add(&f->requests, &abort), 0);
	loopback_run(&f->loopback, &f->requests, &abort);
	assert_int_equal(abort.result, REQUEST_DONE);
	assert_int_not_equal(bind.phase, REQUEST_ENDED);
}

/*
 * Before its first operation opencis' status says that one is running, and a switch that comes
 * again may be one that was started again.
 */
static void a_new_connection_is_a_new_first_operation(void **state)
{
	struct fixture *f = *state;
	struct request one = binding(), two = binding();
	struct cci_message message;

	f->row.early_status = false;
	assert_int_equal(run(f, &one), REQUEST_DONE);
	requests_lost(&f->requests, f->loopback.now_ms);
	requests_linked(&f->requests);
	assert_int_equal(requests_add(&f->requests, &two), 0);
	assert_int_equal(requests_next(&f->requests, f->loopback.now_ms), REQUESTS_SEND);
	assert_true(cci_message_decode(f->requests.message.bytes, f->requests.message.size,
				       f->row.order, &message) > 0);
	assert_int_equal(message.opcode, 0x5201);
}

/* A request that ends without a message of its own has no bytes of a message that is gone. */
static void a_reply_does_not_outlive_its_message(void **state)
{
	struct fixture *f = *state;
	struct request request = binding();

	f->small_switch.forgets = true;
	f->small_switch.does_nothing = true;
	assert_int_equal(run(f, &request), REQUEST_OVERDUE);
	assert_null(request.reply.data);
	assert_int_equal(request.reply.size, 0);
}

/* ---- with the bytes of cse ---- */

/* Bind vPPB with tag 7 and the status after it with tag 8, as cse has answered them. */
static void binds_on_cse(void **state)
{
	static const uint8_t payload[] = { 0x00, 0x05, 0x05, 0x00, 0xff, 0xff };
	static const uint8_t bind[] = { 0x00, 0x07, 0x00, 0x01, 0x52, 0x06, 0x00, 0x00, 0x00,
					0x00, 0x00, 0x00, 0x00, 0x05, 0x05, 0x00, 0xff, 0xff };
	static const uint8_t status[] = { 0x00, 0x08, 0x00, 0x02, 0x00, 0x00,
					  0x00, 0x00, 0x00, 0x00, 0x00, 0x00 };
	const struct loopback_line lines[] = {
		{ bind, sizeof(bind), cse_bind + 5, CSE_PACKET_SIZE - 5 },
		{ status, sizeof(status), cse_bind_status + 5, CSE_PACKET_SIZE - 5 },
	};
	struct request request = { .opcode = 0x5201, .payload = { payload, sizeof(payload) } };
	struct fixture *f = *state;

	f->row = endpoint_row_cse;
	f->row.early_status = false;
	f->requests.tags.next = 7;
	loopback_script(&f->loopback, lines, ARRAY_SIZE(lines));
	assert_int_equal(run(f, &request), REQUEST_DONE);
	assert_int_equal(f->loopback.sent, 2);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(sends_nothing_that_is_not_supported),
		TEST(refuses_what_it_cannot_do),
		TEST(reads),
		TEST(a_late_reply_answers_nothing),
		TEST(retry_has_an_end),
		TEST(binds_and_reads_back),
		TEST(binds_without_a_background_operation),
		TEST(tries_again_after_busy),
		TEST(waits_for_the_operation_of_somebody_else),
		TEST(does_not_wait_for_ever),
		TEST(tells_why_it_was_refused),
		TEST(the_status_tells_of_a_failed_operation),
		TEST(the_read_back_decides),
		TEST(the_read_back_decides_where_the_status_knows_nothing),
		TEST(what_does_not_come_is_overdue),
		TEST(a_switch_that_falls_silent),
		TEST(a_first_read_back_is_not_the_last),
		TEST(without_a_connection_nobody_waits_for_ever),
		TEST(one_effect_at_a_time),
		TEST(as_many_as_the_row_says),
		TEST(replies_may_come_in_any_order),
		TEST(a_message_that_finds_no_room_is_not_sent),
		TEST(tells_of_events),
		TEST(the_table_knows_effects_that_the_log_hides),
		TEST(a_bit_that_tells_of_no_effect_is_none),
		TEST(a_command_lost_in_a_tunnel_is_not_sent_again),
		TEST(an_operation_can_be_aborted_while_it_runs),
		TEST(a_new_connection_is_a_new_first_operation),
		TEST(a_reply_does_not_outlive_its_message),
		TEST(binds_on_cse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
