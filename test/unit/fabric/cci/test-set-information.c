// SPDX-License-Identifier: GPL-2.0-only
/*
 * Command set 00h against bytes of other programs.
 */
#include "fabric/cci/set-information.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "test/lib/cci-vector.h"

/* libcxlmi: struct cxlmi_cmd_identify_rsp. */
static void identify_has_18_bytes(void **state)
{
	struct cci_identify_reply identify;

	(void)state;
	cci_vector_check(&cci_identify_reply_codec, "8680 930d 2211 4433 8877665544332211 0b 03",
			 &identify);
	assert_int_equal(identify.vendor_id, 0x8086);
	assert_int_equal(identify.device_id, 0x0d93);
	assert_int_equal(identify.subsystem_vendor_id, 0x1122);
	assert_int_equal(identify.subsystem_id, 0x3344);
	assert_true(identify.serial == 0x1122334455667788);
	assert_int_equal(identify.max_message_size, 11);
	assert_true(identify.has_component_type);
	assert_int_equal(identify.component_type, CCI_COMPONENT_TYPE3);
}

/* CXL 2.0: no component type. */
static void identify_has_17_bytes(void **state)
{
	struct cci_identify_reply identify;

	(void)state;
	cci_vector_check(&cci_identify_reply_codec, "8680 930d 2211 4433 8877665544332211 0b",
			 &identify);
	assert_true(identify.serial == 0x1122334455667788);
	assert_int_equal(identify.max_message_size, 11);
	assert_false(identify.has_component_type);
}

/* opencis, by its own class: the serial number has two bytes, and two bytes of nothing behind it.
 */
static void identify_has_14_bytes(void **state)
{
	struct cci_identify_reply identify;
	uint8_t buffer[18];

	(void)state;
	cci_vector_check(&cci_identify_reply_codec, "8680 930d 2211 4433 6655 0000 0b 03",
			 &identify);
	assert_true(identify.short_serial);
	assert_int_equal(identify.serial, 0x5566);
	assert_int_equal(identify.max_message_size, 11);
	assert_int_equal(identify.component_type, CCI_COMPONENT_TYPE3);
	identify.serial = 0x10000;
	assert_int_equal(cci_identify_reply_encode(&identify, buffer, sizeof(buffer)), -ERANGE);
}

/* libcxlmi's struct. */
static void an_operation_runs_in_the_background(void **state)
{
	struct cci_background_status_reply status;

	(void)state;
	cci_vector_check(&cci_background_status_reply_codec, "4b 00 0044 1200 cdab", &status);
	assert_true(status.running);
	assert_int_equal(status.percent, 37);
	assert_int_equal(status.opcode, 0x4400);
	assert_int_equal(status.return_code, 0x12);
	assert_int_equal(status.vendor_status, 0xabcd);
}

/* opencis, while it binds: half of it is done. */
static void opencis_tells_its_progress(void **state)
{
	struct cci_background_status_reply status;

	(void)state;
	cci_vector_check(&cci_background_status_reply_codec, "6500015200000000", &status);
	assert_true(status.running);
	assert_int_equal(status.percent, 50);
	assert_int_equal(status.opcode, 0x5201);
}

/* libcxlmi; the reply of CXL 2.0 is empty. */
static void replies_have_a_limit(void **state)
{
	struct cci_message_limit limit;
	struct cci_set_message_limit_reply reply;

	(void)state;
	cci_vector_check(&cci_message_limit_codec, "0a", &limit);
	assert_int_equal(limit.exponent, 10);
	cci_vector_check(&cci_set_message_limit_reply_codec, "0c", &reply);
	assert_true(reply.has_exponent);
	assert_int_equal(reply.exponent, 12);
	cci_vector_check(&cci_set_message_limit_reply_codec, "", &reply);
	assert_false(reply.has_exponent);
}

static void longer_payloads_are_understood(void **state)
{
	struct cci_identify_reply identify;

	(void)state;
	cci_vector_decode(&cci_identify_reply_codec,
			  "8680 930d 2211 4433 8877665544332211 0b 03 ffffff", &identify);
	assert_int_equal(identify.component_type, CCI_COMPONENT_TYPE3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(identify_has_18_bytes),
		cmocka_unit_test(identify_has_17_bytes),
		cmocka_unit_test(longer_payloads_are_understood),
		cmocka_unit_test(identify_has_14_bytes),
		cmocka_unit_test(an_operation_runs_in_the_background),
		cmocka_unit_test(opencis_tells_its_progress),
		cmocka_unit_test(replies_have_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
