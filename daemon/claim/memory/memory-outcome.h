/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a change of memory came to: an Outcome of io.cxlfm.Host. Pure. Every function returns a new
 * object, or NULL when there is no memory.
 */
#pragma once

struct declared_diff;
struct json_object;
struct plan;
struct topology;

/**
 * memory_outcome() - of a plan that was carried out
 * @claim: the name of the claim that is now, or NULL
 * @proof: the host afterwards, or NULL
 */
struct json_object *memory_outcome(const struct plan *plan, const char *claim,
				   const struct topology *proof);

/** memory_outcome_of_claim() - of a change that nobody has asked for; @claim may be NULL */
struct json_object *memory_outcome_of_claim(const char *claim);

/**
 * memory_outcome_dry_run() - of a plan that is only told, with what becomes of claims
 * @then: the plan that follows, or NULL
 */
struct json_object *memory_outcome_dry_run(const struct plan *plan, struct json_object *then,
					   const struct declared_diff *claims);
