// SPDX-License-Identifier: GPL-2.0-only
/*
 * A second kind of claim beside memory: lamp/ is its folder, and `kinds` its line of the registry.
 * Its claims are stored, listed, observed, mended, changed and ended by the code of all claims.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/claim/claim-asking.h"
#include "daemon/claim/claim-store.h"
#include "daemon/claim/declared-state.h"
#include "daemon/claim/memory/memory-request.h"
#include "daemon/claim/memory/memory-kind.h"
#include "daemon/claim/memory/memory-plan.h"
#include "daemon/claim/subject.h"
#include "daemon/claim/wish-list.h"
#include "daemon/observe/world-draft.h"
#include "test/lib/fake-host.h"
#include "test/lib/lamp.h"
#include "test/unit/daemon/claim/claim-text.h"
#include "test/unit/daemon/claim/lamp/lamp-claim.h"
#include "util/cleanup.h"
#include "util/size.h"

static const struct claim_kind *const both[] = { &memory_kind, &lamp_claims };
static const struct claim_kinds kinds = { both, ARRAY_SIZE(both) };

static const struct fake_host host = {
	.bridges = 1,
	.devices = { LAMP_COUNT + 1 },
	.ram_size = 256 * SIZE_MIB,
	.windows = 1,
	.window = { { { 0 }, 1, 4 * SIZE_GIB, 1024, true, false } },
};

#define BOOT  "0f7f1a5e-7d7c-4a53-9d11-6d1b3c1f3a10"
#define PLACE "pci0000:40/0000:40:01.0/0000:48:00.0"

/* A host with lamps, and a daemon that knows claims on lamps. */
struct scene {
	struct topology *start;
	struct fake_kernel *kernel;
	struct lamps lamps;
	struct store *store;
	struct claim_table claims;
	struct world_draft draft;
	struct causes causes;
	uint64_t look;
	uint64_t now_ms;
	char mended[CLAIM_NAME_MAX + 1];
};

static int setup(void **state)
{
	struct scene *scene = test_calloc(1, sizeof(*scene));

	scene->start = fake_host_new(&host);
	assert_non_null(scene->start);
	scene->kernel = fake_kernel_new(scene->start);
	assert_non_null(scene->kernel);
	lamps_init(&scene->lamps, scene->kernel, scene->start);
	assert_int_equal(store_memory_new(&scene->store), 0);
	scene->claims = CLAIM_TABLE_OF(&kinds);
	scene->now_ms = 1000;
	*state = scene;
	return 0;
}

static int teardown(void **state)
{
	struct scene *scene = *state;

	claim_table_deinit(&scene->claims);
	world_draft_deinit(&scene->draft);
	causes_deinit(&scene->causes);
	scene->store->ops->free(scene->store);
	(void)fake_kernel_free(scene->kernel);
	(void)topology_free(scene->start);
	test_free(scene);
	return 0;
}

/* ---- a change, as an engine carries it out ---- */

struct work {
	struct scene *scene;
	struct subject *subject;
	struct change change;
	struct topology *look;
	int error;
	uint64_t revision;
};

static struct world world_of(const struct scene *scene, const struct topology *topology)
{
	return (struct world){
		.topology = topology, .boot = BOOT, .causes = &scene->causes, .look = scene->look
	};
}

static void plan(struct work *work)
{
	struct subject_view view = { .claims = &work->scene->claims,
				     .world = world_of(work->scene, work->look),
				     .owner = "uid:7" };
	struct change_stage stage = { .steps = NULL };
	int rc = work->subject->ops->plan(work->subject, &view, &work->change, &stage);

	change_planned(&work->change, rc, &stage);
}

static void perform(struct work *work)
{
	const struct step step = change_step(&work->change);
	struct step_result result;

	(void)step_perform(&lamps_ops, &work->scene->lamps, &step, UINT64_MAX, &result);
	(void)change_performed(&work->change, result.error, result.wrote, false);
}

static void on_commit(void *userdata, int error, uint64_t revision)
{
	struct work *work = userdata;

	work->error = error;
	work->revision = revision;
}

static void close_stage(struct work *work)
{
	struct store *store = work->scene->store;
	const struct subject_ops *ops = work->subject->ops;
	struct store_change change;
	int rc = ops->close(work->subject, &work->change, &work->scene->claims, &change);

	assert_true(rc >= 0);
	if (rc) {
		assert_int_equal(
			store->ops->commit(store, &change, 1, STORE_QUICK, on_commit, work), 0);
		store->ops->dispatch(store);
		assert_int_equal(work->error, 0);
	}
	assert_int_equal(
		ops->closed(work->subject, &work->change, &work->scene->claims, work->revision), 0);
	change_closed(&work->change, 0, NULL);
}

static void do_task(struct work *work)
{
	struct world world;

	switch (work->change.task) {
	case CHANGE_WAIT:
		change_waited(&work->change);
		return;
	case CHANGE_LOOK:
	case CHANGE_ASK:
		(void)topology_free(work->look);
		work->look = fake_kernel_snapshot(work->scene->kernel);
		assert_non_null(work->look);
		world = world_of(work->scene, work->look);
		if (work->change.task == CHANGE_LOOK)
			change_looked(&work->change, 0);
		else
			(void)change_asked(&work->change, 0, &world);
		return;
	case CHANGE_PLAN:
		plan(work);
		return;
	case CHANGE_NOTE:
		change_noted(&work->change, 0);
		return;
	case CHANGE_STEP:
		perform(work);
		return;
	case CHANGE_PROVE:
		change_proved(&work->change, true);
		return;
	case CHANGE_CLOSE:
		close_stage(work);
		return;
	case CHANGE_INQUIRE:
	case CHANGE_SETTLE:
	case CHANGE_READ:
	case CHANGE_RECEIPT:
	case CHANGE_AWAIT:
	case CHANGE_RETURN:
	case CHANGE_END:
		break;
	}
	fail_msg("task %d", (int)work->change.task);
}

static enum change_result run(struct scene *scene, struct subject *subject)
{
	struct work work = { .scene = scene, .subject = subject };
	enum change_result result;

	assert_non_null(subject);
	change_init(&work.change, subject->ops->lanes(subject));
	work.change.performs = true;
	work.change.notes = true;
	while (work.change.task != CHANGE_END)
		do_task(&work);
	subject->ops->ended(subject, &work.change);
	result = work.change.result;
	change_deinit(&work.change);
	(void)subject_free(subject);
	(void)topology_free(work.look);
	return result;
}

static enum change_result ask(struct scene *scene, enum claim_verb verb, const char *text)
{
	_cleanup_json_ struct json_object *parameters = json_of(text);
	struct refusal_list problems = REFUSAL_LIST_NULL;
	struct claim_asking asking = CLAIM_ASKING_NULL;

	assert_int_equal(claim_asking_from_json(verb, &kinds, parameters, &problems, &asking), 0);
	refusal_list_deinit(&problems);
	return run(scene, claim_ask(&asking, &scene->claims, &scene->draft));
}

static void observe(struct scene *scene)
{
	_cleanup_topology_ struct topology *look = fake_kernel_snapshot(scene->kernel);
	struct world world;

	scene->look++;
	world = world_of(scene, look);
	assert_non_null(look);
	assert_int_equal(claim_table_observe(&scene->claims, &world, scene->now_ms, scene->now_ms),
			 0);
}

static const struct claim_state *state_of(const struct scene *scene, const char *name,
					  enum claim_condition condition)
{
	return &claim_table_find(&scene->claims, name)->sight.states[condition];
}

#define DESK "{'claim':{'name':'desk','kind':'lamp','lamp':'lamp0'}}"

/* ---- tests ---- */

static void on_loaded(void *userdata, int error)
{
	assert_int_equal(error, 0);
}

static size_t count_stored(const struct scene *scene, const struct claim_kinds *known)
{
	const struct log quiet = { LOG_LEVEL_ERROR - 1, "test" };
	struct claim_table table = CLAIM_TABLE_OF(known);
	_cleanup_json_ struct json_object *known_json = NULL, *stored_json = NULL;
	size_t count;

	assert_int_equal(claim_store_load(scene->store, &table, &quiet, on_loaded, NULL), 0);
	scene->store->ops->dispatch(scene->store);
	count = table.records.count;
	for (size_t i = 0; i < count; i++) {
		known_json = claim_to_json(&scene->claims.records.items[i]->claim);
		stored_json = claim_to_json(&table.records.items[i]->claim);
		assert_true(json_object_equal(known_json, stored_json));
		(void)json_object_put(TAKE_PTR(known_json));
		(void)json_object_put(TAKE_PTR(stored_json));
	}
	claim_table_deinit(&table);
	return count;
}

static void a_claim_is_stored_and_listed(void **state)
{
	static const struct claim_kind *const old[] = { &memory_kind };
	static const struct claim_kinds older = { old, 1 };
	struct scene *scene = *state;
	_cleanup_json_ struct json_object *shown = NULL;
	struct json_object *conditions;

	assert_int_equal(ask(scene, CLAIM_WANT, DESK), CHANGE_DONE);
	assert_int_equal(lamps_lit(&scene->lamps), 1);
	assert_int_equal(count_stored(scene, &kinds), 1);
	/* A version that does not know the kind says the same of the claim. */
	assert_int_equal(count_stored(scene, &older), 1);

	observe(scene);
	shown = claim_record_to_json(claim_table_find(&scene->claims, "desk"));
	assert_true(json_object_object_get_ex(shown, "conditions", &conditions));
	assert_int_equal(json_object_array_length(conditions), CLAIM_CONDITION_COUNT);
	json_object_object_del(shown, "conditions");
	assert_json(shown, "{'name':'desk','kind':'lamp','lamp':'lamp0','drift':'mend',"
			   "'owner':'uid:7','serial':1,'shines':'lamp0'}");
	assert_true(state_of(scene, "desk", CLAIM_ONLINE)->holds);
	assert_string_equal(state_of(scene, "desk", CLAIM_ONLINE)->reason, "AsBright");
}

static void on_mended(void *userdata, const char *claim, const char *failure, bool held)
{
	struct scene *scene = userdata;

	assert_null(failure);
	assert_false(held);
	(void)snprintf(scene->mended, sizeof(scene->mended), "%s", claim);
}

/* Mends the claim whose turn it is. */
static bool mend(struct scene *scene)
{
	uint64_t wake_ms;
	struct claim_record *record =
		claim_table_next(&scene->claims, NULL, scene->now_ms, &wake_ms);

	if (!record)
		return false;
	assert_int_equal(run(scene, claim_mend(&scene->claims, record->claim.name, record->remedy,
					       &scene->draft, on_mended, scene)),
			 CHANGE_DONE);
	return true;
}

/* Somebody put the lamp out: that person is given time, and then the lamp is lit again. */
static void drift_is_mended(void **state)
{
	struct scene *scene = *state;

	assert_int_equal(ask(scene, CLAIM_WANT, DESK), CHANGE_DONE);
	observe(scene);
	lamps_switch(&scene->lamps, 0, false);
	observe(scene);
	assert_string_equal(state_of(scene, "desk", CLAIM_ONLINE)->reason, "WentOut");
	assert_false(mend(scene));
	scene->now_ms += CLAIM_DELAY_MS;
	assert_true(mend(scene));
	assert_string_equal(scene->mended, "desk");
	assert_int_equal(lamps_lit(&scene->lamps), 1);
	observe(scene);
	assert_true(state_of(scene, "desk", CLAIM_ONLINE)->holds);
}

static void drift_is_left(void **state)
{
	struct scene *scene = *state;

	assert_int_equal(ask(scene, CLAIM_WANT,
			     "{'claim':{'name':'desk','kind':'lamp','lamp':'lamp0',"
			     "'drift':'leave'}}"),
			 CHANGE_DONE);
	observe(scene);
	lamps_switch(&scene->lamps, 0, false);
	observe(scene);
	assert_true(claim_state_is(state_of(scene, "desk", CLAIM_STALLED), CLAIM_LEFT_ALONE));
	scene->now_ms += CLAIM_DELAY_MAX_MS;
	assert_false(mend(scene));
}

/* The lamp's device was taken out: that is no drift, and the claim is mended at once. */
static void what_befalls_its_device_is_no_drift(void **state)
{
	const struct uevent_news news = { UEVENT_REMOVED, PLACE, strlen(PLACE) };
	struct scene *scene = *state;
	_cleanup_topology_ struct topology *known = topology_new();
	struct topo_memdev *memdev = topology_add_memdev(known, "mem4");

	memdev->serial = 1;
	memdev->host_path = PLACE;
	assert_int_equal(ask(scene, CLAIM_WANT,
			     "{'claim':{'name':'desk','kind':'lamp','lamp':'lamp0',"
			     "'drift':'leave'}}"),
			 CHANGE_DONE);
	observe(scene);
	lamps_switch(&scene->lamps, 0, false);
	assert_int_equal(causes_hear(&scene->causes, &news, known, scene->now_ms, scene->look), 1);
	observe(scene);
	assert_true(claim_state_is(state_of(scene, "desk", CLAIM_STALLED), CLAIM_DEVICE_REMOVED));
	assert_string_equal(state_of(scene, "desk", CLAIM_STALLED)->text,
			    "the bulb with the serial number 0x1 was taken out");
	assert_true(mend(scene));
	assert_int_equal(lamps_lit(&scene->lamps), 1);
}

static int compare(struct scene *scene, const char *text, struct refusal_list *problems,
		   struct json_object **ret_changes)
{
	_cleanup_json_ struct json_object *document = json_of(text);
	struct declared_state declared = DECLARED_STATE_NULL;
	struct declared_diff diff = DECLARED_DIFF_NULL;
	const struct claim *stored[8];
	int rc;

	for (size_t i = 0; i < scene->claims.records.count; i++)
		stored[i] = &scene->claims.records.items[i]->claim;
	assert_int_equal(declared_state_from_json(&kinds, document, problems, &declared), 0);
	rc = declared_state_diff(stored, scene->claims.records.count, &declared, problems, &diff);
	if (rc == 0)
		*ret_changes = declared_diff_to_json(&diff);
	declared_diff_deinit(&diff);
	declared_state_deinit(&declared);
	return rc;
}

/* Works off the differences of a declared state. */
static void apply(struct scene *scene, const char *text, const char *expected)
{
	struct refusal_list problems = REFUSAL_LIST_NULL;
	_cleanup_json_ struct json_object *changes = NULL;
	struct wish_list list = WISH_LIST_NULL;

	assert_int_equal(compare(scene, text, &problems, &changes), 0);
	assert_json(changes, expected);
	assert_int_equal(wish_list_add(&list, changes), 0);
	while (wish_list_at(&list)) {
		struct claim_asking asking = CLAIM_ASKING_NULL;

		assert_int_equal(wish_list_ask(&list, &kinds, &asking), 0);
		assert_int_equal(run(scene, claim_ask(&asking, &scene->claims, &scene->draft)),
				 CHANGE_DONE);
		wish_list_tell(&list, NULL, NULL);
	}
	wish_list_deinit(&list);
}

#define WISH(more) "'name':'desk','kind':'lamp','lamp':'lamp0','drift':'mend'" more

static void a_state_is_applied(void **state)
{
	struct scene *scene = *state;

	apply(scene, "{'claims':[{" WISH("") "}]}",
	      "[{'action':'make','name':'desk','claim':{" WISH("") "}}]");
	assert_int_equal(lamps_lit(&scene->lamps), 1);
	apply(scene, "{'claims':[{" WISH(",'dark':true") "}]}",
	      "[{'action':'change','name':'desk','changes':{'dark':{'from':null,'to':true}},"
	      "'claim':{" WISH(",'dark':true") "}}]");
	assert_int_equal(lamps_lit(&scene->lamps), 0);
	assert_int_equal(count_stored(scene, &kinds), 1);
	apply(scene, "{'claims':[]}", "[{'action':'remove','name':'desk'}]");
	assert_int_equal(scene->claims.records.count, 0);
	assert_int_equal(count_stored(scene, &kinds), 0);
}

static void a_claim_ends_with_or_without_its_light(void **state)
{
	struct scene *scene = *state;

	assert_int_equal(ask(scene, CLAIM_WANT, DESK), CHANGE_DONE);
	assert_int_equal(ask(scene, CLAIM_FORGET, "{'claim':'desk'}"), CHANGE_DONE);
	assert_int_equal(lamps_lit(&scene->lamps), 1);
	assert_null(claim_table_find(&scene->claims, "desk"));
	assert_int_equal(ask(scene, CLAIM_WANT, DESK), CHANGE_DONE);
	assert_int_equal(ask(scene, CLAIM_END, "{'claim':'desk'}"), CHANGE_DONE);
	assert_int_equal(lamps_lit(&scene->lamps), 0);
	assert_int_equal(count_stored(scene, &kinds), 0);
}

/* Two claims want the same lamp: the later claim has it, in whatever order the claims are read. */
static void what_was_given_last_is_one_claims_alone(void **state)
{
	struct scene *scene = *state;
	const struct claim_kind *kind = &lamp_claims;

	assert_int_equal(ask(scene, CLAIM_WANT, DESK), CHANGE_DONE);
	assert_int_equal(
		ask(scene, CLAIM_WANT, "{'claim':{'name':'bed','kind':'lamp','lamp':'lamp0'}}"),
		CHANGE_DONE);
	assert_null(kind->given(&claim_table_find(&scene->claims, "desk")->claim));
	assert_string_equal(kind->given(&claim_table_find(&scene->claims, "bed")->claim), "serial");
}

/* A name belongs to a claim of one kind, whichever kind a call asks for. */
static void kinds_are_not_mixed_up(void **state)
{
	struct scene *scene = *state;
	_cleanup_topology_ struct topology *look = fake_kernel_snapshot(scene->kernel);
	const struct world world = world_of(scene, look);
	_cleanup_json_ struct json_object *changes = NULL;
	struct refusal_list problems = REFUSAL_LIST_NULL;
	struct memory_request request = MEMORY_REQUEST_NULL;
	struct plan memory = PLAN_NULL;
	struct claim claim;

	assert_int_equal(ask(scene, CLAIM_WANT, DESK), CHANGE_DONE);
	assert_int_equal(compare(scene, "{'claims':[{'name':'desk','size':268435456}]}", &problems,
				 &changes),
			 CLAIM_E_BAD);
	assert_string_equal(problems.list.items[0].code, "claim-exists");
	assert_string_equal(problems.list.items[0].text,
			    "desk is a claim of the kind lamp, and not of the kind memory");
	refusal_list_deinit(&problems);
	assert_int_equal(ask(scene, CLAIM_WANT, "{'claim':{'name':'desk','size':268435456}}"),
			 CHANGE_REFUSED);
	request.kind = MEMORY_REMOVE_REGION;
	request.claim = "desk";
	assert_int_equal(memory_plan_change(&scene->claims, &world, &request, &memory),
			 PLAN_E_REFUSED);
	assert_string_equal(memory.refusals.list.items[0].code, "claim-exists");
	plan_deinit(&memory);
	assert_int_equal(lamps_lit(&scene->lamps), 1);

	/* And the other way about. */
	claim = claim_of("{'name':'db','size':268435456}");
	assert_int_equal(claim_table_set(&scene->claims, &claim, 9), 0);
	assert_int_equal(
		ask(scene, CLAIM_WANT, "{'claim':{'name':'db','kind':'lamp','lamp':'lamp1'}}"),
		CHANGE_REFUSED);
	assert_int_equal(lamps_lit(&scene->lamps), 1);
	assert_ptr_equal(claim_table_find(&scene->claims, "db")->claim.kind, &memory_kind);
}

/* New claims of both kinds have names of their own. */
static void new_names_tell_the_kind(void **state)
{
	const struct scene *scene = *state;
	char name[CLAIM_NAME_MAX + 1];

	claim_table_new_name(&scene->claims, &lamp_claims, name);
	assert_string_equal(name, "lamp-1");
	claim_table_new_name(&scene->claims, &memory_kind, name);
	assert_string_equal(name, "memory-1");
}

/* The claim of the entry was never made; or an earlier daemon, which knew one kind, wrote the
 * entry. */
static void what_a_crash_has_left_is_of_its_kind(void **state)
{
	static const struct {
		const char *kind, *claim, *is_of;
	} cases[] = {
		{ "lamp", "light", "lamp" },
		{ NULL, "light", NULL },
		{ NULL, "stored", "lamp" },
		{ "memory", "light", NULL },
	};
	struct scene *scene = *state;
	_cleanup_json_ struct json_object *stored =
		json_of("{'name':'stored','kind':'lamp','lamp':'lamp0'}");
	struct refusal_list problems = REFUSAL_LIST_NULL;
	struct claim claim = CLAIM_NULL;

	assert_int_equal(claim_from_json(&kinds, stored, &problems, &claim), 0);
	assert_int_equal(claim_table_set(&scene->claims, &claim, 1), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct change_entry left = { .object = "lamp0",
						   .kind = cases[i].kind,
						   .claim = cases[i].claim };
		struct subject *subject = claim_take_up(&scene->claims, &left, &scene->draft);

		assert_non_null(subject);
		if (cases[i].is_of)
			assert_string_equal(subject->ops->kind, cases[i].is_of);
		else
			assert_null(subject->ops->kind);
		(void)subject_free(subject);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_claim_is_stored_and_listed),
		TEST(drift_is_mended),
		TEST(drift_is_left),
		TEST(what_befalls_its_device_is_no_drift),
		TEST(a_state_is_applied),
		TEST(a_claim_ends_with_or_without_its_light),
		TEST(what_was_given_last_is_one_claims_alone),
		TEST(kinds_are_not_mixed_up),
		TEST(new_names_tell_the_kind),
		TEST(what_a_crash_has_left_is_of_its_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
