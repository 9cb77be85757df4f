// SPDX-License-Identifier: GPL-2.0-only
/*
 * Command sets 02h, Firmware Update, and 03h, Timestamp, against bytes of other programs: of
 * libcxlmi's encoder where a comment says "libcxlmi", of structs of libcxlmi that were filled by
 * hand where it says "libcxlmi's struct", of a cxl-type3 device of QEMU 11.1.3 where it says
 * "QEMU".
 */
#include "fabric/cci/set-firmware.h"
#include "fabric/cci/set-timestamp.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "test/lib/cci-vector.h"

/* libcxlmi's struct. */
static void slots_are_told(void **state)
{
	struct cci_fw_info_reply info;

	(void)state;
	cci_vector_check(&cci_fw_info_reply_codec,
			 "04 1a 01 00000000000000000000000000"
			 "66772d312e3000000000000000000000 66772d322e302d303132333435360000"
			 "66772d33000000000000000000000000 66772d34000000000000000000000000",
			 &info);
	assert_int_equal(info.slots, 4);
	assert_int_equal(info.active_slot, 2);
	assert_int_equal(info.staged_slot, 3);
	assert_true(info.online);
	assert_memory_equal(info.revisions[1], "fw-2.0-0123456", 15);
	assert_memory_equal(info.revisions[3], "fw-4", 5);
}

/* QEMU, after a transfer to slot 2. */
static void qemu_has_two_slots(void **state)
{
	struct cci_fw_info_reply info;

	(void)state;
	cci_vector_check(&cci_fw_info_reply_codec,
			 "0201010000000000000000000000000042574657205645"
			 "5253494f4e20300000425746572056455253494f4e2031000000000000000000000000"
			 "00000000000000000000000000000000000000000000",
			 &info);
	assert_int_equal(info.slots, 2);
	assert_int_equal(info.active_slot, 1);
	assert_int_equal(info.staged_slot, 0);
	assert_true(info.online);
	assert_memory_equal(info.revisions[1], "BWFW VERSION 1", 15);
}

/* libcxlmi; QEMU takes the same form. */
static void firmware_is_transferred(void **state)
{
	struct cci_transfer_fw_request request;

	(void)state;
	cci_vector_check(&cci_transfer_fw_request_codec,
			 "01 02 0000 04030201"
			 "000000000000000000000000000000000000000000000000000000000000"
			 "000000000000000000000000000000000000000000000000000000000000"
			 "000000000000000000000000000000000000000000000000000000000000"
			 "000000000000000000000000000000000000000000000000000000000000"
			 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
			 "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
			 "404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f"
			 "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f",
			 &request);
	assert_int_equal(request.action, CCI_FW_TRANSFER_INITIATE);
	assert_int_equal(request.slot, 2);
	assert_int_equal(request.offset, 0x01020304);
	assert_int_equal(request.data.size, 128);
	assert_int_equal(request.data.data[127], 0x7f);
}

/* libcxlmi. */
static void firmware_is_activated(void **state)
{
	struct cci_activate_fw_request request;

	(void)state;
	cci_vector_check(&cci_activate_fw_request_codec, "01 03", &request);
	assert_int_equal(request.action, 1);
	assert_int_equal(request.slot, 3);
}

/* libcxlmi; QEMU answers 0300h with the same bytes after it. */
static void the_time_is_told(void **state)
{
	struct cci_timestamp timestamp;

	(void)state;
	cci_vector_check(&cci_timestamp_codec, "8877665544332211", &timestamp);
	assert_true(timestamp.nanoseconds == 0x1122334455667788);
}

static void slots_of_more_than_three_bits_are_refused(void **state)
{
	struct cci_fw_info_reply info = { .staged_slot = 8 };
	uint8_t buffer[128];

	(void)state;
	assert_int_equal(cci_fw_info_reply_encode(&info, buffer, sizeof(buffer)), -ERANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slots_are_told),
		cmocka_unit_test(qemu_has_two_slots),
		cmocka_unit_test(firmware_is_transferred),
		cmocka_unit_test(firmware_is_activated),
		cmocka_unit_test(the_time_is_told),
		cmocka_unit_test(slots_of_more_than_three_bits_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
