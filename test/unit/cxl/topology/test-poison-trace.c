// SPDX-License-Identifier: GPL-2.0-only
/*
 * Poison lists out of the kernel's trace text. The lines are those that the format in the kernel's
 * drivers/cxl/core/trace.h makes; the results are those of ndctl's cxl/json.c for the same fields.
 */
#include "cxl/topology/poison-trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "util/json.h"

#define HEAD "# tracer: nop\n#\n#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION\n"
#define EVENT                                                                                      \
	"    cxlfm-helper-88      [001] .....    12.345678: cxl_poison: memdev=mem0 "              \
	"host=0000:0d:00.0 serial=1 "
#define NO_REGION                                                                                  \
	"region= region_uuid=00000000-0000-0000-0000-000000000000 "                                \
	"hpa=0xffffffffffffffff hpa_alias0=0xffffffffffffffff "

static void assert_errors(const char *text, const char *expected)
{
	_cleanup_json_ struct json_object *errors = NULL;

	assert_int_equal(poison_trace_parse(text, "mem0", &errors), 0);
	assert_string_equal(json_object_to_json_string_ext(errors, JSON_C_TO_STRING_PLAIN),
			    expected);
}

static void test_lists(void **state)
{
	(void)state;
	assert_errors(HEAD, "[]");
	assert_errors(HEAD EVENT "trace_type=List " NO_REGION
				 "dpa=0x1000 dpa_length=0x40 source=Injected flags= "
				 "overflow_time=0\n",
		      "[{\"offset\":4096,\"length\":64,\"source\":\"Injected\"}]");
	assert_errors(HEAD EVENT "trace_type=List region=region0 "
				 "region_uuid=00000000-0000-0000-0000-000000000000 "
				 "hpa=0x490001000 hpa_alias0=0xffffffffffffffff dpa=0x0 "
				 "dpa_length=0x80 source=Vendor flags=More|Overflow "
				 "overflow_time=1700000000\n" EVENT "trace_type=List " NO_REGION
				 "dpa=0x40 dpa_length=0x40 source=Reserved flags=Scanning "
				 "overflow_time=0",
		      "[{\"offset\":0,\"length\":128,\"source\":\"Vendor Specific\","
		      "\"flags\":\"More,Overflow,\",\"overflow_t\":1700000000,"
		      "\"region\":\"region0\",\"hpa\":19595792384},"
		      "{\"offset\":64,\"length\":64,\"source\":\"Reserved\","
		      "\"flags\":\"Scanning,\"}]");
}

/* Somebody else's events: of another memdev, of another kind, of another event. */
static void test_others(void **state)
{
	(void)state;
	assert_errors(EVENT "trace_type=Inject " NO_REGION "dpa=0x0 dpa_length=0x40 "
			    "source=Injected flags= overflow_time=0\n",
		      "[]");
	assert_errors("x-1 [000] ..... 1.0: cxl_poison: memdev=mem01 trace_type=List dpa=0x0 "
		      "dpa_length=0x40 source=Injected flags= overflow_time=0\n",
		      "[]");
	assert_errors("x-1 [000] ..... 1.0: cxl_dram: memdev=mem0 trace_type=List dpa=0x0 "
		      "dpa_length=0x40 source=Injected\n",
		      "[]");
}

static void test_broken_lines(void **state)
{
	static const char whole[] = EVENT "trace_type=List " NO_REGION
					  "dpa=0x1000 dpa_length=0x40 source=Injected flags= "
					  "overflow_time=0\n";
	char text[sizeof(whole)];

	(void)state;
	assert_errors("", "[]");
	assert_errors("\n\n", "[]");
	assert_errors(EVENT "trace_type=List dpa=zero dpa_length=0x40 source=Injected\n", "[]");
	for (size_t length = 0; length < strlen(whole); length++) {
		_cleanup_json_ struct json_object *errors = NULL;

		memcpy(text, whole, length);
		text[length] = '\0';
		assert_int_equal(poison_trace_parse(text, "mem0", &errors), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_broken_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
