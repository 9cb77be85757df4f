/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Allocating functions that a test can make fail. The linker's --wrap redirects the calls of our
 * code, and no others, to these functions; the test's meson.build names them.
 */
#pragma once

#include <stdbool.h>

/*
 * @fails: a function of the test that decides about this call; @failure: the result of a failed
 * call
 */
#define WRAP_IF(fails, type, name, failure, parameters, arguments)                                 \
	type __real_##name parameters;                                                             \
	type __wrap_##name parameters;                                                             \
	type __wrap_##name parameters                                                              \
	{                                                                                          \
		return fails() ? (failure) : __real_##name arguments;                              \
	}
