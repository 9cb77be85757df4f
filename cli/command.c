// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a command line to a verb. Called by main.c and the unit tests.
 */
#include "cli/command.h"

#include <cxlfm/cxlfm.h>
#include <errno.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/session.h"
#include "config.h"
#include "util/cleanup.h"
#include "util/nearest.h"

#define PROGRAM "cxlfm"

struct verb {
	const char *name;
	command_fn *run;
	const char *synopsis;
	const char *summary;
};

static command_fn cmd_help;

static const struct verb verbs[] = {
	{ "list", cmd_list, "[OPTION...]", "Lists the CXL topology of this host, or its claims." },
	{ "add-memory", cmd_add_memory, "SIZE [OPTION...] [MEMDEV...]",
	  "Makes memory of CXL capacity: a region, its dax device, a NUMA node." },
	{ "remove-memory", cmd_remove_memory, "NAME [OPTION...]",
	  "Takes back the memory of a claim, a region or a dax device." },
	{ "online-memory", cmd_online_memory, "NAME [OPTION...]",
	  "Puts the memory of a region online." },
	{ "offline-memory", cmd_offline_memory, "NAME [OPTION...]",
	  "Takes the memory of a region offline and keeps the region." },
	{ "create-region", cmd_create_region, "[OPTION...] [MEMDEV...]",
	  "Makes a region, with the options of cxl-create-region(1)." },
	{ "destroy-region", cmd_destroy_region, "REGION... | all [OPTION...]",
	  "Destroys regions, frees their capacity and ends their claims." },
	{ "enable-region", cmd_enable_region, "REGION... | all [OPTION...]",
	  "Enables regions that were disabled." },
	{ "disable-region", cmd_disable_region, "REGION... | all [OPTION...]",
	  "Takes the memory of regions offline and disables them." },
	{ "adopt", cmd_adopt, "REGION [OPTION...]",
	  "Makes a claim of a region that others made, as it is." },
	{ "forget", cmd_forget, "CLAIM [OPTION...]", "Ends a claim; its memory stays as it is." },
	{ "wait", cmd_wait, "[CLAIM...] [OPTION...]",
	  "Waits until claims have their memory, or a change has ended." },
	{ "changes", cmd_changes, "[OPTION...]",
	  "Lists the changes that are under way, that wait, and that have ended." },
	{ "cancel", cmd_cancel, "ID [OPTION...]", "Has a change taken back, or not begun." },
	{ "apply", cmd_apply, "FILE [OPTION...]",
	  "Makes, changes and removes claims as a file wants." },
	{ "diff", cmd_diff, "FILE [OPTION...]", "Shows what apply would change." },
	{ "export", cmd_export, "", "Writes the claims as a file for apply." },
	{ "monitor", cmd_monitor, "", "Prints changes as they happen, one JSON object a line." },
	{ "record", cmd_record, "[FILE]",
	  "Writes the topology of this host into a file, for --snapshot." },
	{ "version", cmd_version, "", "Shows the versions of cxlfm and of the daemon." },
	{ "help", cmd_help, "[VERB]", "Shows the verbs, or the options of one." },
};

struct globals {
	const char *socket, *snapshot;
	bool version, list_verbs;
};

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

static enum exit_code complain_of_verb(const struct usage *usage, const char *name)
{
	struct nearest nearest = nearest_to(name, strlen(name));

	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		nearest_consider(&nearest, verbs[i].name);
	if (nearest.name)
		return options_exit_code(
			options_complain(usage, "there is no verb \"%s\": did you mean \"%s\"?",
					 name, nearest.name));
	return options_exit_code(options_complain(usage, "there is no verb \"%s\"", name));
}

static enum exit_code run_verb(struct cli *cli, const struct verb *verb, int argc,
			       const char **argv)
{
	struct usage usage = {
		.synopsis = verb->synopsis,
		.summary = verb->summary,
		.out = cli->out,
		.err = cli->err,
	};
	char program[64];

	(void)snprintf(program, sizeof(program), PROGRAM " %s", verb->name);
	usage.program = program;
	return verb->run(cli, &usage, argc, argv);
}

/* The list of verbs at the end of the general help. */
static void show_verbs(FILE *out)
{
	fprintf(out, "\nVerbs:\n");
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		fprintf(out, "  %-26s %s\n", verbs[i].name, verbs[i].summary);
	fprintf(out, "\nSee '" PROGRAM " VERB --help' and the manual page " PROGRAM "-VERB(1).\n");
}

/* Reads the global options; the arguments are the verb and all words behind it. */
static int parse_globals(struct cli *cli, int argc, const char **argv, struct globals *globals,
			 struct arguments *ret_arguments)
{
	const struct option options[] = {
		OPTION_TEXT(0, "socket", "PATH", &globals->socket,
			    "where cxlfmd listens ($CXLFM_SOCKET, " CXLFM_SOCKET_DEFAULT ")"),
		OPTION_TEXT(0, "snapshot", "FILE", &globals->snapshot,
			    "list and plan from a record instead of this host"),
		OPTION_FLAG('v', "version", &globals->version, "show the version and end"),
		OPTION_FLAG(0, "list-cmds", &globals->list_verbs,
			    "show the names of all verbs and end"),
		OPTION_END(),
	};
	const struct usage usage = {
		.program = PROGRAM,
		.synopsis = "[OPTION...] VERB [ARGUMENT...]",
		.summary = "Turns CXL capacity into memory, and back.",
		.show_footer = show_verbs,
		.out = cli->out,
		.err = cli->err,
	};

	return options_parse(&usage, options, argc, argv, true, ret_arguments);
}

/* libcxlfm would answer a bad path with an errno; the user gets a sentence. */
static int check_socket(const struct usage *usage, const char *source, const char *path)
{
	if (path[0] != '/' && path[0] != '@' && strncmp(path, "unix:", 5) != 0)
		return options_complain(usage,
					"%s: \"%s\" is not an absolute path: begin the path with /",
					source, path);
	if (strlen(path) >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
		return options_complain(usage,
					"%s: the path is longer than a socket's can be: use one "
					"of at most %zu characters",
					source, sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1);
	return 0;
}

static int apply_globals(struct cli *cli, const struct globals *globals,
			 const char *environment_socket)
{
	const struct usage usage = { .program = PROGRAM, .err = cli->err };

	if (globals->socket && globals->snapshot)
		return options_complain(&usage,
					"--socket and --snapshot exclude each other: a record "
					"needs no socket");
	cli->snapshot_path = globals->snapshot;
	if (cli->snapshot_path && access(cli->snapshot_path, R_OK) < 0)
		return options_complain(&usage,
					"--snapshot: can't read %s: %s: give a file that "
					"'cxlfm record' or 'cxl list -vvv' wrote",
					cli->snapshot_path, strerror(errno));
	if (globals->socket) {
		cli->socket_path = globals->socket;
		return check_socket(&usage, "--socket", globals->socket);
	}
	if (environment_socket && *environment_socket) {
		cli->socket_path = environment_socket;
		return check_socket(&usage, "CXLFM_SOCKET", environment_socket);
	}
	cli->socket_path = CXLFM_SOCKET_DEFAULT;
	return 0;
}

static enum exit_code list_verbs(struct cli *cli)
{
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		fprintf(cli->out, "%s\n", verbs[i].name);
	return EXIT_CODE_DONE;
}

static enum exit_code run_arguments(struct cli *cli, const struct arguments *arguments,
				    const char **argv)
{
	const struct usage usage = { .program = PROGRAM, .err = cli->err };
	const struct verb *verb;

	if (arguments->count == 0)
		return options_exit_code(options_complain(&usage, "a verb is missing"));
	verb = find_verb(arguments->items[0]);
	if (!verb)
		return complain_of_verb(&usage, arguments->items[0]);
	return run_verb(cli, verb, (int)arguments->count - 1, argv + 1);
}

enum exit_code command_run(struct cli *cli, const char *environment_socket, int argc,
			   const char **argv)
{
	struct globals globals = { .socket = NULL };
	struct arguments arguments;
	int rc;

	rc = parse_globals(cli, argc, argv, &globals, &arguments);
	if (rc != 0)
		return options_exit_code(rc);
	if (globals.version) {
		fprintf(cli->out, PROGRAM " " CXLFM_VERSION "\n");
		return EXIT_CODE_DONE;
	}
	if (globals.list_verbs)
		return list_verbs(cli);
	rc = apply_globals(cli, &globals, environment_socket);
	if (rc != 0)
		return options_exit_code(rc);
	return run_arguments(cli, &arguments, argv);
}

static enum exit_code cmd_help(struct cli *cli, const struct usage *usage, int argc,
			       const char **argv)
{
	static const struct option options[] = { OPTION_END() };
	const char *help[] = { "--help" };
	struct globals globals = { .socket = NULL };
	struct arguments arguments, ignored;
	const struct verb *verb;
	int rc;

	rc = options_parse(usage, options, argc, argv, false, &arguments);
	if (rc != 0)
		return options_exit_code(rc);
	if (arguments.count > 1)
		return options_exit_code(options_complain(usage, "one verb at a time"));
	if (arguments.count == 0)
		return options_exit_code(parse_globals(cli, 1, help, &globals, &ignored));
	verb = find_verb(arguments.items[0]);
	if (!verb)
		return complain_of_verb(usage, arguments.items[0]);
	return run_verb(cli, verb, 1, help);
}
