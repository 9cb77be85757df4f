/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entries of earlier versions. The first start after an update reads such entries once; no version
 * writes these forms any more. Pure.
 *
 * In the first form a step was {"property", "object", "index", "from", "to"}. The index was a
 * target's position, or the number of a block's region. The list had no step (dax-memory-guard)
 * that takes memory offline before a binding is taken back. The second form had the steps of today.
 * In both forms the object of the change was a "region".
 */
#pragma once

struct json_object;

/**
 * journal_convert() - an entry in the form of change_entry_to_json()
 * @entry: of any form; members that make no sense are copied unchanged
 *
 * Return: 0 and a new object; -EINVAL; -ENOMEM.
 */
int journal_convert(struct json_object *entry, struct json_object **ret_entry);
