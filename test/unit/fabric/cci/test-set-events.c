// SPDX-License-Identifier: GPL-2.0-only
/*
 * Command set 01h, Events, against bytes of other programs: of libcxlmi's
 * encoder where a comment says "libcxlmi", of structs of libcxlmi that were filled by hand where it
 * says "libcxlmi's struct", of a cxl-type3 device of QEMU 11.1.3 where it says "QEMU".
 */
#include "fabric/cci/set-events.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "test/lib/cci-vector.h"

/* The UUID of the samples: 01 to 10h. */
static void assert_sample_uuid(const uint8_t *uuid)
{
	for (uint8_t i = 0; i < 16; i++)
		assert_int_equal(uuid[i], i + 1);
}

/* libcxlmi. */
static void a_log_is_asked_for(void **state)
{
	struct cci_event_records_request request;

	(void)state;
	cci_vector_check(&cci_event_records_request_codec, "04", &request);
	assert_int_equal(request.log, CCI_EVENT_LOG_DYNAMIC_CAPACITY);
}

/* libcxlmi's struct. */
static void records_are_read(void **state)
{
	struct cci_event_records_reply reply;
	struct cci_event_record record;

	(void)state;
	cci_vector_check(&cci_event_records_reply_codec,
			 "03 00 2211 0807060504030201 1817161514131211 0100 00000000000000000000"
			 "0102030405060708090a0b0c0d0e0f10 80 2a0102 6655 8877 2827262524232221"
			 "01 02 0403 05 0000000000000000000000"
			 "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
			 "a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf"
			 "c0c1c2c3c4c5c6c7c8c9cacbcccdcecf",
			 &reply);
	assert_int_equal(reply.flags, CCI_EVENT_RECORDS_OVERFLOW | CCI_EVENT_RECORDS_MORE);
	assert_int_equal(reply.overflow_count, 0x1122);
	assert_true(reply.first_overflow == 0x0102030405060708);
	assert_true(reply.last_overflow == 0x1112131415161718);
	assert_int_equal(reply.records.count, 1);
	assert_int_equal(cci_list_get(&reply.records, &cci_event_record_codec, 0, &record), 0);
	assert_sample_uuid(record.type);
	assert_int_equal(record.length, 128);
	assert_int_equal(record.flags, 0x02012a);
	assert_int_equal(record.handle, 0x5566);
	assert_int_equal(record.related_handle, 0x7788);
	assert_true(record.timestamp == 0x2122232425262728);
	assert_int_equal(record.maintenance_class, 1);
	assert_int_equal(record.maintenance_subclass, 2);
	assert_int_equal(record.ld, 0x0304);
	assert_int_equal(record.head, 5);
	assert_int_equal(record.data[0], 0x80);
	assert_int_equal(record.data[79], 0xcf);
}

/* QEMU: nothing has happened. */
static void an_empty_log_has_no_records(void **state)
{
	struct cci_event_records_reply reply;

	(void)state;
	cci_vector_check(&cci_event_records_reply_codec,
			 "0000000000000000000000000000000000000000000000000000000000000000",
			 &reply);
	assert_int_equal(reply.records.count, 0);
}

/* 65536 is 0 in the field. */
static void more_records_than_can_be_counted_are_refused(void **state)
{
	static uint8_t records[65536 * 128], buffer[32 + sizeof(records)];
	struct cci_event_records_reply reply = { .records = { 65535, { records, 65535 * 128 } } };

	(void)state;
	assert_int_equal(cci_event_records_reply_encode(&reply, buffer, sizeof(buffer)),
			 32 + 65535 * 128);
	reply.records = (struct cci_list){ 65536, { records, sizeof(records) } };
	assert_int_equal(cci_event_records_reply_encode(&reply, buffer, sizeof(buffer)), -E2BIG);
}

/* libcxlmi. */
static void records_are_cleared(void **state)
{
	struct cci_clear_events_request request;
	struct cci_event_handle handle;

	(void)state;
	cci_vector_check(&cci_clear_events_request_codec, "02 00 03 000000 2211 4433 6655",
			 &request);
	assert_int_equal(request.log, CCI_EVENT_LOG_FAILURE);
	assert_false(request.all);
	assert_int_equal(request.handles.count, 3);
	assert_int_equal(cci_list_get(&request.handles, &cci_event_handle_codec, 2, &handle), 0);
	assert_int_equal(handle.handle, 0x5566);
	cci_vector_check(&cci_clear_events_request_codec, "04 01 00 000000", &request);
	assert_int_equal(request.log, CCI_EVENT_LOG_DYNAMIC_CAPACITY);
	assert_true(request.all);
	assert_int_equal(request.handles.count, 0);
}

/* libcxlmi, and QEMU's answer to 0102h after "01 01 01 01 01". */
static void a_policy_has_5_bytes(void **state)
{
	struct cci_event_policy policy;

	(void)state;
	cci_vector_check(&cci_event_policy_codec, "1121314151", &policy);
	assert_int_equal(policy.informational, 0x11);
	assert_int_equal(policy.warning, 0x21);
	assert_int_equal(policy.failure, 0x31);
	assert_int_equal(policy.fatal, 0x41);
	assert_true(policy.has_dynamic_capacity);
	assert_int_equal(policy.dynamic_capacity, 0x51);
	cci_vector_check(&cci_event_policy_codec, "2131415101", &policy);
	assert_int_equal(policy.dynamic_capacity, 1);
}

/* The kernel's struct cxl_event_interrupt_policy; QEMU takes it as well. */
static void a_policy_has_4_bytes(void **state)
{
	struct cci_event_policy policy;

	(void)state;
	cci_vector_check(&cci_event_policy_codec, "01010101", &policy);
	assert_int_equal(policy.fatal, 1);
	assert_false(policy.has_dynamic_capacity);
}

/* libcxlmi. */
static void events_over_mctp_are_a_mask(void **state)
{
	struct cci_mctp_events events;

	(void)state;
	cci_vector_check(&cci_mctp_events_codec, "0581", &events);
	assert_int_equal(events.mask, 0x8105);
	cci_vector_check(&cci_mctp_events_codec, "0980", &events);
	assert_int_equal(events.mask, 0x8009);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_log_is_asked_for),
		cmocka_unit_test(records_are_read),
		cmocka_unit_test(an_empty_log_has_no_records),
		cmocka_unit_test(more_records_than_can_be_counted_are_refused),
		cmocka_unit_test(records_are_cleared),
		cmocka_unit_test(a_policy_has_5_bytes),
		cmocka_unit_test(a_policy_has_4_bytes),
		cmocka_unit_test(events_over_mctp_are_a_mask),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
