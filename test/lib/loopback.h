/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A provider whose other end is a test's: a script of what has to be sent and what is answered, or
 * a function that answers. Time stands still until there is nothing else to do, and each message
 * can be made to meet a fault.
 */
#pragma once

#include "fabric/transport/provider.h"
#include "fabric/transport/requests.h"

/**
 * enum loopback_fault - what happens to a message and its reply
 * @LOOPBACK_LOSE_REQUEST: the other end never sees the message
 * @LOOPBACK_LOSE_REPLY: the reply does not come
 * @LOOPBACK_DELAY: the reply comes `delay_ms` later
 * @LOOPBACK_DUPLICATE: the reply comes twice, the second time `delay_ms` later
 * @LOOPBACK_FLIP: one bit of the reply's header is another one: `bit`
 * @LOOPBACK_SHORTEN: the reply lacks its last byte
 * @LOOPBACK_LENGTHEN: the reply has a byte more than it says
 * @LOOPBACK_FLOOD: a thousand messages of no use come before the reply
 * @LOOPBACK_CUT_BEFORE: the connection is lost before the message comes
 * @LOOPBACK_CUT_AFTER: ... before the reply comes
 */
enum loopback_fault {
	LOOPBACK_NO_FAULT,
	LOOPBACK_LOSE_REQUEST,
	LOOPBACK_LOSE_REPLY,
	LOOPBACK_DELAY,
	LOOPBACK_DUPLICATE,
	LOOPBACK_FLIP,
	LOOPBACK_SHORTEN,
	LOOPBACK_LENGTHEN,
	LOOPBACK_FLOOD,
	LOOPBACK_CUT_BEFORE,
	LOOPBACK_CUT_AFTER,
	LOOPBACK_FAULTS,
};

/* The time from the loss of a connection to the next one. */
#define LOOPBACK_RELINK_MS 300

/* One expectation: the message without its MCTP type, and the reply; NULL: there is none. */
struct loopback_line {
	const uint8_t *request;
	size_t request_size;
	const uint8_t *reply;
	size_t reply_size;
};

struct loopback;

/* The other end: may call loopback_reply() any number of times. */
typedef void (*loopback_answer_fn)(struct loopback *loopback, const struct wire_message *message);

struct loopback_delivery {
	uint64_t at_ms;
	uint8_t type;
	size_t size;
	uint8_t bytes[512];
};

/**
 * struct loopback - one endpoint
 * @now_ms: the time
 * @answer: the other end
 * @userdata: of the other end
 * @lines: of loopback_script()
 * @line_count: of @lines
 * @fault: what happens to the message with the number @fault_at
 * @fault_at: from 0
 * @delay_ms: of the faults that have one
 * @bit: of LOOPBACK_FLIP: the number of a bit of the header
 * @sent: messages that were sent
 * @linked_at_ms: the time of the next connection; UINT64_MAX: never
 */
struct loopback {
	struct provider provider;
	uint64_t now_ms;
	loopback_answer_fn answer;
	void *userdata;
	const struct loopback_line *lines;
	size_t line_count;
	enum loopback_fault fault;
	size_t fault_at;
	uint64_t delay_ms;
	unsigned int bit;
	size_t sent;
	uint64_t linked_at_ms;
	ARRAY(struct loopback_delivery) deliveries;
	struct loopback_delivery delivered;
};

/** loopback_init() - linked, without a fault; to be freed by provider_free(&loopback->provider) */
void loopback_init(struct loopback *loopback, loopback_answer_fn answer, void *userdata);

/** loopback_script() - a loopback that fails the test for a message that is not the next of @lines
 */
void loopback_script(struct loopback *loopback, const struct loopback_line *lines, size_t count);

/** loopback_reply() - @bytes come after @after_ms, but for what the fault makes of them */
void loopback_reply(struct loopback *loopback, uint8_t type, const uint8_t *bytes, size_t size,
		    uint64_t after_ms);

/** loopback_next() - drives the machine until a request has ended; fails the test if none ends */
struct request *loopback_next(struct loopback *loopback, struct requests *requests);

/** loopback_run() - ... until @request has ended */
void loopback_run(struct loopback *loopback, struct requests *requests,
		  const struct request *request);
