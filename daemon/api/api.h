/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The objects that the methods of io.cxlfm.Host use. The manager fills the struct in; the methods
 * get it as their userdata.
 */
#pragma once

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "daemon/api/claim-waiters.h"
#include "daemon/api/kept-answers.h"
#include "daemon/api/monitors.h"
#include "daemon/claim/claim-table.h"
#include "daemon/engine/engine.h"
#include "daemon/observe/mailbox-reader.h"
#include "daemon/observe/observer.h"
#include "daemon/varlink/varlink-server.h"

struct world_draft;
struct pending_call;
struct refusal_list;

/* Owns none of the pointers, except for the calls that wait. */
struct api {
	sd_event *event;
	struct varlink_server *server;
	struct observer *observer;
	struct mailbox_reader *mailboxes;
	struct claim_table *claims;
	struct engine *engine;
	struct world_draft *draft; /* the state that changes of memory are planned from */
	struct claim_waiters *waiters;
	struct monitors *monitors;
	struct kept_answers kept;	      /* answers of List, for the newest snapshot */
	ARRAY(struct pending_call *) pending; /* calls that wait for claims */
	const char *claims_problem;	      /* the reason why the claims are unknown, or NULL */
	bool claims_known;		      /* the claims were read from the store */
	bool changes_known;		      /* ... and the changes of earlier runs */
};

/* The tables of methods: method-read.c, method-state.c, method-change.c and method-changes.c. */
extern const struct varlink_method api_read_methods[];
extern const size_t api_read_method_count;
extern const struct varlink_method api_state_methods[];
extern const size_t api_state_method_count;
extern const struct varlink_method api_change_methods[];
extern const size_t api_change_method_count;
extern const struct varlink_method api_changes_methods[];
extern const size_t api_changes_method_count;

/** api_notify_monitors() - tells every monitor the differences between two snapshots */
void api_notify_monitors(struct api *api, const struct snapshot *before,
			 const struct snapshot *after);

/** api_notify_claims() - tells every monitor of the claims that the last look has changed */
void api_notify_claims(struct api *api);

/** api_notify_claim_end() - tells every monitor that a claim ends */
void api_notify_claim_end(struct api *api, const struct claim_record *record);

/** api_reply_bad_request() - answers with BadRequest; 0 or -ENOMEM */
int api_reply_bad_request(struct varlink_call *call, const struct refusal_list *problems);

/** api_reply_refused() - answers with Refused; 0 or -ENOMEM */
int api_reply_refused(struct varlink_call *call, const struct refusal_list *problems);
