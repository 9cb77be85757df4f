// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tunnels against bytes of other programs: of jack and cse as they were on the wire, of libcxlmi as
 * its build_tunnel_req() makes them.
 */
#include "fabric/cci/tunnel.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fabric/cci/return-code.h"
#include "fabric/cci/set-mld-component.h"
#include "test/lib/cci-vector.h"

static const struct cci_tunnel cse_port_1 = {
	.layout = CCI_TUNNEL_TYPED,
	.order = CCI_BITS_MIRRORED,
	.hops = 1,
	.hop = { { 1, CCI_TUNNEL_PORT_OR_LD } },
};

static const struct cci_tunnel port_5_ld_3 = {
	.hops = 2,
	.hop = { { 5, CCI_TUNNEL_PORT_OR_LD }, { 3, CCI_TUNNEL_PORT_OR_LD } },
};

static void wrap_check(const struct cci_tunnel *tunnel, const struct cci_message *message,
		       const char *hex)
{
	uint8_t expected[HEX_MAX], buffer[HEX_MAX];
	size_t size = hex_read(hex, expected);

	assert_int_equal(cci_tunnel_wrap(tunnel, message, buffer, size), size);
	assert_memory_equal(buffer, expected, size);
	for (size_t cut = 0; cut < size; cut++) {
		uint8_t *exact = malloc(cut + 1);

		assert_non_null(exact);
		assert_int_equal(cci_tunnel_wrap(tunnel, message, exact, cut), -ENOBUFS);
		free(exact);
	}
}

/* jack: show ld info -p 1; show qos allocated -p 1 -l 1 -n 2. */
static void requests_are_wrapped_as_jack_does(void **state)
{
	static const uint8_t range[] = { 2, 1 };
	struct cci_message message = { .category = CCI_REQUEST, .opcode = 0x5400 };

	(void)state;
	wrap_check(&cse_port_1, &message,
		   "000000005311000000000000 01 00 0d00 08 000000005400000000000000");
	message.opcode = 0x5406;
	message.payload = (struct cci_bytes){ range, sizeof(range) };
	wrap_check(&cse_port_1, &message,
		   "000000005313000000000000 01 00 0f00 08 000000065402000000000000 0201");
}

/* libcxlmi: the vendor's status of its requests is ABCDh. */
static void requests_are_wrapped_as_libcxlmi_does(void **state)
{
	struct cci_message message = {
		.category = CCI_REQUEST, .tag = 0x10, .opcode = 0x4200, .vendor_status = 0xabcd
	};
	struct cci_tunnel tunnel = port_5_ld_3;

	(void)state;
	wrap_check(&tunnel, &message,
		   "00100000532000000000cdab 05 00 1c00 00100000531000000000cdab 03 00 0c00"
		   "00100000420000000000cdab");
	tunnel.hops = 1;
	tunnel.hop[0].id = 0xff;
	tunnel.hop[0].target = CCI_TUNNEL_LD_POOL;
	wrap_check(&tunnel, &message,
		   "00100000531000000000cdab ff 01 0c00 00100000420000000000cdab");
	tunnel.hops = 0;
	wrap_check(&tunnel, &message, "00100000420000000000cdab");
}

static void what_no_tunnel_holds_is_refused(void **state)
{
	static uint8_t payload[UINT16_MAX], buffer[UINT16_MAX + CCI_TUNNEL_OVERHEAD_MAX + 16];
	struct cci_message message = { .opcode = 0x5400, .payload = { payload, UINT16_MAX } };
	struct cci_tunnel tunnel = cse_port_1;

	(void)state;
	assert_int_equal(cci_tunnel_wrap(&tunnel, &message, buffer, sizeof(buffer)), -E2BIG);
	message.payload.size = 0;
	tunnel.hop[0].target = CCI_TUNNEL_LD_POOL;
	assert_int_equal(cci_tunnel_wrap(&tunnel, &message, buffer, sizeof(buffer)), -EINVAL);
	tunnel = port_5_ld_3;
	tunnel.hops = 3;
	assert_int_equal(cci_tunnel_wrap(&tunnel, &message, buffer, sizeof(buffer)), -EINVAL);
}

static uint8_t bytes[HEX_MAX];

static enum cci_match match(const struct cci_tunnel *tunnel, uint8_t tag, uint16_t opcode,
			    const char *hex, struct cci_message *ret_message, size_t *ret_level)
{
	const struct cci_awaited awaited = { .tag = tag, .opcode = opcode };
	size_t size = hex_read(hex, bytes);

	return cci_tunnel_match(tunnel, &awaited, bytes, size, ret_message, ret_level);
}

/* cse: to 5400h with tag 4. */
static void a_reply_is_unwrapped(void **state)
{
	struct cci_message message;
	struct cci_ld_info_reply info;
	size_t level;

	(void)state;
	assert_int_equal(match(&cse_port_1, 4, 0x5400,
			       "10040000531c000000000000 1800 0000 08 10040000540b000000000000"
			       "0000000001000000 0400 03",
			       &message, &level),
			 CCI_MATCH);
	assert_int_equal(level, 1);
	assert_int_equal(message.opcode, 0x5400);
	assert_int_equal(
		cci_ld_info_reply_decode(message.payload.data, message.payload.size, &info), 0);
	assert_true(info.memory_size == 0x100000000);
	assert_int_equal(info.lds, 4);
}

/*
 * cse: to 5410h with tag 5, which it lacks: success, with the opcode and the length of the command
 * before, and no payload; and the same if the bytes were padded to that length.
 */
static void a_lie_within_is_no_reply(void **state)
{
	struct cci_message message;
	size_t level;

	(void)state;
	assert_int_equal(match(&cse_port_1, 5, 0x5410,
			       "100500005311000000000000 0d00 0000 08 10040000540b000000000000",
			       &message, &level),
			 CCI_MATCH_DAMAGED);
	assert_int_equal(level, 1);
	assert_int_equal(match(&cse_port_1, 5, 0x5410,
			       "10050000531c000000000000 1800 0000 08 10050000540b000000000000"
			       "0000000000000000 0000 00",
			       &message, &level),
			 CCI_MATCH_OPCODE);
	assert_int_equal(level, 1);
	assert_int_equal(match(&cse_port_1, 5, 0x5400,
			       "10050000531c000000000000 1800 0000 08 10040000540b000000000000"
			       "0000000000000000 0000 00",
			       &message, &level),
			 CCI_MATCH_TAG);
	assert_int_equal(level, 1);
}

/* cse: to 5400h of port 0, where a host is: the tunnel itself is refused. */
static void an_error_of_the_tunnel_is_told(void **state)
{
	struct cci_message message;
	size_t level;

	(void)state;
	assert_int_equal(
		match(&cse_port_1, 0, 0x5400, "100000005300000002000000", &message, &level),
		CCI_MATCH);
	assert_int_equal(level, 0);
	assert_int_equal(message.return_code, CCI_INVALID_INPUT);
}

/* Two levels: an error of the device in the way, an error of the LD, and what is another's. */
static void every_level_counts(void **state)
{
	struct cci_message message;
	size_t level;

	(void)state;
	assert_int_equal(match(&port_5_ld_3, 7, 0x4200,
			       "010700005310000000000000 0c00 0000 010700005300000003000000",
			       &message, &level),
			 CCI_MATCH);
	assert_int_equal(level, 1);
	assert_int_equal(message.return_code, CCI_UNSUPPORTED);
	assert_int_equal(match(&port_5_ld_3, 7, 0x4200,
			       "010700005320000000000000 1c00 0000 010700005310000000000000"
			       "0c00 0000 010700004200000004000000",
			       &message, &level),
			 CCI_MATCH);
	assert_int_equal(level, 2);
	assert_int_equal(message.return_code, CCI_INTERNAL_ERROR);
	assert_int_equal(match(&port_5_ld_3, 7, 0x4200,
			       "010700005320000000000000 1c00 0000 010600005310000000000000"
			       "0c00 0000 010700004200000004000000",
			       &message, &level),
			 CCI_MATCH_TAG);
	assert_int_equal(level, 1);
	assert_int_equal(match(&port_5_ld_3, 7, 0x4200,
			       "010700005320000000000000 1c00 0000 010700005310000000000000"
			       "0c00 0000 010700004201000004000000",
			       &message, &level),
			 CCI_MATCH_DAMAGED);
	assert_int_equal(
		match(&port_5_ld_3, 7, 0x4200, "010800005300000000000000", &message, &level),
		CCI_MATCH_TAG);
	assert_int_equal(level, 0);
}

/* The length of a tunnel is that of the reply around it. */
static void a_length_that_lies_is_no_reply(void **state)
{
	struct cci_message message;
	size_t level;

	(void)state;
	assert_int_equal(match(&cse_port_1, 4, 0x5405,
			       "100400005312000000000000 0e00 0000 08 100400055401000000000000 2a",
			       &message, &level),
			 CCI_MATCH);
	assert_int_equal(
		match(&cse_port_1, 4, 0x5405,
		      "100400005313000000000000 0e00 0000 08 100400055401000000000000 2a00",
		      &message, &level),
		CCI_MATCH_DAMAGED);
	assert_int_equal(level, 1);
	assert_int_equal(match(&cse_port_1, 4, 0x5405,
			       "100400005312000000000000 0f00 0000 08 100400055401000000000000 2a",
			       &message, &level),
			 CCI_MATCH_DAMAGED);
	/* The other layout. */
	assert_int_equal(match(&cse_port_1, 4, 0x5405,
			       "100400005311000000000000 0d00 0000 100400055401000000000000 2a",
			       &message, &level),
			 CCI_MATCH_DAMAGED);
}

/* Of the outermost message the endpoint may leave the opcode zero, and bytes may follow it. */
static void tolerance_ends_at_the_tunnel(void **state)
{
	const struct cci_awaited awaited = {
		.tag = 4, .opcode = 0x5405, .zero_opcode = true, .padded = true
	};
	struct cci_message message;
	size_t level, size;

	(void)state;
	size = hex_read("100400000012000000000000 0e00 0000 08 100400055401000000000000 2a 0000",
			bytes);
	assert_int_equal(cci_tunnel_match(&cse_port_1, &awaited, bytes, size, &message, &level),
			 CCI_MATCH);
	size = hex_read("100400005312000000000000 0e00 0000 08 100400000001000000000000 2a", bytes);
	assert_int_equal(cci_tunnel_match(&cse_port_1, &awaited, bytes, size, &message, &level),
			 CCI_MATCH_OPCODE);
	assert_int_equal(level, 1);
}

static void every_cut_is_damage(void **state)
{
	const struct cci_awaited awaited = { .tag = 7, .opcode = 0x4200 };
	uint8_t whole[HEX_MAX];
	size_t level, size = hex_read("010700005320000000000000 1c00 0000"
				      "010700005310000000000000 0c00 0000"
				      "010700004200000004000000",
				      whole);
	struct cci_message message;

	(void)state;
	for (size_t cut = 0; cut < size; cut++) {
		uint8_t *exact = malloc(cut + 1);

		assert_non_null(exact);
		memcpy(exact, whole, cut);
		assert_int_equal(
			cci_tunnel_match(&port_5_ld_3, &awaited, exact, cut, &message, &level),
			CCI_MATCH_DAMAGED);
		free(exact);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_are_wrapped_as_jack_does),
		cmocka_unit_test(requests_are_wrapped_as_libcxlmi_does),
		cmocka_unit_test(what_no_tunnel_holds_is_refused),
		cmocka_unit_test(a_reply_is_unwrapped),
		cmocka_unit_test(a_lie_within_is_no_reply),
		cmocka_unit_test(an_error_of_the_tunnel_is_told),
		cmocka_unit_test(every_level_counts),
		cmocka_unit_test(a_length_that_lies_is_no_reply),
		cmocka_unit_test(tolerance_ends_at_the_tunnel),
		cmocka_unit_test(every_cut_is_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
