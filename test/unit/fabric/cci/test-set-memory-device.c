// SPDX-License-Identifier: GPL-2.0-only
/*
 * Command sets 40h to 42h and 47h, of memory devices, against bytes of other programs: of
 * libcxlmi's encoder where a comment says "libcxlmi", of structs of libcxlmi that were filled by
 * hand where it says "libcxlmi's struct", of a cxl-type3 device of QEMU 11.1.3 where it says
 * "QEMU".
 */
#include "fabric/cci/set-memory-device.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "test/lib/cci-vector.h"

/* libcxlmi's struct: 45h bytes. */
static void identify_has_69_bytes(void **state)
{
	struct cci_identify_memory_reply identify;

	(void)state;
	cci_vector_check(&cci_identify_memory_reply_codec,
			 "425746572056455253494f4e20303000 2211000000000000 4433000000000000"
			 "6655000000000000 8877000000000000 0201 0403 0605 0807 14131211"
			 "212223 3231 41 51 6261",
			 &identify);
	assert_memory_equal(identify.fw_revision, "BWFW VERSION 00", 16);
	assert_int_equal(identify.total_capacity, 0x1122);
	assert_int_equal(identify.volatile_capacity, 0x3344);
	assert_int_equal(identify.persistent_capacity, 0x5566);
	assert_int_equal(identify.partition_alignment, 0x7788);
	assert_int_equal(identify.informational_log_size, 0x0102);
	assert_int_equal(identify.warning_log_size, 0x0304);
	assert_int_equal(identify.failure_log_size, 0x0506);
	assert_int_equal(identify.fatal_log_size, 0x0708);
	assert_int_equal(identify.lsa_size, 0x11121314);
	assert_int_equal(identify.poison_list_max, 0x232221);
	assert_int_equal(identify.inject_poison_limit, 0x3132);
	assert_int_equal(identify.poison_capabilities, 0x41);
	assert_int_equal(identify.qos_capabilities, 0x51);
	assert_true(identify.has_dynamic_capacity_log);
	assert_int_equal(identify.dynamic_capacity_log_size, 0x6162);
}

/* The same without its last field: the kernel's struct cxl_mbox_identify, 43h bytes. */
static void identify_has_67_bytes(void **state)
{
	struct cci_identify_memory_reply identify;

	(void)state;
	cci_vector_check(&cci_identify_memory_reply_codec,
			 "425746572056455253494f4e20303000 2211000000000000 4433000000000000"
			 "6655000000000000 8877000000000000 0201 0403 0605 0807 14131211"
			 "212223 3231 41 51",
			 &identify);
	assert_int_equal(identify.qos_capabilities, 0x51);
	assert_false(identify.has_dynamic_capacity_log);
	/* Half a field is no field. */
	cci_vector_decode(&cci_identify_memory_reply_codec,
			  "425746572056455253494f4e20303000 2211000000000000 4433000000000000"
			  "6655000000000000 8877000000000000 0201 0403 0605 0807 14131211"
			  "212223 3231 41 51 62",
			  &identify);
	assert_false(identify.has_dynamic_capacity_log);
}

/* QEMU: 256 MiB of each kind, a label area of 1 MiB, a list of 256 places. */
static void qemu_is_identified(void **state)
{
	struct cci_identify_memory_reply identify;

	(void)state;
	cci_vector_check(&cci_identify_memory_reply_codec,
			 "425746572056455253494f4e2030300002000000000000000100000000000000"
			 "0100000000000000000000000000000000000000000000000000100000010000"
			 "0000000800",
			 &identify);
	assert_int_equal(identify.total_capacity, 2);
	assert_int_equal(identify.volatile_capacity, 1);
	assert_int_equal(identify.persistent_capacity, 1);
	assert_int_equal(identify.lsa_size, 1 << 20);
	assert_int_equal(identify.poison_list_max, 256);
	assert_int_equal(identify.dynamic_capacity_log_size, 8);
}

/* libcxlmi's struct, and QEMU. */
static void partitions_are_told(void **state)
{
	struct cci_partitions_reply partitions;

	(void)state;
	cci_vector_check(&cci_partitions_reply_codec,
			 "2211000000000000 4433000000000000 6655000000000000 8877000000000000",
			 &partitions);
	assert_int_equal(partitions.active_volatile, 0x1122);
	assert_int_equal(partitions.active_persistent, 0x3344);
	assert_int_equal(partitions.next_volatile, 0x5566);
	assert_int_equal(partitions.next_persistent, 0x7788);
	cci_vector_check(&cci_partitions_reply_codec,
			 "0100000000000000010000000000000000000000000000000000000000000000",
			 &partitions);
	assert_int_equal(partitions.active_persistent, 1);
}

/* libcxlmi. */
static void partitions_are_set(void **state)
{
	struct cci_set_partitions_request request;

	(void)state;
	cci_vector_check(&cci_set_partitions_request_codec, "8877665544332211 01", &request);
	assert_true(request.volatile_capacity == 0x1122334455667788);
	assert_true(request.at_once);
}

/* libcxlmi; and QEMU's answer after "label data" was written there. */
static void labels_are_read_and_written(void **state)
{
	struct cci_lsa_request request;
	struct cci_data reply;
	struct cci_set_lsa_request set;

	(void)state;
	cci_vector_check(&cci_lsa_request_codec, "44332211 40000000", &request);
	assert_int_equal(request.offset, 0x11223344);
	assert_int_equal(request.length, 0x40);
	cci_vector_check(&cci_data_codec, "6c6162656c2064617461000000000000", &reply);
	assert_int_equal(reply.bytes.size, 16);
	assert_memory_equal(reply.bytes.data, "label data", 11);
	cci_vector_check(&cci_set_lsa_request_codec, "44332211 00000000 a1a2a3", &set);
	assert_int_equal(set.offset, 0x11223344);
	assert_int_equal(set.data.size, 3);
	assert_int_equal(set.data.data[2], 0xa3);
}

/* libcxlmi's struct. */
static void health_is_told(void **state)
{
	struct cci_health_reply health;

	(void)state;
	cci_vector_check(&cci_health_reply_codec, "07 02 1a 37 d8ff 14131211 24232221 34333231",
			 &health);
	assert_int_equal(health.health_status, 7);
	assert_int_equal(health.media_status, 2);
	assert_int_equal(health.additional_status, 0x1a);
	assert_int_equal(health.life_used, 55);
	assert_int_equal((int16_t)health.temperature, -40);
	assert_int_equal(health.dirty_shutdowns, 0x11121314);
	assert_int_equal(health.corrected_volatile_errors, 0x21222324);
	assert_int_equal(health.corrected_persistent_errors, 0x31323334);
}

/* libcxlmi's struct, and QEMU. */
static void alerts_are_told(void **state)
{
	struct cci_alerts_reply alerts;

	(void)state;
	cci_vector_check(&cci_alerts_reply_codec, "1f 15 5f 5a 6000 d0ff 5500 d8ff 2211 4433",
			 &alerts);
	assert_int_equal(alerts.valid, 0x1f);
	assert_int_equal(alerts.programmable, CCI_ALERT_LIFE_USED | CCI_ALERT_UNDER_TEMPERATURE |
						      CCI_ALERT_CORRECTED_PERSISTENT);
	assert_int_equal(alerts.life_used_critical, 95);
	assert_int_equal(alerts.warnings.life_used, 90);
	assert_int_equal(alerts.over_temperature_critical, 0x60);
	assert_int_equal(alerts.under_temperature_critical, 0xffd0);
	assert_int_equal(alerts.warnings.over_temperature, 0x55);
	assert_int_equal(alerts.warnings.under_temperature, 0xffd8);
	assert_int_equal(alerts.warnings.corrected_volatile, 0x1122);
	assert_int_equal(alerts.warnings.corrected_persistent, 0x3344);
	cci_vector_check(&cci_alerts_reply_codec, "00004b2823000a001900140000000000", &alerts);
	assert_int_equal(alerts.life_used_critical, 75);
	assert_int_equal(alerts.warnings.life_used, 40);
	assert_int_equal(alerts.over_temperature_critical, 35);
	assert_int_equal(alerts.warnings.over_temperature, 25);
}

/* libcxlmi. */
static void alerts_are_set(void **state)
{
	struct cci_set_alerts_request request;

	(void)state;
	cci_vector_check(&cci_set_alerts_request_codec, "1f 15 5a 00 5500 d8ff 2211 4433",
			 &request);
	assert_int_equal(request.valid, 0x1f);
	assert_int_equal(request.enable, 0x15);
	assert_int_equal(request.warnings.life_used, 90);
	assert_int_equal(request.warnings.over_temperature, 0x55);
	assert_int_equal(request.warnings.under_temperature, 0xffd8);
	assert_int_equal(request.warnings.corrected_volatile, 0x1122);
	assert_int_equal(request.warnings.corrected_persistent, 0x3344);
}

/* libcxlmi. */
static void a_shutdown_is_clean_or_dirty(void **state)
{
	struct cci_shutdown_state shutdown;

	(void)state;
	cci_vector_check(&cci_shutdown_state_codec, "01", &shutdown);
	assert_true(shutdown.dirty);
	cci_vector_check(&cci_shutdown_state_codec, "00", &shutdown);
	assert_false(shutdown.dirty);
}

/* libcxlmi. */
static void qos_is_controlled(void **state)
{
	struct cci_sld_qos_control control;
	struct cci_sld_qos_status_reply status;

	(void)state;
	cci_vector_check(&cci_sld_qos_control_codec, "03 14 3c 08", &control);
	assert_int_equal(control.control, 3);
	assert_int_equal(control.moderate, 20);
	assert_int_equal(control.severe, 60);
	assert_int_equal(control.interval, 8);
	cci_vector_check(&cci_sld_qos_status_reply_codec, "4d", &status);
	assert_int_equal(status.backpressure, 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(identify_has_69_bytes),
		cmocka_unit_test(identify_has_67_bytes),
		cmocka_unit_test(qemu_is_identified),
		cmocka_unit_test(partitions_are_told),
		cmocka_unit_test(partitions_are_set),
		cmocka_unit_test(labels_are_read_and_written),
		cmocka_unit_test(health_is_told),
		cmocka_unit_test(alerts_are_told),
		cmocka_unit_test(alerts_are_set),
		cmocka_unit_test(a_shutdown_is_clean_or_dirty),
		cmocka_unit_test(qos_is_controlled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
