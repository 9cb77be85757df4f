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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
