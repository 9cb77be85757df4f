// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every allocation of every verb fails once: the user is told, the exit code is 1, and nothing is
 * lost (the leak check of the sanitizer build is part of this test).
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <json-c/json.h>

#include "fake-link.h"
#include "test/lib/wrap-allocation.h"

/* How many allocations a verb has at most; more would be a loop without an end. */
#define ALLOCATIONS_MAX 1000

static struct run *running;  /* NULL: nothing fails */
static unsigned int fail_in; /* allocations until the one that fails, 0 for none */

static bool fails(void)
{
	if (!running || running->is_outside || fail_in == 0 || --fail_in > 0)
		return false;
	errno = ENOMEM;
	return true;
}

#define WRAP(...) WRAP_IF(fails, __VA_ARGS__)

WRAP(void *, calloc, NULL, (size_t count, size_t size), (count, size))
WRAP(void *, realloc, NULL, (void *memory, size_t size), (memory, size))
WRAP(char *, strdup, NULL, (const char *text), (text))
WRAP(FILE *, open_memstream, NULL, (char **text, size_t *size), (text, size))
WRAP(struct json_object *, json_tokener_parse, NULL, (const char *text), (text))
WRAP_JSON_OBJECTS(fails)
WRAP(int, json_object_deep_copy, -1,
     (struct json_object * from, struct json_object **to, json_c_shallow_copy_fn *copy),
     (from, to, copy))
WRAP(const char *, json_object_to_json_string_ext, NULL, (struct json_object * value, int flags),
     (value, flags))

#define OUTCOME                                                                                    \
	"{\"outcome\":{\"region\":{\"region\":\"region0\"},\"dax_device\":\"dax0.0\",\"node\":1,"  \
	"\"claim\":\"a\"}}"

/* What is read where a file is "-". */
#define STATE "claims:\n- {name: a, size: 512M}\n"

#define CHANGES                                                                                    \
	"{\"changes\":[{\"action\":\"change\",\"name\":\"a\",\"anew\":true,\"claim\":{},"          \
	"\"changes\":{\"size\":{\"from\":1,\"to\":2}}}],\"state\":1}"

/* The most that a case needs. */
#define REPLIES_MAX 4

static const struct {
	const char *line;
	struct fake_reply replies[REPLIES_MAX];
} cases[] = {
	{ "list -MRv -m mem0 -d root -iu", { { .parameters = "{\"list\":[{}]}" } } },
	{ "list --tree", { { .parameters = "{\"text\":\"x\"}" } } },
	{ "list --claims -u",
	  { { .parameters = "{\"claims\":[{\"size\":536870912,\"window\":1,\"conditions\":"
			    "[{\"since\":1}]}]}" } } },
	{ "add-memory 1G -w 2 -g 256 -m mem0,mem1 -d decoder0.0 --near-node 1 --qos-class 2 "
	  "--name a",
	  { { .parameters = OUTCOME } } },
	{ "create-region -s 1G -t pmem -b root0 -Q -U 0aab5a1e-0b5a-4b1a-a1a3-6f0b0e0c0d0e mem0 "
	  "--name a",
	  { { .parameters = OUTCOME } } },
	{ "create-region --dry-run", { { .parameters = "{\"outcome\":{\"plan\":{}}}" } } },
	{ "remove-memory region:region0 --timeout 5", { { .parameters = OUTCOME } } },
	{ "online-memory region0",
	  { { .parameters = "{\"claims\":[{\"name\":\"a\"}]}" }, { .parameters = OUTCOME } } },
	{ "offline-memory region:region0 --timeout 5", { { .parameters = OUTCOME } } },
	{ "adopt region:region0 --name a --drift leave", { { .parameters = OUTCOME } } },
	{ "wait a b --for Lost --timeout 5", { { .parameters = "{\"claims\":[]}" } } },
	{ "forget a", { { .parameters = OUTCOME } } },
	{ "destroy-region region:region0 -b root0 -d decoder0.0",
	  { { .parameters = "{\"list\":[{\"bus\":\"root0\"}]}" },
	    { .parameters = "{\"list\":[{\"decoder\":\"decoder0.0\"}]}" },
	    { .parameters = "{\"list\":[{\"region\":\"region0\",\"state\":\"disabled\"}]}" },
	    { .parameters = OUTCOME } } },
	{ "enable-region region:0",
	  { { .parameters = "{\"list\":[{\"region\":\"region0\"}]}" },
	    { .parameters = OUTCOME } } },
	{ "apply -",
	  { { .parameters = "{\"outcome\":{\"done\":[{\"action\":\"make\",\"name\":\"a\"}]}}" } } },
	{ "diff - -u", { { .parameters = CHANGES } } },
	{ "diff -", { { .parameters = CHANGES } } },
	{ "export", { { .parameters = "{\"claims\":[{}],\"state\":1}" } } },
	{ "record /dev/null", { { .parameters = "{\"record\":{}}" } } },
	{ "version", { { .parameters = "{\"version\":\"1\"}" } } },
};

/* Returns whether there was an allocation to fail. */
static bool run_with_failure(const char *line, const struct fake_reply *replies, unsigned int n)
{
	_cleanup_run_ struct run run = { .is_outside = true };
	bool failed;

	memcpy(run.replies, replies, REPLIES_MAX * sizeof(*replies));
	assert_true(lseek(STDIN_FILENO, 0, SEEK_SET) == 0);
	running = &run;
	fail_in = n;
	run_command(&run, line);
	running = NULL;
	failed = fail_in == 0;
	if (!failed && run.code != 0)
		fail_msg("%s: exit code %d: %s", line, run.code, run.err);
	if (failed && (run.code == 0 || !strstr(run.err, "out of memory")))
		fail_msg("%s, allocation %u: exit code %d: %s", line, n, run.code, run.err);
	return failed;
}

static void every_allocation_may_fail(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned int n = 1;

		while (run_with_failure(cases[i].line, cases[i].replies, n))
			assert_true(++n < ALLOCATIONS_MAX);
		assert_true(n > 1);
	}
}

static int put_state_on_stdin(void **state)
{
	FILE *file = tmpfile();

	return file && fputs(STATE, file) >= 0 && fflush(file) == 0 &&
			       dup2(fileno(file), STDIN_FILENO) == STDIN_FILENO && fclose(file) == 0
		       ? 0
		       : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, put_state_on_stdin, NULL);
}
