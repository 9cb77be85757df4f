/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entries of earlier versions. They are read once, by the start that comes after an update, and
 * never written. Pure.
 *
 * In the first form a step was {"property", "object", "index", "from", "to"}. The index was a
 * target's position, or the number of a block's region; and that memory goes offline before a
 * binding is taken back was no step of the list.
 */
#pragma once

struct json_object;

/**
 * journal_convert_steps() - steps in the form of step_list_to_json()
 * @array: steps of either form
 *
 * Return: 0 and a new array; -EINVAL; -ENOMEM.
 */
int journal_convert_steps(struct json_object *array, struct json_object **ret_array);
