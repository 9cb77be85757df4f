/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entries of earlier versions. They are read once, by the start that comes after an update, and
 * never written. Pure.
 *
 * In the first form a step was {"property", "object", "index", "from", "to"}. The index was a
 * target's position, or the number of a block's region; and that memory goes offline before a
 * binding is taken back was no step of the list. The second form had the steps of today. In both,
 * what the change was about was a "region".
 */
#pragma once

struct json_object;

/**
 * journal_convert() - an entry in the form of change_entry_to_json()
 * @entry: of any form; what makes no sense in it is left as it is
 *
 * Return: 0 and a new object; -EINVAL; -ENOMEM.
 */
int journal_convert(struct json_object *entry, struct json_object **ret_entry);
