/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Command set 53h, MLD Port: the structs of its payloads. Pure. Whole tunnels, a message within a
 * message, are in tunnel.h.
 *
 * Source of the layouts: libcxlmi, QEMU (5300h of CXL 3.x), jack and cse (5300h of CXL 2.0).
 */
#pragma once

#include "fabric/cci/command.h"
#include "fabric/cci/set-physical-switch.h"

extern const struct cci_command_set cci_set_mld_port;

/** enum cci_tunnel_target - what the id in 5300h is of. */
enum cci_tunnel_target {
	CCI_TUNNEL_PORT_OR_LD = 0,
	CCI_TUNNEL_LD_POOL = 1,
};

/* The LD that the fabric manager owns, of the commands that go to an LD. */
#define CCI_LD_OF_MANAGER 0xffff

/**
 * struct cci_tunnel_request - 5300h
 * @id: of the port of a switch, or of the LD of a device
 * @target: one of enum cci_tunnel_target; CXL 2.0 does not have it
 * @message: the message for who is behind the tunnel: header and payload
 */
struct cci_tunnel_request {
	uint8_t id;
	uint8_t target;
	struct cci_bytes message;
};
CCI_CODEC(tunnel_request);

/** struct cci_tunnel_reply - 5300h */
struct cci_tunnel_reply {
	struct cci_bytes message;
};
CCI_CODEC(tunnel_reply);

/*
 * The same payloads as CXL 2.0 has them: before the message stands the type that MCTP gives it. No
 * row of the table has these, since an endpoint has the one layout or the other: tunnel.h.
 */
extern const struct cci_codec cci_tunnel_request_typed_codec;
extern const struct cci_codec cci_tunnel_reply_typed_codec;

/**
 * struct cci_ld_config_request - 5301h
 * @data: to write
 */
struct cci_ld_config_request {
	uint8_t port;
	struct cci_config_access access;
	uint16_t ld;
	uint32_t data;
};
CCI_CODEC(ld_config_request);

/* Bytes that one request may read or write. */
#define CCI_LD_MEMORY_MAX 4096

/**
 * struct cci_ld_memory_request - 5302h
 * @first_enables: bytes of the first four bytes, a mask of four bits
 * @last_enables: bytes of the last four bytes
 * @write: false to read
 * @length: bytes to read or to write
 * @offset: in the memory space of the LD
 * @data: @length bytes to write; empty for a read
 * @short_header: set by a reader: the 15 bytes before the data that libcxlmi has, instead of 16
 */
struct cci_ld_memory_request {
	uint8_t port;
	uint8_t first_enables;
	uint8_t last_enables;
	bool write;
	uint16_t ld;
	uint16_t length;
	uint64_t offset;
	struct cci_bytes data;
	bool short_header;
};
CCI_CODEC(ld_memory_request);

/**
 * struct cci_ld_memory_reply - 5302h
 * @length: bytes that were transferred
 * @data: @length bytes that were read; empty for a write
 */
struct cci_ld_memory_reply {
	uint16_t length;
	struct cci_bytes data;
};
CCI_CODEC(ld_memory_reply);
