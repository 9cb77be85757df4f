/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The other end of a loopback: a switch with one vPPB, which binds in the background. Bind vPPB
 * (5201h) takes three seconds, and no Request Abort (0005h) ends it sooner. Get VCS Info (5200h)
 * answers one byte of enum small_switch_state, Get Log (0401h) the payload of its request, and
 * Background Operation Status (0002h) as the specification says.
 */
#pragma once

#include "test/lib/loopback.h"

#define SMALL_SWITCH_BIND_MS 3000

enum small_switch_state { SMALL_SWITCH_FREE, SMALL_SWITCH_BINDING, SMALL_SWITCH_BOUND };

/**
 * struct small_switch - the state of the switch, and how this switch differs from a correct one
 * @binds: binds that were begun
 * @bound_at_ms: the time at which the bind that was begun has ended; 0: none was begun
 * @busy_until_ms: until then somebody else's operation is running
 * @says_busy: how many binds are answered with `busy_code`, and are not begun
 * @refuses: a bind is answered with this return code
 * @fails: the operation ends with this return code
 * @does_nothing: a bind changes nothing
 * @forgets: the status tells of somebody else's operation that has ended
 * @shows_late: a vPPB that is being bound is shown as free
 * @falls_silent: nothing is answered from the bind on
 * @is_quick: a bind is answered when it has ended, without a background operation
 */
struct small_switch {
	unsigned int binds;
	uint64_t bound_at_ms;
	uint64_t busy_until_ms;
	unsigned int says_busy;
	uint16_t busy_code;
	uint16_t refuses;
	uint16_t fails;
	bool does_nothing;
	bool forgets;
	bool shows_late;
	bool falls_silent;
	bool is_quick;
};

/** small_switch_answer() - of a loopback whose userdata is a struct small_switch */
void small_switch_answer(struct loopback *loopback, const struct wire_message *message);

/** small_switch_state() - the state of the vPPB */
enum small_switch_state small_switch_state(const struct small_switch *small_switch,
					   uint64_t now_ms);

/** small_switch_judge() - struct request's judge() of a bind */
enum request_proof small_switch_judge(struct cci_bytes reply, void *userdata);
