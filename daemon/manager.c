// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes and joins the daemon's parts.
 */
#include "daemon/manager.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <systemd/sd-daemon.h>

#include "config.h"
#include "cxl/step/host-step.h"
#include "daemon/claim-kinds.h"
#include "daemon/claim/wish-list.h"
#include "daemon/process/descriptors.h"
#include "daemon/engine/journal-entry.h"
#include "daemon/api/pending-call.h"
#include "daemon/observe/boot.h"
#include "util/clock.h"
#include "util/json.h"

static void on_snapshot(void *userdata, const struct snapshot *before, const struct snapshot *after)
{
	struct manager *manager = userdata;
	struct world world;

	kept_answers_forget(&manager->api.kept);
	if (before)
		api_notify_monitors(&manager->api, before, after);
	world_draft_forget(&manager->draft);
	if (!manager->begun)
		return;
	world = observer_world(manager->observer, after->topology);
	/*
	 * The next look shows the results of our own steps: until then they only seem to be
	 * missing.
	 */
	if (manager_keeps_claims(manager) && !observer_is_behind(manager->observer)) {
		reconciler_observe(manager->reconciler, &world);
		api_notify_claims(&manager->api);
		claim_waiters_check(manager->api.waiters);
	}
	engine_looked(manager->engine, &world);
}

static void on_next(void *userdata)
{
	struct manager *manager = userdata;

	if (manager_keeps_claims(manager))
		reconciler_next(manager->reconciler);
}

static bool has_work(void *userdata, const struct lane_set *lanes, const char *claimant,
		     const char *except)
{
	const struct manager *manager = userdata;

	return manager_keeps_claims(manager) &&
	       reconciler_has_work(manager->reconciler, lanes, claimant, except);
}

static struct subject *subject_of(void *userdata, const struct change_entry *left)
{
	struct manager *manager = userdata;

	return claim_take_up(&manager->claims, left, &manager->draft);
}

static int subject_of_wish(void *userdata, const struct wish_list *list,
			   struct subject **ret_subject)
{
	struct manager *manager = userdata;
	struct claim_asking asking = CLAIM_ASKING_NULL;
	int rc = wish_list_ask(list, manager->claims.kinds, &asking);

	if (rc < 0) {
		claim_asking_deinit(&asking);
		return rc;
	}
	*ret_subject = claim_ask(&asking, &manager->claims, &manager->draft);
	return *ret_subject ? 0 : -ENOMEM;
}

static void on_claim_end(void *userdata, const struct claim_record *record)
{
	struct manager *manager = userdata;

	api_notify_claim_end(&manager->api, record);
	claim_waiters_end(manager->api.waiters, record->claim.name);
}

static void be_ready(struct manager *manager)
{
	if (manager->ready)
		return;
	manager->ready = true;
	(void)sd_notify(0, "READY=1");
	engine_serve(manager->engine);
}

/*
 * The look may show more work for the reconciler. On a host that can't be read, nothing can be
 * done.
 */
static void on_last_look(void *userdata, int error, struct snapshot *snapshot)
{
	struct manager *manager = userdata;

	if (error)
		be_ready(manager);
	else
		engine_wake(manager->engine);
}

/*
 * The daemon is not ready, and serves no changes of clients, before claims that can be mended
 * have been mended.
 */
static void on_idle(void *userdata)
{
	struct manager *manager = userdata;

	if (manager->ready)
		return;
	if (!observer_is_behind(manager->observer) ||
	    observer_ask(manager->observer, OBSERVER_CURRENT, on_last_look, manager) < 0)
		be_ready(manager);
}

/*
 * Without its helper the daemon can do nothing, and without privileges the daemon can't start
 * another helper: the service manager starts both again.
 */
static void on_helper_exit(void *userdata)
{
	struct manager *manager = userdata;

	(void)sd_event_exit(manager->event, EXIT_FAILURE);
}

/* Fills in the parts that the methods use. */
static void fill_api(struct manager *manager)
{
	manager->api.event = manager->event;
	manager->api.observer = manager->observer;
	manager->api.claims = &manager->claims;
	manager->api.engine = manager->engine;
	manager->api.draft = &manager->draft;
}

static int start_server(struct manager *manager)
{
	const struct varlink_server_options options = {
		.vendor = "cxlfm",
		.product = "cxlfmd",
		.version = CXLFM_VERSION,
		.url = "io.cxlfm",
		.too_many_error = "io.cxlfm.Host.TooManyRequests",
		/* The daemon of a record has one client, and logs to the client's terminal. */
		.connections_max = descriptors_for_clients(manager->helper ? manager->log : NULL),
		.log = manager->log,
	};
	int rc;

	fill_api(manager);
	rc = varlink_server_new(manager->event, &options, &manager->api.server);
	if (rc == 0)
		rc = varlink_server_add_interfaces(manager->api.server, varlink_interface_texts);
	if (rc == 0)
		rc = varlink_server_add_methods(manager->api.server, api_read_methods,
						api_read_method_count, &manager->api);
	if (rc == 0)
		rc = varlink_server_add_methods(manager->api.server, api_state_methods,
						api_state_method_count, &manager->api);
	if (rc == 0)
		rc = varlink_server_add_methods(manager->api.server, api_change_methods,
						api_change_method_count, &manager->api);
	if (rc == 0)
		rc = varlink_server_add_methods(manager->api.server, api_changes_methods,
						api_changes_method_count, &manager->api);
	return rc;
}

/* Spreads the attempts of claims that failed together: any number will do. */
static uint32_t draw(void)
{
	uint32_t number = 0;

	(void)getrandom(&number, sizeof(number), GRND_NONBLOCK);
	return number;
}

static int start_observer(struct manager *manager, const struct manager_options *options,
			  const struct timekeeper *timekeeper)
{
	const struct observer_listener listener = { .on_change = on_snapshot, .userdata = manager };
	const struct observer_options observing = {
		.log = manager->log,
		.boot = boot_id(),
		.helper = manager->helper,
		.timekeeper = *timekeeper,
		.senses = senses_of_host(),
	};

	return observer_new(manager->event, &observing, options->record, &listener,
			    &manager->observer);
}

static int start_engine(struct manager *manager)
{
	static const struct lane_set host_lanes = { .names = { HOST_LANE }, .count = 1 };
	const struct engine_owner owner = {
		.lanes = &host_lanes,
		.next = on_next,
		.has_work = has_work,
		.subject_of = subject_of,
		.subject_of_wish = subject_of_wish,
		.on_claim_end = on_claim_end,
		.on_idle = on_idle,
		.userdata = manager,
	};
	struct performers performers = { .userdata = &manager->parts };
	int rc = performer_kinds_steps(&performer_kinds, &manager->steps);

	manager->parts = (struct performer_parts){ manager->event, manager->log, manager->helper };
	if (manager->helper)
		performers.kinds = performer_kinds;
	if (rc == 0)
		rc = engine_new(manager->event, manager->log, manager->observer, &performers,
				&manager->claims, &owner, &manager->engine);
	return rc;
}

static int start(struct manager *manager, const struct manager_options *options)
{
	const struct timekeeper timekeeper = timekeeper_of_loop(manager->event);
	int rc = monitors_new(manager->event, manager->log, &manager->api.monitors);

	if (rc == 0 && options->helper_path)
		rc = helper_client_new(manager->event, manager->log, options->helper_path,
				       on_helper_exit, manager, &manager->helper);
	if (rc == 0)
		rc = start_observer(manager, options, &timekeeper);
	if (rc == 0)
		rc = mailbox_reader_new(&timekeeper, manager->log, manager->observer,
					manager->helper, &manager->api.mailboxes);
	if (rc == 0)
		rc = start_engine(manager);
	if (rc == 0)
		rc = reconciler_new(&timekeeper, draw, manager->log, &manager->claims,
				    &manager->reconciler);
	if (rc == 0)
		rc = claim_waiters_new(manager->event, &manager->claims, &manager->api.waiters);
	if (rc == 0)
		rc = start_server(manager);
	return rc;
}

int manager_new(sd_event *event, const struct log *log, const struct manager_options *options,
		struct manager **ret_manager)
{
	struct manager *manager = calloc(1, sizeof(*manager));
	int rc;

	if (!manager)
		return -ENOMEM;
	manager->event = sd_event_ref(event);
	manager->log = log;
	manager->claims = CLAIM_TABLE_OF(&claim_kinds);
	/*
	 * Some 1,000 wishes can't be stored in a millisecond, so no earlier daemon has used these
	 * numbers.
	 */
	manager->claims.state = clock_boot_ms() * 1000;
	rc = start(manager, options);
	if (rc < 0) {
		(void)manager_free(manager);
		return rc;
	}
	*ret_manager = manager;
	return 0;
}

struct manager *manager_free(struct manager *manager)
{
	if (!manager)
		return NULL;
	if (manager->engine)
		engine_stop(manager->engine);
	pending_calls_free(&manager->api);
	(void)varlink_server_free(manager->api.server);
	(void)claim_waiters_free(manager->api.waiters);
	(void)engine_free(manager->engine);
	(void)reconciler_free(manager->reconciler);
	manager_close_store(manager);
	(void)mailbox_reader_free(manager->api.mailboxes);
	(void)observer_free(manager->observer);
	(void)helper_client_free(manager->helper);
	(void)monitors_free(manager->api.monitors);
	kept_answers_forget(&manager->api.kept);
	world_draft_deinit(&manager->draft);
	claim_table_deinit(&manager->claims);
	free((void *)manager->steps.kinds);
	(void)sd_event_unref(manager->event);
	free(manager);
	return NULL;
}
