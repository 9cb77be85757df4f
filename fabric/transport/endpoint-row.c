// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rows of the dialects. Values.
 */
#include "fabric/transport/endpoint-row.h"

#include <errno.h>

#include "util/cleanup.h"

/* What any endpoint has that has a Command Effects Log: Identify, Get Supported Logs, Get Log. */
static const uint16_t to_the_log[] = { 0x0001, 0x0400, 0x0401 };

const struct endpoint_row endpoint_row_ours = {
	.order = CCI_BITS_STANDARD,
	.tunnel = CCI_TUNNEL_PLAIN,
	.early_status = true,
	.depth = 8,
	.direct = to_the_log,
	.direct_count = ARRAY_SIZE(to_the_log),
	.tunnelled = to_the_log,
	.tunnelled_count = ARRAY_SIZE(to_the_log),
};

/* The opcodes of cse's handlers. */
static const uint16_t cse_direct[] = { 0x0001, 0x0002, 0x0003, 0x0004, 0x5100,
				       0x5101, 0x5102, 0x5103, 0x5200, 0x5201,
				       0x5202, 0x5203, 0x5300, 0x5301, 0x5302 };
static const uint16_t cse_tunnelled[] = { 0x5400, 0x5401, 0x5402, 0x5403, 0x5404,
					  0x5405, 0x5406, 0x5407, 0x5408, 0x5409 };

const struct endpoint_row endpoint_row_cse = {
	.order = CCI_BITS_MIRRORED,
	.padded = true,
	.tunnel = CCI_TUNNEL_TYPED,
	.fm_api_only = true,
	.early_status = true,
	.depth = 1,
	.direct = cse_direct,
	.direct_count = ARRAY_SIZE(cse_direct),
	.tunnelled = cse_tunnelled,
	.tunnelled_count = ARRAY_SIZE(cse_tunnelled),
};

/* Its switch answers these; 5402h ends it. Before the first background operation the status says
 * that one is running. */
static const uint16_t opencis_direct[] = { 0x0001, 0x0002, 0x5100, 0x5101, 0x5200, 0x5201, 0x5202 };
static const uint16_t opencis_tunnelled[] = { 0x5400, 0x5401 };

const struct endpoint_row endpoint_row_opencis = {
	.order = CCI_BITS_STANDARD,
	.zero_opcode = true,
	.by_port = true,
	.depth = 1,
	.direct = opencis_direct,
	.direct_count = ARRAY_SIZE(opencis_direct),
	.tunnelled = opencis_tunnelled,
	.tunnelled_count = ARRAY_SIZE(opencis_tunnelled),
};

static int support_of(const uint16_t *opcodes, size_t count, struct support *ret_support)
{
	int rc = 0;

	*ret_support = (struct support){ { NULL, 0 } };
	for (size_t i = 0; i < count && rc != -ENOMEM; i++)
		rc = support_add_known(ret_support, opcodes[i]);
	if (rc != -ENOMEM)
		return 0;
	support_deinit(ret_support);
	return -ENOMEM;
}

int endpoint_row_support(const struct endpoint_row *row, struct support *ret_direct,
			 struct support *ret_tunnelled)
{
	if (support_of(row->direct, row->direct_count, ret_direct) < 0)
		return -ENOMEM;
	if (support_of(row->tunnelled, row->tunnelled_count, ret_tunnelled) == 0)
		return 0;
	support_deinit(ret_direct);
	return -ENOMEM;
}
