// SPDX-License-Identifier: GPL-2.0-only
/*
 * The draft that changes of memory share: the last change frees the draft, and no change before,
 * since the plan of the change under way points into the draft.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/claim/memory/memory-subject.h"
#include "test/lib/fake-host.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_client_who_leaves_the_queue_leaves_the_draft),
		cmocka_unit_test(what_a_client_has_begun_ends_the_draft),
		cmocka_unit_test(what_a_claim_was_refused_ends_the_draft),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
