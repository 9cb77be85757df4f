/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads what only a memdev's mailbox tells, when somebody asks: a device takes milliseconds to
 * seconds for it. What was read is kept by the observer, with its age. Of one mailbox there is one
 * read at a time; one that hangs is waited for no longer than MAILBOX_DEADLINE_MS, holds up no
 * other, and is named in what is kept.
 */
#pragma once

#include "daemon/observe/observer.h"

struct mailbox_reader;

/*
 * Whoever asks by name is told what a read that was begun for him has found. A crowd of such shares
 * reads: what is younger than this is good enough for it.
 */
#define MAILBOX_FRESH_MS 1000

/* The kernel gives each command 2 s (CXL_MAILBOX_TIMEOUT_MS, drivers/cxl/pci.c). */
#define MAILBOX_DEADLINE_MS 10000

/* Called once when everything that was asked for has been read, or could not be in time. */
typedef void (*mailbox_ready_fn)(void *userdata);

/**
 * mailbox_reader_new() - reads through @helper, for @observer; all of it outlives the reader
 * @timekeeper: copied
 * @helper: NULL while a record is served, which tells what it tells
 *
 * Return: 0 or negative errno.
 */
int mailbox_reader_new(const struct timekeeper *timekeeper, const struct log *log,
		       struct observer *observer, struct helper_client *helper,
		       struct mailbox_reader **ret_reader);

struct mailbox_reader *mailbox_reader_free(struct mailbox_reader *reader);

/**
 * mailbox_reader_ask() - has mailboxes read, and calls back when what they told is kept
 * @memdevs: @count of the newest snapshot's
 * @fresh: they are read again; otherwise what is there is enough, and read again in the background
 *	when it is old
 *
 * Return: 1 when there is nothing to wait for (the callback is not called); 0; -ENOMEM.
 */
int mailbox_reader_ask(struct mailbox_reader *reader, const struct topo_memdev *const *memdevs,
		       size_t count, bool fresh, mailbox_ready_fn callback, void *userdata);

/** mailbox_reader_forget() - withdraws every ask of @userdata */
void mailbox_reader_forget(struct mailbox_reader *reader, const void *userdata);
