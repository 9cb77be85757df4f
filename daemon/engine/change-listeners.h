/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The listeners of a change: calls that are told how far the change is, and answered with its
 * result. Effect, on the daemon's loop. Called by the parts of the engine.
 */
#pragma once

#include <stdbool.h>

#include "daemon/engine/change-register.h"
#include "daemon/varlink/varlink-server.h"

/**
 * change_listen() - @call listens from now on until the end of the change
 * @call: a reference is taken
 * @on_close: called when the client goes away before the end; its userdata is @record
 *
 * Return: 0 or -ENOMEM.
 */
int change_listen(struct change_record *record, struct varlink_call *call,
		  varlink_close_fn on_close);

/** change_unlisten() - @call does not listen any more; without effect on other calls */
void change_unlisten(struct change_record *record, struct varlink_call *call);

/** change_listeners_drop() - drops all listeners without an answer */
void change_listeners_drop(struct change_record *record);

/**
 * change_is_wanted() - does anybody want the change to be done?
 *
 * A client's change is wanted as long as a call of the user who has asked for it listens; calls of
 * others only look on. A change that is kept (no_wait, or a change that takes data) is wanted until
 * a user cancels the change. The daemon's own changes are wanted. A part is wanted until the change
 * that it was made for gives the part up.
 */
bool change_is_wanted(const struct change_record *record);

/**
 * change_is_kept() - is the change wanted without listeners, too?
 *
 * A part is kept where the change is kept that the part was made for.
 */
bool change_is_kept(const struct change_record *record);

/** change_is_watched() - does a call listen that wants to be told how far the change is? */
bool change_is_watched(const struct change_record *record);

/**
 * change_tell() - tells the listeners, and those of the change that this one is made for
 * @news: parameters of a reply, or NULL
 */
void change_tell(const struct change_record *record, struct json_object *news);

/**
 * change_listeners_answer() - answers all listeners, which ends their listening
 * @parameters: of which the result was made, to be freed in a turn of its own; or NULL
 */
void change_listeners_answer(struct change_record *record, const struct change_answer *result,
			     struct json_object *parameters);

/** change_listeners_answer_unwatching() - answers the listeners that are told no news, before the
 * change has ended */
void change_listeners_answer_unwatching(struct change_record *record,
					const struct change_answer *result);

/** change_listener_answer() - answers a call that comes after the end of the change */
void change_listener_answer(struct varlink_call *call, const struct change_answer *result);
