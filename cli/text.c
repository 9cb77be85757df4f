// SPDX-License-Identifier: GPL-2.0-only
/* Prints texts of unknown origin as parts of a line, piece by piece: without allocation, since
 * memory may be what is lacking. */
#include "cli/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "util/text.h"

#define PIECE_SIZE ((size_t)256)

void text_put_some(FILE *stream, const char *text, size_t characters)
{
	struct text_rest rest = TEXT_REST_NULL;

	while (*text) {
		const size_t size = strnlen(text, PIECE_SIZE);
		char piece[PIECE_SIZE + TEXT_CHARACTER_SIZE_MAX];
		const size_t clean = text_clean(&rest, text, size, piece);

		for (size_t i = 0; i < clean; i++) {
			const bool begins = ((unsigned char)piece[i] & 0xc0) != 0x80;

			if (begins && characters-- == 0)
				return;
			(void)fputc(piece[i] == '\n' || piece[i] == '\t' ? '?' : piece[i], stream);
		}
		text += size;
	}
	if (rest.size > 0 && characters > 0)
		(void)fputc('?', stream);
}

void text_put(FILE *stream, const char *text)
{
	text_put_some(stream, text, SIZE_MAX);
}
