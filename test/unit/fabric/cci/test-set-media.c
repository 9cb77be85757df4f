// SPDX-License-Identifier: GPL-2.0-only
/*
 * Command sets 43h, Media and Poison Management, and 44h, Sanitize, against bytes of other
 * programs: of libcxlmi's encoder where a comment says "libcxlmi", of structs of libcxlmi that were
 * filled by hand where it says "libcxlmi's struct", of a cxl-type3 device of QEMU 11.1.3 where it
 * says "QEMU".
 */
#include "fabric/cci/set-media.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "test/lib/cci-vector.h"

/* libcxlmi. */
static void poison_is_asked_for(void **state)
{
	struct cci_media_range range;

	(void)state;
	cci_vector_check(&cci_media_range_codec, "4077665544332211 9900000000000000", &range);
	assert_true(range.start == 0x1122334455667740);
	assert_int_equal(range.lines, 0x99);
}

/* libcxlmi's struct. */
static void poison_is_listed(void **state)
{
	struct cci_poison_reply reply;
	struct cci_media_error error;

	(void)state;
	cci_vector_check(&cci_poison_reply_codec,
			 "03 00 8877665544332211 0200 0000000000000000000000000000000000000000"
			 "4377665544332211 05000000 00000000 0120000000000000 04030201 00000000",
			 &reply);
	assert_int_equal(reply.flags, CCI_POISON_MORE | CCI_POISON_OVERFLOW);
	assert_true(reply.overflow_time == 0x1122334455667788);
	assert_int_equal(reply.errors.count, 2);
	assert_int_equal(cci_list_get(&reply.errors, &cci_media_error_codec, 0, &error), 0);
	assert_true(error.start == 0x1122334455667740);
	assert_int_equal(error.source, CCI_ERROR_INJECTED);
	assert_int_equal(error.lines, 5);
	assert_int_equal(cci_list_get(&reply.errors, &cci_media_error_codec, 1, &error), 0);
	assert_true(error.start == 0x2000);
	assert_int_equal(error.source, CCI_ERROR_EXTERNAL);
	assert_int_equal(error.lines, 0x01020304);
}

/* QEMU, after poison was injected at 1000h and 2040h. */
static void qemu_lists_injected_poison(void **state)
{
	struct cci_poison_reply reply;
	struct cci_media_error error;

	(void)state;
	cci_vector_check(&cci_poison_reply_codec,
			 "0000000000000000000002000000000000000000000000000000000000000000"
			 "4320000000000000010000000000000003100000000000000100000000000000",
			 &reply);
	assert_int_equal(reply.errors.count, 2);
	assert_int_equal(cci_list_get(&reply.errors, &cci_media_error_codec, 0, &error), 0);
	assert_true(error.start == 0x2040);
	assert_int_equal(error.source, CCI_ERROR_INJECTED);
	assert_int_equal(error.lines, 1);
}

static void an_address_has_no_lower_bits(void **state)
{
	struct cci_media_error error = { .start = 0x20 };
	uint8_t buffer[16];

	(void)state;
	assert_int_equal(cci_media_error_encode(&error, buffer, sizeof(buffer)), -ERANGE);
	error = (struct cci_media_error){ .source = 8 };
	assert_int_equal(cci_media_error_encode(&error, buffer, sizeof(buffer)), -ERANGE);
}

/* libcxlmi. */
static void poison_is_injected_and_cleared(void **state)
{
	struct cci_poison_place place;
	struct cci_clear_poison_request clear;

	(void)state;
	cci_vector_check(&cci_poison_place_codec, "4077665544332211", &place);
	assert_true(place.start == 0x1122334455667740);
	cci_vector_check(&cci_clear_poison_request_codec,
			 "4077665544332211"
			 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
			 "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f",
			 &clear);
	assert_true(clear.start == 0x1122334455667740);
	assert_int_equal(clear.data[63], 0x3f);
}

/* libcxlmi, its structs, and QEMU's estimate for 512 MiB. */
static void media_are_scanned(void **state)
{
	struct cci_scan_estimate_reply estimate;
	struct cci_scan_request request;
	struct cci_scan_reply reply;
	struct cci_media_error error;

	(void)state;
	cci_vector_check(&cci_scan_estimate_reply_codec, "62100000", &estimate);
	assert_int_equal(estimate.milliseconds, 0x1062);
	cci_vector_check(&cci_scan_request_codec, "4077665544332211 9900000000000000 01", &request);
	assert_true(request.range.start == 0x1122334455667740);
	assert_int_equal(request.range.lines, 0x99);
	assert_true(request.quiet);
	cci_vector_check(&cci_scan_reply_codec,
			 "4077665544332211 9900000000000000 03 00 0100 000000000000000000000000"
			 "0120000000000000 07000000 00000000",
			 &reply);
	assert_true(reply.rest.start == 0x1122334455667740);
	assert_int_equal(reply.rest.lines, 0x99);
	assert_int_equal(reply.flags, CCI_SCAN_MORE | CCI_SCAN_STOPPED);
	assert_int_equal(reply.errors.count, 1);
	assert_int_equal(cci_list_get(&reply.errors, &cci_media_error_codec, 0, &error), 0);
	assert_int_equal(error.lines, 7);
}

/* libcxlmi; QEMU's answer; and libcxlmi's struct for another. */
static void operations_are_discovered(void **state)
{
	struct cci_media_operation_request request;
	struct cci_media_operation_reply reply;
	struct cci_media_operation_entry entry;

	(void)state;
	cci_vector_check(&cci_media_operation_request_codec, "00 00 0000 00000000 2211 4433",
			 &request);
	assert_int_equal(request.operation_class, CCI_MEDIA_GENERAL);
	assert_int_equal(request.start, 0x1122);
	assert_int_equal(request.count, 0x3344);
	cci_vector_check(&cci_media_operation_reply_codec, "40000000000000000200020001000101",
			 &reply);
	assert_true(reply.has_operations);
	assert_int_equal(reply.granularity, 64);
	assert_int_equal(reply.total, 2);
	assert_int_equal(reply.operations.count, 2);
	assert_int_equal(
		cci_list_get(&reply.operations, &cci_media_operation_entry_codec, 0, &entry), 0);
	assert_int_equal(entry.operation_class, CCI_MEDIA_SANITIZE);
	assert_int_equal(entry.operation, CCI_MEDIA_SANITIZE_SANITIZE);
	assert_int_equal(
		cci_list_get(&reply.operations, &cci_media_operation_entry_codec, 1, &entry), 0);
	assert_int_equal(entry.operation_class, CCI_MEDIA_SANITIZE);
	assert_int_equal(entry.operation, CCI_MEDIA_SANITIZE_ZERO);
	cci_vector_check(&cci_media_operation_reply_codec,
			 "0010000000000000 0403 0300 0000 0100 0101", &reply);
	assert_int_equal(reply.total, 0x0304);
	assert_int_equal(reply.operations.count, 3);
	cci_vector_check(&cci_media_operation_reply_codec, "", &reply);
	assert_false(reply.has_operations);
}

/* libcxlmi. */
static void ranges_are_sanitized(void **state)
{
	struct cci_media_operation_request request;
	struct cci_media_operation_range range;

	(void)state;
	cci_vector_check(&cci_media_operation_request_codec,
			 "01 01 0000 02000000 0077665544332211 0010000000000000"
			 "0000200000000000 0030000000000000",
			 &request);
	assert_int_equal(request.operation_class, CCI_MEDIA_SANITIZE);
	assert_int_equal(request.operation, CCI_MEDIA_SANITIZE_ZERO);
	assert_int_equal(request.ranges.count, 2);
	assert_int_equal(cci_list_get(&request.ranges, &cci_media_operation_range_codec, 1, &range),
			 0);
	assert_int_equal(range.start, 0x200000);
	assert_int_equal(range.length, 0x3000);
	cci_vector_check(&cci_media_operation_request_codec,
			 "01 00 0000 01000000 0000004000000000 0020000000000000", &request);
	assert_int_equal(request.operation_class, CCI_MEDIA_SANITIZE);
	assert_int_equal(request.operation, CCI_MEDIA_SANITIZE_SANITIZE);
}

/* More ranges than there are bytes: no product of them may wrap. */
static void a_count_is_not_trusted(void **state)
{
	struct cci_media_operation_request request;
	uint8_t bytes[HEX_MAX];
	size_t size = hex_read("01 00 0000 01000010 00000000000000000000000000000000", bytes);

	(void)state;
	assert_int_equal(cci_media_operation_request_decode(bytes, size, &request), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(poison_is_asked_for),
		cmocka_unit_test(poison_is_listed),
		cmocka_unit_test(qemu_lists_injected_poison),
		cmocka_unit_test(an_address_has_no_lower_bits),
		cmocka_unit_test(poison_is_injected_and_cleared),
		cmocka_unit_test(media_are_scanned),
		cmocka_unit_test(operations_are_discovered),
		cmocka_unit_test(ranges_are_sanitized),
		cmocka_unit_test(a_count_is_not_trusted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
