// SPDX-License-Identifier: GPL-2.0-only
/*
 * The server through the eyes of somebody else: systemd's varlinkctl introspects and calls it.
 * Skipped where there is no varlinkctl.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <systemd/sd-event.h>

#include "daemon/varlink/varlink-server.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/json.h"

#define SKIPPED 77

extern const struct varlink_interface_text test_interface_texts[];

struct fixture {
	struct sd_event *event;
	struct varlink_server *server;
	char directory[64], path[80];
	char output[65536];
	int status;
};

static int on_echo(struct varlink_call *call, struct json_object *parameters, void *userdata)
{
	(void)userdata;
	(void)varlink_call_reply(call, parameters);
	return 0;
}

static int on_count(struct varlink_call *call, struct json_object *parameters, void *userdata)
{
	int to = 0;

	(void)userdata;
	assert_int_equal(json_get_int(parameters, "to", &to), 0);
	for (int at = 1; at <= to; at++) {
		_cleanup_json_ struct json_object *reply = json_object_new_object();

		assert_int_equal(json_add_int(reply, "at", at), 0);
		if (at < to)
			assert_int_equal(varlink_call_notify(call, reply), 0);
		else
			assert_int_equal(varlink_call_reply(call, reply), 0);
	}
	return 0;
}

static int on_fail(struct varlink_call *call, struct json_object *parameters, void *userdata)
{
	_cleanup_json_ struct json_object *why = json_object_new_object();

	(void)parameters;
	(void)userdata;
	assert_int_equal(json_add_string(why, "why", "because"), 0);
	(void)varlink_call_error(call, "org.example.test.Broken", why);
	return 0;
}

static const struct varlink_method methods[] = {
	{ "org.example.test.Echo", on_echo, 0 },
	{ "org.example.test.Count", on_count, VARLINK_METHOD_NEEDS_MORE },
	{ "org.example.test.Fail", on_fail, 0 },
};

static int start(void **state)
{
	const struct varlink_server_options options = {
		.vendor = "Example",
		.product = "Test",
		.version = "1",
		.url = "https://example.org",
		.check_replies = true,
	};
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	sigset_t signals;

	assert_non_null(fixture);
	*state = fixture;
	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGCHLD);
	assert_int_equal(sigprocmask(SIG_BLOCK, &signals, NULL), 0);
	strcpy(fixture->directory, "/tmp/test-varlinkctl-XXXXXX");
	assert_non_null(mkdtemp(fixture->directory));
	(void)snprintf(fixture->path, sizeof(fixture->path), "%s/socket", fixture->directory);
	assert_int_equal(sd_event_new(&fixture->event), 0);
	assert_int_equal(varlink_server_new(fixture->event, &options, &fixture->server), 0);
	assert_int_equal(varlink_server_add_interfaces(fixture->server, test_interface_texts), 0);
	assert_int_equal(varlink_server_add_interfaces(fixture->server, varlink_interface_texts),
			 0);
	assert_int_equal(
		varlink_server_add_methods(fixture->server, methods, ARRAY_SIZE(methods), NULL), 0);
	assert_int_equal(varlink_server_listen_path(fixture->server, fixture->path, 0600), 0);
	return 0;
}

static int stop(void **state)
{
	struct fixture *fixture = *state;

	(void)varlink_server_free(fixture->server);
	(void)sd_event_unref(fixture->event);
	assert_int_equal(rmdir(fixture->directory), 0);
	free(fixture);
	return 0;
}

static int on_exit_of_child(struct sd_event_source *source, const siginfo_t *info, void *userdata)
{
	struct fixture *fixture = userdata;

	(void)source;
	fixture->status = info->si_code == CLD_EXITED ? info->si_status : -1;
	return 0;
}

static void become_varlinkctl(const char *const *arguments, FILE *output)
{
	if (dup2(fileno(output), STDOUT_FILENO) < 0 || dup2(fileno(output), STDERR_FILENO) < 0)
		_exit(1);
	/* execvp() promises not to write to them, its prototype is older than const. */
	(void)execvp("varlinkctl", (char *const *)(uintptr_t)arguments);
	_exit(SKIPPED);
}

/* Runs varlinkctl against the server until it ends; what it says is in fixture->output. */
static void run_varlinkctl(struct fixture *fixture, const char *const *arguments)
{
	_cleanup_fclose_ FILE *output = tmpfile();
	struct sd_event_source *source = NULL;
	size_t size;
	pid_t child;

	assert_non_null(output);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		become_varlinkctl(arguments, output);
	assert_true(sd_event_add_child(fixture->event, &source, child, WEXITED, on_exit_of_child,
				       fixture) >= 0);
	fixture->status = -2;
	while (fixture->status == -2)
		assert_true(sd_event_run(fixture->event, UINT64_MAX) >= 0);
	(void)sd_event_source_unref(source);
	rewind(output);
	size = fread(fixture->output, 1, sizeof(fixture->output) - 1, output);
	fixture->output[size] = '\0';
}

#define RUN(fixture, ...)                                                                          \
	run_varlinkctl(fixture, (const char *const[]){ "varlinkctl", __VA_ARGS__, NULL })

static void expect(const struct fixture *fixture, bool success, const char *text)
{
	if (success != (fixture->status == 0) || !strstr(fixture->output, text))
		fail_msg("exit %d: %s", fixture->status, fixture->output);
}

static void test_info(void **state)
{
	struct fixture *fixture = *state;

	RUN(fixture, "info", fixture->path);
	expect(fixture, true, "org.example.test");
	expect(fixture, true, "https://example.org");
}

static void test_introspect(void **state)
{
	struct fixture *fixture = *state;

	RUN(fixture, "introspect", fixture->path, "org.example.test");
	expect(fixture, true, "method Add(");
	/* All that cxlfmd serves is understood by others, too. */
	RUN(fixture, "introspect", fixture->path);
	expect(fixture, true, "interface org.varlink.service");
	if (strstr(fixture->output, "arse") || strstr(fixture->output, "not consistent"))
		fail_msg("%s", fixture->output);
	for (const struct varlink_interface_text *interface = varlink_interface_texts;
	     interface->text; interface++) {
		const char *name = strstr(interface->text, "\ninterface ") + 1;
		char line[256];

		(void)snprintf(line, sizeof(line), "%.*s", (int)strcspn(name, "\n"), name);
		expect(fixture, true, line);
	}
}

static void test_call(void **state)
{
	struct fixture *fixture = *state;

	RUN(fixture, "call", "--json=short", fixture->path, "org.example.test.Echo",
	    "{\"text\":\"\xc3\xa4\"}");
	expect(fixture, true, "{\"text\":\"\xc3\xa4\"}");
	RUN(fixture, "call", fixture->path, "org.example.test.Echo", "{\"txt\":\"\"}");
	expect(fixture, false, "org.varlink.service.InvalidParameter");
	RUN(fixture, "call", fixture->path, "org.example.test.Fail", "{\"code\":1}");
	expect(fixture, false, "org.example.test.Broken");
	RUN(fixture, "call", fixture->path, "org.example.test.Missing", "{}");
	expect(fixture, false, "MethodNotImplemented");
}

static void test_more(void **state)
{
	struct fixture *fixture = *state;

	RUN(fixture, "call", "--json=short", "--more", fixture->path, "org.example.test.Count",
	    "{\"to\":3}");
	expect(fixture, true, "{\"at\":1}");
	expect(fixture, true, "{\"at\":2}");
	expect(fixture, true, "{\"at\":3}");
	RUN(fixture, "call", fixture->path, "org.example.test.Count", "{\"to\":3}");
	expect(fixture, false, "ExpectedMore");
}

static void test_oneway(void **state)
{
	struct fixture *fixture = *state;
	struct varlink_server_stats before, after;

	varlink_server_get_stats(fixture->server, &before);
	RUN(fixture, "call", "--oneway", fixture->path, "org.example.test.Echo", "{\"text\":\"\"}");
	assert_int_equal(fixture->status, 0);
	do {
		assert_true(sd_event_run(fixture->event, 0) >= 0);
		varlink_server_get_stats(fixture->server, &after);
	} while (after.connection_count > 0);
	assert_int_equal(after.calls, before.calls + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_info, start, stop),
		cmocka_unit_test_setup_teardown(test_introspect, start, stop),
		cmocka_unit_test_setup_teardown(test_call, start, stop),
		cmocka_unit_test_setup_teardown(test_more, start, stop),
		cmocka_unit_test_setup_teardown(test_oneway, start, stop),
	};

	if (system("varlinkctl --version >/dev/null 2>&1") != 0)
		return SKIPPED;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
