// SPDX-License-Identifier: GPL-2.0-only
/* The progress line, with the two control sequences that every terminal since the VT100 knows. */
#include "cli/progress.h"

#define LINE_CLEAR "\r\033[K"

/* The bytes of @text's first @count characters; nothing but ASCII and UTF-8 reaches us. */
static int prefix_size(const char *text, int count)
{
	const char *at = text;

	for (; *at; at++)
		if (((unsigned char)*at & 0xc0) != 0x80 && count-- == 0)
			break;
	return (int)(at - text);
}

void progress_show(struct progress *progress, int step, int steps, const char *text)
{
	char head[32];
	int room;

	if (!progress->stream)
		return;
	room = progress->columns - 1 - snprintf(head, sizeof(head), "[%d/%d] ", step, steps);
	fprintf(progress->stream, LINE_CLEAR "%s%.*s", head, prefix_size(text, room > 0 ? room : 0),
		text);
	(void)fflush(progress->stream);
	progress->is_shown = true;
}

void progress_clear(struct progress *progress)
{
	if (!progress->is_shown)
		return;
	fputs(LINE_CLEAR, progress->stream);
	(void)fflush(progress->stream);
	progress->is_shown = false;
}
