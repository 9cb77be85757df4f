// SPDX-License-Identifier: GPL-2.0-only
/*
 * The written form of an endpoint: as it may be, and damaged in every way.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fabric/transport/endpoint-name.h"
#include "util/cleanup.h"

static struct endpoint_name parsed(const char *text)
{
	struct endpoint_name name;
	const char *problem = NULL;

	assert_int_equal(endpoint_name_parse(text, &name, &problem), 0);
	assert_null(problem);
	return name;
}

static void reads_each_form(void **state)
{
	struct endpoint_name name = parsed("mctp:1,9");

	(void)state;
	assert_int_equal(name.kind, ENDPOINT_MCTP);
	assert_int_equal(name.net, 1);
	assert_int_equal(name.eid, 9);
	name = parsed("mctp:2147483647,254");
	assert_int_equal(name.net, 2147483647);
	assert_int_equal(name.eid, 254);
	name = parsed("tcp:127.0.0.1:4000");
	assert_int_equal(name.kind, ENDPOINT_TCP);
	assert_string_equal(name.place, "127.0.0.1");
	assert_int_equal(name.port, 4000);
	name = parsed("cse:[fd00::1]:2508");
	assert_int_equal(name.kind, ENDPOINT_CSE);
	assert_string_equal(name.place, "fd00::1");
	assert_int_equal(name.port, 2508);
	name = parsed("opencis:0.0.0.0:8100");
	assert_int_equal(name.kind, ENDPOINT_OPENCIS);
	assert_string_equal(name.place, "0.0.0.0");
	name = parsed("tcp:[fd00:0000:0000:0000:0000:0000:192.168.100.228]:65535");
	assert_string_equal(name.place, "fd00:0000:0000:0000:0000:0000:192.168.100.228");
	name = parsed("mailbox:0000:e1:1f.7");
	assert_int_equal(name.kind, ENDPOINT_MAILBOX);
	assert_string_equal(name.place, "0000:e1:1f.7");
	name = parsed("memdev:mem0");
	assert_int_equal(name.kind, ENDPOINT_MEMDEV);
	assert_string_equal(name.place, "mem0");
}

/* Each with a word of the problem that is told. */
static const struct {
	const char *text;
	const char *word;
} damaged[] = {
	{ "", "begins with" },
	{ "tcp", "begins with" },
	{ "TCP:127.0.0.1:1", "begins with" },
	{ " tcp:127.0.0.1:1", "begins with" },
	{ "usb:1", "begins with" },
	{ "mctp:", "comma" },
	{ "mctp:1", "comma" },
	{ "mctp:1:9", "comma" },
	{ "mctp:,9", "network" },
	{ "mctp:0,9", "network" },
	{ "mctp:-1,9", "network" },
	{ "mctp:+1,9", "network" },
	{ "mctp:01,9", "network" },
	{ "mctp:1 ,9", "network" },
	{ "mctp:2147483648,9", "network" },
	{ "mctp:99999999999999999999999,9", "network" },
	{ "mctp:1,", "endpoint ID" },
	{ "mctp:1,7", "endpoint ID" },
	{ "mctp:1,255", "endpoint ID" },
	{ "mctp:1,0x9", "endpoint ID" },
	{ "mctp:1,9,", "endpoint ID" },
	{ "mctp:1,9 ", "endpoint ID" },
	{ "tcp:", "colon" },
	{ "tcp:127.0.0.1", "colon" },
	{ "tcp:[fd00::1]", "colon" },
	{ "tcp:127.0.0.1:", "port" },
	{ "tcp:127.0.0.1:0", "port" },
	{ "tcp:127.0.0.1:65536", "port" },
	{ "tcp:127.0.0.1:http", "port" },
	{ "tcp:127.0.0.1:1:", "port" },
	{ "tcp::2508", "host" },
	{ "tcp:localhost:2508", "host" },
	{ "tcp:127.0.0:2508", "host" },
	{ "tcp:127.0.0.256:2508", "host" },
	{ "tcp:fd00::1:2508", "host" },
	{ "tcp:[127.0.0.1]:2508", "host" },
	{ "tcp:[]:2508", "host" },
	{ "tcp:[:2508", "host" },
	{ "tcp:]:2508", "host" },
	{ "tcp:[fd00::1:2508", "host" },
	{ "tcp:[fd00::1%eth0]:2508", "host" },
	{ "tcp:[0000000000000000000000000000000000000000000000000000]:1", "host" },
	{ "cse:switch:2508", "host" },
	{ "opencis:*:8100", "host" },
	{ "mailbox:", "PCI address" },
	{ "mailbox:e1:00.0", "PCI address" },
	{ "mailbox:0000:E1:00.0", "lower case" },
	{ "mailbox:0000:e1:00:0", "PCI address" },
	{ "mailbox:0000:e1:20.0", "up to 1f" },
	{ "mailbox:0000:e1:00.8", "up to 1f" },
	{ "mailbox:0000:e1:00.00", "PCI address" },
	{ "mailbox:../0000:e1:0", "PCI address" },
	{ "memdev:", "memdev:mem0" },
	{ "memdev:0", "memdev:mem0" },
	{ "memdev:mem", "memdev:mem0" },
	{ "memdev:mem00", "memdev:mem0" },
	{ "memdev:mem0/..", "memdev:mem0" },
	{ "memdev:../mem0", "memdev:mem0" },
	{ "memdev:mem99999999999", "memdev:mem0" },
};

static void tells_what_is_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(damaged); i++) {
		struct endpoint_name name;
		const char *problem = NULL;

		if (endpoint_name_parse(damaged[i].text, &name, &problem) != -EINVAL ||
		    !strstr(problem, damaged[i].word))
			fail_msg("%s: %s", damaged[i].text, problem ? problem : "was accepted");
	}
}

/* Every cut of a whole name is either a name or a clear error. */
static void every_cut_has_an_answer(void **state)
{
	static const char *const whole[] = { "mctp:12,34", "tcp:192.0.2.1:2508",
					     "cse:[fd00::1]:2508", "mailbox:0000:e1:00.0",
					     "memdev:mem10" };
	struct endpoint_name name;
	char cut[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(whole); i++)
		for (size_t length = 0; length < strlen(whole[i]); length++) {
			const char *problem = NULL;

			(void)snprintf(cut, sizeof(cut), "%.*s", (int)length, whole[i]);
			if (endpoint_name_parse(cut, &name, &problem) < 0)
				assert_non_null(problem);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_each_form),
		cmocka_unit_test(tells_what_is_wrong),
		cmocka_unit_test(every_cut_has_an_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
