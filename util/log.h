/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The log: one object, passed down. Lines go to standard error, each with the level prefix that
 * systemd's journal understands (sd-daemon(3)). An error is logged once, where it is handled.
 */
#pragma once

#include <stdarg.h>

struct refusal_list;

/* The levels have syslog's numbers. */
enum log_level {
	LOG_LEVEL_ERROR = 3,
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_NOTICE = 5,
	LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7,
};

struct log {
	enum log_level level_max;
	const char *program;
};

void log_line(const struct log *log, enum log_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** log_refusals() - logs each refusal as a warning: "@about: object: text (hint)" */
void log_refusals(const struct log *log, const char *about, const struct refusal_list *refusals);

#define log_error(log, ...)   log_line((log), LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(log, ...) log_line((log), LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_notice(log, ...)  log_line((log), LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_info(log, ...)    log_line((log), LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(log, ...)   log_line((log), LOG_LEVEL_DEBUG, __VA_ARGS__)
