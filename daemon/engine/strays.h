/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Strays: objects that a performer holds for this manager, and that no entry of the journal and no
 * claim names: an admin has put an older copy in the place of the store. Each kind of performers is
 * asked once in a run of the daemon, and each stray is given back by a change of its own. Effect,
 * on the daemon's loop. Called by the parts of the engine.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

struct engine;
struct performer;

struct strays {
	size_t next;		 /* the kind of performers that is asked next */
	struct performer *asked; /* ... now, or NULL */
	sd_event_source *timer;	 /* the deadline of the answer, or the time of the next try */
	uint64_t retry_ms;	 /* between tries; 0 at first */
	bool waits;		 /* for the next try */
};

/** strays_init() - 0 or negative errno */
int strays_init(struct engine *engine);

/** strays_ask() - asks the next performer, once entries and claims are known */
void strays_ask(struct engine *engine);

void strays_deinit(struct strays *strays);
