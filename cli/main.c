// SPDX-License-Identifier: GPL-2.0-only
/*
 * cxlfm: the command line of cxlfmd. Fills the context from what the process was given and hands
 * over to command.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "cli/link-socket.h"
#include "cli/session.h"

#define COLUMNS_DEFAULT 80

static int terminal_columns(int fd)
{
	struct winsize size;

	if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return COLUMNS_DEFAULT;
}

/* A terminal that can take a line back; "dumb" ones say that they can't. */
static bool is_terminal(int fd)
{
	const char *kind = getenv("TERM");

	return isatty(fd) && kind && strcmp(kind, "dumb") != 0;
}

int main(int argc, char **argv)
{
	struct cli cli = {
		.out = stdout,
		.err = stderr,
		.out_is_terminal = isatty(STDOUT_FILENO),
		.err_is_terminal = is_terminal(STDERR_FILENO),
		.columns = terminal_columns(STDERR_FILENO),
		.link_ops = &link_socket_ops,
	};
	struct link_socket link = LINK_SOCKET_NULL;
	enum exit_code code;

	link.cli = &cli;
	cli.link = &link;
	code = command_run(&cli, getenv("CXLFM_SOCKET"), argc - 1, (const char **)(argv + 1));
	session_end(&cli);
	/* Help and the like are told to nobody when this fails; results are checked in output.c. */
	if (code == EXIT_CODE_DONE && fflush(stdout) != 0 && errno != EPIPE) {
		fprintf(stderr, "cxlfm: can't write: %s\n", strerror(errno));
		code = EXIT_CODE_FAILED;
	}
	return (int)code;
}
