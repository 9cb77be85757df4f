/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions that fail when there is no memory, made to fail by a test. The linker's --wrap sends
 * the calls of our code, and those alone, through what this makes; the test's meson.build names
 * them.
 */
#pragma once

#include <stdbool.h>

/* @fails: a function of the test that says whether this call has no memory; @failure: its result */
#define WRAP_IF(fails, type, name, failure, parameters, arguments)                                 \
	type __real_##name parameters;                                                             \
	type __wrap_##name parameters;                                                             \
	type __wrap_##name parameters                                                              \
	{                                                                                          \
		return fails() ? (failure) : __real_##name arguments;                              \
	}
