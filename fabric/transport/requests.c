// SPDX-License-Identifier: GPL-2.0-only
/*
 * The requests to one endpoint: which message is sent when, and what a reply leads to. Pure.
 */
#include "fabric/transport/requests.h"

#include <errno.h>
#include <string.h>

#include "fabric/cci/command.h"
#include "fabric/cci/return-code.h"
#include "fabric/cci/set-information.h"

#define STATUS 0x0002
/* Request Abort Background Operation */
#define ABORT 0x0005

/* Between two tries: from the time of a few replies up to the time in which a percentage moves. */
#define PACE_FIRST_MS	20
#define PACE_LONGEST_MS 2000

/* A read-back outlives the loss of two messages. */
#define PROOF_MS ((uint64_t)(3 * CCI_READING_MS))

void requests_init(struct requests *requests, const struct endpoint_row *row,
		   const struct support *support)
{
	*requests = (struct requests){ .row = row, .support = support };
}

void requests_deinit(struct requests *requests)
{
	ARRAY_FREE(&requests->list);
}

void requests_linked(struct requests *requests)
{
	requests->linked = true;
}

/* ---- what a request may ---- */

static const struct support_entry *entry_of(const struct requests *requests,
					    const struct request *request, uint16_t opcode)
{
	return support_find(request->tunnel.hops ? request->support : requests->support, opcode);
}

/* Is one such request at a time under way? */
static bool is_alone(const struct request *request)
{
	return request->effects != 0;
}

static uint32_t time_of(const struct request *request)
{
	const struct cci_command *command = cci_command_find(request->opcode);

	if (request->estimate_ms)
		return request->estimate_ms;
	return command ? command->deadline_ms : CCI_READING_MS;
}

static bool asks_before(const struct requests *requests, const struct request *request)
{
	return request->effects & CCI_EFFECT_BACKGROUND && entry_of(requests, request, STATUS) &&
	       (requests->row->early_status || requests->began_operation);
}

/* 0, or why there is no such message: too large, or by a way that the dialect does not have. */
static int message_error(const struct requests *requests, const struct request *request,
			 struct cci_bytes payload)
{
	const struct exchange exchange = { .payload = payload, .tunnel = request->tunnel };
	uint8_t buffer[EXCHANGE_MESSAGE_MAX];
	struct wire_message message;

	return exchange_write(&exchange, requests->row, buffer, &message);
}

int requests_add(struct requests *requests, struct request *request)
{
	const struct support_entry *entry = entry_of(requests, request, request->opcode);
	int rc;

	if (!requests->linked)
		return -ENOTCONN;
	if (!entry || (request->proof.judge && !entry_of(requests, request, request->proof.opcode)))
		return -EOPNOTSUPP;
	if (request->tunnel.hops && !requests->row->by_port &&
	    !support_find(requests->support, EXCHANGE_TUNNEL))
		return -EOPNOTSUPP;
	rc = message_error(requests, request, request->payload);
	if (rc == 0)
		rc = message_error(requests, request, request->proof.payload);
	if (rc < 0)
		return rc;
	if (time_of(request) == CCI_DEVICE_ESTIMATE)
		return -EINVAL;
	request->effects = support_effects(entry);
	request->phase = REQUEST_QUEUED;
	return ARRAY_APPEND(&requests->list, request);
}

/* ---- from phase to phase ---- */

static void enter(struct request *request, enum request_phase phase, uint64_t now_ms)
{
	request->phase = phase;
	request->tries = 0;
	request->not_before_ms = now_ms;
}

static void end(struct request *request, enum request_result result)
{
	request->phase = REQUEST_ENDED;
	request->result = result;
	if (result == REQUEST_DONE)
		request->may_follow = false;
}

/* The command is over, as far as the endpoint has told. */
static void conclude(struct request *request, enum request_result verdict, uint64_t now_ms)
{
	request->verdict = verdict;
	if (!request->proof.judge) {
		end(request, verdict);
		return;
	}
	request->proof_until_ms = now_ms + PROOF_MS;
	if (request->proof_until_ms < request->deadline_ms)
		request->proof_until_ms = request->deadline_ms;
	enter(request, REQUEST_PROOF, now_ms);
}

/* Nobody knows whether the command will still take effect, or did. */
static void conclude_open(struct request *request, enum request_result verdict, uint64_t now_ms)
{
	request->may_follow = is_alone(request);
	conclude(request, verdict, now_ms);
}

static void begin(const struct requests *requests, struct request *request, uint64_t now_ms)
{
	request->deadline_ms = now_ms + time_of(request);
	enter(request, asks_before(requests, request) ? REQUEST_STATUS_BEFORE : REQUEST_COMMAND,
	      now_ms);
}

static void pace(struct request *request, uint64_t now_ms)
{
	uint64_t delay = PACE_FIRST_MS;

	for (unsigned int i = 1; i < request->tries && delay < PACE_LONGEST_MS; i++)
		delay *= 2;
	request->not_before_ms = now_ms + (delay < PACE_LONGEST_MS ? delay : PACE_LONGEST_MS);
}

/* The endpoint has said that the command did not begin. */
static void come_again(const struct requests *requests, struct request *request, uint64_t now_ms)
{
	request->phase = asks_before(requests, request) ? REQUEST_STATUS_BEFORE : REQUEST_COMMAND;
	pace(request, now_ms);
}

static uint64_t limit(const struct request *request)
{
	return request->phase == REQUEST_PROOF ? request->proof_until_ms : request->deadline_ms;
}

/* ---- what was read back ---- */

/* A command of which the endpoint does not tell the end may be on its way yet. */
static bool is_open(enum request_result verdict)
{
	return verdict == REQUEST_SILENT || verdict == REQUEST_OVERDUE ||
	       verdict == REQUEST_GARBLED || verdict == REQUEST_LOST || verdict == REQUEST_UNKNOWN;
}

static void take_proof(struct request *request, struct cci_bytes reply, uint64_t now_ms)
{
	const enum request_proof proof = request->proof.judge(reply, request->proof.userdata);

	request->was_read = true;
	request->reply = reply;
	if (proof == PROOF_SHOWN)
		end(request, REQUEST_DONE);
	else if (proof == PROOF_PENDING || is_open(request->verdict))
		pace(request, now_ms);
	else
		end(request,
		    request->verdict == REQUEST_DONE ? REQUEST_NOT_SHOWN : request->verdict);
}

static void end_unread(struct request *request)
{
	end(request, request->verdict == REQUEST_REFUSED ? REQUEST_REFUSED : REQUEST_UNKNOWN);
}

/* What was wanted is not shown to the end. */
static void end_of_proof(struct request *request)
{
	if (!request->was_read) {
		end_unread(request);
		return;
	}
	if (request->verdict == REQUEST_DONE || request->verdict == REQUEST_UNKNOWN) {
		request->may_follow = true;
		request->verdict = REQUEST_OVERDUE;
	}
	end(request, request->verdict);
}

/* ---- replies ---- */

static bool is_busy(const struct exchange_reply *reply)
{
	return reply->return_code == CCI_RETRY || reply->return_code == CCI_BUSY;
}

/* The switch had an error of its own, before the command has gone through the tunnel or after. */
static bool was_lost_in_tunnel(const struct exchange_reply *reply)
{
	return reply->by_tunnel &&
	       (reply->return_code == CCI_RETRY || reply->return_code == CCI_INTERNAL_ERROR);
}

static bool read_status(const struct exchange_reply *reply,
			struct cci_background_status_reply *ret_status)
{
	return reply->return_code == CCI_SUCCESS &&
	       cci_background_status_reply_decode(reply->payload.data, reply->payload.size,
						  ret_status) == 0;
}

static void status_before(struct request *request, const struct exchange_reply *reply,
			  uint64_t now_ms)
{
	struct cci_background_status_reply status;

	if (is_busy(reply)) {
		pace(request, now_ms);
	} else if (read_status(reply, &status) && status.running) {
		request->busy_with = status.opcode;
		pace(request, now_ms);
	} else {
		request->phase = REQUEST_COMMAND;
		request->not_before_ms = now_ms;
	}
}

static void command(struct requests *requests, struct request *request,
		    const struct exchange_reply *reply, uint64_t now_ms)
{
	if (is_alone(request) && was_lost_in_tunnel(reply)) {
		request->return_code = reply->return_code;
		conclude_open(request, REQUEST_UNKNOWN, now_ms);
		return;
	}
	if (is_busy(reply)) {
		come_again(requests, request, now_ms);
		return;
	}
	request->return_code = reply->return_code;
	request->reply = reply->payload;
	if (reply->return_code == CCI_SUCCESS) {
		conclude(request, REQUEST_DONE, now_ms);
	} else if (reply->return_code != CCI_BACKGROUND_STARTED) {
		conclude(request, REQUEST_REFUSED, now_ms);
	} else if (entry_of(requests, request, STATUS)) {
		requests->began_operation = true;
		enter(request, REQUEST_STATUS_AFTER, now_ms);
	} else {
		conclude_open(request, REQUEST_UNKNOWN, now_ms);
	}
}

static void status_after(struct request *request, const struct exchange_reply *reply,
			 uint64_t now_ms)
{
	struct cci_background_status_reply status;

	if (is_busy(reply)) {
		pace(request, now_ms);
	} else if (!read_status(reply, &status) || status.opcode != request->opcode) {
		conclude_open(request, REQUEST_UNKNOWN, now_ms);
	} else if (status.running) {
		request->percent = status.percent;
		pace(request, now_ms);
	} else {
		request->return_code = status.return_code;
		conclude(request,
			 status.return_code == CCI_SUCCESS ? REQUEST_DONE : REQUEST_REFUSED,
			 now_ms);
	}
}

static void proof(struct request *request, const struct exchange_reply *reply, uint64_t now_ms)
{
	if (is_busy(reply))
		pace(request, now_ms);
	else if (reply->return_code != CCI_SUCCESS)
		end_unread(request);
	else
		take_proof(request, reply->payload, now_ms);
}

static void replied(struct requests *requests, struct request *request,
		    const struct exchange_reply *reply, uint64_t now_ms)
{
	switch (request->phase) {
	case REQUEST_STATUS_BEFORE:
		status_before(request, reply, now_ms);
		break;
	case REQUEST_COMMAND:
		command(requests, request, reply, now_ms);
		break;
	case REQUEST_STATUS_AFTER:
		status_after(request, reply, now_ms);
		break;
	case REQUEST_PROOF:
		proof(request, reply, now_ms);
		break;
	case REQUEST_QUEUED:
	case REQUEST_ENDED:
		break;
	}
	/* The next message may lie where this one lies. */
	if (request->phase != REQUEST_ENDED)
		request->reply = (struct cci_bytes){ NULL, 0 };
}

/* ---- no reply ---- */

/* The reply to the message at hand did not come, for @verdict. */
static void unanswered(struct request *request, enum request_result verdict, uint64_t now_ms)
{
	switch (request->phase) {
	case REQUEST_STATUS_BEFORE:
		end(request, verdict);
		break;
	case REQUEST_COMMAND:
		conclude_open(request, verdict, now_ms);
		break;
	case REQUEST_STATUS_AFTER:
	case REQUEST_PROOF:
		pace(request, now_ms);
		break;
	case REQUEST_QUEUED:
	case REQUEST_ENDED:
		break;
	}
}

/* The time of a phase is over, and no message of the phase is on its way. */
static void overdue(struct request *request, uint64_t now_ms)
{
	switch (request->phase) {
	case REQUEST_STATUS_BEFORE:
	case REQUEST_COMMAND:
		end(request, REQUEST_BUSY);
		break;
	case REQUEST_STATUS_AFTER:
		conclude_open(request, REQUEST_OVERDUE, now_ms);
		break;
	case REQUEST_PROOF:
		end_of_proof(request);
		break;
	case REQUEST_QUEUED:
	case REQUEST_ENDED:
		break;
	}
}

static void look_at_time(struct requests *requests, struct request *request, uint64_t now_ms)
{
	if (request->waits && request->reply_until_ms <= now_ms) {
		request->waits = false;
		tags_rest(&requests->tags, request->exchange.tag, now_ms);
		unanswered(request, REQUEST_SILENT, now_ms);
	}
	if (request->phase != REQUEST_QUEUED && !request->waits && limit(request) <= now_ms)
		overdue(request, now_ms);
}

/* ---- what next? ---- */

static size_t waiting(const struct requests *requests)
{
	size_t count = 0;

	for (size_t i = 0; i < requests->list.count; i++)
		count += requests->list.items[i]->waits;
	return count;
}

static bool may_begin(const struct requests *requests, const struct request *request)
{
	/* An abort would come too late once the operation has ended. */
	if (!is_alone(request) || request->opcode == ABORT)
		return true;
	for (size_t i = 0; i < requests->list.count; i++) {
		const struct request *other = requests->list.items[i];

		if (is_alone(other) && other->phase != REQUEST_QUEUED)
			return false;
	}
	return true;
}

static bool is_due(const struct requests *requests, struct request *request, uint64_t now_ms)
{
	if (request->phase == REQUEST_QUEUED && may_begin(requests, request))
		begin(requests, request, now_ms);
	return request->phase != REQUEST_QUEUED && !request->waits &&
	       request->not_before_ms <= now_ms;
}

static struct exchange exchange_of(const struct request *request, uint8_t tag)
{
	struct exchange exchange = { .opcode = STATUS, .tunnel = request->tunnel, .tag = tag };

	if (request->phase == REQUEST_COMMAND) {
		exchange.opcode = request->opcode;
		exchange.payload = request->payload;
	} else if (request->phase == REQUEST_PROOF) {
		exchange.opcode = request->proof.opcode;
		exchange.payload = request->proof.payload;
	}
	return exchange;
}

static void make_message(struct requests *requests, struct request *request, uint8_t tag,
			 uint64_t now_ms)
{
	request->exchange = exchange_of(request, tag);
	request->tries++;
	request->reply_until_ms =
		request->phase == REQUEST_COMMAND ? request->deadline_ms : now_ms + CCI_READING_MS;
	/* requests_add() has tried. */
	(void)exchange_write(&request->exchange, requests->row, requests->buffer,
			     &requests->message);
	request->waits = true;
	requests->sending = request;
}

static bool make_next_message(struct requests *requests, uint64_t now_ms)
{
	int tag;

	if (!requests->linked || waiting(requests) >= requests->row->depth)
		return false;
	for (size_t i = 0; i < requests->list.count; i++) {
		struct request *request = requests->list.items[i];

		if (!is_due(requests, request, now_ms))
			continue;
		tag = tags_take(&requests->tags, now_ms);
		if (tag < 0)
			return false;
		make_message(requests, request, (uint8_t)tag, now_ms);
		return true;
	}
	return false;
}

static void sooner(uint64_t *until_ms, uint64_t time_ms)
{
	if (time_ms < *until_ms)
		*until_ms = time_ms;
}

/* The time at which requests_next() will have another answer, if no message comes before. */
static uint64_t next_time(const struct requests *requests, uint64_t now_ms)
{
	const uint64_t tag_free_ms = tags_free_at(&requests->tags, now_ms);
	uint64_t until_ms = UINT64_MAX;

	for (size_t i = 0; i < requests->list.count; i++) {
		const struct request *request = requests->list.items[i];

		if (request->waits) {
			sooner(&until_ms, request->reply_until_ms);
		} else if (request->phase != REQUEST_QUEUED) {
			sooner(&until_ms, limit(request));
			if (request->not_before_ms > now_ms)
				sooner(&until_ms, request->not_before_ms);
		}
	}
	if (tag_free_ms)
		sooner(&until_ms, tag_free_ms);
	return until_ms;
}

static bool take_ended(struct requests *requests)
{
	for (size_t i = 0; i < requests->list.count; i++) {
		struct request **place = &requests->list.items[i];

		if ((*place)->phase != REQUEST_ENDED)
			continue;
		requests->ended = *place;
		requests->list.count--;
		memmove(place, place + 1, (requests->list.count - i) * sizeof(*place));
		return true;
	}
	return false;
}

enum requests_task requests_next(struct requests *requests, uint64_t now_ms)
{
	for (size_t i = 0; i < requests->list.count; i++)
		look_at_time(requests, requests->list.items[i], now_ms);
	if (take_ended(requests))
		return REQUESTS_END;
	if (make_next_message(requests, now_ms))
		return REQUESTS_SEND;
	requests->until_ms = next_time(requests, now_ms);
	return REQUESTS_WAIT;
}

/* ---- what came of it ---- */

void requests_sent(struct requests *requests, int error, uint64_t now_ms)
{
	struct request *request = requests->sending;

	requests->sending = NULL;
	if (error == 0)
		return;
	request->waits = false;
	tags_release(&requests->tags, request->exchange.tag);
	if (request->phase == REQUEST_PROOF)
		end_unread(request);
	else if (request->phase == REQUEST_STATUS_AFTER)
		conclude_open(request, REQUEST_UNKNOWN, now_ms);
	else
		end(request, REQUEST_NOT_SENT);
}

static void count(struct requests *requests, enum exchange_answer answer)
{
	if (answer == EXCHANGE_EVENT)
		requests->counts.events++;
	else if (answer == EXCHANGE_DAMAGED)
		requests->counts.damaged++;
	else
		requests->counts.late++;
}

bool requests_received(struct requests *requests, const struct wire_message *message,
		       uint64_t now_ms)
{
	/* Also where nobody waits, an event is to be told from the rest. */
	const struct exchange nobody = { .opcode = 0 };
	struct exchange_reply reply = { .return_code = 0 };
	enum exchange_answer answer = exchange_read(&nobody, requests->row, message, &reply);

	for (size_t i = 0; i < requests->list.count; i++) {
		struct request *request = requests->list.items[i];

		if (!request->waits)
			continue;
		answer = exchange_read(&request->exchange, requests->row, message, &reply);
		if (answer != EXCHANGE_REPLY && answer != EXCHANGE_GARBLED)
			continue;
		request->waits = false;
		tags_release(&requests->tags, request->exchange.tag);
		if (answer == EXCHANGE_REPLY)
			replied(requests, request, &reply, now_ms);
		else
			unanswered(request, REQUEST_GARBLED, now_ms);
		return false;
	}
	count(requests, answer);
	return answer == EXCHANGE_EVENT;
}

static void lose(struct requests *requests, struct request *request, uint64_t now_ms)
{
	const bool waited = request->waits;

	if (waited)
		tags_rest(&requests->tags, request->exchange.tag, now_ms);
	request->waits = false;
	if (request->phase == REQUEST_COMMAND && waited)
		conclude_open(request, REQUEST_LOST, now_ms);
	else if (request->phase == REQUEST_QUEUED || request->phase == REQUEST_STATUS_BEFORE ||
		 request->phase == REQUEST_COMMAND)
		end(request, REQUEST_LOST);
	else
		request->not_before_ms = now_ms;
}

void requests_lost(struct requests *requests, uint64_t now_ms)
{
	requests->linked = false;
	requests->sending = NULL;
	/* What comes again may have been started anew. */
	requests->began_operation = false;
	for (size_t i = 0; i < requests->list.count; i++)
		lose(requests, requests->list.items[i], now_ms);
}
