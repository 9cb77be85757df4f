// SPDX-License-Identifier: GPL-2.0-only
/* Harmless texts. */
#include "cli/text.h"

#include <stdbool.h>

/* C0 and DEL, and C1, which are two bytes in UTF-8: U+0080 to U+009F. */
static bool is_control(const unsigned char *at)
{
	if (at[0] == '\n' || at[0] == '\t')
		return false;
	return at[0] < 0x20 || at[0] == 0x7f || (at[0] == 0xc2 && at[1] >= 0x80 && at[1] <= 0x9f);
}

void text_put(FILE *stream, const char *text)
{
	for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
		if (!is_control(at)) {
			(void)fputc(*at, stream);
			continue;
		}
		(void)fputc('?', stream);
		if (*at == 0xc2)
			at++;
	}
}
