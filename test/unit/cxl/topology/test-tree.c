// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host as text for people.
 */
#include "cxl/topology/topology-list.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "fixture.h"

static char *draw(const struct topology *topology, struct tree_options options)
{
	char *text = NULL;

	assert_int_equal(topology_list_tree(topology, &options, &text), 0);
	return text;
}

static void test_a_whole_host(void **state)
{
	static const char expected[] =
		"root0          bus          ACPI.CXL\n"
		"`- port1       host bridge  pci0000:40\n"
		"   `- port2    switch       0000:41:00.0  below 0000:40:00.0\n"
		"      |- mem0  256M ram  all in use  serial 0x1  0000:43:00.0\n"
		"      |- mem1  256M ram  all in use  serial 0x4  0000:46:00.0\n"
		"      |- mem2  256M ram  all in use  serial 0x2  0000:44:00.0\n"
		"      `- mem3  256M ram  all in use  serial 0x3  0000:45:00.0\n"
		"\n"
		"decoder0.0     4G  at 0x490000000  ram, pmem  x1  pci0000:40\n"
		"|- region0     1G  at 0x490000000  ram  x4 by 256  enabled\n"
		"|  |- members  mem0 mem1 mem2 mem3\n"
		"|  `- dax0.0   system-ram  node 1  8 of 8 blocks online, movable\n"
		"`- free        3G  at 0x4d0000000\n";
	_cleanup_topology_ struct topology *topology = fixture_topology("guest-one-switch-region");
	_cleanup_free_ char *text = draw(topology, (struct tree_options){ 0 });

	(void)state;
	assert_string_equal(text, expected);
}

static void fixture_shows(const char *fixture, const char *line)
{
	_cleanup_topology_ struct topology *topology = fixture_topology(fixture);
	_cleanup_free_ char *text = draw(topology, (struct tree_options){ 0 });

	if (!strstr(text, line))
		fail_msg("%s: no \"%s\" in\n%s", fixture, line, text);
}

/* Kinds that are younger than the reader, and what of a size is not the devices'. */
static void test_what_is_not_understood_is_shown(void **state)
{
	(void)state;
	fixture_shows("dynamic-capacity", "mem0  4G dynamic  0 accepted ");
	fixture_shows("dynamic-capacity-region", "mem0     4G dynamic  512M accepted ");
	fixture_shows("dynamic-capacity-region", "dynamic_ram_a  x1  enabled  512M accepted\n");
	fixture_shows("linear-cache",
		      "128G  at 0x6000000000  ram  x2 by 256  enabled  64G of it is DRAM\n");
	fixture_shows("dax-famfs", "dax0.0   famfs  node 1\n");
}

/* A size that -u has rounded is not known: the size is neither 0, nor in use. */
static void test_what_is_not_known_is_not_0(void **state)
{
	static const char *const lines[] = { "mem0  ? ram  serial 0x1 ",
					     "decoder0.0     ?  at 0x490000000 ",
					     "region0     ?  at 0x490000000 " };
	struct list_options options = LIST_OPTIONS_NULL;
	_cleanup_topology_ struct topology *host = fixture_topology("guest-one-switch-region");
	_cleanup_topology_ struct topology *topology = NULL;
	_cleanup_json_ struct json_object *listing = NULL;
	struct refusal_list notices = REFUSAL_LIST_NULL;
	_cleanup_free_ char *text = NULL;

	(void)state;
	options.memdevs = options.human = true;
	options.verbose = 3;
	assert_int_equal(topology_list(host, &options, &listing), 0);
	assert_int_equal(topology_from_document(listing, &notices, &topology), 0);
	refusal_list_deinit(&notices);
	text = draw(topology, (struct tree_options){ 0 });
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		if (!strstr(text, lines[i]))
			fail_msg("no \"%s\" in\n%s", lines[i], text);
	assert_null(strstr(text, "free"));
}

/* Without -T a listing does not tell whether a region has members. */
static void test_members_that_are_not_listed(void **state)
{
	static const char without[] =
		"[{\"bus\":\"root0\",\"decoders:root0\":[{\"decoder\":\"decoder0.0\",\"resource\":"
		"0,"
		"\"size\":1073741824,\"regions:decoder0.0\":[{\"region\":\"region0\",\"resource\":"
		"0,"
		"\"size\":1073741824,\"type\":\"ram\",\"interleave_ways\":2,"
		"\"interleave_granularity\":256,\"decode_state\":\"reset\"}]}]}]";
	_cleanup_json_ struct json_object *listing = json_tokener_parse(without);
	_cleanup_topology_ struct topology *topology = NULL;
	struct refusal_list notices = REFUSAL_LIST_NULL;
	_cleanup_free_ char *text = NULL;

	(void)state;
	assert_int_equal(topology_from_document(listing, &notices, &topology), 0);
	refusal_list_deinit(&notices);
	text = draw(topology, (struct tree_options){ 0 });
	assert_non_null(strstr(text, "x2 by 256  not committed\n"));
}

static void test_lines_of_utf8(void **state)
{
	_cleanup_topology_ struct topology *topology = fixture_topology("guest-two-bridges");
	_cleanup_free_ char *text = draw(topology, (struct tree_options){ .utf8 = true });

	(void)state;
	assert_non_null(strstr(text, "├─ port1    host bridge  pci0000:80\n"
				     "│  ├─ mem"));
	assert_null(strchr(text, '|'));
	assert_null(strchr(text, '`'));
}

static size_t columns_of(const char *line, size_t length)
{
	size_t columns = 0;

	/* The bytes of a character after its first begin with the bits 10. */
	for (size_t i = 0; i < length; i++)
		columns += ((unsigned char)line[i] & 0xc0) != 0x80;
	return columns;
}

static void check_lines(const char *text, size_t columns_max)
{
	while (*text) {
		size_t length = strcspn(text, "\n");

		assert_true(columns_of(text, length) <= columns_max);
		if (length > 0)
			assert_true(text[length - 1] != ' ');
		text += length + 1;
	}
}

static void check_width(const char *name)
{
	_cleanup_topology_ struct topology *topology = fixture_topology(name);

	for (int columns = 1; columns < 110; columns += 12) {
		_cleanup_free_ char *wide =
			draw(topology, (struct tree_options){ .utf8 = true, .columns = columns });
		_cleanup_free_ char *plain =
			draw(topology, (struct tree_options){ .columns = columns });

		check_lines(wide, (size_t)columns);
		check_lines(plain, (size_t)columns);
	}
}

static void test_lines_fit_the_screen(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(guest_fixtures); i++)
		check_width(guest_fixtures[i]);
	for (size_t i = 0; i < ARRAY_SIZE(report_fixtures); i++)
		check_width(report_fixtures[i]);
}

static void test_no_cxl_no_lines(void **state)
{
	_cleanup_topology_ struct topology *topology = topology_new();
	_cleanup_free_ char *text = draw(topology, (struct tree_options){ 0 });

	(void)state;
	assert_string_equal(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_whole_host),
		cmocka_unit_test(test_what_is_not_understood_is_shown),
		cmocka_unit_test(test_what_is_not_known_is_not_0),
		cmocka_unit_test(test_members_that_are_not_listed),
		cmocka_unit_test(test_lines_of_utf8),
		cmocka_unit_test(test_lines_fit_the_screen),
		cmocka_unit_test(test_no_cxl_no_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
