// SPDX-License-Identifier: GPL-2.0-only
/*
 * Command sets 45h and 46h, Security, against bytes of other programs: of libcxlmi's
 * encoder where a comment says "libcxlmi", of structs of libcxlmi that were filled by hand where it
 * says "libcxlmi's struct", of a cxl-type3 device of QEMU 11.1.3 where it says "QEMU".
 */
#include "fabric/cci/set-security.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "test/lib/cci-vector.h"

/* libcxlmi's struct, and QEMU. */
static void the_state_is_told(void **state)
{
	struct cci_security_state_reply reply;

	(void)state;
	cci_vector_check(&cci_security_state_reply_codec, "25000000", &reply);
	assert_int_equal(reply.flags,
			 CCI_SECURITY_USER_SET | CCI_SECURITY_LOCKED | CCI_SECURITY_MASTER_LIMIT);
	cci_vector_check(&cci_security_state_reply_codec, "00000000", &reply);
	assert_int_equal(reply.flags, 0);
}

/* libcxlmi. */
static void passphrases_are_given(void **state)
{
	struct cci_set_passphrase_request set;
	struct cci_passphrase_request request;
	struct cci_unlock_request unlock;

	(void)state;
	cci_vector_check(&cci_set_passphrase_request_codec,
			 "01 00000000000000000000000000000000000000000000000000000000000000"
			 "404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f"
			 "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
			 &set);
	assert_int_equal(set.kind, CCI_PASSPHRASE_USER);
	assert_int_equal(set.current_passphrase[31], 0x5f);
	assert_int_equal(set.new_passphrase[0], 0x80);
	cci_vector_check(&cci_passphrase_request_codec,
			 "01 00000000000000000000000000000000000000000000000000000000000000"
			 "404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f",
			 &request);
	assert_int_equal(request.kind, CCI_PASSPHRASE_USER);
	assert_int_equal(request.passphrase[0], 0x40);
	cci_vector_check(&cci_unlock_request_codec,
			 "404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f",
			 &unlock);
	assert_int_equal(unlock.passphrase[31], 0x5f);
}

/* libcxlmi. */
static void a_protocol_has_data(void **state)
{
	struct cci_security_request request;

	(void)state;
	cci_vector_check(&cci_security_request_codec, "ef 2211 0000000000 a1a2a3", &request);
	assert_int_equal(request.protocol, 0xef);
	assert_int_equal(request.specific, 0x1122);
	assert_int_equal(request.data.size, 3);
	assert_int_equal(request.data.data[0], 0xa1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_state_is_told),
		cmocka_unit_test(passphrases_are_given),
		cmocka_unit_test(a_protocol_has_data),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
