// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer: MCTP packets of a peer. The input is a row of packets, each with its length in two
 * bytes in front.
 */
#include <assert.h>

#include "fabric/transport/reassembly.h"
#include "test/fuzz/fuzz.h"

/* Room doubles from 512 bytes on. */
#define ROOM_MAX 131072

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reassembly reassembly = { 0 };
	struct reassembled message;

	while (size >= 2) {
		size_t length = (size_t)(data[0] | data[1] << 8);

		data += 2;
		size -= 2;
		length = length < size ? length : size;
		if (reassembly_take(&reassembly, data, length, &message) == 1) {
			assert(message.size < REASSEMBLY_MESSAGE_MAX);
			assert(message.header.last);
		}
		for (size_t i = 0; i < REASSEMBLY_SLOTS; i++)
			assert(reassembly.slots[i].room <= ROOM_MAX);
		data += length;
		size -= length;
	}
	reassembly_deinit(&reassembly);
	return 0;
}
