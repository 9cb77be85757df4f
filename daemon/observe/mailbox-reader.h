/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads what only a memdev's mailbox tells, when somebody asks, one memdev at a time: a device
 * takes milliseconds to seconds for it. What was read is kept by the observer, with its age.
 */
#pragma once

#include "daemon/observe/observer.h"

struct mailbox_reader;

/* Called once when every memdev of the snapshot has been read, or could not be. */
typedef void (*mailbox_ready_fn)(void *userdata);

int mailbox_reader_new(const struct log *log, struct observer *observer,
		       struct helper_client *helper, struct mailbox_reader **ret_reader);

struct mailbox_reader *mailbox_reader_free(struct mailbox_reader *reader);

/**
 * mailbox_reader_ask() - has everything read that was never read, and calls back when it is there
 *
 * What is there but old is read again, without anybody waiting for it.
 *
 * Return: 1 when there is nothing to wait for (the callback is not called); 0; -ENOMEM.
 */
int mailbox_reader_ask(struct mailbox_reader *reader, mailbox_ready_fn callback, void *userdata);

/** mailbox_reader_forget() - withdraws every ask of @userdata */
void mailbox_reader_forget(struct mailbox_reader *reader, const void *userdata);
