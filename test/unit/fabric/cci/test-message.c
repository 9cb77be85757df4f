// SPDX-License-Identifier: GPL-2.0-only
/*
 * CCI messages: bytes of other programs, and which of them answers a request.
 */
#include "fabric/cci/message.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fabric/cci/return-code.h"
#include "test/lib/cci-vector.h"

/* Made by opencis' own classes: Bind vPPB 1 of VCS 0 to LD 3 of port 2, tag 8; and its reply. */
static const char opencis_bind[] = "00080001 52060000 00000000 00010200 0300";
static const char opencis_started[] = "01080000 00000080 01000000";
/* What cse has sent to jack in a tunnel, category and length mirrored: Get LD Info, tag 4. */
static const char cse_ld_info[] = "10040000 540b0000 00000000 0000000001000000 0400 03";

static void requests_of_others_are_understood(void **state)
{
	struct cci_message message;
	uint8_t bytes[HEX_MAX], again[HEX_MAX];
	size_t size = hex_read(opencis_bind, bytes);

	(void)state;
	assert_int_equal(cci_message_decode(bytes, size, CCI_BITS_STANDARD, &message), size);
	assert_int_equal(message.category, CCI_REQUEST);
	assert_int_equal(message.tag, 8);
	assert_int_equal(message.opcode, 0x5201);
	assert_int_equal(message.length, 6);
	assert_false(message.background);
	assert_int_equal(message.payload.size, 6);
	assert_memory_equal(message.payload.data, "\0\1\2\0\3\0", 6);

	message.length = 0; /* The payload tells. */
	assert_int_equal(cci_message_encode(&message, CCI_BITS_STANDARD, again, sizeof(again)),
			 size);
	assert_memory_equal(again, bytes, size);
	assert_int_equal(cci_message_encode(&message, CCI_BITS_STANDARD, again, size - 1),
			 -ENOBUFS);
}

static void a_background_operation_was_begun(void **state)
{
	struct cci_message message;
	uint8_t bytes[HEX_MAX];
	size_t size = hex_read(opencis_started, bytes);

	(void)state;
	assert_int_equal(cci_message_decode(bytes, size, CCI_BITS_STANDARD, &message), size);
	assert_int_equal(message.category, CCI_REPLY);
	assert_true(message.background);
	assert_int_equal(message.return_code, CCI_BACKGROUND_STARTED);
}

static void mirrored_bits_are_understood(void **state)
{
	struct cci_message message;
	uint8_t bytes[HEX_MAX], again[HEX_MAX];
	size_t size = hex_read(cse_ld_info, bytes);

	(void)state;
	assert_int_equal(cci_message_decode(bytes, size, CCI_BITS_MIRRORED, &message), size);
	assert_int_equal(message.category, CCI_REPLY);
	assert_int_equal(message.tag, 4);
	assert_int_equal(message.opcode, 0x5400);
	assert_int_equal(message.payload.size, 11);
	assert_int_equal(cci_message_encode(&message, CCI_BITS_MIRRORED, again, sizeof(again)),
			 size);
	assert_memory_equal(again, bytes, size);
	/* With the standard's bits that is a category that is neither. */
	message.category = CCI_REQUEST;
	bytes[0] = 0x02;
	assert_int_equal(cci_message_decode(bytes, size, CCI_BITS_STANDARD, &message), -EBADMSG);
}

/* The length has 21 bits, and where the upper five are depends on the order of bits. */
static void a_length_has_21_bits(void **state)
{
	uint8_t *bytes = calloc(1, CCI_HEADER_SIZE + CCI_PAYLOAD_MAX);
	uint8_t *payload = calloc(1, CCI_PAYLOAD_MAX + 1);
	struct cci_message message = { .opcode = 0x0201, .payload = { payload, CCI_PAYLOAD_MAX } };

	(void)state;
	for (int i = 0; i < 2; i++) {
		enum cci_bit_order order = i ? CCI_BITS_MIRRORED : CCI_BITS_STANDARD;
		struct cci_message again;

		assert_int_equal(cci_message_encode(&message, order, bytes,
						    CCI_HEADER_SIZE + CCI_PAYLOAD_MAX),
				 CCI_HEADER_SIZE + CCI_PAYLOAD_MAX);
		assert_memory_equal(bytes + 5, "\xff\xff", 2);
		assert_int_equal(bytes[7], order == CCI_BITS_STANDARD ? 0x1f : 0xf8);
		assert_int_equal(
			cci_message_decode(bytes, CCI_HEADER_SIZE + CCI_PAYLOAD_MAX, order, &again),
			CCI_HEADER_SIZE + CCI_PAYLOAD_MAX);
		assert_int_equal(again.length, CCI_PAYLOAD_MAX);
		assert_false(again.background);
	}
	message.payload.size++;
	assert_int_equal(cci_message_encode(&message, CCI_BITS_STANDARD, bytes,
					    CCI_HEADER_SIZE + CCI_PAYLOAD_MAX),
			 -ERANGE);
	free(payload);
	free(bytes);
}

/* opencis and cse leave rubbish behind an error; so its bytes are never given to a codec. */
static void no_payload_is_read_after_an_error(void **state)
{
	struct cci_message message;
	uint8_t bytes[HEX_MAX];
	size_t size = hex_read("01080002 54040000 02000000 deadbeef", bytes);

	(void)state;
	assert_int_equal(cci_message_decode(bytes, size, CCI_BITS_STANDARD, &message), size);
	assert_int_equal(message.return_code, CCI_INVALID_INPUT);
	assert_int_equal(message.length, 4);
	assert_int_equal(message.payload.size, 0);
}

static void a_cut_message_is_no_message(void **state)
{
	struct cci_message message;
	uint8_t bytes[HEX_MAX];
	size_t size = hex_read(opencis_bind, bytes);

	(void)state;
	for (size_t cut = 0; cut < size; cut++) {
		uint8_t *exact = malloc(cut ? cut : 1);

		memcpy(exact, bytes, cut);
		assert_int_equal(cci_message_decode(exact, cut, CCI_BITS_STANDARD, &message),
				 -EBADMSG);
		free(exact);
	}
}

static enum cci_match match(const struct cci_awaited *awaited, const char *hex)
{
	struct cci_message message;
	uint8_t bytes[HEX_MAX];
	size_t size = hex_read(hex, bytes);

	return cci_message_match(awaited, bytes, size, CCI_BITS_STANDARD, &message);
}

static void a_reply_agrees_in_everything(void **state)
{
	const struct cci_awaited awaited = { .tag = 8, .opcode = 0x5201 };

	(void)state;
	assert_int_equal(match(&awaited, "01080001 52000000 00000000"), CCI_MATCH);
	assert_int_equal(match(&awaited, opencis_bind), CCI_MATCH_REQUEST);
	assert_int_equal(match(&awaited, "01090001 52000000 00000000"), CCI_MATCH_TAG);
	assert_int_equal(match(&awaited, "01080002 52000000 00000000"), CCI_MATCH_OPCODE);
	assert_int_equal(match(&awaited, "01080001 52000000 000000"), CCI_MATCH_DAMAGED);
	assert_int_equal(match(&awaited, "01080001 52010000 00000000"), CCI_MATCH_DAMAGED);
	assert_int_equal(match(&awaited, "01080001 52000000 00000000 00"), CCI_MATCH_DAMAGED);
}

/* What an endpoint does otherwise is told by its row, and by nothing else. */
static void rows_allow_more(void **state)
{
	const struct cci_awaited strict = { .tag = 8, .opcode = 0x5201 };
	const struct cci_awaited opencis = { .tag = 8, .opcode = 0x5201, .zero_opcode = true };
	const struct cci_awaited cse = { .tag = 8, .opcode = 0x5201, .padded = true };

	(void)state;
	assert_int_equal(match(&strict, opencis_started), CCI_MATCH_OPCODE);
	assert_int_equal(match(&opencis, opencis_started), CCI_MATCH);
	assert_int_equal(match(&opencis, "01080001 52000000 00000000"), CCI_MATCH);
	assert_int_equal(match(&opencis, "01080002 52000000 00000000"), CCI_MATCH_OPCODE);
	assert_int_equal(match(&cse, "01080001 52000000 00000000 0000"), CCI_MATCH);
	assert_int_equal(match(&cse, "01080001 52010000 00000000"), CCI_MATCH_DAMAGED);
}

/* The numbers are those of the kernel's CMD_CMD_RC_TABLE, and of libcxlmi above 1Eh. */
static void return_codes_have_names(void **state)
{
	(void)state;
	assert_int_equal(CCI_INVALID_EXTENT_LIST, 0x1e);
	assert_string_equal(cci_return_code_name(0x00), "success");
	assert_string_equal(cci_return_code_name(0x06), "busy");
	assert_string_equal(cci_return_code_name(0x16), "invalid payload length");
	assert_string_equal(cci_return_code_name(0x20), "background operation cannot be aborted");
	assert_null(cci_return_code_name(0x21));
	assert_null(cci_return_code_name(0xffff));
	for (uint16_t code = 0; code <= 0x20; code++)
		assert_non_null(cci_return_code_name(code));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_of_others_are_understood),
		cmocka_unit_test(a_background_operation_was_begun),
		cmocka_unit_test(mirrored_bits_are_understood),
		cmocka_unit_test(a_length_has_21_bits),
		cmocka_unit_test(no_payload_is_read_after_an_error),
		cmocka_unit_test(a_cut_message_is_no_message),
		cmocka_unit_test(a_reply_agrees_in_everything),
		cmocka_unit_test(rows_allow_more),
		cmocka_unit_test(return_codes_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
