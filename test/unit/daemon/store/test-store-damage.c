// SPDX-License-Identifier: GPL-2.0-only
/*
 * A store of which one thing is damaged: a bit, a block, the order of its pages or of its log's
 * frames, its length, a file that is missing or of an older copy. Either it is told, and nothing is
 * touched, or all that was answered is there. With "all" for an argument every single bit is tried,
 * otherwise a sample of them.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test/lib/temp-tree.h"
#include "test/unit/daemon/store/store-client.h"
#include "test/unit/daemon/store/store-files.h"
#include "util/cleanup.h"

#define PAGE_SIZE 4096
/* https://www.sqlite.org/fileformat2.html#walformat */
#define WAL_HEADER_SIZE 32
#define WAL_FRAME_SIZE	(24 + PAGE_SIZE)

static bool tries_all;

/* ---- what is damaged ---- */

enum file { DATABASE, WAL, MARK, FILE_COUNT };

static const char *const names[FILE_COUNT] = { STORE_FILE, STORE_WAL, STORE_MARK };

struct victim {
	char *folder;
	struct image whole[FILE_COUNT];
	char *state; /* all that was answered */
	size_t told, harmless;
};

static void read_files(const char *folder, struct image images[static FILE_COUNT])
{
	for (int i = 0; i < FILE_COUNT; i++)
		images[i] = image_read(folder, names[i]);
}

static void free_files(struct image images[static FILE_COUNT])
{
	for (int i = 0; i < FILE_COUNT; i++)
		image_free(&images[i]);
}

static void put(struct store *store, const char *key, const char *value,
		enum store_durability durability)
{
	const struct store_change change = PUT(key, value);

	assert_true(client_commit(store, &change, 1, durability) > 0);
}

/* What a daemon leaves in it: claims, one of them longer than a page, and a change that has ended.
 */
static void fill(struct store *store)
{
	char large[6000];
	struct store_change end[] = { DELETE("plan/open"), PUT("claim/large", large) };

	memset(large, 'x', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	put(store, "claim/a", "{\"name\": \"a\", \"size\": 1}", STORE_DURABLE);
	put(store, "plan/open", "{\"region\": \"region0\"}", STORE_QUICK);
	assert_true(client_commit(store, end, 2, STORE_DURABLE) > 0);
	put(store, "other", "v", STORE_QUICK);
}

/* The last thing that was answered need only outlive the process; and so it has to. */
static void fill_more(struct store *store)
{
	put(store, "plan/open", "{\"region\": \"region1\"}", STORE_QUICK);
	put(store, "claim/a", "{\"name\": \"a\", \"size\": 2}", STORE_DURABLE);
	assert_true(client_put(store, DELETE("plan/open")) > 0);
	put(store, "claim/b", "{\"name\": \"b\"}", STORE_QUICK);
}

/* The same in an eighth of the bytes, where every single bit is tried. */
static void shrink(const char *folder)
{
	store_files_sql(folder, "PRAGMA journal_mode = DELETE; PRAGMA page_size = 512; VACUUM");
}

/* As a process leaves it that is killed, with a log; or one that was ended, without. */
static void make_victim(struct victim *victim, bool was_killed, bool is_small)
{
	char *original = temp_tree_new();
	struct store *store = store_files_open(original);

	*victim = (struct victim){ .folder = temp_tree_new() };
	fill(store);
	store->ops->free(store);
	if (is_small)
		shrink(original);
	store = store_files_open(original);
	fill_more(store);
	victim->state = client_list(store, "");
	if (was_killed)
		store_files_copy(original, victim->folder);
	store->ops->free(store);
	if (!was_killed)
		store_files_copy(original, victim->folder);
	temp_tree_free(original);
	read_files(victim->folder, victim->whole);
	assert_int_equal(victim->whole[WAL].size > 0, was_killed);
}

static void free_victim(struct victim *victim)
{
	free_files(victim->whole);
	free(victim->state);
	temp_tree_free(victim->folder);
}

/* ---- what comes of it ---- */

static void expect_untouched(const struct victim *victim, const struct image damaged[])
{
	struct image after[FILE_COUNT];

	read_files(victim->folder, after);
	for (int i = 0; i < FILE_COUNT; i++)
		assert_true(image_is_same(&damaged[i], &after[i]));
	free_files(after);
}

/* The store works like any other: what is written now is there, too, when the store is opened
 * again. */
static void expect_works(const struct victim *victim, struct store *store)
{
	_cleanup_free_ char *state = NULL;

	put(store, "more", "v", STORE_DURABLE);
	state = client_list(store, "");
	store->ops->free(store);
	store = store_files_open(victim->folder);
	client_expect(store, "", state);
	store->ops->free(store);
}

/* Opens with these files. Returns whether the damage was told. */
static bool try_files(struct victim *victim, const struct image damaged[static FILE_COUNT],
		      const char *what, size_t at)
{
	_cleanup_free_ char *problem = NULL, *found = NULL;
	struct store *store;
	int rc;

	for (int i = 0; i < FILE_COUNT; i++)
		image_write(&damaged[i], victim->folder, names[i]);
	rc = store_files_try(victim->folder, &store, &problem);
	if (rc < 0) {
		assert_non_null(problem);
		expect_untouched(victim, damaged);
		victim->told++;
		return true;
	}
	found = client_list(store, "");
	if (strcmp(found, victim->state) != 0)
		fail_msg("%s, %zu: lost without a word: %s", what, at, found);
	if (++victim->harmless % 64 == 1)
		expect_works(victim, store);
	else
		store->ops->free(store);
	return false;
}

static bool try_file(struct victim *victim, enum file file, struct image damaged, const char *what,
		     size_t at)
{
	struct image files[FILE_COUNT];

	memcpy(files, victim->whole, sizeof(files));
	files[file] = damaged;
	return try_files(victim, files, what, at);
}

static struct image copy_of(const struct image *image)
{
	struct image copy = { malloc(image->size + 1), image->size };

	assert_non_null(copy.bytes);
	memcpy(copy.bytes, image->bytes, image->size);
	return copy;
}

/* ---- bits ---- */

static void flip_bits(struct victim *victim, enum file file)
{
	struct image damaged = copy_of(&victim->whole[file]);
	const size_t stride = tries_all ? 1 : 1009;

	for (size_t bit = 0; bit < damaged.size * 8; bit += stride) {
		damaged.bytes[bit / 8] ^= (char)(1 << bit % 8);
		(void)try_file(victim, file, damaged, names[file], bit / 8);
		damaged.bytes[bit / 8] ^= (char)(1 << bit % 8);
	}
	image_free(&damaged);
}

/* "File format write version" in the database's header: SQLite goes on without writing. */
#define WRITE_VERSION_AT 18

static void tells_before_it_is_to_write(void **state)
{
	struct victim victim;
	struct image damaged;

	make_victim(&victim, false, false);
	damaged = copy_of(&victim.whole[DATABASE]);
	damaged.bytes[WRITE_VERSION_AT] = 3;
	assert_true(try_file(&victim, DATABASE, damaged, STORE_FILE, WRITE_VERSION_AT));
	image_free(&damaged);
	free_victim(&victim);
}

static void flips_a_bit(void **state)
{
	for (int was_killed = 0; was_killed < 2; was_killed++) {
		struct victim victim;

		make_victim(&victim, was_killed, tries_all);
		for (int file = 0; file < FILE_COUNT; file++)
			if (victim.whole[file].bytes)
				flip_bits(&victim, (enum file)file);
		print_message("%zu told, %zu harmless\n", victim.told, victim.harmless);
		assert_true(victim.told > 0 && victim.harmless > 0);
		free_victim(&victim);
	}
}

/* ---- blocks ---- */

static void overwrite_blocks(struct victim *victim, enum file file, int byte)
{
	const size_t size = 512, stride = tries_all ? 1 : 5;

	for (size_t at = 0; at < victim->whole[file].size; at += size * stride) {
		struct image damaged = copy_of(&victim->whole[file]);
		const size_t left = damaged.size - at;

		memset(damaged.bytes + at, byte, left < size ? left : size);
		(void)try_file(victim, file, damaged, names[file], at);
		image_free(&damaged);
	}
}

static void overwrites_a_block(void **state)
{
	for (int was_killed = 0; was_killed < 2; was_killed++) {
		struct victim victim;

		make_victim(&victim, was_killed, false);
		for (int file = 0; file < FILE_COUNT; file++) {
			overwrite_blocks(&victim, (enum file)file, 0);
			overwrite_blocks(&victim, (enum file)file, 0xa5);
		}
		free_victim(&victim);
	}
}

/* ---- lengths ---- */

static void truncates_a_file(void **state)
{
	const size_t stride = tries_all ? 1 : 211;

	for (int was_killed = 0; was_killed < 2; was_killed++) {
		struct victim victim;

		make_victim(&victim, was_killed, false);
		for (int file = 0; file < FILE_COUNT; file++)
			for (size_t size = 0; size < victim.whole[file].size; size += stride) {
				const struct image damaged = { victim.whole[file].bytes, size };

				(void)try_file(&victim, (enum file)file, damaged, names[file],
					       size);
			}
		free_victim(&victim);
	}
}

/* An empty mark is what an admin makes who takes what is there. */
static void misses_a_file(void **state)
{
	char no_bytes[1];
	const struct image nothing = { 0 }, empty = { no_bytes, 0 };

	for (int was_killed = 0; was_killed < 2; was_killed++) {
		struct victim victim;

		make_victim(&victim, was_killed, false);
		for (int file = 0; file < FILE_COUNT; file++)
			if (victim.whole[file].bytes)
				assert_true(try_file(&victim, (enum file)file, nothing, names[file],
						     0));
		assert_false(try_file(&victim, MARK, empty, STORE_MARK, 0));
		free_victim(&victim);
	}
}

/* ---- pages and frames ---- */

/* Parts of a file change places, or one stands in another one's place, too. */
static void move_parts(struct victim *victim, enum file file, size_t begin, size_t size, bool swap)
{
	const struct image *whole = &victim->whole[file];
	const size_t count = (whole->size - begin) / size;

	for (size_t i = 0; i < count; i++)
		for (size_t j = swap ? i + 1 : 0; j < count; j++) {
			struct image damaged = copy_of(whole);

			memcpy(damaged.bytes + begin + i * size, whole->bytes + begin + j * size,
			       size);
			if (swap)
				memcpy(damaged.bytes + begin + j * size,
				       whole->bytes + begin + i * size, size);
			(void)try_file(victim, file, damaged, names[file], i * count + j);
			image_free(&damaged);
		}
}

static void moves_pages_and_frames(void **state)
{
	for (int was_killed = 0; was_killed < 2; was_killed++) {
		struct victim victim;

		make_victim(&victim, was_killed, false);
		for (int swap = 0; swap < 2; swap++) {
			move_parts(&victim, DATABASE, 0, PAGE_SIZE, swap);
			if (was_killed)
				move_parts(&victim, WAL, WAL_HEADER_SIZE, WAL_FRAME_SIZE, swap);
		}
		free_victim(&victim);
	}
}

/* ---- other copies ---- */

#define COPY_COUNT 12

/* A life of a store, as a copy after each thing that was done to it would show it. */
static void live(char *folders[static COPY_COUNT], char **ret_state)
{
	char *original = temp_tree_new(), value[16];
	struct store *store = store_files_open(original);

	for (int i = 0; i < COPY_COUNT; i++) {
		(void)snprintf(value, sizeof(value), "%d", i);
		put(store, "claim/a", value, i % 3 ? STORE_QUICK : STORE_DURABLE);
		/* The log is copied into the database. */
		if (i == COPY_COUNT / 2) {
			store->ops->free(store);
			store = store_files_open(original);
		}
		folders[i] = temp_tree_new();
		store_files_copy(original, folders[i]);
	}
	*ret_state = client_list(store, "");
	store->ops->free(store);
	temp_tree_free(original);
}

/* Each file is of whatever moment, but the mark, which is of the last one. */
static void mixes_copies(void **state)
{
	char *folders[COPY_COUNT];
	struct victim victim = { .folder = temp_tree_new() };
	struct image copies[COPY_COUNT][FILE_COUNT];

	live(folders, &victim.state);
	for (int i = 0; i < COPY_COUNT; i++)
		read_files(folders[i], copies[i]);
	memcpy(victim.whole, copies[COPY_COUNT - 1], sizeof(victim.whole));
	for (size_t i = 0; i < COPY_COUNT; i++)
		for (size_t j = 0; j < COPY_COUNT; j++) {
			const struct image mix[FILE_COUNT] = { copies[i][DATABASE], copies[j][WAL],
							       victim.whole[MARK] };

			(void)try_files(&victim, mix, "copies", i * COPY_COUNT + j);
		}
	assert_true(victim.told > 0 && victim.harmless > 0);
	for (int i = 0; i < COPY_COUNT; i++) {
		free_files(copies[i]);
		temp_tree_free(folders[i]);
	}
	free(victim.state);
	temp_tree_free(victim.folder);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_before_it_is_to_write),
		cmocka_unit_test(flips_a_bit),
		cmocka_unit_test(overwrites_a_block),
		cmocka_unit_test(truncates_a_file),
		cmocka_unit_test(misses_a_file),
		cmocka_unit_test(moves_pages_and_frames),
		cmocka_unit_test(mixes_copies),
	};

	tries_all = argc > 1 && strcmp(argv[1], "all") == 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
