// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kept answers: see kept-answers.h. Pure but for the heap.
 */
#include "daemon/api/kept-answers.h"

#include <stdlib.h>
#include <string.h>

#include "util/cleanup.h"

static size_t size_of(const struct kept_answer *answer)
{
	return strlen(answer->question) + answer->length;
}

static void answer_free(struct kept_answer *answer)
{
	free(answer->question);
	free(answer->text);
}

const struct kept_answer *kept_answers_find(const struct kept_answers *kept, const char *question)
{
	for (size_t i = 0; i < kept->answers.count; i++)
		if (strcmp(kept->answers.items[i].question, question) == 0)
			return &kept->answers.items[i];
	return NULL;
}

static size_t count_of(const struct kept_answers *kept, uid_t uid)
{
	size_t count = 0;

	for (size_t i = 0; i < kept->answers.count; i++)
		count += kept->answers.items[i].uid == uid;
	return count;
}

/* The oldest answer of the user who has the most. */
static size_t find_victim(const struct kept_answers *kept)
{
	size_t victim = 0, most = 0;

	for (size_t i = 0; i < kept->answers.count; i++) {
		const size_t count = count_of(kept, kept->answers.items[i].uid);

		if (count > most) {
			most = count;
			victim = i;
		}
	}
	return victim;
}

static void drop(struct kept_answers *kept, size_t place)
{
	struct kept_answer *items = kept->answers.items;

	kept->bytes -= size_of(&items[place]);
	answer_free(&items[place]);
	kept->answers.count--;
	memmove(&items[place], &items[place + 1], (kept->answers.count - place) * sizeof(items[0]));
}

void kept_answers_keep(struct kept_answers *kept, uid_t uid, const char *question, const char *text,
		       size_t length)
{
	const size_t question_length = strlen(question), size = question_length + length;
	_cleanup_free_ char *question_copy = NULL, *text_copy = NULL;
	struct kept_answer answer;

	if (question_length > KEPT_QUESTION_LENGTH_MAX || size > KEPT_ANSWERS_BYTES_MAX / 2)
		return;
	question_copy = strdup(question);
	text_copy = strndup(text, length);
	if (!question_copy || !text_copy)
		return;
	while (kept->answers.count >= KEPT_ANSWERS_MAX ||
	       kept->bytes + size > KEPT_ANSWERS_BYTES_MAX)
		drop(kept, find_victim(kept));
	answer = (struct kept_answer){ uid, question_copy, text_copy, length };
	if (ARRAY_APPEND(&kept->answers, answer) < 0)
		return;
	kept->bytes += size;
	(void)TAKE_PTR(question_copy);
	(void)TAKE_PTR(text_copy);
}

void kept_answers_forget(struct kept_answers *kept)
{
	for (size_t i = 0; i < kept->answers.count; i++)
		answer_free(&kept->answers.items[i]);
	ARRAY_FREE(&kept->answers);
	kept->bytes = 0;
}
