/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The daemon's one context: owns the helper, the observer, the engine and the server, and
 * joins them. Start order is that of manager_new(); the end is its reverse.
 */
#pragma once

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "daemon/api/api.h"
#include "daemon/claim/claim-table.h"
#include "daemon/claim/memory-subject.h"
#include "daemon/claim/reconciler.h"
#include "util/log.h"

struct store_start;

struct manager {
	sd_event *event;
	const struct log *log;
	struct helper_client *helper; /* NULL while a record is served */
	struct observer *observer;
	struct claim_table claims;
	struct memory_draft draft; /* that claims are planned from */
	struct engine *engine;
	struct reconciler *reconciler;
	struct api api;	     /* the interface; what it points to is owned here */
	struct store *store; /* NULL while a record is served, or when it can't be opened */
	struct store_start *starting; /* NULL where nothing is remembered */
	sd_event_source *store_source;
	char *store_problem; /* why nothing can be changed, or NULL */
	bool begun;	     /* changes are made */
	bool ready;	     /* told to whoever started us */
};

struct manager_options {
	const char *helper_path; /* NULL to serve @record */
	struct snapshot *record; /* taken over on success */
};

/** manager_new() - everything but sockets to listen on; 0 or negative errno */
int manager_new(sd_event *event, const struct log *log, const struct manager_options *options,
		struct manager **ret_manager);

/**
 * manager_open_store() - opens what the daemon remembers, and takes up what was cut short
 * @path: of the database; NULL to remember nothing
 * @host: whose claims these are: as host_id() has it; NULL for this host
 *
 * A store that can't be used is told in the log, and tried again: until it can, there is everything
 * but changes.
 *
 * Return: 0; negative errno for what the daemon itself lacks.
 */
int manager_open_store(struct manager *manager, const char *path, const char *host);

/** manager_store_failed() - nothing may be changed until the next attempt has gone well */
void manager_store_failed(struct manager *manager, int error, const char *problem);

/** manager_close_store() - waits for what was written */
void manager_close_store(struct manager *manager);

/** manager_keeps_claims() - are claims known, and made good? */
bool manager_keeps_claims(const struct manager *manager);

struct manager *manager_free(struct manager *manager);
