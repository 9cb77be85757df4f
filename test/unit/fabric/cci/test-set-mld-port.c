// SPDX-License-Identifier: GPL-2.0-only
/*
 * Command set 53h against bytes of other programs: jack's requests and cse's replies as they were
 * on the wire, and libcxlmi's structs, filled and dumped.
 */
#include "fabric/cci/set-mld-port.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "test/lib/cci-vector.h"

static int decode(const struct cci_codec *codec, const char *hex, void *ret_value)
{
	static uint8_t bytes[HEX_MAX];
	size_t size = hex_read(hex, bytes);

	return cci_decode(codec, bytes, size, ret_value);
}

/* jack: show ld info -p 1; then cse's reply. */
static void a_type_stands_before_the_message_in_cxl_2(void **state)
{
	struct cci_tunnel_request request;
	struct cci_tunnel_reply reply;

	(void)state;
	cci_vector_check(&cci_tunnel_request_typed_codec, "01 00 0d00 08 000000005400000000000000",
			 &request);
	assert_int_equal(request.id, 1);
	assert_int_equal(request.message.size, 12);
	assert_int_equal(request.message.data[4], 0x54);
	cci_vector_check(&cci_tunnel_reply_typed_codec,
			 "1800 0000 08 10000000540b000000000000 0000000001000000 0400 03", &reply);
	assert_int_equal(reply.message.size, 23);
	assert_int_equal(reply.message.data[0], 0x10);
}

/* libcxlmi: build_tunnel_req() around 5400h to port 5, and around 4200h to the pool of all LDs. */
static void no_type_stands_before_the_message_in_cxl_3(void **state)
{
	struct cci_tunnel_request request;

	(void)state;
	cci_vector_check(&cci_tunnel_request_codec, "05 00 0c00 00100000540000000000cdab",
			 &request);
	assert_int_equal(request.id, 5);
	assert_int_equal(request.target, CCI_TUNNEL_PORT_OR_LD);
	assert_int_equal(request.message.size, 12);
	assert_int_equal(request.message.data[1], 0x10);
	cci_vector_check(&cci_tunnel_request_codec, "ff 01 0c00 00100000420000000000cdab",
			 &request);
	assert_int_equal(request.target, CCI_TUNNEL_LD_POOL);
}

static void what_is_no_tunnel_is_refused(void **state)
{
	struct cci_tunnel_request request = { .target = CCI_TUNNEL_LD_POOL };
	struct cci_tunnel_reply reply;
	uint8_t buffer[16];

	(void)state;
	/* Another type, a size without room for the type, a size that lies. */
	assert_int_equal(decode(&cci_tunnel_reply_typed_codec, "0100 0000 07", &reply), -EINVAL);
	assert_int_equal(decode(&cci_tunnel_reply_typed_codec, "0000 0000 08", &reply), -EINVAL);
	assert_int_equal(decode(&cci_tunnel_reply_typed_codec, "0300 0000 08 10", &reply),
			 -EBADMSG);
	assert_int_equal(decode(&cci_tunnel_reply_codec, "0300 0000 10 01", &reply), -EBADMSG);
	/* CXL 2.0 has no other target. */
	assert_int_equal(
		cci_encode(&cci_tunnel_request_typed_codec, &request, buffer, sizeof(buffer)),
		-EINVAL);
}

static void a_message_has_to_fit_its_size(void **state)
{
	static uint8_t message[UINT16_MAX + 1], buffer[UINT16_MAX + 16];
	struct cci_tunnel_request request = { .message = { message, UINT16_MAX } };

	(void)state;
	assert_int_equal(cci_tunnel_request_encode(&request, buffer, sizeof(buffer)),
			 UINT16_MAX + 4);
	/* The size counts the type. */
	assert_int_equal(
		cci_encode(&cci_tunnel_request_typed_codec, &request, buffer, sizeof(buffer)),
		-E2BIG);
	request.message.size++;
	assert_int_equal(cci_tunnel_request_encode(&request, buffer, sizeof(buffer)), -E2BIG);
}

/* jack: ld config -p 1 -l 0 -r 0, which enables byte 0; -l 2 -r 5 -e 1 -f 6 -w. */
static void configuration_space_of_an_ld_is_reached(void **state)
{
	struct cci_ld_config_request request;

	(void)state;
	cci_vector_check(&cci_ld_config_request_codec, "01 001000 0000 0000 00000000", &request);
	assert_int_equal(request.port, 1);
	assert_int_equal(request.access.reg, 0);
	assert_int_equal(request.access.enables, 1);
	assert_false(request.access.write);
	cci_vector_check(&cci_ld_config_request_codec, "01 056180 0200 0000 00000000", &request);
	assert_int_equal(request.access.reg, 0x105);
	assert_int_equal(request.access.enables, 6);
	assert_true(request.access.write);
	assert_int_equal(request.ld, 2);
	/* libcxlmi: struct cxlmi_cmd_fmapi_send_ld_cxlio_config_request_req. */
	cci_vector_check(&cci_ld_config_request_codec, "07 11f280 0201 0000 efcdab89", &request);
	assert_int_equal(request.port, 7);
	assert_int_equal(request.access.reg, 0x211);
	assert_int_equal(request.ld, 0x0102);
	assert_int_equal(request.data, 0x89abcdef);
}

/* jack: ld mem -p 1 -l 1 -o 4096 -n 8 -w -f 15 -d 9. */
static void memory_of_an_ld_is_written(void **state)
{
	struct cci_ld_memory_request request;
	struct cci_ld_memory_reply reply;

	(void)state;
	cci_vector_check(&cci_ld_memory_request_codec,
			 "01 00f089 0100 0800 0010000000000000 90910f0000000000", &request);
	assert_int_equal(request.port, 1);
	assert_int_equal(request.first_enables, 15);
	assert_int_equal(request.last_enables, 9);
	assert_true(request.write);
	assert_int_equal(request.ld, 1);
	assert_int_equal(request.length, 8);
	assert_true(request.offset == 4096);
	assert_int_equal(request.data.size, 8);
	assert_int_equal(request.data.data[2], 0x0f);
	assert_false(request.short_header);
	cci_vector_check(&cci_ld_memory_reply_codec, "0000 0000", &reply);
	assert_int_equal(reply.length, 0);
	/* A write has no data to bring back, whatever it says of its length. */
	cci_vector_check(&cci_ld_memory_reply_codec, "0800 0000", &reply);
	assert_int_equal(reply.length, 8);
	assert_int_equal(reply.data.size, 0);
}

/* jack: the same to read; jack sends eight bytes with it that mean nothing. */
static void memory_of_an_ld_is_read(void **state)
{
	struct cci_ld_memory_request request;
	struct cci_ld_memory_reply reply;

	(void)state;
	cci_vector_decode(&cci_ld_memory_request_codec,
			  "01 00f00f 0100 0800 0010000000000000 0000000000000000", &request);
	assert_false(request.write);
	assert_int_equal(request.length, 8);
	assert_true(request.offset == 4096);
	assert_int_equal(request.data.size, 0);
	cci_vector_check(&cci_ld_memory_request_codec, "01 00f00f 0100 0800 0010000000000000",
			 &request);
	cci_vector_check(&cci_ld_memory_reply_codec, "0800 0000 90910f0000000000", &reply);
	assert_int_equal(reply.length, 8);
	assert_int_equal(reply.data.size, 8);
	assert_int_equal(reply.data.data[0], 0x90);
	assert_int_equal(decode(&cci_ld_memory_reply_codec, "0800 0000 90", &reply), -EBADMSG);
}

/* libcxlmi: struct cxlmi_cmd_fmapi_send_ld_cxlio_mem_request_req has 15 bytes before the data. */
static void libcxlmi_has_a_short_header(void **state)
{
	struct cci_ld_memory_request request;

	(void)state;
	cci_vector_check(&cci_ld_memory_request_codec,
			 "07 f089 0201 0400 8877665544332211 de0000ad", &request);
	assert_true(request.short_header);
	assert_int_equal(request.port, 7);
	assert_int_equal(request.ld, 0x0102);
	assert_int_equal(request.length, 4);
	assert_true(request.offset == 0x1122334455667788);
	assert_int_equal(request.data.size, 4);
	assert_int_equal(request.data.data[3], 0xad);
}

/* Read by libcxlmi's layout, this would be one byte of data behind 15 bytes. */
static void sixteen_bytes_are_no_short_header(void **state)
{
	struct cci_ld_memory_request request;

	(void)state;
	cci_vector_check(&cci_ld_memory_request_codec, "01 00f00f 0001 0010 0010000000000000",
			 &request);
	assert_false(request.short_header);
	assert_int_equal(request.ld, 0x0100);
	assert_int_equal(request.length, 4096);
}

/* And of this write, 258 bytes of data behind 15 bytes. */
static void a_write_is_no_short_header(void **state)
{
	uint8_t bytes[16 + 257] = { 0 };
	struct cci_ld_memory_request request;

	(void)state;
	hex_read("01 00f089 0002 0101 0010000000000000", bytes);
	assert_int_equal(cci_ld_memory_request_decode(bytes, sizeof(bytes), &request), 0);
	assert_false(request.short_header);
	assert_int_equal(request.ld, 0x0200);
	assert_int_equal(request.length, 257);
	assert_int_equal(request.data.size, 257);
}

static void more_than_a_page_is_refused(void **state)
{
	struct cci_ld_memory_request request = { .length = CCI_LD_MEMORY_MAX + 1 };
	struct cci_ld_memory_reply reply;
	uint8_t buffer[16];

	(void)state;
	assert_int_equal(cci_ld_memory_request_encode(&request, buffer, sizeof(buffer)), -E2BIG);
	assert_int_equal(decode(&cci_ld_memory_request_codec,
				"01 00f00f 0100 0110 0010000000000000", &request),
			 -E2BIG);
	assert_int_equal(decode(&cci_ld_memory_reply_codec, "0110 0000", &reply), -E2BIG);
	request = (struct cci_ld_memory_request){ .last_enables = 16 };
	assert_int_equal(cci_ld_memory_request_encode(&request, buffer, sizeof(buffer)), -ERANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_type_stands_before_the_message_in_cxl_2),
		cmocka_unit_test(no_type_stands_before_the_message_in_cxl_3),
		cmocka_unit_test(what_is_no_tunnel_is_refused),
		cmocka_unit_test(a_message_has_to_fit_its_size),
		cmocka_unit_test(configuration_space_of_an_ld_is_reached),
		cmocka_unit_test(memory_of_an_ld_is_written),
		cmocka_unit_test(memory_of_an_ld_is_read),
		cmocka_unit_test(libcxlmi_has_a_short_header),
		cmocka_unit_test(sixteen_bytes_are_no_short_header),
		cmocka_unit_test(a_write_is_no_short_header),
		cmocka_unit_test(more_than_a_page_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
