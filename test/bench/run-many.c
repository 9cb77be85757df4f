// SPDX-License-Identifier: GPL-2.0-only
/*
 * run-many RUNS COMMAND [ARGUMENT...] [-- COMMAND...]...: runs the commands in turn, RUNS times
 * each, in the guest, whose shell has no clock finer than 10 ms. Prints the cost of one run of each
 * command as a JSON array of objects: medians of wall time and of CPU time (user and system, with
 * children), in milliseconds. The commands run in turn because a shared machine is slow for seconds
 * at a time.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RUNS_MAX     1000
#define COMMANDS_MAX 8

struct cost {
	double wall_ms, cpu_ms;
};

struct command {
	char **words;
	double wall_ms[RUNS_MAX], cpu_ms[RUNS_MAX];
};

static double milliseconds(struct timespec since, struct timespec until)
{
	return (double)(until.tv_sec - since.tv_sec) * 1e3 +
	       (double)(until.tv_nsec - since.tv_nsec) / 1e6;
}

static double cpu_of(const struct rusage *usage)
{
	return (double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1e3 +
	       (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / 1e3;
}

static void become(char **command)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	(void)dup2(null, STDOUT_FILENO);
	execvp(command[0], command);
	_exit(127);
}

static int run_once(char **command, struct cost *ret_cost)
{
	struct timespec begin, end;
	struct rusage usage;
	int status;
	pid_t pid;

	(void)clock_gettime(CLOCK_MONOTONIC, &begin);
	pid = fork();
	if (pid == 0)
		become(command);
	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid)
		return -errno;
	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	if (!WIFEXITED(status) || WEXITSTATUS(status)) {
		fprintf(stderr, "run-many: %s failed\n", command[0]);
		return -ECHILD;
	}
	*ret_cost = (struct cost){ milliseconds(begin, end), cpu_of(&usage) };
	return 0;
}

static int compare(const void *left, const void *right)
{
	const double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

static double median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), compare);
	return values[count / 2];
}

/* Cuts the words at each "--". Returns the number of commands, 0 if there is none or one is empty.
 */
static size_t split(char **words, struct command *commands)
{
	size_t count = 0;

	while (*words && count < COMMANDS_MAX) {
		if (strcmp(*words, "--") == 0)
			return 0;
		commands[count++].words = words;
		while (*words && strcmp(*words, "--") != 0)
			words++;
		if (*words)
			*words++ = NULL;
	}
	return *words ? 0 : count;
}

static int run_in_turns(struct command *commands, size_t count, size_t runs)
{
	for (size_t run = 0; run < runs; run++)
		for (size_t i = 0; i < count; i++) {
			struct cost cost = { 0 };

			if (run_once(commands[i].words, &cost) < 0)
				return -ECHILD;
			commands[i].wall_ms[run] = cost.wall_ms;
			commands[i].cpu_ms[run] = cost.cpu_ms;
		}
	return 0;
}

int main(int argc, char **argv)
{
	static struct command commands[COMMANDS_MAX];
	size_t runs = argc > 2 ? strtoul(argv[1], NULL, 10) : 0;
	size_t count = argc > 2 ? split(argv + 2, commands) : 0;

	if (runs < 1 || runs > RUNS_MAX || count == 0) {
		fprintf(stderr, "usage: run-many RUNS COMMAND [ARGUMENT...] [-- COMMAND...]...\n");
		return 2;
	}
	if (run_in_turns(commands, count, runs) < 0)
		return EXIT_FAILURE;
	for (size_t i = 0; i < count; i++)
		printf("%c{\"wall_ms\": %.3f, \"cpu_ms\": %.3f}\n", i ? ',' : '[',
		       median(commands[i].wall_ms, runs), median(commands[i].cpu_ms, runs));
	printf("]\n");
	return EXIT_SUCCESS;
}
