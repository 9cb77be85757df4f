/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A store that loses answers of the store below: it answers STORE_UNKNOWN to commits that were
 * done, and to commits that were not; or it holds all answers back for a while.
 */
#pragma once

#include <stdbool.h>

#include "daemon/store/store.h"

enum loss {
	LOSS_NONE,
	LOSS_DONE,     /* written, but answered with STORE_UNKNOWN */
	LOSS_NOT_DONE, /* not written, and answered with STORE_UNKNOWN */
};

struct lossy_orders {
	enum loss loss;
	unsigned int nth;      /* counted from now on: the commit whose answer is lost; 0: none */
	bool lasting;	       /* each later commit loses its answer, too */
	unsigned int lists;    /* the number of lists after a loss that fail */
	bool has_struck;       /* an answer was lost */
	const char *held_path; /* while this file exists, nothing is answered; NULL: never */
};

/**
 * lossy_store_new() - a lossy store above another store
 * @below: taken over, and freed with the new one
 * @orders: not copied; may be changed at any time
 *
 * Return: the store; a test without memory ends.
 */
struct store *lossy_store_new(struct store *below, struct lossy_orders *orders);
