// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer: everything of fabric/cci/ that reads bytes of others. The first byte of the input
 * chooses the reader; what the next bytes are is told at each reader. What was read can be written,
 * and reads as the same again.
 */
#include <assert.h>
#include <stdalign.h>
#include <string.h>

#include "fabric/cci/command.h"
#include "fabric/cci/event-record.h"
#include "fabric/cci/set-dcd-management.h"
#include "fabric/cci/set-dynamic-capacity.h"
#include "fabric/cci/set-events.h"
#include "fabric/cci/set-features.h"
#include "fabric/cci/set-logs.h"
#include "fabric/cci/set-media.h"
#include "fabric/cci/set-mld-component.h"
#include "fabric/cci/set-multi-headed.h"
#include "fabric/cci/set-physical-switch.h"
#include "fabric/cci/set-virtual-switch.h"
#include "fabric/cci/tunnel.h"
#include "test/fuzz/fuzz.h"

/* Above the longest input, and above the largest struct. */
#define ROOM 65536

/* Codecs that no row of the table has: elements of lists, the other layout of the tunnel. */
static const struct cci_codec *const more_codecs[] = {
	&cci_capacity_event_codec,
	&cci_command_effects_codec,
	&cci_dc_config_region_codec,
	&cci_dc_range_codec,
	&cci_dc_region_codec,
	&cci_dc_tag_codec,
	&cci_event_handle_codec,
	&cci_event_record_codec,
	&cci_extent_codec,
	&cci_feature_codec,
	&cci_head_codec,
	&cci_ld_allocation_codec,
	&cci_log_codec,
	&cci_media_error_codec,
	&cci_media_operation_entry_codec,
	&cci_media_operation_range_codec,
	&cci_port_state_codec,
	&cci_tunnel_reply_typed_codec,
	&cci_tunnel_request_typed_codec,
	&cci_vppb_codec,
};

static void round_trip(const struct cci_codec *codec, const uint8_t *data, size_t size)
{
	static alignas(max_align_t) uint8_t value[ROOM];
	static uint8_t first[ROOM], second[ROOM];
	long length;

	assert(codec->size <= sizeof(value));
	if (cci_decode(codec, data, size, value) < 0)
		return;
	length = cci_encode(codec, value, first, sizeof(first));
	assert(length >= 0 && (size_t)length <= size);
	assert(cci_decode(codec, first, (size_t)length, value) == 0);
	assert(cci_encode(codec, value, second, sizeof(second)) == length);
	assert(memcmp(first, second, (size_t)length) == 0);
}

/* A row by its opcode; numbers that are no opcode are those of rows. */
static const struct cci_command *row_of(uint16_t opcode)
{
	const struct cci_command *row = cci_command_find(opcode);
	const struct cci_command_set *set = cci_command_set_at(opcode >> 8 & 0xf);

	if (!row && set)
		row = &set->commands[(opcode & 0xff) % set->count];
	return row;
}

/* Two bytes opcode, one byte request or reply. */
static void read_row(const uint8_t *data, size_t size)
{
	const struct cci_command *row;

	if (size < 3)
		return;
	row = row_of((uint16_t)(data[0] | data[1] << 8));
	if (row && cci_command_has_layout(row))
		round_trip(data[2] & 1 ? row->reply : row->request, data + 3, size - 3);
}

/* One byte which of the others. */
static void read_more(const uint8_t *data, size_t size)
{
	const size_t count = sizeof(more_codecs) / sizeof(*more_codecs);

	if (size)
		round_trip(more_codecs[*data % count], data + 1, size - 1);
}

/* One byte of options: order, layout, hops, what the endpoint may do; one byte tag, two opcode. */
static void read_message(const uint8_t *data, size_t size)
{
	static uint8_t seen[ROOM];
	struct cci_tunnel tunnel;
	struct cci_awaited awaited;
	struct cci_message message = { .payload = { NULL, 0 } };
	enum cci_match match;
	size_t level;

	if (size < 4)
		return;
	tunnel = (struct cci_tunnel){ .order = data[0] & 1 ? CCI_BITS_MIRRORED : CCI_BITS_STANDARD,
				      .layout = data[0] & 2 ? CCI_TUNNEL_TYPED : CCI_TUNNEL_PLAIN,
				      .hops = (data[0] >> 2 & 3) % (CCI_TUNNEL_HOPS_MAX + 1) };
	awaited = (struct cci_awaited){ .zero_opcode = data[0] & 16,
					.padded = data[0] & 32,
					.tag = data[1],
					.opcode = (uint16_t)(data[2] | data[3] << 8) };
	match = cci_tunnel_match(&tunnel, &awaited, data + 4, size - 4, &message, &level);
	assert(level <= tunnel.hops);
	if (match == CCI_MATCH_DAMAGED)
		return;
	assert(message.payload.size <= size);
	if (message.payload.size)
		memcpy(seen, message.payload.data, message.payload.size);
	assert(match != CCI_MATCH || message.tag == awaited.tag);
}

/* A message that was put into a tunnel is the payload that its end finds. */
static void write_tunnel(const uint8_t *data, size_t size)
{
	static uint8_t bytes[ROOM];
	struct cci_message message = { .category = CCI_REQUEST }, outer;
	struct cci_tunnel tunnel = { .hops = 1 };
	struct cci_tunnel_request request;
	long length;

	if (size < 2)
		return;
	tunnel.hop[0].id = data[0];
	message.tag = data[1];
	message.payload = (struct cci_bytes){ data + 2, size - 2 };
	length = cci_tunnel_wrap(&tunnel, &message, bytes, sizeof(bytes));
	assert(length >= 0);
	assert(cci_message_decode(bytes, (size_t)length, tunnel.order, &outer) == length);
	assert(cci_tunnel_request_decode(outer.payload.data, outer.payload.size, &request) == 0);
	assert(request.id == data[0]);
	assert(cci_message_decode(request.message.data, request.message.size, tunnel.order,
				  &outer) == (long)request.message.size);
	assert(outer.payload.size == size - 2);
	assert(memcmp(outer.payload.data, data + 2, size - 2) == 0);
}

/* Two bytes of the request 5200h, the first vPPB and the limit; then the payload of its reply. */
static void read_blocks(const uint8_t *data, size_t size)
{
	struct cci_vcs_info_request request = { 0 };
	struct cci_vcs_info_reply reply;
	struct cci_vcs_walker walker;
	struct cci_vcs_block block;
	int rc;

	if (size < 2 || cci_vcs_info_reply_decode(data + 2, size - 2, &reply) < 0)
		return;
	request.start_vppb = data[0];
	request.vppb_limit = data[1];
	walker = cci_vcs_walk(&request, &reply);
	for (size_t blocks = 0; (rc = cci_vcs_next(&walker, &block)) == 1; blocks++) {
		struct cci_vppb vppb;

		assert(blocks < reply.vcss);
		assert(block.list.count <= request.vppb_limit);
		for (size_t i = 0; i < block.list.count; i++)
			assert(cci_list_get(&block.list, &cci_vppb_codec, i, &vppb) == 0);
	}
	assert(rc <= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const readers[])(const uint8_t *data, size_t size) = {
		read_row, read_more, read_message, write_tunnel, read_blocks,
	};

	if (size)
		readers[*data % (sizeof(readers) / sizeof(*readers))](data + 1, size - 1);
	return 0;
}
