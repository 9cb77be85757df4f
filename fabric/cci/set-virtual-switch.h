/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Command set 52h, Virtual Switch: the structs of its payloads. Pure.
 *
 * Source of the layouts: libcxlmi, jack and cse, opencis; jack and cse alone for 5203h.
 */
#pragma once

#include "fabric/cci/command.h"
#include "fabric/cci/list.h"

extern const struct cci_command_set cci_set_virtual_switch;

/**
 * struct cci_vcs_info_request - 5200h
 * @start_vppb: the first vPPB to tell of each virtual switch
 * @vppb_limit: the most vPPBs to tell of each
 * @vcss: ids of virtual switches, one byte each
 */
struct cci_vcs_info_request {
	uint8_t start_vppb;
	uint8_t vppb_limit;
	struct cci_list vcss;
};
CCI_CODEC(vcs_info_request);

/**
 * struct cci_vcs_info_reply - 5200h
 * @vcss: number of blocks
 * @blocks: blocks of various sizes, for cci_vcs_next()
 */
struct cci_vcs_info_reply {
	uint8_t vcss;
	struct cci_bytes blocks;
};
CCI_CODEC(vcs_info_reply);

/** enum cci_vcs_state - of a virtual switch. */
enum cci_vcs_state {
	CCI_VCS_DISABLED = 0,
	CCI_VCS_ENABLED = 1,
	CCI_VCS_INVALID_ID = 0xff,
};

/** enum cci_binding - of a vPPB. */
enum cci_binding {
	CCI_UNBOUND = 0,
	CCI_BINDING_IN_PROGRESS = 1,
	CCI_BOUND_PORT = 2,
	CCI_BOUND_LD = 3,
};

/**
 * struct cci_vppb - an element of struct cci_vcs_block
 * @binding: one of enum cci_binding
 * @port: id of the physical port; 0 if unbound, which is the id of a port as well
 * @ld: id of the LD; FFh, or 0 of some switches, if not bound to an LD
 */
struct cci_vppb {
	uint8_t binding;
	uint8_t port;
	uint8_t ld;
};
CCI_CODEC(vppb);

/**
 * struct cci_vcs_block - what 5200h tells of one virtual switch
 * @state: one of enum cci_vcs_state
 * @upstream_port: id of a physical port
 * @vppbs: number of vPPBs that the virtual switch has, however many were asked for
 * @list: struct cci_vppb, of vPPBs from start_vppb of the request on
 */
struct cci_vcs_block {
	uint8_t vcs;
	uint8_t state;
	uint8_t upstream_port;
	uint8_t vppbs;
	struct cci_list list;
};

/**
 * struct cci_vcs_walker - a place in the blocks of a reply; begun by cci_vcs_walk()
 */
struct cci_vcs_walker {
	struct cci_cursor cursor;
	uint8_t start_vppb;
	uint8_t vppb_limit;
	uint8_t left;
};

/**
 * cci_vcs_walk() - begin to read the blocks of a reply
 * @request: what was asked: the length of a block follows from the request, not from the block
 */
struct cci_vcs_walker cci_vcs_walk(const struct cci_vcs_info_request *request,
				   const struct cci_vcs_info_reply *reply);

/**
 * cci_vcs_next() - the next block of a reply
 * @ret_block: borrows from the reply; set if 1 is returned
 *
 * Return: 1; 0 at the end; -EBADMSG for blocks that end too early.
 */
int cci_vcs_next(struct cci_vcs_walker *walker, struct cci_vcs_block *ret_block);

/**
 * cci_vcs_put() - write a block
 *
 * Return: bytes that were written, or -ENOBUFS.
 */
long cci_vcs_put(const struct cci_vcs_block *block, void *buffer, size_t size);

/* The LD of a device that has none. opencis wants 0. */
#define CCI_LD_NONE 0xffff

/**
 * struct cci_bind_request - 5201h
 * @ld: id of the LD, or CCI_LD_NONE
 */
struct cci_bind_request {
	uint8_t vcs;
	uint8_t vppb;
	uint8_t port;
	uint16_t ld;
};
CCI_CODEC(bind_request);

/** enum cci_unbind_how - what 5202h does to a device that is in use. */
enum cci_unbind_how {
	CCI_UNBIND_WAIT_FOR_LINK = 0,
	CCI_UNBIND_MANAGED = 1,
	CCI_UNBIND_SURPRISE = 2,
};

/**
 * struct cci_unbind_request - 5202h
 * @how: one of enum cci_unbind_how
 */
struct cci_unbind_request {
	uint8_t vcs;
	uint8_t vppb;
	uint8_t how;
};
CCI_CODEC(unbind_request);

/* Bytes of the header of a TLP. */
#define CCI_TLP_HEADER_SIZE 32

/**
 * struct cci_aer_request - 5203h
 * @error: bits as in the registers of Advanced Error Reporting
 * @tlp_header: for the registers of Advanced Error Reporting
 */
struct cci_aer_request {
	uint8_t vcs;
	uint8_t vppb;
	uint32_t error;
	uint8_t tlp_header[CCI_TLP_HEADER_SIZE];
};
CCI_CODEC(aer_request);
