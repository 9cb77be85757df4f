/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The verbs of cxlfm, and the way from a command line to its verb. The table in command.c lists all
 * verbs; the function of a verb is in the cmd-*.c of its noun.
 */
#pragma once

#include "cli/cli.h"
#include "cli/exit-code.h"
#include "cli/options.h"

/* @argv: the words behind the verb */
typedef enum exit_code command_fn(struct cli *cli, const struct usage *usage, int argc,
				  const char **argv);

command_fn cmd_list;
command_fn cmd_add_memory;
command_fn cmd_remove_memory;
command_fn cmd_online_memory;
command_fn cmd_offline_memory;
command_fn cmd_create_region;
command_fn cmd_destroy_region;
command_fn cmd_enable_region;
command_fn cmd_disable_region;
command_fn cmd_adopt;
command_fn cmd_forget;
command_fn cmd_wait;
command_fn cmd_changes;
command_fn cmd_cancel;
command_fn cmd_apply;
command_fn cmd_diff;
command_fn cmd_export;
command_fn cmd_monitor;
command_fn cmd_record;
command_fn cmd_version;

/**
 * command_run() - reads the global options and runs the verb
 * @cli: the context; command_run() fills in the global options
 * @environment_socket: the value of CXLFM_SOCKET, or NULL
 * @argv: @argc texts without the program's name; reordered
 */
enum exit_code command_run(struct cli *cli, const char *environment_socket, int argc,
			   const char **argv);
