// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs a command again and again in the guest, which has no clock finer than 10 ms in its shell, and
 * prints what one run costs: medians of wall time and of CPU time (user and system, with children),
 * in milliseconds, as one JSON object.
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

#define RUNS_MAX 1000

struct cost {
	double wall_ms, cpu_ms;
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

int main(int argc, char **argv)
{
	static double wall[RUNS_MAX], cpu[RUNS_MAX];
	size_t runs = argc > 2 ? strtoul(argv[1], NULL, 10) : 0;

	if (runs < 1 || runs > RUNS_MAX) {
		fprintf(stderr, "usage: run-many RUNS COMMAND [ARGUMENT...]\n");
		return 2;
	}
	for (size_t i = 0; i < runs; i++) {
		struct cost cost;

		if (run_once(argv + 2, &cost) < 0)
			return EXIT_FAILURE;
		wall[i] = cost.wall_ms;
		cpu[i] = cost.cpu_ms;
	}
	printf("{\"wall_ms\": %.3f, \"cpu_ms\": %.3f}\n", median(wall, runs), median(cpu, runs));
	return EXIT_SUCCESS;
}
