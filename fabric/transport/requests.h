/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The requests to one endpoint, from the first message to a certain end: a machine without I/O and
 * without a clock. The machine names its next task, its driver performs the task, and tells the
 * machine what came of it and what time it is.
 *
 * A CCI takes one command at a time, or as many as the endpoint's row says. No command is sent that
 * the endpoint does not support (support.h). A command with effects is the only one of its kind
 * under way, but for an abort, so there is at most one background operation that we have begun;
 * somebody else's is waited for. Each request has an absolute deadline.
 *
 *	reading:  COMMAND -> end
 *	effects:  [STATUS_BEFORE ->] COMMAND [-> STATUS_AFTER] [-> PROOF] -> end
 *
 * STATUS_BEFORE asks, for a command that may begin a background operation, whether another one is
 * running. RETRY and BUSY make the command wait and come again. STATUS_AFTER asks until the
 * operation has ended; only a status of our own opcode counts. PROOF reads back what the command
 * has changed, and decides: also when the reply was lost, when the connection was cut, and when the
 * status knows nothing. A command with effects is never sent twice, unless the endpoint has said
 * that it did not begin; a tunnel that has failed says nothing of the command within. A late reply
 * answers nothing (tags.h).
 */
#pragma once

#include "fabric/transport/exchange.h"
#include "fabric/transport/support.h"
#include "fabric/transport/tags.h"
#include "fabric/transport/wire-message.h"
#include "util/array.h"

/**
 * enum request_result - how a request has ended
 * @REQUEST_DONE: answered with success, or read back as it was wanted
 * @REQUEST_REFUSED: the endpoint has answered with `return_code`
 * @REQUEST_NOT_SHOWN: answered with success, and the read-back does not show it
 * @REQUEST_BUSY: the endpoint did not begin within the deadline (RETRY, BUSY, an operation of
 *	somebody else, `busy_with`): nothing was done
 * @REQUEST_SILENT: no reply came within the deadline
 * @REQUEST_OVERDUE: begun, and not ended within the deadline
 * @REQUEST_GARBLED: the reply is that of another command
 * @REQUEST_LOST: the connection was lost
 * @REQUEST_UNKNOWN: the command was sent, and what came of it can't be read back
 * @REQUEST_NOT_SENT: the transport has no room for the message
 */
enum request_result {
	REQUEST_DONE,
	REQUEST_REFUSED,
	REQUEST_NOT_SHOWN,
	REQUEST_BUSY,
	REQUEST_SILENT,
	REQUEST_OVERDUE,
	REQUEST_GARBLED,
	REQUEST_LOST,
	REQUEST_UNKNOWN,
	REQUEST_NOT_SENT,
};

/* What a read-back shows: what was wanted; something on its way there; neither. */
enum request_proof { PROOF_SHOWN, PROOF_PENDING, PROOF_NOT_SHOWN };

enum request_phase {
	REQUEST_QUEUED,
	REQUEST_STATUS_BEFORE,
	REQUEST_COMMAND,
	REQUEST_STATUS_AFTER,
	REQUEST_PROOF,
	REQUEST_ENDED,
};

/**
 * struct request - one command, and how it fares
 *
 * Set by the caller, the rest zero:
 * @opcode: of the command
 * @payload: of the command; outlives the request
 * @tunnel: the way to who is asked, from the endpoint on: `hops` and `hop`
 * @support: of who is asked; without a tunnel the endpoint's own counts
 * @estimate_ms: the time that the device tells for the command; 0: the time of the table
 * @proof: the command that reads back; without judge() there is none
 * @proof.judge: looks at the payload of the reply
 *
 * Results:
 * @result: with REQUEST_ENDED
 * @return_code: of the endpoint or of a tunnel, or of the background operation
 * @reply: of the command, or of the read-back, if that reply has ended the request; otherwise
 *	empty. Valid until the next message is received, or the connection is lost
 * @may_follow: the command may have an effect after this end
 * @percent: of a background operation of ours, as it is told
 * @busy_with: the opcode of somebody else's background operation that was waited for; or 0
 *
 * The machine's own:
 * @phase: where the request is
 * @verdict: what is known before the read-back
 * @effects: of the command: support_effects()
 * @deadline_ms: of the command
 * @proof_until_ms: of the read-back
 * @not_before_ms: the time of the next message
 * @tries: messages that were sent for the phase
 * @waits: for the reply to @exchange, until @reply_until_ms
 * @was_read: a read-back was judged
 */
struct request {
	uint16_t opcode;
	struct cci_bytes payload;
	struct cci_tunnel tunnel;
	const struct support *support;
	uint32_t estimate_ms;
	struct {
		uint16_t opcode;
		struct cci_bytes payload;
		enum request_proof (*judge)(struct cci_bytes reply, void *userdata);
		void *userdata;
	} proof;

	enum request_result result;
	uint16_t return_code;
	struct cci_bytes reply;
	bool may_follow;
	uint8_t percent;
	uint16_t busy_with;

	enum request_phase phase;
	enum request_result verdict;
	uint16_t effects;
	uint64_t deadline_ms;
	uint64_t proof_until_ms;
	uint64_t not_before_ms;
	unsigned int tries;
	bool waits;
	struct exchange exchange;
	uint64_t reply_until_ms;
	bool was_read;
};

/**
 * struct requests_counts - messages that answered nothing
 * @late: replies to nobody who waits, or to another command
 * @damaged: what is no message, or not as long as it says
 * @events: messages of the endpoint's own
 */
struct requests_counts {
	uint64_t late;
	uint64_t damaged;
	uint64_t events;
};

/**
 * enum requests_task - what the driver does next
 * @REQUESTS_SEND: send `message`, at once: requests_sent() or requests_lost()
 * @REQUESTS_WAIT: wait for a message until `until_ms`: requests_received(), and requests_next()
 * @REQUESTS_END: take `ended` back, which has come to its end
 */
enum requests_task { REQUESTS_SEND, REQUESTS_WAIT, REQUESTS_END };

/**
 * struct requests - the machine
 * @row: of the endpoint
 * @support: of the endpoint
 * @list: requests that have not ended, in the order of their coming
 * @linked: there is a connection
 * @began_operation: the endpoint has begun a background operation for us on this connection
 * @message: of REQUESTS_SEND
 * @sending: the request that @message is of
 * @until_ms: of REQUESTS_WAIT; UINT64_MAX when there is nothing to wait for but events
 * @ended: of REQUESTS_END
 */
struct requests {
	const struct endpoint_row *row;
	const struct support *support;
	ARRAY(struct request *) list;
	struct tags tags;
	bool linked;
	bool began_operation;
	struct requests_counts counts;
	uint8_t buffer[EXCHANGE_MESSAGE_MAX];
	struct wire_message message;
	struct request *sending;
	uint64_t until_ms;
	struct request *ended;
};

/**
 * requests_init() - no requests yet, and no connection
 * @row: outlives the machine
 * @support: of the endpoint; outlives the machine, and may change between requests
 */
void requests_init(struct requests *requests, const struct endpoint_row *row,
		   const struct support *support);

/** requests_deinit() - forgets all requests, which belong to their callers */
void requests_deinit(struct requests *requests);

/** requests_linked() - there is a connection (again) */
void requests_linked(struct requests *requests);

/**
 * requests_add() - one more request
 * @request: outlives the machine, or its own end
 *
 * Return: 0; -EOPNOTSUPP for a command, or a read-back, that the endpoint does not support;
 * -EMSGSIZE for a payload above EXCHANGE_PAYLOAD_MAX; -EINVAL for a command whose time nobody has
 * told; -ENOTCONN without a connection; -ENOMEM.
 */
int requests_add(struct requests *requests, struct request *request);

/** requests_next() - the next task */
enum requests_task requests_next(struct requests *requests, uint64_t now_ms);

/**
 * requests_sent() - after REQUESTS_SEND
 * @error: 0; or the negative errno for which nothing was sent of the message
 */
void requests_sent(struct requests *requests, int error, uint64_t now_ms);

/**
 * requests_received() - a message has come
 *
 * Return: true when the message is no reply, but an event that the endpoint tells.
 */
bool requests_received(struct requests *requests, const struct wire_message *message,
		       uint64_t now_ms);

/**
 * requests_lost() - the connection is lost
 *
 * Requests end that had no effect yet; those that may have had one wait for the next connection, to
 * be read back.
 */
void requests_lost(struct requests *requests, uint64_t now_ms);
