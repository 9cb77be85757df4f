/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whoever listens to a change: calls that are told how far it is, and answered with its result.
 * Effect, on the daemon's loop. Called by the parts of the engine.
 */
#pragma once

#include <stdbool.h>

#include "daemon/engine/change-register.h"
#include "daemon/varlink/varlink-server.h"

/**
 * change_listen() - from now on until its end
 * @call: a reference is taken
 * @on_close: when its client goes away before that; its userdata is @record
 *
 * Return: 0 or -ENOMEM.
 */
int change_listen(struct change_record *record, struct varlink_call *call,
		  varlink_close_fn on_close);

/** change_unlisten() - @call does not listen any more, or did not */
void change_unlisten(struct change_record *record, struct varlink_call *call);

/** change_listeners_drop() - without an answer */
void change_listeners_drop(struct change_record *record);

/**
 * change_is_wanted() - does anybody want it to be done?
 *
 * Who has asked, as long as one of his listens; until it is cancelled, when he has said that he
 * does not wait, or when it takes what nobody can give back. Others only look on. What is ours is
 * wanted. What is made for another change is wanted until that one gives it up.
 */
bool change_is_wanted(const struct change_record *record);

/** change_is_watched() - is anybody there who wants to be told how far it is? */
bool change_is_watched(const struct change_record *record);

/**
 * change_tell() - tells them, and those who listen to the change that this one is made for
 * @news: parameters of a reply, or NULL
 */
void change_tell(const struct change_record *record, struct json_object *news);

/**
 * change_listeners_answer() - answers all who listen, who leave with that
 * @parameters: that the result was made of, to be freed in a turn of its own; or NULL
 */
void change_listeners_answer(struct change_record *record, const struct change_answer *result,
			     struct json_object *parameters);

/** change_listener_answer() - answers one who comes after its end */
void change_listener_answer(struct varlink_call *call, const struct change_answer *result);
