// SPDX-License-Identifier: GPL-2.0-only
/*
 * Gives the files of folders to a fuzz target, without libFuzzer and with any compiler: a fault
 * that was found once stays mended, and seeds stay readable.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/fuzz/fuzz.h"
#include "util/cleanup.h"

static int replay_file(const char *path)
{
	FILE *file = fopen(path, "rbe");
	uint8_t *data = NULL;
	size_t size = 0, got;

	if (!file)
		return perror(path), -1;
	do {
		uint8_t *grown = realloc(data, size + 65536);

		if (!grown)
			abort();
		data = grown;
		got = fread(data + size, 1, 65536, file);
		size += got;
	} while (got > 0);
	(void)fclose(file);
	/* A buffer of the exact size, so that a sanitizer notices a read behind the end. */
	data = realloc(data, size ? size : 1);
	(void)fprintf(stderr, "%s\n", path);
	(void)LLVMFuzzerTestOneInput(data, size);
	free(data);
	return 0;
}

/* Returns the number of files, or -1. */
static int replay_folder(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	int count = 0;

	if (!dir)
		return perror(folder), -1;
	while ((entry = readdir(dir)) && count >= 0) {
		_cleanup_free_ char *path = NULL;

		if (entry->d_name[0] == '.')
			continue;
		if (asprintf(&path, "%s/%s", folder, entry->d_name) < 0)
			abort();
		count = replay_file(path) < 0 ? -1 : count + 1;
	}
	(void)closedir(dir);
	return count;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (replay_folder(argv[i]) <= 0)
			return (void)fprintf(stderr, "%s: nothing to replay\n", argv[i]), 1;
	return argc > 1 ? 0 : 2;
}
