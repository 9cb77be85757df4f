// SPDX-License-Identifier: GPL-2.0-only
/*
 * Command set 54h against bytes of other programs: jack's requests and cse's replies as they were
 * within tunnels on the wire, what opencis' classes write, and libcxlmi's structs, filled and
 * dumped.
 */
#include "fabric/cci/set-mld-component.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "test/lib/cci-vector.h"

static struct cci_ld_allocation allocation_of(const struct cci_list *list, size_t index)
{
	struct cci_ld_allocation allocation;

	assert_int_equal(cci_list_get(list, &cci_ld_allocation_codec, index, &allocation), 0);
	return allocation;
}

/* cse, opencis, libcxlmi. */
static void a_device_tells_its_lds(void **state)
{
	struct cci_ld_info_reply info;

	(void)state;
	cci_vector_check(&cci_ld_info_reply_codec, "0000000001000000 0400 03", &info);
	assert_true(info.memory_size == 0x100000000);
	assert_int_equal(info.lds, 4);
	assert_int_equal(info.qos, CCI_QOS_EGRESS_CONGESTION | CCI_QOS_TEMPORARY_REDUCTION);
	cci_vector_check(&cci_ld_info_reply_codec, "0000004000000000 0400 01", &info);
	assert_true(info.memory_size == 0x40000000);
	assert_int_equal(info.qos, CCI_QOS_EGRESS_CONGESTION);
	cci_vector_check(&cci_ld_info_reply_codec, "0000000040000000 1000 03", &info);
	assert_true(info.memory_size == 0x4000000000);
	assert_int_equal(info.lds, 16);
}

/* jack: show ld allocations -p 1, and cse's reply. */
static void allocations_are_told(void **state)
{
	struct cci_ld_allocations_request request;
	struct cci_ld_allocations_reply reply;

	(void)state;
	cci_vector_check(&cci_ld_allocations_request_codec, "00 ff", &request);
	assert_int_equal(request.start, 0);
	assert_int_equal(request.limit, 255);
	cci_vector_check(&cci_ld_allocations_reply_codec,
			 "04 00 00 04  0000000000000000 0300000000000000"
			 "0400000000000000 0700000000000000  0800000000000000 0b00000000000000"
			 "0c00000000000000 0f00000000000000",
			 &reply);
	assert_int_equal(reply.lds, 4);
	assert_int_equal(reply.granularity, CCI_GRANULARITY_256M);
	assert_int_equal(reply.start, 0);
	assert_int_equal(reply.allocations.count, 4);
	assert_true(allocation_of(&reply.allocations, 3).range1 == 12);
	assert_true(allocation_of(&reply.allocations, 3).range2 == 15);
}

/* libcxlmi: LDs 4 and 5 of 16; then opencis: three LDs from LD 1 on, and the first byte has those.
 */
static void fewer_allocations_than_lds_are_told(void **state)
{
	struct cci_ld_allocations_reply reply;

	(void)state;
	cci_vector_check(&cci_ld_allocations_reply_codec,
			 "10 01 04 02  1100000000000000 2200000000000000"
			 "0807060504030201 0000000000000000",
			 &reply);
	assert_int_equal(reply.lds, 16);
	assert_int_equal(reply.granularity, CCI_GRANULARITY_512M);
	assert_int_equal(reply.start, 4);
	assert_int_equal(reply.allocations.count, 2);
	assert_true(allocation_of(&reply.allocations, 1).range1 == 0x0102030405060708);
	cci_vector_check(&cci_ld_allocations_reply_codec,
			 "03 00 01 03  0100000000000000 0000000000000000"
			 "0100000000000000 0000000000000000  0100000000000000 0000000000000000",
			 &reply);
	assert_int_equal(reply.lds, 3);
	assert_int_equal(reply.start, 1);
	assert_int_equal(reply.allocations.count, 3);
}

/* jack: set ld allocations -p 1 -l 1 -1 1,2 -2 5,6; cse's reply has the same bytes. */
static void allocations_are_set(void **state)
{
	struct cci_set_ld_allocations value;

	(void)state;
	cci_vector_check(&cci_set_ld_allocations_codec,
			 "02 01 0000  0100000000000000 0500000000000000"
			 "0200000000000000 0600000000000000",
			 &value);
	assert_int_equal(value.start, 1);
	assert_int_equal(value.allocations.count, 2);
	assert_true(allocation_of(&value.allocations, 1).range1 == 2);
	assert_true(allocation_of(&value.allocations, 1).range2 == 6);
}

/* jack: set qos control -p 1 -e -t -m 20 -s 50 -k 4 -q 4660 -i 32; then cse's default. */
static void qos_is_controlled(void **state)
{
	struct cci_qos_control control;
	struct cci_qos_status_reply status;

	(void)state;
	cci_vector_check(&cci_qos_control_codec, "03 14 32 04 3412 20", &control);
	assert_int_equal(control.enabled, 3);
	assert_int_equal(control.moderate_percent, 20);
	assert_int_equal(control.severe_percent, 50);
	assert_int_equal(control.sample_interval, 4);
	assert_int_equal(control.basis, 4660);
	assert_int_equal(control.completion_interval, 32);
	cci_vector_check(&cci_qos_control_codec, "03 0a 19 08 0000 40", &control);
	assert_int_equal(control.moderate_percent, 10);
	assert_int_equal(control.severe_percent, 25);
	cci_vector_check(&cci_qos_status_reply_codec, "2a", &status);
	assert_int_equal(status.congestion_percent, 42);
}

/* jack: show qos allocated -p 1 -l 1 -n 2, whose order is not that of 5401h, and cse's reply. */
static void fractions_are_told_and_set(void **state)
{
	struct cci_ld_range_request request;
	struct cci_ld_fractions value;

	(void)state;
	cci_vector_check(&cci_ld_range_request_codec, "02 01", &request);
	assert_int_equal(request.count, 2);
	assert_int_equal(request.start, 1);
	cci_vector_check(&cci_ld_fractions_codec, "02 01 16 32", &value);
	assert_int_equal(value.start, 1);
	assert_int_equal(value.fractions.count, 2);
	assert_int_equal(value.fractions.elements.data[1], 0x32);
	/* cse: show qos limit -p 1 of all LDs. */
	cci_vector_check(&cci_ld_fractions_codec, "04 00 ff ff ff ff", &value);
	assert_int_equal(value.start, 0);
	assert_int_equal(value.fractions.count, 4);
}

/* cse's own memory: its reply to 5406h for four LDs from LD 15 on, of four. */
static void more_lds_than_there_can_be_are_refused(void **state)
{
	static const char cse[] =
		"f5 0f 00ffff28550000000000000000000000000000000000a034f80d3e560000b0"
		"f80d3e560000c054f80d3e560000d064f80d3e560000";
	struct cci_ld_fractions value;
	uint8_t bytes[HEX_MAX] = { 0 };

	(void)state;
	hex_read(cse, bytes);
	assert_int_equal(cci_ld_fractions_decode(bytes, 0xf7, &value), -E2BIG);
	assert_int_equal(value.fractions.count, 0);
	bytes[0] = CCI_LDS_MAX;
	assert_int_equal(cci_ld_fractions_decode(bytes, 0xf7, &value), 0);
	assert_int_equal(cci_ld_fractions_decode(bytes, 2 + CCI_LDS_MAX - 1, &value), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_device_tells_its_lds),
		cmocka_unit_test(allocations_are_told),
		cmocka_unit_test(fewer_allocations_than_lds_are_told),
		cmocka_unit_test(allocations_are_set),
		cmocka_unit_test(qos_is_controlled),
		cmocka_unit_test(fractions_are_told_and_set),
		cmocka_unit_test(more_lds_than_there_can_be_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
