// SPDX-License-Identifier: GPL-2.0-only
/*
 * Command set 51h against bytes of other programs: jack's requests and cse's replies as they were
 * on the wire, what opencis' classes write, and libcxlmi's structs, filled and dumped.
 */
#include "fabric/cci/set-physical-switch.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "test/lib/cci-vector.h"

/* libcxlmi: struct cxlmi_cmd_fmapi_identify_sw_device_rsp. */
static void identify_switch_has_73_bytes(void **state)
{
	struct cci_identify_switch_reply identify;

	(void)state;
	cci_vector_check(&cci_identify_switch_reply_codec,
			 "03 00 18 05"
			 "fe00000000000000 0000000000000000 0000000000000000 0000000000000080"
			 "1f00000000000000 0000000000000000 0000000000000000 0000000000000040"
			 "2301 4500 20",
			 &identify);
	assert_int_equal(identify.ingress_port, 3);
	assert_int_equal(identify.ports, 24);
	assert_int_equal(identify.virtual_switches, 5);
	assert_false(cci_id_mask_has(identify.active_ports, 0));
	assert_true(cci_id_mask_has(identify.active_ports, 1));
	assert_true(cci_id_mask_has(identify.active_ports, 255));
	assert_true(cci_id_mask_has(identify.active_virtual_switches, 4));
	assert_false(cci_id_mask_has(identify.active_virtual_switches, 5));
	assert_true(cci_id_mask_has(identify.active_virtual_switches, 254));
	assert_int_equal(identify.vppbs, 0x0123);
	assert_int_equal(identify.bound_vppbs, 0x0045);
	assert_true(identify.has_hdm_decoders);
	assert_int_equal(identify.hdm_decoders, 32);
}

/* cse: 20 zeros behind the 73 bytes. */
static void identify_switch_has_93_bytes(void **state)
{
	struct cci_identify_switch_reply identify;

	(void)state;
	cci_vector_decode(&cci_identify_switch_reply_codec,
			  "01 00 20 04"
			  "ffffffff00000000 0000000000000000 0000000000000000 0000000000000000"
			  "0f00000000000000 0000000000000000 0000000000000000 0000000000000000"
			  "2000 0500 20 0000000000000000000000000000000000000000",
			  &identify);
	assert_int_equal(identify.ingress_port, 1);
	assert_int_equal(identify.ports, 32);
	assert_int_equal(identify.virtual_switches, 4);
	assert_true(cci_id_mask_has(identify.active_ports, 31));
	assert_false(cci_id_mask_has(identify.active_ports, 32));
	assert_int_equal(identify.vppbs, 32);
	assert_int_equal(identify.bound_vppbs, 5);
	assert_int_equal(identify.hdm_decoders, 32);
}

/* opencis' bytes without the last, which an early header of QEMU (2022) does not have. */
static void identify_switch_has_72_bytes(void **state)
{
	struct cci_identify_switch_reply identify;

	(void)state;
	cci_vector_check(&cci_identify_switch_reply_codec,
			 "01 00 0c 02"
			 "bc0a000000000000 0000000000000000 0000000000000000 0000000000000080"
			 "0300000000000000 0000000000000000 0000000000000000 0000000000000000"
			 "1001 0500",
			 &identify);
	assert_int_equal(identify.ports, 12);
	assert_int_equal(identify.vppbs, 0x0110);
	assert_int_equal(identify.bound_vppbs, 5);
	assert_false(identify.has_hdm_decoders);
	assert_int_equal(identify.hdm_decoders, 0);
}

/* jack; opencis always sends 256 bytes. */
static void port_states_are_asked_for(void **state)
{
	struct cci_port_states_request request;

	(void)state;
	cci_vector_check(&cci_port_states_request_codec, "01 4d", &request);
	assert_int_equal(request.ports.count, 1);
	assert_int_equal(request.ports.elements.data[0], 0x4d);
	cci_vector_decode(&cci_port_states_request_codec, "02 0305 00000000000000000000", &request);
	assert_int_equal(request.ports.count, 2);
	assert_int_equal(request.ports.elements.data[1], 5);
}

/* cse: port 1 of its sample, and port 8, which has no device. */
static void cse_tells_port_states(void **state)
{
	struct cci_port_states_reply reply;
	struct cci_port_state port;

	(void)state;
	cci_vector_check(&cci_port_states_reply_codec,
			 "02 000000"
			 "01 03 02 00 05 03 10 08 30 05 05 04 00 0400 04"
			 "08 04 00 00 00 00 10 00 30 05 00 04 00 0000 00",
			 &reply);
	assert_int_equal(reply.ports.count, 2);
	assert_int_equal(cci_list_get(&reply.ports, &cci_port_state_codec, 0, &port), 0);
	assert_int_equal(port.port, 1);
	assert_int_equal(port.use, CCI_PORT_DOWNSTREAM);
	assert_int_equal(port.device_mode, 2);
	assert_int_equal(port.device_type, CCI_PORT_TYPE3_MLD);
	assert_int_equal(port.cxl_modes, 3);
	assert_int_equal(port.max_width, 16);
	assert_int_equal(port.width, 8);
	assert_int_equal(port.speeds, 0x30);
	assert_int_equal(port.max_speed, 5);
	assert_int_equal(port.speed, 5);
	assert_int_equal(port.ltssm, CCI_LTSSM_L0);
	assert_int_equal(port.first_lane, 0);
	assert_int_equal(port.link, CCI_LINK_PRESENT);
	assert_int_equal(port.lds, 4);
	assert_int_equal(cci_list_get(&reply.ports, &cci_port_state_codec, 1, &port), 0);
	assert_int_equal(port.use, CCI_PORT_UPSTREAM);
	assert_int_equal(port.device_type, CCI_PORT_NOTHING);
	assert_int_equal(port.width, 0);
}

/* libcxlmi: struct cxlmi_cmd_fmapi_port_state_info_block; then opencis: PortInfo. */
static void others_tell_port_states(void **state)
{
	struct cci_port_state port;

	(void)state;
	cci_vector_check(&cci_port_state_codec, "09 04 02 00 05 07 10 08 3e 05 04 06 02 0b01 10",
			 &port);
	assert_int_equal(port.port, 9);
	assert_int_equal(port.use, CCI_PORT_UPSTREAM);
	assert_int_equal(port.cxl_modes, 7);
	assert_int_equal(port.speeds, 0x3e);
	assert_int_equal(port.speed, 4);
	assert_int_equal(port.ltssm, 6);
	assert_int_equal(port.first_lane, 2);
	assert_int_equal(port.link, 0x010b);
	assert_int_equal(port.lds, 16);
	cci_vector_check(&cci_port_state_codec, "05 03 02 00 05 06 10 08 3f 05 04 04 03 0d00 10",
			 &port);
	assert_int_equal(port.first_lane, 3);
	assert_int_equal(port.link, CCI_LINK_LANES_REVERSED | CCI_LINK_PRESENT | CCI_LINK_POWERED);
	/* The upper bits of these two bytes are reserved. */
	cci_vector_decode(&cci_port_state_codec, "05 f3 e2 00 05 06 10 08 3f 05 04 04 03 0d00 10",
			  &port);
	assert_int_equal(port.use, CCI_PORT_DOWNSTREAM);
	assert_int_equal(port.device_mode, 2);
}

/* cse leaves out a port that it does not have. */
static void ports_may_be_left_out(void **state)
{
	struct cci_port_states_reply reply;

	(void)state;
	cci_vector_check(&cci_port_states_reply_codec, "00 000000", &reply);
	assert_int_equal(reply.ports.count, 0);
}

/* jack: assert, deassert, reset. */
static void ports_are_controlled(void **state)
{
	struct cci_port_control_request request;

	(void)state;
	cci_vector_check(&cci_port_control_request_codec, "03 00", &request);
	assert_int_equal(request.port, 3);
	assert_int_equal(request.action, CCI_PORT_ASSERT_PERST);
	cci_vector_check(&cci_port_control_request_codec, "03 01", &request);
	assert_int_equal(request.action, CCI_PORT_DEASSERT_PERST);
	cci_vector_check(&cci_port_control_request_codec, "03 02", &request);
	assert_int_equal(request.action, CCI_PORT_RESET);
}

/* jack: port config -p 1 -r 4 -e 2 -f 15; -p 1 -r 60 -e 5 -f 3 -w. */
static void configuration_space_is_reached(void **state)
{
	struct cci_port_config_request request;
	struct cci_config_reply reply;

	(void)state;
	cci_vector_check(&cci_port_config_request_codec, "01 04f200 00000000", &request);
	assert_int_equal(request.port, 1);
	assert_int_equal(request.access.reg, 0x204);
	assert_int_equal(request.access.enables, 15);
	assert_false(request.access.write);
	cci_vector_check(&cci_port_config_request_codec, "01 3c3580 3041ab00", &request);
	assert_int_equal(request.access.reg, 0x53c);
	assert_int_equal(request.access.enables, 3);
	assert_true(request.access.write);
	assert_int_equal(request.data, 0x00ab4130);
	cci_vector_check(&cci_config_reply_codec, "ed000000", &reply);
	assert_true(reply.has_data);
	assert_int_equal(reply.data, 0xed);
	cci_vector_check(&cci_config_reply_codec, "", &reply);
	assert_false(reply.has_data);
}

static void registers_have_12_bits(void **state)
{
	struct cci_port_config_request request = { .access = { .reg = 0x1000 } };
	uint8_t buffer[8];

	(void)state;
	assert_int_equal(cci_port_config_request_encode(&request, buffer, sizeof(buffer)), -ERANGE);
	request.access = (struct cci_config_access){ .enables = 16 };
	assert_int_equal(cci_port_config_request_encode(&request, buffer, sizeof(buffer)), -ERANGE);
}

/* libcxlmi's structs of 5104h to 5107h. */
static void secrets_of_domains(void **state)
{
	struct cci_secret_state_reply secret_state;
	struct cci_secret_of_vcs_request request;
	struct cci_secret secret;

	(void)state;
	cci_vector_check(&cci_secret_state_reply_codec, "02", &secret_state);
	assert_int_equal(secret_state.state, 2);
	cci_vector_check(&cci_secret_of_vcs_request_codec, "06", &request);
	assert_int_equal(request.vcs, 6);
	cci_vector_check(&cci_secret_codec, "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf", &secret);
	assert_int_equal(secret.uuid[0], 0xa0);
	assert_int_equal(secret.uuid[15], 0xaf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(identify_switch_has_73_bytes),
		cmocka_unit_test(identify_switch_has_93_bytes),
		cmocka_unit_test(identify_switch_has_72_bytes),
		cmocka_unit_test(port_states_are_asked_for),
		cmocka_unit_test(cse_tells_port_states),
		cmocka_unit_test(others_tell_port_states),
		cmocka_unit_test(ports_may_be_left_out),
		cmocka_unit_test(ports_are_controlled),
		cmocka_unit_test(configuration_space_is_reached),
		cmocka_unit_test(registers_have_12_bits),
		cmocka_unit_test(secrets_of_domains),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
