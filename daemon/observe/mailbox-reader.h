/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads memdevs' mailboxes on request: a device takes milliseconds to seconds for its answers. The
 * observer keeps the answers, with their age. One read of a mailbox is under way at a time; a read
 * that hangs is awaited for MAILBOX_DEADLINE_MS at most, delays no other mailbox, and is named in
 * the kept answers.
 */
#pragma once

#include "daemon/observe/observer.h"

struct mailbox_reader;

/*
 * A request by name gets the answer of a read that was begun after the request. A crowd of such
 * requests shares reads: answers younger than this time count as fresh for a crowd.
 */
#define MAILBOX_FRESH_MS 1000

/* The kernel gives each command 2 s (CXL_MAILBOX_TIMEOUT_MS, drivers/cxl/pci.c). */
#define MAILBOX_DEADLINE_MS 10000

/* Called once, when all requested mailboxes were read or have failed. */
typedef void (*mailbox_ready_fn)(void *userdata);

/**
 * mailbox_reader_new() - makes a reader for @observer
 * @timekeeper: copied
 * @helper: reads the mailboxes; NULL while a record is served, whose answers are final
 *
 * All arguments outlive the reader.
 *
 * Return: 0 or negative errno.
 */
int mailbox_reader_new(const struct timekeeper *timekeeper, const struct log *log,
		       struct observer *observer, struct helper_client *helper,
		       struct mailbox_reader **ret_reader);

struct mailbox_reader *mailbox_reader_free(struct mailbox_reader *reader);

/**
 * mailbox_reader_ask() - has mailboxes read, and calls back when the answers are kept
 * @memdevs: @count memdevs of the newest snapshot
 * @fresh: read the mailboxes again; otherwise known answers are enough, and mailboxes with old
 *	answers are read again in the background
 *
 * Return: 1 when there is nothing to wait for (the callback is not called); 0; -ENOMEM.
 */
int mailbox_reader_ask(struct mailbox_reader *reader, const struct topo_memdev *const *memdevs,
		       size_t count, bool fresh, mailbox_ready_fn callback, void *userdata);

/** mailbox_reader_forget() - withdraws all requests of @userdata */
void mailbox_reader_forget(struct mailbox_reader *reader, const void *userdata);
