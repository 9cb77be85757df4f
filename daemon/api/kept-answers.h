/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Answers that are kept as text until the next snapshot, so that the same question costs only a
 * write of bytes. Model: texts by question, and the choice of the text that makes room. Called by
 * method-read.c.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "util/array.h"

/* The number of kept questions, the length of each, and the bytes of all. */
#define KEPT_ANSWERS_MAX	 ((size_t)16)
#define KEPT_QUESTION_LENGTH_MAX ((size_t)4096)
#define KEPT_ANSWERS_BYTES_MAX	 ((size_t)8 * 1024 * 1024)

struct kept_answer {
	uid_t uid; /* the user who has asked first */
	char *question;
	char *text;
	size_t length;
};

struct kept_answers {
	ARRAY(struct kept_answer) answers; /* the oldest answer first */
	size_t bytes;
};

/** kept_answers_find() - the kept answer to a question, for any user; NULL if there is none */
const struct kept_answer *kept_answers_find(const struct kept_answers *kept, const char *question);

/**
 * kept_answers_keep() - keeps copies of a question and its answer, unless they are too large
 *
 * The user with the most kept answers makes room, so that a user with many questions does not
 * displace the answers of others. Without memory the answer is not kept.
 */
void kept_answers_keep(struct kept_answers *kept, uid_t uid, const char *question, const char *text,
		       size_t length);

/** kept_answers_forget() - drops all answers */
void kept_answers_forget(struct kept_answers *kept);
