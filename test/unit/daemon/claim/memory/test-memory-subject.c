// SPDX-License-Identifier: GPL-2.0-only
/*
 * The draft that changes of memory share: the last change frees the draft, and no change before,
 * since the plan of the change under way points into the draft. And the reasons of a refusal.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "change/change-entry.h"
#include "daemon/claim/memory/memory-subject.h"
#include "daemon/claim-kinds.h"
#include "test/lib/fake-host.h"
#include "test/unit/daemon/claim/claim-text.h"

static const struct fake_host host = { .bridges = 1, .devices = { 1 }, .ram_size = 1 << 30 };

static struct world_draft new_draft(void)
{
	struct world_draft draft = { .topology = fake_host_new(&host) };

	assert_non_null(draft.topology);
	return draft;
}

static void end(struct subject *subject, const struct change *change)
{
	assert_non_null(subject);
	subject->ops->ended(subject, change);
	(void)subject_free(subject);
}

/* The change waited for its turn while a claim was being mended. */
static void a_client_who_leaves_the_queue_leaves_the_draft(void **state)
{
	struct world_draft draft = new_draft();
	struct memory_request request = MEMORY_REQUEST_NULL;
	struct change change;

	(void)state;
	change_init(&change, &memory_lanes);
	change_leave(&change);
	assert_int_equal(change.result, CHANGE_UNWANTED);
	end(memory_subject_new(&request, &draft), &change);
	assert_non_null(draft.topology);
	change_deinit(&change);
	world_draft_deinit(&draft);
}

/* The draft lacks the effects of changes that do not mend claims. */
static void what_a_client_has_begun_ends_the_draft(void **state)
{
	const struct change change = { .begun = true, .result = CHANGE_DONE };
	struct world_draft draft = new_draft();
	struct memory_request request = MEMORY_REQUEST_NULL;

	(void)state;
	end(memory_subject_new(&request, &draft), &change);
	assert_null(draft.topology);
}

static void what_a_claim_was_refused_ends_the_draft(void **state)
{
	const struct change change = { .result = CHANGE_REFUSED };
	struct world_draft draft = new_draft();

	(void)state;
	end(memory_mending_new("alpha", CLAIM_REMEDY_MAKE, &draft, NULL, NULL), &change);
	assert_null(draft.topology);
}

/* Also of a remedy that changes nothing of the claim, and of a change that was cut short. */
static void a_change_names_its_claim(void **state)
{
	const struct change_entry left = { .object = "region0", .claim = "alpha" };
	const struct change_entry nobodys = { .object = "region0" };
	struct subject *subject =
		memory_mending_new("alpha", CLAIM_REMEDY_ENABLE, NULL, NULL, NULL);

	(void)state;
	assert_string_equal(subject->ops->claim(subject), "alpha");
	(void)subject_free(subject);
	subject = memory_leftover_new(&left, NULL);
	assert_string_equal(subject->ops->claim(subject), "alpha");
	(void)subject_free(subject);
	subject = memory_leftover_new(&nobodys, NULL);
	assert_null(subject->ops->claim(subject));
	(void)subject_free(subject);
}

static bool has_code(const struct refusal_list *refusals, const char *code)
{
	for (size_t i = 0; i < refusals->list.count; i++)
		if (strcmp(refusals->list.items[i].code, code) == 0)
			return true;
	return false;
}

/* A host without a window, and a name that is taken: the client has to know of both. */
static void reasons_of_plan_and_claim_are_told_at_once(void **state)
{
	static const struct {
		enum memory_request_kind kind;
		const char *claim, *region, *planner;
		bool taken;
	} cases[] = {
		{ MEMORY_CREATE_REGION, "alpha", NULL, "no-window", true },
		{ MEMORY_CREATE_REGION, "beta", NULL, "no-window", false },
		{ MEMORY_ADOPT_REGION, "alpha", "region9", "unknown-region", true },
		{ MEMORY_REMOVE_REGION, NULL, "region9", "unknown-region", false },
	};
	struct claim_table claims = CLAIM_TABLE_OF(&claim_kinds);
	struct claim claim = claim_of("{'name':'alpha','size':268435456}");
	struct topology *topology = fake_host_new(&host);
	const struct subject_view view = { .claims = &claims,
					   .world = { .topology = topology },
					   .owner = "uid:1000" };

	(void)state;
	assert_int_equal(claim_table_set(&claims, &claim, 1), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct memory_request request = MEMORY_REQUEST_NULL;
		struct change_stage stage;
		struct subject *subject;
		struct change change;

		request.kind = cases[i].kind;
		request.claim = cases[i].claim;
		request.region = cases[i].region;
		subject = memory_subject_new(&request, NULL);
		assert_non_null(subject);
		change_init(&change, &memory_lanes);
		change.is_fresh = true;
		assert_int_equal(subject->ops->plan(subject, &view, &change, &stage),
				 CHANGE_E_REFUSED);
		assert_true(has_code(&change.refusals, cases[i].planner));
		assert_int_equal(has_code(&change.refusals, "claim-exists"), cases[i].taken);
		change_deinit(&change);
		(void)subject_free(subject);
	}
	claim_table_deinit(&claims);
	(void)topology_free(topology);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_change_names_its_claim),
		cmocka_unit_test(reasons_of_plan_and_claim_are_told_at_once),
		cmocka_unit_test(a_client_who_leaves_the_queue_leaves_the_draft),
		cmocka_unit_test(what_a_client_has_begun_ends_the_draft),
		cmocka_unit_test(what_a_claim_was_refused_ends_the_draft),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
