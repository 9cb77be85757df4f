// SPDX-License-Identifier: GPL-2.0-only
/*
 * cxlfm: the command line of cxlfmd. Fills the context from the arguments, the environment and the
 * streams of the process, and hands the context to command.c.
 */
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "cli/harmless-stream.h"
#include "cli/link-socket.h"
#include "cli/output.h"
#include "cli/session.h"
#include "util/process-fds.h"

#define COLUMNS_DEFAULT 80

static int terminal_columns(int fd)
{
	struct winsize size;

	if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return COLUMNS_DEFAULT;
}

/* A terminal that can erase a line: TERM is not "dumb". */
static bool is_terminal(int fd)
{
	const char *kind = getenv("TERM");

	return isatty(fd) && kind && strcmp(kind, "dumb") != 0;
}

static enum exit_code run(struct cli *cli, int argc, char **argv)
{
	struct link_socket link = LINK_SOCKET_NULL;
	enum exit_code code;

	link.cli = cli;
	cli->link = &link;
	code = command_run(cli, getenv("CXLFM_SOCKET"), argc - 1, (const char **)(argv + 1));
	session_end(cli);
	/* Flushes the help; the results of other verbs were flushed before the verb returned. */
	return code == EXIT_CODE_DONE ? output_end(cli, "cxlfm") : code;
}

static bool has_lost_reader(const struct cli *cli)
{
	struct pollfd out = { .fd = STDOUT_FILENO };

	return ferror(cli->out) && poll(&out, 1, 0) > 0 && out.revents & POLLERR;
}

/* A file system on another machine may report a full disk only when the file is closed. */
static enum exit_code end_output(struct cli *cli, enum exit_code code)
{
	int rc;

	(void)fclose(cli->out);
	rc = process_fds_end_output();
	if (code == EXIT_CODE_DONE && rc < 0) {
		fprintf(cli->err, "cxlfm: can't write the answer: %s\n", strerror(-rc));
		code = EXIT_CODE_FAILED;
	}
	(void)fclose(cli->err);
	return code;
}

int main(int argc, char **argv)
{
	struct cli cli = {
		.out_is_terminal = isatty(STDOUT_FILENO),
		.terminal = is_terminal(STDERR_FILENO) ? stderr : NULL,
		.columns = terminal_columns(STDERR_FILENO),
		.link_ops = &link_socket_ops,
	};

	/* A change must not end because the reader of its output has gone. */
	const bool obeys_pipes = signal(SIGPIPE, SIG_IGN) == SIG_DFL;
	enum exit_code code;
	bool lost;

	if (process_fds_open_standard() < 0)
		return EXIT_CODE_FAILED;
	cli.out = harmless_stream_new(STDOUT_FILENO, _IOFBF);
	cli.err = harmless_stream_new(STDERR_FILENO, _IOLBF);
	if (!cli.out || !cli.err)
		return EXIT_CODE_FAILED;
	code = run(&cli, argc, argv);
	lost = has_lost_reader(&cli);
	code = end_output(&cli, code);
	/* The usual end of a program whose reader has gone. */
	if (lost && code == EXIT_CODE_FAILED && obeys_pipes) {
		(void)signal(SIGPIPE, SIG_DFL);
		(void)raise(SIGPIPE);
	}
	return (int)code;
}
