// SPDX-License-Identifier: GPL-2.0-only
/*
 * Command set 52h, Virtual Switch: walks and rows. Pure; calls cursor.h and list.h.
 */
#include "fabric/cci/set-virtual-switch.h"

#define VPPB_SIZE 4

CCI_WALK(vcs_info_request, cursor, request)
{
	cci_u8(cursor, &request->start_vppb);
	cci_u8(cursor, &request->vppb_limit);
	cci_list_count8(cursor, &request->vcss, UINT8_MAX);
	cci_list_elements(cursor, &request->vcss, 1);
}

CCI_WALK(vcs_info_reply, cursor, reply)
{
	cci_u8(cursor, &reply->vcss);
	cci_reserved(cursor, 3);
	cci_borrow_rest(cursor, &reply->blocks);
}

CCI_WALK(vppb, cursor, vppb)
{
	cci_u8(cursor, &vppb->binding);
	cci_u8(cursor, &vppb->port);
	cci_u8(cursor, &vppb->ld);
	cci_reserved(cursor, 1);
}

struct cci_vcs_walker cci_vcs_walk(const struct cci_vcs_info_request *request,
				   const struct cci_vcs_info_reply *reply)
{
	return (struct cci_vcs_walker){
		.cursor = cci_reader(reply->blocks.data, reply->blocks.size),
		.start_vppb = request->start_vppb,
		.vppb_limit = request->vppb_limit,
		.left = reply->vcss,
	};
}

static void walk_block_head(struct cci_cursor *cursor, struct cci_vcs_block *block)
{
	cci_u8(cursor, &block->vcs);
	cci_u8(cursor, &block->state);
	cci_u8(cursor, &block->upstream_port);
	cci_u8(cursor, &block->vppbs);
}

/* The head of a block has the number of all vPPBs, and the list has those that were asked for. */
static size_t listed(const struct cci_vcs_walker *walker, const struct cci_vcs_block *block)
{
	size_t rest = block->vppbs > walker->start_vppb ? block->vppbs - walker->start_vppb : 0;

	return rest < walker->vppb_limit ? rest : walker->vppb_limit;
}

int cci_vcs_next(struct cci_vcs_walker *walker, struct cci_vcs_block *ret_block)
{
	struct cci_vcs_block block = { 0 };

	if (!walker->left)
		return 0;
	walk_block_head(&walker->cursor, &block);
	block.list.count = listed(walker, &block);
	cci_list_elements(&walker->cursor, &block.list, VPPB_SIZE);
	if (walker->cursor.error)
		return walker->cursor.error;
	walker->left--;
	*ret_block = block;
	return 1;
}

long cci_vcs_put(const struct cci_vcs_block *block, void *buffer, size_t size)
{
	struct cci_cursor cursor = cci_writer(buffer, size);
	struct cci_vcs_block copy = *block;

	walk_block_head(&cursor, &copy);
	cci_list_elements(&cursor, &copy.list, VPPB_SIZE);
	return cci_cursor_end(&cursor);
}

CCI_WALK(bind_request, cursor, request)
{
	cci_u8(cursor, &request->vcs);
	cci_u8(cursor, &request->vppb);
	cci_u8(cursor, &request->port);
	cci_reserved(cursor, 1);
	cci_u16(cursor, &request->ld);
}

CCI_WALK(unbind_request, cursor, request)
{
	cci_u8(cursor, &request->vcs);
	cci_u8(cursor, &request->vppb);
	cci_low_bits(cursor, &request->how, 4);
}

CCI_WALK(aer_request, cursor, request)
{
	cci_u8(cursor, &request->vcs);
	cci_u8(cursor, &request->vppb);
	cci_reserved(cursor, 2);
	cci_u32(cursor, &request->error);
	cci_array(cursor, request->tlp_header, sizeof(request->tlp_header));
}

/* Who unbinds takes memory away from a host, and with it what the host has in the memory. */
static const struct cci_command commands[] = {
	{ 0x5200, "Get Virtual CXL Switch Info", "7.6.7.2.1", &cci_vcs_info_request_codec,
	  &cci_vcs_info_reply_codec, .deadline_ms = CCI_READING_MS },
	{ 0x5201, "Bind vPPB", "7.6.7.2.2", &cci_bind_request_codec, &cci_no_payload,
	  .background = true, .effects = CCI_EFFECT_CONFIG, .deadline_ms = CCI_BINDING_MS },
	{ 0x5202, "Unbind vPPB", "7.6.7.2.3", &cci_unbind_request_codec, &cci_no_payload,
	  .background = true, .effects = CCI_EFFECT_CONFIG | CCI_EFFECT_DATA,
	  .deadline_ms = CCI_BINDING_MS },
	{ 0x5203, "Generate AER Event", "7.6.7.2.4", &cci_aer_request_codec, &cci_no_payload,
	  .effects = CCI_EFFECT_LOG, .deadline_ms = CCI_READING_MS },
};

const struct cci_command_set cci_set_virtual_switch =
	CCI_COMMAND_SET(0x52, "Virtual Switch", commands);
