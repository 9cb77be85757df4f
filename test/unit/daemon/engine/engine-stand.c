// SPDX-License-Identifier: GPL-2.0-only
/*
 * The engine's other ends but the performers (engine-hands.c): what its changes are about, what it
 * sees, what it stores.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "cxl/topology/topology-json.h"
#include "test/lib/fake-host.h"
#include "daemon/claim-kinds.h"
#include "daemon/engine/journal.h"
#include "daemon/engine/result-entry.h"
#include "daemon/engine/results.h"
#include "test/lib/plain-subject.h"
#include "test/unit/daemon/engine/engine-hands.h"
#include "util/json.h"
#include "util/size.h"

/* ---- what changes are about ---- */

static struct errand *of(const struct subject *subject)
{
	return (struct errand *)subject;
}

static const char *object(const struct subject *subject)
{
	return of(subject)->name;
}

static const char *claim(const struct subject *subject)
{
	return of(subject)->claim;
}

static bool needs_claims(const struct subject *subject)
{
	return false;
}

static const struct lane_set *lanes(const struct subject *subject)
{
	const struct errand *errand = of(subject);

	return &errand->stages[errand->at].lanes;
}

/* What is off already needs no step. */
static void plan_inverses(struct errand *errand, const struct errand_stage *stage)
{
	struct step_list *planned = &errand->planned_back;

	planned->list.items = errand->back;
	planned->list.count = 0;
	for (size_t i = stage->count; i-- > 0;) {
		struct step inverse = stage->steps[i];

		inverse.from = stage->steps[i].to;
		inverse.to = stage->steps[i].from;
		if (strcmp(stand_value(errand->stand, inverse.object), inverse.from) == 0)
			errand->back[planned->list.count++] = inverse;
	}
}

static int plan_way_back(struct errand *errand, struct change *change,
			 struct change_stage *ret_stage)
{
	const struct errand_stage *stage = &errand->stages[change->stages - 1];

	if (errand->stays) {
		assert_int_equal(refusal_add(&change->refusals, "is-used", errand->name, NULL,
					     "%s is used by now", errand->name),
				 0);
		return CHANGE_E_REFUSED;
	}
	plan_inverses(errand, stage);
	*ret_stage = (struct change_stage){ .steps = &errand->planned_back,
					    .object = stage->steps[0].object };
	return 0;
}

static int plan(struct subject *subject, const struct subject_view *view, struct change *change,
		struct change_stage *ret_stage)
{
	struct errand *errand = of(subject);
	const struct errand_stage *stage = &errand->stages[errand->at];

	if (change->goes_back)
		return plan_way_back(errand, change, ret_stage);
	/* As a planner that forgets what it has planned before. */
	if (++errand->plans > 1 && errand->is_used) {
		errand->claim = NULL;
		return CHANGE_E_REFUSED;
	}
	errand->planned.list.items = (struct step *)stage->steps;
	errand->planned.list.count = stage->count;
	*ret_stage = (struct change_stage){
		.steps = &errand->planned,
		.object = errand->name,
		.makes = errand->makes,
		.awaits = stage->awaits,
		.await_ms = stage->await_ms,
		.not_after_ms = stage->not_after_ms,
		.inquires = errand->is_used,
	};
	if (!stage->reserves)
		return 0;
	reservation_set_deinit(&errand->reserved);
	ret_stage->reserves = &errand->reserved;
	return reservation_set_add(&errand->reserved, stage->reserves);
}

static bool destroys(const struct subject *subject)
{
	return of(subject)->destroys;
}

static bool is_unused(const struct subject *subject, struct json_object *record)
{
	return !of(subject)->is_used;
}

static int prove(struct subject *subject, const struct world *world, struct json_object *record)
{
	const struct stand *stand = of(subject)->stand;

	return !stand || !stand->is_silent;
}

static bool has_come(const struct subject *subject, const char *what, const struct world *world)
{
	return of(subject)->has_come;
}

static int store_nothing(struct subject *subject, const struct change *change,
			 const struct claim_table *claims, struct store_change *ret_change)
{
	return 0;
}

static const char *ends_claim(const struct subject *subject)
{
	return NULL;
}

static bool is_last(const struct subject *subject)
{
	return of(subject)->at + 1 >= of(subject)->stage_count;
}

static int closed(struct subject *subject, const struct change *change, struct claim_table *claims,
		  uint64_t revision)
{
	struct claim *made = TAKE_PTR(of(subject)->claim_made);

	if (made)
		assert_int_equal(claim_table_set(claims, made, revision), 0);
	if (!change->goes_back && step_exec_outcome(&change->exec) == STEP_EXEC_DONE &&
	    !is_last(subject))
		of(subject)->at++;
	return 0;
}

static const struct lane_set *go_back(const struct subject *subject, const struct change *change)
{
	const struct errand *errand = of(subject);

	return errand->goes_back ? &errand->stages[change->stages - 1].lanes : NULL;
}

static int explain_stay(const struct subject *subject, const struct change *change, const char *why,
			struct refusal_list *told)
{
	const char *stays = of(subject)->stages[change->stages - 1].steps[0].object;

	return refusal_add(told, "stays", stays, NULL, "%s stays: %s", stays,
			   why ?: "its plan was refused");
}

static struct json_object *outcome(const struct subject *subject, const struct change *change,
				   const struct claim_table *claims)
{
	return json_object_new_object();
}

static void keep_refusal(struct errand *errand, const struct refusal *refusal)
{
	struct told_refusal *told = &errand->refusal;

	(void)snprintf(told->code, sizeof(told->code), "%s", refusal->code);
	(void)snprintf(told->object, sizeof(told->object), "%s", refusal->object ?: "");
	(void)snprintf(told->text, sizeof(told->text), "%s", refusal->text);
	(void)snprintf(told->hint, sizeof(told->hint), "%s", refusal->hint ?: "");
}

static void ended(struct subject *subject, const struct change *change)
{
	struct errand *errand = of(subject);

	assert_false(errand->has_ended);
	errand->has_ended = true;
	errand->result = change->result;
	errand->error = change->error;
	errand->stages_closed = change->stages;
	if (change->refusals.list.count)
		keep_refusal(errand, &change->refusals.list.items[0]);
}

static void free_reserved(struct subject *subject)
{
	reservation_set_deinit(&of(subject)->reserved);
}

static const struct subject_ops errand_ops = {
	.object = object,
	.claim = claim,
	.needs_claims = needs_claims,
	.lanes = lanes,
	.plan = plan,
	.destroys = destroys,
	.is_unused = is_unused,
	.prove = prove,
	.has_come = has_come,
	.close = store_nothing,
	.ends_claim = ends_claim,
	.is_last = is_last,
	.closed = closed,
	.go_back = go_back,
	.explain_stay = explain_stay,
	.outcome = outcome,
	.draft = plain_draft,
	.looked = plain_looked,
	.lasts = plain_lasts,
	.give_back = plain_give_back,
	.given_back = plain_given_back,
	.explain_no_return = plain_explain_no_return,
	.explain_return = plain_explain_return,
	.ended = ended,
	.free = free_reserved,
};

struct errand errand_of(const char *object_name)
{
	struct errand errand = {
		.subject = { .ops = &errand_ops, .timeout_ms = 1000 },
		.name = object_name,
		.stage_count = 1,
	};
	struct errand_stage *stage = &errand.stages[0];
	char lane[LANE_MAX];

	stage->steps[0] = (struct step){ stand_is_far(object_name) ? &far_kind : &near_kind,
					 object_name, "", "off", "on" };
	stage->count = 1;
	step_lane(&stage->steps[0], lane);
	assert_int_equal(lane_set_add(&stage->lanes, lane), 0);
	return errand;
}

void errand_expects(struct errand *errand, const char *lane)
{
	assert_int_equal(lane_set_add(&errand->stages[0].lanes, lane), 0);
}

/* ---- whose changes come first ---- */

static void next(void *userdata)
{
	struct stand *stand = userdata;
	struct errand *errand = stand->to_mend;

	if (!errand || !engine_may_mend(stand->engine, &errand->stages[0].lanes))
		return;
	stand->to_mend = NULL;
	assert_int_equal(engine_mend(stand->engine, &errand->subject), 0);
}

static struct subject *subject_of(void *userdata, const struct change_entry *left)
{
	struct stand *stand = userdata;

	if (stand->left)
		return &stand->left->subject;
	assert_true(stand->recovered_count < ARRAY_SIZE(stand->recovered));
	stand->recovered[stand->recovered_count] =
		errand_of(stand_is_far(left->object) ? "wire1:a" : "host");
	return &stand->recovered[stand->recovered_count++].subject;
}

static void on_claim_end(void *userdata, const struct claim_record *record)
{
}

static bool has_work(void *userdata, const struct lane_set *lanes, const char *claimant,
		     const char *except)
{
	return false;
}

static void on_idle(void *userdata)
{
	((struct stand *)userdata)->idle++;
}

/* ---- looks ---- */

int __real_observer_ask(struct observer *observer, enum observer_age age, observer_fn callback,
			void *userdata);
int __wrap_observer_ask(struct observer *observer, enum observer_age age, observer_fn callback,
			void *userdata);

static unsigned int blind_looks;

/* Who asks, and is told that the look hangs. */
struct blind_ask {
	observer_fn callback;
	void *userdata;
};

static void on_blind_look(void *userdata, int error, struct snapshot *snapshot)
{
	struct blind_ask *ask = userdata;

	ask->callback(ask->userdata, -ETIMEDOUT, NULL);
	free(ask);
}

int __wrap_observer_ask(struct observer *observer, enum observer_age age, observer_fn callback,
			void *userdata)
{
	struct blind_ask *ask;

	if (!blind_looks)
		return __real_observer_ask(observer, age, callback, userdata);
	blind_looks--;
	ask = malloc(sizeof(*ask));
	assert_non_null(ask);
	*ask = (struct blind_ask){ callback, userdata };
	return __real_observer_ask(observer, age, on_blind_look, ask);
}

void stand_blind(unsigned int looks)
{
	blind_looks = looks;
}

/* ---- all of it ---- */

static void on_change(void *userdata, const struct snapshot *before, const struct snapshot *after)
{
}

static struct observer *observer_of_record(struct stand *stand)
{
	static const struct fake_host host = {
		.bridges = 1,
		.devices = { 1 },
		.ram_size = 256 * SIZE_MIB,
		.windows = 1,
		.window = { { { 0 }, 1, SIZE_GIB, 1024, true, false } },
		.policy = "online_movable",
	};
	const struct observer_options options = {
		.log = &stand->log,
		.boot = "boot",
		.timekeeper = fake_time_keeper(&stand->time),
	};
	const struct observer_listener listener = { on_change, NULL };
	struct snapshot *record = calloc(1, sizeof(*record));
	struct observer *observer;

	assert_non_null(record);
	record->references = 1;
	record->topology = fake_host_new(&host);
	record->record = topology_to_json(record->topology);
	assert_non_null(record->record);
	assert_int_equal(observer_new(stand->event, &options, record, &listener, &observer), 0);
	return observer;
}

/* ---- the store ---- */

/* An answer that a daemon which has died does not hear. */
struct hearing {
	struct stand *stand;
	struct engine *engine;
	store_commit_fn callback;
	void *userdata;
};

static void on_commit(void *userdata, int error, uint64_t revision)
{
	struct hearing *hearing = userdata;
	struct stand *stand = hearing->stand;

	if (stand->holds) {
		assert_true(stand->held_count < HELD_MAX);
		stand->held[stand->held_count++] =
			(struct held_answer){ hearing->callback, hearing->userdata, error,
					      revision };
	} else if (hearing->engine == stand->engine && !stand->is_dead)
		hearing->callback(hearing->userdata, error, revision);
	free(hearing);
}

static int commit(struct store *store, const struct store_change *changes, size_t count,
		  enum store_durability durability, store_commit_fn callback, void *userdata)
{
	struct stand *stand = (struct stand *)((char *)store->ops - offsetof(struct stand, spy));
	const bool dies_here = stand_dies(stand);
	struct hearing *hearing;

	if (stand->is_dead && (!dies_here || stand->death == DIES_BEFORE))
		return 0;
	if (stand->refuses) {
		stand->refuses--;
		return -EIO;
	}
	hearing = malloc(sizeof(*hearing));
	assert_non_null(hearing);
	*hearing = (struct hearing){ stand, stand->engine, callback, userdata };
	for (size_t i = 0; i < count; i++)
		if (strncmp(changes[i].key, JOURNAL_PREFIX, strlen(JOURNAL_PREFIX)) == 0)
			stand->durability = durability;
	return stand->store_ops->commit(store, changes, count, durability, on_commit, hearing);
}

void stand_store_is_late(struct stand *stand)
{
	stand->holds = true;
	stand_spin(stand);
	engine_store_is_late(stand->engine, "the store does not answer");
}

void stand_store_answers(struct stand *stand)
{
	const size_t count = stand->held_count;

	stand->holds = false;
	stand->held_count = 0;
	engine_use_store(stand->engine, stand->store, NULL);
	for (size_t i = 0; i < count; i++)
		stand->held[i].callback(stand->held[i].userdata, stand->held[i].error,
					stand->held[i].revision);
	stand_spin(stand);
}

static void spy_on_store(struct stand *stand)
{
	stand->store_ops = stand->store->ops;
	stand->spy = *stand->store_ops;
	stand->spy.commit = commit;
	stand->store->ops = &stand->spy;
}

static void on_entries(void *userdata, int error, const struct store_entry *entries, size_t count)
{
	struct stand *stand = userdata;

	assert_int_equal(error, 0);
	stand->entries = count;
	if (count)
		(void)snprintf(stand->entry, sizeof(stand->entry), "%s", entries[0].value);
}

static size_t count_entries(struct stand *stand, const char *prefix)
{
	assert_int_equal(stand->store->ops->list(stand->store, prefix, on_entries, stand), 0);
	stand_spin(stand);
	return stand->entries;
}

size_t stand_entries(struct stand *stand)
{
	return count_entries(stand, JOURNAL_PREFIX);
}

size_t stand_results(struct stand *stand)
{
	return count_entries(stand, RESULT_PREFIX);
}

const char *stand_entry(struct stand *stand)
{
	const size_t count = stand_entries(stand);

	assert_true(count <= 1);
	return count ? stand->entry : NULL;
}

static void on_put(void *userdata, int error, uint64_t revision)
{
	assert_int_equal(error, 0);
}

static void put(struct stand *stand, const char *key, const char *value)
{
	const struct store_change change = { key, value, STORE_ANY, STORE_WRITE };

	assert_int_equal(
		stand->store->ops->commit(stand->store, &change, 1, STORE_QUICK, on_put, NULL), 0);
	stand_spin(stand);
}

void stand_put_as(struct stand *stand, const char *name, const char *value)
{
	char key[JOURNAL_KEY_MAX];

	(void)snprintf(key, sizeof(key), JOURNAL_PREFIX "%s", name);
	put(stand, key, value);
}

void stand_put_result(struct stand *stand, const char *name, const char *value)
{
	char key[RESULT_KEY_MAX];

	(void)snprintf(key, sizeof(key), RESULT_PREFIX "%s", name);
	put(stand, key, value);
}

void stand_put(struct stand *stand, const char *value)
{
	stand_put_as(stand, "left", value);
}

static void on_recovered(void *userdata, int error)
{
	assert_int_equal(error, 0);
}

void stand_recover(struct stand *stand, struct errand *left, const char *boot)
{
	stand->left = left;
	assert_int_equal(results_load(stand->store, stand->engine, &stand->log, on_recovered, NULL),
			 0);
	stand_spin(stand);
	assert_int_equal(journal_recover(stand->store, stand->engine, &stand->log, &stand_kinds,
					 boot, on_recovered, NULL),
			 0);
	stand_spin(stand);
}

static void start(struct stand *stand)
{
	static const struct performer_kind hands[] = {
		{ "hand", &stand_kinds, stand_hand_new },
		{ "wire", &stand_kinds, stand_wire_new },
	};
	const struct performers performers = { .kinds = { hands, ARRAY_SIZE(hands) },
					       .userdata = stand };
	static const struct lane_set host_lanes = { .names = { "host" }, .count = 1 };
	const struct engine_owner owner = {
		.lanes = &host_lanes,
		.next = next,
		.subject_of = subject_of,
		.on_claim_end = on_claim_end,
		.has_work = has_work,
		.on_idle = on_idle,
		.userdata = stand,
	};

	stand->observer = observer_of_record(stand);
	assert_int_equal(engine_new(stand->event, &stand->log, stand->observer, &performers,
				    &stand->claims, &owner, &stand->engine),
			 0);
}

static void stop(struct stand *stand)
{
	(void)engine_free(stand->engine);
	(void)observer_free(stand->observer);
	stand->engine = NULL;
}

struct stand *stand_new(void)
{
	struct stand *stand = calloc(1, sizeof(*stand));

	assert_non_null(stand);
	stand->claims = CLAIM_TABLE_OF(&claim_kinds);
	stand->log = (struct log){ LOG_LEVEL_ERROR, "test" };
	assert_true(sd_event_new(&stand->event) >= 0);
	assert_int_equal(store_memory_new(&stand->store), 0);
	spy_on_store(stand);
	start(stand);
	return stand;
}

void stand_restart(struct stand *stand)
{
	stop(stand);
	stand_spin(stand);
	stand->order_count = 0;
	stand->is_dead = false;
	stand->dies_at = 0;
	start(stand);
}

void stand_begin_with(struct stand *stand, const char *problem)
{
	engine_use_store(stand->engine, stand->store, problem);
	engine_release(stand->engine);
	engine_serve(stand->engine);
	stand_spin(stand);
}

void stand_begin(struct stand *stand)
{
	stand_begin_with(stand, NULL);
}

void stand_free(struct stand *stand)
{
	stop(stand);
	stand_spin(stand);
	stand->store->ops->free(stand->store);
	claim_table_deinit(&stand->claims);
	(void)sd_event_unref(stand->event);
	free(stand);
}

void stand_spin(struct stand *stand)
{
	int idle = 0;

	while (idle < 3) {
		stand->store->ops->dispatch(stand->store);
		idle = sd_event_run(stand->event, 0) > 0 ? 0 : idle + 1;
	}
}

void stand_pass(struct stand *stand, unsigned int milliseconds)
{
	const struct timespec time = { 0, milliseconds * 1000000L };

	assert_int_equal(nanosleep(&time, NULL), 0);
	stand_spin(stand);
}

static void expire(struct stand *stand, sd_event_source *timer, uint64_t within_ms)
{
	uint64_t now, at;
	int enabled;

	assert_true(sd_event_source_get_enabled(timer, &enabled) >= 0);
	assert_int_equal(enabled, SD_EVENT_ONESHOT);
	assert_true(sd_event_now(stand->event, CLOCK_MONOTONIC, &now) >= 0);
	assert_true(sd_event_source_get_time(timer, &at) >= 0);
	assert_true(at <= now + within_ms * 1000);
	assert_true(sd_event_source_set_time(timer, 0) >= 0);
	stand_spin(stand);
}

void stand_expire(struct stand *stand, struct work *work, uint64_t within_ms)
{
	expire(stand, work->timer, within_ms);
}

void stand_expire_list(struct stand *stand)
{
	sd_event_source *timer = stand->engine->strays.timer;

	/* The answer that does not come, and then the time to the next try. */
	if (stand->engine->strays.asked)
		expire(stand, timer, 30000);
	expire(stand, timer, 500);
}

struct work *stand_send(struct stand *stand, struct errand *errand, uid_t uid)
{
	return stand_request(stand, errand, uid, NULL);
}

struct work *stand_request(struct stand *stand, struct errand *errand, uid_t uid, const char *id)
{
	const struct change_requester asked = {
		.origin = CHANGE_OF_CLIENT,
		.uid = uid,
		.method = "io.cxlfm.Test.Set",
		.request = id,
		.kept = !errand->is_waited_for,
	};
	struct work *work;

	errand->stand = stand;
	assert_int_equal(work_new(stand->engine, &asked, &errand->subject, &work), 0);
	work_take_place(work);
	engine_wake(stand->engine);
	stand_spin(stand);
	return work;
}

void stand_is_told(const struct change_record *record, const char *text)
{
	assert_int_equal(record->state, CHANGE_IS_ENDED);
	if (!strstr(record->result.text, text))
		fail_msg("%s is not in %s", text, record->result.text);
}
