/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Command set 55h, Multi-Headed Device: the structs of its payloads. Pure.
 *
 * Source of the layouts: libcxlmi; QEMU for 5500h.
 */
#pragma once

#include "fabric/cci/command.h"
#include "fabric/cci/list.h"

extern const struct cci_command_set cci_set_multi_headed;

/** struct cci_heads_of_lds_request - 5500h: at most @limit LDs from @start on */
struct cci_heads_of_lds_request {
	uint8_t start;
	uint8_t limit;
};
CCI_CODEC(heads_of_lds_request);

/* The LD is on no head. */
#define CCI_HEAD_NONE 0xff

/**
 * struct cci_heads_of_lds_reply - 5500h
 * @lds: number of LDs that the device has
 * @heads: number of heads that the device has
 * @start: id of the LD of the first element
 * @map: the head of each LD, or CCI_HEAD_NONE; one byte each
 */
struct cci_heads_of_lds_reply {
	uint8_t lds;
	uint8_t heads;
	uint8_t start;
	struct cci_list map;
};
CCI_CODEC(heads_of_lds_reply);

/** struct cci_head_info_request - 5501h: @count heads from @start on */
struct cci_head_info_request {
	uint8_t start;
	uint8_t count;
};
CCI_CODEC(head_info_request);

/**
 * struct cci_head - an element of the reply to 5501h
 *
 * The fields have the values of those of struct cci_port_state.
 */
struct cci_head {
	uint8_t port;
	uint8_t max_width;
	uint8_t width;
	uint8_t speeds;
	uint8_t max_speed;
	uint8_t speed;
	uint8_t ltssm;
	uint8_t first_lane;
	uint8_t link;
};
CCI_CODEC(head);

/**
 * struct cci_head_info_reply - 5501h
 * @heads: struct cci_head
 */
struct cci_head_info_reply {
	struct cci_list heads;
};
CCI_CODEC(head_info_reply);
