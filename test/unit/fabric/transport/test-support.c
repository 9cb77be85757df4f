// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an endpoint supports: its Command Effects Log, whole or damaged, and the table.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fabric/cci/command.h"
#include "fabric/transport/support.h"
#include "test/lib/wrap-allocation.h"

static bool allocation_fails;

static bool fails(void)
{
	return allocation_fails;
}

WRAP_IF(fails, void *, realloc, NULL, (void *old, size_t size), (old, size))

/* Entries of QEMU 11.1.3's log of a type-3 device's CCI: Identify, Background Operation Status, Set
 * Dynamic Capacity Region Configuration with effects 1807h. */
static const uint8_t qemu_log[] = { 0x01, 0x00, 0x00, 0x00, 0x03, 0x00,
				    0x00, 0x00, 0x02, 0x56, 0x07, 0x18 };

static void reads_a_log(void **state)
{
	struct support support = { { NULL, 0 } };
	const struct support_entry *entry;

	(void)state;
	assert_int_equal(support_read_log(&support, qemu_log, sizeof(qemu_log)), 0);
	assert_int_equal(support.list.count, 3);
	assert_non_null(support_find(&support, 0x0001));
	assert_int_equal(support_find(&support, 0x0001)->effects, 0);
	entry = support_find(&support, 0x5602);
	assert_non_null(entry);
	assert_int_equal(entry->effects, 0x1807);
	assert_null(support_find(&support, 0x0002));
	support_deinit(&support);
}

static void a_log_that_is_cut_is_no_log(void **state)
{
	struct support support = { { NULL, 0 } };

	(void)state;
	for (size_t size = 0; size < sizeof(qemu_log); size++) {
		assert_int_equal(support_read_log(&support, qemu_log, size),
				 size % 4 ? -EBADMSG : 0);
		assert_int_equal(support.list.count, size % 4 ? 0 : size / 4);
		support_deinit(&support);
	}
}

/* Every entry is compared with all before it: a log of all opcodes would take seconds to read. */
static void a_log_of_more_commands_than_there_can_be_is_no_log(void **state)
{
	static uint8_t log[4 * (SUPPORT_COMMANDS_MAX + 1)];
	struct support support = { { NULL, 0 } };

	(void)state;
	for (size_t i = 0; i <= SUPPORT_COMMANDS_MAX; i++) {
		log[4 * i] = (uint8_t)i;
		log[4 * i + 1] = (uint8_t)(i >> 8);
	}
	assert_int_equal(support_read_log(&support, log, sizeof(log)), -EBADMSG);
	assert_int_equal(support.list.count, 0);
	assert_int_equal(support_read_log(&support, log, sizeof(log) - 4), 0);
	assert_int_equal(support.list.count, SUPPORT_COMMANDS_MAX);
	support_deinit(&support);
}

/* Which of two effects is right? Nothing of such a log is believed. */
static void an_opcode_with_two_effects_damages_the_log(void **state)
{
	static const uint8_t same[] = { 0x01, 0x52, 0x42, 0x00, 0x01, 0x52, 0x42, 0x00 };
	static const uint8_t other[] = { 0x01, 0x52, 0x42, 0x00, 0x01, 0x52, 0x02, 0x00 };
	struct support support = { { NULL, 0 } };

	(void)state;
	assert_int_equal(support_read_log(&support, same, sizeof(same)), 0);
	assert_int_equal(support.list.count, 1);
	support_deinit(&support);
	assert_int_equal(support_read_log(&support, other, sizeof(other)), -EBADMSG);
	assert_int_equal(support.list.count, 0);
}

static void without_memory_nothing_is_supported(void **state)
{
	struct support support = { { NULL, 0 } };

	(void)state;
	allocation_fails = true;
	assert_int_equal(support_read_log(&support, qemu_log, sizeof(qemu_log)), -ENOMEM);
	allocation_fails = false;
	assert_int_equal(support.list.count, 0);
}

static void takes_effects_from_the_table(void **state)
{
	struct support support = { { NULL, 0 } };

	(void)state;
	assert_int_equal(support_add_known(&support, 0x0001), 0);
	assert_int_equal(support_find(&support, 0x0001)->effects, 0);
	/* Neither an opcode of nobody, nor one whose layout is not public. */
	assert_int_equal(support_add_known(&support, 0xc000), -EINVAL);
	assert_null(support_find(&support, 0xc000));
	support_deinit(&support);
}

static uint16_t effects_of(uint16_t opcode, uint16_t effects)
{
	return support_effects(&(struct support_entry){ opcode, effects });
}

/* What a log says is not believed where the specification has the command do more. */
static void a_log_can_hide_no_effect(void **state)
{
	(void)state;
	assert_int_equal(effects_of(0x0001, 0), 0);
	assert_int_equal(effects_of(0x5201, 0), CCI_EFFECT_CONFIG | CCI_EFFECT_BACKGROUND);
	assert_int_equal(effects_of(0x0001, CCI_EFFECT_POLICY), CCI_EFFECT_POLICY);
	/* A vendor's command, and one without a public layout. */
	assert_true(effects_of(0xc000, 0) & CCI_EFFECT_DATA);
	assert_true(effects_of(0x5700, 0) & CCI_EFFECT_DATA);
	/* Bits 7 to 9 are no effects; of the reserved bits nobody knows. */
	assert_int_equal(effects_of(0x0001, 0x0380), 0);
	assert_int_equal(effects_of(0x0001, 0xf000), 0xf000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_log),
		cmocka_unit_test(a_log_that_is_cut_is_no_log),
		cmocka_unit_test(a_log_of_more_commands_than_there_can_be_is_no_log),
		cmocka_unit_test(an_opcode_with_two_effects_damages_the_log),
		cmocka_unit_test(without_memory_nothing_is_supported),
		cmocka_unit_test(takes_effects_from_the_table),
		cmocka_unit_test(a_log_can_hide_no_effect),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
