// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer: the machine of requests, with an endpoint, a connection and a clock that do as the
 * input says. Whatever comes, each request ends; no more messages are under way than the row says;
 * a bind is sent again only after the endpoint has said that it did not begin; and the machine
 * never waits for a time that has passed.
 */
#include <assert.h>
#include <string.h>

#include "fabric/cci/command.h"
#include "fabric/cci/return-code.h"
#include "fabric/transport/requests.h"
#include "test/fuzz/fuzz.h"
#include "util/cleanup.h"

#define REQUESTS 6
#define BIND	 0x5201

/* A message that was sent. */
struct sent {
	uint8_t tag;
	uint8_t type;
	uint16_t opcode;
};

struct game {
	const uint8_t *data;
	size_t size;
	uint64_t now_ms;
	struct endpoint_row row;
	struct requests requests;
	struct request list[REQUESTS];
	size_t added;
	size_t ended;
	struct sent sent[16];
	size_t sent_count;
	bool may_bind;
};

static struct support_entry entries[] = {
	{ 0x0001, 0 },
	{ 0x0002, 0 },
	{ 0x5200, 0 },
	{ BIND, CCI_EFFECT_CONFIG | CCI_EFFECT_BACKGROUND },
};
static const struct support support = { { entries, ARRAY_SIZE(entries) } };

static uint8_t take(struct game *game)
{
	if (!game->size)
		return 0;
	game->size--;
	return *game->data++;
}

static enum request_proof judge(struct cci_bytes reply, void *userdata)
{
	(void)userdata;
	return reply.size ? (enum request_proof)(reply.data[0] % 3) : PROOF_NOT_SHOWN;
}

static void add(struct game *game, bool binds)
{
	struct request *request = &game->list[game->added];

	if (game->added == REQUESTS)
		return;
	*request = (struct request){ .opcode = binds ? BIND : 0x0001 };
	if (binds) {
		request->proof.opcode = 0x5200;
		request->proof.judge = judge;
	}
	if (requests_add(&game->requests, request) == 0)
		game->added++;
}

static size_t under_way(const struct game *game)
{
	size_t count = 0;

	for (size_t i = 0; i < game->added; i++)
		count += game->list[i].waits;
	return count;
}

static void note_message(struct game *game)
{
	const struct wire_message *message = &game->requests.message;
	const struct request *request = game->requests.sending;
	struct cci_message decoded;

	assert(cci_message_decode(message->bytes, message->size, CCI_BITS_STANDARD, &decoded) > 0);
	if (decoded.opcode == BIND) {
		/* The first of its request, or after RETRY or BUSY. */
		assert(game->may_bind);
		game->may_bind = false;
	}
	assert(request->waits);
	game->sent[game->sent_count++ % ARRAY_SIZE(game->sent)] = (struct sent){
		.tag = decoded.tag, .type = message->type, .opcode = decoded.opcode
	};
}

static void turn(struct game *game)
{
	switch (requests_next(&game->requests, game->now_ms)) {
	case REQUESTS_SEND:
		note_message(game);
		requests_sent(&game->requests, 0, game->now_ms);
		break;
	case REQUESTS_WAIT:
		assert(game->requests.until_ms > game->now_ms);
		break;
	case REQUESTS_END:
		game->ended++;
		if (game->requests.ended->opcode == BIND)
			game->may_bind = true;
		assert(game->requests.ended->result <= REQUEST_NOT_SENT);
		break;
	}
	assert(under_way(game) <= game->row.depth);
}

/* A reply to a message that was sent at some time, as it should be or not. */
static void reply(struct game *game)
{
	const struct sent *sent = &game->sent[take(game) % ARRAY_SIZE(game->sent)];
	uint8_t payload[8], bytes[64];
	struct cci_message message = { .category = CCI_REPLY,
				       .tag = sent->tag,
				       .opcode = sent->opcode,
				       .return_code = take(game) % 8,
				       .payload = { payload, sizeof(payload) } };
	const uint8_t damage = take(game);
	struct wire_message wire = { .type = sent->type, .bytes = bytes };
	bool was_waiting = false;

	for (size_t i = 0; i < sizeof(payload); i++)
		payload[i] = take(game);
	wire.size = (size_t)cci_message_encode(&message, CCI_BITS_STANDARD, bytes, sizeof(bytes));
	if (damage & 0x80)
		bytes[damage & 7] ^= take(game);
	for (size_t i = 0; i < game->added; i++)
		was_waiting = was_waiting || (game->list[i].waits && game->list[i].opcode == BIND &&
					      game->list[i].phase == REQUEST_COMMAND);
	(void)requests_received(&game->requests, &wire, game->now_ms);
	/* RETRY and BUSY send the request back to where it may be sent again. */
	for (size_t i = 0; i < game->added; i++)
		if (was_waiting && game->list[i].opcode == BIND && !game->list[i].waits &&
		    (game->list[i].phase == REQUEST_COMMAND ||
		     game->list[i].phase == REQUEST_STATUS_BEFORE))
			game->may_bind = message.return_code == CCI_RETRY ||
					 message.return_code == CCI_BUSY || game->may_bind;
}

static void move(struct game *game)
{
	switch (take(game) % 8) {
	case 0:
		add(game, take(game) & 1);
		break;
	case 1:
		game->now_ms += (uint64_t)take(game) * take(game);
		break;
	case 2:
		requests_lost(&game->requests, game->now_ms);
		break;
	case 3:
		requests_linked(&game->requests);
		break;
	case 4:
	case 5:
		reply(game);
		break;
	default:
		turn(game);
		break;
	}
}

/* Nothing comes any more: time alone ends every request. */
static void wait_for_the_end(struct game *game)
{
	for (unsigned int turns = 0; game->ended < game->added; turns++) {
		const size_t sent = game->sent_count, ended = game->ended;

		assert(turns < 10000);
		turn(game);
		if (sent == game->sent_count && ended == game->ended)
			game->now_ms = game->requests.until_ms;
	}
	assert(game->requests.list.count == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct game game;

	game = (struct game){ .data = data, .size = size, .now_ms = 1, .may_bind = true };
	game.row = endpoint_row_ours;
	game.row.depth = take(&game) % 8 + 1u;
	game.row.early_status = take(&game) & 1;
	requests_init(&game.requests, &game.row, &support);
	requests_linked(&game.requests);
	while (game.size)
		move(&game);
	wait_for_the_end(&game);
	requests_deinit(&game.requests);
	return 0;
}
