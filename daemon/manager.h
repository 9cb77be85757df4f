/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The daemon's one context: owns the helper, the observer, the engine and the server, and
 * joins them. Start order is that of manager_new(); the end is its reverse.
 */
#pragma once

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "daemon/api/api.h"
#include "daemon/observe/world-draft.h"
#include "daemon/claim/claim-table.h"
#include "daemon/claim/reconciler.h"
#include "daemon/performer-kinds.h"
#include "util/log.h"

struct store_start;

struct manager {
	sd_event *event;
	const struct log *log;
	struct helper_client *helper; /* NULL while a record is served */
	struct observer *observer;
	struct claim_table claims;
	struct world_draft draft;     /* the state that claims are planned from */
	struct performer_parts parts; /* what performers are made from */
	struct step_registry steps;   /* all kinds of steps that are performed */
	struct engine *engine;
	struct reconciler *reconciler;
	struct api api;	     /* the interface; its pointers are owned here */
	struct store *store; /* NULL while a record is served, or when the store can't be opened */
	struct store_start *starting; /* NULL if nothing is stored */
	sd_event_source *store_source;
	char *store_problem; /* the reason why nothing can be changed, or NULL */
	bool begun;	     /* changes may begin */
	bool ready;	     /* the service manager was told */
};

struct manager_options {
	const char *helper_path; /* NULL to serve @record */
	struct snapshot *record; /* taken over on success */
};

/** manager_new() - makes all parts but the listening sockets; 0 or negative errno */
int manager_new(sd_event *event, const struct log *log, const struct manager_options *options,
		struct manager **ret_manager);

/**
 * manager_open_store() - opens the store, and takes up interrupted changes
 * @path: of the database; NULL to store nothing
 * @host: the ID of the host whose claims are used, as from host_id(); NULL for this host
 *
 * A problem of the store is logged, and the store is tried again: until then everything but changes
 * works.
 *
 * Return: 0; negative errno if the daemon itself lacks something.
 */
int manager_open_store(struct manager *manager, const char *path, const char *host);

/** manager_close_store() - waits for pending writes */
void manager_close_store(struct manager *manager);

/** manager_keeps_claims() - are claims known, and mended? */
bool manager_keeps_claims(const struct manager *manager);

struct manager *manager_free(struct manager *manager);
