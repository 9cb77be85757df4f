/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The result of a change as the API tells it: parameters of replies and errors of io.cxlfm.Host.
 * Pure. Every function returns a new object, or NULL when there is no memory.
 */
#pragma once

#include <stdbool.h>

struct json_object;
struct refusal_list;
struct step;
struct step_exec;

/** outcome_wrap() - (outcome: Outcome); @outcome is taken over, NULL is a failed allocation */
struct json_object *outcome_wrap(struct json_object *outcome);

/** outcome_id_to_json() - (outcome: Outcome) with the id of a change that nobody waits for */
struct json_object *outcome_id_to_json(const char *change);

/** outcome_system_to_json() - the parameters of io.systemd.System; @error: a negative errno */
struct json_object *outcome_system_to_json(int error);

/**
 * outcome_progress_to_json() - (outcome: Outcome) with the step that is performed now
 * @late: the step takes longer than it may
 */
struct json_object *outcome_progress_to_json(const struct step_exec *exec, const struct step *step,
					     bool late);

/**
 * outcome_news_to_json() - (outcome: Outcome) with a text, and how far a change is
 * @exec: of the change; NULL where it has no steps yet
 */
struct json_object *outcome_news_to_json(const struct step_exec *exec, const char *text);

/** outcome_refusal_to_json() - the parameters of Refused and BadRequest */
struct json_object *outcome_refusal_to_json(const struct refusal_list *refusals);

/** outcome_text_to_json() - the parameters of HostUnread and StoreFailed: what is wrong */
struct json_object *outcome_text_to_json(const char *text);

/** outcome_error_to_json() - the same parameters, with the text of a negative errno */
struct json_object *outcome_error_to_json(int error);

/**
 * outcome_half_done() - turns the parameters of any error into those of Failed: the host has
 * changed
 * @code: for an error that has only a text
 *
 * Return: 0 or -ENOMEM.
 */
int outcome_half_done(struct json_object *parameters, const char *code);

/**
 * outcome_add_leftover() - adds what another execution has left over to the parameters of Failed
 *
 * Return: 0 or -ENOMEM.
 */
int outcome_add_leftover(struct json_object *parameters, const struct step_exec *exec);

/**
 * outcome_failure_to_json() - the parameters of Failed
 * @holders: the processes known to hold the memory, or NULL
 */
struct json_object *outcome_failure_to_json(const struct step_exec *exec,
					    const struct refusal_list *refusals,
					    struct json_object *holders);
