// SPDX-License-Identifier: GPL-2.0-only
/*
 * Command set 56h against bytes of other programs: libcxlmi's structs and those of QEMU, filled and
 * dumped.
 */
#include "fabric/cci/set-dcd-management.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "test/lib/cci-vector.h"

#define TAG_D0 "d0d1d2d3d4d5d6d7d8d9dadbdcdddedf"

static int decode(const struct cci_codec *codec, const char *hex, void *ret_value)
{
	static uint8_t bytes[HEX_MAX];
	size_t size = hex_read(hex, bytes);

	return cci_decode(codec, bytes, size, ret_value);
}

/* libcxlmi: struct cxlmi_cmd_fmapi_get_dcd_info_rsp. */
static void a_device_tells_its_capacity(void **state)
{
	struct cci_dcd_info_reply info;

	(void)state;
	cci_vector_check(&cci_dcd_info_reply_codec,
			 "02 02 0000 0f00 0000 0300 81 00 0010000000000000"
			 "4000000000000000 0000200000000000 0000000000000000 0000000000000000"
			 "0000000000000000 0000000000000000 0000000000000000 0000001000000000",
			 &info);
	assert_int_equal(info.hosts, 2);
	assert_int_equal(info.regions, 2);
	assert_int_equal(info.selection_policies,
			 1 << CCI_SELECT_FREE | 1 << CCI_SELECT_CONTIGUOUS |
				 1 << CCI_SELECT_PRESCRIBED | 1 << CCI_SELECT_SHARED);
	assert_int_equal(info.removal_policies,
			 1 << CCI_REMOVE_BY_TAG | 1 << CCI_REMOVE_PRESCRIBED);
	assert_int_equal(info.sanitize_mask, 0x81);
	assert_true(info.capacity == 0x1000);
	assert_true(info.block_sizes[0] == 64);
	assert_true(info.block_sizes[1] == 2 << 20);
	assert_true(info.block_sizes[7] == 256 << 20);
}

/* QEMU: a device with two regions of 256 MiB for one host. */
static void qemu_tells_its_capacity(void **state)
{
	struct cci_dcd_info_reply info;

	(void)state;
	cci_vector_check(&cci_dcd_info_reply_codec,
			 "01 02 0000 0400 0000 0200 00 00 0200000000000000"
			 "0000200000000000 0000200000000000 0000000000000000 0000000000000000"
			 "0000000000000000 0000000000000000 0000000000000000 0000000000000000",
			 &info);
	assert_int_equal(info.hosts, 1);
	assert_int_equal(info.regions, 2);
	assert_int_equal(info.selection_policies, 1 << CCI_SELECT_PRESCRIBED);
	assert_int_equal(info.removal_policies, 1 << CCI_REMOVE_PRESCRIBED);
	assert_true(info.capacity * CCI_CAPACITY_UNIT == 512 << 20);
}

/* QEMU: cmd_fm_get_host_dc_region_config(): the counters follow the regions that are returned. */
static void regions_are_told(void **state)
{
	struct cci_host_dc_config_request request;
	struct cci_host_dc_config_reply reply;
	struct cci_dc_region region;
	uint8_t encoded[HEX_MAX];

	(void)state;
	cci_vector_check(&cci_host_dc_config_request_codec, "0201 04 01", &request);
	assert_int_equal(request.host, 0x0102);
	assert_int_equal(request.count, 4);
	assert_int_equal(request.start, 1);
	cci_vector_check(&cci_host_dc_config_reply_codec,
			 "0000 02 02"
			 "0000000000000000 0100000000000000 0000001000000000 0000200000000000"
			 "00 000000 00 000000"
			 "0000001000000000 0100000000000000 0000001000000000 0000200000000000"
			 "2c 000000 01 000000"
			 "00020000 fe010000 00000000 00000000",
			 &reply);
	assert_int_equal(reply.regions, 2);
	assert_int_equal(reply.list.count, 2);
	assert_int_equal(cci_list_get(&reply.list, &cci_dc_region_codec, 1, &region), 0);
	assert_true(region.base == 0x10000000);
	assert_true(region.decode_length * CCI_CAPACITY_UNIT == 0x10000000);
	assert_true(region.length == 0x10000000);
	assert_true(region.block_size == 2 << 20);
	assert_int_equal(region.flags, 0x2c);
	assert_true(region.sanitize);
	assert_int_equal(cci_dc_region_encode(&region, encoded, sizeof(encoded)),
			 reply.list.elements.size / 2);
	assert_true(reply.has_counters);
	assert_int_equal(reply.counters.extents, 512);
	assert_int_equal(reply.counters.extents_free, 510);
	assert_int_equal(reply.counters.tags, 0);
	assert_int_equal(reply.counters.tags_free, 0);
}

static void counters_may_be_missing(void **state)
{
	struct cci_host_dc_config_reply reply;

	(void)state;
	cci_vector_check(&cci_host_dc_config_reply_codec, "0201 02 00", &reply);
	assert_int_equal(reply.host, 0x0102);
	assert_int_equal(reply.regions, 2);
	assert_int_equal(reply.list.count, 0);
	assert_false(reply.has_counters);
	assert_int_equal(decode(&cci_host_dc_config_reply_codec, "0201 02 09", &reply), -E2BIG);
}

/* libcxlmi: struct cxlmi_cmd_fmapi_set_dc_region_config_req. */
static void a_region_is_set(void **state)
{
	struct cci_set_dc_region_request request;

	(void)state;
	cci_vector_check(&cci_set_dc_region_request_codec, "01 000000 0000200000000000 01 000000",
			 &request);
	assert_int_equal(request.region, 1);
	assert_true(request.block_size == 2 << 20);
	assert_true(request.sanitize);
}

/* libcxlmi, QEMU: 24 bytes before the extents. */
static void extents_are_told(void **state)
{
	struct cci_dc_extents_request request;
	struct cci_dc_extents_reply reply;
	struct cci_extent extent;

	(void)state;
	cci_vector_check(&cci_dc_extents_request_codec, "0201 0000 07000000 03000000", &request);
	assert_int_equal(request.host, 0x0102);
	assert_int_equal(request.count, 7);
	assert_int_equal(request.start, 3);
	cci_vector_check(&cci_dc_extents_reply_codec,
			 "0201 0000 03000000 01000000 04000000 09000000 00000000"
			 "0000002000000000 0000000800000000 c0c1c2c3c4c5c6c7c8c9cacbcccdcecf"
			 "0302 000000000000",
			 &reply);
	assert_int_equal(reply.host, 0x0102);
	assert_int_equal(reply.start, 3);
	assert_int_equal(reply.total, 4);
	assert_int_equal(reply.generation, 9);
	assert_int_equal(reply.extents.count, 1);
	assert_int_equal(cci_list_get(&reply.extents, &cci_extent_codec, 0, &extent), 0);
	assert_true(extent.start == 0x20000000);
	assert_int_equal(extent.sequence, 0x0203);
}

/* libcxlmi: struct cxlmi_cmd_fmapi_initiate_dc_add_req. */
static void capacity_is_added(void **state)
{
	struct cci_dc_add_request request;
	struct cci_extent extent;

	(void)state;
	cci_vector_check(&cci_dc_add_request_codec,
			 "0201 02 01 0000001000000000" TAG_D0 "01000000"
			 "0000002000000000 0000001000000000" TAG_D0 "0100 000000000000",
			 &request);
	assert_int_equal(request.host, 0x0102);
	assert_int_equal(request.policy, CCI_SELECT_PRESCRIBED);
	assert_int_equal(request.region, 1);
	assert_true(request.length == 0x10000000);
	assert_int_equal(request.tag[15], 0xdf);
	assert_int_equal(request.extents.count, 1);
	assert_int_equal(cci_list_get(&request.extents, &cci_extent_codec, 0, &extent), 0);
	assert_true(extent.length == 0x10000000);
	assert_int_equal(extent.tag[0], 0xd0);
}

/* libcxlmi: struct cxlmi_cmd_fmapi_initiate_dc_release_req. */
static void capacity_is_released(void **state)
{
	struct cci_dc_release_request request;
	uint8_t buffer[32];

	(void)state;
	cci_vector_check(&cci_dc_release_request_codec,
			 "0201 11 00 0000001000000000" TAG_D0 "00000000", &request);
	assert_int_equal(request.host, 0x0102);
	assert_int_equal(request.policy, CCI_REMOVE_PRESCRIBED);
	assert_true(request.forced);
	assert_true(request.length == 0x10000000);
	assert_int_equal(request.tag[0], 0xd0);
	assert_int_equal(request.region, 0);
	assert_int_equal(request.extents.count, 0);
	cci_vector_check(&cci_dc_release_request_codec,
			 "0201 00 00 0000001000000000" TAG_D0 "00000000", &request);
	assert_int_equal(request.policy, CCI_REMOVE_BY_TAG);
	assert_false(request.forced);
	/* QEMU: reg_num, where libcxlmi has a reserved byte. */
	cci_vector_check(&cci_dc_release_request_codec,
			 "0201 00 03 0000001000000000" TAG_D0 "00000000", &request);
	assert_int_equal(request.region, 3);
	request.policy = 16;
	assert_int_equal(cci_dc_release_request_encode(&request, buffer, sizeof(buffer)), -ERANGE);
}

/* libcxlmi's structs of 5606h to 5608h. */
static void tags_are_referred_to_and_told(void **state)
{
	struct cci_dc_reference_request reference;
	struct cci_dc_tags_request request;
	struct cci_dc_tags_reply reply;
	struct cci_dc_tag tag;

	(void)state;
	cci_vector_check(&cci_dc_reference_request_codec, TAG_D0, &reference);
	assert_int_equal(reference.tag[0], 0xd0);
	cci_vector_check(&cci_dc_tags_request_codec, "02000000 05000000", &request);
	assert_int_equal(request.start, 2);
	assert_int_equal(request.count, 5);
	cci_vector_check(&cci_dc_tags_reply_codec,
			 "03000000 09000000 01000000 03 000000" TAG_D0 "01 000000"
			 "0300000000000000 0000000000000000 0000000000000000 0000000000000000"
			 "0000000000000000 0000000000000000 0000000000000000 0000000000000080",
			 &reply);
	assert_int_equal(reply.generation, 3);
	assert_int_equal(reply.total, 9);
	assert_int_equal(reply.valid, 3);
	assert_int_equal(reply.tags.count, 1);
	assert_int_equal(cci_list_get(&reply.tags, &cci_dc_tag_codec, 0, &tag), 0);
	assert_int_equal(tag.tag[15], 0xdf);
	assert_int_equal(tag.flags, 1);
	assert_int_equal(tag.references[0], 3);
	assert_int_equal(tag.pending[31], 0x80);
}

/* The product of such a count and the size of an element is small in 32 bits. */
static void counts_that_lie_are_refused(void **state)
{
	struct cci_dc_extents_reply reply;
	struct cci_dc_add_request request;

	(void)state;
	assert_int_equal(decode(&cci_dc_extents_reply_codec,
				"0201 0000 03000000 67666606 67666606 09000000 00000000", &reply),
			 -EBADMSG);
	assert_int_equal(decode(&cci_dc_add_request_codec,
				"0201 02 01 0000001000000000" TAG_D0 "ffffffff", &request),
			 -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_device_tells_its_capacity),
		cmocka_unit_test(qemu_tells_its_capacity),
		cmocka_unit_test(regions_are_told),
		cmocka_unit_test(counters_may_be_missing),
		cmocka_unit_test(a_region_is_set),
		cmocka_unit_test(extents_are_told),
		cmocka_unit_test(capacity_is_added),
		cmocka_unit_test(capacity_is_released),
		cmocka_unit_test(tags_are_referred_to_and_told),
		cmocka_unit_test(counts_that_lie_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
