// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes and joins the daemon's parts.
 */
#include "daemon/manager.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "config.h"
#include "daemon/outcome.h"
#include "util/json.h"

static void on_snapshot(void *userdata, const struct snapshot *before, const struct snapshot *after)
{
	struct manager *manager = userdata;

	manager_forget_kept(manager);
	if (before)
		manager_notify_monitors(manager, before, after);
	if (!manager->ready) {
		manager->ready = true;
		(void)sd_notify(0, "READY=1");
	}
}

/*
 * Without its helper the daemon can do nothing, and without privileges it can't start another one:
 * the service manager starts both anew.
 */
static void on_helper_exit(void *userdata)
{
	struct manager *manager = userdata;

	(void)sd_event_exit(manager->event, EXIT_FAILURE);
}

static int start_server(struct manager *manager)
{
	const struct varlink_server_options options = {
		.vendor = "cxlfm",
		.product = "cxlfmd",
		.version = CXLFM_VERSION,
		.url = "io.cxlfm",
		.log = manager->log,
	};
	int rc;

	rc = varlink_server_new(manager->event, &options, &manager->server);
	if (rc == 0)
		rc = varlink_server_add_interfaces(manager->server, varlink_interface_texts);
	if (rc == 0)
		rc = varlink_server_add_methods(manager->server, manager_read_methods,
						manager_read_method_count, manager);
	if (rc == 0)
		rc = varlink_server_add_methods(manager->server, manager_change_methods,
						manager_change_method_count, manager);
	return rc;
}

static int start(struct manager *manager, const struct manager_options *options)
{
	const struct observer_listener listener = { .on_change = on_snapshot, .userdata = manager };
	int rc = 0;

	if (options->helper_path)
		rc = helper_client_new(manager->event, manager->log, options->helper_path,
				       on_helper_exit, manager, &manager->helper);
	if (rc == 0)
		rc = observer_new(manager->event, manager->log, manager->helper, options->record,
				  &listener, &manager->observer);
	if (rc == 0)
		rc = mailbox_reader_new(manager->log, manager->observer, manager->helper,
					&manager->mailboxes);
	if (rc == 0)
		rc = transaction_queue_new(manager->event, manager->log, manager->observer,
					   manager->helper, &manager->queue);
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
	(void)varlink_server_free(manager->server);
	(void)transaction_queue_free(manager->queue);
	(void)mailbox_reader_free(manager->mailboxes);
	(void)observer_free(manager->observer);
	(void)helper_client_free(manager->helper);
	for (size_t i = 0; i < manager->monitors.count; i++)
		(void)varlink_call_unref(manager->monitors.items[i]);
	ARRAY_FREE(&manager->monitors);
	manager_forget_kept(manager);
	(void)sd_event_unref(manager->event);
	free(manager);
	return NULL;
}

int manager_reply_bad_request(struct varlink_call *call, const struct refusal_list *problems)
{
	_cleanup_json_ struct json_object *parameters = outcome_refusal_to_json(problems);

	if (!parameters)
		return -ENOMEM;
	(void)varlink_call_error(call, "io.cxlfm.Host.BadRequest", parameters);
	return 0;
}
