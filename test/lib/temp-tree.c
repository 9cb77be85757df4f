// SPDX-License-Identifier: GPL-2.0-only
/*
 * A directory of a test's own. Called by unit tests.
 */
#include "test/lib/temp-tree.h"

#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "util/cleanup.h"

char *temp_tree_new(void)
{
	const char *above = getenv("TMPDIR") ?: "/tmp";
	char *root;

	assert_true(asprintf(&root, "%s/cxlfm-test-XXXXXX", above) > 0);
	assert_non_null(mkdtemp(root));
	return root;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *where)
{
	(void)status;
	(void)type;
	(void)where;
	return remove(path);
}

void temp_tree_free(char *root)
{
	assert_int_equal(nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
	free(root);
}

/* Returns the full path, and makes every directory above its last component. */
static char *prepare(const char *root, const char *path)
{
	char *full = NULL;

	assert_true(asprintf(&full, "%s/%s", root, path) > 0);
	for (char *slash = full + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		if (mkdir(full, 0700) < 0)
			assert_int_equal(errno, EEXIST);
		*slash = '/';
	}
	return full;
}

void temp_tree_file(const char *root, const char *path, const char *text)
{
	_cleanup_free_ char *full = prepare(root, path);
	FILE *file;

	(void)unlink(full);
	file = fopen(full, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

void temp_tree_link(const char *root, const char *path, const char *target)
{
	_cleanup_free_ char *full = prepare(root, path);

	(void)unlink(full);
	assert_int_equal(symlink(target, full), 0);
}

void temp_tree_remove(const char *root, const char *path)
{
	_cleanup_free_ char *full = prepare(root, path);

	assert_int_equal(unlink(full), 0);
}

char *temp_tree_read(const char *root, const char *path)
{
	_cleanup_free_ char *full = prepare(root, path);
	FILE *file = fopen(full, "r");
	char *text = calloc(1, 65536);

	assert_non_null(file);
	assert_non_null(text);
	(void)fread(text, 1, 65535, file);
	assert_int_equal(fclose(file), 0);
	return text;
}
