/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Command set 51h, Physical Switch: the structs of its payloads. Pure.
 *
 * Source of the layouts: libcxlmi; jack and cse, opencis for 5100h to 5103h.
 */
#pragma once

#include "fabric/cci/command.h"
#include "fabric/cci/list.h"
#include "fabric/cci/uuid.h"

extern const struct cci_command_set cci_set_physical_switch;

/* One bit for each id of 8 bits. */
#define CCI_ID_MASK_SIZE 32

/** cci_id_mask_has() - whether the bit of an id is set in a mask of ports or of virtual switches.
 */
static inline bool cci_id_mask_has(const uint8_t mask[CCI_ID_MASK_SIZE], uint8_t id)
{
	return mask[id / 8] >> id % 8 & 1;
}

/**
 * struct cci_identify_switch_reply - 5100h
 * @ingress_port: the port by which the request has come
 * @ports: number of physical ports
 * @virtual_switches: number of virtual switches, the most that there can be
 * @active_ports: mask of the physical ports that are enabled
 * @active_virtual_switches: mask
 * @vppbs: number of vPPBs, the most that there can be
 * @bound_vppbs: number of vPPBs in use
 * @has_hdm_decoders: false for the 72 bytes of early CXL 2.0
 * @hdm_decoders: number of HDM decoders of each upstream port
 */
struct cci_identify_switch_reply {
	uint8_t ingress_port;
	uint8_t ports;
	uint8_t virtual_switches;
	uint8_t active_ports[CCI_ID_MASK_SIZE];
	uint8_t active_virtual_switches[CCI_ID_MASK_SIZE];
	uint16_t vppbs;
	uint16_t bound_vppbs;
	bool has_hdm_decoders;
	uint8_t hdm_decoders;
};
CCI_CODEC(identify_switch_reply);

/**
 * struct cci_port_states_request - 5101h
 * @ports: ids of physical ports, one byte each; opencis wants all ids from 0 on
 */
struct cci_port_states_request {
	struct cci_list ports;
};
CCI_CODEC(port_states_request);

/** enum cci_port_use - what a port is configured as. */
enum cci_port_use {
	CCI_PORT_DISABLED = 0,
	CCI_PORT_BINDING = 1,
	CCI_PORT_UNBINDING = 2,
	CCI_PORT_DOWNSTREAM = 3,
	CCI_PORT_UPSTREAM = 4,
	CCI_PORT_FABRIC = 5,
	CCI_PORT_INVALID_ID = 15,
};

/** enum cci_port_device - what is connected to a port. */
enum cci_port_device {
	CCI_PORT_NOTHING = 0,
	CCI_PORT_PCIE = 1,
	CCI_PORT_TYPE1 = 2,
	CCI_PORT_TYPE2_OR_HBR = 3,
	CCI_PORT_TYPE3_SLD = 4,
	CCI_PORT_TYPE3_MLD = 5,
	CCI_PORT_SWITCH = 6,
};

/** enum cci_link_flag - bits of the state of a link. */
enum cci_link_flag {
	CCI_LINK_LANES_REVERSED = 1 << 0,
	CCI_LINK_PERST = 1 << 1,
	CCI_LINK_PRESENT = 1 << 2,
	CCI_LINK_POWERED = 1 << 3,
};

/* The LTSSM state of a link that carries data. */
#define CCI_LTSSM_L0 4

/**
 * struct cci_port_state - an element of the reply to 5101h
 * @use: one of enum cci_port_use
 * @device_mode: how the device is connected: 0 not by CXL, 1 CXL 1.1, 2 CXL 2.0; later revisions
 * have more
 * @device_type: one of enum cci_port_device
 * @cxl_modes: mask of what the port can do: bit 0 CXL 1.1, bit 1 CXL 2.0
 * @max_width: lanes
 * @width: lanes that were negotiated; 0 for no link
 * @speeds: mask: bit n for the speed n + 1 of max_speed
 * @max_speed: 1 for 2.5 GT/s, 5 for 32 GT/s
 * @speed: the same
 * @ltssm: 0 detect, 1 polling, 2 configuration, 3 recovery, 4 L0
 * @first_lane: number of the first lane that was negotiated
 * @link: bits of enum cci_link_flag
 * @lds: number of LDs that the device has; 0 if it is no MLD
 */
struct cci_port_state {
	uint8_t port;
	uint8_t use;
	uint8_t device_mode;
	uint8_t device_type;
	uint8_t cxl_modes;
	uint8_t max_width;
	uint8_t width;
	uint8_t speeds;
	uint8_t max_speed;
	uint8_t speed;
	uint8_t ltssm;
	uint8_t first_lane;
	uint16_t link;
	uint8_t lds;
};
CCI_CODEC(port_state);

/**
 * struct cci_port_states_reply - 5101h
 * @ports: struct cci_port_state; ports that the switch does not have may be left out
 */
struct cci_port_states_reply {
	struct cci_list ports;
};
CCI_CODEC(port_states_reply);

/** enum cci_port_action - what 5102h does. There is no action that does nothing. */
enum cci_port_action {
	CCI_PORT_ASSERT_PERST = 0,
	CCI_PORT_DEASSERT_PERST = 1,
	CCI_PORT_RESET = 2,
};

/**
 * struct cci_port_control_request - 5102h
 * @action: one of enum cci_port_action; on an action that it lacks, cse hangs
 */
struct cci_port_control_request {
	uint8_t port;
	uint8_t action;
};
CCI_CODEC(port_control_request);

/**
 * struct cci_config_access - which register of the configuration space is read or written
 * @reg: number of a register of four bytes, 12 bits: bits 7:0 and, above them, the extended number
 * @enables: bytes of the register, a mask of four bits
 * @write: false to read
 */
struct cci_config_access {
	uint16_t reg;
	uint8_t enables;
	bool write;
};

/** cci_config_access_walk() - the three bytes in which 5103h and 5301h have an access. */
void cci_config_access_walk(struct cci_cursor *cursor, struct cci_config_access *access);

/**
 * struct cci_port_config_request - 5103h
 * @data: to write
 */
struct cci_port_config_request {
	uint8_t port;
	struct cci_config_access access;
	uint32_t data;
};
CCI_CODEC(port_config_request);

/**
 * struct cci_config_reply - 5103h, 5301h
 * @has_data: false for an empty payload, which a write may have
 */
struct cci_config_reply {
	bool has_data;
	uint32_t data;
};
CCI_CODEC(config_reply);

/**
 * struct cci_secret_state_reply - 5104h, 5106h: the secret value of a validation domain
 * @state: as the specification has it; nobody's source tells more
 */
struct cci_secret_state_reply {
	uint8_t state;
};
CCI_CODEC(secret_state_reply);

/** struct cci_secret - 5105h request, 5107h reply */
struct cci_secret {
	uint8_t uuid[CCI_UUID_SIZE];
};
CCI_CODEC(secret);

/** struct cci_secret_of_vcs_request - 5106h, 5107h */
struct cci_secret_of_vcs_request {
	uint8_t vcs;
};
CCI_CODEC(secret_of_vcs_request);
