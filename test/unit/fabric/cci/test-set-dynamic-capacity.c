// SPDX-License-Identifier: GPL-2.0-only
/*
 * Command set 48h, Dynamic Capacity, against bytes of other programs: of libcxlmi's
 * encoder where a comment says "libcxlmi", of structs of libcxlmi that were filled by hand where it
 * says "libcxlmi's struct", of a cxl-type3 device of QEMU 11.1.3 where it says "QEMU".
 */
#include "fabric/cci/set-dynamic-capacity.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "test/lib/cci-vector.h"

/* libcxlmi, its struct of two regions, and QEMU's two regions of 512 MiB. */
static void regions_are_told(void **state)
{
	struct cci_dc_config_request request;
	struct cci_dc_config_reply reply;
	struct cci_dc_config_region region;

	(void)state;
	cci_vector_check(&cci_dc_config_request_codec, "08 01", &request);
	assert_int_equal(request.count, 8);
	assert_int_equal(request.start, 1);
	cci_vector_check(&cci_dc_config_reply_codec,
			 "02 02 000000000000"
			 "0000000044332211 0200000000000000 0000002000000000 0000200000000000"
			 "0d0c0b0a 0e 000000"
			 "0100000044332211 0300000000000000 0100002000000000 0000200000000000"
			 "0d0c0b0a 0e 000000 11000000 22000000 33000000 44000000",
			 &reply);
	assert_int_equal(reply.regions, 2);
	assert_int_equal(reply.list.count, 2);
	assert_int_equal(cci_list_get(&reply.list, &cci_dc_config_region_codec, 1, &region), 0);
	assert_true(region.base == 0x1122334400000001);
	assert_int_equal(region.decode_length, 3);
	assert_int_equal(region.length, 0x20000001);
	assert_int_equal(region.block_size, 0x200000);
	assert_int_equal(region.handle, 0x0a0b0c0d);
	assert_int_equal(region.sanitize, 0x0e);
	assert_true(reply.has_counters);
	assert_int_equal(reply.counters.extents, 0x11);
	assert_int_equal(reply.counters.extents_free, 0x22);
	assert_int_equal(reply.counters.tags, 0x33);
	assert_int_equal(reply.counters.tags_free, 0x44);

	cci_vector_check(&cci_dc_config_reply_codec,
			 "0202000000000000000000200000000002000000000000000000002000000000"
			 "0000200000000000020000000000000000000040000000000200000000000000"
			 "0000002000000000000020000000000003000000000000000002000000020000"
			 "0000000000000000",
			 &reply);
	assert_int_equal(cci_list_get(&reply.list, &cci_dc_config_region_codec, 1, &region), 0);
	assert_true(region.base == 0x40000000);
	assert_int_equal(region.decode_length, 2);
	assert_int_equal(region.length, 512 << 20);
	assert_int_equal(region.block_size, 2 << 20);
	assert_int_equal(reply.counters.extents, 512);
}

/* No device has nine regions. */
static void more_regions_than_eight_are_refused(void **state)
{
	struct cci_dc_config_reply reply;
	uint8_t payload[8 + 9 * 40] = { 9, 9 };

	(void)state;
	assert_int_equal(cci_dc_config_reply_decode(payload, sizeof(payload), &reply), -E2BIG);
}

/* libcxlmi, its struct of two extents, and QEMU without any. */
static void extents_are_listed(void **state)
{
	struct cci_dc_list_request request;
	struct cci_dc_list_reply reply;
	struct cci_extent extent;

	(void)state;
	cci_vector_check(&cci_dc_list_request_codec, "02000000 44332211", &request);
	assert_int_equal(request.count, 2);
	assert_int_equal(request.start, 0x11223344);
	cci_vector_check(&cci_dc_list_reply_codec,
			 "02000000 44332211 88776655 00000000"
			 "0000001000000000 0000000800000000 000102030405060708090a0b0c0d0e0f"
			 "0201 000000000000"
			 "0100001000000000 0000000800000000 101112131415161718191a1b1c1d1e1f"
			 "0301 000000000000",
			 &reply);
	assert_int_equal(reply.total, 0x11223344);
	assert_int_equal(reply.generation, 0x55667788);
	assert_int_equal(reply.extents.count, 2);
	assert_int_equal(cci_list_get(&reply.extents, &cci_extent_codec, 1, &extent), 0);
	assert_int_equal(extent.start, 0x10000001);
	assert_int_equal(extent.length, 128 << 20);
	assert_int_equal(extent.tag[15], 0x1f);
	assert_int_equal(extent.sequence, 0x0103);
	cci_vector_check(&cci_dc_list_reply_codec, "00000000000000000000000000000000", &reply);
	assert_int_equal(reply.extents.count, 0);
}

/* libcxlmi: 4802h and 4803h have the same form. */
static void extents_are_accepted_and_released(void **state)
{
	struct cci_dc_ranges_request request;
	struct cci_dc_range range;

	(void)state;
	cci_vector_check(&cci_dc_ranges_request_codec,
			 "02000000 01 000000 0000001000000000 0000000800000000 0000000000000000"
			 "0000000044332211 0000001000000000 0000000000000000",
			 &request);
	assert_true(request.more);
	assert_int_equal(request.ranges.count, 2);
	assert_int_equal(cci_list_get(&request.ranges, &cci_dc_range_codec, 1, &range), 0);
	assert_true(range.start == 0x1122334400000000);
	assert_int_equal(range.length, 256 << 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(regions_are_told),
		cmocka_unit_test(more_regions_than_eight_are_refused),
		cmocka_unit_test(extents_are_listed),
		cmocka_unit_test(extents_are_accepted_and_released),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
