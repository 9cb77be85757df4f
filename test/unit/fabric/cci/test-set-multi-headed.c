// SPDX-License-Identifier: GPL-2.0-only
/*
 * Command set 55h against bytes of another program: libcxlmi's structs, filled and dumped.
 */
#include "fabric/cci/set-multi-headed.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "test/lib/cci-vector.h"

static void heads_of_lds_are_told(void **state)
{
	struct cci_heads_of_lds_request request;
	struct cci_heads_of_lds_reply reply;

	(void)state;
	cci_vector_check(&cci_heads_of_lds_request_codec, "02 04", &request);
	assert_int_equal(request.start, 2);
	assert_int_equal(request.limit, 4);
	cci_vector_check(&cci_heads_of_lds_reply_codec, "10 04 0000 02 03 0000 01 ff 03", &reply);
	assert_int_equal(reply.lds, 16);
	assert_int_equal(reply.heads, 4);
	assert_int_equal(reply.start, 2);
	assert_int_equal(reply.map.count, 3);
	assert_int_equal(reply.map.elements.data[0], 1);
	assert_int_equal(reply.map.elements.data[1], CCI_HEAD_NONE);
}

static void heads_are_told(void **state)
{
	struct cci_head_info_request request;
	struct cci_head_info_reply reply;
	struct cci_head head;

	(void)state;
	cci_vector_check(&cci_head_info_request_codec, "01 02", &request);
	assert_int_equal(request.start, 1);
	assert_int_equal(request.count, 2);
	cci_vector_check(&cci_head_info_reply_codec,
			 "02 000000 01 10 08 3e 05 04 06 02 0b  02 08 08 1e 04 04 06 00 04",
			 &reply);
	assert_int_equal(reply.heads.count, 2);
	assert_int_equal(cci_list_get(&reply.heads, &cci_head_codec, 0, &head), 0);
	assert_int_equal(head.port, 1);
	assert_int_equal(head.max_width, 16);
	assert_int_equal(head.width, 8);
	assert_int_equal(head.speeds, 0x3e);
	assert_int_equal(head.max_speed, 5);
	assert_int_equal(head.speed, 4);
	assert_int_equal(head.ltssm, 6);
	assert_int_equal(head.first_lane, 2);
	assert_int_equal(head.link, 0x0b);
	assert_int_equal(cci_list_get(&reply.heads, &cci_head_codec, 1, &head), 0);
	assert_int_equal(head.port, 2);
	assert_int_equal(head.link, 4);
}

/* The same heads with three more bytes each, should a device have more to tell than libcxlmi knows.
 */
static void longer_heads_are_understood(void **state)
{
	struct cci_head_info_reply reply;
	struct cci_head head;

	(void)state;
	cci_vector_decode(&cci_head_info_reply_codec,
			  "02 000000 01 10 08 3e 05 04 06 02 0b ffffff"
			  "02 08 08 1e 04 04 06 00 04 ffffff",
			  &reply);
	assert_int_equal(cci_list_get(&reply.heads, &cci_head_codec, 1, &head), 0);
	assert_int_equal(head.port, 2);
	assert_int_equal(head.link, 4);
	/* An odd byte at the end is of no head. */
	cci_vector_decode(&cci_head_info_reply_codec,
			  "02 000000 01 10 08 3e 05 04 06 02 0b  02 08 08 1e 04 04 06 00 04 ff",
			  &reply);
	assert_int_equal(cci_list_get(&reply.heads, &cci_head_codec, 1, &head), 0);
	assert_int_equal(head.port, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(heads_of_lds_are_told),
		cmocka_unit_test(heads_are_told),
		cmocka_unit_test(longer_heads_are_understood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
