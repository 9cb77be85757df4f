// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes log lines to standard error, whole: one write per line, so that the lines of two processes
 * do not mix.
 */
#include "util/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "util/refusal.h"
#include "util/text.h"

void log_line(const struct log *log, enum log_level level, const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	char line[1024];
	va_list arguments;
	size_t length;
	int rc;

	if (level > log->level_max)
		return;
	va_start(arguments, format);
	rc = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (rc < 0) {
		text = NULL;
		return;
	}
	/* Under systemd the level travels as a prefix; a person gets the program's name instead. */
	if (getenv("JOURNAL_STREAM"))
		(void)snprintf(line, sizeof(line) - 1, "<%d>%s", (int)level, text);
	else
		(void)snprintf(line, sizeof(line) - 1, "%s: %s", log->program, text);
	/* A message holds names of devices and claims, and texts of the kernel: none of them may
	 * end the line. */
	text_clean_line(line);
	length = strlen(line);
	line[length++] = '\n';
	(void)!write(STDERR_FILENO, line, length);
}

void log_refusals(const struct log *log, const char *about, const struct refusal_list *refusals)
{
	for (size_t i = 0; i < refusals->list.count; i++) {
		const struct refusal *refusal = &refusals->list.items[i];

		log_warning(log, "%s: %s%s%s%s%s%s", about, refusal->object ? refusal->object : "",
			    refusal->object ? ": " : "", refusal->text, refusal->hint ? " (" : "",
			    refusal->hint ? refusal->hint : "", refusal->hint ? ")" : "");
	}
}
