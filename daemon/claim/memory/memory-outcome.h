/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The result of a change of memory: an Outcome of io.cxlfm.Host. Pure. Every function returns a new
 * object, or NULL when there is no memory.
 */
#pragma once

struct declared_diff;
struct json_object;
struct plan;
struct topology;

/**
 * memory_outcome() - of a plan that was carried out
 * @claim: the name of the claim that there is now, or NULL
 * @proof: a look at the region after the steps, or NULL
 */
struct json_object *memory_outcome(const struct plan *plan, const char *claim,
				   const struct topology *proof);

/** memory_outcome_of_claim() - of a change that no client has asked for; @claim may be NULL */
struct json_object *memory_outcome_of_claim(const char *claim);

/**
 * memory_outcome_dry_run() - of a plan that is told and not carried out, with the effect on claims
 * @then: the plan that follows, or NULL
 */
struct json_object *memory_outcome_dry_run(const struct plan *plan, struct json_object *then,
					   const struct declared_diff *claims);
