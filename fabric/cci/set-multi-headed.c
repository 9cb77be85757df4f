// SPDX-License-Identifier: GPL-2.0-only
/*
 * Command set 55h, Multi-Headed Device: walks and rows. Pure; calls cursor.h and list.h.
 */
#include "fabric/cci/set-multi-headed.h"

#define HEAD_SIZE 9

CCI_WALK(heads_of_lds_request, cursor, request)
{
	cci_u8(cursor, &request->start);
	cci_u8(cursor, &request->limit);
}

CCI_WALK(heads_of_lds_reply, cursor, reply)
{
	cci_u8(cursor, &reply->lds);
	cci_u8(cursor, &reply->heads);
	cci_reserved(cursor, 2);
	cci_u8(cursor, &reply->start);
	cci_list_count8(cursor, &reply->map, UINT8_MAX);
	cci_reserved(cursor, 2);
	cci_list_elements(cursor, &reply->map, 1);
}

CCI_WALK(head_info_request, cursor, request)
{
	cci_u8(cursor, &request->start);
	cci_u8(cursor, &request->count);
}

CCI_WALK(head, cursor, head)
{
	cci_u8(cursor, &head->port);
	cci_u8(cursor, &head->max_width);
	cci_u8(cursor, &head->width);
	cci_u8(cursor, &head->speeds);
	cci_u8(cursor, &head->max_speed);
	cci_u8(cursor, &head->speed);
	cci_u8(cursor, &head->ltssm);
	cci_u8(cursor, &head->first_lane);
	cci_u8(cursor, &head->link);
}

/*
 * libcxlmi has nine bytes a head, and nobody else has the command. Should the heads of a device be
 * longer, the nine bytes are the first of each, and the heads share the reply evenly.
 */
static size_t head_size(const struct cci_cursor *cursor, const struct cci_list *heads)
{
	size_t left = cci_left(cursor);

	if (!cci_is_reading(cursor))
		left = heads->elements.size;
	if (!heads->count || left % heads->count || left / heads->count < HEAD_SIZE)
		return HEAD_SIZE;
	return left / heads->count;
}

CCI_WALK(head_info_reply, cursor, reply)
{
	cci_list_count8(cursor, &reply->heads, UINT8_MAX);
	cci_reserved(cursor, 3);
	cci_list_elements(cursor, &reply->heads, head_size(cursor, &reply->heads));
}

static const struct cci_command commands[] = {
	{ 0x5500, "Get Multi-Headed Info", "7.6.7.5.1", &cci_heads_of_lds_request_codec,
	  &cci_heads_of_lds_reply_codec, .deadline_ms = CCI_READING_MS },
	{ 0x5501, "Get Head Info", "7.6.7.5.2", &cci_head_info_request_codec,
	  &cci_head_info_reply_codec, .deadline_ms = CCI_READING_MS },
};

const struct cci_command_set cci_set_multi_headed =
	CCI_COMMAND_SET(0x55, "Multi-Headed Device", commands);
