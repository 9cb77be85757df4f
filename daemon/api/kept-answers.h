/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Answers that are kept as text until the next snapshot, so that answering again is a write of
 * bytes. Model: texts under questions, and who is the one that has to make room. Called by
 * method-read.c.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "util/array.h"

/* Different questions, their length, and what all of them may take. */
#define KEPT_ANSWERS_MAX	 ((size_t)16)
#define KEPT_QUESTION_LENGTH_MAX ((size_t)4096)
#define KEPT_ANSWERS_BYTES_MAX	 ((size_t)8 * 1024 * 1024)

struct kept_answer {
	uid_t uid; /* of whoever has asked first */
	char *question;
	char *text;
	size_t length;
};

struct kept_answers {
	ARRAY(struct kept_answer) answers; /* the oldest first */
	size_t bytes;
};

/** kept_answers_find() - whoever has asked; NULL when it is not kept */
const struct kept_answer *kept_answers_find(const struct kept_answers *kept, const char *question);

/**
 * kept_answers_keep() - keeps copies, if it is not too large
 *
 * Room is made by whoever has most answers here, so that nobody who asks for many things has those
 * of others made anew each time. Without memory the answer is not kept.
 */
void kept_answers_keep(struct kept_answers *kept, uid_t uid, const char *question, const char *text,
		       size_t length);

/** kept_answers_forget() - drops all of them */
void kept_answers_forget(struct kept_answers *kept);
