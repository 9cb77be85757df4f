// SPDX-License-Identifier: GPL-2.0-only
/* The progress line, with the two control sequences that every terminal since the VT100 knows. */
#include "cli/progress.h"

#include <string.h>

#include "cli/text.h"

#define LINE_CLEAR "\r\033[K"

void progress_show(struct progress *progress, int step, int steps, const char *text)
{
	char head[32] = "";
	int room;

	if (!progress->stream)
		return;
	if (steps > 0)
		(void)snprintf(head, sizeof(head), "[%d/%d] ", step, steps);
	room = progress->columns - 1 - (int)strlen(head);
	fprintf(progress->stream, LINE_CLEAR "%s", head);
	text_put_some(progress->stream, text, room > 0 ? (size_t)room : 0);
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
