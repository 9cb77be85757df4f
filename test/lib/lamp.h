/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lamps behind a slow wire: a made-up performer of steps that can hurt, in ways in which this
 * host's helper can't. A lit lamp plugs a memdev into the fake kernel, and stays lit when
 * the host is started anew. Putting a lamp out takes the memdev away and refuses nobody: with
 * memory of the memdev online the host dies. A lamp can be burned out, which destroys its contents
 * and leaves no trace. An order may take effect after its sender has died; a wire may
 * answer nobody; and another master may switch any lamp.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "change/step-perform.h"
#include "cxl/topology/topology.h"
#include "test/lib/fake-kernel.h"

#define LAMP_COUNT 2

struct lamp {
	const struct topo_memdev
		*device; /* the memdev that the lamp plugs, of the start snapshot */
	bool is_lit;
	bool is_coming;	    /* the memdev of a lit lamp, which the kernel has not found yet */
	unsigned int burns; /* the number of burnouts */
};

struct lamps {
	struct fake_kernel *kernel; /* of the host with the lamps */
	struct lamp lamps[LAMP_COUNT];
	bool is_mute; /* no order is taken or answered */
	bool is_slow; /* the next order takes effect only at lamps_settle() */
	struct step late;
	bool comes_slowly; /* the memdev of the next lamp that is lit comes only at lamps_bring() */
	/* Faults that no program may cause. */
	bool host_has_died;
	bool has_burned_lit; /* a memdev that came after the last look was burned */
};

/*
 * A lamp goes between "off" and "on". The object is the name of the lamp, "lamp0"; `of` is the
 * memdev that the lamp plugs, "serial:0x1". The step is of STEP_TAKES, and the memdev must be
 * unused when the lamp is put out (struct world of daemon/observe/world.h).
 */
extern const struct step_kind lamp_kind;

/* All lamps hang from one wire. */
#define LAMP_LANE      "wire"
#define LAMP_PERFORMER "lamps"

/* An order can come so long after its sender has died. */
#define LAMP_LATE_MS 5000

/* A lamp that is off goes from "whole" to "burned", and a new lamp takes its place. */
extern const struct step_kind burnout_kind;

/* The context is struct lamps. A mute wire answers -EHOSTUNREACH. */
extern const struct step_ops lamps_ops;

/**
 * lamps_init() - the first LAMP_COUNT memdevs of a host hang from lamps, which are all off
 * @kernel, @start: that the kernel was made from; both outlive the lamps
 */
void lamps_init(struct lamps *lamps, struct fake_kernel *kernel, const struct topology *start);

/** lamps_reboot() - the host is started anew, and finds the memdevs of lit lamps */
void lamps_reboot(struct lamps *lamps, struct fake_kernel *kernel);

/** lamps_settle() - so long after its sender has died that no order can come any more */
void lamps_settle(struct lamps *lamps);

/** lamps_bring() - the kernel finds the memdevs that are coming */
void lamps_bring(struct lamps *lamps);

/** lamps_switch() - switches a lamp by hand, as another master does */
void lamps_switch(struct lamps *lamps, size_t number, bool is_lit);

/** lamps_keep_alive() - would the host die if the lamp were put out? */
bool lamps_keep_alive(const struct lamps *lamps, size_t number);

/** lamps_lit() - how many are lit */
size_t lamps_lit(const struct lamps *lamps);
