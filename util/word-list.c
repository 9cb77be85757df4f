// SPDX-License-Identifier: GPL-2.0-only
/* Lists of names within a sentence. */
#include "util/word-list.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define WORD_MAX 128

/* Room for " and 18446744073709551615 more". */
#define REST_MAX 31

struct word_list word_list_begin(char *text, size_t size)
{
	*text = '\0';
	return (struct word_list){ .text = text, .size = size };
}

void word_list_add(struct word_list *list, const char *format, ...)
{
	char word[WORD_MAX];
	va_list arguments;
	size_t needed;

	va_start(arguments, format);
	(void)vsnprintf(word, sizeof(word), format, arguments);
	va_end(arguments);
	list->count++;
	needed = strlen(word) + (list->used ? strlen(", ") : 0);
	/* Behind a word that is left out no shorter one is named: the order would be a riddle. */
	if (list->left_out > 0 || list->used + needed + REST_MAX >= list->size) {
		list->left_out++;
		return;
	}
	list->used += (size_t)snprintf(list->text + list->used, list->size - list->used, "%s%s",
				       list->used ? ", " : "", word);
}

size_t word_list_end(struct word_list *list)
{
	if (list->left_out > 0)
		(void)snprintf(list->text + list->used, list->size - list->used, "%s%zu %s",
			       list->used ? " and " : "", list->left_out,
			       list->used ? "more" : "of them");
	return list->count;
}
