// SPDX-License-Identifier: GPL-2.0-only
/*
 * `cxlfm record`: writes the daemon's knowledge of the host into a file for --snapshot. The file
 * appears whole or not at all.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/session.h"
#include "util/json.h"
#include "util/write-all.h"

/* The mode of a new file, as the umask has it. */
static mode_t new_mode(void)
{
	const mode_t mask = umask(0);

	(void)umask(mask);
	return 0666 & ~mask;
}

/* A file system on another machine may report a full disk only when the file is closed. */
static int write_and_close(int fd, const char *text)
{
	int rc = write_all(fd, text, strlen(text));

	/* EINVAL: a pipe or a device can't be synced. */
	if (rc == 0 && fsync(fd) < 0 && errno != EINVAL && errno != EROFS)
		rc = -errno;
	if (close(fd) < 0 && rc == 0)
		rc = -errno;
	return rc;
}

/* Writes a new file beside the old one and renames it into place, so that no reader sees half a
 * file. */
static int replace_file(const char *path, mode_t mode, const char *text)
{
	_cleanup_free_ char *temporary = NULL;
	int fd, rc = 0;

	if (asprintf(&temporary, "%s.XXXXXX", path) < 0) {
		temporary = NULL;
		return -ENOMEM;
	}
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fchmod(fd, mode) < 0)
		rc = -errno;
	if (rc == 0)
		rc = write_and_close(fd, text);
	else
		(void)close(fd);
	if (rc == 0 && rename(temporary, path) < 0)
		rc = -errno;
	if (rc < 0)
		(void)unlink(temporary);
	return rc;
}

/*
 * An old file keeps its mode. A device or a pipe must not be replaced. A link must not be followed:
 * in a folder where others may write it can lead to a file of their choice.
 */
static int write_file(const char *path, const char *text)
{
	struct stat status;
	int fd;

	if (lstat(path, &status) < 0)
		return errno == ENOENT ? replace_file(path, new_mode(), text) : -errno;
	if (S_ISREG(status.st_mode))
		return replace_file(path, status.st_mode & 0777, text);
	fd = open(path, O_WRONLY | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
	return fd < 0 ? -errno : write_and_close(fd, text);
}

/* The text of a record, to be freed; NULL without memory. */
static char *text_of(struct json_object *record)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	int rc;

	if (!stream)
		return NULL;
	rc = output_put_json(stream, record);
	if (fclose(stream) == 0 && rc == 0)
		return text;
	free(text);
	return NULL;
}

static enum exit_code store(struct cli *cli, const struct usage *usage, const char *path,
			    struct json_object *record)
{
	_cleanup_free_ char *text = NULL;
	int rc;

	if (strcmp(path, "-") == 0)
		return output_json(cli, usage->program, record);
	text = text_of(record);
	if (!text)
		return session_no_memory(cli, usage->program);
	rc = write_file(path, text);
	if (rc == 0)
		return EXIT_CODE_DONE;
	fprintf(cli->err, "%s: can't write %s: %s\n", usage->program, path,
		rc == -ELOOP ? "the file is a link: name the file behind the link, or - for "
			       "standard output"
			     : strerror(-rc));
	return EXIT_CODE_FAILED;
}

enum exit_code cmd_record(struct cli *cli, const struct usage *usage, int argc, const char **argv)
{
	bool debug = false;
	const struct option options[] = {
		OPTION_FLAG(0, "debug", &debug, "show the conversation with cxlfmd"),
		OPTION_END(),
	};
	_cleanup_json_ struct json_object *reply = NULL;
	struct arguments arguments;
	struct json_object *record;
	enum exit_code code;
	int rc;

	rc = options_parse(usage, options, argc, argv, false, &arguments);
	if (rc == 0 && arguments.count > 1)
		rc = options_complain(usage, "\"%s\" is one file too many: give one",
				      arguments.items[1]);
	if (rc == 0 && arguments.count == 1 && !*arguments.items[0])
		rc = options_complain(usage,
				      "FILE is empty: name a file, or - for standard output");
	if (rc != 0)
		return options_exit_code(rc);
	cli->debug = debug;
	code = session_call(cli,
			    &(struct session_call){ .program = usage->program,
						    .method = "Record",
						    .parameters = json_object_new_object() },
			    &reply);
	if (code != EXIT_CODE_DONE)
		return code;
	if (json_get_object(reply, "record", &record) < 0)
		return session_bad_reply(cli, usage->program);
	return store(cli, usage, arguments.count == 1 ? arguments.items[0] : "-", record);
}
