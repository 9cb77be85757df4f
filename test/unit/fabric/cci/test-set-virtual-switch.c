// SPDX-License-Identifier: GPL-2.0-only
/*
 * Command set 52h against bytes of other programs: jack's requests and cse's replies as they were
 * on the wire, what opencis' classes write, and libcxlmi's structs, filled and dumped.
 */
#include "fabric/cci/set-virtual-switch.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "test/lib/cci-vector.h"

static struct cci_vppb vppb_of(const struct cci_vcs_block *block, size_t index)
{
	struct cci_vppb vppb;

	assert_int_equal(cci_list_get(&block->list, &cci_vppb_codec, index, &vppb), 0);
	return vppb;
}

/* jack: show vcs -c 1; then opencis: two virtual switches, vPPBs 4 and 5 of each. */
static void virtual_switches_are_asked_for(void **state)
{
	struct cci_vcs_info_request request;

	(void)state;
	cci_vector_check(&cci_vcs_info_request_codec, "00 ff 01 01", &request);
	assert_int_equal(request.start_vppb, 0);
	assert_int_equal(request.vppb_limit, 255);
	assert_int_equal(request.vcss.count, 1);
	assert_int_equal(request.vcss.elements.data[0], 1);
	cci_vector_check(&cci_vcs_info_request_codec, "04 02 02 00 02", &request);
	assert_int_equal(request.start_vppb, 4);
	assert_int_equal(request.vppb_limit, 2);
	assert_int_equal(request.vcss.count, 2);
	assert_int_equal(request.vcss.elements.data[1], 2);
}

/* cse: its sample after vPPB 3 was unbound and vPPB 4 was bound to LD 3 of port 4. */
static void cse_tells_a_virtual_switch(void **state)
{
	const struct cci_vcs_info_request request = { .vppb_limit = 255 };
	struct cci_vcs_info_reply reply;
	struct cci_vcs_walker walker;
	struct cci_vcs_block block;

	(void)state;
	cci_vector_check(&cci_vcs_info_reply_codec,
			 "01 000000  00 01 00 08  02000000 03010000 03020000 00000000"
			 "03040300 00000000 00000000 00000000",
			 &reply);
	walker = cci_vcs_walk(&request, &reply);
	assert_int_equal(cci_vcs_next(&walker, &block), 1);
	assert_int_equal(block.vcs, 0);
	assert_int_equal(block.state, CCI_VCS_ENABLED);
	assert_int_equal(block.upstream_port, 0);
	assert_int_equal(block.vppbs, 8);
	assert_int_equal(block.list.count, 8);
	assert_int_equal(vppb_of(&block, 0).binding, CCI_BOUND_PORT);
	assert_int_equal(vppb_of(&block, 3).binding, CCI_UNBOUND);
	assert_int_equal(vppb_of(&block, 4).binding, CCI_BOUND_LD);
	assert_int_equal(vppb_of(&block, 4).port, 4);
	assert_int_equal(vppb_of(&block, 4).ld, 3);
	assert_int_equal(cci_vcs_next(&walker, &block), 0);
}

/* opencis: the head of each block has all vPPBs, the list has those that were asked for. */
static void a_part_of_the_vppbs_is_told(void **state)
{
	const struct cci_vcs_info_request request = { .start_vppb = 4, .vppb_limit = 2 };
	struct cci_vcs_info_reply reply;
	struct cci_vcs_walker walker;
	struct cci_vcs_block block;

	(void)state;
	cci_vector_check(&cci_vcs_info_reply_codec,
			 "02 000000  00 01 01 08  030602ff 0000ffff  02 ff 03 05  0209ffff",
			 &reply);
	walker = cci_vcs_walk(&request, &reply);
	assert_int_equal(cci_vcs_next(&walker, &block), 1);
	assert_int_equal(block.vcs, 0);
	assert_int_equal(block.vppbs, 8);
	assert_int_equal(block.list.count, 2);
	assert_int_equal(vppb_of(&block, 0).ld, 2);
	assert_int_equal(vppb_of(&block, 1).ld, 255);
	assert_int_equal(cci_vcs_next(&walker, &block), 1);
	assert_int_equal(block.vcs, 2);
	assert_int_equal(block.state, CCI_VCS_INVALID_ID);
	assert_int_equal(block.upstream_port, 3);
	assert_int_equal(block.vppbs, 5);
	assert_int_equal(block.list.count, 1);
	assert_int_equal(vppb_of(&block, 0).binding, CCI_BOUND_PORT);
	assert_int_equal(vppb_of(&block, 0).port, 9);
	assert_int_equal(cci_vcs_next(&walker, &block), 0);
}

static void no_vppb_is_told_past_the_last(void **state)
{
	const struct cci_vcs_info_request request = { .start_vppb = 8, .vppb_limit = 255 };
	struct cci_vcs_info_reply reply;
	struct cci_vcs_walker walker;
	struct cci_vcs_block block;

	(void)state;
	cci_vector_check(&cci_vcs_info_reply_codec, "02 000000  00 01 01 08  02 01 03 05", &reply);
	walker = cci_vcs_walk(&request, &reply);
	assert_int_equal(cci_vcs_next(&walker, &block), 1);
	assert_int_equal(block.list.count, 0);
	assert_int_equal(cci_vcs_next(&walker, &block), 1);
	assert_int_equal(block.vcs, 2);
	assert_int_equal(cci_vcs_next(&walker, &block), 0);
}

/* Each cut of a reply gives the whole blocks before the cut, and then an error. */
static void blocks_that_are_cut_are_refused(void **state)
{
	const struct cci_vcs_info_request request = { .start_vppb = 4, .vppb_limit = 2 };
	uint8_t bytes[HEX_MAX];
	size_t size =
		hex_read("02 000000 00 01 01 08 030602ff 0000ffff 02 ff 03 05 0209ffff", bytes);

	(void)state;
	for (size_t cut = 4; cut < size; cut++) {
		struct cci_vcs_info_reply reply;
		struct cci_vcs_walker walker;
		struct cci_vcs_block block;

		assert_int_equal(cci_vcs_info_reply_decode(bytes, cut, &reply), 0);
		walker = cci_vcs_walk(&request, &reply);
		if (cut >= 16)
			assert_int_equal(cci_vcs_next(&walker, &block), 1);
		assert_int_equal(cci_vcs_next(&walker, &block), -EBADMSG);
		assert_int_equal(cci_vcs_next(&walker, &block), -EBADMSG);
	}
}

/* libcxlmi: struct cxlmi_cmd_fmapi_vcs_info_block. */
static void blocks_are_written(void **state)
{
	static const struct cci_vppb vppbs[] = {
		{ CCI_BOUND_LD, 9, 5 },
		{ CCI_BINDING_IN_PROGRESS, 10, 0xff },
	};
	struct cci_vcs_block block = {
		.vcs = 1, .state = CCI_VCS_ENABLED, .upstream_port = 3, .vppbs = 2
	};
	uint8_t elements[8], blocks[12], encoded[16], expected[HEX_MAX];
	struct cci_vcs_info_reply reply;

	(void)state;
	assert_int_equal(
		cci_list_put(&cci_vppb_codec, vppbs, 2, elements, sizeof(elements), &block.list),
		0);
	assert_int_equal(cci_vcs_put(&block, blocks, sizeof(blocks)), sizeof(blocks));
	assert_int_equal(cci_vcs_put(&block, blocks, sizeof(blocks) - 1), -ENOBUFS);
	reply = (struct cci_vcs_info_reply){ 1, { blocks, sizeof(blocks) } };
	assert_int_equal(cci_vcs_info_reply_encode(&reply, encoded, sizeof(encoded)),
			 sizeof(encoded));
	assert_int_equal(hex_read("01 000000 01 01 03 02 03090500 010aff00", expected),
			 sizeof(encoded));
	assert_memory_equal(encoded, expected, sizeof(encoded));
}

/* jack: port bind -c 0 -b 4 -p 4 -l 3; -c 0 -b 3 -p 3, an SLD. */
static void vppbs_are_bound(void **state)
{
	struct cci_bind_request request;

	(void)state;
	cci_vector_check(&cci_bind_request_codec, "00 04 04 00 0300", &request);
	assert_int_equal(request.vcs, 0);
	assert_int_equal(request.vppb, 4);
	assert_int_equal(request.port, 4);
	assert_int_equal(request.ld, 3);
	cci_vector_check(&cci_bind_request_codec, "00 03 03 00 ffff", &request);
	assert_int_equal(request.ld, CCI_LD_NONE);
	/* libcxlmi: struct cxlmi_cmd_fmapi_bind_vppb_req. */
	cci_vector_check(&cci_bind_request_codec, "01 02 09 00 0501", &request);
	assert_int_equal(request.vcs, 1);
	assert_int_equal(request.vppb, 2);
	assert_int_equal(request.port, 9);
	assert_int_equal(request.ld, 0x0105);
}

/* jack: port unbind -c 0 -b 4 -m; -c 0 -b 3 -w; -c 1 -b 2. */
static void vppbs_are_unbound(void **state)
{
	struct cci_unbind_request request;
	uint8_t buffer[3];

	(void)state;
	cci_vector_check(&cci_unbind_request_codec, "00 04 01", &request);
	assert_int_equal(request.vcs, 0);
	assert_int_equal(request.vppb, 4);
	assert_int_equal(request.how, CCI_UNBIND_MANAGED);
	cci_vector_check(&cci_unbind_request_codec, "00 03 00", &request);
	assert_int_equal(request.how, CCI_UNBIND_WAIT_FOR_LINK);
	cci_vector_check(&cci_unbind_request_codec, "01 02 02", &request);
	assert_int_equal(request.vcs, 1);
	assert_int_equal(request.vppb, 2);
	assert_int_equal(request.how, CCI_UNBIND_SURPRISE);
	request.how = 16;
	assert_int_equal(cci_unbind_request_encode(&request, buffer, sizeof(buffer)), -ERANGE);
}

/* jack: aer -c 0 -b 1 -e 00000040, which jack reads as a decimal number. */
static void errors_are_generated(void **state)
{
	struct cci_aer_request request;

	(void)state;
	cci_vector_check(&cci_aer_request_codec,
			 "00 01 0000 28000000 000102030405060708090a0b0c0d0e0f"
			 "101112131415161718191a1b1c1d1e1f",
			 &request);
	assert_int_equal(request.vcs, 0);
	assert_int_equal(request.vppb, 1);
	assert_int_equal(request.error, 40);
	assert_int_equal(request.tlp_header[31], 0x1f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(virtual_switches_are_asked_for),
		cmocka_unit_test(cse_tells_a_virtual_switch),
		cmocka_unit_test(a_part_of_the_vppbs_is_told),
		cmocka_unit_test(no_vppb_is_told_past_the_last),
		cmocka_unit_test(blocks_that_are_cut_are_refused),
		cmocka_unit_test(blocks_are_written),
		cmocka_unit_test(vppbs_are_bound),
		cmocka_unit_test(vppbs_are_unbound),
		cmocka_unit_test(errors_are_generated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
