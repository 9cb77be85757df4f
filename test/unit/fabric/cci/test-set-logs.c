// SPDX-License-Identifier: GPL-2.0-only
/*
 * Command set 04h, Logs, against bytes of other programs: of libcxlmi's
 * encoder where a comment says "libcxlmi", of structs of libcxlmi that were filled by hand where it
 * says "libcxlmi's struct", of a cxl-type3 device of QEMU 11.1.3 where it says "QEMU".
 */
#include "fabric/cci/set-logs.h"

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

/* QEMU: one log, the Command Effects Log, 8Ch bytes. */
static void qemu_has_one_log(void **state)
{
	struct cci_logs_reply reply;
	struct cci_log log;

	(void)state;
	cci_vector_check(&cci_logs_reply_codec,
			 "0100000000000000 0da9c0b5bf414b788f7996b1623b3f17 8c000000", &reply);
	assert_int_equal(reply.logs.count, 1);
	assert_int_equal(cci_list_get(&reply.logs, &cci_log_codec, 0, &log), 0);
	assert_memory_equal(log.id, cci_command_effects_log, sizeof(log.id));
	assert_int_equal(log.size, 0x8c);
}

/* libcxlmi's struct. */
static void several_logs_are_told(void **state)
{
	struct cci_logs_reply reply;
	struct cci_log log;

	(void)state;
	cci_vector_check(&cci_logs_reply_codec,
			 "0200 000000000000 0102030405060708090a0b0c0d0e0f10 22110000"
			 "303132333435363738393a3b3c3d3e3f 66554433",
			 &reply);
	assert_int_equal(reply.logs.count, 2);
	assert_int_equal(cci_list_get(&reply.logs, &cci_log_codec, 0, &log), 0);
	assert_sample_uuid(log.id);
	assert_int_equal(log.size, 0x1122);
	assert_int_equal(cci_list_get(&reply.logs, &cci_log_codec, 1, &log), 0);
	assert_int_equal(log.size, 0x33445566);
}

/* libcxlmi, and the first four entries of QEMU's answer. */
static void a_part_of_a_log_is_read(void **state)
{
	struct cci_log_part_request request;
	struct cci_data reply;
	struct cci_command_effects entry;

	(void)state;
	cci_vector_check(&cci_log_part_request_codec,
			 "0102030405060708090a0b0c0d0e0f10 44332211 88776655", &request);
	assert_sample_uuid(request.id);
	assert_int_equal(request.offset, 0x11223344);
	assert_int_equal(request.length, 0x55667788);

	cci_vector_check(&cci_data_codec, "0500000000010000 010110000044e400", &reply);
	assert_int_equal(reply.bytes.size, 16);
	assert_int_equal(cci_command_effects_decode(reply.bytes.data + 8, 4, &entry), 0);
	assert_int_equal(entry.opcode, 0x0101);
	assert_int_equal(entry.effects, CCI_EFFECT_LOG);
	assert_int_equal(cci_command_effects_decode(reply.bytes.data + 12, 4, &entry), 0);
	assert_int_equal(entry.opcode, 0x4400);
	assert_int_equal(entry.effects, CCI_EFFECT_DATA | CCI_EFFECT_SECURITY |
						CCI_EFFECT_BACKGROUND |
						CCI_EFFECT_SECONDARY_MAILBOX);
}

/* libcxlmi, and its struct. */
static void what_a_log_can_is_told(void **state)
{
	struct cci_log_id request;
	struct cci_log_capabilities_reply reply;

	(void)state;
	cci_vector_check(&cci_log_id_codec, "0102030405060708090a0b0c0d0e0f10", &request);
	assert_sample_uuid(request.id);
	cci_vector_check(&cci_log_capabilities_reply_codec, "0b000000", &reply);
	assert_int_equal(reply.flags,
			 CCI_LOG_CLEAR | CCI_LOG_POPULATE | CCI_LOG_SURVIVES_COLD_RESET);
}

/* libcxlmi, and its struct. */
static void logs_are_listed_in_parts(void **state)
{
	struct cci_logs_part_request request;
	struct cci_logs_part_reply reply;
	struct cci_log log;

	(void)state;
	cci_vector_check(&cci_logs_part_request_codec, "05 02", &request);
	assert_int_equal(request.count, 5);
	assert_int_equal(request.start, 2);
	cci_vector_check(&cci_logs_part_reply_codec,
			 "02 00 3412 07 000000 0102030405060708090a0b0c0d0e0f10 22110000"
			 "303132333435363738393a3b3c3d3e3f 66554433",
			 &reply);
	assert_int_equal(reply.total, 0x1234);
	assert_int_equal(reply.start, 7);
	assert_int_equal(reply.logs.count, 2);
	assert_int_equal(cci_list_get(&reply.logs, &cci_log_codec, 1, &log), 0);
	assert_int_equal(log.size, 0x33445566);
}

/*
 * What QEMU's log says of its commands is what the table says. Left out of the log are 4301h, 4302h
 * and 4304h: QEMU has poison that comes and goes without an effect, and a scan that logs nothing.
 */
static void the_table_agrees_with_qemu(void **state)
{
	static const char log[] = "0500000000010000010110000201000003010200000200000102c0000202c000"
				  "00030000010308000004000001040000000500000105000002053e0000065600"
				  "00400000004100000241000003410600014200000242080000430000"
				  "0343000005430000"
				  "0044e400024444000045000000480000014800000248040003480400";
	const uint16_t not_told = CCI_EFFECT_BACKGROUND | CCI_EFFECT_SECONDARY_MAILBOX;
	uint8_t bytes[HEX_MAX];
	size_t size = hex_read(log, bytes);

	(void)state;
	for (size_t at = 0; at < size; at += CCI_COMMAND_EFFECTS_SIZE) {
		struct cci_command_effects entry;
		const struct cci_command *command;

		assert_int_equal(cci_command_effects_decode(bytes + at, 4, &entry), 0);
		command = cci_command_find(entry.opcode);
		/* QEMU has no effects of firmware that comes with the next reset. */
		if (!command || entry.opcode >> 8 == 0x02 || entry.opcode == 0x0005)
			continue;
		assert_int_equal(command->effects, entry.effects & ~not_told);
		/* Other devices may set a feature in the background. */
		assert_true(command->background || !(entry.effects & CCI_EFFECT_BACKGROUND));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(qemu_has_one_log),
		cmocka_unit_test(several_logs_are_told),
		cmocka_unit_test(a_part_of_a_log_is_read),
		cmocka_unit_test(what_a_log_can_is_told),
		cmocka_unit_test(logs_are_listed_in_parts),
		cmocka_unit_test(the_table_agrees_with_qemu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
