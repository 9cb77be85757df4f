// SPDX-License-Identifier: GPL-2.0-only
/*
 * Event records against libcxlmi's list of UUIDs, and QEMU's struct, filled and dumped.
 */
#include "fabric/cci/event-record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "test/lib/cci-vector.h"

static const struct {
	const char *uuid;
	enum cci_event_kind kind;
} rows[] = {
	{ "fbcd0a77 c260 417f 85a9 088b1621eba6", CCI_EVENT_GENERAL_MEDIA },
	{ "601dcbb3 9c06 4eab b8af 4e9bfb5c9624", CCI_EVENT_DRAM },
	{ "fe927475 dd59 4339 a586 79bab113b774", CCI_EVENT_MEMORY_MODULE },
	{ "e71f3a40 2d29 4092 8a39 4d1c966c7c65", CCI_EVENT_MEMORY_SPARING },
	{ "77cf9271 9c02 470b 9fe4 bc7b75f2da97", CCI_EVENT_PHYSICAL_SWITCH },
	{ "40d26425 3396 4c4d a5da 3d47263af425", CCI_EVENT_VIRTUAL_SWITCH },
	{ "40d26425 3396 4c4d a5da 3d472a63af25", CCI_EVENT_VIRTUAL_SWITCH },
	{ "8dc44363 0c96 4710 b7bf 04bb99534c3f", CCI_EVENT_MLD_PORT },
	{ "ca95afa7 f183 4018 8c2f 95268e101a2a", CCI_EVENT_DYNAMIC_CAPACITY },
	{ "00000000 0000 0000 0000 000000000000", CCI_EVENT_UNKNOWN },
	{ "ca95afa7 f183 4018 8c2f 95268e101a2b", CCI_EVENT_UNKNOWN },
};

static void kinds_are_known_by_their_uuid(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		uint8_t type[HEX_MAX];

		assert_int_equal(hex_read(rows[i].uuid, type), CCI_UUID_SIZE);
		assert_int_equal(cci_event_kind(type), rows[i].kind);
	}
}

/* QEMU: struct CXLEventDynamicCapacity, behind the header of the record. */
static void a_change_of_capacity_is_told(void **state)
{
	struct cci_capacity_event event;

	(void)state;
	cci_vector_check(&cci_capacity_event_codec,
			 "04 01 0201 01 01 0000"
			 "0000001000000000 0000000800000000 a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"
			 "0302 000000000000"
			 "000000000000000000000000000000000000000000000000 f4010000 0f000000",
			 &event);
	assert_int_equal(event.change, CCI_CAPACITY_ADD_ANSWERED);
	assert_true(event.has_tags_free);
	assert_int_equal(event.host, 0x0102);
	assert_int_equal(event.region, 1);
	assert_true(event.more);
	assert_true(event.extent.start == 0x10000000);
	assert_true(event.extent.length == 0x8000000);
	assert_int_equal(event.extent.tag[15], 0xaf);
	assert_int_equal(event.extent.sequence, 0x0203);
	assert_int_equal(event.extents_free, 500);
	assert_int_equal(event.tags_free, 15);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds_are_known_by_their_uuid),
		cmocka_unit_test(a_change_of_capacity_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
