// SPDX-License-Identifier: GPL-2.0-only
/*
 * A switch with one vPPB.
 */
#include "test/lib/small-switch.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "fabric/cci/return-code.h"

/* Of somebody else's operation: Unbind vPPB. */
#define OTHERS 0x5202

enum small_switch_state small_switch_state(const struct small_switch *small_switch, uint64_t now_ms)
{
	if (!small_switch->bound_at_ms)
		return SMALL_SWITCH_FREE;
	if (now_ms < small_switch->bound_at_ms)
		return SMALL_SWITCH_BINDING;
	return small_switch->fails || small_switch->does_nothing ? SMALL_SWITCH_FREE
								 : SMALL_SWITCH_BOUND;
}

static uint8_t shown(const struct small_switch *small_switch, uint64_t now_ms)
{
	const enum small_switch_state state = small_switch_state(small_switch, now_ms);

	return state == SMALL_SWITCH_BINDING && small_switch->shows_late ? SMALL_SWITCH_FREE
									 : (uint8_t)state;
}

static void answer(struct loopback *loopback, const struct wire_message *message,
		   const struct cci_message *request, uint16_t code, struct cci_bytes payload)
{
	const struct cci_message reply = { .category = CCI_REPLY,
					   .tag = request->tag,
					   .opcode = request->opcode,
					   .return_code = code,
					   .payload = payload };
	uint8_t bytes[128];
	const long size = cci_message_encode(&reply, CCI_BITS_STANDARD, bytes, sizeof(bytes));
	const struct small_switch *small_switch = loopback->userdata;

	assert_true(size > 0);
	if (small_switch->falls_silent && small_switch->binds)
		return;
	loopback_reply(loopback, message->type, bytes, (size_t)size, 2);
}

static uint16_t bind(struct small_switch *small_switch, uint64_t now_ms)
{
	if (small_switch->says_busy) {
		small_switch->says_busy--;
		return small_switch->busy_code;
	}
	if (small_switch->busy_until_ms > now_ms ||
	    small_switch_state(small_switch, now_ms) == SMALL_SWITCH_BINDING)
		return CCI_BUSY;
	if (small_switch->refuses)
		return small_switch->refuses;
	small_switch->binds++;
	small_switch->bound_at_ms = now_ms;
	if (small_switch->is_quick)
		return small_switch->fails;
	small_switch->bound_at_ms += SMALL_SWITCH_BIND_MS;
	return CCI_BACKGROUND_STARTED;
}

/* CXL 3.2, 8.2.10.1.2: bit 0 running, bits 7:1 percent; reserved; opcode; return code; vendor. */
static void status(const struct small_switch *small_switch, uint64_t now_ms, uint8_t *bytes)
{
	uint16_t opcode = small_switch->binds ? 0x5201 : 0;
	bool runs = small_switch_state(small_switch, now_ms) == SMALL_SWITCH_BINDING;

	if (small_switch->busy_until_ms > now_ms) {
		opcode = OTHERS;
		runs = true;
	} else if (small_switch->forgets && !runs) {
		opcode = OTHERS;
	}
	bytes[0] = (uint8_t)(runs ? 40 << 1 | 1 : 100 << 1);
	bytes[2] = (uint8_t)opcode;
	bytes[3] = (uint8_t)(opcode >> 8);
	bytes[4] = runs || opcode != 0x5201 ? 0 : (uint8_t)small_switch->fails;
}

void small_switch_answer(struct loopback *loopback, const struct wire_message *message)
{
	struct small_switch *small_switch = loopback->userdata;
	const uint64_t now_ms = loopback->now_ms;
	struct cci_message request;
	uint8_t bytes[8] = { 0 };

	assert_true(cci_message_decode(message->bytes, message->size, CCI_BITS_STANDARD, &request) >
		    0);
	switch (request.opcode) {
	case 0x0002:
		status(small_switch, now_ms, bytes);
		answer(loopback, message, &request, 0, (struct cci_bytes){ bytes, 8 });
		break;
	case 0x0005:
		answer(loopback, message, &request, 0, (struct cci_bytes){ NULL, 0 });
		break;
	case 0x0401:
		answer(loopback, message, &request, 0, request.payload);
		break;
	case 0x5200:
		bytes[0] = shown(small_switch, now_ms);
		answer(loopback, message, &request, 0, (struct cci_bytes){ bytes, 1 });
		break;
	case 0x5201:
		answer(loopback, message, &request, bind(small_switch, now_ms),
		       (struct cci_bytes){ NULL, 0 });
		break;
	default:
		fail_msg("the endpoint does not know opcode %04x", request.opcode);
	}
}

enum request_proof small_switch_judge(struct cci_bytes reply, void *userdata)
{
	(void)userdata;
	if (reply.size != 1)
		return PROOF_NOT_SHOWN;
	if (reply.data[0] == SMALL_SWITCH_BINDING)
		return PROOF_PENDING;
	return reply.data[0] == SMALL_SWITCH_BOUND ? PROOF_SHOWN : PROOF_NOT_SHOWN;
}
