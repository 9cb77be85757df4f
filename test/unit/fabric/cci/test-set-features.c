// SPDX-License-Identifier: GPL-2.0-only
/*
 * Command sets 05h, Features, and 06h, Maintenance, against bytes of other programs: of libcxlmi's
 * encoder where a comment says "libcxlmi", of structs of libcxlmi that were filled by hand where it
 * says "libcxlmi's struct", of a cxl-type3 device of QEMU 11.1.3 where it says "QEMU".
 */
#include "fabric/cci/set-features.h"

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

/* libcxlmi, and its struct. */
static void features_are_listed(void **state)
{
	struct cci_features_request request;
	struct cci_features_reply reply;
	struct cci_feature feature;

	(void)state;
	cci_vector_check(&cci_features_request_codec, "44332211 6655 0000", &request);
	assert_int_equal(request.size, 0x11223344);
	assert_int_equal(request.start, 0x5566);
	cci_vector_check(&cci_features_reply_codec,
			 "0100 2211 00000000 0102030405060708090a0b0c0d0e0f10 0302 0504 0706"
			 "0b0a0908 0c 0d 0f0e 000000000000000000000000000000000000",
			 &reply);
	assert_int_equal(reply.total, 0x1122);
	assert_int_equal(reply.features.count, 1);
	assert_int_equal(cci_list_get(&reply.features, &cci_feature_codec, 0, &feature), 0);
	assert_sample_uuid(feature.id);
	assert_int_equal(feature.index, 0x0203);
	assert_int_equal(feature.get_size, 0x0405);
	assert_int_equal(feature.set_size, 0x0607);
	assert_int_equal(feature.attributes, 0x08090a0b);
	assert_int_equal(feature.get_version, 0x0c);
	assert_int_equal(feature.set_version, 0x0d);
	assert_int_equal(feature.effects, 0x0e0f);
}

/* QEMU: features 1 and 2 of 8. */
static void qemu_has_features(void **state)
{
	struct cci_features_reply reply;
	struct cci_feature feature;

	(void)state;
	cci_vector_check(&cci_features_reply_codec,
			 "0200080000000000e5b13f2223284a14b8bab9691e89338601000d0007000100"
			 "000001010202000000000000000000000000000000000000892ba475fad8474e"
			 "9d3e692c917568bb020014000300210000000303020200000000000000000000"
			 "0000000000000000",
			 &reply);
	assert_int_equal(reply.total, 8);
	assert_int_equal(reply.features.count, 2);
	assert_int_equal(cci_list_get(&reply.features, &cci_feature_codec, 1, &feature), 0);
	assert_int_equal(feature.index, 2);
	assert_int_equal(feature.get_size, 20);
	assert_int_equal(feature.set_size, 3);
	assert_int_equal(feature.attributes, 0x21);
	assert_int_equal(feature.effects, 0x0202);
}

/* libcxlmi; and QEMU's patrol scrub. */
static void a_feature_is_read(void **state)
{
	struct cci_feature_request request;
	struct cci_data reply;

	(void)state;
	cci_vector_check(&cci_feature_request_codec,
			 "0102030405060708090a0b0c0d0e0f10 2211 4433 02", &request);
	assert_sample_uuid(request.id);
	assert_int_equal(request.offset, 0x1122);
	assert_int_equal(request.count, 0x3344);
	assert_int_equal(request.selection, CCI_FEATURE_SAVED);
	cci_vector_check(&cci_data_codec, "030c0100", &reply);
	assert_int_equal(reply.bytes.size, 4);
	assert_int_equal(reply.bytes.data[1], 0x0c);
}

/* libcxlmi. */
static void a_feature_is_set(void **state)
{
	struct cci_set_feature_request request;

	(void)state;
	cci_vector_check(&cci_set_feature_request_codec,
			 "0102030405060708090a0b0c0d0e0f10 09000000 2211 03 000000000000000000"
			 "a1a2a3a4a5",
			 &request);
	assert_sample_uuid(request.id);
	assert_int_equal(request.flags, 9);
	assert_int_equal(request.offset, 0x1122);
	assert_int_equal(request.version, 3);
	assert_int_equal(request.data.size, 5);
	assert_int_equal(request.data.data[4], 0xa5);
}

/* QEMU takes this: soft PPR at 2040h; sparing of a row. Class 5 is answered with "invalid input".
 */
static void maintenance_has_parameters(void **state)
{
	struct cci_maintenance_request request;

	(void)state;
	cci_vector_check(&cci_maintenance_request_codec, "01 00 00 4020000000000000 010000",
			 &request);
	assert_int_equal(request.operation_class, 1);
	assert_int_equal(request.operation_subclass, 0);
	assert_int_equal(request.parameters.size, 12);
	assert_int_equal(request.parameters.data[1], 0x40);
	cci_vector_check(
		&cci_maintenance_request_codec,
		"02 01 00 4020000000000000 010000 0000000000000000000000000000000000000000",
		&request);
	assert_int_equal(request.operation_class, 2);
	assert_int_equal(request.operation_subclass, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(features_are_listed),	      cmocka_unit_test(qemu_has_features),
		cmocka_unit_test(a_feature_is_read),	      cmocka_unit_test(a_feature_is_set),
		cmocka_unit_test(maintenance_has_parameters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
