// SPDX-License-Identifier: GPL-2.0-only
/*
 * A provider whose other end is a test's.
 */
#include "test/lib/loopback.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "fabric/transport/packet.h"

#define FLOOD 1000

static struct loopback *of(struct provider *provider)
{
	return (struct loopback *)provider;
}

static bool meets(const struct loopback *loopback, enum loopback_fault fault)
{
	return loopback->fault == fault && loopback->sent == loopback->fault_at + 1;
}

static void deliver(struct loopback *loopback, uint8_t type, const uint8_t *bytes, size_t size,
		    uint64_t after_ms)
{
	struct loopback_delivery delivery = { .at_ms = loopback->now_ms + after_ms,
					      .type = type,
					      .size = size };

	assert_true(size <= sizeof(delivery.bytes));
	memcpy(delivery.bytes, bytes, size);
	assert_int_equal(ARRAY_APPEND(&loopback->deliveries, delivery), 0);
}

static void flood(struct loopback *loopback)
{
	uint8_t bytes[40];

	for (unsigned int i = 0; i < FLOOD; i++) {
		memset(bytes, (int)i, sizeof(bytes));
		deliver(loopback, PACKET_TYPE_CCI, bytes, i % sizeof(bytes), 0);
	}
}

void loopback_reply(struct loopback *loopback, uint8_t type, const uint8_t *bytes, size_t size,
		    uint64_t after_ms)
{
	uint8_t copy[sizeof(loopback->delivered.bytes)] = { 0 };

	assert_true(size < sizeof(copy));
	memcpy(copy, bytes, size);
	if (meets(loopback, LOOPBACK_LOSE_REPLY) || meets(loopback, LOOPBACK_CUT_AFTER))
		return;
	if (meets(loopback, LOOPBACK_FLOOD))
		flood(loopback);
	if (meets(loopback, LOOPBACK_FLIP))
		copy[loopback->bit / 8] ^= (uint8_t)(1 << loopback->bit % 8);
	if (meets(loopback, LOOPBACK_SHORTEN))
		size--;
	if (meets(loopback, LOOPBACK_LENGTHEN))
		size++;
	if (meets(loopback, LOOPBACK_DUPLICATE))
		deliver(loopback, type, copy, size, after_ms + loopback->delay_ms);
	if (meets(loopback, LOOPBACK_DELAY))
		after_ms += loopback->delay_ms;
	deliver(loopback, type, copy, size, after_ms);
}

static void answer_by_script(struct loopback *loopback, const struct wire_message *message)
{
	const struct loopback_line *line = &loopback->lines[loopback->sent - 1];

	assert_true(loopback->sent <= loopback->line_count);
	assert_int_equal(message->size, line->request_size);
	assert_memory_equal(message->bytes, line->request, line->request_size);
	if (line->reply)
		loopback_reply(loopback, message->type, line->reply, line->reply_size, 0);
}

/* ---- the provider ---- */

static bool loopback_is_linked(const struct provider *provider)
{
	const struct loopback *loopback = (const struct loopback *)provider;

	return loopback->linked_at_ms <= loopback->now_ms;
}

static int cut(struct loopback *loopback)
{
	loopback->deliveries.count = 0;
	loopback->linked_at_ms = loopback->now_ms + LOOPBACK_RELINK_MS;
	return -ECONNRESET;
}

static int loopback_send(struct provider *provider, const struct wire_message *message)
{
	struct loopback *loopback = of(provider);

	loopback->sent++;
	if (meets(loopback, LOOPBACK_CUT_BEFORE))
		return cut(loopback);
	if (!meets(loopback, LOOPBACK_LOSE_REQUEST))
		loopback->answer(loopback, message);
	return 0;
}

/* The delivery that comes first, of those that come at the same time the first that was made. */
static struct loopback_delivery *first_delivery(struct loopback *loopback)
{
	struct loopback_delivery *first = NULL;

	for (size_t i = 0; i < loopback->deliveries.count; i++)
		if (!first || loopback->deliveries.items[i].at_ms < first->at_ms)
			first = &loopback->deliveries.items[i];
	return first;
}

static int loopback_receive(struct provider *provider, struct wire_message *ret_message)
{
	struct loopback *loopback = of(provider);
	struct loopback_delivery *first = first_delivery(loopback);
	size_t behind;

	if (meets(loopback, LOOPBACK_CUT_AFTER) && loopback_is_linked(provider)) {
		loopback->fault = LOOPBACK_NO_FAULT;
		return cut(loopback);
	}
	if (!first || first->at_ms > loopback->now_ms)
		return 0;
	loopback->delivered = *first;
	behind = (size_t)(loopback->deliveries.items + loopback->deliveries.count - first) - 1;
	memmove(first, first + 1, behind * sizeof(*first));
	loopback->deliveries.count--;
	*ret_message = (struct wire_message){ .type = loopback->delivered.type,
					      .bytes = loopback->delivered.bytes,
					      .size = loopback->delivered.size };
	return 1;
}

static void loopback_free(struct provider *provider)
{
	ARRAY_FREE(&of(provider)->deliveries);
}

static const struct provider_ops loopback_ops = {
	.is_linked = loopback_is_linked,
	.send = loopback_send,
	.receive = loopback_receive,
	.free = loopback_free,
};

void loopback_init(struct loopback *loopback, loopback_answer_fn answer, void *userdata)
{
	*loopback = (struct loopback){ .provider = { &loopback_ops },
				       .now_ms = 1000000,
				       .answer = answer,
				       .userdata = userdata };
}

void loopback_script(struct loopback *loopback, const struct loopback_line *lines, size_t count)
{
	loopback_init(loopback, answer_by_script, NULL);
	loopback->lines = lines;
	loopback->line_count = count;
}

/* ---- the driver ---- */

static void send_message(struct loopback *loopback, struct requests *requests)
{
	const int rc = loopback_send(&loopback->provider, &requests->message);

	if (rc == 0)
		requests_sent(requests, 0, loopback->now_ms);
	else
		requests_lost(requests, loopback->now_ms);
}

/* Takes what has come; otherwise time goes on to the next event. */
static void wait_for(struct loopback *loopback, struct requests *requests)
{
	const struct loopback_delivery *first = first_delivery(loopback);
	uint64_t until_ms = requests->until_ms;
	struct wire_message message;
	int rc;

	if (!requests->linked && loopback_is_linked(&loopback->provider)) {
		requests_linked(requests);
		return;
	}
	rc = loopback_receive(&loopback->provider, &message);
	if (rc < 0)
		requests_lost(requests, loopback->now_ms);
	if (rc > 0)
		(void)requests_received(requests, &message, loopback->now_ms);
	if (rc != 0)
		return;
	if (first && first->at_ms < until_ms)
		until_ms = first->at_ms;
	if (!requests->linked && loopback->linked_at_ms < until_ms)
		until_ms = loopback->linked_at_ms;
	/* The machine waits for ever, or asks for the same moment again. */
	assert_int_not_equal(until_ms, UINT64_MAX);
	assert_true(until_ms > loopback->now_ms);
	loopback->now_ms = until_ms;
}

struct request *loopback_next(struct loopback *loopback, struct requests *requests)
{
	for (unsigned int turns = 0; turns < 100000; turns++) {
		switch (requests_next(requests, loopback->now_ms)) {
		case REQUESTS_SEND:
			send_message(loopback, requests);
			break;
		case REQUESTS_WAIT:
			wait_for(loopback, requests);
			break;
		case REQUESTS_END:
			return requests->ended;
		}
	}
	fail_msg("no request ends");
	return NULL;
}

void loopback_run(struct loopback *loopback, struct requests *requests,
		  const struct request *request)
{
	while (loopback_next(loopback, requests) != request)
		;
}
